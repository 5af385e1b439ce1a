"""Guesses which column of a file is which field of a product, from names and values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from collections.abc import Mapping as MappingOf

from rapidfuzz import fuzz

from retrieval.importing.names import plain_name, without_prefix
from retrieval.importing.words import PICTURES, SUBCATEGORIES, SYNONYMS

Cells = MappingOf[str, object]

FIELDS = (*SYNONYMS, "attributes", "variants")
# Below this, "sale price" and "list price" would be taken for each other (rapidfuzz ratio, 0–100).
_CLOSE_ENOUGH = 91
_SHORTEST_FUZZY = 6
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"^[\d\s.,]+$")
_WEB = re.compile(r"^\s*https?://", re.IGNORECASE)

PLAIN_PRICES = frozenset(
    {"price", "retail price", "product price", "variant price", "current price", "selling price"}
    | {"our price", "unit price", "price amount", "price value", "现价", "价格", "售价", "零售价"}
    | {"商品价格", "单价"}
)
_LIST_PRICES = frozenset(
    {"list price", "listing price", "mrp", "msrp", "rrp", "original price", "regular price"}
    | {
        "compare at price",
        "variant compare at price",
        "原价",
        "市场价",
        "吊牌价",
        "划线价",
        "专柜价",
    }
)


def guess_fields(
    columns: Sequence[str],
    sample: Sequence[Cells],
    already: set[str],
    prefixes: Sequence[str] = (),
) -> dict[str, tuple[str, ...]]:
    """Product field to columns, mostly one.

    Args:
        columns: those that may be taken.
        sample: cells of the first rows; half of a column's values must fit a field.
        already: fields that are settled.
        prefixes: beginnings of names that say nothing.
    """
    short = {column: without_prefix(column, prefixes) for column in columns}
    words = {column: plain_name(name) for column, name in short.items()}
    filled = {
        column: sum(row.get(column) not in (None, "", []) for row in sample)
        for column in columns
        if short[column] != column
    }
    left = list(columns)
    found: dict[str, tuple[str, ...]] = {}

    def fits(field: str, column: str) -> bool:
        # Behind a shared prefix stand attributes as often as fields: a field is hardly ever blank.
        fewest = 0.0 if field == "category" else 0.5 * len(sample)
        return filled.get(column, len(sample)) >= fewest and _fits(field, column, sample)

    def take(field: str, match: Callable[[str, str], bool]) -> bool:
        for synonym in SYNONYMS[field]:
            for column in left:
                if match(words[column], synonym) and fits(field, column):
                    found[field] = (column,)
                    left.remove(column)
                    return True
        return False

    for column in [*left]:
        # A record that already is a product says so by its names.
        if column in FIELDS and column not in already and _fits(column, column, sample):
            found[column] = (column,)
            left.remove(column)
    for match in (_equal, _close):
        for field in SYNONYMS:
            if field not in already and field not in found:
                take(field, match)
    _settle_prices(found, left, words, sample, already)
    if "title" not in found and "title" not in already:
        parts = [c for name in ("model", "version") for c in left if words[c] == name]
        if parts and words[parts[0]] == "model":
            brand = found.get("brand", ())
            found["title"] = (*brand, *parts)
    if "category" in found:
        below = [c for c in left if words[c] in SUBCATEGORIES and _fits("category", c, sample)]
        found["category"] += tuple(below[:1])
    if "image_url" not in found and "image_url" not in already:
        picture = _picture(left, words, sample)
        if picture is not None:
            found["image_url"] = (picture,)
    return found


def _picture(
    left: Sequence[str], words: MappingOf[str, str], sample: Sequence[Cells]
) -> str | None:
    """A column of web addresses whose name has a word for a picture: ``img_high``."""
    for column in left:
        if PICTURES.isdisjoint(words[column].split()):
            continue
        values = [row[column] for row in sample if isinstance(row.get(column), str)]
        if values and all(_WEB.match(str(value)) for value in values if value):
            return column
    return None


def _settle_prices(
    found: dict[str, tuple[str, ...]],
    left: list[str],
    words: MappingOf[str, str],
    sample: Sequence[Cells],
    already: set[str],
) -> None:
    """A list and a plain price are price and sale price; a lone sale price is the price."""
    if already & {"price", "sale_price"}:
        return
    if "price" in found and "sale_price" not in found:
        plain = [
            column
            for column in left
            if words[column] in PLAIN_PRICES and _fits("sale_price", column, sample)
        ]
        if plain and words[found["price"][0]] not in PLAIN_PRICES:
            found["sale_price"] = (plain[0],)
            left.remove(plain[0])
        listed = [c for c in left if words[c] in _LIST_PRICES and _fits("price", c, sample)]
        if listed and words[found["price"][0]] in PLAIN_PRICES:
            found["price"], found["sale_price"] = (listed[0],), found["price"]
            left.remove(listed[0])
    if "price" not in found and "sale_price" in found:
        found["price"] = found.pop("sale_price")


def _equal(name: str, synonym: str) -> bool:
    return name == synonym


def _close(name: str, synonym: str) -> bool:
    if min(len(name), len(synonym)) < _SHORTEST_FUZZY:
        return False
    return fuzz.ratio(name, synonym) >= _CLOSE_ENOUGH


def _fits(field: str, column: str, sample: Sequence[Cells]) -> bool:
    """Whether at least half of a column's values can be those of a field."""
    values = [row[column] for row in sample if row.get(column) not in (None, "", [])]
    return 2 * sum(_can_be(field, value) for value in values) >= len(values)


def _can_be(field: str, value: object) -> bool:
    if field == "attributes":
        return isinstance(value, dict)
    if field == "variants":
        return isinstance(value, list) or (
            isinstance(value, dict) and all(isinstance(part, dict) for part in value.values())
        )
    if isinstance(value, dict) or (isinstance(value, bool) and field != "availability"):
        return False
    if isinstance(value, list):
        of_texts = all(isinstance(part, str) for part in value)
        return field in {"category", "image_url"} and of_texts
    if field in {"price", "sale_price", "rating", "rating_count"}:
        return isinstance(value, int | float) or _DIGIT.search(str(value)) is not None
    if field == "category":
        # A number of somebody's taxonomy names nothing.
        return isinstance(value, str) and _NUMBER.match(value) is None
    return True


def is_useful(column: str, sample: Sequence[Cells]) -> bool:
    """Whether any row says something under the column that can be an attribute."""
    if not sample:
        return True
    for row in sample:
        value = row.get(column)
        if isinstance(value, list):
            if any(isinstance(part, str | int | float) and not _is_web(part) for part in value):
                return True
        elif isinstance(value, bool | int | float) or (
            isinstance(value, str) and value.strip() and not _is_web(value)
        ):
            return True
    return False


def _is_web(value: object) -> bool:
    return isinstance(value, str) and _WEB.match(value) is not None
