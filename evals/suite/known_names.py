"""Whether what a suite names is there at all: fields, products, advice, tools.

A misspelt name holds in silence: no product has it, no answer cites it, nobody calls it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evals.checks.citations import SOURCE, knows_field
from evals.checks.policies import has_clause
from evals.checks.wording import Shop
from evals.suite.conversation import AnyLabel, Conversation, Expect, Label, Shown
from evals.suite.predicates import Predicate

TOOLS = frozenset(
    {
        "compare_products",
        "find_policy",
        "lookup_profile",
        "parse_query",
        "product_details",
        "search_products",
    }
)
"""The assistant's own. A test holds them against those that it is given."""
_OF_OTHERS = "tau2"
"""The tag of conversations with a shop that has tools of its own."""
# What a wish can speak of beside the columns: an entry of the advice file, one product.
_OF_WISHES = frozenset({"need", "product"})


def unknown_names(conversation: Conversation, shop: Shop) -> Iterator[str]:
    """What is named and is not there, each with its place: ``, turn 1: need: there is no …``.

    What is known of a shopper beforehand is no expectation, and may be of another catalogue.

    Args:
        conversation: of a suite.
        shop: its catalogue.
    """
    for number, turn in enumerate(conversation.turns, start=1):
        for told in dict.fromkeys(_in_turn(turn.expect, shop)):
            yield f", turn {number}: {told}"
        if _OF_OTHERS not in conversation.tags:
            for told in dict.fromkeys(_tools(turn.expect)):
                yield f", turn {number}: {told}"
    if conversation.goal is not None:
        named = [field for wish in conversation.goal.wishes for field in sorted(wish.fields)]
        for told in dict.fromkeys(_columns("goal", named, shop)):
            yield f", {told}"


def _in_turn(expect: Expect, shop: Shop) -> Iterator[str]:
    for name in ("facts", "need"):
        fields = [label.field for label in _readings(getattr(expect, name))]
        yield from _of_wishes(name, fields, shop)
    for name in ("unmatched", "not_need", "stands_in_the_way"):
        yield from _of_wishes(name, getattr(expect, name) or (), shop)
    for name in ("profile", "not_profile"):
        fields = [label.field for label in _readings(getattr(expect, name))]
        yield from _of_people(name, fields, shop)
    if expect.products is not None:
        yield from _columns("products", _fields(expect.products.predicates), shop)
    if expect.pick is not None and expect.pick.extreme is not None:
        yield from _columns("pick", [expect.pick.extreme[0]], shop)
    if isinstance(expect.refers, Shown):
        yield from _columns("refers", _fields(expect.refers.predicates), shop)
    for source in expect.citations or ():
        yield from _source(source, shop)
    for place in (place for one in expect.policy or () for place in one.split("|")):
        if not has_clause(place, shop.policies):
            yield f"policy: there is no clause {place}"


def _columns(name: str, fields: Iterable[str], shop: Shop) -> Iterator[str]:
    for field in fields:
        if not shop.has_field(field):
            yield f"{name}: there is no field {field}"


def _of_wishes(name: str, fields: Iterable[str], shop: Shop) -> Iterator[str]:
    yield from _columns(name, [field for field in fields if field not in _OF_WISHES], shop)


def _of_people(name: str, fields: Iterable[str], shop: Shop) -> Iterator[str]:
    """A profile has also what the advice file calls a trait: ``foot_type``."""
    traits = {entry.field for entry in shop.index.advice.entries if entry.trait}
    yield from _of_wishes(name, [field for field in fields if field not in traits], shop)


def _source(source: str, shop: Shop) -> Iterator[str]:
    match = SOURCE.fullmatch(source)
    if source == "advice":
        return
    if match is None:
        if not knows_field(source, shop):
            yield f"citations: there is no field {source}"
    elif match["advice"] is not None:
        if shop.index.advice.get(match["advice"]) is None:
            yield f"citations: there is no advice {match['advice']}"
    elif match["product"] not in shop.products:
        yield f"citations: there is no product {match['product']}"
    elif match["field"] is not None and not knows_field(match["field"], shop):
        yield f"citations: there is no field {match['field']}"


def _tools(expect: Expect) -> Iterator[str]:
    for name, tools in (
        ("tools", [rule.tool for rule in expect.tools or ()]),
        ("not_tools", expect.not_tools or ()),
    ):
        for tool in tools:
            if tool not in TOOLS:
                yield f"{name}: the assistant has no tool {tool}"


def _readings(labels: Iterable[Label | AnyLabel] | None) -> Iterator[Label]:
    for label in labels or ():
        yield from label.any if isinstance(label, AnyLabel) else (label,)


def _fields(predicates: Iterable[Predicate]) -> list[str]:
    return [predicate.field for predicate in predicates]
