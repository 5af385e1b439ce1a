"""Finds out in which currency a catalogue is priced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from retrieval.errors import BadInput
from retrieval.importing.mapping import Mapping
from retrieval.importing.rows import Cell
from retrieval.importing.values import as_text
from retrieval.money import UnreadablePrice, parse_currency, parse_price


def checked_currency(code: str) -> str:
    """The code, where it is one.

    Raises:
        BadInput: it is not an ISO 4217 code.
    """
    try:
        found = parse_currency(code)
    except UnreadablePrice:
        found = ""
    if found != code:
        raise BadInput(f"{code!r} is not the code of a currency.", field="currency")
    return code


def settle_currency(
    mapping: Mapping, cells: Sequence[dict[str, Cell]], default: str
) -> tuple[str, str]:
    """The catalogue's currency, and what told it: ``nothing`` where it is the default.

    Args:
        mapping: which column is which field.
        cells: those of the first rows.
        default: the currency of prices that name none.
    """
    if mapping.currency is not None:
        return mapping.currency, "the mapping file"
    counts: Counter[str] = Counter()
    for column in mapping.fields.get("currency", ()):
        for row in cells:
            try:
                counts[parse_currency(as_text(row.get(column)), currency=default)] += 1
            except UnreadablePrice:
                continue
    if counts:
        return counts.most_common(1)[0][0], "its currency column"
    if mapping.price_currency is not None:
        return mapping.price_currency, "the name of its price column"
    for value in _prices(mapping, cells):
        try:
            named = parse_price(value, currency=default).currency
        except UnreadablePrice:
            continue
        if named is not None:
            counts[named] += 1
    if counts:
        return counts.most_common(1)[0][0], "the signs in its prices"
    return default, "nothing"


def _prices(mapping: Mapping, cells: Sequence[dict[str, Cell]]) -> Iterator[str]:
    for field in ("price", "sale_price"):
        for column in mapping.fields.get(field, ()):
            yield from (value for row in cells if isinstance(value := row.get(column), str))
    for column in mapping.fields.get("variants", ()):
        for row in cells:
            variants = row.get(column)
            for variant in variants if isinstance(variants, list) else ():
                price = variant.get("price") if isinstance(variant, dict) else None
                if isinstance(price, str):
                    yield price
