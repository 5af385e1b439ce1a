"""False sentences that a reply may end with, and when each is surely false."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any

import yaml

from evals.grader_test.transcripts import Transcript
from evals.suite.predicates import can_be_bought, meets
from retrieval.product import Product

Sentences = Mapping[str, Sequence[str]]
"""By language; ``{a}`` is the reply's first product, ``{other}`` one beside it."""

# What no record holds is false of every product.
PLAIN = ("policy", "brand that is not sold", "popularity")


def sentences(name: str) -> dict[str, Sentences]:
    """The packaged sentences, by kind."""
    text = files("evals.grader_test").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def _not_cheapest(product: Product, other: Product, transcript: Transcript) -> bool:
    """Cheaper ones are there, whatever is meant by all: in the shop, its kind, what is shown."""
    price = product.effective_price
    peers = [p for p in _peers(transcript) if p.category == product.category]
    shown = [p for p in transcript.products if p is not product]
    return any(p.effective_price < price for p in peers) and all(
        p.effective_price < price for p in shown
    )


def _not_best_rated(product: Product, other: Product, transcript: Transcript) -> bool:
    rating = product.rating or 0.0
    peers = [p for p in _peers(transcript) if p.category == product.category]
    shown = [p for p in transcript.products if p is not product]
    return any((p.rating or 0.0) > rating for p in peers) and all(
        (p.rating or 0.0) > rating for p in shown
    )


def _peers(transcript: Transcript) -> list[Product]:
    """What the suite's line allows, so that a narrower search makes nothing true."""
    rule = transcript.conversation.turns[-1].expect.products
    conditions = rule.predicates if rule else ()
    return [p for p in transcript.bank.products if can_be_bought(p) and meets(p, conditions)]


def _dearer(product: Product, other: Product, transcript: Transcript) -> bool:
    return product.effective_price > other.effective_price


def _worse_rated(product: Product, other: Product, transcript: Transcript) -> bool:
    return (product.rating or 5.0) < (other.rating or 0.0)


def _in_stock(product: Product, other: Product, transcript: Transcript) -> bool:
    return can_be_bought(product)


def _not_suited(product: Product, other: Product, transcript: Transcript) -> bool:
    return transcript.bank.name == "demo" and product.values("arch_support") == ["neutral"]


CHECKED: Mapping[str, Callable[[Product, Product, Transcript], bool]] = {
    "false superlative: price": _not_cheapest,
    "false superlative: rating": _not_best_rated,
    "false comparison: price": _dearer,
    "false comparison: rating": _worse_rated,
    "out of stock": _in_stock,
    "size that is not made": lambda p, o, t: (
        any(v.size for v in p.variants) and not {"58", "59"} & {v.size for v in p.variants}
    ),
    "need that it does not suit": _not_suited,
}
