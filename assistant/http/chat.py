"""``POST /api/chat``: one message, answered at once or as a stream."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from assistant.app import Assistant
from assistant.http.gate import shopper_of
from assistant.http.limits import network_of
from assistant.http.observing import Observer
from assistant.http.streaming import RunningTurn, answer_of
from assistant.reply import Reply


class ChatRequest(BaseModel):
    """A shopper's message.

    Attributes:
        shopper_id: who is asking; with a secret the token tells, and this may be left out.
        thread_id: the conversation; a new one where it is left out.
        catalog: the catalogue; by default the thread's own, then the shop's.
        confirms: ``confirmation.id`` of the offer that a button answers.
    """

    message: str
    shopper_id: str | None = None
    thread_id: str | None = None
    catalog: str | None = None
    confirms: str | None = None


def chat_routes(assistant: Assistant, observer: Observer) -> APIRouter:
    """The route of the dialogue."""
    router = APIRouter(tags=["chat"])

    @router.post("/chat", response_model=Reply)
    async def chat(body: ChatRequest, request: Request) -> Response:
        """Answers a message; with ``Accept: text/event-stream`` as a stream of events."""
        events = assistant.chat(
            body.message,
            shopper_id=shopper_of(request, body.shopper_id),
            thread_id=body.thread_id,
            catalog=body.catalog,
            address=network_of(request.scope),
            confirms=body.confirms,
        )
        return await answer_of(RunningTurn(observer.watch(events)), request)

    return router
