"""What is asked of an order, proposed by the model where no rule reads it."""

from __future__ import annotations

from typing import Any

import structlog

from assistant.errors import BadModelOutput, ModelUnavailable
from assistant.llm.client import ChatModel, Message, Usage
from assistant.reply import Language
from prompts import prompt
from tools.orders.reading.request import Kind
from tools.reading.quotes import find_quote

_KINDS = [kind.value for kind in Kind if kind is not Kind.LIST]
_MAX_TOKENS = 60

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "quote": {"type": "string", "minLength": 1, "maxLength": 60},
        "kind": {"type": "string", "enum": _KINDS},
    },
    "required": ["quote", "kind"],
    "additionalProperties": False,
}

_log = structlog.get_logger(__name__)


async def propose_kind(
    model: ChatModel, message: str, language: Language
) -> tuple[Kind | None, Usage]:
    """The model's word for what a message asks for.

    It is a proposal: a change that follows from it is offered and waits for its yes like any other.

    Args:
        model: the language model.
        message: the shopper's.
        language: of the prompt.

    Returns:
        The kind, None where the model fails or quotes what the message does not say; and the cost.
    """
    messages = [Message("system", prompt(language, "order")), Message("user", message)]
    try:
        data, usage = await model.complete_json(
            messages, SCHEMA, name="request", max_tokens=_MAX_TOKENS
        )
        kind = Kind(data["kind"])
        quoted = find_quote(str(data["quote"]), message) is not None
    except (ModelUnavailable, BadModelOutput, KeyError, ValueError) as error:
        _log.warning("order_read_without_model", error=type(error).__name__)
        return None, Usage(failed=1)
    return (kind if quoted else None), usage
