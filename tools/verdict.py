"""Which of several products is better for a need, computed from their records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from pydantic import BaseModel, ConfigDict

from retrieval.product import Product
from tools.differences import VARIED, Row, comparable, direction, held
from tools.ranking import Sort, field_number
from tools.standing import Standing

_MOST_DEPENDED = 3
# Of fields that nobody asked about, so many are enough to tell what a choice depends on.
_MOST_UNASKED = 2


class Verdict(BaseModel):
    """Which product is better for the need.

    Attributes:
        pick: id of the product that is better than every other; None where it depends.
        runner_up: id of the next one, where there is a pick.
        candidates: ids of those that the choice is among, in the order given; the pick alone
            where there is one.
        depends_on: the fields on which the choice depends, at most three; empty where there is a
            pick, or where nothing tells the candidates apart.
        standings: which conditions each product meets and misses, in the order given.
    """

    model_config = ConfigDict(frozen=True)

    pick: str | None
    runner_up: str | None
    candidates: tuple[str, ...]
    depends_on: tuple[str, ...]
    standings: tuple[Standing, ...]


@dataclass(frozen=True)
class _Side:
    product: Product
    standing: Standing

    # As texts, since a condition may hold a list and then has no hash.
    @property
    def missed(self) -> frozenset[tuple[str, str]]:
        return frozenset((c.field, str(c)) for c in self.standing.missed)

    @property
    def disliked(self) -> frozenset[tuple[str, str]]:
        return frozenset((c.field, str(c)) for c in self.standing.disliked)


def judge(
    products: Sequence[Product],
    standings: Sequence[Standing],
    rows: Sequence[Row],
    *,
    sort: Sort | None = None,
    asked: bool = True,
) -> Verdict:
    """Holds each product against each other. The order in which they are given changes nothing.

    One product is better than another where it meets all hard wishes that the other meets and
    more; where those are the same, where it is nearer to the extreme that is asked for; then
    where it meets all soft wishes of the other and more; then where it is not worse in price,
    weight and rating and better in one of them. Where neither is better by this, the choice
    depends on the fields in which they are at odds. Where nothing was asked for, it depends on
    what the products are, too: nobody said which of it is wanted.

    Args:
        products: two or more.
        standings: how they stand to the need, in the same order.
        rows: where they differ, what tells most first.
        sort: the extreme that is asked for.
        asked: whether the need asks for more than a kind of product.
    """
    sides = [_Side(p, s) for p, s in zip(products, standings, strict=True)]
    unasked = [] if asked else [row.field for row in rows if _tells_apart(row)]
    directed = [row.field for row in rows if direction(row.field)]
    bench = _Bench(directed, unasked, sort)
    pick = next((a for a in sides if all(bench.beats(a, b) for b in sides if b is not a)), None)
    if pick is not None:
        second = min((s for s in sides if s is not pick), key=lambda side: bench.place(side, sides))
        return Verdict(
            pick=pick.product.id,
            runner_up=second.product.id,
            candidates=(pick.product.id,),
            depends_on=(),
            standings=tuple(standings),
        )
    candidates = bench.unbeaten(sides)
    fields = {f for a, b in combinations(candidates, 2) for f in bench.at_odds(a, b)}
    # What the products are comes before what is better of it.
    order = dict.fromkeys([*unasked, *(row.field for row in rows), *sorted(fields)])
    depends_on = [field for field in order if field in fields]
    return Verdict(
        pick=None,
        runner_up=None,
        candidates=tuple(side.product.id for side in candidates),
        depends_on=tuple(depends_on[:_MOST_DEPENDED]),
        standings=tuple(standings),
    )


def _tells_apart(row: Row) -> bool:
    """Whether a row says what the products are, and says it of each."""
    plain = not direction(row.field) and row.field not in (*VARIED, "in_stock", "category")
    return plain and all(value is not None for value in row.values)


@dataclass(frozen=True)
class _Bench:
    """Pairs of products, held against each other.

    Attributes:
        directed: fields of which more or less is better.
        unasked: other fields on which they differ, where nothing was asked for.
        sort: the extreme that is asked for.
    """

    directed: Sequence[str]
    unasked: Sequence[str]
    sort: Sort | None

    def beats(self, a: _Side, b: _Side) -> bool:
        """Whether one product is better than another."""
        if a.missed != b.missed:
            return a.missed < b.missed
        extreme = self._extreme(a, b)
        if extreme is None or extreme:
            return extreme == 1
        if a.disliked != b.disliked:
            return a.disliked < b.disliked
        if self._unlike(a, b):
            return False
        gains = [self._gain(a, b, field) for field in self.directed]
        return min(gains, default=0) >= 0 and max(gains, default=0) > 0

    def at_odds(self, a: _Side, b: _Side) -> list[str]:
        """The fields on which the choice between two products depends."""
        for ours, theirs in ((a.missed, b.missed), (a.disliked, b.disliked)):
            if ours != theirs:
                return [field for field, _ in ours ^ theirs]
            if self.sort is not None and self._extreme(a, b) is None:
                return [self.sort.field]
        better = [field for field in self.directed if self._gain(a, b, field)]
        return [*self._unlike(a, b)[:_MOST_UNASKED], *better]

    def unbeaten(self, sides: Sequence[_Side]) -> list[_Side]:
        """Those that no other beats; with a single one, also those that it does not beat."""
        kept = [a for a in sides if not any(self.beats(b, a) for b in sides)] or list(sides)
        if len(kept) == 1:
            kept = [s for s in sides if s is kept[0] or not self.beats(kept[0], s)]
        return kept

    def place(self, side: _Side, sides: Sequence[_Side]) -> tuple[int, int, int, float, str]:
        """What those who are not the pick are ordered by; the id settles what nothing else does."""
        beaten = sum(self.beats(side, other) for other in sides if other is not side)
        return (
            len(side.standing.missed),
            len(side.standing.disliked),
            -beaten,
            float(side.product.effective_price),
            side.product.id,
        )

    def _extreme(self, a: _Side, b: _Side) -> int | None:
        """1 where the first is nearer to the extreme that is asked for, -1 where the second is.

        None where a record does not say: a product of unknown weight may be the lightest.
        """
        if self.sort is None:
            return 0
        ours = field_number(a.product, self.sort.field)
        theirs = field_number(b.product, self.sort.field)
        if ours is None or theirs is None:
            return None
        way = direction(self.sort.field, self.sort)
        return way * ((ours > theirs) - (ours < theirs))

    def _gain(self, a: _Side, b: _Side, field: str) -> int:
        """1 where the first is better in a field, -1 where worse; 0 where a record is silent."""
        ours, theirs = field_number(a.product, field), field_number(b.product, field)
        if ours is None or theirs is None:
            return 0
        return direction(field) * ((ours > theirs) - (ours < theirs))

    def _unlike(self, a: _Side, b: _Side) -> list[str]:
        """The unasked fields in which two products are not the same."""
        pairs = ((f, held(a.product, f), held(b.product, f)) for f in self.unasked)
        return [
            field
            for field, ours, theirs in pairs
            if ours is not None and theirs is not None and comparable(ours) != comparable(theirs)
        ]
