"""Language models for measuring what is read: one that reads nothing, one that only reads."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from assistant.llm.client import ChatModel, Message, Usage


class SilentModel:
    """A ``ChatModel`` that finds no fact in any message and answers with a full stop."""

    async def complete_json(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        *,
        name: str,
        max_tokens: int,
    ) -> tuple[dict[str, Any], Usage]:
        """A reading with no facts."""
        return {"action": "search", "facts": []}, Usage(calls=1)

    async def stream_text(
        self, messages: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[str | Usage, None]:
        """The shortest answer that is one."""
        yield "."
        yield Usage(calls=1)

    async def ready(self) -> bool:
        """Always."""
        return True


class ReadingModel(SilentModel):
    """Reads messages as a real model does, and leaves the answers to the records: facts are read
    before anything is answered.

    Args:
        model: the real one.
    """

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    async def complete_json(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        *,
        name: str,
        max_tokens: int,
    ) -> tuple[dict[str, Any], Usage]:
        """The real model's reading."""
        return await self._model.complete_json(messages, schema, name=name, max_tokens=max_tokens)
