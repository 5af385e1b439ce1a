"""All indexes of a shop on disk: in versions, with what has changed since each was built."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from retrieval.building import build_index
from retrieval.changes import Change, ChangeLog
from retrieval.dense import FaissKeeper, Keeper
from retrieval.embedding import Embedder, Vectors, dense_text
from retrieval.errors import BadInput, IndexBroken, IndexMismatch, UnknownCatalogue
from retrieval.index import CatalogueIndex
from retrieval.loading import LOG, LoadedVersion, load
from retrieval.manifest import Manifest, check_name, source_of
from retrieval.product import Product
from retrieval.records import Records
from retrieval.rules import load_rules
from retrieval.versions import CURRENT, Versions

_REPORT, _RULES, _OWN_RULES = "report.json", "rules.yaml", "own-rules.yaml"
_OWN_FILES = ("words.yaml", "advice.yaml", _RULES, _REPORT)
# So many added rows are searched one by one; more are folded into the structures.
_MOST_ADDED = 5_000
# Beyond this share of deleted rows the index is written anew without them.
_MOST_GONE = 0.3
# Seconds that a search waits for changes to be taken up; then it goes on with what was.
_PATIENCE = 0.02
_FOREVER = -1.0

log = structlog.get_logger(__name__)


class IndexFolder:
    """All indexes of a shop.

    A version is written whole into a folder of its own; then one small file, ``CURRENT``, is
    replaced. A reader sees the old version or the new one, never a mixture. Changes go into the
    version's log first and are then seen by every process that opens the catalogue again.

    Args:
        root: where the folders of the catalogues lie.
        embedder: the model that their vectors are of.
        keeper: where their vectors are kept; by default in files, by FAISS.
        now: the time, which names versions.
        most_added: rows that may be added until ``fold`` is due.
    """

    def __init__(
        self,
        root: Path,
        embedder: Embedder,
        *,
        keeper: Keeper | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        most_added: int = _MOST_ADDED,
    ) -> None:
        self._root = root
        self._embedder = embedder
        self.keeper = keeper or FaissKeeper()
        self._now = now
        self._most_added = most_added
        self._loaded: dict[str, LoadedVersion] = {}
        self._locks: dict[str, threading.RLock] = {}

    def names(self) -> list[str]:
        """The catalogues that there are."""
        return sorted(path.parent.name for path in self._root.glob(f"*/{CURRENT}"))

    def current_version(self, name: str) -> str | None:
        """The version that serves, or None."""
        return self._versions(name).current()

    def state(self, name: str) -> str:
        """What a catalogue is at this moment: its version, and how many changes came since.

        Raises:
            UnknownCatalogue, IndexBroken, IndexMismatch: as ``open``.
        """
        loaded = self._open(name, _FOREVER)
        return f"{loaded.version}+{loaded.seq}"

    def source(self, name: str) -> str | None:
        """What the version that serves was built from; None where it does not say."""
        version = self.current_version(name)
        return None if version is None else source_of(self._root / name / version)

    def rules_file(self, name: str) -> Path:
        """Where the rules lie that the shop's staff edit while the catalogue serves.

        Where the file is there, its rules hold in place of those that came with the import, also
        over later imports that bring none. It is read anew when it has changed.
        """
        check_name(name)
        return self._root / name / _OWN_RULES

    def imported_rules(self, name: str) -> str:
        """The rules file that came with the version that serves; empty where none did."""
        return self._text_of(name, _RULES) or ""

    def report(self, name: str) -> str | None:
        """The report of the import that the version that serves came of, as JSON.

        Returns:
            None where there is no such catalogue, or no report of it.
        """
        return self._text_of(name, _REPORT)

    def _text_of(self, name: str, file: str) -> str | None:
        version = self.current_version(name)
        try:
            return (self._root / name / str(version) / file).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def _versions(self, name: str) -> Versions:
        check_name(name)
        return Versions(self._root / name, self.keeper)

    def open(self, name: str) -> CatalogueIndex:
        """The catalogue as it is now; newer versions and changes on disk are taken up.

        Where another thread has been taking them up for long, it is the catalogue as it was
        before. Where the current version is damaged, the one that served last goes on serving,
        and where its log is, the version without changes; the log of the program says why.

        Raises:
            UnknownCatalogue: there is none of that name.
            IndexBroken: no version of it can be read.
            IndexMismatch: it was made with another embedding model.
        """
        return self._open(name, _PATIENCE).index

    def _open(self, name: str, patience: float) -> LoadedVersion:
        versions = self._versions(name)
        lock = self._locks.setdefault(name, threading.RLock())
        if not lock.acquire(timeout=patience):
            serving = self._loaded.get(name)
            if serving is not None:
                return serving
            lock.acquire()
        try:
            while True:
                version = versions.current()
                if version is None:
                    known = ", ".join(self.names()) or "none yet"
                    raise UnknownCatalogue(
                        f"There is no catalogue {name!r} (there is: {known}).", field="catalog"
                    )
                try:
                    serving = self._loaded.get(name)
                    loaded = serving
                    if loaded is None or loaded.version != version:
                        loaded = self._take_up(versions, version, serving)
                    self._catch_up(versions, loaded)
                    self._take_rules(name, loaded)
                    # Only now: a reader that does not wait must find all that was acknowledged.
                    self._loaded[name] = loaded
                    if serving is not None and serving is not loaded:
                        serving.changes.close()
                    return loaded
                except IndexBroken:
                    # Another process may have put others in its place and cleared it away.
                    if versions.current() == version:
                        raise
        finally:
            lock.release()

    def _take_up(
        self, versions: Versions, version: str, serving: LoadedVersion | None
    ) -> LoadedVersion:
        name = versions.home.name
        try:
            loaded = load(versions.home / version, self._embedder, self.keeper)
        except IndexMismatch:
            raise
        except IndexBroken as error:
            if versions.current() != version:
                raise
            older = [path for path in versions.all() if path.name != version]
            found = serving or self._load_one_of(older[::-1])
            if found is None:
                raise
            log.error("index_damaged", catalog=name, version=version, why=error.sentence)
            loaded = found
            # Under the broken version's name, so that it is not tried again at every turn.
            loaded.version, loaded.damage = version, error.sentence
        return loaded

    def _load_one_of(self, folders: Sequence[Path]) -> LoadedVersion | None:
        for folder in folders:
            try:
                return load(folder, self._embedder, self.keeper)
            except IndexBroken as error:
                log.error("spare_damaged", version=folder.name, why=error.sentence)
        return None

    def _catch_up(self, versions: Versions, loaded: LoadedVersion) -> None:
        """Takes up what has been written into the log since it was last read."""
        name = versions.home.name
        try:
            news = loaded.changes.since(loaded.seq)
        except IndexBroken as error:
            if versions.current() != loaded.version:
                raise
            if loaded.damage is None:
                log.error("changes_damaged", catalog=name, why=error.sentence)
            loaded.damage = loaded.damage or error.sentence
            return
        if loaded.folder.name == loaded.version:
            loaded.damage = None
        if not news:
            return
        try:
            loaded.index = loaded.index.changed([change for _, change in news])
        except BaseException:
            # Half a change in memory is worse than none: the disk has it whole.
            self._loaded.pop(name, None)
            loaded.changes.close()
            raise
        loaded.seq = news[-1][0]

    def _take_rules(self, name: str, loaded: LoadedVersion) -> None:
        """Takes the rules up that staff edit; a file that cannot be used leaves those in force."""
        path = self.rules_file(name)
        try:
            found = path.stat()
            stamp = (found.st_mtime_ns, found.st_size)
        except OSError:
            stamp = None
        if stamp == loaded.rules_stamp:
            return
        loaded.rules_stamp = stamp
        try:
            loaded.index.rules = load_rules(path) if stamp else loaded.imported_rules
        except BadInput as error:
            log.error("own_rules_unusable", catalog=name, why=error.sentence)

    def change(
        self, name: str, *, upserts: Sequence[Product] = (), deletes: Sequence[str] = ()
    ) -> CatalogueIndex:
        """Puts products in or takes them out; the next search of any process sees it.

        When this returns, the changes are on the disk. A product whose text is what it was keeps
        its vector, so that prices and stock change without embedding anything.

        Args:
            name: the catalogue.
            upserts: new products, and known ones as they are from now on.
            deletes: ids; those that are not there are passed over.

        Returns:
            The catalogue as it is after.

        Raises:
            BadInput: a product is of another currency.
            UnknownCatalogue: as ``open``.
            IndexBroken: as ``open``, or the index is damaged and what serves can only be read.
            IndexNotWritten: the disk is full; nothing has changed.
        """
        index = self._open(name, _FOREVER).index
        for product in upserts:
            if product.currency != index.currency:
                raise BadInput(
                    f"{product.id} is priced in {product.currency}, and the catalogue in "
                    f"{index.currency}.",
                    field="currency",
                )
        vectors = self._vectors(index, upserts)
        changes = [Change(id) for id in deletes]
        changes += [Change(p.id, p, v) for p, v in zip(upserts, vectors, strict=True)]
        with self._versions(name).writing():
            # Another process may have put a new version in place meanwhile.
            loaded = self._whole(name)
            # Held until they are taken up, so that no search of this process does it instead.
            with self._locks[name]:
                loaded.changes.append(changes)
                return self._open(name, _FOREVER).index

    def _whole(self, name: str) -> LoadedVersion:
        """What serves, where it is the current version with all of its changes."""
        loaded = self._open(name, _FOREVER)
        if loaded.damage is not None:
            raise IndexBroken(
                f"{loaded.damage.rstrip('.')}. What can be read of it serves; index the catalogue "
                "anew before it is changed."
            )
        return loaded

    def _vectors(self, index: CatalogueIndex, products: Sequence[Product]) -> list[Vectors]:
        found: dict[int, Vectors] = {}
        texts: dict[int, str] = {}
        for place, product in enumerate(products):
            text = dense_text(product)
            if product.id in index and dense_text(index.get(product.id)) == text:
                found[place] = index.parts.vector(index.row(product.id))
            else:
                texts[place] = text
        if texts:
            found.update(zip(texts, self._embedder.documents(list(texts.values())), strict=True))
        return [found[place] for place in range(len(products))]

    def fold_due(self, name: str) -> bool:
        """Whether enough has changed for ``fold``."""
        index = self.open(name)
        added = index.columns.size - index.manifest.rows
        # A small shop is searched in no time whatever is added to it.
        return added > self._most_added or _gone(index) > max(
            _MOST_GONE, 1_000 / max(1, len(index))
        )

    def fold(self, name: str) -> CatalogueIndex:
        """Writes a version that has all changes in its structures, and lets it serve.

        Searches go on meanwhile, and so do changes: those that come while it is written are
        copied into its log before it serves. Where another process has just done so, it is done.

        Raises:
            UnknownCatalogue: as ``open``.
            IndexBroken: as ``change``.
            IndexNotWritten: the disk is full; the old version serves.
        """
        versions = self._versions(name)
        before = self._whole(name).version
        with versions.new(self._now()) as partial:
            with self._locks[name]:
                loaded = self._whole(name)
                index, seq, old = loaded.index, loaded.seq, loaded.folder
            if loaded.version != before:
                return index
            if _gone(index) > _MOST_GONE and len(index):
                rows = np.flatnonzero(index.columns.live)
                manifest = self._write_anew(index, rows, partial)
            else:
                manifest = _write(index, partial)
            for own in _OWN_FILES:
                if (old / own).exists():
                    shutil.copyfile(old / own, partial / own)
            changes = ChangeLog.create(partial / LOG)
            versions.seal(partial, manifest)
            with versions.writing():
                later = loaded.changes.since(seq)
                if later:
                    changes.append([change for _, change in later])
                    changes.close()
                versions.serve(partial)
        return self._open(name, _FOREVER).index

    def _write_anew(
        self, index: CatalogueIndex, rows: NDArray[np.int64], partial: Path
    ) -> Manifest:
        records = Records.write(partial, (index.at(int(row)) for row in rows))
        anew = build_index(
            records,
            name=index.name,
            embedder=self._embedder,
            source=index.manifest.source,
            now=index.manifest.built,
            words=index.words,
            keeper=self.keeper,
            vectors=index.parts.dense.vectors(rows),
        )
        return _write(anew, partial)

    def replace(
        self,
        index: CatalogueIndex,
        *,
        words_file: Path | None = None,
        advice_file: Path | None = None,
        rules_file: Path | None = None,
        report: str | None = None,
    ) -> Path:
        """Writes an index and lets it serve in place of the one before, which is kept as spare.

        Args:
            index: any index; its records may lie in a folder that ``draft`` gave.
            words_file: the shop's own words.
            advice_file: the shop's advice.
            rules_file: the shop's rules; those that staff have edited give way to them.
            report: the import report as JSON.

        Returns:
            The folder of the new version.

        Raises:
            IndexNotWritten: the disk is full or cannot be written; the old version serves.
        """
        versions = self._versions(index.name)
        with versions.new(index.manifest.built) as partial:
            manifest = _write(index, partial)
            for file, name in (
                (words_file, "words.yaml"),
                (advice_file, "advice.yaml"),
                (rules_file, _RULES),
            ):
                if file:
                    shutil.copyfile(file, partial / name)
            if report:
                (partial / _REPORT).write_text(report, encoding="utf-8")
            ChangeLog.create(partial / LOG)
            versions.seal(partial, manifest)
            with versions.writing():
                served = versions.serve(partial)
                if rules_file:
                    # Who imports with rules means those.
                    self.rules_file(index.name).unlink(missing_ok=True)
                return served

    @contextmanager
    def draft(self, name: str) -> Iterator[Path]:
        """A folder beside the versions for what is being built; it is gone at the end.

        Where another process is building the same catalogue, this waits for it.

        Raises:
            IndexNotWritten: the disk is full or cannot be written.
        """
        with self._versions(name).draft() as folder:
            yield folder

    def close(self) -> None:
        """Closes the change logs; whoever opens a catalogue again opens its log again."""
        for loaded in list(self._loaded.values()):
            loaded.changes.close()


def _gone(index: CatalogueIndex) -> float:
    return 1.0 - len(index) / index.columns.size


def _write(index: CatalogueIndex, partial: Path) -> Manifest:
    """Writes a snapshot into a folder; rows that came after it are left out."""
    index.parts.fold(partial, index.columns.size)
    np.save(partial / "live.npy", index.columns.live)
    return index.manifest.model_copy(update={"rows": index.columns.size})
