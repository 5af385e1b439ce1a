"""What shoppers do with their conversations besides writing: list, search, delete, take back."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from assistant.app import Assistant, check_id
from assistant.http.gate import shopper_of
from assistant.http.observing import Observer
from assistant.http.streaming import RunningTurn, answer_of
from assistant.reply import Reply, TurnEvent
from assistant.threads import ThreadEntry

_LONGEST_SEARCH = 200


class ThreadsAnswer(BaseModel):
    """A shopper's conversations, the last one first, two hundred at most."""

    threads: list[ThreadEntry]


class TakenBack(BaseModel):
    """A message that was taken back, to be written anew."""

    message: str


def own_thread_routes(assistant: Assistant, observer: Observer) -> APIRouter:
    """The routes of it. ``shopper_id`` says whose a conversation is where there are no tokens.

    Args:
        assistant: has the conversations.
        observer: counts what is answered.
    """
    router = APIRouter(tags=["threads"])

    @router.get("/threads")
    def threads(
        request: Request,
        response: Response,
        shopper_id: str | None = None,
        search: str = Query(default="", max_length=_LONGEST_SEARCH),
    ) -> ThreadsAnswer:
        """A shopper's conversations; with ``search`` those in which they said all of its words."""
        response.headers["Cache-Control"] = "no-store"
        shopper = check_id(shopper_of(request, shopper_id), "shopper_id")
        words = search.casefold().split()
        entries = [entry for entry in assistant.threads.of(shopper) if entry.has(words)]
        return ThreadsAnswer(threads=entries)

    @router.delete("/threads/{thread_id}", status_code=204)
    async def delete(thread_id: str, request: Request, shopper_id: str | None = None) -> None:
        """Deletes a conversation. What is known of the shopper stays."""
        shopper = shopper_of(request, shopper_id)
        await assistant.delete_thread(thread_id, shopper_id=shopper)

    @router.delete("/threads/{thread_id}/wishes/{wish_id}", response_model=Reply)
    async def release(
        thread_id: str, wish_id: str, request: Request, shopper_id: str | None = None
    ) -> Response:
        """Takes a wish away and searches anew, without a model; a Reply, or a stream of events."""
        events: AsyncGenerator[TurnEvent, None] = assistant.release(
            wish_id, shopper_id=shopper_of(request, shopper_id), thread_id=thread_id
        )
        return await answer_of(RunningTurn(observer.watch(events)), request)

    @router.delete("/threads/{thread_id}/turns/{turn_id}")
    async def take_back(
        thread_id: str, turn_id: str, request: Request, shopper_id: str | None = None
    ) -> TakenBack:
        """Takes the last message back, with its answer and what it taught."""
        shopper = shopper_of(request, shopper_id)
        message = await assistant.take_back(turn_id, shopper_id=shopper, thread_id=thread_id)
        return TakenBack(message=message)

    return router
