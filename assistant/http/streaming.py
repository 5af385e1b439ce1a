"""Turns as Server-Sent Events, ended as soon as nobody listens any more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import aclosing
from typing import Any, Protocol

import structlog
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from assistant.http.problems import problem_of, unexpected_problem
from assistant.reply import ProductEvent, Reply, ReplyEvent, TurnEvent
from retrieval.errors import ShopGuideError

# Proxies take a connection that is silent for longer for dead.
_PING_SECONDS = 10.0
# What other servers use for it too; nobody is left to read it.
CLIENT_GONE = 499

_log = structlog.get_logger(__name__)


class RunningTurn:
    """A turn in a task of its own, from its first event to its last.

    A generator that is begun in one task and left in another cannot be cancelled in order.

    Args:
        events: of ``Assistant.chat``.
    """

    def __init__(self, events: AsyncGenerator[TurnEvent, None]) -> None:
        self._queue: asyncio.Queue[TurnEvent | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._run(events))

    async def next(self) -> TurnEvent | None:
        """The next event, None after the last.

        Raises:
            ShopGuideError: the turn ended in it.
        """
        event = await self._queue.get()
        if event is None:
            await self._task
        return event

    async def reply(self) -> Reply:
        """The turn's reply, once it is durable.

        Raises:
            ShopGuideError: the turn ended in it.
        """
        while (event := await self.next()) is not None:
            if isinstance(event, ReplyEvent):
                return event.reply
        raise AssertionError("a turn ends with a reply or an error")

    async def stop(self) -> None:
        """Ends the turn, and with it the model's work, where it has not ended."""
        self._task.cancel()
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            self._task.exception()  # asked for, so that it is not reported as forgotten

    async def _run(self, events: AsyncGenerator[TurnEvent, None]) -> None:
        try:
            async with aclosing(events):
                async for event in events:
                    self._queue.put_nowait(event)
        finally:
            self._queue.put_nowait(None)


class Shape(Protocol):
    """How the events of a turn are written."""

    def event(self, event: TurnEvent) -> bytes:
        """What is sent for an event."""
        ...

    def error(self, problem: Mapping[str, Any]) -> bytes:
        """What is sent where the turn ends in an error."""
        ...

    def end(self) -> bytes:
        """What is sent after the last event."""
        ...


class TurnStream(Response):
    """The events of a turn as a response.

    Args:
        turn: the turn.
        first: its first event, which has been waited for, so that what goes wrong before it is an
            ordinary error with a status.
        shape: how they are written.
    """

    media_type = "text/event-stream"

    def __init__(self, turn: RunningTurn, first: TurnEvent, shape: Shape) -> None:
        super().__init__(
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        del self.headers["content-length"]
        self._turn = turn
        self._first = first
        self._shape = shape

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the events, as ASGI has it."""
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        try:
            await send(start)
            await unless_gone(receive, self._send(send))
        except ClientDisconnect:
            _log.info("client_gone")
        finally:
            await self._turn.stop()

    async def _send(self, send: Send) -> None:
        async def sent(data: bytes, more: bool = True) -> None:
            await send({"type": "http.response.body", "body": data, "more_body": more})

        shape = self._shape
        await sent(shape.event(self._first))
        try:
            while True:
                waiting = asyncio.ensure_future(self._turn.next())
                try:
                    while not (await asyncio.wait([waiting], timeout=_PING_SECONDS))[0]:
                        await sent(KEEPALIVE_COMMENT)
                finally:
                    waiting.cancel()
                event = waiting.result()
                if event is None:
                    break
                await sent(shape.event(event))
        except ShopGuideError as error:
            await sent(shape.error(problem_of(error)))
        except Exception:
            await sent(shape.error(unexpected_problem()), more=False)
            raise
        else:
            await sent(shape.end())
        await sent(b"", more=False)


async def stream_of(turn: RunningTurn, shape: Shape) -> TurnStream:
    """A turn as a stream, once its first event is there.

    Raises:
        ShopGuideError: the turn ended in it before that.
    """
    try:
        first = await turn.next()
    except BaseException:
        await turn.stop()
        raise
    assert first is not None, "a turn ends with a reply or an error"
    return TurnStream(turn, first, shape)


async def unless_gone(receive: Receive, work: Coroutine[Any, Any, Any]) -> Any:
    """Awaits some work, and cancels it when the client goes away.

    Args:
        receive: of a request whose body has been read.
        work: what to await.

    Raises:
        ClientDisconnect: the client went first.
    """
    working = asyncio.create_task(work)
    leaving = asyncio.create_task(_gone(receive))
    try:
        await asyncio.wait([working, leaving], return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientDisconnect
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.wait([working, leaving])
        if not working.cancelled():
            working.exception()  # asked for, so that it is not reported as forgotten


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class NamedEvents:
    """Every event under its own name, as ``/api/chat`` sends them."""

    def event(self, event: TurnEvent) -> bytes:
        """See ``Shape``."""
        if isinstance(event, ReplyEvent):
            data = event.reply.model_dump_json()
        elif isinstance(event, ProductEvent):
            data = event.product.model_dump_json()
        else:
            data = event.model_dump_json(exclude={"event"})
        return format_sse_event(event=event.event, data_str=data)

    def error(self, problem: Mapping[str, Any]) -> bytes:
        """See ``Shape``."""
        return format_sse_event(event="error", data_str=json.dumps(problem, ensure_ascii=False))

    def end(self) -> bytes:
        """See ``Shape``."""
        return b""


async def answer_of(turn: RunningTurn, request: Request) -> Response:
    """A turn as a request asks for it: its Reply, or, with ``Accept: text/event-stream``, a stream.

    Args:
        turn: which ends where the client goes away.
        request: whose body has been read.

    Raises:
        ShopGuideError: the turn ended in it before anything was sent.
    """
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
