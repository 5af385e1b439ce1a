"""Searches with wishes, and with a profile and rules that speak for the contrary, at random.

What speaks against the wishes: other values of the same fields, dislikes of what is wished for,
kinds and prices beside those asked for, and all that is liked of a rival: a product that misses a
stated wish, though it may meet everything that advice derives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evals.profile.demo_shop import NOW
from retrieval.building import build_index
from retrieval.conditions import Condition
from retrieval.fields import values_of, variants_of
from retrieval.index import CatalogueIndex
from retrieval.product import Product
from retrieval.rules import RuleBook, ShopRule
from tools.leaning import Leaning
from tools.ranking import Sort

Values = Mapping[str, Sequence[bool | float | str]]

_NO_WISH = frozenset({"id", "currency", "availability", "on_sale", "sku", "in_stock"})
_EFFECTS = ("boost", "bury", "pin")
_EXTREMES = ("price", "rating", "rating_count")
_MOST_OF_RIVAL = 6


@dataclass(frozen=True)
class Case:
    """A search, and what speaks against its wishes.

    Attributes:
        where, prefer: hard and soft wishes.
        derived: those of ``prefer`` that follow from advice.
    """

    query: str
    where: Sequence[Condition]
    prefer: Sequence[Condition]
    derived: Sequence[Condition]
    leanings: Sequence[Leaning]
    rules: RuleBook
    sort: Sort | None = None

    @property
    def stated(self) -> list[Condition]:
        """The soft wishes that the shopper has stated."""
        return [condition for condition in self.prefer if condition not in self.derived]


class Cases:
    """Draws cases over a shop.

    Args:
        index: the shop.
        rng: draws.
        hard: the most hard wishes of a case.
    """

    def __init__(self, index: CatalogueIndex, rng: np.random.Generator, *, hard: int = 2) -> None:
        self._rng = rng
        self._hard = hard
        self._products = list(index.products)
        self._values = _values(self._products)
        self._advice = [entry for entry in index.advice.entries if entry.prefer]

    def draw(self, query: str) -> Case:
        """A case of a query."""
        rng = self._rng
        wishes = [self._wish(field) for field in self._fields(int(rng.integers(1, 6)))]
        hard = int(rng.integers(0, min(self._hard, len(wishes) - 1) + 1))
        stated, derived = wishes[hard:], self._derived(wishes[hard:])
        against = [self._contrary(wish) for wish in wishes]
        against += [self._wish(field) for field in self._fields(3)]
        against += self._of_a_rival()
        leanings = [
            Leaning(
                condition=condition,
                strength=float(rng.uniform(0.3, 1.0)),
                text={"en": f"you like {condition}", "zh": f"你喜欢{condition}"},
                source=f"profile:{number}",
            )
            for number, condition in enumerate(against)
        ]
        rules = [
            ShopRule(
                id=f"rule-{number}",
                which=(against[int(rng.integers(len(against)))],),
                effect=_EFFECTS[int(rng.integers(len(_EFFECTS)))],
                strength=float(rng.uniform(0.3, 1.0)),
            )
            for number in range(int(rng.integers(0, 4)))
        ]
        return Case(
            query,
            wishes[:hard],
            [*stated, *derived],
            derived,
            leanings,
            RuleBook(tuple(rules)),
            self._sort() if rng.random() < 0.15 else None,
        )

    def _fields(self, count: int) -> list[str]:
        names = sorted(self._values)
        return [str(f) for f in self._rng.choice(names, min(count, len(names)), replace=False)]

    def _wish(self, field: str) -> Condition:
        value = self._one(self._values[field])
        if isinstance(value, float) and not isinstance(value, bool):
            op = "<=" if self._rng.random() < 0.5 else ">="
            return Condition.model_validate({"field": field, "op": op, "value": value})
        return Condition(field=field, op="=" if self._rng.random() < 0.8 else "!=", value=value)

    def _derived(self, stated: Sequence[Condition]) -> list[Condition]:
        """What one or two entries of the shop's advice prefer."""
        if not self._advice or self._rng.random() < 0.4:
            return []
        count = min(len(self._advice), int(self._rng.integers(1, 3)))
        drawn = self._rng.choice(len(self._advice), count, replace=False)
        found = [c for at in drawn for c in self._advice[int(at)].prefer if c not in stated]
        return list({str(condition): condition for condition in found}.values())

    def _contrary(self, wish: Condition) -> Condition:
        """What speaks against a wish: its opposite, or another value of its field."""
        if wish.op in ("<=", ">="):
            return wish.model_copy(update={"op": ">=" if wish.op == "<=" else "<="})
        others = [value for value in self._values[wish.field] if value != wish.value]
        if wish.op == "!=" or not others or self._rng.random() < 0.5:
            return wish.model_copy(update={"op": "=" if wish.op == "!=" else "!="})
        return wish.model_copy(update={"op": "=", "value": self._one(others)})

    def _of_a_rival(self) -> list[Condition]:
        """Much of what one product is: a shopper who has bought it over and over."""
        rival = self._products[int(self._rng.integers(len(self._products)))]
        held = [(f, v) for f, v in _held(rival) if f in self._values and f not in _EXTREMES]
        drawn = self._rng.permutation(len(held))[:_MOST_OF_RIVAL]
        return [Condition(field=held[at][0], op="=", value=held[at][1]) for at in drawn.tolist()]

    def _sort(self) -> Sort:
        field = _EXTREMES[int(self._rng.integers(len(_EXTREMES)))]
        return Sort(field=field, direction="asc" if self._rng.random() < 0.5 else "desc")

    def _one(self, values: Sequence[bool | float | str]) -> bool | float | str:
        return values[int(self._rng.integers(len(values)))]


def larger(index: CatalogueIndex, count: int, rng: np.random.Generator) -> CatalogueIndex:
    """A shop of as many products, each with the properties of several of another shop's.

    Args:
        index: that shop, with its words and advice.
        count: of products; more than a search ranks at once bring in some by wish alone.
        rng: draws.
    """
    held = list(index.products)
    mixed: list[Product] = []
    for number in range(count):
        base, other, third = (held[int(at)] for at in rng.integers(len(held), size=3))
        attributes = {
            name: value if rng.random() < 0.5 else other.attributes.get(name, value)
            for name, value in base.attributes.items()
        }
        variants = tuple(
            variant.model_copy(update={"sku": f"{number}-{at}"})
            for at, variant in enumerate(base.variants)
        )
        changed = {
            "id": f"mixed-{number}",
            "title": f"{base.title} {number}",
            "brand": other.brand,
            "price": third.price,
            "sale_price": third.sale_price,
            "rating": third.rating,
            "rating_count": other.rating_count,
            "attributes": attributes,
            "variants": variants,
        }
        mixed.append(base.model_copy(update=changed))
    return build_index(
        mixed,
        name="mixed",
        embedder=index.embedder,
        source=index.name,
        now=NOW,
        words=index.words,
        advice=index.advice,
    )


def _held(product: Product) -> list[tuple[str, bool | float | str]]:
    own = list(values_of(product))
    return own + [pair for variant in variants_of(product) for pair in variant.items()]


def _values(products: Sequence[Product]) -> dict[str, list[bool | float | str]]:
    """What a shopper may wish for: fields of the catalogue, each with its values."""
    values: dict[str, dict[bool | float | str, None]] = {}
    for product in products:
        for field, value in _held(product):
            if field not in _NO_WISH:
                values.setdefault(field, {})[value] = None
    return {field: list(held) for field, held in values.items() if len(held) > 1}
