"""``shopguide index``: a catalogue file into an index."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from assistant.app import indexes_folder
from assistant.commands.console import Steps, say
from assistant.commands.shop import ready_embedder
from assistant.commands.stopping import stoppable
from assistant.settings import Settings
from retrieval.catalogues import index_file, name_of
from retrieval.dense import keeper_for
from retrieval.errors import BadCatalogueFile
from retrieval.folder import IndexFolder
from retrieval.manifest import check_name


def index(
    settings: Settings,
    file: Path,
    *,
    name: str | None,
    format: str,
    mapping: Path | None,
    advice: Path | None,
    words: Path | None,
    rules: Path | None,
) -> None:
    """Imports a file, builds its index, and prints what became of its rows.

    Args:
        settings: ``currency`` is taken for prices that name none; ``vectors`` says where they go.
        file: the catalogue.
        name: by default made from the file's name.
        format: one of ``retrieval.importing.FORMATS``.
        mapping: says which column is which field.
        advice: a shop's advice.
        words: a shop's own words.
        rules: what the shop puts forward, back or first.

    Raises:
        BadInput: one of the files or the name is wrong. The old index goes on serving.
        IndexNotWritten: the disk is full. The old index goes on serving.
        DownloadFailed: the embedding model cannot be had.
    """
    if not file.is_file():
        raise BadCatalogueFile(f"There is no file {file}.", field="file")
    name = name or name_of(file)
    check_name(name)
    with stoppable("The catalogue is as it was, or wholly the new one."), Steps() as steps:
        embedder = ready_embedder(settings, steps)
        done = index_file(
            IndexFolder(indexes_folder(settings), embedder, keeper=keeper_for(settings.vectors)),
            file,
            name=name,
            embedder=embedder,
            now=datetime.now(UTC),
            format=format,
            mapping=mapping,
            words=words,
            advice=advice,
            rules=rules,
            default_currency=settings.currency,
            progress=steps.show,
        )
    say(done.report.summary())
    say(f"The catalogue {name!r} has {len(done.index)} products and serves now.")
    say(f"Every mended and refused row stands in {done.report_file}")
