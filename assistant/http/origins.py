"""Which pages of other origins may read what the API answers (CORS)."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_HEADERS = ("Authorization", "Content-Type")
_PREFLIGHT_SECONDS = 600


class ListedOrigins:
    """Answers the pages of listed origins with CORS headers, on ``/api`` alone.

    Whoever asks is told by a token in a header, never by a cookie, so that credentials are never
    allowed. A page of another origin gets no header, and its browser keeps the answer from it.

    Args:
        app: what comes behind.
        origins: of the shop's pages, as a browser sends them.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._origins = frozenset(origins)
        self._shared = CORSMiddleware(
            app,
            allow_origins=sorted(origins),
            allow_methods=_METHODS,
            allow_headers=_HEADERS,
            expose_headers=("Retry-After",),
            max_age=_PREFLIGHT_SECONDS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request, as ASGI has it."""
        listed = (
            scope["type"] == "http"
            and scope["path"].startswith("/api/")
            and Headers(scope=scope).get("origin") in self._origins
        )
        await (self._shared if listed else self._app)(scope, receive, send)
