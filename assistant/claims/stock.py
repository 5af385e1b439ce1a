"""Sizes, colours together with sizes, availability and reductions: what can be bought now."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.claims.denial import denies
from assistant.claims.findings import Clause, Findings, cite
from assistant.evidence import Evidence
from assistant.reply import Citation
from retrieval.fields import key
from retrieval.product import Product
from retrieval.text import normalise
from retrieval.vocabulary import Mention

_SIZE_NAMED = re.compile(
    r"\b[Ss](?:izes?|IZE)\s+(?:is\s+|of\s+|in\s+stock\s*:?\s*)?([A-Za-z]{1,4}\b|\d[\w./-]*)"
    r"|(?<![A-Za-z])([A-Z]{1,4}|\d{1,2}XL)\s*[码号]",
)
_LETTERED = re.compile(r"(?:\d{0,2}X{0,4}[SL]|M|XX?[SML]|one\s?size|os)", re.IGNORECASE)
_OUT = re.compile(
    r"\bout\s+of\s+stock\b|\bsold\s+out\b|\bunavailable\b|\b(?:not"
    r"|n['’]t)\s+(?:\w+\s+)?(?:in\s+stock|available)\b"
    r"|没有?(?:现)?货|缺货|无货|售罄|断货|卖完|断码",
    re.IGNORECASE,
)
_IN = re.compile(
    r"\bin\s+stock\b|\bavailable\b|\bstocked\b|(?<!没)(?<!没有)有货|现货|有现货|库存(?:充足|有)"
    r"|在售",
    re.IGNORECASE,
)
_IN_WHAT = re.compile(r"\s+in\s+(?:an?\s+|the\s+)?", re.IGNORECASE)
_REDUCED = re.compile(
    r"\bon\s+sale\b|\bdiscount\w*|\breduced\b|\breductions?\b|\bmarked\s+down\b"
    r"|\bsale\s+price\b|\b(?:good|great|best|special|hot)\s+deals?\b"
    r"|\bwas\s+(?:originally\s+)?[$€£¥]|\boriginally\b|\bdown\s+from\b|打折|折扣|优惠|促销|特价"
    r"|降价|降到|降至|原价",
    re.IGNORECASE,
)
_VARIANT_SIZE = re.compile(
    r"(?<![\d.$€£¥])\d{1,3}(?:\.5)?(?!\.?\d|\s*(?:g|mm|cm|kg|ml|%|克|毫米|条|人|元|美元)\b)"
)


def sizes_held(size: str, about: Sequence[Product], evidence: Evidence) -> list[Citation] | None:
    """Citations where each product has a size in stock; None where one has not."""
    if not about or not all(size in evidence.sizes(p) for p in about):
        return None
    return [cite(evidence, p, "size", size) for p in about]


def check_denied_size(
    written: str, about: Sequence[Product], evidence: Evidence, found: Findings
) -> None:
    """Of numbers only a size can be denied: the record lists all that there are.

    Args:
        written: the number; empty where it is no size.
        about: the products that it is said of.
        evidence: all that the answer may rest on.
        found: takes faults and citations.
    """
    for product in about:
        sizes = {v.size for v in product.variants if v.size}
        if not (sizes and written) or written in evidence.sizes(product):
            found.fault(f"the record of {evidence.marker(product)} does not deny {written or 'it'}")
            return
        held = " ".join(evidence.sizes(product))
        found.citations.append(cite(evidence, product, "size", held))
    if not about:
        found.fault(f"denies {written} of no product")


def check_stock(
    text: str,
    clause: Clause,
    mentions: Sequence[Mention],
    evidence: Evidence,
    found: Findings,
) -> list[tuple[int, int]]:
    """What a clause says of sizes, stock and reductions is so.

    Args:
        text: the sentence, names blanked.
        clause: the part of it.
        mentions: the values of the catalogue in the sentence.
        evidence: all that the answer may rest on.
        found: takes faults and citations.

    Returns:
        The spans that are judged.
    """
    inside = text[clause.start : clause.end]
    if clause.wished:
        return []
    spans: list[tuple[int, int]] = []
    _check_letter_sizes(text, clause, evidence, found, spans)
    _check_availability(inside, clause, mentions, evidence, found, spans)
    for match in _REDUCED.finditer(inside):
        at = clause.start + match.start()
        denied = denies(text, clause, at, clause.start + match.end())
        if not clause.about or any(p.on_sale == denied for p in clause.about):
            found.fault(f"“{match.group()}”, and the record has no such reduction")
        elif match.group() != "原价":  # which a comparison with it needs
            spans.append((at, clause.start + match.end()))
    return spans


def _check_letter_sizes(
    text: str,
    clause: Clause,
    evidence: Evidence,
    found: Findings,
    spans: list[tuple[int, int]],
) -> None:
    inside = text[clause.start : clause.end]
    known = {normalise(str(v)) for v in evidence.index.vocabulary.values("size")}
    for match in _SIZE_NAMED.finditer(inside):
        size = match[1] or match[2]
        if size[0].isdigit() and re.fullmatch(r"\d+(?:\.\d+)?", size):
            continue  # a number, judged as such
        if normalise(size) not in known and not _LETTERED.fullmatch(size):
            continue
        at = match.start(1 if match[1] else 2)
        at += clause.start
        denied = denies(text, clause, at, at + len(size)) or bool(sold_out(inside))
        for product in clause.about:
            held = {normalise(s) for s in evidence.sizes(product)}
            if (normalise(size) in held) == denied:
                found.fault(f"size {size} of {evidence.marker(product)}")
                break
            found.citations.append(cite(evidence, product, "size", size))
        spans.append((at, at + len(size)))


def check_variants(
    text: str,
    clauses: Sequence[Clause],
    mentions: Sequence[Mention],
    evidence: Evidence,
    found: Findings,
) -> None:
    """A colour and a size in one breath are one variant, and it is in stock.

    Args:
        text: the sentence, names blanked.
        clauses: of the sentence; what they say of one product belongs together.
        mentions: the values of the catalogue in the sentence.
        evidence: all that the answer may rest on.
        found: takes the faults.
    """
    for product in {p.id: p for clause in clauses for p in clause.about}.values():
        own = [c for c in clauses if product in c.about and not c.wished and c.untold is None]
        inside = " ".join(text[c.start : c.end] for c in own)
        colors = {
            key(term.value)
            for mention in mentions
            if any(c.holds(mention.start) for c in own)
            for term in mention.terms
            if term.field == "color"
        }
        if not colors or sold_out(inside):
            continue
        lettered = {match[1] or match[2] for match in _SIZE_NAMED.finditer(inside)}
        sizes = set(_VARIANT_SIZE.findall(inside)) | lettered
        stocked = [v for v in product.variants if v.availability == "in_stock"]
        for size in sizes & {v.size for v in product.variants if v.size}:
            if not any(v.size == size and key(v.color or "") in colors for v in stocked):
                found.fault(f"size {size} of {evidence.marker(product)} in that colour")


def sold_out(inside: str) -> re.Match[str] | None:
    """Where a part of a sentence says that something is not to be had."""
    return _OUT.search(inside)


def _check_availability(
    inside: str,
    clause: Clause,
    mentions: Sequence[Mention],
    evidence: Evidence,
    found: Findings,
    spans: list[tuple[int, int]],
) -> None:
    gone = sold_out(inside)
    match = gone or _IN.search(inside)
    if match is None:
        return
    spans.append((clause.start + match.start(), clause.start + match.end()))
    if _names_variant(inside):
        return  # of one size or colour: judged with it
    after = _IN_WHAT.match(inside, match.end())
    if after and any(m.start == clause.start + after.end() for m in mentions):
        return  # "not available in a wide fit": judged as a value
    for product in clause.about:
        if _in_stock(product) == bool(gone):
            found.fault(
                f"the stock of {evidence.marker(product)} is another than “{match.group()}”"
            )
            return
        found.citations.append(cite(evidence, product, "availability", str(product.availability)))
    if not clause.about:
        found.fault(f"“{match.group()}” of no product")


def _names_variant(inside: str) -> bool:
    return bool(re.search(r"\bsizes?\b|[码号]|尺寸", inside, re.IGNORECASE))


def _in_stock(product: Product) -> bool:
    if product.availability == "out_of_stock":
        return False
    return not product.variants or any(v.availability == "in_stock" for v in product.variants)
