"""Sizes and stock that a sentence speaks of, held against the variants."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from evals.grading.attributes import negated
from evals.grading.claim import Claim
from evals.grading.phrases import phrases
from evals.grading.subjects import Speech
from evals.grading.words import WordTable
from retrieval.product import Product, Variant

_S = r"\d{1,2}(?:\.5)?"
_LIST = rf"{_S}(?:\s*(?:,|/|、|，|and|or|to|and up to|到|至|[-–~和及或])\s*(?:eu\s?)?{_S})*"
_SIZE = re.compile(
    rf"(?:\b(?P<system>us|uk|eur?|cn)\s?(?:sizes?\s?)?|\bsizes?\b[\s:*]*"
    r"(?:from |of |is |are |available |in )*(?:eu\s?)?"
    rf"|(?:尺码|码数|鞋码|欧码)[^\d，。\u25a1]{{0,6}})(?P<a>{_LIST})(?![\d%])(?!\s*(?:mm|g\b))"
    rf"|(?<![\d.])(?P<b>{_LIST})\s?(?:码|号(?!线|楼|店))"
    rf"|\bpair\b[^.,;]{{0,80}}\bin\s(?P<c>{_S})(?![\d%])"
    # Without a word for size: "in a 59", "goes up to 59", "a 59 is available", 做到59.
    r"|(?:\b(?:in|from)\s(?:an?\s)?|\b(?:need|want|wear|take|after)\san?\s"
    r"|\b(?:up|down|all the way|goes?|going|as (?:large|big|small)) (?:to|as)\s(?:an?\s)?"
    r"|(?:[做大小有]|覆盖)(?:可以|能|可)?[到至]了?\s?|最[大小](?:是|为|有|能穿)?\s?)"
    r"(?:eu\s?)?(?P<d>[2-6]\d(?:\.5)?(?:\s?(?:to|[-–])\s?[2-6]\d)?)(?=\s*(?:$|[.,;!)，。；！）]"
    r"|(?:and|or|for|too|as|if|today|now|but|with|right|at|from|also|which|while)\b))"
    r"|\ban?\s(?P<e>[2-6]\d(?:\.5)?)\s(?=(?:is|are|would be) (?:still |also |now )?"
    r"(?:available|in stock|there|possible|made|to be had|no problem|on hand))"
)
_IN = re.compile(r"\bin[ -]stock\b|\bavailable\b|有货|现货|有库存|库存充足")
_MASK = "\u25a1"
_SPAN = re.compile(r"\bto\b|到|至|[-–~]")
_GAP = re.compile(r"没有|没|无|缺|\bno\b|\bnot\b|n[’']t\b|\bwithout\b|\blacks?\b")
# A colour this many characters before a size is its own: "in blue, size 46".
_NEAR = 18
_STOCKED = frozenset({"in_stock", "preorder", "backorder"})
# "X暂时没有现货" is of the X, and of no gap in the shop.
_NAMED = re.compile(r"\u25a1[\s*]*[\u4e00-\u9fff]{0,6}$")
_NO_NEED = re.compile(r"\bno need\b|不必|无需|用不着")
_ON_ORDER = _STOCKED - {"in_stock"}


class Shelf:
    """Checks of sizes and of stock.

    Args:
        table: the words for colours.
        get: the product of an id.
        said: the shopper's own words, in lower case.
    """

    def __init__(self, table: WordTable, get: Callable[[str], Product], said: str) -> None:
        self._table = table
        self._get = get
        self._said = said

    def claims(self, speech: Speech) -> Iterator[Claim]:
        """Every size and every word on stock of a sentence."""
        text = speech.small
        found = phrases().found
        if text.rstrip(" *").endswith(("?", "？")):
            return
        # "We do not have the X in stock" is about the X.
        out = phrases().patterns["out_of_stock"]
        named = any(_MASK in m[0] or _NAMED.search(text[: m.start()]) for m in out.finditer(text))
        if (found("about_shop", text) and not named) or found("record_silent", text):
            return
        sizes = list(_SIZE.finditer(text))
        for match in sizes:
            left, right = speech.clause(match.start(), match.end())
            wished = found("about_shopper", text[left : match.start()])
            if wished and not speech.taken_up(right):
                continue
            yield from self._sizes(match, speech, left)
        if sizes:
            return
        for match in sorted(
            [*out.finditer(text), *_IN.finditer(text)], key=lambda m: (m.start(), -m.end())
        ):
            inside = [m for m in out.finditer(text) if m.start() <= match.start() < m.end()]
            if inside and match.re is _IN:
                continue
            yield from self._stock(match, speech)

    def _sizes(self, match: re.Match[str], speech: Speech, left: int) -> Iterator[Claim]:
        text = speech.small
        alone = match["d"] or match["e"]
        written = alone or match["a"] or match["b"] or match["c"]
        wanted = re.findall(_S, written)
        subject = speech.subject(match.start(), match.end())
        products = [[self._get(id) for id in ids] for ids in subject.items]
        if not products:
            return
        if alone and not any(v.size for alike in products for p in alike for v in p.variants):
            return
        out = _sold_out(text, match) or negated(text, match.start(), match.end(), left)
        out = out or _GAP.search(text[max(left, match.start() - 8) : match.start()]) is not None
        colors = self._colors(speech, match)
        other = (match["system"] or "") in {"us", "uk", "cn"}

        def holds(product: Product) -> bool:
            there = [v for v in product.variants if v.availability in _STOCKED and v.size]
            if other:
                labels = {f"{match['system']} {s}" for s in wanted}
                return bool(labels & {(v.size or "").lower() for v in there}) or any(
                    label.replace(" ", "") in self._said.replace(" ", "") for label in labels
                )
            if _SPAN.search(written) and len(wanted) == 2 and not out:
                return _spans(there, wanted)
            has = [any(_fits(v, size, colors) for v in there) for size in wanted]
            return not any(has) if out else all(has)

        yield self._verdict("size", match, speech, products, holds, subject.every)

    def _stock(self, match: re.Match[str], speech: Speech) -> Iterator[Claim]:
        if match[0] == "available" and not re.match(
            r"\s*($|[.,;!]|now\b|today|immediately|and\b|for )", speech.small[match.end() :]
        ):
            return
        subject = speech.subject(match.start(), match.end())
        products = [[self._get(id) for id in ids] for ids in subject.items]
        left, _ = speech.clause(match.start(), match.end())
        out = match.re is not _IN
        awaited = out and phrases().patterns["awaited"].match(match[0]) is not None
        ahead = speech.small[left : match.start()]
        denied = negated(speech.small, match.start(), match.end(), left)
        if not out:
            out = denied
        elif awaited and (denied or _NO_NEED.search(ahead)):
            out = False
        colors = self._colors(speech, match)
        if not products or (awaited and phrases().found("about_shopper", ahead)):
            return

        def holds(product: Product) -> bool:
            if awaited and product.availability in _ON_ORDER:
                return out
            there = [v for v in product.variants if v.availability in _STOCKED]
            if colors:
                stocked = any(_fits(v, None, colors) for v in there)
            else:
                stocked = product.availability in _STOCKED and (bool(there) or not product.variants)
            return stocked != out

        yield self._verdict("stock", match, speech, products, holds, subject.every)

    def _verdict(
        self,
        kind: str,
        match: re.Match[str],
        speech: Speech,
        products: Sequence[Sequence[Product]],
        holds: Callable[[Product], bool],
        every: bool,
    ) -> Claim:
        met = [any(holds(p) for p in alike) for alike in products]
        supported = all(met) if every else any(met)
        shown = next(a[0] for a, ok in zip(products, met, strict=True) if ok == supported)
        words = speech.text[match.start() : match.end()].strip()
        return Claim(
            "size" if kind == "size" else "stock",
            words,
            speech.text,
            shown.id,
            supported,
            f"{shown.id}: {_shelf(shown)}",
        )

    def _colors(self, speech: Speech, match: re.Match[str]) -> set[str]:
        """Colours in the clause of a size: both must be one variant's."""
        left, right = speech.clause(match.start(), match.end())
        found = self._color_words(speech.small[left:right])
        return found or self._color_words(speech.small[max(0, left - _NEAR) : left])

    def _color_words(self, text: str) -> set[str]:
        return {
            str(m.value).lower()
            for said in self._table.find(text)
            for m in said.meanings
            if m.field == "color"
        }


def _sold_out(text: str, match: re.Match[str]) -> bool:
    """Whether the word on stock that belongs to a size, the next or else the last, denies it."""
    gone = list(phrases().patterns["out_of_stock"].finditer(text))
    states = [(m.start(), True) for m in gone]
    taken = [m.span() for m in gone]
    for m in _IN.finditer(text):
        if not any(a <= m.start() < b for a, b in taken):
            states.append((m.start(), False))
    states.sort()
    following = [out for at, out in states if at >= match.end()]
    earlier = [out for at, out in states if at < match.start()]
    return following[0] if following else bool(earlier and earlier[-1])


def _fits(variant: Variant, size: str | None, colors: set[str]) -> bool:
    if size is not None and not _same_size(variant.size or "", size):
        return False
    return not colors or (variant.color or "").lower() in colors


def _same_size(own: str, size: str) -> bool:
    own = re.sub(r"^(eu|eur|size)\s*|码$", "", own.lower()).strip()
    try:
        return float(own) == float(size)
    except ValueError:
        return own == size


def _spans(variants: Sequence[Variant], ends: Sequence[str]) -> bool:
    return all(any(_same_size(v.size or "", end) for v in variants) for end in ends)


def _shelf(product: Product) -> str:
    there = [v for v in product.variants if v.availability in _STOCKED]
    listed = ", ".join(f"{v.color or ''} {v.size or ''}".strip() for v in there[:40])
    return f"{product.availability}; in stock: {listed or 'no variant listed'}"
