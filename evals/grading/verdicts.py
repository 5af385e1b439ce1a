"""What the checks of figures share: verdicts, bounds, numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from evals.grading.claim import Claim, Kind
from evals.grading.phrases import phrases
from evals.grading.subjects import Speech
from retrieval.product import Product

NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
Bound = Callable[[float, float], bool]


@dataclass(frozen=True)
class Verdict:
    """Whether a figure is borne out, what the records say, and of which product."""

    supported: bool
    told: str
    product_id: str | None


def claims_from(
    kind: Kind, match: re.Match[str], speech: Speech, verdict: Verdict | None
) -> Iterator[Claim]:
    """The claim of a figure; none where there is no verdict on it."""
    if verdict is not None:
        words = speech.text[match.start() : match.end()].strip()
        yield Claim(kind, words, speech.text, verdict.product_id, verdict.supported, verdict.told)


def each(
    products: Sequence[Sequence[Product]],
    holds: Callable[[Product], bool],
    told: Callable[[Product], str],
    every: bool,
) -> Verdict:
    """A verdict on products: each entry holds those that one name can stand for.

    Args:
        products: of the claim.
        holds: whether a product bears the claim out.
        told: what its record says.
        every: whether all entries must bear it out, or one.
    """
    met = [any(holds(p) for p in alike) for alike in products]
    supported = all(met) if every else any(met)
    shown = next((a for a, ok in zip(products, met, strict=True) if ok == supported), [])
    return Verdict(
        supported,
        "; ".join(f"{p.id}: {told(p)}" for p in shown[:3]),
        shown[0].id if shown else None,
    )


def prices_of(product: Product) -> set[float]:
    """All that a product may be said to cost: effective, before a sale, of a variant."""
    found = {float(product.effective_price), float(product.price)}
    return found | {float(v.price) for v in product.variants if v.price is not None}


def prices(product: Product) -> str:
    """The same, for a person."""
    return " or ".join(f"{price:.2f}".removesuffix(".00") for price in sorted(prices_of(product)))


def text_of(product: Product) -> str:
    """The free text of a record, in lower case."""
    return f"{product.title} {product.title_zh or ''} {product.description}".lower()


def at_most(value: float, limit: float) -> bool:
    """Whether a value keeps below a limit."""
    return value <= limit


def at_least(value: float, limit: float) -> bool:
    """Whether a value reaches a limit."""
    return value >= limit


def bound_at(text: str, match: re.Match[str]) -> Bound | None:
    """The bound that a figure is stated as ("under", 以内), if it is one."""
    before, after = text[max(0, match.start() - 24) : match.start()], text[match.end() :]
    found = phrases().found
    if found("bound_at_most", before) or found("bound_at_most_after", after):
        return at_most
    if found("bound_at_least", before) or found("bound_at_least_after", after):
        return at_least
    return None


def same(left: float, right: float) -> bool:
    """Whether two figures are one."""
    return abs(left - right) < 0.005


def near(left: float, right: float, share: float = 0.005) -> bool:
    """Whether a figure is another but for rounding, as a share of the second."""
    return abs(left - right) <= share * max(abs(right), 1e-9)


def numbers(text: str) -> list[float]:
    """Every number of a text."""
    return [float(n.replace(",", "")) for n in re.findall(NUMBER, text)]


def stands_in(text: str, number: float) -> bool:
    """Whether a number stands in a text."""
    return any(same(number, other) for other in numbers(text))
