"""Units behind a number, and the attributes that are measured in them."""

from __future__ import annotations

import re
from decimal import Decimal
from types import MappingProxyType

# Each written unit: what attributes of that unit end in, and how many of it one is.
_UNITS = MappingProxyType(
    {
        **dict.fromkeys("mg milligram milligrams 毫克".split(), ("mg", 1.0)),
        **dict.fromkeys("g gram grams gr 克".split(), ("g", 1.0)),
        **dict.fromkeys("kg kgs kilo kilos kilogram kilograms 公斤 千克".split(), ("g", 1000.0)),
        **dict.fromkeys("oz ounce ounces 盎司".split(), ("oz", 1.0)),
        **dict.fromkeys("lb lbs 磅".split(), ("lb", 1.0)),
        **dict.fromkeys("mm millimeter millimeters millimetre 毫米".split(), ("mm", 1.0)),
        **dict.fromkeys("cm centimeter centimeters centimetre 厘米".split(), ("mm", 10.0)),
        **dict.fromkeys("m meter meters metre metres 米".split(), ("mm", 1000.0)),
        **dict.fromkeys("km kilometer kilometers kilometre 公里 千米".split(), ("mm", 1e6)),
        **dict.fromkeys("inch inches in \" 英寸 寸".split(), ("in", 1.0)),
        **dict.fromkeys("ft foot feet 英尺".split(), ("ft", 1.0)),
        **dict.fromkeys("ml milliliter milliliters millilitre 毫升".split(), ("ml", 1.0)),
        **dict.fromkeys("l liter liters litre litres 升".split(), ("ml", 1000.0)),
        **dict.fromkeys("mb".split(), ("mb", 1.0)),
        **dict.fromkeys("gb gigabyte gigabytes".split(), ("gb", 1.0)),
        **dict.fromkeys("tb terabyte terabytes".split(), ("tb", 1.0)),
        **dict.fromkeys("hz 赫兹".split(), ("hz", 1.0)),
        **dict.fromkeys("khz".split(), ("hz", 1e3)),
        **dict.fromkeys("mhz".split(), ("hz", 1e6)),
        **dict.fromkeys("ghz".split(), ("hz", 1e9)),
        **dict.fromkeys("w watt watts 瓦 瓦特".split(), ("w", 1.0)),
        **dict.fromkeys("kw kilowatt kilowatts 千瓦".split(), ("w", 1000.0)),
        **dict.fromkeys("wh".split(), ("wh", 1.0)),
        **dict.fromkeys("mah 毫安 毫安时".split(), ("mah", 1.0)),
        **dict.fromkeys("v volt volts 伏 伏特".split(), ("v", 1.0)),
        **dict.fromkeys("mp megapixel megapixels 万像素".split(), ("mp", 1.0)),
        **dict.fromkeys("px pixel pixels 像素".split(), ("px", 1.0)),
        **dict.fromkeys("db 分贝".split(), ("db", 1.0)),
        **dict.fromkeys("% percent ％".split(), ("percent", 1.0)),
        **dict.fromkeys("s sec second seconds 秒".split(), ("s", 1.0)),
        **dict.fromkeys("min mins minute minutes 分钟".split(), ("s", 60.0)),
        **dict.fromkeys("h hr hrs hour hours 小时".split(), ("s", 3600.0)),
        **dict.fromkeys("day days 天 日".split(), ("days", 1.0)),
        **dict.fromkeys("week weeks 周 星期".split(), ("days", 7.0)),
        **dict.fromkeys("month months 个月 月".split(), ("months", 1.0)),
        **dict.fromkeys("year years 年".split(), ("months", 12.0)),
        **dict.fromkeys("mile miles 英里".split(), ("miles", 1.0)),
        **dict.fromkeys("time times 倍 次".split(), ("times", 1.0)),
        **dict.fromkeys("折".split(), ("折", 1.0)),
        **dict.fromkeys("degree degrees ° °c °f 度".split(), ("degrees", 1.0)),
    }
)  # fmt: skip
# What one of the left unit is in the right one, exactly: the international yard and pound of 1959,
# and 1024 steps of memory. A shopper's "under 10 oz" is held against grams by these.
_BRIDGES = MappingProxyType(
    {
        ("mg", "g"): Decimal("0.001"),
        ("oz", "g"): Decimal("28.349523125"),
        ("lb", "g"): Decimal("453.59237"),
        ("in", "mm"): Decimal("25.4"),
        ("ft", "mm"): Decimal("304.8"),
        ("miles", "mm"): Decimal(1609344),
        ("mb", "gb"): 1 / Decimal(1024),
        ("tb", "gb"): Decimal(1024),
    }
)
# Of these a shopper's bare word says too little ("3 in black", "2 times"), or they count time.
_UNSURE = frozenset(
    "in s m v w px sec second seconds 秒 min mins minute minutes 分钟 time times 倍 次 折 degree "
    "degrees ° °c °f 度 day days 天 日 week weeks 周 星期 month months 个月 月 year years 年 "
    '" % percent ％'.split()
)
# A unit's Chinese character begins other words too: 升级, 米色, 周末.
_GOES_ON = MappingProxyType({"升": "级", "米": "色", "寸": "照", "瓦": "片", "克": "拉"})
_WRITTEN = re.compile(
    r"[\s-]*(?P<unit>" + "|".join(
        (rf"{re.escape(u)}(?![a-z])" if u[0].isascii() and u[-1].isalpha() else re.escape(u))
        for u in sorted(_UNITS, key=len, reverse=True)
    ) + ")", re.IGNORECASE,
)  # fmt: skip


def measuring_words() -> list[str]:
    """The written units that surely measure something where they stand behind a number."""
    return [unit for unit in _UNITS if unit not in _UNSURE]


def goes_on(unit: str, text: str, at: int) -> bool:
    """Whether a written unit is the beginning of another word: 升 in 升级."""
    return text[at : at + 1] == _GOES_ON.get(unit, "\0")


def unit_after(text: str, at: int) -> re.Match[str] | None:
    """The unit that is written behind a number; its name is in the group ``unit``."""
    match = _WRITTEN.match(text, at)
    if match and match["unit"].lower() in {"in", "time", "second"} and text[at : at + 1] == " ":
        return None
    return match


def measure(unit: str) -> tuple[str, float]:
    """What attributes of a unit end in, and how many of that one such unit is.

    Raises:
        KeyError: the unit is unknown.
    """
    return _UNITS[unit.lower()]


def factor_between(attribute: str, unit: str) -> float | None:
    """How many of the attribute's own unit one of a written unit is; None where they differ.

    ``weight_kg`` and ``g`` give 0.001.
    """
    own = _own_unit(attribute)
    if own is None:
        return None
    family, scale = measure(own)
    other, factor = measure(unit)
    return factor / scale if family == other else None


def size_in(attribute: str, unit: str) -> Decimal | None:
    """What one of a written unit is in an attribute's own, other systems of units included.

    ``weight_g`` and ``oz`` give 28.349523125; None where the two measure different things.
    """
    own = _own_unit(attribute)
    if own is None:
        return None
    family, scale = measure(own)
    other, factor = measure(unit)
    to_base, from_base = _base(other), _base(family)
    if to_base[0] != from_base[0]:
        return None
    return Decimal(str(factor)) * to_base[1] / (Decimal(str(scale)) * from_base[1])


def _own_unit(attribute: str) -> str | None:
    """The unit in an attribute's name, as the table writes it."""
    own = attribute.rsplit("_", 1)[-1].lower() if "_" in attribute else ""
    own = {"pct": "percent"}.get(own, own)
    return own if own in _UNITS else None


def _base(family: str) -> tuple[str, Decimal]:
    """The family that a family is measured in across systems, and how many of it one is."""
    return next(
        ((base, size) for (held, base), size in _BRIDGES.items() if held == family),
        (family, Decimal(1)),
    )
