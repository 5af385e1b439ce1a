"""What a shopper has told of their wishes, and what they may tell now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from evals.checks.wording import Shop
from evals.shoppers.fit import unmet_wishes
from evals.shoppers.goal import Goal, GoalWish
from evals.shoppers.heard import Heard
from retrieval.product import Product

_AT_ONCE = 2
"""Wishes that people put into one answer to an open question."""


class Telling:
    """The memory of one shopper in one conversation.

    Attributes:
        told: the wishes that were said, in the order of their first time.
        nudged: how often a wish was held against the products that were shown.
        insisted: whether a no was doubted already.
        declined: how often others were asked for without a reason.

    Args:
        goal: the shopper's.
        shop: whose pages the shopper reads of products that are shown, and no others.
    """

    def __init__(self, goal: Goal, shop: Shop) -> None:
        self.told: list[GoalWish] = []
        self.nudged: Counter[GoalWish] = Counter()
        self.insisted = False
        self.declined = 0
        self._goal = goal
        self._shop = shop
        self._seen: dict[str, Product] = {}
        self._given_up: set[GoalWish] = set()

    @property
    def held(self) -> list[GoalWish]:
        """The wishes that hold now, told or not."""
        changes = [wish for wish in self._goal.changes if wish in self.told]
        return [w for w in self._goal.holding(changes) if w not in self._given_up]

    @property
    def known(self) -> list[GoalWish]:
        """Those of them that were told."""
        return [wish for wish in self.held if wish in self.told]

    @property
    def untold(self) -> list[GoalWish]:
        """Those of them that were not, the ones that come up by themselves first."""
        waiting = [wish for wish in self.held if wish not in self.told]
        return sorted(waiting, key=lambda wish: wish.told == "asked")

    @property
    def change(self) -> GoalWish | None:
        """The next change of mind."""
        return next((wish for wish in self._goal.changes if wish not in self.told), None)

    def natural(self) -> list[GoalWish]:
        """The wishes that may be brought up without being asked for."""
        return [wish for wish in self.untold if wish.told != "asked"]

    def asked(self, heard: Heard) -> list[GoalWish]:
        """The wishes, not told yet, that a question is about."""
        wanted = [wish for wish in self.untold if heard.asks_for(wish, self._shop)]
        return wanted[:_AT_ONCE] if heard.open else wanted

    def tell(self, wishes: Iterable[GoalWish]) -> None:
        """Notes that these were said."""
        self.told += [wish for wish in wishes if wish not in self.told]

    def words(self, wish: GoalWish) -> str:
        """The shopper's words for a wish: its own and its other ones by turns."""
        turn = self.told.count(wish) + self.nudged[wish]
        return (wish.again or wish.say) if turn % 2 else wish.say

    def bring_up(self, wishes: Iterable[GoalWish]) -> None:
        """Notes that these were held against what is shown."""
        wishes = list(wishes)
        self.nudged.update(wishes)
        self.tell(wishes)

    def give_up(self, wish: GoalWish) -> None:
        """Notes that a wish does not hold any more."""
        self._given_up.add(wish)

    def pages(self, ids: Iterable[str]) -> dict[str, Product]:
        """The pages of products that were shown; one that the shop does not have has none."""
        found = {id: page for id in ids if (page := self._shop.products.get(id)) is not None}
        self._seen |= found
        return found

    def unmet(self, page: Product) -> list[GoalWish]:
        """The wishes that a product does not meet, as far as the shopper has seen."""
        # Of a size and a colour that are not to be had together, the one not told is in the way.
        return unmet_wishes(page, [*self.known, *self.untold], self._seen.values())
