"""``shopguide run``: the model server, the HTTP API and the page in one."""

from __future__ import annotations

import asyncio
import errno
import gc
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import httpx
import structlog
import uvicorn
from starlette.types import ASGIApp

from assistant.commands.console import say, tell
from assistant.commands.shop import check_catalogue, running_assistant
from assistant.errors import BadInput
from assistant.llm.client import OpenAIChatModel
from assistant.server import Page, create_http
from assistant.settings import Settings, check_listening
from assistant.warmup import warm_up
from retrieval.errors import ShopGuideError

_GRACE_SECONDS = 5
_KEEP_ALIVE_SECONDS = 15
_PROBE_SECONDS = 0.3

_log = structlog.get_logger(__name__)


def run(settings: Settings, *, with_page: bool) -> None:
    """Serves until it is interrupted or terminated.

    Args:
        settings: what the shop set.
        with_page: whether the web page is served beside the API.

    Raises:
        BadInput: the address is in use or cannot be used.
        UnknownCatalogue: there is no such catalogue.
        DownloadFailed: weights cannot be had.
        ModelUnavailable: the local model server does not start.
    """
    check_listening(settings)
    check_catalogue(settings)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with (
            bound_socket(settings.host, settings.port) as listener,
            running_assistant(settings) as (assistant, model),
        ):
            http = create_http(assistant, settings, page=_page() if with_page else None)
            # Gradio and what it loads are half a million objects more, of which none goes.
            gc.freeze()
            server = uvicorn.Server(server_config(http, settings))
            asyncio.run(_serve(server, listener, model, lambda: assistant.busy))
    except KeyboardInterrupt:
        tell("ShopGuide has ended.")


@contextmanager
def bound_socket(host: str, port: int) -> Iterator[socket.socket]:
    """A socket bound to the address, before anything long is begun.

    Args:
        host: a name or an address.
        port: 0 takes a free one.

    Raises:
        BadInput: the address is in use, or is none of this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            yield listener
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sentence = f"Port {port} of {host} is in use: choose another with --port."
            raise BadInput(sentence, field="port") from error
        if isinstance(error, socket.gaierror) or error.errno in (errno.EADDRNOTAVAIL, errno.EACCES):
            sentence = f"Cannot listen at {host}, port {port}: {error.strerror}."
            raise BadInput(sentence, field="host") from error
        raise


def address_of(listener: socket.socket) -> str:
    """The URL that a person on this machine opens."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (read, not bound)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server_config(http: ASGIApp, settings: Settings) -> uvicorn.Config:
    """How the web server runs.

    Args:
        http: the application.
        settings: say whose ``X-Forwarded-For`` is believed.
    """
    return uvicorn.Config(
        http,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        forwarded_allow_ips=settings.trusted_proxies,
    )


async def _serve(
    server: uvicorn.Server,
    listener: socket.socket,
    model: OpenAIChatModel,
    busy: Callable[[], bool],
) -> None:
    announcing = asyncio.create_task(_announce(server, address_of(listener), model, busy))
    try:
        await server.serve(sockets=[listener])
        if not server.started:
            raise ShopGuideError("The web server did not start; the log above says why.")
    finally:
        announcing.cancel()
        await asyncio.wait([announcing])
        await model.aclose()


async def _announce(
    server: uvicorn.Server, url: str, model: OpenAIChatModel, busy: Callable[[], bool]
) -> None:
    """Prints the address once everything behind it answers."""
    lacking = ""
    async with httpx.AsyncClient(timeout=5.0, trust_env=False) as client:
        while True:
            await asyncio.sleep(_PROBE_SECONDS)
            if not server.started:
                continue
            try:
                answer = await client.get(f"{url}/ready")
            except httpx.TransportError:
                continue
            if answer.is_success:
                break
            said = str(answer.json().get("detail", ""))
            if said != lacking:
                lacking = said
                tell(f"Not ready yet: {said}")
    say(f"ShopGuide is ready: {url}")
    await warm_up(model, busy)
    _log.info("warm")


def _page() -> Page:
    # Loads Gradio, which the API alone does not need.
    from ui.page import mount_page

    return mount_page


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
