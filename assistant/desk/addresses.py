"""Where a webhook may go: public addresses, and the very one that was checked."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

from assistant.errors import BadInput

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the addresses of a host."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOOKUP_SECONDS = 10.0


@dataclass(frozen=True)
class Target:
    """A checked place to send to.

    Attributes:
        url: with the address in place of the host's name, so that it is not looked up again.
        host: for the ``Host`` header.
        name: that a certificate must be for.
    """

    url: str
    host: str
    name: str


async def checked_target(
    url: str, *, private: bool = False, resolve: Resolve | None = None
) -> Target:
    """Looks the host up, and refuses it where any of its addresses is not public.

    Args:
        url: where to send to.
        private: whether private addresses are allowed, and ``http``.
        resolve: gives addresses; by default the system does.

    Raises:
        BadInput: it is no address that may be sent to.
    """
    parts = checked_url(url, private=private)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(_LOOKUP_SECONDS):
            found = await (resolve or _looked_up)(host, port)
    except (OSError, UnicodeError, TimeoutError) as error:
        raise BadInput("The webhook's host cannot be found.", field="webhook_url") from error
    if not found or not (private or all(is_public(address) for address in found)):
        raise BadInput(
            "The webhook's host has an address that is not public: set "
            "SHOPGUIDE_WEBHOOK_PRIVATE=true to try it out on a private one.",
            field="webhook_url",
        )
    address = found[0]
    literal = f"[{address}]" if ":" in address else address
    named = f"[{host}]" if ":" in host else host
    with_port = f":{parts.port}" if parts.port else ""
    pinned = urlunsplit((parts.scheme, f"{literal}:{port}", parts.path or "/", parts.query, ""))
    return Target(pinned, f"{named}{with_port}", host)


def checked_url(url: str, *, private: bool) -> SplitResult:
    """A URL that could be sent to, before its host is looked up.

    Raises:
        BadInput: it is none.
    """
    try:
        parts = urlsplit(url)
        known = parts.hostname and parts.port != 0
    except ValueError:
        known = None
        parts = urlsplit("")
    schemes = ("https", "http") if private else ("https",)
    if not known or parts.scheme not in schemes or parts.username or parts.password:
        raise BadInput(
            "A webhook's address is https://HOST/…, without a name and password.",
            field="webhook_url",
        )
    return parts


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet, also by what is wrapped into it."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        # Tunnels and translators lead to an IPv4 address that is not looked at here.
        if ip.sixtofour is not None or ip.teredo is not None or ip in _NAT64:
            return False
        if int(ip) >> 32 == 0 or ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


async def _looked_up(host: str, port: int) -> list[str]:
    # The system also reads 0x7f.1 and 2130706433 as addresses: what it connects to is checked.
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
