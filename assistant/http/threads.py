"""``GET /api/threads/{thread_id}``: what was said in a conversation, for the one who holds it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from assistant.app import Assistant
from assistant.desk.cases import StaffMessage, Standing
from assistant.http.gate import shopper_of
from assistant.reply import Reply
from assistant.thread import Exchange

Speaker = Literal["bot", "waiting", "person"]
_MOST_MESSAGES = 1_000_000_000


class ThreadMessage(BaseModel):
    """One thing that was said.

    Attributes:
        number: its place in the thread, from 1; it never changes.
        sender: ``from`` in JSON: the shopper, the bot, or a person of the shop.
        name: what that person is called; None for the others.
        reply: what the bot answered beside the text; None for the others.
    """

    model_config = ConfigDict(populate_by_name=True)

    number: int
    sender: Literal["shopper", "bot", "person"] = Field(alias="from")
    name: str | None = None
    text: str
    time: datetime
    reply: Reply | None = None


class ThreadAnswer(BaseModel):
    """A thread.

    Attributes:
        speaker: who answers the shopper now.
        messages: in order; with ``after`` those with higher numbers.
        exchanges: the finished turns; none with ``after``.
    """

    thread_id: str
    speaker: Speaker
    messages: list[ThreadMessage]
    exchanges: list[Exchange]


def thread_routes(assistant: Assistant) -> APIRouter:
    """The routes of conversations. They run in threads, as they read the database."""
    router = APIRouter(tags=["threads"])

    @router.get("/threads/{thread_id}")
    def thread(
        thread_id: str,
        request: Request,
        response: Response,
        shopper_id: str | None = None,
        after: int | None = Query(default=None, ge=0, le=_MOST_MESSAGES),
    ) -> ThreadAnswer:
        """A shopper's own thread; ``shopper_id`` says whose where there are no tokens."""
        response.headers["Cache-Control"] = "no-store"
        shopper = shopper_of(request, shopper_id)
        exchanges = assistant.exchanges(thread_id, shopper)
        messages = said(
            exchanges,
            assistant.desk.staff_messages(thread_id, shopper),
            assistant.desk.staff_gone(thread_id, shopper),
        )
        return ThreadAnswer(
            thread_id=thread_id,
            speaker=speaker_of(assistant.desk.standing(thread_id, shopper)),
            messages=[message for message in messages if message.number > (after or 0)],
            exchanges=[] if after is not None else exchanges,
        )

    return router


def speaker_of(case: Standing | None) -> Speaker:
    """Who answers a shopper: the bot, the bot until a person comes, or a person."""
    if case is None or case.status == "returned":
        return "bot"
    return "person" if case.status == "person" else "waiting"


def said(
    exchanges: Sequence[Exchange], staff: Sequence[StaffMessage] = (), gone: Sequence[int] = ()
) -> list[ThreadMessage]:
    """Finished turns as messages, the shopper's and the bot's in turn, with those of staff between.

    A message's number counts what was written before it, so that it stays what it is.

    Args:
        exchanges: oldest first. A thread that is not kept may have lost its first ones; numbers
            go on from those.
        staff: what people of the shop wrote, oldest first.
        gone: after which turns they wrote what has been deleted: its numbers stay free.
    """
    messages = []
    wrote = [*((turn, None) for turn in gone), *((one.after_turn, one) for one in staff)]
    # A case has all that staff wrote after a turn, so that what is deleted is never between.
    wrote.sort(key=lambda written: written[0])
    waiting = list(enumerate(wrote, start=1))

    def written(turns: int) -> int:
        """Puts in what staff wrote until so many turns were finished, and counts it."""
        while waiting and waiting[0][1][0] <= turns:
            place, (after_turn, one) = waiting.pop(0)
            if one is None:
                continue
            number = 2 * after_turn + place
            messages.append(
                ThreadMessage(
                    number=number, sender="person", name=one.name, text=one.text, time=one.time
                )
            )
        return len(wrote) - len(waiting)

    for exchange in exchanges:
        number, reply, time = 2 * exchange.number, exchange.reply, exchange.time
        number += written(exchange.number - 1)
        if exchange.message:  # a wish may be taken away without one
            messages.append(
                ThreadMessage(number=number - 1, sender="shopper", text=exchange.message, time=time)
            )
        if reply.text:  # the bot says nothing while a person has the talk
            messages.append(
                ThreadMessage(number=number, sender="bot", text=reply.text, time=time, reply=reply)
            )
    written(_MOST_MESSAGES)
    return messages
