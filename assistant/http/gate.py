"""What every request passes before a route sees it: host, origin, token, size."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.errors import BadInput, Forbidden, NotSignedIn
from assistant.http.openai_errors import OPENAI_DOOR, refusal, refused
from assistant.http.problems import plain_problem
from assistant.identity import SHOP_ROLE, Bearer, Shoppers
from retrieval.errors import ShopGuideError

API_LIMIT = 256_000
# A message of Chatwoot's comes twice in what it sends, 150,000 characters of up to three bytes.
CHATWOOT_LIMIT = 1_000_000
# OpenAI's clients send the whole conversation again each time.
OPENAI_LIMIT = 1_000_000
# 500 products of 8 kB.
SHOP_LIMIT = 4_000_000
# 5,000 events of 400 bytes.
EVENTS_LIMIT = 2_000_000
PAGE_LIMIT = 4_000_000
# Read and thrown away, so that a client gets to see the answer instead of a broken connection.
_MOST_DISCARDED = 2_000_000_000
_BODY_SECONDS = 30.0
_BEARER = "shopguide.bearer"
_MCP_DOOR = "/mcp"
_DOORS = ("/api", OPENAI_DOOR, _MCP_DOOR)
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_PRODUCTS = "/api/products"
_EVENTS = "/api/events"
_CHATWOOT = "/api/chatwoot/"
# What gives a visitor a first token can ask for none.
_SESSION = "/api/session"
# Exact numbers, which the desk shows with noise: not for everybody.
_METRICS = "/metrics"
_CLOSE = {"Connection": "close"}


@dataclass(frozen=True)
class _Unread:
    """Why a body was not read."""

    problem: dict[str, Any]


class Gate:
    """Refuses requests before they reach a route.

    With ``shoppers`` every path under ``/api``, ``/v1`` and ``/mcp`` needs a valid token, and
    whatever changes products one whose ``role`` is the shop's, as do the metrics from anywhere but
    this machine. Without, who a shopper claims to be
    is believed, so nobody but programs of this machine may ask: a request that a page of another
    site makes this machine's browser send is refused, whichever way it comes, unless the shop has
    listed that site.

    Args:
        app: what comes behind the gate.
        shoppers: reads tokens; None where the shop has no secret.
        refused: is told why a token was not believed, in one word.
        origins: of the pages that may ask where the shop has no secret.
    """

    def __init__(
        self,
        app: ASGIApp,
        shoppers: Shoppers | None,
        refused: Callable[[str], None] = lambda reason: None,
        origins: Collection[str] = (),
    ) -> None:
        self._app = app
        self._shoppers = shoppers
        self._refused = refused
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request, as ASGI has it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        door = door_of(scope["path"])
        changes = scope["type"] == "http" and _changes_products(scope)
        try:
            bearer = self._who(scope, headers, door, changes)
        except ShopGuideError as error:
            if isinstance(error, NotSignedIn):
                self._refused(error.reason)
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            else:
                await refusal(scope["path"], error)(scope, receive, send)
            return
        scope = {**scope, _BEARER: bearer}
        if scope["type"] == "http" and scope["method"] not in _READING:
            limit = _limit(scope["path"], door, changes)
            body = await _body(headers, receive, limit)
            if isinstance(body, _Unread):
                await refused(scope["path"], body.problem, _CLOSE)(scope, receive, send)
                return
            receive = _replayed(body, receive)
        await self._app(scope, receive, send)

    def _who(
        self, scope: Scope, headers: Headers, door: str | None, changes: bool
    ) -> Bearer | None:
        path, host, origin = scope["path"], headers.get("host", ""), headers.get("origin")
        if self._shoppers is not None:
            if path == _METRICS and not (is_loopback(host) and _is_near(scope)):
                if not self._shoppers.bearer(headers.get("authorization")).is_shop:
                    raise Forbidden(
                        "Metrics are for the shop: at its own machine, or with a token that has "
                        f'the claim "role": "{SHOP_ROLE}".'
                    )
                return None
            # Those two have other ways to know who asks.
            if door is None or path == _SESSION or path.startswith(_CHATWOOT):
                return None
            if door == _MCP_DOOR and origin is not None and _site(origin) != host.lower():
                raise Forbidden("Pages of other sites may not ask this server.")
            bearer = self._shoppers.bearer(headers.get("authorization"))
            if changes and not bearer.is_shop:
                raise Forbidden(
                    "Only the shop may change its catalogue: the token needs the claim "
                    f'"role": "{SHOP_ROLE}".'
                )
            return bearer
        if not is_loopback(host):
            raise Forbidden("Without a secret this server answers at a loopback address only.")
        known = origin is None or origin in self._origins or _site(origin) == host.lower()
        if not known:
            raise Forbidden("Pages of other sites may not ask this server.")
        return None


def door_of(path: str) -> str | None:
    """Which of the doors that ask for a token a path belongs to; None for none of them."""
    doors = (door for door in _DOORS if path == door or path.startswith(f"{door}/"))
    return next(doors, None)


def bearer_of(scope: Scope) -> Bearer | None:
    """Whom the token of a request that has passed the gate speaks for; None without a token."""
    bearer: Bearer | None = scope[_BEARER]
    return bearer


def shopper_of(request: Request, claimed: str | None, field: str = "shopper_id") -> str:
    """Who is asking: the token's shopper, or, without a secret, who the request says.

    Args:
        request: one that has passed the gate.
        claimed: the shopper that the body or the path names.
        field: how it is called there.

    Raises:
        Forbidden: the request names another shopper than its token.
        BadInput: nobody is named at all.
    """
    bearer: Bearer | None = request.scope[_BEARER]
    if bearer is None:
        if claimed is None:
            raise BadInput(f"Say who is asking: {field} is missing.", field=field)
        return claimed
    if claimed is not None and claimed != bearer.shopper_id:
        raise Forbidden("The token is another shopper's.", field=field)
    return bearer.shopper_id


def reported_of(request: Request) -> str | None:
    """Whose events a request may report: one shopper's, or anyone's where it is None.

    The shop reports for all of its shoppers, a shopper for nobody else; without a secret every
    program of this machine is believed.

    Args:
        request: one that has passed the gate.
    """
    bearer = bearer_of(request.scope)
    return None if bearer is None or bearer.is_shop else bearer.shopper_id


def is_loopback(host: str) -> bool:
    """Whether a ``Host`` header, with or without port, names this machine's loopback."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _is_near(scope: Scope) -> bool:
    """Whether a request comes from this machine, as far as a trusted proxy tells."""
    try:
        return ip_address((scope.get("client") or ("",))[0]).is_loopback
    except ValueError:
        return False


def _changes_products(scope: Scope) -> bool:
    path = scope["path"]
    products = path == _PRODUCTS or path.startswith(f"{_PRODUCTS}/")
    return products and scope["method"] not in _READING


def _limit(path: str, door: str | None, changes: bool) -> int:
    """How many bytes of a body are read."""
    if path == _EVENTS:
        return EVENTS_LIMIT
    if changes:
        return SHOP_LIMIT
    if path.startswith(_CHATWOOT):
        return CHATWOOT_LIMIT
    if door is None:
        return PAGE_LIMIT
    return OPENAI_LIMIT if door == OPENAI_DOOR else API_LIMIT


def _site(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


async def _body(headers: Headers, receive: Receive, limit: int) -> bytes | _Unread:
    """The whole body, however it is sent, or why it is refused."""
    length = headers.get("content-length", "")
    too_large = length.isdecimal() and int(length[:20]) > limit
    if too_large and headers.get("expect", "").lower() == "100-continue":
        return _too_large(limit)  # the client asks before it sends
    body = bytearray()
    seen = 0
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    break
                piece = message.get("body", b"")
                seen += len(piece)
                too_large = too_large or seen > limit
                if not too_large:
                    body += piece
                if not message.get("more_body", False) or seen > _MOST_DISCARDED:
                    break
    except TimeoutError:
        sentence = f"The body did not come within {_BODY_SECONDS:.0f} seconds."
        return _Unread(plain_problem(408, sentence))
    return _too_large(limit) if too_large else bytes(body)


def _too_large(limit: int) -> _Unread:
    return _Unread(plain_problem(413, f"The body is too large: at most {limit:,} bytes are read."))


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A receiver that gives the body once and then what comes after it."""
    left = [body]

    async def replay() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return replay
