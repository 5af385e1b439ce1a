"""A turn as the chunks of a streamed completion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi.sse import format_sse_event

from assistant.http.openai_errors import openai_error
from assistant.http.openai_shapes import usage_of
from assistant.reply import DeltaEvent, ReplyEvent, TurnEvent


class CompletionChunks:
    """Writes a turn's events as chunks: a role, the text in parts, the Reply, and what it cost.

    Args:
        id: of the completion.
        model: as it was asked for.
        now: the time of day.
        with_usage: whether a last chunk says what the turn cost.
    """

    def __init__(self, id: str, model: str, now: datetime, *, with_usage: bool) -> None:
        self._head = {
            "id": id,
            "object": "chat.completion.chunk",
            "created": int(now.timestamp()),
            "model": model,
        }
        self._with_usage = with_usage
        self._begun = False

    def event(self, event: TurnEvent) -> bytes:
        """What is sent for an event; nothing for one that this shape has no place for."""
        begin = b"" if self._begun else self._chunk({"role": "assistant", "content": ""})
        self._begun = True
        if isinstance(event, DeltaEvent):
            return begin + self._chunk({"content": event.text})
        if not isinstance(event, ReplyEvent):
            return begin
        reply = event.reply
        last = self._chunk({}, "stop", shopguide=reply.model_dump(mode="json"))
        if self._with_usage:
            last += _sent({**self._head, "choices": [], "usage": usage_of(reply.usage)})
        return begin + last

    def error(self, problem: Mapping[str, Any]) -> bytes:
        """What is sent where the turn ends in an error."""
        return _sent(openai_error(problem))

    def end(self) -> bytes:
        """What is sent after the last event."""
        return format_sse_event(data_str="[DONE]")

    def _chunk(
        self, delta: Mapping[str, Any], finish_reason: str | None = None, **more: Any
    ) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        usage = {"usage": None} if self._with_usage else {}
        return _sent({**self._head, "choices": [choice], **usage, **more})


def _sent(data: Mapping[str, Any]) -> bytes:
    return format_sse_event(data_str=json.dumps(data, ensure_ascii=False))
