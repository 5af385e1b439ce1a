"""A shopper who is played by code: no model, and the same messages for the same answers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Literal, assert_never

from evals.checks.wording import Shop
from evals.running.observed import Observed
from evals.shoppers.goal import Goal
from evals.shoppers.heard import Heard
from evals.shoppers.move import Leave, Say, Take, decide
from evals.shoppers.seeker import Seeker
from evals.shoppers.verdict import OUT_OF_PATIENCE, End
from evals.shoppers.voice import Voice


class ScriptedShopper(Seeker):
    """See ``Seeker``.

    Args:
        goal: what is sought.
        language: that is written.
        shop: the catalogue.
        seed: the same seed writes the same to the same answers.
    """

    def __init__(self, goal: Goal, language: Literal["en", "zh"], shop: Shop, *, seed: str) -> None:
        super().__init__(goal, shop)
        self._voice = Voice(language, goal.style, random.Random(seed))  # noqa: S311 (no secret)

    async def _open(self, wishes: Sequence[str]) -> str:
        return self._voice.opening(self._goal.opening, wishes)

    async def _reply(self, answer: Observed, heard: Heard) -> str | End:
        move = decide(heard, self.telling, self._shop, trusting=self._trusting)
        match move:
            case Take():
                return End("accepted", move.product_id)
            case Leave():
                return End(move.ending)
            case Say():
                return OUT_OF_PATIENCE if self.tired else self._word(move)
            case _:
                assert_never(move)

    def _word(self, move: Say) -> str:
        words = [self.telling.words(wish) for wish in move.wishes]
        match move.kind:
            case "change":
                self.telling.tell(move.wishes)
                return self._voice.verbatim(*words)
            case "let_go":
                [wish] = move.wishes
                self.telling.give_up(wish)
                if wish.let_go is not None:
                    return self._voice.verbatim(wish.let_go)
            case "insist":
                self.telling.insisted = True
            case "go_on":
                self.telling.declined += 1
            case "add" | "complain" | "too_dear" | "doubt":
                self.telling.bring_up(move.wishes)
            case _:
                self.telling.tell(move.wishes)
        return self._voice.say(move.kind, words)
