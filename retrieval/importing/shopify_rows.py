"""The rows of a Shopify product export: all rows of one handle are one product."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import MappingProxyType

from retrieval.importing.names import attribute_name
from retrieval.importing.reasons import Reason
from retrieval.importing.rows import Cell, Row
from retrieval.importing.values import as_text
from retrieval.importing.variants import MOST_VARIANTS, ROW

SHOPIFY_FIELDS = MappingProxyType(
    {
        "id": ("Handle",),
        "title": ("Title",),
        "description": ("Body (HTML)",),
        "brand": ("Vendor",),
        "category": ("Product Category", "Type"),
        "image_url": ("Image Src",),
        "variants": ("Variants",),
    }
)
"""The columns of a product's fields. Its variants are gathered under a name of our own."""

_MARKS = frozenset({"handle", "title", "variant price"})
_OPTIONS = (1, 2, 3)
_MOST_IMAGES = 100
_PLAIN_TITLE = "default title"
# Settings of the shop's pages and warehouse, not of the product.
_LEFT_OUT = ("variant ", "seo ", "image ", "google shopping / custom", "option", "gift card")
_LEFT_OUT_WHOLE = frozenset(
    {
        "handle",
        "published",
        "status",
        "cost per item",
        "template suffix",
        "standardized product type",
    }
)


def is_shopify(columns: Iterable[str]) -> bool:
    """Whether a header is that of Shopify's product export."""
    return {column.casefold() for column in columns} >= _MARKS


def shopify_rows(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows of the CSV file with those of one handle joined.

    Args:
        rows: the rows of the file under its own column names; those of one handle follow each
            other, as Shopify writes them.
    """
    members: list[Row] = []
    handle = ""
    for row in rows:
        if row.problem is not None:
            yield row
            continue
        own = as_text(row.cells.get("Handle")).strip()
        if members and own != handle:
            yield _product(members)
            members = []
        handle = own
        if len(members) >= MOST_VARIANTS:
            yield Row(row.number, problem=Reason.TOO_MANY_VARIANTS)
        else:
            members.append(row)
            if not own:
                yield _product(members)
                members = []
    if members:
        yield _product(members)


def _product(members: list[Row]) -> Row:
    first = members[0]
    parts = tuple(members)
    draft = _draft(first)
    if draft:
        return Row(first.number, problem=Reason.NOT_PUBLISHED, detail=draft, parts=parts)
    names: dict[int, str] = {}
    cells: dict[str, Cell] = {}
    images: list[Cell] = []
    variants: list[Cell] = []
    options: dict[str, dict[str, None]] = {}
    for row in members:
        for number in _OPTIONS:
            name = _text(row, f"Option{number} Name")
            if name and number not in names:
                names[number] = name
        image = _text(row, "Image Src")
        if image and image not in images and len(images) < _MOST_IMAGES:
            images.append(image)
        if _text(row, "Variant Price") or _text(row, "Option1 Value") or row is first:
            variants.append(_variant(row, names, options))
        for column, value in row.cells.items():
            if value not in (None, "") and _is_read(column):
                cells.setdefault(column, value)
    cells["Handle"] = _text(first, "Handle")
    cells["Image Src"] = images
    if isinstance(tags := cells.get("Tags"), str):
        cells["Tags"] = [tag.strip() for tag in tags.split(",") if tag.strip()]
    category = "Product Category" if cells.get("Product Category") else "Type"
    for column in {"Product Category", "Type"} - {category}:
        cells.pop(column, None)
    for name, values in options.items():
        cells.setdefault(name, list(values))
    cells["Variants"] = variants
    return Row(first.number, cells, parts=parts)


def _draft(row: Row) -> str:
    """What says that a product is not for sale yet; empty where nothing does."""
    status = _text(row, "Status").casefold()
    if status and status != "active":
        return f"Status {status}"[:60]
    published = _text(row, "Published").casefold()
    return "Published false" if published in {"false", "no", "0"} else ""


def _variant(
    row: Row, names: dict[int, str], options: dict[str, dict[str, None]]
) -> dict[str, Cell]:
    variant: dict[str, Cell] = {
        "sku": _text(row, "Variant SKU"),
        "price": row.cells.get("Variant Price"),
        "list price": row.cells.get("Variant Compare At Price"),
        "availability": _stock(row),
        ROW: row.number,
    }
    for number in _OPTIONS:
        value = _text(row, f"Option{number} Value")
        if not value or value.casefold() == _PLAIN_TITLE:
            continue
        name = attribute_name(names.get(number, f"option {number}"))
        if name in {"size", "color"}:
            variant[name] = value
        options.setdefault(name, {})[value] = None
    return variant


def _stock(row: Row) -> Cell:
    count = _text(row, "Variant Inventory Qty")
    if _text(row, "Variant Inventory Policy").casefold() == "continue" and count:
        # Sold on when the count is used up.
        return "in stock" if count.lstrip("-").strip("0") and count[0] != "-" else "backorder"
    tracked = "Variant Inventory Tracker" not in row.cells or _text(
        row, "Variant Inventory Tracker"
    )
    return count if tracked else ""


def _text(row: Row, column: str) -> str:
    return as_text(row.cells.get(column)).strip()


def _is_read(column: str) -> bool:
    plain = column.casefold()
    return not plain.startswith(_LEFT_OUT) and plain not in _LEFT_OUT_WHOLE
