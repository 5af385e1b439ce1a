"""What several commands start: the models, a catalogue's index, the assistant of them all."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from assistant.app import Assistant, default_embedder, indexes_folder, weights_folder
from assistant.commands.background import begin
from assistant.commands.console import Steps
from assistant.database.connection import Database
from assistant.engine import engine
from assistant.llm.client import OpenAIChatModel
from assistant.orders.demo import seed_demo_orders
from assistant.settings import Settings
from retrieval.catalogues import DEMO, open_catalogue
from retrieval.dense import keeper_for
from retrieval.embedding_source import embedding_source
from retrieval.errors import UnknownCatalogue
from retrieval.folder import IndexFolder
from retrieval.translation import GlossingEmbedder


def check_catalogue(settings: Settings) -> None:
    """Refuses a catalogue that is not there, before anything long is begun.

    Raises:
        UnknownCatalogue: there is no index of that name.
        BadInput: it cannot be a name.
    """
    folder = IndexFolder(indexes_folder(settings), default_embedder(settings))
    if folder.current_version(settings.catalog) is None and settings.catalog != DEMO:
        known = ", ".join(sorted({*folder.names(), DEMO}))
        raise UnknownCatalogue(
            f"There is no catalogue {settings.catalog!r} (there is: {known}). "
            "shopguide index FILE makes one.",
            field="catalog",
        )


def ready_embedder(settings: Settings, steps: Steps) -> GlossingEmbedder:
    """The embedding model, fetched where it is missing, and loaded.

    Raises:
        DownloadFailed: it cannot be had.
        BadInput: the setting names no model that can be loaded.
    """
    embedding_source(settings.embedding, weights_folder(settings)).fetch(steps.show)
    embedder = default_embedder(settings)
    embedder.load()
    return embedder


def open_indexes(settings: Settings, steps: Steps) -> IndexFolder:
    """The indexes, with the settings' catalogue loaded; the demo shop's is built where missing.

    Raises:
        DownloadFailed: the embedding model cannot be had.
        UnknownCatalogue: there is no such catalogue.
        IndexBroken: its files are damaged.
    """
    embedder = ready_embedder(settings, steps)
    folder = IndexFolder(indexes_folder(settings), embedder, keeper=keeper_for(settings.vectors))
    open_catalogue(
        folder,
        settings.catalog,
        embedder=embedder,
        now=datetime.now(UTC),
        progress=steps.show,
    )
    return folder


def _warmed(indexes: IndexFolder, settings: Settings) -> IndexFolder:
    """The indexes with all worked out that the first shopper would wait for: words, dictionary."""
    index = indexes.open(settings.catalog)
    index.vocabulary  # noqa: B018  asked for, so that it is there
    index.search("鞋", k=1)
    return indexes


@contextmanager
def running_assistant(settings: Settings) -> Iterator[tuple[Assistant, OpenAIChatModel]]:
    """An assistant with everything that it needs; a local model server ends with the context.

    Args:
        settings: what the shop set.

    Raises:
        ShopGuideError: as ``engine`` and ``open_indexes`` do.
    """
    with ExitStack() as stack:
        with Steps() as steps:
            # Loading torch and starting the model server take seconds each.
            opening = begin(lambda: _warmed(open_indexes(settings, steps), settings))
            steps.show(0, 0, "starting the language model")
            model = stack.enter_context(engine(settings, steps.show))
            steps.show(1, 1, "starting the language model")
            indexes = opening.result()
            # A great vocabulary is some million objects: to look at them all for garbage again
            # and again takes half a second each time.
            gc.freeze()
        database = Database(settings.database_url)
        stack.callback(database.close)
        seed_demo_orders(settings, database, datetime.now(UTC))
        yield Assistant(settings, indexes=indexes, database=database, model=model), model
