"""A shopper who is played by a language model: it words and chooses, code holds the strings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import BadModelOutput
from assistant.llm.client import ChatModel, Message
from evals.checks.wording import Shop
from evals.running.observed import Observed
from evals.shoppers.goal import Goal, GoalWish, Style
from evals.shoppers.heard import Heard
from evals.shoppers.move import takeable
from evals.shoppers.seeker import Seeker
from evals.shoppers.verdict import OUT_OF_PATIENCE, End

_MOST_CHARACTERS = 300
_MOST_TOKENS = 300
_MOST_READ = 4000
"""Characters of an answer that are read: nobody reads a novel in a chat."""
_REMEMBERED = 4
"""Messages of their own that shoppers have before their eyes."""
_STYLES: Mapping[Style, str] = {
    "plain": "plainly, in one or two short sentences",
    "terse": "in as few words as possible, no courtesies",
    "chatty": "chattily, with a friendly aside",
    "careless": "carelessly, in small letters, with a typing slip",
}
_LANGUAGES = {"en": "English", "zh": "Chinese (简体中文)"}


class _Turn(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    message: str = Field(max_length=_MOST_CHARACTERS)
    take: int = 0
    leave: bool = False


class PlayedShopper(Seeker):
    """See ``Seeker``.

    The model is not given a wish before it may be told, nor a product before it is shown, so it
    cannot give away what it does not know. It says which product it takes; one whose page breaks
    a wish is not among those that it may take, unless the shopper reads no pages. What the
    answers say is handed over as data: the worst that a line in them can do is to talk the shopper
    into something that is no success.

    Args:
        goal: what is sought.
        language: that is written.
        shop: the catalogue.
        model: plays the shopper.
    """

    def __init__(
        self, goal: Goal, language: Literal["en", "zh"], shop: Shop, *, model: ChatModel
    ) -> None:
        super().__init__(goal, shop)
        self._model = model
        self._system = _prompt().format(
            style=_STYLES[goal.style], language=_LANGUAGES[language], opening=goal.opening
        )

    async def _open(self, wishes: Sequence[str]) -> str:
        turn = await self._turn({"you_may_say_now": [self._goal.opening, *wishes]}, may_take=())
        return turn.message

    async def _reply(self, answer: Observed, heard: Heard) -> str | End:
        may_take = takeable(heard, self.telling, trusting=self._trusting)
        if self.tired and not (may_take or heard.no):
            return OUT_OF_PATIENCE
        news = self._news(heard)
        seen = {
            "you_wrote": self.said[-_REMEMBERED:],
            "you_said_already": [wish.say for wish in self.telling.known],
            "you_may_say_now": [wish.say for wish in news],
            "assistant_wrote": answer.text[:_MOST_READ],
            "choices_offered": answer.choices,
            "products_shown": self._cards(answer, heard, may_take, [*self.telling.known, *news]),
        }
        places = [heard.shown.index(id) + 1 for id in may_take]
        turn = await self._turn(seen, may_take=places, may_leave=heard.no)
        if turn.take:
            return End("accepted", heard.shown[turn.take - 1])
        if turn.leave:
            return End("told_no")
        if self.tired:
            return OUT_OF_PATIENCE
        (self.telling.bring_up if heard.shown else self.telling.tell)(news)
        return turn.message

    def _news(self, heard: Heard) -> list[GoalWish]:
        """The wishes that may be told now for the first time."""
        change = self.telling.change
        if heard.shown and change is not None:
            return [change]
        asked = self.telling.asked(heard)
        natural = self.telling.natural() if heard.shown else []
        return [*asked, *(wish for wish in natural if wish not in asked)]

    def _cards(
        self, answer: Observed, heard: Heard, may_take: Sequence[str], wishes: Sequence[GoalWish]
    ) -> list[dict[str, Any]]:
        """What is shown, by place, with what the pages say of the wishes that may be spoken of."""
        offers = {offer.id: offer for offer in answer.offers or ()}
        pages = {} if self._trusting else self.telling.pages(heard.shown)
        cards: list[dict[str, Any]] = []
        for place, id in enumerate(heard.shown, start=1):
            card: dict[str, Any] = {"place": place, "you_may_take_it": id in may_take}
            if (offer := offers.get(id)) is not None:
                card |= {"title": offer.title, "price": offer.price, "currency": offer.currency}
            if (page := pages.get(id)) is not None:
                unmet = self.telling.unmet(page)
                card["breaks_your_wishes"] = [wish.say for wish in wishes if wish in unmet]
            cards.append(card)
        return cards

    async def _turn(
        self, seen: Mapping[str, Any], *, may_take: Sequence[int], may_leave: bool = False
    ) -> _Turn:
        """Asks the model; what it may not choose is not in the schema, and is refused here too."""
        schema = {
            "type": "object",
            "properties": {
                "message": {"type": "string", "maxLength": _MOST_CHARACTERS},
                "take": {"type": "integer", "enum": [0, *may_take]},
                "leave": {"type": "boolean", "enum": [False, True] if may_leave else [False]},
            },
            "required": ["message", "take", "leave"],
            "additionalProperties": False,
        }
        prompt = [
            Message("system", self._system),
            Message("user", json.dumps(seen, ensure_ascii=False)),
        ]
        answer, _ = await self._model.complete_json(
            prompt, schema, name="shopper", max_tokens=_MOST_TOKENS
        )
        try:
            turn = _Turn.model_validate(answer)
        except ValidationError as error:
            raise BadModelOutput("The model that plays the shopper wrote no turn.") from error
        if turn.take not in (0, *may_take) or (turn.leave and not may_leave):
            raise BadModelOutput("The model that plays the shopper chose what it may not.")
        message = " ".join(turn.message.split())
        if not (message or turn.take or turn.leave):
            raise BadModelOutput("The model that plays the shopper wrote an empty message.")
        return turn.model_copy(update={"message": message})


@lru_cache(maxsize=1)
def _prompt() -> str:
    return (Path(__file__).parent / "shopper.md").read_text(encoding="utf-8")
