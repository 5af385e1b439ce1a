"""A server that is already running, asked over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from assistant.errors import BadInput
from assistant.identity import Shoppers, shoppers_of
from assistant.reply import (
    DeltaEvent,
    OfferedProduct,
    ProductEvent,
    Reply,
    ReplyEvent,
    StatusEvent,
    TurnEvent,
)
from assistant.settings import Settings
from retrieval.errors import ShopGuideError

_FIND_SECONDS = 2.0
# The server sends something at least every ten seconds.
_SILENCE_SECONDS = 60.0
_TOKEN_LASTS = timedelta(minutes=10)


class Server:
    """A running server.

    Args:
        url: its address.
        shoppers: signs the token of whom we ask for; None where the shop has no secret.
    """

    def __init__(self, url: str, shoppers: Shoppers | None) -> None:
        self._url = url
        self._shoppers = shoppers

    def agree(self, shopper_id: str, tell: Callable[[str], None]) -> None:
        """Agrees to be remembered, in the name of whom we ask for; once is enough.

        Args:
            shopper_id: whom we ask for.
            tell: is called with it before it is agreed to.

        Raises:
            ShopGuideError: the server refuses, or breaks off.
        """
        path = f"{self._url}/api/profile/{shopper_id}"
        options: dict[str, Any] = {
            "headers": self._headers(shopper_id),
            "timeout": _SILENCE_SECONDS,
            "trust_env": False,
        }
        try:
            known = httpx.get(path, **options)
            if known.is_success and known.json()["consent"] is not None:
                return
            if known.is_success:
                tell(shopper_id)
                version = known.json()["notice"]["version"]
                known = httpx.put(f"{path}/consent", json={"notice": version}, **options)
            if not known.is_success:
                raise _refusal(known.json())
        except (httpx.TransportError, ValueError, KeyError) as error:
            raise ShopGuideError(f"The server at {self._url} broke off its answer.") from error

    async def ask(
        self, method: str, path: str, shopper_id: str, body: Mapping[str, Any] | None = None
    ) -> Any:
        """Asks for something else than an answer to a message.

        Args:
            method, path: as in the list of HTTP paths.
            shopper_id: whom we ask for.
            body: sent as JSON.

        Returns:
            What the answer's JSON holds; None where it has no body.

        Raises:
            BadInput: the server refuses the request.
            ShopGuideError: it cannot answer, or breaks off.
        """
        try:
            async with httpx.AsyncClient(timeout=_SILENCE_SECONDS, trust_env=False) as client:
                answer = await client.request(
                    method, f"{self._url}{path}", json=body, headers=self._headers(shopper_id)
                )
            if not answer.is_success:
                raise _refusal(answer.json())
            return answer.json() if answer.content else None
        except (httpx.TransportError, ValueError) as error:
            raise ShopGuideError(f"The server at {self._url} broke off its answer.") from error

    def _headers(self, shopper_id: str) -> dict[str, str]:
        if self._shoppers is None:
            return {}
        token = self._shoppers.token(shopper_id, now=datetime.now(UTC), lasts=_TOKEN_LASTS)
        return {"Authorization": f"Bearer {token}"}

    async def chat(
        self,
        message: str,
        *,
        shopper_id: str,
        thread_id: str | None,
        catalog: str | None,
    ) -> AsyncGenerator[TurnEvent, None]:
        """The events of one turn, as ``Assistant.chat`` gives them.

        Raises:
            BadInput: the server refuses the request.
            ShopGuideError: it cannot answer, or breaks off.
        """
        body = {
            "message": message,
            "shopper_id": shopper_id,
            "thread_id": thread_id,
            "catalog": catalog,
        }
        headers = {"Accept": "text/event-stream", **self._headers(shopper_id)}
        timeout = httpx.Timeout(_SILENCE_SECONDS, connect=_FIND_SECONDS)
        try:
            async with (
                httpx.AsyncClient(timeout=timeout, trust_env=False) as client,
                client.stream(
                    "POST", f"{self._url}/api/chat", json=body, headers=headers
                ) as answer,
            ):
                if not answer.is_success:
                    await answer.aread()
                    raise _refusal(answer.json())
                async for name, data in _sent_events(answer.aiter_lines()):
                    yield _event(name, data)
        except (httpx.TransportError, ValueError) as error:
            # ValueError: what came is no JSON, or not of our shape.
            raise ShopGuideError(f"The server at {self._url} broke off its answer.") from error


def find_server(settings: Settings, url: str | None) -> Server | None:
    """The server to ask.

    Args:
        settings: the address to look at, and the secret that tokens are signed with.
        url: a server that must be used; None looks at the settings' address.

    Returns:
        The server; None where none is ready at the settings' address.

    Raises:
        ShopGuideError: none is ready at ``url``.
        BadInput: ``url`` is no URL.
    """
    if url is None:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        address = f"http://{host}:{settings.port}"
        return server_at(settings, address) if _is_ready(address) else None
    url = url.rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise BadInput("--url must be an address such as http://127.0.0.1:7860.", field="url")
    if not _is_ready(url):
        raise ShopGuideError(f"No ShopGuide server is ready at {url}.")
    return server_at(settings, url)


def server_at(settings: Settings, url: str) -> Server:
    """The server at an address, without a look whether it is there.

    Args:
        settings: the secret that tokens are signed with.
        url: its address.
    """
    return Server(url.rstrip("/"), shoppers_of(settings))


def _is_ready(url: str) -> bool:
    try:
        answer = httpx.get(f"{url}/ready", timeout=_FIND_SECONDS, trust_env=False)
        # Something else may be listening there.
        return answer.is_success and answer.json().get("service") == "shopguide"
    except (httpx.TransportError, httpx.InvalidURL, ValueError, AttributeError):
        return False


async def _sent_events(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, Any]]:
    """Name and data of each Server-Sent Event; comments are skipped."""
    name, data = "message", ""
    async for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data += value
        elif not line and data:
            yield name, json.loads(data)
            name, data = "message", ""


def _event(name: str, data: Any) -> TurnEvent:
    match name:
        case "status":
            return StatusEvent.model_validate(data)
        case "delta":
            return DeltaEvent.model_validate(data)
        case "product":
            return ProductEvent(product=OfferedProduct.model_validate(data))
        case "reply":
            return ReplyEvent(reply=Reply.model_validate(data))
        case "error":
            raise _refusal(data)
        case _:
            raise ValueError(f"an event of the name {name!r}")


def _refusal(problem: Any) -> ShopGuideError:
    """A problem document as the error that it was made of, as far as an exit status goes."""
    if not isinstance(problem, dict) or "status" not in problem:
        raise ValueError("no problem document")
    kind = BadInput if 400 <= int(problem["status"]) < 500 else ShopGuideError
    return kind(str(problem.get("detail", "")), field=problem.get("field"))
