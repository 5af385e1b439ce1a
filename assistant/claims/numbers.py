"""Each number of a sentence is one of the record that it is said of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.claims.denial import denies
from assistant.claims.figures import CURRENCY_AFTER, NUMBER, Figure, read_figure
from assistant.claims.findings import Clause, Findings
from assistant.claims.grounds import BOUND, CLOSE, Ground
from assistant.claims.labels import LabelMention
from assistant.claims.records import Records
from assistant.claims.sentences import BLANK
from assistant.claims.stock import check_denied_size, sold_out
from assistant.evidence import Evidence
from assistant.reply import Citation
from retrieval.product import Product
from tools.reading.units import unit_after

_INSTEAD = re.compile(
    r"(?:instead\s+of|rather\s+than)\s*(?:its\s+|the\s+)?(?:\w+\s+){0,3}$|而不是\s*$", re.IGNORECASE
)
# What may stand between the name of a product and its own price: "the Kayano [2] at $165".
_ITS_OWN = re.compile(
    rf"[\s{BLANK}]*[(（]?\s*(?:(?:which\s+|that\s+)?costs?|(?:priced\s+)?at|for|costing"
    r"|(?:的)?(?:售价|价格)?(?:为|是)?|的)?\s*",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    r"(?:\bagainst|\bversus|\bvs\.?|\bcompared\s+(?:to|with)|\d\D{0,6}(?<!是)对)\s*$", re.IGNORECASE
)


def check_figures(
    text: str,
    clause: Clause,
    places: Sequence[tuple[int, Product]],
    labels: Sequence[LabelMention],
    taken: Sequence[tuple[int, int]],
    evidence: Evidence,
    records: Records,
    found: Findings,
) -> list[tuple[int, int]]:
    """Each number of a clause is one of the record that it is said of.

    Args:
        text: the sentence, names blanked.
        clause: the part of it.
        places: where products are named.
        labels: the names of attributes.
        taken: spans of values, which hold their numbers themselves.
        evidence: all that the answer may rest on.
        records: what the records say.
        found: takes faults and citations.

    Returns:
        The spans of numbers that stand on something, their units included.
    """
    spans: list[tuple[int, int]] = []
    figures: list[Figure] = []
    for match in NUMBER.finditer(text, clause.start, clause.end):
        figure = read_figure(match, clause, evidence.index.currency)
        if figure is None or any(s <= figure.end - 1 < e for s, e in taken):
            continue
        figures.append(figure)
    for number, figure in enumerate(figures):
        if _is_denied(figure, text, clause, evidence):
            written = "" if figure.currency else f"{figure.value:g}"
            check_denied_size(written, clause.about, evidence, found)
            spans.append((figure.start, figure.end))
            continue
        if clause.wished:
            citations: list[Citation] | None = [] if _asked_for(figure, evidence) else None
        else:
            compared = _price_of_compared(figure, clause, places, text)
            if compared is not None:
                # "cheaper than the Kayano at $165" tells what that one costs, and sets no bound.
                figure = replace(figure, before="")
            rest = Ground(figure, clause, labels, evidence, records)
            said_of = (compared,) if compared else _said_of(figure, clause, places, text)
            citations = rest.citations(said_of)
            if citations is None and _AGAINST.search(figure.before) and not clause.against:
                others = [p for p in evidence.products if p not in clause.about]
                citations = next((c for p in others if (c := rest.citations((p,)))), None)
            if citations is None and not compared and len(clause.about) == len(figures) > 1:
                citations = rest.citations(clause.about[number : number + 1])  # respectively
        if citations is None:
            found.fault(
                f"the number {text[figure.start : figure.end].strip()} is not in the record"
            )
        else:
            found.citations.extend(citations)
            spans.append((figure.start, figure.end + _length_of_unit(figure)))
    return spans


def _is_denied(figure: Figure, text: str, clause: Clause, evidence: Evidence) -> bool:
    if clause.wished:
        return False
    if figure.is_size and sold_out(text[clause.start : clause.end]):
        return True
    if BOUND.search(figure.before) or _INSTEAD.search(figure.before):
        return False
    return denies(text, clause, figure.start, figure.end)


def _said_of(
    figure: Figure, clause: Clause, places: Sequence[tuple[int, Product]], text: str
) -> tuple[Product, ...]:
    """The products that a number is said of.

    "The $165 Kayano" has the price of the Kayano, and so has "at $130 against $165".
    """
    if _AGAINST.search(figure.before):
        return clause.against
    for place, product in places:
        if 0 <= place - figure.end <= 2 and text[figure.end : place].isspace():
            return (product,)
    return clause.about


def _price_of_compared(
    figure: Figure, clause: Clause, places: Sequence[tuple[int, Product]], text: str
) -> Product | None:
    """The product that others are compared with, where a sum stands directly behind its name."""
    before = [(place, product) for place, product in places if place < figure.start]
    if figure.currency is None or not before:
        return None
    place, product = before[-1]
    if product not in clause.against or not _ITS_OWN.fullmatch(text[place : figure.start]):
        return None
    return product


def _length_of_unit(figure: Figure) -> int:
    unit = unit_after(figure.after, 0) or CURRENCY_AFTER.match(figure.after)
    return unit.end() if unit else 0


def _asked_for(figure: Figure, evidence: Evidence) -> bool:
    """Whether the shopper said a number."""
    said = [wish.quote for wish in evidence.need.wishes()] + [evidence.message]
    numbers = {n.replace(",", "") for text in said for n in re.findall(r"\d[\d,]*(?:\.\d+)?", text)}
    return f"{figure.value:g}" in numbers or any(
        isinstance(w.value, float) and abs(w.value - figure.value) < CLOSE
        for w in evidence.need.wishes()
    )
