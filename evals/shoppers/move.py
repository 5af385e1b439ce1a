"""What a scripted shopper does next: a state machine over what was heard and told."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from evals.checks.wording import Shop
from evals.shoppers.goal import GoalWish
from evals.shoppers.heard import Heard
from evals.shoppers.phrases import Kind
from evals.shoppers.shopper import Ending
from evals.shoppers.telling import Telling
from evals.suite.predicates import can_be_bought, read_number

_ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_RESTATED = 3
"""Wishes that are said over again in one message."""
_COMPLAINTS = 2
"""How often a wish is said over again before the shopper doubts that there is anything."""
_DECLINES = 3
"""How often others are asked for without a reason."""
_AT_ONCE = 2
"""Wishes that come up by themselves in one message."""


@dataclass(frozen=True)
class Say:
    """Writes a message."""

    kind: Kind | Literal["change"]
    wishes: tuple[GoalWish, ...] = ()


@dataclass(frozen=True)
class Take:
    """Accepts a product."""

    product_id: str


@dataclass(frozen=True)
class Leave:
    """Goes without one."""

    ending: Ending


Move = Say | Take | Leave


def decide(heard: Heard, telling: Telling, shop: Shop, *, trusting: bool) -> Move:
    """The next move.

    Args:
        heard: the latest answer.
        telling: what was told; the pages that are read now are noted in it, and no more.
        shop: the catalogue, for its words.
        trusting: whether pages are left unread.
    """
    telling.pages(heard.shown)
    if heard.shown and (change := telling.change) is not None:
        return Say("change", (change,))
    if (id := acceptable(heard, telling, trusting=trusting)) is not None:
        return Take(id)
    if asked := telling.asked(heard):
        return Say("tell", tuple(asked))
    if heard.no and not _looks_right(heard, telling):
        return _answer_a_no(telling)
    if heard.shown:
        return _object(heard, telling, trusting=trusting)
    if again := [wish for wish in telling.known if heard.asks_for(wish, shop)]:
        return Say("tell", tuple(again[:_RESTATED]))
    if heard.question or heard.offered:
        return Say("dont_mind")
    if natural := telling.natural():
        return Say("add", tuple(natural[:_AT_ONCE]))
    return Say("ask", _restated(telling))


def takeable(heard: Heard, telling: Telling, *, trusting: bool) -> list[str]:
    """The products shown that a shopper would not be wrong to take, as far as they look.

    A careful one reads the pages, and knows all their wishes, told or not; a trusting one looks
    at the price on the card, and takes nothing beside a no. Both first say what comes up by
    itself, and nobody takes anything while they change their mind.
    """
    if telling.change is not None or telling.natural():
        return []
    if trusting:
        shown = () if heard.no else heard.shown
        return [id for id in shown if not _too_dear(heard, id, telling.held)]
    pages = telling.pages(heard.shown)
    return [
        id
        for id, page in pages.items()
        if can_be_bought(page) and not any(wish.must for wish in telling.unmet(page))
    ]


def acceptable(heard: Heard, telling: Telling, *, trusting: bool) -> str | None:
    """The product that a scripted shopper takes of those shown; None: none of them.

    What was only a wish is foregone after it was brought up once, or where nobody asks for it.
    """
    ids = takeable(heard, telling, trusting=trusting)
    if trusting:
        return next((id for id in heard.shown[:1] if id in ids), None)
    pages = telling.pages(ids)
    failed = {id: telling.unmet(page) for id, page in pages.items()}
    for id, wishes in failed.items():
        if not wishes:
            return id
    for id, wishes in failed.items():
        if all(telling.nudged[w] or (w.told == "asked" and w in telling.untold) for w in wishes):
            return id
    return None


def _too_dear(heard: Heard, id: str, wishes: Sequence[GoalWish]) -> list[GoalWish]:
    """The wishes that the price on a card breaks."""
    price = dict(heard.prices).get(id)
    if price is None:
        return []
    return [
        wish
        for wish in wishes
        for p in wish.predicates
        if p.field == "price" and p.op in _ORDERS
        if (bound := read_number(p.values[0])) is not None and not _ORDERS[p.op](price, bound)
    ]


def _answer_a_no(telling: Telling) -> Move:
    soft = [wish for wish in telling.known if not wish.must]
    if soft:
        return Say("let_go", (soft[0],))
    return Leave("told_no") if telling.insisted else Say("insist", _restated(telling))


def _looks_right(heard: Heard, telling: Telling) -> bool:
    """Whether something is shown, beside a no, that meets what was told so far."""
    told = [wish for wish in telling.known if wish.must]
    pages = telling.pages(heard.shown).values()
    return any(not set(told) & set(telling.unmet(page)) for page in pages)


def _object(heard: Heard, telling: Telling, *, trusting: bool) -> Say | Leave:
    """Says what is wrong with the product that was recommended, or brings a wish up."""
    first = heard.shown[0]
    dear = _too_dear(heard, first, telling.held)
    page = None if trusting else telling.pages([first]).get(first)
    unmet = dear if page is None else telling.unmet(page)
    told = [wish for wish in unmet if wish in telling.told]
    if broken := [wish for wish in told if wish.must]:
        return _complain(min(broken, key=lambda wish: telling.nudged[wish]), telling)
    if natural := telling.natural():
        too_dear = next((wish for wish in natural if wish in dear and _is_limit(wish)), None)
        if too_dear is not None:
            return Say("too_dear", (too_dear,))
        return Say("add", tuple(natural[:_AT_ONCE]))
    if missed := [wish for wish in told if not telling.nudged[wish]]:
        return Say("complain", (missed[0],))
    return Leave("out_of_patience") if telling.declined == _DECLINES else Say("go_on")


def _complain(wish: GoalWish, telling: Telling) -> Say | Leave:
    times = telling.nudged[wish]
    if times > _COMPLAINTS:
        return Leave("out_of_patience")
    if times == _COMPLAINTS:
        return Say("doubt", _restated(telling))
    return Say("too_dear" if _is_limit(wish) else "complain", (wish,))


def _is_limit(wish: GoalWish) -> bool:
    return any(p.field == "price" and p.op in ("<", "<=") for p in wish.predicates)


def _restated(telling: Telling) -> tuple[GoalWish, ...]:
    return tuple(telling.known[:_RESTATED])
