"""A language model that reads from a script, so that no test reaches a real one by accident."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from assistant.llm.client import Message, Usage

Answer = dict[str, Any] | str | Exception

USAGE = Usage(calls=1, prompt_tokens=100, cached_tokens=80, completion_tokens=10)


class ScriptedModel:
    """A ``ChatModel`` fed from a queue.

    A dict answers ``complete_json``, a text ``stream_text``, an error either. Being asked with
    nothing in the queue, or for the other kind of answer, fails the test.

    Attributes:
        asked: the prompts, in order.
        gap: seconds before each piece of a streamed text.
        breaks: what each streamed text breaks off with, after its last word; None for nothing.
        left_early: how many streams were closed before their end.
        is_ready: what ``ready`` says.
        otherwise: the answer to everything once the queue is empty; None fails the test.
    """

    def __init__(self, *answers: Answer) -> None:
        self.queue: deque[Answer] = deque(answers)
        self.asked: list[list[Message]] = []
        self.gap = 0.0
        self.breaks: Exception | None = None
        self.left_early = 0
        self.is_ready = True
        self.otherwise: Answer | None = None

    def will_say(self, *answers: Answer) -> None:
        """Adds answers to the queue."""
        self.queue.extend(answers)

    async def complete_json(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        *,
        name: str,
        max_tokens: int,
    ) -> tuple[dict[str, Any], Usage]:
        answer = self._next(messages, dict)
        await asyncio.sleep(0)
        assert isinstance(answer, dict)
        return answer, USAGE

    async def stream_text(
        self, messages: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[str | Usage, None]:
        answer = self._next(messages, str)
        assert isinstance(answer, str)
        words = answer.split(" ")
        whole = False
        try:
            for number, word in enumerate(words):
                await asyncio.sleep(self.gap)
                yield word if number == 0 else f" {word}"
            if self.breaks is not None:
                raise self.breaks
            whole = True
            yield USAGE
        finally:
            self.left_early += not whole

    async def ready(self) -> bool:
        return self.is_ready

    def _next(self, messages: Sequence[Message], kind: type) -> Answer:
        self.asked.append(list(messages))
        answer = self.queue.popleft() if self.queue else self.otherwise
        assert answer is not None, f"The model was asked without a script: {messages[-1].content}"
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, kind), f"The script has {answer!r} where a {kind} was asked for."
        return answer


def reading(action: str = "search", *facts: tuple[str, str, str, str]) -> dict[str, Any]:
    """What the understand call answers: an action and (quote, field, op, value) facts."""
    names = ("quote", "field", "op", "value")
    return {"action": action, "facts": [dict(zip(names, fact, strict=True)) for fact in facts]}
