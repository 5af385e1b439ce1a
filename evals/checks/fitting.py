"""Which products of a catalogue fit, by plain code of the grader's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from evals.checks.wording import Shop
from evals.running.observed import SeenWish
from evals.suite.predicates import (
    Predicate,
    PredicateOp,
    can_be_bought,
    meets,
    read_number,
    values_of,
)
from retrieval.product import Product

_KEPT = 512  # conditions; conversations repeat them
_OPS: dict[str, PredicateOp] = {
    "=": "=", "contains": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
}  # fmt: skip
_OF_VARIANT = ("size", "color")
_ORDERS = ("<", "<=", ">", ">=")
Mask = NDArray[np.bool_]


class Fitting:
    """The products of a shop that can be bought and meet conditions.

    Each single condition is held against the catalogue once, for as long as it is remembered: a
    suite has many sets of conditions, and few conditions.

    Args:
        shop: whose products they are.
    """

    def __init__(self, shop: Shop) -> None:
        self._products = list(shop.products.values())
        self._buyable = np.array([can_be_bought(p) for p in self._products], dtype=np.bool_)
        self._meeting = lru_cache(maxsize=_KEPT)(self._meets)
        self._known = lru_cache(maxsize=_KEPT)(self._is_known)

    def products(self, predicates: Iterable[Predicate]) -> list[Product]:
        """Those that meet all conditions, in the catalogue's order."""
        return [self._products[row] for row in self._rows(list(predicates))]

    def count(self, wishes: Sequence[SeenWish]) -> int:
        """How many products meet the wishes that a system insists on.

        A wish for what no record has a field for (somebody's flat feet) leaves all of them.

        Args:
            wishes: held after a turn; what is merely preferred, and an extreme, rules nothing out.
        """
        musts = [_condition(wish) for wish in wishes if wish.strength == "must"]
        return len(self._rows([p for p in musts if p is not None and self._known(p.field)]))

    def _rows(self, predicates: Sequence[Predicate]) -> Sequence[int]:
        mask = self._buyable.copy()
        for predicate in predicates:
            mask &= self._meeting(predicate)
        rows = [int(row) for row in np.flatnonzero(mask)]
        of_variant = [p for p in predicates if p.field in _OF_VARIANT]
        if len(of_variant) > 1:  # one variant must meet them all
            rows = [row for row in rows if meets(self._products[row], of_variant)]
        return rows

    def _meets(self, predicate: Predicate) -> Mask:
        return np.array([meets(p, [predicate]) for p in self._products], dtype=np.bool_)

    def _is_known(self, field: str) -> bool:
        return any(values_of(product, field) for product in self._products)


@lru_cache(maxsize=4)
def fitting_of(shop: Shop) -> Fitting:
    """The products of a shop that fit, remembered with the shop."""
    return Fitting(shop)


def _condition(wish: SeenWish) -> Predicate | None:
    op = _OPS.get(wish.op)
    if op is None or wish.value is None:
        return None
    values = wish.value if isinstance(wish.value, list) else [wish.value]
    if not values or (op in _ORDERS and (len(values) != 1 or read_number(values[0]) is None)):
        return None
    return Predicate(wish.field, op, tuple(str(value) for value in values))
