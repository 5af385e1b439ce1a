"""Counts that are written as words: "three colours", 两款."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.claims.findings import Clause, Findings
from assistant.claims.labels import LabelMention
from assistant.claims.records import Records
from assistant.evidence import Evidence
from retrieval.product import Product

_NUMBERS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "thousand": 1000,
    "dozen": 12,
}  # fmt: skip
_CHINESE = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
_ENGLISH_COUNT = re.compile(
    rf"\b(?P<number>{'|'.join(_NUMBERS)})s?\b(?:[\s-]+(?P<word>[a-z]+))?", re.IGNORECASE
)
_CHINESE_COUNT = re.compile(
    r"(?P<number>[一二两三四五六七八九十百千]+)\s*(?:多\s*)?(?P<word>块|元|美元|克|公斤|斤|毫米"
    r"|厘米|寸|升|年|天|日|个月|公里|小时"
    r"|分钟|周|倍|折|成|星|码"
    r"|[种个款双件条色](?:[\u4e00-\u9fff]{0,2})|款|双)"
)
_PRODUCTS = re.compile(
    r"(?:options?|products?|models?|picks?|choices?|items?|alternatives?|pairs?|shoes?|others?"
    r"|of|are|have|is|and|or|ones|here|above|listed|remaining)$"
    r"|[款双](?:[\u4e00-\u9fff]{0,2})|[个件](?:商品|产品|选择|都|中|里|鞋|比|相比|均|之间|的)?",
    re.IGNORECASE,
)
_EVERY = re.compile(r"[一](?:款|双|个|种|件|条|些|点)")
# What follows a count of the catalogue's own: sizes and colours are counted from the variants.
_COLOURS = re.compile(r"colou?rs?|[种个]?(?:颜色|配色|色)", re.IGNORECASE)
_SIZES = re.compile(r"sizes?|[种个]?(?:尺码|码)", re.IGNORECASE)


def check_counts(
    text: str,
    clause: Clause,
    labels: Sequence[LabelMention],
    evidence: Evidence,
    records: Records,
    found: Findings,
) -> list[tuple[int, int]]:
    """A number that is written as a word counts what the records have so many of.

    Returns:
        The spans that are judged.
    """
    spans = []
    pattern = _ENGLISH_COUNT if evidence.language == "en" else _CHINESE_COUNT
    for match in pattern.finditer(text, clause.start, clause.end):
        word = match["word"] or ""
        if _EVERY.match(match.group()):
            continue
        value = _value(match["number"])
        if clause.wished or records.asked >= {match["number"].lower()}:
            continue
        if _PRODUCTS.fullmatch(word) or not word:
            most = len(evidence.products)
            if 2 <= value <= most:
                continue
        elif _counted(word, value, match, clause, labels) or _literally(match, clause, records):
            spans.append((match.start(), match.end()))
            continue
        found.fault(f"the number “{match.group()}” is not in the record")
    return spans


def _counted(
    word: str,
    value: int,
    match: re.Match[str],
    clause: Clause,
    labels: Sequence[LabelMention],
) -> bool:
    """Whether each record has so many colours, sizes, or values of the attribute."""
    at = match.start("word")
    fields = [f for la in labels if at <= la.start < match.end() for f in la.fields]
    if not clause.about:
        return False
    return all(value in _counts(word, fields, product) for product in clause.about)


def _literally(match: re.Match[str], clause: Clause, records: Records) -> bool:
    return bool(clause.about) and all(records.literally(match.group(), p) for p in clause.about)


def _counts(word: str, fields: Sequence[str], product: Product) -> set[int]:
    stocked = [v for v in product.variants if v.availability == "in_stock"]
    if _COLOURS.fullmatch(word):
        return {len({v.color for v in stocked if v.color}), len(product.values("color"))}
    if _SIZES.fullmatch(word):
        return {len({v.size for v in stocked if v.size})}
    return {len(product.values(field)) for field in fields}


def _value(written: str) -> int:
    small = written.lower()
    if small in _NUMBERS:
        return _NUMBERS[small]
    if len(small) == 1:
        return _CHINESE.get(small, 0)
    if small.startswith("十"):
        return 10 + _CHINESE.get(small[1], 0)
    return 0
