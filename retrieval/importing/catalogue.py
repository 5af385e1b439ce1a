"""A catalogue file in, products and a report out."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path

from retrieval.errors import BadCatalogueFile
from retrieval.importing.cleaning import Cleaner
from retrieval.importing.currency import checked_currency, settle_currency
from retrieval.importing.joining import WINDOW_PRODUCTS, joined_rows
from retrieval.importing.mapping import Mapping, load_mapping, settle_mapping
from retrieval.importing.quality import Quality
from retrieval.importing.readers import Progress, Source, open_source
from retrieval.importing.reasons import Reason, sentence
from retrieval.importing.report import ImportReport
from retrieval.importing.rows import Cell, Row
from retrieval.product import Product

_SAMPLE_ROWS = 1_000
_SAMPLE_CELLS = 200_000
_SAMPLE_CHARACTERS = 20_000_000
_MOST_COLUMNS = 5_000


def import_catalogue(
    path: Path,
    *,
    format: str = "auto",
    mapping: Path | None = None,
    default_currency: str = "USD",
    progress: Progress | None = None,
) -> tuple[list[Product], ImportReport]:
    """Imports a whole catalogue file into memory; ``open_catalogue_file`` streams it.

    Args and errors are those of ``open_catalogue_file``.

    Returns:
        The products in the order of the file, at least one, and what became of each row.
    """
    with open_catalogue_file(
        path,
        format=format,
        mapping=mapping,
        default_currency=default_currency,
        progress=progress,
    ) as file:
        return list(file.products()), file.report


def open_catalogue_file(
    path: Path,
    *,
    format: str = "auto",
    mapping: Path | None = None,
    default_currency: str = "USD",
    progress: Progress | None = None,
) -> Import:
    """Opens a catalogue file and settles how it is read; its products are then streamed.

    Args:
        path: the file, gzip-compressed or not.
        format: one of ``FORMATS``; ``auto`` tells by the content.
        mapping: a mapping file, which wins over the guesses.
        default_currency: ISO 4217 code of the prices where neither the mapping, a currency column,
            the price's column name nor a sign in a price tells.
        progress: is called now and then with the bytes read and the bytes in all.

    Returns:
        The import. Close it, or use it in a ``with`` statement.

    Raises:
        BadInput: the mapping file or the default currency is wrong.
        BadCatalogueFile: the file cannot be read.
    """
    stated = load_mapping(mapping) if mapping is not None else None
    default = checked_currency(default_currency)
    if stated is not None and stated.currency is not None:
        checked_currency(stated.currency)
    source = open_source(path, format)
    rows = source.rows(progress)
    try:
        sample = _take(rows)
        if not sample:
            raise BadCatalogueFile(f"{path.name} has no rows.", field="file")
        cells = [row.cells for row in sample if row.problem is None]
        columns = _columns(source, cells)
        if not columns:
            problem = _most_common(row.problem for row in sample if row.problem is not None)
            raise BadCatalogueFile(f"No row of {path.name} can be read: {problem}.", field="file")
        used = settle_mapping(columns, cells, stated, source.fields)
        currency, how = settle_currency(used, cells, default)
        report = ImportReport(
            file=path.name,
            format=source.kind,
            encoding=source.encoding.removesuffix("-sig"),
            currency=currency,
            mapping=used,
            notes=_notes(source, used, currency, how),
        )
        return Import(sample, rows, report)
    except BaseException:
        rows.close()
        raise


class Import:
    """A catalogue file being read.

    Attributes:
        report: what became of the rows read so far; complete when the products are exhausted.
    """

    def __init__(
        self, sample: list[Row], rows: Generator[Row, None, None], report: ImportReport
    ) -> None:
        self._sample = sample
        self._rows = rows
        self.report = report

    def __enter__(self) -> Import:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; products that were not taken are lost."""
        self._rows.close()

    def products(self) -> Iterator[Product]:
        """The products in the order of the file, one at a time; to be asked for once.

        Raises:
            BadCatalogueFile: the file cannot be read to its end, or no row of it could be kept.
        """
        report = self.report
        quality = Quality(report.currency)
        cleaner = Cleaner(report.mapping, report.currency, quality)
        sample, self._sample = self._sample, []
        rows = joined_rows(itertools.chain(_emptied(sample), self._rows), report.mapping)
        refusals: Counter[Reason] = Counter()
        for row in rows:
            cleaned = cleaner.clean(row)
            for note in cleaned.notes:
                report.add(note)
            if cleaned.product is None:
                refusals[cleaned.notes[0].remarks[-1].reason] += 1
                continue
            report.joined += sum(note.outcome != "refused" for note in cleaned.notes[1:])
            yield cleaned.product
        report.findings = quality.findings()
        if not report.products:
            reason, _ = refusals.most_common(1)[0]
            raise BadCatalogueFile(
                f"None of the {report.total} rows of {report.file} could be kept; "
                f"most often because {sentence(reason)}.",
                field="file",
            )


def _emptied(rows: list[Row]) -> Iterator[Row]:
    """The rows, each forgotten when it has been given."""
    rows.reverse()
    while rows:
        yield rows.pop()


def _take(rows: Iterable[Row]) -> list[Row]:
    """The first rows, fewer where they are wide or long, so that the sample stays small."""
    sample: list[Row] = []
    cells = characters = 0
    for row in rows:
        sample.append(row)
        cells += len(row.cells)
        characters += sum(len(cell) for cell in row.cells.values() if isinstance(cell, str))
        if (
            len(sample) >= _SAMPLE_ROWS
            or cells >= _SAMPLE_CELLS
            or characters >= _SAMPLE_CHARACTERS
        ):
            break
    return sample


def _columns(source: Source, cells: Sequence[dict[str, Cell]]) -> list[str]:
    # The rows of a Shopify export are gathered from several: theirs are other columns.
    if source.columns and source.kind != "shopify":
        return list(source.columns)
    names = dict.fromkeys(name for row in cells for name in row)
    return list(itertools.islice(names, _MOST_COLUMNS))


def _most_common(reasons: Iterable[Reason]) -> str:
    return sentence(Counter(reasons).most_common(1)[0][0])


def _notes(source: Source, mapping: Mapping, currency: str, how: str) -> list[str]:
    notes = []
    if how == "nothing":
        notes.append(
            f"The file names no currency: its prices were taken for {currency}. "
            "Another is stated in a mapping file: currency: INR."
        )
    else:
        notes.append(f"The currency {currency} was told by {how}.")
    if not source.encoding.startswith(("utf", "binary")):
        notes.append(f"The file is not UTF-8; it was read as {source.encoding}.")
    if "id" not in mapping.fields:
        notes.append("No column holds ids: they were made from title and brand.")
    if mapping.group is not None:
        notes.append(
            f"Rows that share {mapping.group} were joined as variants of one product, where no "
            f"more than {WINDOW_PRODUCTS} other products stand between them."
        )
    if "price" not in mapping.fields:
        notes.append("The price of a product is that of its cheapest variant in stock.")
    return notes
