"""Words of products and queries as the word index counts them.

Model numbers and sizes stay whole, and stand also in the forms that shoppers type: ``TN-2110`` is
found by "tn2110" and "tn 2110", ``15.6"`` by "15.6 inch", ``1TB`` by "1 tb", "smart watch" by
"smartwatch".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from wordfreq import zipf_frequency

from retrieval.text import Token, normalise, simplified, stem, tokens

# Units under one name each, so that "inches", "in" and the inch sign are one.
_UNITS = {
    "inch": "in", "inches": "in", '"': "in", "''": "in", "′′": "in", "”": "in", "“": "in",
    "watt": "w", "watts": "w", "volt": "v", "volts": "v", "gram": "g", "grams": "g",
    "kilogram": "kg", "kilograms": "kg", "kilo": "kg", "kgs": "kg", "liter": "l", "liters": "l",
    "litre": "l", "litres": "l", "ltr": "l", "meter": "m", "meters": "m", "metre": "m",
    "metres": "m", "mtr": "m", "foot": "ft", "feet": "ft", "ounce": "oz", "ounces": "oz",
    "pound": "lb", "pounds": "lb", "lbs": "lb", "piece": "pc", "pieces": "pc", "pcs": "pc",
    "gigabyte": "gb", "gigabytes": "gb", "terabyte": "tb", "terabytes": "tb",
}  # fmt: skip
_SIGN = re.compile(r"(?:\"|''|′′|”|“)")
_INNER = re.compile(r"[-'’/.°]")
_NUMBER = re.compile(r"\d+(?:[.,/]\d+)*")
_NUMBER_UNIT = re.compile(r"(\d+(?:[.,/]\d+)*)([a-z]{1,10})")
_RUN = re.compile(r"\d+[a-z]?(?![a-z])|[a-z]+|\d+")
_SHORT_UNIT = 3
_SHORTEST_HALF = 3
# "smartwatch" is a word that people write, "watchblack" is none; the scale is wordfreq's.
_WRITTEN = 1.5
# Endless runs are noise of a feed, no word that anybody types.
_LONGEST = 40


@dataclass(frozen=True)
class Word:
    """A word of a text and the forms under which it is also found.

    Attributes:
        written: the word as typed, in lower case.
        term: its stem, or the model number, or the number with its unit.
        parts: what a compound consists of.
        forms: other ways to write all of it.
    """

    written: str
    term: str
    parts: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    start: int = 0
    end: int = 0
    cjk: bool = False


def words(text: str) -> list[Word]:
    """The words of a text, in order, positions in the normalised text."""
    small = simplified(normalise(text))
    found: list[Word] = []
    pieces = [token for token in tokens(small) if token.end - token.start <= _LONGEST]
    at = 0
    while at < len(pieces):
        token = pieces[at]
        after = pieces[at + 1] if at + 1 < len(pieces) else None
        word, used = _word(small, token, after)
        found.append(word)
        at += used
    return found


def joined(found: Sequence[Word]) -> Iterator[tuple[int, str]]:
    """Neighbours that people also write as one word: the place of the first, and the term."""
    for place in range(len(found) - 1):
        left, right = found[place], found[place + 1]
        if right.start - left.end == 1 and _halves(left) and _halves(right):
            whole = left.written + right.written
            if _is_written(whole):
                yield place, stem(whole)


@lru_cache(maxsize=100_000)
def terms_of(text: str) -> tuple[str, ...]:
    """Every term under which a product with this text is found, repeated as often as it stands."""
    found = words(text)
    listed: list[str] = []
    for word in found:
        listed.append(word.term)
        listed.extend(word.parts)
        listed.extend(word.forms)
    listed.extend(term for _, term in joined(found))
    return tuple(listed)


def _word(text: str, token: Token, after: Token | None) -> tuple[Word, int]:
    written = text[token.start : token.end]
    if token.cjk:
        return Word(written, token.stem, start=token.start, end=token.end, cjk=True), 1
    if not any(c.isdigit() for c in written):
        parts = _INNER.split(written)
        if len(parts) == 1:
            return Word(written, token.stem, start=token.start, end=token.end), 1
        stems = tuple(stem(part) for part in parts if len(part) > 1)
        whole = stem("".join(parts))
        return Word(written, token.stem, stems, (whole,), token.start, token.end), 1
    return _numbered(text, written, token, after)


def _numbered(text: str, written: str, token: Token, after: Token | None) -> tuple[Word, int]:
    """A word with a figure in it: a number with its unit, or a model number."""
    start, end = token.start, token.end
    if _NUMBER.fullmatch(written):
        if _SIGN.match(text, end):
            return Word(written, f"{written}in", (written,), (), start, end + 1), 1
        unit = _unit_after(text, token, after)
        if unit and after:
            return Word(
                text[start : after.end], written + unit, (written, after.stem), (), start, after.end
            ), 2
        return Word(written, written, (), (), start, end), 1
    plain = written.rstrip("°")
    together = _NUMBER_UNIT.fullmatch(plain.replace("-", ""))
    if together:
        number, unit = together.groups()
        unit = _UNITS.get(unit, unit)
        forms = () if number + unit == written else (written,)
        return Word(written, number + unit, (number, stem(unit)), forms, start, end), 1
    squeezed = _INNER.sub("", plain)
    parts = [part for part in _INNER.split(plain) if part]
    runs = [run for part in parts for run in _RUN.findall(part)]
    smaller = dict.fromkeys(
        [*(p for p in parts if len(parts) > 1), *(r if r[0].isdigit() else stem(r) for r in runs)]
    )
    return Word(
        written,
        plain,
        tuple(p for p in smaller if len(p) > 1 and p != plain),
        (squeezed,) if squeezed != plain else (),
        start,
        end,
    ), 1


def _unit_after(text: str, token: Token, after: Token | None) -> str | None:
    if after is None or after.cjk or text[token.end : after.start] not in {" ", "-", "\u00a0"}:
        return None
    unit = text[after.start : after.end]
    if unit in _UNITS:
        return _UNITS[unit]
    return unit if unit.isalpha() and len(unit) <= _SHORT_UNIT and unit not in FUNCTION else None


def _halves(word: Word) -> bool:
    return word.written.isascii() and word.written.isalpha() and len(word.written) >= _SHORTEST_HALF


@lru_cache(maxsize=100_000)
def _is_written(word: str) -> bool:
    return bool(zipf_frequency(word, "en") >= _WRITTEN)


# Words that join others and name nothing.
FUNCTION = frozenset(
    "a an and are as at be by for from has in is it its of on or that the this to with without "
    "your you my me i we our any some which what do does can need want looking der die das und "
    "für mit von de la le les et pour avec".split(" ")
)
