"""What a size of one system is in another, by a printed table of shoe sizes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

from retrieval.index import CatalogueIndex
from retrieval.text import normalise

System = Literal["eu", "us", "uk", "mark", "foot"]
Wearer = Literal["men", "women", "kids"]
Row = Mapping[str, float]

_NUMBER = re.compile(r"\d{1,3}(?:\.\d+)?")
_FOOTWEAR = re.compile(r"shoe|boot|sneaker|footwear|sandal|trainer|鞋|靴", re.IGNORECASE)
_SYSTEM_NAMED = re.compile(r"\b(eu|us|uk)\b|([欧美英])码", re.IGNORECASE)
_CHINESE_SYSTEMS: Mapping[str, System] = {"欧": "eu", "美": "us", "英": "uk"}
_SHOPS_SYSTEM: Mapping[str, System] = {"USD": "us", "GBP": "uk", "EUR": "eu", "CNY": "eu"}
# Below this a size of shoes can be American or British; from here on it is European.
_LEAST_EUROPEAN = 16.0
# A table's row further away than half a size is another size.
_NEAR = 0.5
_NEAR_MM = 5.0


@cache
def _table() -> Mapping[str, Sequence[Row]]:
    text = files("tools.reading").joinpath("shoe_sizes.yaml").read_text(encoding="utf-8")
    table: Mapping[str, Sequence[Row]] = yaml.safe_load(text)
    return table


class SizeChart:
    """The sizes of a catalogue, and how sizes of other systems are found among them.

    Args:
        index: the catalogue.
    """

    def __init__(self, index: CatalogueIndex) -> None:
        values = [str(value) for value in index.vocabulary.values("size")]
        self.written = {normalise(value): value for value in values}
        categories = " ".join(str(c) for c in index.vocabulary.values("category"))
        self.shoes = bool(_FOOTWEAR.search(categories))
        self._by_number: dict[float, str] = {}
        for value in values:
            number = _NUMBER.search(value)
            if number and len(re.sub(r"(?i)eu|us|uk|欧码|美码|英码|码", "", value).strip()) <= 5:
                self._by_number.setdefault(float(number.group()), value)
        self.system = self._system(index, values)
        self._currency = index.currency

    def plain(self, written: str) -> str | None:
        """The catalogue's size that a size without a system is."""
        found = self.written.get(normalise(written))
        if found is None and (number := _NUMBER.fullmatch(written.strip())):
            found = self._by_number.get(float(number.group()))
        return found

    def convert(self, size: float, system: System, wearer: Wearer | None) -> tuple[str, str] | None:
        """The catalogue's size for one of another system, and how it was found.

        Args:
            size: the number; millimetres for ``mark`` and ``foot``.
            system: what it counts in: ``mark`` is the Chinese mark, ``foot`` a measured foot.
            wearer: whom it is for; American sizes of men and women differ.

        Returns:
            The size and a note such as "US 9 (men) = EU 42.5 → 42", whose end is the size itself,
            or None where it is ambiguous or not made.
        """
        if system == self.system:
            found = self._nearest(size)
            return (found, "") if found is not None else None
        if not self.shoes or self.system is None or self.system in ("mark", "foot"):
            return None
        rows = _table()["kids" if wearer == "kids" else "adults"]
        european = _european(size, system, wearer, rows)
        if european is None:
            return None
        told = f"{_told(size, system, wearer)} = EU {european:g}"
        shown = european
        wanted: float | None = european
        if self.system != "eu":
            column = _column(self.system, wearer)
            row = min(rows, key=lambda r: abs(r["eu"] - european))
            wanted = row.get(column) if column else None
            shown = -1.0
        found = None if wanted is None else self._nearest(wanted)
        if found is None:
            return None
        number = _NUMBER.search(found)
        same = number is not None and float(number.group()) == shown
        return found, told if same else f"{told} → {found}"

    def guess(self, size: float, wearer: Wearer | None) -> tuple[str, str] | None:
        """The size for a bare number that none here is called by: "women's size 9" among EU sizes.

        It is taken for a size of the shop's own country, American where that says nothing.

        Args:
            size: the number.
            wearer: whom it is for.

        Returns:
            As ``convert`` does.
        """
        if size >= _LEAST_EUROPEAN or self.system not in ("eu", "mark"):
            return None
        return self.convert(size, "uk" if self._currency == "GBP" else "us", wearer)

    def _nearest(self, wanted: float) -> str | None:
        """The size that comes nearest; of two equally near the smaller, as plain charts print."""
        if not self._by_number:
            return None
        best = min(self._by_number, key=lambda number: (abs(number - wanted), number))
        return self._by_number[best] if abs(best - wanted) <= _NEAR else None

    def _system(self, index: CatalogueIndex, values: Sequence[str]) -> System | None:
        words = " ".join(index.vocabulary.labels().get("size", ()))
        named = _SYSTEM_NAMED.search(f"{words} {' '.join(values[:5])}")
        if named:
            if named[2]:
                return _CHINESE_SYSTEMS[named[2]]
            return {"eu": "eu", "us": "us", "uk": "uk"}[named[1].lower()]  # type: ignore[return-value]
        if not self._by_number or not self.shoes:
            return None
        if max(self._by_number) > _LEAST_EUROPEAN:
            return "mark" if max(self._by_number) > 100 else "eu"
        return _SHOPS_SYSTEM.get(index.currency)


def _european(
    size: float, system: System, wearer: Wearer | None, rows: Sequence[Row]
) -> float | None:
    if system == "eu":
        return size
    if system == "mark":
        return size / 5 - 10
    if system == "foot":
        row = min(rows, key=lambda r: abs(r["mm"] - size))
        return row["eu"] if abs(row["mm"] - size) <= _NEAR_MM else None
    column = _column(system, wearer)
    if column is None:
        return None
    for row in rows:
        if row.get(column) == size:
            return row["eu"]
    return None


def _column(system: System, wearer: Wearer | None) -> str | None:
    if system == "uk":
        return "uk_kids" if wearer == "kids" else "uk"
    return f"us_{wearer}" if system == "us" and wearer else None


def _told(size: float, system: System, wearer: Wearer | None) -> str:
    if system in ("mark", "foot"):
        return f"{size:g} mm"
    whose = f" ({wearer})" if wearer and (system == "us" or wearer == "kids") else ""
    return f"{system.upper()} {size:g}{whose}"
