"""What all simulated shoppers share: patience, what to do where nothing comes, the verdict."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

from evals.checks.wording import Shop
from evals.running.observed import Observed
from evals.shoppers.goal import Goal
from evals.shoppers.heard import Heard, hear
from evals.shoppers.shopper import Outcome
from evals.shoppers.telling import Telling
from evals.shoppers.verdict import OUT_OF_PATIENCE, End, verdict
from retrieval.errors import ShopGuideError


class Seeker(ABC):
    """Somebody who seeks a product; see ``Shopper``.

    Attributes:
        telling: what was told of the wishes.
        said: the messages.

    Args:
        goal: what is sought.
        shop: the catalogue. Pages are read of products that were shown; the rest of it is only
            looked at to judge the end.
    """

    def __init__(self, goal: Goal, shop: Shop) -> None:
        self.telling = Telling(goal, shop)
        self.said: list[str] = []
        self._goal = goal
        self._trusting = goal.reads == "none"
        self._shop = shop
        self._end: End | None = None
        self._repeated = False

    async def next(self, answers: Sequence[Observed]) -> str | None:
        """See ``Shopper.next``. Where whoever plays it fails, the conversation ends with that."""
        if self._end is not None:
            return None
        try:
            said = await self._message(answers)
        except ShopGuideError as error:
            said = End("out_of_patience", error=f"{type(error).__name__}: {error.sentence}")
        if isinstance(said, End):
            self._end = said
            return None
        self.said.append(said)
        return said

    def outcome(self, answers: Sequence[Observed]) -> Outcome:
        """See ``Shopper.outcome``."""
        return verdict(self._goal, self._shop, self.telling, answers, self._end)

    @property
    def tired(self) -> bool:
        """Whether all was written that the shopper has the patience for."""
        return len(self.said) == self._goal.patience

    async def _message(self, answers: Sequence[Observed]) -> str | End:
        if not answers:
            first = [wish for wish in self._goal.wishes if wish.told == "first"]
            self.telling.tell(first)
            return await self._open([wish.say for wish in first])
        heard = hear(answers[-1], self._shop)
        if heard.nothing:
            return self._again()
        self._repeated = False
        if self._goal.reads == "first":
            heard = replace(heard, shown=heard.shown[:1])
        return await self._reply(answers[-1], heard)

    @abstractmethod
    async def _open(self, wishes: Sequence[str]) -> str:
        """The first message, with the words of the wishes that are told in it."""

    @abstractmethod
    async def _reply(self, answer: Observed, heard: Heard) -> str | End:
        """The next message, or the end."""

    def _again(self) -> str | End:
        """Sends the same message once more where nothing came, but only once running."""
        if self._repeated:
            return End("no_answers")
        self._repeated = True
        return OUT_OF_PATIENCE if self.tired else self.said[-1]
