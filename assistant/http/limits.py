"""Limits on how much a shopper, a network address and a whole shop may ask, on every door."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

import structlog
from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.errors import TooManyRequests
from assistant.http.gate import bearer_of, door_of
from assistant.http.openai_errors import refusal
from assistant.identity import GUEST_COOKIE, Guests
from assistant.settings import Settings

_SHOPPER, _ADDRESS, _SHOP = "20/minute", "60/minute", "1200/minute"
# What asks no model costs a thousandth of what does: of the page's requests, whose messages the
# page itself counts, most are buttons.
_OTHERS = 10
# They reach the model, or make who reaches it.
_MESSAGES = frozenset({"/api/chat", "/v1/chat/completions", "/api/session"})
PAGE_PATH = "/page"
_PAGES_EVENTS = (f"{PAGE_PATH}/", "/gradio_api/run/", "/gradio_api/api/", "/gradio_api/queue/join")
_DESK_LOGIN = "/desk/login"
_LIMITS = "shopguide.limits"
_STORE_SECONDS, _SECONDS_ALONE = 1.0, 10.0
# Who has a /64 has all of its addresses.
_IPV6_NETWORK = 64

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Limit:
    """A limit that a request counts against.

    Attributes:
        name: ``shopper``, ``address`` or ``shop``.
        item: how many, in which time.
        key: whose.
    """

    name: str
    item: RateLimitItem
    key: str


class RequestLimits:
    """Refuses requests beyond the limits of their shopper, their address or the shop.

    Stands behind the gate. A shopper with a token is counted by its ``sub``; guests, of whom
    anybody can be as many as they like, by their network address as well; the shop's own programs
    only in the shop's sum. A request is counted once it is let through: who waits long enough is
    always heard again.

    Args:
        app: what comes behind.
        settings: the limits, and where they are counted.
        guests: knows the guests of the page by their cookie.
        limited: is told the name of the limit that a request was beyond.
        clock: the seconds since 1970, as the store counts them.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        guests: Guests | None = None,
        limited: Callable[[str], None] = lambda name: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._app = app
        self._guests = guests
        self._limited = limited
        self._clock = clock
        secret = settings.secret is not None
        self._items = {
            name: parse_many(limit)
            for name, limit in (
                ("shopper", settings.limit_shopper or (_SHOPPER if secret else None)),
                ("address", settings.limit_address or (_ADDRESS if secret else None)),
                ("shop", settings.limit_shop or (_SHOP if secret else None)),
            )
            if limit is not None
        }
        self._counter = _Counter(settings.limits_store, clock) if self._items else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request, as ASGI has it."""
        scope = {**scope, _LIMITS: self}
        limits = self._limits_of(scope) if self._counter and scope["type"] == "http" else []
        if not limits or self._counter is None:
            await self._app(scope, receive, send)
            return
        try:
            left, wait = await self._count(self._counter, limits)
        except TooManyRequests as error:
            await refusal(scope["path"], error)(scope, receive, send)
            return
        told = _headers(limits[0], left, wait)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in told.items():
                    headers.append(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)

    async def count_message(self, shopper: str, address: str | None = None) -> None:
        """Counts a message of a shopper whom only the route behind knows.

        Args:
            shopper: whose message it is.
            address: the network address of a guest; None where it does not count.

        Raises:
            TooManyRequests: it is beyond a limit.
        """
        whose = [("shopper", shopper), ("shop", "")]
        if address is not None:
            whose.insert(1, ("address", address))
        limits = self._counted(whose, "message")
        if limits and self._counter is not None:
            await self._count(self._counter, limits)

    async def _count(self, counter: _Counter, limits: Sequence[_Limit]) -> tuple[int, float]:
        """Counts a request: how many are left of the narrowest limit, and for how many seconds.

        Raises:
            TooManyRequests: it is beyond a limit.
        """
        beyond, left, ends = await counter.count(limits)
        wait = max(0.0, ends - self._clock())
        if beyond is not None:
            self._limited(beyond.name)
            raise TooManyRequests(
                "This is more than the shop answers at a time: try again in "
                f"{max(1, round(wait))} seconds.",
                wait=wait,
                headers=_headers(beyond, 0, wait),
            )
        return left, wait

    def _counted(self, whose: Sequence[tuple[str, str]], kind: str) -> list[_Limit]:
        return [
            _Limit(name, _times(item) if kind == "other" else item, f"{kind}:{key}")
            for name, key in whose
            for item in self._items.get(name, ())
        ]

    def _limits_of(self, scope: Scope) -> list[_Limit]:
        """What a request counts against, the narrowest first."""
        path: str = scope["path"]
        page = path.startswith(_PAGES_EVENTS)
        if path == _DESK_LOGIN and scope["method"] == "POST":
            # A password costs as much as a message, whoever's it is.
            return self._counted([("address", network_of(scope))], "login")
        if (door_of(path) is None and not page) or scope["method"] == "OPTIONS":
            return []
        message = path in _MESSAGES
        bearer = bearer_of(scope)
        if bearer is not None and not bearer.is_guest:
            whose = [] if bearer.is_shop else [("shopper", bearer.shopper_id)]
        else:
            address = network_of(scope)
            guest = bearer.shopper_id if bearer else self._guest_of(scope)
            whose = [("shopper", guest or address), ("address", address)]
        whose.append(("shop", ""))
        return self._counted(whose, "message" if message else "other")

    def _guest_of(self, scope: Scope) -> str | None:
        if self._guests is None:
            return None
        cookies = next((v for k, v in scope["headers"] if k == b"cookie"), b"").decode("latin-1")
        return self._guests.guest_of(cookie_parser(cookies).get(GUEST_COOKIE))


class _Counter:
    """Counts requests; beside a Redis that does not answer, each server counts by itself.

    Args:
        store: ``memory://`` or the URL of a Redis.
        clock: the seconds since 1970.
    """

    def __init__(self, store: str, clock: Callable[[], float]) -> None:
        self._memory = MovingWindowRateLimiter(MemoryStorage())
        self._clock = clock
        self._alone_until = 0.0
        self._shared: MovingWindowRateLimiter | None = None
        if not store.startswith("memory://"):
            seconds = _STORE_SECONDS
            storage = storage_from_string(
                store,
                wrap_exceptions=True,
                socket_timeout=seconds,
                socket_connect_timeout=seconds,
            )
            assert isinstance(storage, Storage), "no store of coroutines was asked for"
            self._shared = MovingWindowRateLimiter(storage)

    async def count(self, limits: Sequence[_Limit]) -> tuple[_Limit | None, int, float]:
        """Counts a request against all limits, or against none where one of them is reached.

        Returns:
            The limit that is reached, None where none is; how many requests are left of the
            narrowest; and when, in seconds since 1970, there will be more again.
        """
        if self._shared is not None and self._clock() >= self._alone_until:
            try:
                return await asyncio.to_thread(_count, self._shared, limits)
            except StorageError:
                # Nobody else is to wait for it meanwhile.
                self._alone_until = self._clock() + _SECONDS_ALONE
                _log.error("limits_store_unavailable")
        return _count(self._memory, limits)


def _count(
    limiter: MovingWindowRateLimiter, limits: Sequence[_Limit]
) -> tuple[_Limit | None, int, float]:
    for limit in limits:
        if not limiter.test(limit.item, limit.name, limit.key):
            return limit, 0, limiter.get_window_stats(limit.item, limit.name, limit.key).reset_time
    for limit in limits:
        # Others may have come between.
        if not limiter.hit(limit.item, limit.name, limit.key):
            return limit, 0, limiter.get_window_stats(limit.item, limit.name, limit.key).reset_time
    first = limits[0]
    stats = limiter.get_window_stats(first.item, first.name, first.key)
    return None, stats.remaining, stats.reset_time


async def count_message(scope: Scope, shopper: str) -> None:
    """Counts a message of a shopper whom a route has found out, as their own.

    Args:
        scope: of a request that has passed the limits.
        shopper: whose message it is.

    Raises:
        TooManyRequests: it is beyond a limit.
    """
    limits: RequestLimits = scope[_LIMITS]
    await limits.count_message(shopper)


async def count_guest_message(scope: Scope, guest: str) -> None:
    """Counts a message of a guest, as theirs and as one of their network address.

    Args:
        scope: of a request that has passed the limits.
        guest: whose message it is.

    Raises:
        TooManyRequests: it is beyond a limit.
    """
    limits: RequestLimits = scope[_LIMITS]
    await limits.count_message(guest, network_of(scope))


def network_of(scope: Scope) -> str:
    """The network address that a request came from; of an IPv6 address its /64.

    Behind a proxy it is what the proxy says, where the server was told to trust it.
    """
    client = scope.get("client")
    host = client[0] if client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return str(host)[:100]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((address, _IPV6_NETWORK), strict=False))
    return str(address)


def _times(item: RateLimitItem) -> RateLimitItem:
    return type(item)(item.amount * _OTHERS, item.multiples)


def _headers(limit: _Limit, left: int, wait: float) -> dict[str, str]:
    """As draft-ietf-httpapi-ratelimit-headers has them."""
    item = limit.item
    return {
        "RateLimit-Policy": f'"{limit.name}";q={item.amount};w={item.get_expiry()}',
        "RateLimit": f'"{limit.name}";r={left};t={max(1, round(wait))}',
    }
