"""Joins rows that are variants of one product: the rows that share an ``item_group_id``."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Iterable, Iterator

from retrieval.importing.mapping import Mapping
from retrieval.importing.names import plain_name
from retrieval.importing.reasons import Reason
from retrieval.importing.rows import Cell, Row
from retrieval.importing.values import as_text
from retrieval.importing.variants import MOST_VARIANTS, ROW
from retrieval.importing.words import ATTRIBUTE_NAMES

WINDOW_PRODUCTS = 500
"""Products that wait for further rows; one whose rows stand farther apart is not joined."""

_WINDOW_CHARACTERS = 16_000_000
_SHORTEST_COMMON_TITLE = 8
_MOST_VALUES = 50


def joined_rows(rows: Iterable[Row], mapping: Mapping) -> Iterator[Row]:
    """The rows with those of one product joined into one, in the order of their first rows.

    Args:
        rows: the rows of the file.
        mapping: names the column whose value the rows of a product share; where it names none,
            the rows come as they are.
    """
    if mapping.group is None:
        return iter(rows)
    return _Joiner(mapping, mapping.group).joined(rows)


class _Joiner:
    def __init__(self, mapping: Mapping, group: str) -> None:
        self._group = group
        self._mapping = mapping
        self._waiting: OrderedDict[object, list[Row]] = OrderedDict()
        self._characters = 0

    def joined(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            key: object = as_text(row.cells.get(self._group)).strip()
            if row.problem is not None or not key:
                key = row.number, None
            members = self._waiting.setdefault(key, [])
            if len(members) >= MOST_VARIANTS:
                yield Row(row.number, problem=Reason.TOO_MANY_VARIANTS)
                continue
            members.append(row)
            self._characters += _characters(row)
            while (
                len(self._waiting) > WINDOW_PRODUCTS or self._characters > _WINDOW_CHARACTERS
            ) and self._waiting:
                yield self._oldest()
        while self._waiting:
            yield self._oldest()

    def _oldest(self) -> Row:
        key, members = self._waiting.popitem(last=False)
        self._characters -= sum(map(_characters, members))
        return self._join(key, members) if isinstance(key, str) else members[0]

    def _join(self, key: str, members: list[Row]) -> Row:
        fields = self._mapping.fields
        own = {name: fields.get(name, ("",))[0] for name in ("id", "price", "sale_price")}
        stock = fields.get("availability", ("",))[0]
        options = {
            name: column
            for column in dict.fromkeys(column for row in members for column in row.cells)
            if (name := ATTRIBUTE_NAMES.get(plain_name(column))) in {"size", "color"}
        }
        variants: list[Cell] = []
        for row in members:
            variant: dict[str, Cell] = {
                "sku": row.cells.get(own["id"]),
                "price": row.cells.get(own["price"]),
                "sale_price": row.cells.get(own["sale_price"]),
                "availability": row.cells.get(stock),
                ROW: row.number,
            }
            variant.update({name: row.cells.get(column) for name, column in options.items()})
            variants.append(variant)
        cells = _merged(members)
        for column in (own["price"], own["sale_price"], stock):
            cells.pop(column, None)
        title = fields["title"][0]
        if len(fields["title"]) == 1 and isinstance(cells.get(title), str):
            cells[title] = _common_title([as_text(row.cells.get(title)) for row in members])
        if own["id"]:
            cells[own["id"]] = key
        cells[fields["variants"][0]] = variants
        return Row(members[0].number, cells, parts=tuple(members))


def _merged(members: list[Row]) -> dict[str, Cell]:
    """The first value of each column; all of them where a short text differs between rows."""
    cells: dict[str, Cell] = {}
    several: dict[str, dict[str, None]] = {}
    for row in members:
        for column, value in row.cells.items():
            if value in (None, "", []):
                continue
            if cells.setdefault(column, value) != value and isinstance(value, str):
                first = cells[column]
                if isinstance(first, str) and len(first) <= 100 and len(value) <= 100:
                    values = several.setdefault(column, {first: None})
                    if len(values) < _MOST_VALUES:
                        values[value] = None
    kept = ("color", "size", "material", "pattern")
    for column, values in several.items():
        if ATTRIBUTE_NAMES.get(plain_name(column), plain_name(column)) in kept:
            cells[column] = list(values)
    return cells


def _common_title(titles: list[str]) -> str:
    """What the titles of the variants begin with: ``Ghost 16 - Black - 42`` gives ``Ghost 16``."""
    told = [title for title in titles if title.strip()]
    if not told:
        return ""
    low, high = min(told), max(told)
    pairs = zip(low, high, strict=False)
    common = "".join(a for a, _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
    if common not in told:
        # Not through the middle of a word.
        common = common.rpartition(" ")[0]
    common = common.rstrip(" -–—|/,，、:：(（[")
    long_enough = len(common) >= max(_SHORTEST_COMMON_TITLE, len(min(told, key=len)) // 3)
    cjk = any("\u4e00" <= char <= "\u9fff" for char in common)
    return common if long_enough or (cjk and len(common) >= 4) else told[0]


def _characters(row: Row) -> int:
    return sum(len(cell) if isinstance(cell, str) else 50 for cell in row.cells.values())
