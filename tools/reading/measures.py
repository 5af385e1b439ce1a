"""Measures of a message held against the numeric attributes that a catalogue has in any unit."""

from __future__ import annotations

import re
from dataclasses import replace

from retrieval.index import CatalogueIndex
from retrieval.text import normalise, search_terms
from tools.reading.amounts import Amount
from tools.reading.units import size_in

# A measure this many times beyond all that the catalogue holds is another thing's: 90 kg, 180 cm.
_BEYOND = 3.0
# What goes into a thing: it must be as large as that at least.
_MUST_HOLD = re.compile(
    r"\b(?:fits?|holds?|holding|takes?|carr(?:y|ies)|stores?|for|(?:my|our|his|her)\s+[\w\s-]{2,24}?\s(?:is|are))\s+"
    r"(?:(?:an?|my|his|her|our|the|up\s+to|about)\s+)*$"
    r"|(?:[装放塞容收](?:得下|得了|下|进|纳|一?[台个])?|[我他她](?:的|家)?[^，。,.]{1,6}是?)$",
    re.IGNORECASE,
)
# "1 cm wider": by how much more or less, and no measure of the goods.
_DIFFERENCE = re.compile(
    r"[\s-]*(?:(?:wid|long|tall|short|high|low|big|larg|small|light|heavi|thick|thinn?|narrow|deep)er|more|less)\b(?!\s+than)",
    re.IGNORECASE,
)
# Labels share these with sizes of clothes and say nothing alone.
_VAGUE = frozenset(["size", "尺寸", "大小", "length", "长度"])
_REACH = 40


def read_measure(amount: Amount, message: str, index: CatalogueIndex) -> tuple[str, Amount] | None:
    """The numeric attribute that an amount with a unit speaks of, and the amount in its unit.

    Args:
        amount: with the unit of a measure.
        message: that it stands in.
        index: the catalogue; attributes carry their unit at the end of their names.

    Returns:
        None where no attribute is measured so, several are, or none has such values.
    """
    if amount.unit is None or _DIFFERENCE.match(message, amount.span.end):
        return None
    sizes = {
        name: size
        for name in sorted(index.vocabulary.numeric_fields)
        if (size := size_in(name, amount.unit)) is not None
    }
    named = [name for name in sizes if is_named(name, message, index)]
    hinted = [name for name in sizes if _is_hinted(name, message, index)]
    chosen = named[:1] or (hinted if len(hinted) == 1 else list(sizes) if len(sizes) == 1 else [])
    for name in chosen:
        size = sizes[name]
        high = None if amount.high is None else amount.high * size
        found = replace(amount, value=amount.value * size, high=high)
        if not is_plausible(name, found, index):
            continue
        if amount.bound != "=":
            return name, found
        goods = _describes_goods(amount, message, index)
        if goods or name in named or name in hinted:
            return name, _bare(name, found, index, holds=not goods and _must_hold(amount, message))
    return None


def is_named(name: str, text: str, index: CatalogueIndex) -> bool:
    """Whether a text has a whole label of a field."""
    small = f" {normalise(text)} "
    return any(normalise(label) in small for label in _labels(name, index))


def is_plausible(name: str, amount: Amount, index: CatalogueIndex) -> bool:
    """Whether a catalogue has values of the size of an amount in a field."""
    numbers = index.columns.numbers(name, index.columns.live)
    return len(numbers) > 0 and float(amount.value) <= _BEYOND * float(numbers.max())


def _is_hinted(name: str, text: str, index: CatalogueIndex) -> bool:
    """Whether a text has a telling word of a field's label: "laptop" of "laptop size"."""
    words = {word for label in _labels(name, index) for word in search_terms(label)}
    vague = {term for word in _VAGUE for term in search_terms(word)}
    return bool((words - vague) & set(search_terms(text)))


def _labels(name: str, index: CatalogueIndex) -> tuple[str, ...]:
    return (*index.vocabulary.labels().get(name, ()), index.vocabulary.label(name, "en"))


def _describes_goods(amount: Amount, message: str, index: CatalogueIndex) -> bool:
    """Whether a measure stands before the goods that it describes: "a 20 litre backpack"."""
    after = message[amount.span.end : amount.span.end + _REACH]
    first = next(iter(index.vocabulary.find(after)), None)
    if first is None or not any(term.field in ("category", "use") for term in first.terms):
        return False
    return re.fullmatch(r"[\s-]*(?:的|容量的?)?\s*", after[: first.start]) is not None


def _must_hold(amount: Amount, message: str) -> bool:
    start = amount.span.start
    return _MUST_HOLD.search(message, max(0, start - _REACH), start) is not None


def _bare(name: str, amount: Amount, index: CatalogueIndex, *, holds: bool) -> Amount:
    """A measure that no word bounds: that or near, and as large at least where it must hold."""
    if holds:
        return replace(amount, bound=">=")
    numbers = index.columns.numbers(name, index.columns.live)
    made = bool((abs(numbers - float(amount.value)) < 1e-6).any())
    return amount if made else replace(amount, bound="~")
