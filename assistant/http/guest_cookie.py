"""Gives everyone who opens the page a guest's cookie."""

from __future__ import annotations

from datetime import timedelta

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.identity import GUEST_COOKIE, GUEST_DAYS, Guests


class GuestCookie:
    """Sets the cookie on the page itself, where the browser has none that is valid.

    Args:
        app: what comes behind.
        guests: makes and knows guests.
        path: where the page stands.
    """

    def __init__(self, app: ASGIApp, guests: Guests, path: str = "/") -> None:
        self._app = app
        self._guests = guests
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request, as ASGI has it."""
        if scope["type"] != "http" or scope["path"] != self._path or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        if self._guests.guest_of(request.cookies.get(GUEST_COOKIE)) is not None:
            await self._app(scope, receive, send)
            return
        _, value = self._guests.issue_guest()
        carrier = Response()
        carrier.set_cookie(
            GUEST_COOKIE,
            value,
            max_age=int(timedelta(days=GUEST_DAYS).total_seconds()),
            secure=scope["scheme"] == "https",
            httponly=True,
            samesite="lax",
        )

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.append("set-cookie", carrier.headers["set-cookie"])
                # What carries one person's cookie is for no cache that others read from.
                headers["cache-control"] = "no-store"
            await send(message)

        await self._app(scope, receive, with_cookie)
