"""What speaks for one product beside others: wishes that it meets, numbers that are better."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.comparing.items import Item, Wording
from retrieval.conditions import Condition
from retrieval.product import Product
from tools.differences import direction, is_weight
from tools.ranking import Sort, field_number
from tools.standing import Standing


def advantages(
    wording: Wording, one: Product, other: Product, ours: Standing, theirs: Standing
) -> list[Item]:
    """What one product has over another: wishes that only it meets, then better numbers."""
    items = list(wishes_over(wording, one, ours, [theirs]))
    told = {item.field for item in items}
    return items + [n for n in _numbers(wording, one, other, 1) if n.field not in told]


def drawbacks(
    wording: Wording, one: Product, other: Product, ours: Standing, theirs: Standing
) -> list[Item]:
    """What one product lacks beside another: wishes that only the other meets, worse numbers."""
    items = list(wishes_under(wording, one, ours, theirs))
    told = {item.field for item in items}
    return items + [n for n in _numbers(wording, one, other, -1) if n.field not in told]


def wishes_over(
    wording: Wording, product: Product, ours: Standing, theirs: Sequence[Standing]
) -> Iterator[Item]:
    """The wishes that a product meets and some other does not, hard ones first."""
    missed = [condition for standing in theirs for condition in unmet(standing)]
    return wording.wishes(product, [c for c in met(ours) if c in missed], hold=True)


def wishes_under(
    wording: Wording, product: Product, ours: Standing, theirs: Standing
) -> Iterator[Item]:
    """The wishes that a product does not meet and the other does, hard ones first."""
    wanted = met(theirs)
    return wording.wishes(product, [c for c in unmet(ours) if c in wanted], hold=False)


def first_of_all(wording: Wording, pick: Product, others: Sequence[Product]) -> Iterator[Item]:
    """The numbers in which a product is better than each of several others."""
    for name in _directed(pick):
        item = wording.first(pick, others, name)
        if item is not None:
            yield item


def extreme(wording: Wording, pick: Product, others: Sequence[Product]) -> Iterator[Item]:
    """That a product is nearest to the extreme that was asked for, where it is."""
    sort = wording.evidence.plan.sort
    if sort is None or not all(gain(pick, other, sort.field, sort) > 0 for other in others):
        return
    if len(others) > 1:
        item = wording.first(pick, others, sort.field) or wording.plain(pick, sort.field)
    else:
        item = wording.gap(pick, others[0], sort.field)
    if item is not None:
        yield item


def gain(one: Product, other: Product, name: str, sort: Sort | None = None) -> int:
    """1 where the first is better in a field, -1 where worse, 0 where a record is silent."""
    ours, theirs = field_number(one, name), field_number(other, name)
    if ours is None or theirs is None:
        return 0
    return direction(name, sort) * ((ours > theirs) - (ours < theirs))


def met(standing: Standing) -> tuple[Condition, ...]:
    """All conditions that a product meets, the hard ones first."""
    return (*standing.met, *standing.liked)


def unmet(standing: Standing) -> tuple[Condition, ...]:
    """All conditions that a product does not meet, the hard ones first."""
    return (*standing.missed, *standing.disliked)


def _numbers(wording: Wording, one: Product, other: Product, way: int) -> Iterator[Item]:
    for name in _directed(one):
        if gain(one, other, name) == way:
            item = wording.gap(one, other, name)
            if item is not None:
                yield item


def _directed(product: Product) -> list[str]:
    return ["price", "rating", *(name for name in product.attributes if is_weight(name))]
