"""Variants of a product, under whatever names a feed gives their size, colour, price and stock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from pydantic import ValidationError

from retrieval.importing.guessing import PLAIN_PRICES
from retrieval.importing.names import plain_name
from retrieval.importing.notes import Notes
from retrieval.importing.prices import Amount, read_amount
from retrieval.importing.reasons import Reason
from retrieval.importing.rows import Cell
from retrieval.importing.stock import read_availability
from retrieval.importing.values import plain_text
from retrieval.importing.words import ATTRIBUTE_NAMES, SYNONYMS
from retrieval.product import AttributeValue, Availability, Variant

MOST_VARIANTS = 1_000
ROW = "\0row"
"""The key under which a variant that was a row of its own keeps that row's number."""

_SKU = frozenset({"sku", "id", "item id", "variant id", "variant sku", "sku id", "货号", "barcode"})
_STOCK = frozenset({*SYNONYMS["availability"], "available"})
_OPTIONS = frozenset({"options", "option", "attributes", "selected options", "specs", "规格"})
_PRICES = ("list_price", "price", "sale_price")
_MOST_EXTRA = 30


@dataclass(frozen=True)
class ReadVariant:
    """A variant with both of its prices.

    Attributes:
        variant: as the product holds it; its price is what the shopper pays.
        list_price: the price before a reduction; what is paid where there is none.
        row: the row of the file that it was, where it was one.
    """

    variant: Variant
    list_price: Decimal | None
    row: int | None


@dataclass(frozen=True)
class Variants:
    """The variants of a product.

    Attributes:
        read: those that could be read, each sku once.
        extra: option values that a variant has no place for, as attributes of the product.
        dropped: the row and reason of each that was a row of its own and could not be read.
    """

    read: tuple[ReadVariant, ...] = ()
    extra: MappingOf[str, AttributeValue] | None = None
    dropped: tuple[tuple[int, Reason, str], ...] = ()

    def availability(self) -> Availability:
        """In stock where one of them is."""
        found = {each.variant.availability for each in self.read}
        order: tuple[Availability, ...] = ("in_stock", "preorder", "backorder")
        return next((each for each in order if each in found), "out_of_stock")

    def prices(self) -> tuple[Amount, Amount]:
        """Price and sale price of the cheapest one, of those in stock where there are any."""
        priced = [each for each in self.read if each.variant.price]
        stocked = [each for each in priced if each.variant.availability == "in_stock"]
        best = min(stocked or priced, key=lambda each: each.variant.price or 0, default=None)
        if best is None:
            return Amount(None, Reason.NO_PRICE), Amount(None, Reason.NO_PRICE)
        paid = best.variant.price
        if best.list_price is not None and paid is not None and best.list_price > paid:
            return Amount(best.list_price), Amount(paid)
        return Amount(paid), Amount(None, Reason.NO_PRICE)


def read_variants(
    cell: Cell, product_id: str, currency: str, divisor: int, notes: Notes
) -> Variants:
    """Reads the variants of a product.

    Args:
        cell: a list of records, or a record of records by sku.
        product_id: makes skus for variants that have none.
        currency: the catalogue's ISO 4217 code.
        divisor: what amounts are divided by.
        notes: is told of those that cannot be read.
    """
    if isinstance(cell, dict):
        parts: Sequence[object] = [
            {"sku": sku, **part} if isinstance(part, dict) else part for sku, part in cell.items()
        ]
    elif isinstance(cell, list):
        parts = cell
    else:
        return Variants()
    read: dict[str, ReadVariant] = {}
    extra: dict[str, dict[str, None]] = {}
    dropped: list[tuple[int, Reason, str]] = []
    for place, part in enumerate(parts[:MOST_VARIANTS], start=1):
        row = part.get(ROW) if isinstance(part, dict) else None
        found: ReadVariant | tuple[Reason, str] = (Reason.VARIANT_DROPPED, "")
        if isinstance(part, dict):
            fields = _fields(part, extra)
            found = _variant(fields, f"{product_id}-{place}", row, currency, divisor, notes)
        if isinstance(found, ReadVariant) and found.variant.sku in read:
            found = (Reason.DUPLICATE_ID, found.variant.sku)
        if isinstance(found, ReadVariant):
            read[found.variant.sku] = found
        elif isinstance(row, int):
            dropped.append((row, *found))
        else:
            notes.mended(Reason.VARIANT_DROPPED, "variants", f"no. {place}")
    return Variants(tuple(read.values()), _extra(extra, notes), tuple(dropped))


def _variant(
    fields: MappingOf[str, Cell],
    sku: str,
    row: int | None,
    currency: str,
    divisor: int,
    notes: Notes,
) -> ReadVariant | tuple[Reason, str]:
    amounts = [read_amount(fields.get(field), currency, divisor) for field in _PRICES]
    for amount in amounts:
        if amount.problem not in (None, Reason.NO_PRICE, Reason.ZERO_PRICE):
            return amount.problem or Reason.VARIANT_DROPPED, amount.detail
    told = [amount.value for amount in amounts if amount.value is not None]
    zero = any(amount.problem is Reason.ZERO_PRICE for amount in amounts[1:])
    if not told and (row is not None or zero):
        # A row that should tell a price and tells none is no variant that can be sold.
        return Reason.ZERO_PRICE if zero else Reason.NO_PRICE, ""
    paid = min(told, default=None)
    try:
        variant = Variant(
            sku=plain_text(fields.get("sku"), "variants.sku", notes) or sku,
            size=plain_text(fields.get("size"), "variants", notes) or None,
            color=plain_text(fields.get("color"), "variants", notes) or None,
            price=paid,
            availability=read_availability(
                fields.get("availability"), "variants.availability", notes
            ),
        )
    except ValidationError:
        return Reason.VARIANT_DROPPED, sku
    return ReadVariant(variant, max(told, default=None), row)


def _fields(part: MappingOf[str, Cell], extra: dict[str, dict[str, None]]) -> dict[str, Cell]:
    """A variant's cells under the names that a variant has; other options go to extra."""
    fields: dict[str, Cell] = {}
    for name, value, option in _flat(part):
        field = _field(name)
        if field is not None:
            if fields.get(field) in (None, ""):
                fields[field] = value
        elif option and name and isinstance(value, str) and len(extra) < _MOST_EXTRA:
            extra.setdefault(name[:80], {})[value[:200]] = None
    return fields


def _flat(part: MappingOf[str, Cell]) -> Iterator[tuple[str, Cell, bool]]:
    """Names, values, and whether each is an option: ``{"options": {"size": "42"}}``."""
    for name, value in part.items():
        options = plain_name(name) in _OPTIONS
        if options and isinstance(value, dict):
            yield from ((str(key), inner, True) for key, inner in value.items())
        elif options and isinstance(value, list):
            pairs = [each for each in value if isinstance(each, dict)]
            yield from ((str(each.get("name", "")), each.get("value"), True) for each in pairs)
        elif name != ROW:
            yield name, value, False


@lru_cache(maxsize=1_000)
def _field(name: str) -> str | None:
    """The field of a variant that a name stands for."""
    plain = plain_name(name)
    attribute = ATTRIBUTE_NAMES.get(plain)
    if attribute in {"size", "color"}:
        return attribute
    if plain in _SKU:
        return "sku"
    if plain in PLAIN_PRICES:
        return "price"
    if plain in SYNONYMS["price"]:
        return "list_price"
    if plain in SYNONYMS["sale_price"]:
        return "sale_price"
    return "availability" if plain in _STOCK else None


def _extra(extra: MappingOf[str, dict[str, None]], notes: Notes) -> dict[str, AttributeValue]:
    kept: dict[str, AttributeValue] = {}
    for name, values in extra.items():
        texts = [plain_text(value, name, notes) for value in list(values)[:100]]
        several = [text for text in texts if text]
        if several:
            kept[name] = several if len(several) > 1 else several[0]
    return kept
