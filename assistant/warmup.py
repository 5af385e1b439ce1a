"""Lets the engine read the prompts that never change before the first shopper waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import get_args

import structlog

from assistant.answering import prompt_messages
from assistant.errors import BadModelOutput, ModelUnavailable
from assistant.llm.client import ChatModel, Message
from assistant.reply import Language
from assistant.understanding import SCHEMA
from prompts import prompt

_PAUSE_SECONDS = 0.5

_log = structlog.get_logger(__name__)


async def warm_up(model: ChatModel, busy: Callable[[], bool]) -> None:
    """Asks each prompt once for a single token, so that the engine's prefix cache holds it.

    What fails here shows when a shopper asks; a log line is enough.

    Args:
        model: the language model.
        busy: whether a shopper is waiting; shoppers come first.
    """
    for step in (_understand, _others, _answer):
        for language in get_args(Language):
            while busy():  # noqa: ASYNC110 (shoppers come and go; there is no one event)
                await asyncio.sleep(_PAUSE_SECONDS)
            await _try(step, model, language)


async def _try(
    step: Callable[[ChatModel, Language], Awaitable[None]], model: ChatModel, language: Language
) -> None:
    try:
        await step(model, language)
    except (ModelUnavailable, BadModelOutput) as error:
        _log.warning("warm_up_failed", language=language, error=type(error).__name__)


async def _understand(model: ChatModel, language: Language) -> None:
    messages = [Message("system", prompt(language, "understand")), Message("user", "?")]
    try:
        await model.complete_json(messages, SCHEMA, name="reading", max_tokens=1)
    except BadModelOutput:
        return  # one token is no whole object, and was not meant to be


async def _others(model: ChatModel, language: Language) -> None:
    await _write(model, language, "others")


async def _answer(model: ChatModel, language: Language) -> None:
    await _write(model, language, "answer")


async def _write(model: ChatModel, language: Language, name: str) -> None:
    messages = [*prompt_messages(language, name), Message("user", "?")]
    async with aclosing(model.stream_text(messages, max_tokens=1)) as pieces:
        async for _ in pieces:
            pass
