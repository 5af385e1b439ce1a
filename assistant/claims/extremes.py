"""Superlatives and comparisons: computed over what was searched, or not said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.claims.extreme_words import (
    ALL_OF,
    AMONG,
    BEST,
    COMPARATIVES,
    DEGREE,
    IF,
    LABELLED,
    LABELLED_AFTER,
    MATTERS_MOST,
    NEGATED,
    NONE_OF,
    ONLY_MONEY,
    ONLY_ONE,
    ONLY_THIS,
    ORDINARY_EST,
    OTHER_COMPARISON,
    OTHER_EXTREME,
    OVER_ANOTHER,
    SAME_PRICE,
    SPENDING,
    SUPERLATIVES,
)
from assistant.claims.findings import Clause, Findings
from assistant.claims.labels import Labels
from assistant.claims.sentences import BLANK, blank
from assistant.evidence import Evidence
from retrieval.product import Product
from tools.ranking import field_number

_EQUAL = 1e-6


@dataclass(frozen=True)
class Setting:
    """What a sentence's extremes are judged with.

    Attributes:
        evidence: all that the answer may rest on.
        labels: the names of its attributes.
        clauses: the sentence's.
        before: the products that the last sentence spoke of.
    """

    evidence: Evidence
    labels: Labels
    clauses: Sequence[Clause]
    before: Sequence[Product]

    def about(self, at: int) -> tuple[Product, ...]:
        """The products that the words at a place speak of."""
        return next((c.about for c in self.clauses if c.holds(at)), ())

    def others(self, at: int) -> tuple[Product, ...]:
        """The products that they are compared with: those named so, else the pick that the answer
        opens with, else those spoken of before, else all the others."""
        about = self.about(at)
        named = [p for c in self.clauses if c.holds(at) for p in c.against]
        if not named and any(not c.holds(at) for c in self.clauses):
            named = [p for c in self.clauses for p in c.against]
        others = tuple(p for p in named if p not in about)
        if not others and all(p.id != self.evidence.pick for p in about):
            others = tuple(p for p in self.evidence.products if p.id == self.evidence.pick)
        others = others or tuple(p for p in self.before if p not in about)
        return others or tuple(p for p in self.evidence.products if p not in about)


def check_extremes(text: str, setting: Setting, found: Findings) -> str:
    """Each superlative and comparison of a sentence is computed from the records.

    Args:
        text: the sentence; names, values and needs blanked.
        setting: what it is judged with.
        found: takes the faults.

    Returns:
        The text with what holds blanked.
    """
    among = bool(AMONG.search(text))
    rest = _labelled(text, setting, among, found)
    for name, direction, pattern in SUPERLATIVES:
        for match in re.finditer(pattern, rest, re.IGNORECASE):
            rest = blank(rest, match.start(), match.end())
            _superlative(match.group(), name, direction, match.start(), text, setting, among, found)
    for name, direction, pattern in COMPARATIVES:
        for match in re.finditer(DEGREE + f"(?:{pattern})", rest, re.IGNORECASE):
            rest = _blank_comparison(rest, match)
            if "原价" in text[: match.start()]:
                continue  # with its own price before, which is judged as a figure
            negated = NEGATED.search(text[: match.start()])
            if negated or not _compares(_field(name, setting), direction, match.start(), setting):
                found.fault(f"the comparison “{match.group().strip()}” is not so by the records")
    exclusive = any(clause.unlike for clause in setting.clauses)
    if exclusive:
        rest = ONLY_THIS.sub(_spaces, rest)
    if any(len(c.about) == len(setting.evidence.products) for c in setting.clauses):
        rest = ALL_OF.sub(_spaces, rest)
    rest = MATTERS_MOST.sub(_spaces, NONE_OF.sub(_spaces, rest))
    rest = ONLY_MONEY.sub(_spaces, rest)
    rest = _same_price(rest, setting, found)
    rest = _spending(rest, setting, found)
    rest = _check_best(rest, setting, found)
    if len(setting.evidence.products) == 1 and not setting.evidence.asked:
        rest = ONLY_ONE.sub(_spaces, rest)
    if over := OVER_ANOTHER.search(rest):
        found.fault(f"the comparison “{over.group().strip()}” was not computed")
    if other := OTHER_COMPARISON.search(rest):
        found.fault(f"the comparison “{other.group().strip()}” was not computed")
    bare = ORDINARY_EST.sub(_spaces, rest)
    if extreme := OTHER_EXTREME.search(bare):
        found.fault(f"“{extreme.group().strip()}” goes beyond the records")
    return rest


def compared_fields(text: str) -> frozenset[str]:
    """The fields that settle the superlatives and comparisons of a text."""
    return frozenset(
        name
        for name, _, pattern in (*SUPERLATIVES, *COMPARATIVES)
        if re.search(pattern, text, re.IGNORECASE)
    )


def _spending(rest: str, setting: Setting, found: Findings) -> str:
    """ "If you want to spend less, …": what is shown then costs less than the others named."""
    for way, pattern in SPENDING:
        for match in pattern.finditer(rest):
            rest = blank(rest, match.start(), match.end())
            about = setting.about(match.start())
            named = [p for c in setting.clauses for p in c.about if p not in about]
            others = tuple(named) or setting.others(match.start())
            for one in about:
                gaps = [one.effective_price - other.effective_price for other in others]
                if not gaps or any((gap >= 0) if way == "asc" else (gap <= 0) for gap in gaps):
                    found.fault(f"“{match.group()}” is not so by the prices")
                    break
    return rest


def _same_price(rest: str, setting: Setting, found: Findings) -> str:
    for match in SAME_PRICE.finditer(rest):
        rest = blank(rest, match.start(), match.end())
        about = setting.about(match.start())
        products = about if len(about) > 1 else (*about, *setting.others(match.start()))
        if len({p.effective_price for p in products}) != 1 or len(products) < 2:
            found.fault(f"“{match.group()}” is not so by the records")
    return rest


def _check_best(rest: str, setting: Setting, found: Findings) -> str:
    for match in BEST.finditer(rest):
        rest = blank(rest, match.start(), match.end())
        if "better" in match.group().lower() and IF.search(rest):
            continue
        if any(product.id != setting.evidence.pick for product in setting.about(match.start())):
            found.fault("calls another product than the pick the best")
    return rest


def _spaces(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _blank_comparison(text: str, match: re.Match[str]) -> str:
    """The words of a comparison blanked, its figures kept: they are judged as numbers."""
    kept = "".join(c if c.isdigit() or c in "$€£¥￥.," else BLANK for c in match.group())
    return text[: match.start()] + kept + text[match.end() :]


def _labelled(text: str, setting: Setting, among: bool, found: Findings) -> str:
    """ "the lowest heel drop", "a higher weight", 落差更低: of fields that are numbers."""
    rest = text
    for label in setting.labels.find(text):
        if not label.numeric:
            continue
        forms = [(k, d, re.search(p, text[: label.start], re.IGNORECASE)) for k, d, p in LABELLED]
        after = text[label.end :]
        forms += [
            (k, d, re.match(p[1:] if p[0] == "^" else p, after)) for k, d, p in LABELLED_AFTER
        ]
        for kind, direction, match in forms:
            if match is None:
                continue
            behind = match.re.pattern.endswith("$")
            start = match.start() if behind else label.start
            end = label.end if behind else label.end + match.end()
            words = text[start:end]
            field = label.fields[0]
            if kind == "most":
                _superlative(words, field, direction, start, text, setting, among, found)
            elif not _compares(field, direction, start, setting):
                found.fault(f"the comparison “{words.strip()}” is not so by the records")
            rest = blank(rest, start, end)
            break
    return rest


def _superlative(
    words: str,
    name: str,
    direction: str,
    at: int,
    text: str,
    setting: Setting,
    among: bool,
    found: Findings,
) -> None:
    negated = bool(NEGATED.search(text[:at]))
    field = _field(name, setting)
    judged = [
        None if field is None else _is_extreme(p, field, direction, setting.evidence, among)
        for p in setting.about(at)
    ]
    if not judged or any(extreme is None or extreme == negated for extreme in judged):
        found.fault(f"“{words.strip()}” is not so by the records")


def _is_extreme(
    product: Product, field: str, direction: str, evidence: Evidence, among: bool
) -> bool | None:
    """Whether a product has the least or greatest value; None where that was not computed."""
    value = field_number(product, field)
    if value is None:
        return None
    extremes = evidence.extremes.get(field)
    if extremes is not None:
        least, greatest = extremes
        if abs(value - (least if direction == "asc" else greatest)) < _EQUAL:
            return True
    if among and len(evidence.products) > 1:
        values = [field_number(p, field) for p in evidence.products]
        known = [v for v in values if v is not None]
        if len(known) == len(values):
            return value <= min(known) if direction == "asc" else value >= max(known)
    return None if extremes is None else False


def _compares(field: str | None, direction: str, at: int, setting: Setting) -> bool:
    others = setting.others(at)
    if field is None or not others or not setting.about(at):
        return False
    for product in setting.about(at):
        value = field_number(product, field)
        for other in others:
            than = field_number(other, field)
            if value is None or than is None:
                return False
            if not (value < than if direction == "asc" else value > than):
                return False
    return True


def _field(name: str, setting: Setting) -> str | None:
    if name != "weight":
        return name
    numeric = setting.evidence.index.vocabulary.numeric_fields
    fields = sorted(field for field in numeric if field.startswith("weight"))
    return fields[0] if fields else None
