"""``/v1``: the assistant for programs that speak OpenAI's API."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from assistant.app import Assistant, check_id
from assistant.http.gate import shopper_of
from assistant.http.limits import network_of
from assistant.http.observing import Observer
from assistant.http.openai_errors import OpenAIErrorResponse
from assistant.http.openai_shapes import MODEL, Completion, catalogue_of, completion_of, model_card
from assistant.http.openai_stream import CompletionChunks
from assistant.http.problems import answer_with_problems
from assistant.http.streaming import CLIENT_GONE, RunningTurn, stream_of, unless_gone


def openai_door(assistant: Assistant, observer: Observer) -> FastAPI:
    """The application below ``/v1``.

    Args:
        assistant: answers.
        observer: counts the turns.
    """
    door = FastAPI(title="ShopGuide for OpenAI's clients", docs_url=None, redoc_url=None)
    answer_with_problems(door, OpenAIErrorResponse)
    door.include_router(_routes(assistant, observer))
    return door


def _routes(assistant: Assistant, observer: Observer) -> APIRouter:
    router = APIRouter(tags=["openai"])

    began = assistant.now()

    @router.get("/models")
    def models() -> dict[str, Any]:
        """The catalogues, as models; the shop's own under the plain name, too."""
        named = [f"{MODEL}/{name}" for name in assistant.indexes.names()]
        cards = [model_card(id, began) for id in (MODEL, *named)]
        return {"object": "list", "data": cards}

    @router.get("/models/{id:path}")
    def model(id: str) -> dict[str, Any]:
        """One of them."""
        catalogue_of(id, assistant.indexes.names())
        return model_card(id, began)

    @router.post("/chat/completions")
    async def completions(body: Completion, request: Request) -> Response:
        """Answers the user's last message, at once or as a stream of chunks."""
        body.check_wanted()
        names = await asyncio.to_thread(assistant.indexes.names)
        thread_id = body.thread_id
        if thread_id is not None:
            check_id(thread_id, "metadata.thread_id")
        events = assistant.chat(
            body.message(),
            shopper_id=check_id(shopper_of(request, body.user, "user"), "user"),
            thread_id=thread_id,
            catalog=catalogue_of(body.model, names),
            address=network_of(request.scope),
        )
        turn = RunningTurn(observer.watch(events))
        if body.stream:
            options = body.stream_options
            chunks = CompletionChunks(
                f"chatcmpl-{assistant.new_id()}",
                body.model,
                assistant.now(),
                with_usage=options is not None and options.include_usage,
            )
            return await stream_of(turn, chunks)
        try:
            reply = await unless_gone(request.receive, turn.reply())
        except ClientDisconnect:
            return Response(status_code=CLIENT_GONE)
        finally:
            await turn.stop()
        return JSONResponse(
            completion_of(reply, body.model, assistant.now()),
            headers={"Cache-Control": "no-store"},
        )

    return router
