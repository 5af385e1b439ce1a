"""The line to a Chatwoot: bounded in time and length, and nothing goes over it twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

# Of a message's content, by Chatwoot's app/models/message.rb.
LONGEST_CONTENT = 150_000
_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_SECONDS_IN_ALL = 30.0
# What Chatwoot answers with 429 it has not looked at, so that it may be sent again.
_TOO_MANY = 429
_TRIES = 4
_WAIT, _LONGEST_WAIT = 2.0, 15.0


class ChatwootAway(Exception):
    """Chatwoot did not take something, or did not say whether it has."""


class ChatwootLine:
    """Writes into conversations, as an agent bot.

    Args:
        url: of Chatwoot.
        token: the bot's access token.
        sleep: waits for some seconds.
        in_all: seconds that a call may take altogether, waits included.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        in_all: float = _SECONDS_IN_ALL,
    ) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._sleep = sleep
        self._in_all = in_all

    async def say(
        self, account: int, conversation: int, content: str, *, private: bool = False
    ) -> None:
        """Writes a message; of one that is longer than Chatwoot takes, its beginning.

        Args:
            account, conversation: where.
            content: plain text.
            private: whether it is a note for Chatwoot's agents.

        Raises:
            ChatwootAway: it may have been written, or not.
        """
        body = {"message_type": "outgoing", "private": private, "content": _within(content)}
        await self._post(account, conversation, "messages", body)

    async def open(self, account: int, conversation: int) -> None:
        """Gives a conversation to Chatwoot's agents.

        Raises:
            ChatwootAway: it may have been opened, or not.
        """
        await self._post(account, conversation, "toggle_status", {"status": "open"})

    async def _post(self, account: int, conversation: int, what: str, body: dict[str, Any]) -> None:
        path = f"/api/v1/accounts/{account}/conversations/{conversation}/{what}"
        status = _TOO_MANY
        try:
            async with (
                asyncio.timeout(self._in_all),
                httpx.AsyncClient(
                    timeout=_TIMEOUT, follow_redirects=False, trust_env=False
                ) as client,
            ):
                for number in range(_TRIES):
                    status, wait = await self._sent(client, path, body)
                    if status != _TOO_MANY:
                        break
                    if number < _TRIES - 1:
                        await self._sleep(wait)
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            raise ChatwootAway(type(error).__name__) from error
        if not httpx.codes.is_success(status):
            raise ChatwootAway(f"HTTP {status}")

    async def _sent(
        self, client: httpx.AsyncClient, path: str, body: dict[str, Any]
    ) -> tuple[int, float]:
        """Sends something: the status that it has, and how long to wait before another try."""
        headers = {"api_access_token": self._token}
        async with client.stream("POST", self._url + path, json=body, headers=headers) as answer:
            # What it says is not read.
            return answer.status_code, _wait_of(answer.headers.get("retry-after", ""))


def _wait_of(retry_after: str) -> float:
    """The seconds of a ``Retry-After``, within bounds; a date counts as none."""
    given = retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 9
    return min(max(float(retry_after), 0.5), _LONGEST_WAIT) if given else _WAIT


def _within(content: str) -> str:
    return content if len(content) <= LONGEST_CONTENT else f"{content[: LONGEST_CONTENT - 1]}…"
