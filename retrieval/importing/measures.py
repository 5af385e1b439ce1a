"""Measures such as ``286 g``: a number whose unit goes into the attribute's name."""

from __future__ import annotations

import re
from types import MappingProxyType

_UNITS = MappingProxyType(
    {
        **dict.fromkeys(("g", "gram", "grams", "gr", "克"), "g"),
        **dict.fromkeys(("kg", "kgs", "kilogram", "kilograms", "千克", "公斤"), "kg"),
        **dict.fromkeys(("oz", "ounce", "ounces", "盎司"), "oz"),
        **dict.fromkeys(("lb", "lbs", "pound", "pounds", "磅"), "lb"),
        **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre", "毫米"), "mm"),
        **dict.fromkeys(("cm", "centimeter", "centimeters", "centimetre", "厘米"), "cm"),
        **dict.fromkeys(("inch", "inches", '"', "英寸"), "in"),
        **dict.fromkeys(("ml", "毫升"), "ml"),
        **dict.fromkeys(("l", "liter", "liters", "litre", "升"), "l"),
        **dict.fromkeys(("gb",), "gb"),
        **dict.fromkeys(("mah",), "mah"),
        **dict.fromkeys(("%",), "percent"),
    }
)
_MEASURE = re.compile(r'^(-?\d{1,9}(?:\.\d{1,6})?)\s*([a-zA-Z]{1,12}|[\u4e00-\u9fff]{1,2}|["%])$')
_SUFFIX = re.compile(r"_([a-z]+)$")


def parse_measure(name: str, text: str) -> tuple[str, float] | None:
    """Reads a number with a unit.

    Args:
        name: the attribute's name, with or without a unit at its end.
        text: for example ``286 g`` or ``10毫米``.

    Returns:
        The name with its unit and the number in it: ``("weight_g", 286.0)``. None where the text
        is no measure, or in another unit than the name says.
    """
    match = _MEASURE.match(text.strip())
    unit = _UNITS.get(match[2].casefold()) if match else None
    if match is None or unit is None:
        return None
    suffix = _SUFFIX.search(name)
    named = suffix[1] if suffix else None
    if named in _UNITS.values() or named in _UNITS:
        return (name, float(match[1])) if _UNITS.get(named or "", named) == unit else None
    return f"{name}_{unit}", float(match[1])
