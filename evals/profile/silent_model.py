"""A language model that reads nothing and says nothing, so that the rules are measured alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from assistant.llm.client import Message, Usage


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
