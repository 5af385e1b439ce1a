"""``POST /api/chat``: one message, answered at once or as a stream."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from assistant.app import Assistant
from assistant.http.gate import shopper_of
from assistant.http.limits import network_of
from assistant.http.observing import Observer
from assistant.http.streaming import NamedEvents, RunningTurn, stream_of, unless_gone
from assistant.reply import Reply

# What other servers use for it too; nobody is left to read it.
CLIENT_GONE = 499


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
        turn = RunningTurn(observer.watch(events))
        if "text/event-stream" in request.headers.get("accept", "").lower():
            return await stream_of(turn, NamedEvents())
        try:
            reply: Reply = await unless_gone(request.receive, turn.reply())
        except ClientDisconnect:
            return Response(status_code=CLIENT_GONE)
        finally:
            await turn.stop()
        return Response(
            reply.model_dump_json(),
            media_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    return router
