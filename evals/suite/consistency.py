"""Whether a suite's labels can be right at all: held against the catalogue they speak of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from evals.checks.matching import same_value
from evals.checks.wording import Shop
from evals.suite.conversation import AnyLabel, Conversation, Expect, Label
from evals.suite.known_names import unknown_names
from evals.suite.order_consistency import order_contradictions
from evals.suite.predicates import Predicate, best, can_be_bought, meets, read_number, values_of
from retrieval.product import Product

# Fields that are no column: people, the advice file, a text, one product.
_OTHER = frozenset({"need", "title", "product", "in_stock", "on_sale"})


def contradictions(conversation: Conversation, shop: Shop) -> list[str]:
    """What cannot hold in a conversation's labels, or in a goal, one sentence each.

    A field, a product, an advice or a tool that there is not, a value that no product has, a wish
    that is said to be met and is not, one that is said to be impossible and is met, a pick out of
    nothing. What is impossible may be so for a value that no product has, never for a field: that
    is a slip of the pen, and would make a success of every no.

    Args:
        conversation: of a suite.
        shop: its catalogue.
    """
    found = [f"{conversation.id}{told}" for told in unknown_names(conversation, shop)]
    found += [f"{conversation.id}{told}" for told in order_contradictions(conversation, shop)]
    for number, turn in enumerate(conversation.turns, start=1):
        found += [f"{conversation.id}, turn {number}: {told}" for told in _turn(turn.expect, shop)]
        if number == 1 and turn.expect.refers is not None and not _ids(turn.expect):
            found.append(f"{conversation.id}, turn 1: refers to what no turn has shown")
    if conversation.goal is not None:
        products = list(shop.products.values())
        for wish in conversation.goal.wishes:
            fields = [predicate.field for predicate in wish.predicates if _orders(predicate)]
            fields += [wish.extreme[0]] if wish.extreme is not None else []
            for field in fields:
                if shop.has_field(field) and not any(_has_number(p, field) for p in products):
                    found.append(f"{conversation.id}, goal: no product has a number for {field}")
    return found


def _turn(expect: Expect, shop: Shop) -> Iterator[str]:
    products = list(shop.products.values())
    rule = expect.products
    # What is impossible may be so because no product has such a value.
    possible = rule is None or not rule.none
    for label in _labels(expect):
        if possible and not _known(label, shop, products):
            yield f"no product has {label.field} {label.op} {label.value}"
    for id in _ids(expect):
        if id not in shop.products:
            yield f"there is no product {id}"
    predicates = rule.predicates if rule else ()
    for predicate in predicates if possible else ():
        yield from _unheard(predicate, shop, products)
    if not all(shop.has_field(predicate.field) for predicate in predicates):
        return
    fitting = [p for p in products if can_be_bought(p) and meets(p, predicates)]
    if rule is not None and rule.some and not fitting:
        yield "a product must be given, and none meets products.all"
    # A brand that is not sold has no predicate: what else was wished for may well be there.
    if rule is not None and rule.none and rule.all and fitting and not expect.unmatched:
        yield f"nothing may fit, and {fitting[0].id} meets products.all"
    if expect.pick is not None and expect.pick.extreme is not None:
        field, direction = expect.pick.extreme
        if shop.has_field(field) and not best(fitting, field, direction):
            yield f"nothing that meets products.all has a {field} to pick by"


def _labels(expect: Expect) -> Iterator[Label]:
    for label in (*(expect.facts or ()), *(expect.need or ())):
        yield from label.any if isinstance(label, AnyLabel) else (label,)


def _ids(expect: Expect) -> Sequence[str]:
    ids = list(expect.refers) if isinstance(expect.refers, tuple) else []
    return ids + list((expect.pick.ids if expect.pick else None) or ())


def _known(label: Label, shop: Shop, products: Iterable[Product]) -> bool:
    if label.field == "need":
        return shop.index.advice.get(str(label.value)) is not None
    if label.field in _OTHER or not shop.has_field(label.field):
        return True  # an unknown field has its own sentence
    if label.op not in ("=", "!="):
        return any(_has_number(product, label.field) for product in products)
    return any(_has(product, label.field, label.value) for product in products)


def _has(product: Product, field: str, value: object) -> bool:
    held = values_of(product, field)
    if field in ("size", "color"):
        # What is sold out has a name all the same.
        held = [*held, *product.values(field), *(getattr(v, field) for v in product.variants)]
    return any(same_value(value, other) for other in held)


def _has_number(product: Product, field: str) -> bool:
    return any(read_number(value) is not None for value in values_of(product, field))


def _orders(predicate: Predicate) -> bool:
    return predicate.op not in ("=", "!=")


def _unheard(predicate: Predicate, shop: Shop, products: Sequence[Product]) -> Iterator[str]:
    if not shop.has_field(predicate.field):
        return
    if not _orders(predicate):
        for value in predicate.values:
            if not any(_has(product, predicate.field, value) for product in products):
                yield f"no product has {predicate.field} {value}"
    elif not any(_has_number(product, predicate.field) for product in products):
        yield f"no product has a number for {predicate.field}"
