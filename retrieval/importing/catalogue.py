"""A catalogue file in, products and a report out."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from retrieval.errors import BadCatalogueFile, BadInput
from retrieval.importing.cleaning import Cleaner
from retrieval.importing.mapping import Mapping, MappingFile, load_mapping, settle_mapping
from retrieval.importing.readers import Progress, Source, open_source
from retrieval.importing.report import ImportReport, Reason, sentence
from retrieval.importing.rows import Cell, Row
from retrieval.money import UnreadablePrice, parse_currency, parse_price
from retrieval.product import Product

_SAMPLE_ROWS = 1_000
_SAMPLE_CELLS = 200_000


def import_catalogue(
    path: Path,
    *,
    format: str = "auto",
    mapping: Path | None = None,
    default_currency: str = "USD",
    progress: Progress | None = None,
) -> tuple[list[Product], ImportReport]:
    """Imports a catalogue file.

    Args:
        path: CSV, JSON Lines or a JSON array, gzip-compressed or not.
        format: ``auto``, ``csv`` or ``jsonl``.
        mapping: a mapping file, which wins over the guesses.
        default_currency: ISO 4217 code of the prices where neither the mapping, a currency column,
            the price's column name nor a sign in a price tells.
        progress: is called now and then with the bytes read and the bytes in all.

    Returns:
        The products in the order of the file, at least one, and what became of each row.

    Raises:
        BadInput: the mapping file or the default currency is wrong.
        BadCatalogueFile: the file cannot be read, or no row of it could be kept.
    """
    stated = load_mapping(mapping) if mapping is not None else None
    default = _checked_currency(default_currency)
    if stated is not None and stated.currency is not None:
        _checked_currency(stated.currency)
    source = open_source(path, format)
    with closing(source.rows(progress)) as rows:
        return _import(source, rows, stated, default)


def _import(
    source: Source, rows: Iterator[Row], stated: MappingFile | None, default: str
) -> tuple[list[Product], ImportReport]:
    path = source.path
    sample = _take(rows)
    if not sample:
        raise BadCatalogueFile(f"{path.name} has no rows.", field="file")
    cells = [row.cells for row in sample if row.problem is None]
    columns = _columns(source, cells)
    if not columns:
        problem = _most_common(row.problem for row in sample if row.problem is not None)
        raise BadCatalogueFile(f"No row of {path.name} can be read: {problem}.", field="file")
    used = settle_mapping(columns, cells, stated)
    currency, how = _settle_currency(used, cells, default)
    report = ImportReport(
        file=path.name,
        format=source.kind,
        encoding=source.encoding.removesuffix("-sig"),
        currency=currency,
        mapping=used,
        notes=_notes(source, used, currency, how),
    )
    products: list[Product] = []
    cleaner = Cleaner(used, currency)
    refusals: Counter[Reason] = Counter()
    for row in itertools.chain(sample, rows):
        product, note = cleaner.clean(row)
        report.add(note)
        if product is None:
            refusals[note.remarks[-1].reason] += 1
        else:
            products.append(product)
    if not products:
        reason, _ = refusals.most_common(1)[0]
        raise BadCatalogueFile(
            f"None of the {report.total} rows of {path.name} could be kept; "
            f"most often because {sentence(reason)}.",
            field="file",
        )
    return products, report


def _checked_currency(code: str) -> str:
    try:
        found = parse_currency(code)
    except UnreadablePrice:
        found = ""
    if found != code:
        raise BadInput(f"{code!r} is not the code of a currency.", field="currency")
    return code


def _take(rows: Iterable[Row]) -> list[Row]:
    """The first rows, fewer where they are wide, so that the sample stays small."""
    sample: list[Row] = []
    cells = 0
    for row in rows:
        sample.append(row)
        cells += len(row.cells)
        if len(sample) >= _SAMPLE_ROWS or cells >= _SAMPLE_CELLS:
            break
    return sample


def _columns(source: Source, cells: Sequence[dict[str, Cell]]) -> list[str]:
    if source.columns:
        return list(source.columns)
    return list(dict.fromkeys(name for row in cells for name in row))


def _most_common(reasons: Iterable[Reason]) -> str:
    return sentence(Counter(reasons).most_common(1)[0][0])


def _settle_currency(
    mapping: Mapping, cells: Sequence[dict[str, Cell]], default: str
) -> tuple[str, str]:
    """The catalogue's currency and what told it."""
    if mapping.currency is not None:
        return mapping.currency, "the mapping file"
    counts: Counter[str] = Counter()
    for column in mapping.fields.get("currency", ()):
        for row in cells:
            try:
                counts[parse_currency(str(row.get(column) or ""), currency=default)] += 1
            except UnreadablePrice:
                continue
    if counts:
        return counts.most_common(1)[0][0], "its currency column"
    if mapping.price_currency is not None:
        return mapping.price_currency, "the name of its price column"
    for column in (*mapping.fields.get("price", ()), *mapping.fields.get("sale_price", ())):
        for row in cells:
            value = row.get(column)
            if isinstance(value, str):
                try:
                    named = parse_price(value, currency=default).currency
                except UnreadablePrice:
                    continue
                if named is not None:
                    counts[named] += 1
    if counts:
        return counts.most_common(1)[0][0], "the signs in its prices"
    return default, "nothing"


def _notes(source: Source, mapping: Mapping, currency: str, how: str) -> list[str]:
    notes = []
    if how == "nothing":
        notes.append(
            f"The file names no currency: its prices were taken for {currency}. "
            "Another is stated in a mapping file: currency: INR."
        )
    else:
        notes.append(f"The currency {currency} was told by {how}.")
    if not source.encoding.startswith("utf"):
        notes.append(f"The file is not UTF-8; it was read as {source.encoding}.")
    if "id" not in mapping.fields:
        notes.append("No column holds ids: they were made from title and brand.")
    return notes
