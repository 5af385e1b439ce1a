"""Step 1 of a turn: one call of the model, held to a schema, for the action and the facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from pydantic import ValidationError

from assistant.errors import BadModelOutput
from assistant.llm.client import ChatModel, Message, Usage
from assistant.reply import Language
from prompts import prompt
from tools.reading.fact import Action, ModelField, ModelOp, ModelReading

# Bounds keep a small model from running on; a message of a shopper rarely states more wishes.
_MOST_FACTS = 8
_MAX_TOKENS = 260

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "action": {"type": "string", "enum": list(get_args(Action))},
        "facts": {
            "type": "array",
            "maxItems": _MOST_FACTS,
            "items": {
                "type": "object",
                # The quote comes first: a model that has to copy words first invents fewer.
                "properties": {
                    "quote": {"type": "string", "minLength": 1, "maxLength": 60},
                    "field": {"type": "string", "enum": list(get_args(ModelField))},
                    "op": {"type": "string", "enum": list(get_args(ModelOp))},
                    "value": {"type": "string", "minLength": 1, "maxLength": 40},
                },
                "required": ["quote", "field", "op", "value"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["action", "facts"],
    "additionalProperties": False,
}


async def understand(
    model: ChatModel,
    message: str,
    language: Language,
    *,
    shown: Sequence[str],
) -> tuple[ModelReading, Usage]:
    """The model's reading of a message. Nothing of it is checked yet.

    Args:
        model: the language model.
        message: the shopper's, cleaned.
        language: which prompt is used; it never changes inside a conversation of one language, so
            that the engine's prefix cache serves it.
        shown: titles of the products shown last, in their order.

    Raises:
        ModelUnavailable: the model server does not answer.
        BadModelOutput: its output does not fit the schema.
    """
    messages = [
        Message("system", prompt(language, "understand")),
        Message("user", _context(shown) + message),
    ]
    data, usage = await model.complete_json(
        messages, SCHEMA, name="reading", max_tokens=_MAX_TOKENS
    )
    try:
        return ModelReading.model_validate(data), usage
    except ValidationError as error:
        raise BadModelOutput("The model's reading of the message cannot be used.") from error


def _context(shown: Sequence[str]) -> str:
    """One line on what was shown, short, since every token of it is read anew."""
    if not shown:
        return ""
    return "(" + "; ".join(f"[{n}] {title}" for n, title in enumerate(shown, start=1)) + ")\n"
