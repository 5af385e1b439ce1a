"""The catalogues that suites ask: those beside a suite, and those of the shop."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from assistant.app import default_embedder, indexes_folder
from assistant.settings import Settings
from evals.checks.wording import Shop
from evals.suite.conversation import Conversation
from evals.suite.files import Fault, Suites
from retrieval.catalogues import index_file, open_catalogue
from retrieval.dense import keeper_for
from retrieval.embedding import Embedder
from retrieval.errors import BadInput, ShopGuideError
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex
from retrieval.manifest import check_name

_BESIDE = "catalogs"
_ENDINGS = (".jsonl", ".csv", ".json", ".xml")
_EXTRAS = ("advice", "words", "rules")
Progress = Callable[[int, int, str], None]


class SuiteCatalogues:
    """Every catalogue of a run, by the name that its conversations have.

    A file of a catalogue's name in ``catalogs/`` beside a suite is indexed for the run, with
    ``NAME.advice.yaml``, ``NAME.words.yaml`` and ``NAME.rules.yaml`` where they lie there too. Its
    name then carries a digest of those files: a conversation whose catalogue has changed is held
    anew.

    Args:
        files: the files of the catalogues beside suites, by their names in this run.
        own: where those are indexed.
        shop: the indexes of the shop.
        policies: the folder of policies that the shop set.
    """

    def __init__(
        self,
        files: Mapping[str, Path],
        *,
        own: IndexFolder,
        shop: IndexFolder,
        policies: Path | None = None,
    ) -> None:
        self._policies = policies
        self._files = files
        self._own = own
        self._shop = shop
        self._shops: dict[str, Shop] = {}

    def prepare(self, names: set[str], *, embedder: Embedder, progress: Progress) -> dict[str, str]:
        """Makes the indexes that are not there yet.

        Args:
            names: of the catalogues that are asked.
            embedder: of both folders.
            progress: told how far it is.

        Returns:
            The catalogues that cannot be had, with the reason, without a full stop.
        """
        broken: dict[str, str] = {}
        for name in sorted(names):
            try:
                self._prepare(name, embedder, progress)
            except ShopGuideError as error:
                broken[name] = error.sentence.rstrip(".")
        return broken

    def _prepare(self, name: str, embedder: Embedder, progress: Progress) -> None:
        now = datetime.now(UTC)
        path = self._files.get(name)
        if path is None:
            open_catalogue(self._shop, name, embedder=embedder, now=now, progress=progress)
        elif self._own.current_version(name) is None:
            index_file(
                self._own,
                path,
                name=name,
                embedder=embedder,
                now=now,
                advice=_extra(path, "advice"),
                words=_extra(path, "words"),
                rules=_extra(path, "rules"),
                progress=progress,
            )

    def warm(self, names: Iterable[str]) -> None:
        """Works out what the first shopper would wait for: words and dictionary.

        Args:
            names: of catalogues that are indexed.
        """
        for name in names:
            index = self.index_of(name)
            index.vocabulary  # noqa: B018  asked for, so that it is there
            index.search("鞋", k=1)

    def folder_of(self, name: str) -> IndexFolder:
        """Where the index of a catalogue is."""
        return self._own if name in self._files else self._shop

    def index_of(self, name: str) -> CatalogueIndex:
        """The index of a catalogue."""
        return self.folder_of(name).open(name)

    def state(self, name: str) -> str:
        """What a catalogue of the shop is now; empty for one beside a suite, whose name says it."""
        return "" if name in self._files else self._shop.state(name)

    def shop_of(self, name: str) -> Shop:
        """The catalogue as the grader looks at it."""
        if name not in self._shops:
            self._shops[name] = Shop(self.index_of(name), self._policies)
        return self._shops[name]


def beside_suites(suites: Suites) -> tuple[list[Conversation], dict[str, Path]]:
    """The conversations with their catalogues' names in a run, and the files beside suites.

    A name that cannot be one, or a file that cannot be read, is a fault of its lines.
    """
    files: dict[str, Path] = {}
    named: dict[Path, str] = {}
    conversations = []
    for conversation in suites.conversations.values():
        try:
            path = _file(suites.folders[conversation.id], conversation.catalog)
            if path is not None and path not in named:
                named[path] = f"{conversation.catalog}-{_digest(path)}"
                check_name(named[path])
                files[named[path]] = path
        except BadInput as error:
            told = error.sentence.rstrip(".")
            suites.faults.append(Fault(suites.where[conversation.id], told))
            continue
        if path is not None:
            conversation = conversation.model_copy(update={"catalog": named[path]})
        conversations.append(conversation)
    return conversations, files


def _file(folder: Path, name: str) -> Path | None:
    check_name(name)
    found = (folder / _BESIDE / f"{name}{ending}" for ending in _ENDINGS)
    return next((path for path in found if path.is_file()), None)


def _extra(path: Path, kind: str) -> Path | None:
    extra = path.with_name(f"{path.stem}.{kind}.yaml")
    return extra if extra.exists() else None


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    for file in (path, *filter(None, (_extra(path, kind) for kind in _EXTRAS))):
        try:
            digest.update(file.name.encode() + file.read_bytes())
        except OSError as error:
            raise BadInput(f"Cannot read {file}: {error.strerror}.", field="suite") from error
    return digest.hexdigest()[:8]


def catalogue_folders(settings: Settings, embedder: Embedder) -> tuple[IndexFolder, IndexFolder]:
    """Where the indexes of suites' own catalogues are, and those of the shop.

    Args:
        settings: of the shop.
        embedder: of both.
    """
    own = IndexFolder(settings.cache / "suite-catalogs", embedder)
    shop = IndexFolder(indexes_folder(settings), embedder, keeper=keeper_for(settings.vectors))
    return own, shop


def catalogues_of(settings: Settings, files: Mapping[str, Path]) -> SuiteCatalogues:
    """The catalogues of a run that are indexed already, for a process that begins.

    Args:
        settings: of the shop.
        files: of the catalogues beside suites, by their names in the run.
    """
    own, shop = catalogue_folders(settings, default_embedder(settings))
    return SuiteCatalogues(files, own=own, shop=shop, policies=settings.policies)
