"""``shopguide index --update`` and ``shopguide remove``: a catalogue that goes on serving."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assistant.app import indexes_folder
from assistant.commands.console import Steps, say, tell
from assistant.commands.shop import check_catalogue, open_indexes
from assistant.commands.stopping import stoppable
from assistant.errors import BadInput
from assistant.settings import Settings
from retrieval.catalogues import update_catalogue
from retrieval.errors import BadCatalogueFile, IndexNotWritten, UnknownProduct
from retrieval.folder import IndexFolder

_REPORT = "last-update.json"
_LONGEST_LIST = 50_000_000
_MOST_NAMED = 10


def update(
    settings: Settings,
    file: Path,
    *,
    format: str,
    mapping: Path | None,
    currency: str | None,
) -> None:
    """Puts the products of a file into a catalogue, and prints what became of its rows.

    Args:
        settings: ``catalog`` says into which.
        file: products that are new or have changed.
        format: one of ``retrieval.importing.FORMATS``.
        mapping: says which column is which field.
        currency: of prices that name none; by default the catalogue's.

    Raises:
        BadInput: the file or the mapping is wrong.
        UnknownCatalogue: there is no such catalogue.
        IndexNotWritten: the disk is full.
        DownloadFailed: the embedding model cannot be had.
    """
    if not file.is_file():
        raise BadCatalogueFile(f"There is no file {file}.", field="file")
    check_catalogue(settings)
    name = settings.catalog
    with stoppable("What was put in so far serves; the same command may be given again."):
        with Steps() as steps:
            folder = open_indexes(settings, steps)
            done = update_catalogue(
                folder,
                file,
                name,
                format=format,
                mapping=mapping,
                default_currency=currency,
                progress=steps.show,
            )
        say(done.report.summary())
        say(
            f"{done.added} products are new and {done.changed} were put in anew; the catalogue "
            f"{name!r} has {len(done.index)} and serves them now."
        )
        report = indexes_folder(settings) / name / _REPORT
        try:
            report.write_text(done.report.model_dump_json(indent=1), encoding="utf-8")
        except OSError as error:
            why = error.strerror or "it cannot be written"
            raise IndexNotWritten(
                f"The products are in, and the report {report} could not be written: {why}."
            ) from error
        say(f"Every mended and refused row stands in {report}")
        _fold_when_due(folder, name)


def remove(settings: Settings, ids: Sequence[str], *, file: Path | None) -> None:
    """Takes products out of a catalogue.

    Args:
        settings: ``catalog`` says of which.
        ids: the products'.
        file: more ids, UTF-8, a line each; empty lines are skipped.

    Raises:
        BadInput: the file cannot be read, or there is no id at all.
        UnknownProduct: none of them is in the catalogue.
        UnknownCatalogue: there is no such catalogue.
        IndexNotWritten: the disk is full; nothing was taken out.
        DownloadFailed: the embedding model cannot be had.
    """
    wanted = list(dict.fromkeys([*ids, *(read_ids(file) if file else ())]))
    if not wanted:
        raise BadInput("Say which products: give ids, or a file of them.", field="id")
    check_catalogue(settings)
    name = settings.catalog
    with stoppable("The catalogue is as it was, or without all of these products."):
        with Steps() as steps:
            folder = open_indexes(settings, steps)
        index = folder.open(name)
        there = [id for id in wanted if id in index]
        missing = [id for id in wanted if id not in index]
        if not there:
            raise UnknownProduct(f"The catalogue {name} has none of them: {_named(missing)}.")
        index = folder.change(name, deletes=there)
        say(f"{len(there)} products were taken out; the catalogue {name!r} has {len(index)} now.")
        if missing:
            tell(f"{len(missing)} were not in it: {_named(missing)}.")
        _fold_when_due(folder, name)


def read_ids(path: Path) -> list[str]:
    """The ids of a file.

    Args:
        path: UTF-8, a line an id; empty lines are skipped.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        if path.stat().st_size > _LONGEST_LIST:
            raise BadInput(f"{path} is too long to be a list of ids.", field="file")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"Cannot read {path}: {error.strerror}.", field="file") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8.", field="file") from error
    return [id for line in text.split("\n") if (id := line.strip())]


def _fold_when_due(folder: IndexFolder, name: str) -> None:
    """So that searching stays as fast as it was; all changes serve before it too."""
    if not folder.fold_due(name):
        return
    with Steps() as steps:
        steps.show(0, 0, "folding the changes into the index")
        folder.fold(name)
        steps.show(1, 1, "folding the changes into the index")
    say("Much had changed since the index was built: the changes were folded into a new version.")


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _MOST_NAMED} more" if len(ids) > _MOST_NAMED else ""
    return ", ".join(id[:80] for id in ids[:_MOST_NAMED]) + more
