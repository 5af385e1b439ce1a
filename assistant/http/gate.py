"""What every request passes before a route sees it: host, origin, token, size."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.errors import BadInput, Forbidden
from assistant.http.problems import ProblemResponse, plain_problem, problem_response
from assistant.identity import SHOP_ROLE, Bearer, Shoppers
from retrieval.errors import ShopGuideError

API_LIMIT = 256_000
# 500 products of 8 kB.
SHOP_LIMIT = 4_000_000
# 5,000 events of 400 bytes.
EVENTS_LIMIT = 2_000_000
PAGE_LIMIT = 4_000_000
# Read and thrown away, so that a client gets to see the answer instead of a broken connection.
_MOST_DISCARDED = 2_000_000_000
_BODY_SECONDS = 30.0
_SHOPPER = "shopguide.shopper"
_FOR_ANYONE = "shopguide.for_anyone"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_PRODUCTS = "/api/products"
_EVENTS = "/api/events"
_CHATWOOT = "/api/chatwoot/"
# What gives a visitor a first token can ask for none.
_SESSION = "/api/session"


class Gate:
    """Refuses requests before they reach a route.

    With ``shoppers`` every path under ``/api`` needs a valid token, and whatever changes products
    one whose ``role`` is the shop's. Without, who a shopper claims to be is believed, so nobody but
    programs of this machine may ask: a request that a page of another site makes this machine's
    browser send is refused, whichever way it comes, unless the shop has listed that site.

    Args:
        app: what comes behind the gate.
        shoppers: reads tokens; None where the shop has no secret.
        origins: of the pages that may ask where the shop has no secret.
    """

    def __init__(
        self, app: ASGIApp, shoppers: Shoppers | None, origins: Collection[str] = ()
    ) -> None:
        self._app = app
        self._shoppers = shoppers
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request, as ASGI has it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        api = scope["path"] == "/api" or scope["path"].startswith("/api/")
        changes = scope["type"] == "http" and _changes_products(scope)
        try:
            # Those two have other ways to know who asks.
            open_to_all = scope["path"] == _SESSION or scope["path"].startswith(_CHATWOOT)
            bearer = self._who(headers, api and not open_to_all, changes)
        except ShopGuideError as error:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            else:
                await problem_response(error)(scope, receive, send)
            return
        scope = {
            **scope,
            _SHOPPER: None if bearer is None else bearer.shopper_id,
            _FOR_ANYONE: bearer is None or bearer.is_shop,
        }
        if scope["type"] == "http" and scope["method"] not in _READING:
            limit = _limit(scope["path"], api, changes)
            body = await _body(headers, receive, limit)
            if isinstance(body, ProblemResponse):
                await body(scope, receive, send)
                return
            receive = _replayed(body, receive)
        await self._app(scope, receive, send)

    def _who(self, headers: Headers, api: bool, changes: bool) -> Bearer | None:
        if self._shoppers is not None:
            if not api:
                return None
            bearer = self._shoppers.bearer(headers.get("authorization"))
            if changes and not bearer.is_shop:
                raise Forbidden(
                    "Only the shop may change its catalogue: the token needs the claim "
                    f'"role": "{SHOP_ROLE}".'
                )
            return bearer
        host = headers.get("host", "")
        if not is_loopback(host):
            raise Forbidden("Without a secret this server answers at a loopback address only.")
        origin = headers.get("origin")
        known = origin is None or origin in self._origins or _site(origin) == host.lower()
        if not known:
            raise Forbidden("Pages of other sites may not ask this server.")
        return None


def shopper_of(request: Request, claimed: str | None) -> str:
    """Who is asking: the token's shopper, or, without a secret, who the request says.

    Args:
        request: one that has passed the gate.
        claimed: the shopper that the body or the path names.

    Raises:
        Forbidden: the request names another shopper than its token.
        BadInput: nobody is named at all.
    """
    signed: str | None = request.scope[_SHOPPER]
    if signed is None:
        if claimed is None:
            raise BadInput("Say who is asking: shopper_id is missing.", field="shopper_id")
        return claimed
    if claimed is not None and claimed != signed:
        raise Forbidden("The token is another shopper's.", field="shopper_id")
    return signed


def reported_of(request: Request) -> str | None:
    """Whose events a request may report: one shopper's, or anyone's where it is None.

    The shop reports for all of its shoppers, a shopper for nobody else; without a secret every
    program of this machine is believed.

    Args:
        request: one that has passed the gate.
    """
    if request.scope[_FOR_ANYONE]:
        return None
    signed: str = request.scope[_SHOPPER]
    return signed


def is_loopback(host: str) -> bool:
    """Whether a ``Host`` header, with or without port, names this machine's loopback."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _changes_products(scope: Scope) -> bool:
    path = scope["path"]
    products = path == _PRODUCTS or path.startswith(f"{_PRODUCTS}/")
    return products and scope["method"] not in _READING


def _limit(path: str, api: bool, changes: bool) -> int:
    """How many bytes of a body are read."""
    if path == _EVENTS:
        return EVENTS_LIMIT
    return SHOP_LIMIT if changes else API_LIMIT if api else PAGE_LIMIT


def _site(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


async def _body(headers: Headers, receive: Receive, limit: int) -> bytes | ProblemResponse:
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
        return ProblemResponse(
            plain_problem(408, f"The body did not come within {_BODY_SECONDS:.0f} seconds."),
            {"Connection": "close"},
        )
    return _too_large(limit) if too_large else bytes(body)


def _too_large(limit: int) -> ProblemResponse:
    sentence = f"The body is too large: at most {limit:,} bytes are read."
    return ProblemResponse(plain_problem(413, sentence), {"Connection": "close"})


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A receiver that gives the body once and then what comes after it."""
    left = [body]

    async def replay() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return replay
