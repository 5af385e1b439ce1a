"""What OpenAI's clients send to ``/v1/chat/completions``, and what they are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from assistant.errors import BadInput
from assistant.http.catalogue import valid_text
from assistant.reply import Reply, UsageReport
from retrieval.errors import ShopGuideError

MODEL = "shopguide"
_MOST_NAMED = 80


class UnknownModel(ShopGuideError):
    """There is no catalogue of that name."""

    exit_status = 2
    http_status = 404
    title = "Model not found"


class StreamOptions(BaseModel):
    """What a stream has beside the text."""

    include_usage: bool = False


class Completion(BaseModel):
    """A request for a completion. What a client may send beyond this changes nothing.

    Attributes:
        model: ``shopguide``, or ``shopguide/`` with a catalogue's name.
        messages: of these only the last one of the user is read.
        user: who is asking; with a secret the token tells, and this may be left out.
        metadata: ``thread_id`` is the conversation; a new one where it is left out.
        n, modalities, response_format, tool_choice: only what a plain text is an answer to.
    """

    model: str = Field(min_length=1, max_length=300)
    messages: list[dict[str, Any]] = Field(min_length=1)
    user: str | None = None
    metadata: dict[str, str] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    modalities: list[str] | None = None
    response_format: dict[str, Any] | None = None
    tool_choice: Any = None

    def check_wanted(self) -> None:
        """Refuses what no text could be an answer to.

        Raises:
            BadInput: it names the parameter.
        """
        if self.n not in (None, 1):
            raise BadInput("n must be 1: there is one answer to a message.", field="n")
        if set(self.modalities or ()) - {"text"}:
            raise BadInput('modalities may only be ["text"].', field="modalities")
        if (self.response_format or {}).get("type", "text") != "text":
            raise BadInput("response_format may only be text.", field="response_format")
        # Tools that a client offers need not be called, unless it says so.
        if self.tool_choice not in (None, "none", "auto"):
            raise BadInput(
                "The assistant calls its own tools only: tool_choice may be auto or none.",
                field="tool_choice",
            )

    @property
    def thread_id(self) -> str | None:
        """The conversation; None begins a new one."""
        return (self.metadata or {}).get("thread_id")

    def message(self) -> str:
        """The last message of the user.

        Raises:
            BadInput: there is none, or it is not text alone.
        """
        for number in reversed(range(len(self.messages))):
            if self.messages[number].get("role") == "user":
                return _text(self.messages[number].get("content"), f"messages.{number}.content")
        raise BadInput('None of the messages has the role "user".', field="messages")


def _text(content: Any, place: str) -> str:
    if isinstance(content, str):
        return _valid(content, place)
    if not isinstance(content, list):
        raise BadInput(f"{place} must be text, or a list of parts of text.", field=place)
    texts = []
    for number, part in enumerate(content):
        here = f"{place}.{number}"
        if not isinstance(part, Mapping) or part.get("type") != "text":
            raise BadInput(f"{here} is no text: only text is read.", field=here)
        if not isinstance(part.get("text"), str):
            raise BadInput(f"{here}.text must be text.", field=f"{here}.text")
        texts.append(_valid(part["text"], f"{here}.text"))
    return "\n".join(texts)


def _valid(text: str, place: str) -> str:
    try:
        return valid_text(text)
    except ValueError as error:
        raise BadInput(f"{place} {error}.", field=place) from None


def catalogue_of(model: str, names: Sequence[str]) -> str | None:
    """The catalogue that a model is; None for the thread's own, or the shop's.

    Args:
        model: its name.
        names: of the catalogues that there are.

    Raises:
        UnknownModel: there is none of that name.
    """
    if model == MODEL:
        return None
    name = model.removeprefix(f"{MODEL}/")
    if name not in names:
        raise UnknownModel(
            f"There is no model {model[:_MOST_NAMED]!r}: see /v1/models.", field="model"
        )
    return name


def model_card(id: str, began: datetime) -> dict[str, Any]:
    """A model as ``/v1/models`` lists it.

    Args:
        id: its name.
        began: since when it answers.
    """
    created = int(began.timestamp())
    return {"id": id, "object": "model", "created": created, "owned_by": MODEL}


def completion_of(reply: Reply, model: str, now: datetime) -> dict[str, Any]:
    """A whole answer.

    Args:
        reply: the turn's.
        model: as it was asked for.
        now: the time of day.
    """
    message = {"role": "assistant", "content": reply.text, "refusal": None}
    return {
        "id": _id(reply.turn_id),
        "object": "chat.completion",
        "created": int(now.timestamp()),
        "model": model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": usage_of(reply.usage),
        "shopguide": reply.model_dump(mode="json"),
    }


def usage_of(usage: UsageReport) -> dict[str, Any]:
    """What a turn cost, as OpenAI counts it."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
    }


def _id(turn_id: str) -> str:
    return f"chatcmpl-{turn_id}"
