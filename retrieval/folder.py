"""All indexes of a shop on disk: in versions, with what has changed since each was built."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import structlog
from filelock import FileLock
from numpy.typing import NDArray

from retrieval.advice import load_advice
from retrieval.building import build_index
from retrieval.changes import Change, ChangeLog
from retrieval.columns import Mask
from retrieval.dense import FaissKeeper, Keeper
from retrieval.embedding import Embedder, Vectors, dense_text
from retrieval.errors import (
    BadInput,
    IndexBroken,
    IndexMismatch,
    IndexNotWritten,
    UnknownCatalogue,
)
from retrieval.index import FORMAT_VERSION, CatalogueIndex
from retrieval.manifest import Manifest, check_name, file_sizes, read_manifest
from retrieval.parts import VECTORS, Parts
from retrieval.product import Product
from retrieval.records import Records
from retrieval.words import load_words

_LOG = "changes.sqlite3"
_CURRENT = "CURRENT"
_OWN_FILES = ("words.yaml", "advice.yaml", "report.json")
# So many added rows are searched one by one; more are folded into the structures.
_MOST_ADDED = 5_000
# Beyond this share of deleted rows the index is written anew without them.
_MOST_GONE = 0.3

log = structlog.get_logger(__name__)


class _Loaded:
    """A version in memory: its snapshot, its log, and how far the log has been read."""

    def __init__(self, version: str, index: CatalogueIndex, changes: ChangeLog) -> None:
        self.version = version
        self.index = index
        self.changes = changes
        self.seq = 0


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
        self._loaded: dict[str, _Loaded] = {}
        self._lock = threading.RLock()

    def names(self) -> list[str]:
        """The catalogues that there are."""
        return sorted(path.parent.name for path in self._root.glob(f"*/{_CURRENT}"))

    def current_version(self, name: str) -> str | None:
        """The version that serves, or None."""
        check_name(name)
        try:
            return (self._root / name / _CURRENT).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None

    def open(self, name: str) -> CatalogueIndex:
        """The catalogue as it is now; newer versions and changes on disk are taken up.

        Where the current version is damaged, the one that served last goes on serving, and the
        log says why.

        Raises:
            UnknownCatalogue: there is none of that name.
            IndexBroken: no version of it can be read.
            IndexMismatch: it was made with another embedding model.
        """
        version = self.current_version(name)
        if version is None:
            known = ", ".join(self.names()) or "none yet"
            raise UnknownCatalogue(
                f"There is no catalogue {name!r} (there is: {known}).", field="catalog"
            )
        with self._lock:
            loaded = self._loaded.get(name)
            if loaded is None or loaded.version != version:
                loaded = self._take_up(name, version, loaded)
            self._catch_up(name, loaded)
            return loaded.index

    def _take_up(self, name: str, version: str, serving: _Loaded | None) -> _Loaded:
        home = self._root / name
        try:
            loaded = self._load(home / version)
        except IndexMismatch:
            raise
        except IndexBroken as error:
            older = [path.name for path in self._versions(name) if path.name != version]
            if serving is None and not older:
                raise
            log.error("index_damaged", catalog=name, version=version, why=error.sentence)
            loaded = serving or self._load(home / older[-1])
            # Under the broken version's name, so that it is not tried again at every turn.
            loaded.version = version
        self._loaded[name] = loaded
        return loaded

    def _versions(self, name: str) -> list[Path]:
        """The versions on disk, oldest first."""
        home = self._root / name
        return sorted(p for p in home.iterdir() if p.is_dir() and not p.name.startswith("."))

    def _load(self, folder: Path) -> _Loaded:
        manifest = read_manifest(folder)
        if manifest.format != FORMAT_VERSION:
            raise IndexMismatch(
                f"The index {manifest.name} is of format {manifest.format}, this program reads "
                f"{FORMAT_VERSION}: index the catalogue anew."
            )
        if manifest.embedder != self._embedder.name:
            raise IndexMismatch(
                f"The index {manifest.name} was built with {manifest.embedder}, not with "
                f"{self._embedder.name}: index the catalogue anew."
            )
        for path, size in manifest.files.items():
            file = folder / path
            if not file.exists() or file.stat().st_size != size:
                raise IndexBroken(f"{path} of the index {manifest.name} is missing or cut short.")
        words, advice = folder / "words.yaml", folder / "advice.yaml"
        try:
            index = CatalogueIndex(
                manifest,
                Parts.load(folder, self.keeper),
                _live(folder, manifest.rows),
                self._embedder,
                words=load_words(words) if words.exists() else None,
                advice=load_advice(advice) if advice.exists() else None,
            )
        except BadInput as error:
            raise IndexBroken(f"The index {manifest.name}: {error.sentence}") from error
        return _Loaded(folder.name, index, ChangeLog(folder / _LOG))

    def _catch_up(self, name: str, loaded: _Loaded) -> None:
        """Takes up what has been written into the log since it was last read."""
        news = loaded.changes.since(loaded.seq)
        if not news:
            return
        try:
            loaded.index = loaded.index.changed([change for _, change in news])
        except BaseException:
            # Half a change in memory is worse than none: the disk has it whole.
            self._loaded.pop(name, None)
            raise
        loaded.seq = news[-1][0]

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
            UnknownCatalogue, IndexBroken: as ``open``.
            IndexNotWritten: the disk is full; nothing has changed.
        """
        index = self.open(name)
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
        with self._writing(name):
            # Another process may have put a new version in place meanwhile.
            self.open(name)
            self._loaded[name].changes.append(changes)
            return self.open(name)

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
        copied into its log before it serves.

        Raises:
            IndexNotWritten: the disk is full; the old version serves.
        """
        with FileLock(self._root / name / ".fold.lock"):
            with self._lock:
                index = self.open(name)
                loaded = self._loaded[name]
                seq, version = loaded.seq, loaded.version
            with self._new_version(name, self._now()) as partial:
                if _gone(index) > _MOST_GONE:
                    rows = np.flatnonzero(index.columns.live)
                    manifest = self._write_anew(index, rows, partial)
                else:
                    index.parts.fold(partial)
                    np.save(partial / "live.npy", index.columns.live)
                    manifest = index.manifest.model_copy(update={"rows": index.columns.size})
                old = self._root / name / version
                for own in _OWN_FILES:
                    if (old / own).exists():
                        shutil.copyfile(old / own, partial / own)
                with self._writing(name):
                    if self.current_version(name) != version:
                        raise IndexNotWritten(
                            f"The catalogue {name} was indexed anew meanwhile: nothing was folded."
                        )
                    later = ChangeLog(old / _LOG).since(seq)
                    if later:
                        log_of_new = ChangeLog(partial / _LOG)
                        log_of_new.append([change for _, change in later])
                        log_of_new.close()
                    self._finish(name, partial, manifest)
        return self.open(name)

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
        anew.parts.fold(partial)
        np.save(partial / "live.npy", anew.columns.live)
        return anew.manifest

    def replace(
        self,
        index: CatalogueIndex,
        *,
        words_file: Path | None = None,
        advice_file: Path | None = None,
        report: str | None = None,
    ) -> Path:
        """Writes an index and lets it serve in place of the one before, which is kept as spare.

        Args:
            index: any index; its records may lie in a folder that ``draft`` gave.
            words_file: the shop's own words.
            advice_file: the shop's advice.
            report: the import report as JSON.

        Returns:
            The folder of the new version.

        Raises:
            IndexNotWritten: the disk is full or cannot be written; the old version serves.
        """
        check_name(index.name)
        with self._new_version(index.name, index.manifest.built) as partial:
            index.parts.fold(partial)
            np.save(partial / "live.npy", index.columns.live)
            for file, name in ((words_file, "words.yaml"), (advice_file, "advice.yaml")):
                if file:
                    shutil.copyfile(file, partial / name)
            if report:
                (partial / "report.json").write_text(report, encoding="utf-8")
            with self._writing(index.name):
                return self._finish(index.name, partial, index.manifest)

    @contextmanager
    def draft(self, name: str) -> Iterator[Path]:
        """A folder beside the versions for what is being built; it is gone at the end.

        Raises:
            IndexNotWritten: the disk is full or cannot be written.
        """
        check_name(name)
        with _written(self._root / name, ".draft") as folder:
            yield folder

    @contextmanager
    def _new_version(self, name: str, time: datetime) -> Iterator[Path]:
        version = time.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
        with _written(self._root / name, f".{version}.partial") as folder:
            yield folder

    @contextmanager
    def _writing(self, name: str) -> Iterator[None]:
        """One process at a time changes what serves."""
        with self._lock, FileLock(self._root / name / ".lock"):
            yield

    def _finish(self, name: str, partial: Path, manifest: Manifest) -> Path:
        """Makes a version that is written whole the one that serves."""
        home = self._root / name
        manifest = manifest.model_copy(update={"files": file_sizes(partial)})
        (partial / "manifest.json").write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
        for path in partial.rglob("*"):
            if path.is_file():
                _sync(path)
        previous = self.current_version(name)
        final = home / partial.name.removeprefix(".").removesuffix(".partial")
        while final.exists():  # two within a microsecond
            final = final.with_name(f"{final.name}0")
        partial.rename(final)
        pointer = home / f".{_CURRENT}.partial"
        pointer.write_text(final.name, encoding="utf-8")
        _sync(pointer)
        os.replace(pointer, home / _CURRENT)
        kept = [final, *([home / previous] if previous else [])]
        for old in self._versions(name):
            if old not in kept:
                self.keeper.forget(old / VECTORS, [version / VECTORS for version in kept])
                shutil.rmtree(old, ignore_errors=True)
        return final


def _gone(index: CatalogueIndex) -> float:
    return 1.0 - len(index) / index.columns.size


def _live(folder: Path, rows: int) -> Mask:
    try:
        live: Mask = np.load(folder / "live.npy", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise IndexBroken("live.npy of the index cannot be read.") from error
    if live.shape != (rows,):
        raise IndexBroken("live.npy of the index is cut short.")
    return live


@contextmanager
def _written(home: Path, name: str) -> Iterator[Path]:
    """A fresh folder; what is left of it is removed, and a full disk is said in plain words."""
    folder = home / name
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        yield folder
    except OSError as error:
        why = error.strerror or "it cannot be written"
        raise IndexNotWritten(
            f"The index {home.name} could not be written: {why}. What served before serves on."
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sync(path: Path) -> None:
    with path.open("rb") as opened:
        os.fsync(opened.fileno())
