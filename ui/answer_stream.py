"""Answers as a stream that the page's script reads.

An event of Gradio's costs its server some ten threads and two requests, each of which waits for all
the others while many shoppers ask at once. What is told of an answer goes by these routes instead,
and the script hands it to Gradio's parts in the browser.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.sse import format_sse_event
from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse

from assistant.http.limits import PAGE_PATH, count_guest_message, network_of
from ui.parts import updates_of
from ui.screen import Screen
from ui.texts import known_language
from ui.visit import Visits

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Place(BaseModel):
    """Where on the page something is done.

    Attributes:
        thread: the browser's word for the conversation, which is only a hint.
        language: of the page.
    """

    thread: str = Field("", max_length=200)
    language: str = Field("", max_length=20)


class Question(Place):
    """A message.

    Attributes:
        message: what was typed.
        replaces: the turn whose message this one takes the place of; empty for none.
    """

    message: str = ""
    replaces: str = Field("", max_length=200)


class Asked(Place):
    """A message that was sent before.

    Attributes:
        asking: the message that the page takes to be answered.
    """

    asking: str = ""


def answer_routes(visits: Visits, shopper_of: Callable[[Request], str | None]) -> APIRouter:
    """The routes of the page's script.

    Args:
        visits: what the page shows.
        shopper_of: who is asking; None where the server cannot settle it.
    """
    router = APIRouter(prefix=PAGE_PATH, include_in_schema=False)

    @router.post("/ask")
    async def ask(question: Question, request: Request) -> Response:
        """Answers a message; the stream is what changes on the page."""
        screens = visits.ask(
            question.message,
            shopper_of(request),
            question.thread,
            known_language(question.language) or "en",
            address=network_of(request.scope),
            count=partial(count_guest_message, request.scope),
            replaces=question.replaces,
        )
        return _streamed(screens)

    @router.post("/follow")
    async def follow(asked: Asked, request: Request) -> Response:
        """What is still told of a message: after a reload, or once a connection is back."""
        language = known_language(asked.language) or "en"
        return _streamed(visits.follow(shopper_of(request), asked.thread, language, asked.asking))

    @router.post("/stop")
    async def stop(asked: Asked, request: Request) -> dict[str, Any]:
        """Stops an answer."""
        language = known_language(asked.language) or "en"
        return updates_of(
            await visits.answers.stop(shopper_of(request), asked.thread, asked.asking, language)
        )

    return router


def _streamed(screens: AsyncGenerator[Screen, None]) -> Response:
    return StreamingResponse(_events(screens), media_type="text/event-stream", headers=_HEADERS)


async def _events(screens: AsyncGenerator[Screen, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(screens):
        async for screen in screens:
            updates = json.dumps(updates_of(screen), ensure_ascii=False)
            yield format_sse_event(data_str=updates)
