"""Sizes in a message: "size 42", "42码", "US 9", "UK 8.5", "脚长26厘米", "a medium"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from retrieval.text import has_cjk
from tools.reading.numbers import read_number
from tools.reading.quotes import Span
from tools.reading.size_chart import SizeChart, System, Wearer

_N = r"(?P<n>\d{1,2}(?:\.\d|\s?½|\s1/2)?)(?![\d½])"
_OF = (
    r"(?:\s*(?:size|sizes|men['’]?s?|women['’]?s?|kids['’]?|mens|womens|m|w"
    r"|男|女|[:：=]|的|是)\s*)*"
)
_NAMES: Mapping[System, str] = {
    "eu": r"eu|eur|euro|european|欧码|欧洲码",
    "us": r"u\.?s\.?|american|美码|美国码",
    "uk": r"u\.?k\.?|british|英码|英国码",
}
_KID = r"(?P<kid>\s?[cy]\b)?"
_SYSTEMS: Sequence[tuple[System, re.Pattern[str]]] = [
    (system, re.compile(pattern, re.IGNORECASE))
    for system, names in _NAMES.items()
    for pattern in (
        rf"(?:\bsize\s*)?(?<![a-z])(?:{names}){_OF}\s*{_N}{_KID}(?:\s*码)?",
        rf"(?:\bsize\s*)?(?<![\d.]){_N}{_KID}\s*\(?\s*(?:in\s+)?(?:{names})(?![a-z])\)?(?:\s+sizes?)?",
    )
]
_KIDS_US = re.compile(
    r"\bsize\s*(?P<n>\d{1,2}(?:\.5)?)\s?(?:c|y)\b|(?<![\d.])(?P<m>\d{1,2})\s?[cy]\b(?!\w)",
    re.IGNORECASE,
)
_MARK = re.compile(
    r"(?:\bcn\s*|中国码\s*|鞋号\s*)(?P<n>[12]\d[05]|3[01][05])\s*(?:mm|毫米|码|号)?|(?<!\d)(?P<m>[12]\d[05]|3[01][05])\s*(?:mm|毫米)?\s*(?:码|号|的脚)",
    re.IGNORECASE,
)
_FOOT = re.compile(
    r"(?<![\d.])(?P<n>[12]\d(?:\.\d)?|3[01](?:\.\d)?)\s*(?P<cm>cm|centimet(?:er|re)s?|厘米|公分)(?![a-z])"
    r"|(?<![\d.])(?P<m>1[2-9]\d|2\d\d|3[01]\d)\s*(?:mm|millimet(?:er|re)s?|毫米)(?![a-z])",
    re.IGNORECASE,
)
_LENGTH = re.compile(r"foot|feet|脚|足长|鞋|inner\s*length|内长", re.IGNORECASE)
_CHINESE_NUMBER = r"[二三四]?十[一二三四五六七八九]?"
_PLAIN = re.compile(
    r"\b(?:sizes?|sz)\s*(?:is|are|of|in|a|an|[:=])?\s*(?P<a>\d{1,3}(?:\.\d)?)(?![\d.]*(?:cm|mm|c\b|y\b))"
    rf"|(?<![\d.])(?P<b>\d{{1,2}}(?:\.\d)?|{_CHINESE_NUMBER})\s*(?P<half>码半|号半)?(?(half)|(?:码|号(?![线店楼])))"
    r"|(?:尺码|鞋码|码数|尺寸|码子)\s*(?:[:：=是为要穿]|一般|一直)*\s*(?P<c>\d{1,3}(?:\.\d)?)"
    r"|\b(?:i|he|she|we|they|wife|husband|son|daughter|mom|mum|dad|kid)(?:['’]m|\s+am|\s+is|\s+usually)?\s+(?:wear|wears|take|takes|a)\s+(?:an?\s+)?(?P<d>\d{1,2}(?:\.\d)?)\b(?!\s*[-:]?\s*(?:minutes?|mins?|hours?|days?|weeks?|months?|years?|yr|k|km|miles?|pairs?|percent|times?|of|shoes?|different)\b|\s*%)",
    re.IGNORECASE,
)
# "hiking boots, 42, not black": a number that is a size here and counts nothing.
_BARE = re.compile(
    r"(?<![A-Za-z0-9_.,$€£¥第])(?<![\d.])(?P<n>[2-5]\d(?:\.5)?)(?![\d%]|\.\d)"
    r"(?=\s*(?:$|[,，。.;；、!！?？/)）]|and\b|or\b|in\b|not\b|under\b|please\b|for\b|if\b|preferably\b|的|有吗|或|和|到|吧|呢|哦|啊))",
    re.IGNORECASE,
)
_LETTERS: Mapping[str, Sequence[str]] = {
    "xxs": ("xxs",), "xs": ("xs", "extra small", "x-small"), "s": ("s", "small", "小号"),
    "m": ("m", "medium", "中号"), "l": ("l", "large", "大号"),
    "xl": ("xl", "extra large", "x-large", "加大", "加大号"),
    "xxl": ("xxl", "2xl", "加加大"), "xxxl": ("xxxl", "3xl"),
}  # fmt: skip
_ALONE = re.compile(r"^(?:xx?s|x+l|[23]xl|小号|中号|大号|加大号?|加加大)$", re.IGNORECASE)

# A size above this is European; a length from this on, in millimetres, is a grown-up's foot.
_LEAST_EUROPEAN = 16
_LEAST_FOOT = 200


@dataclass(frozen=True)
class SizeFound:
    """A size that a message names.

    Attributes:
        value: the catalogue's size, or None where it has none such or it is ambiguous.
        written: the size as it was said, for telling.
        note: how it was converted; empty where it was not.
        span: the words.
        bare: whether only a number was written.
    """

    value: str | None
    written: str
    note: str
    span: Span
    bare: bool = False


def read_sizes(message: str, chart: SizeChart, wearer: Wearer | None) -> list[SizeFound]:
    """The sizes that a message names, in the order of certainty.

    Args:
        message: as the shopper wrote it.
        chart: the catalogue's sizes.
        wearer: whom the goods are for, as far as it is known.
    """
    candidates = [
        *(_foreign(message, chart, wearer) if chart.shoes or chart.system else ()),
        *(_measured(message, chart, wearer) if chart.shoes and chart.system else ()),
        *_plain(message, chart, wearer),
        *(SizeFound(size, size, "", span) for span, size in _worded(message, chart)),
    ]
    found: list[SizeFound] = []
    for candidate in candidates:
        if not any(other.span.overlaps(candidate.span) for other in found):
            found.append(candidate)
    return found


def _foreign(message: str, chart: SizeChart, wearer: Wearer | None) -> Iterator[SizeFound]:
    """Sizes with their system: "US 9", "9 UK", "美码9"."""
    for system, pattern in _SYSTEMS:
        for match in pattern.finditer(message):
            who: Wearer | None = "kids" if match["kid"] else _said(match.group()) or wearer
            number = _number(match["n"])
            if (system == "eu") == (number > _LEAST_EUROPEAN):
                yield _converted(match, number, system, who, chart)


def _measured(message: str, chart: SizeChart, wearer: Wearer | None) -> Iterator[SizeFound]:
    """Chinese marks and lengths of feet."""
    for match in _MARK.finditer(message):
        yield _converted(match, float(match["n"] or match["m"]), "mark", wearer, chart)
    for match in _FOOT.finditer(message):
        length = float(match["n"]) * 10 if match["cm"] else float(match["m"])
        if length >= _LEAST_FOOT or _LENGTH.search(message):
            # In Chinese a foot is told by the mark on the box, which is its length.
            system: System = "mark" if has_cjk(message) else "foot"
            yield _converted(match, length, system, wearer, chart)
    for match in _KIDS_US.finditer(message) if wearer == "kids" else ():
        yield _converted(match, float(match["n"] or match["m"]), "us", "kids", chart)


def _plain(message: str, chart: SizeChart, wearer: Wearer | None) -> Iterator[SizeFound]:
    for match in _PLAIN.finditer(message):
        written = match["a"] or match["b"] or match["c"] or match["d"]
        number = read_number(written)
        if number and not written[0].isdigit():
            written = f"{number.value:f}"
        if match["half"]:
            written = f"{written}.5"
        size, note = chart.plain(written), ""
        if size is None and number is not None:
            size, note = chart.guess(float(written), wearer) or (None, "")
        yield SizeFound(size, written, note, _span(match))
    for match in _BARE.finditer(message):
        if (size := chart.plain(match["n"])) is not None:
            yield SizeFound(size, match["n"], "", Span(match.start("n"), match.end("n")), bare=True)


def _converted(
    match: re.Match[str], number: float, system: System, wearer: Wearer | None, chart: SizeChart
) -> SizeFound:
    size, note = chart.convert(number, system, wearer) or (None, "")
    return SizeFound(size, match.group().strip(), note, _span(match))


def _worded(message: str, chart: SizeChart) -> list[tuple[Span, str]]:
    """Sizes that are words: S, M, L and whatever else the catalogue writes with letters."""
    found: list[tuple[Span, str]] = []
    for key, value in chart.written.items():
        names = next((names for names in _LETTERS.values() if key in names), None)
        if names is None:
            if (
                any(c.isalpha() for c in key)
                and len(key) >= 3
                and key[:2] not in {"eu", "us", "uk"}
            ):
                pattern = rf"(?<![\w.]){re.escape(key)}(?!\w)"
                found += [(_span(m), value) for m in re.finditer(pattern, message, re.IGNORECASE)]
            continue
        for name in names:
            if has_cjk(name):
                pattern = rf"(?<!加){name}(?!大)" if name == "加大" else rf"(?<![加特]){name}"
            elif _ALONE.match(name):
                pattern = rf"(?:\bsize\s*)?(?<![\w-]){name}(?![\w-])(?:\s*[码号])?"
            else:
                after = r"(?![\w'’-])(?:\s*(?:please|size|码|号))?"
                said = r"(?:\bsizes?\s*(?:is|in|:)?\s*|\b(?:in|an?|wear|takes?)\s+(?:an?\s+)?)"
                ends = r"(?=\s*(?:$|[,.;!?，。]|码|号|and\b|or\b|please\b|in\b|for\b))"
                pattern = rf"{said}{name}{after}{ends}|(?<![\w-]){name}\s*[码号]"
            found += [(_span(m), value) for m in re.finditer(pattern, message, re.IGNORECASE)]
    return found


def _number(written: str) -> float:
    whole = re.match(r"\d+(?:\.\d)?", written)
    assert whole is not None
    return float(whole.group()) + (0.5 if "½" in written or "1/2" in written else 0.0)


def _said(text: str) -> Wearer | None:
    """Whom a size itself names: "US women's 8", "美码男9"."""
    if re.search(r"women|女|\bw\b", text, re.IGNORECASE):
        return "women"
    return "men" if re.search(r"\bmen|男|\bm\b", text, re.IGNORECASE) else None


def _span(match: re.Match[str]) -> Span:
    text = match.group()
    return Span(
        match.start() + len(text) - len(text.lstrip()), match.end() - len(text) + len(text.rstrip())
    )
