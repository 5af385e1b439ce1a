"""Sends what waits in the outbox, signed as Standard Webhooks has it, and deletes old cases."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime

import httpx
import structlog

from assistant.desk.addresses import Resolve, checked_target
from assistant.desk.desk import Desk
from assistant.desk.outbox import Due
from assistant.errors import BadInput
from retrieval.errors import ShopGuideError

_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
# A try, the look-up of the host included: less than others wait before they take it up.
TRY_SECONDS = 30.0
# Then old cases are looked for, however much there is to send.
_MOST_AT_ONCE = 20
_LOOK_SECONDS = 2.0
_PURGE_SECONDS = 3600.0
_PREFIX = "whsec_"

_log = structlog.get_logger(__name__)


def signature(secret: str, id: str, timestamp: int, body: str) -> str:
    """The ``webhook-signature`` of a message: HMAC-SHA256 over its id, time and body.

    Args:
        secret: plain text, or ``whsec_`` and Base64.
        id: of the message.
        timestamp: seconds since 1970.
        body: as it is sent.
    """
    digest = hmac.digest(secret_key(secret), f"{id}.{timestamp}.{body}".encode(), hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def secret_key(secret: str) -> bytes:
    """The bytes of a signing secret.

    Raises:
        BadInput: it begins with ``whsec_`` and goes on with something that is no Base64.
    """
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise BadInput("whsec_ is followed by Base64.", field="webhook_secret") from error


class Sender:
    """Sends webhooks to one address.

    Args:
        desk: whose outbox.
        url: where to.
        secret: signs.
        private: whether the address may be private.
        now: the time of day.
        resolve: looks hosts up; by default the system does.
        verify: whether certificates are checked; only a test does without.
        in_all: seconds that one try may take altogether.
    """

    def __init__(
        self,
        desk: Desk,
        url: str,
        secret: str,
        *,
        private: bool,
        now: Callable[[], datetime],
        resolve: Resolve | None = None,
        verify: bool = True,
        in_all: float = TRY_SECONDS,
    ) -> None:
        secret_key(secret)
        self._outbox = desk.outbox
        self._url = url
        self._secret = secret
        self._private = private
        self._now = now
        self._resolve = resolve
        self._verify = verify
        self._in_all = in_all

    async def send_due(self) -> int:
        """Sends what is due, the oldest first, and of very much the first part.

        Returns:
            How many events were delivered.
        """
        sent = 0
        for _ in range(_MOST_AT_ONCE):
            if not await asyncio.to_thread(self._outbox.has_due, self._now()):
                break
            # One at a time: what waits behind a slow one is not taken yet, by nobody else either.
            due = await asyncio.to_thread(self._outbox.take, self._now())
            if due is None:
                break  # another server has it
            sent += await self._deliver(due)
        return sent

    async def _deliver(self, due: Due) -> bool:
        error = await self._sent(due)
        now = self._now()
        if error is None:
            await asyncio.to_thread(self._outbox.delivered, due.id, now)
            return True
        given_up = await asyncio.to_thread(self._outbox.failed, due, error, now)
        _log.warning("webhook_failed", id=due.id, event_=due.event, given_up=given_up, error=error)
        return False

    async def _sent(self, due: Due) -> str | None:
        """Why an event could not be sent; None where it was."""
        stamp = int(self._now().timestamp())
        try:
            async with (
                asyncio.timeout(self._in_all),
                httpx.AsyncClient(
                    timeout=_TIMEOUT, follow_redirects=False, trust_env=False, verify=self._verify
                ) as client,
            ):
                # Looked up and checked anew each time: names come to mean other addresses.
                target = await checked_target(
                    self._url, private=self._private, resolve=self._resolve
                )
                request = client.build_request(
                    "POST",
                    target.url,
                    content=due.body.encode(),
                    headers={
                        "Host": target.host,
                        "Content-Type": "application/json",
                        "User-Agent": "ShopGuide",
                        "webhook-id": due.id,
                        "webhook-timestamp": str(stamp),
                        "webhook-signature": signature(self._secret, due.id, stamp, due.body),
                    },
                    extensions={"sni_hostname": target.name},
                )
                answer = await client.send(request, stream=True)
                await answer.aclose()  # what it says is not read
        except ShopGuideError as error:
            return error.sentence
        except (httpx.HTTPError, OSError, TimeoutError, ValueError) as error:
            return type(error).__name__
        return None if answer.is_success else f"HTTP {answer.status_code}"


async def keep_house(desk: Desk, sender: Sender | None) -> None:
    """Sends webhooks and deletes old cases until it is cancelled."""
    loop = asyncio.get_running_loop()
    purge = loop.time()
    while True:
        try:
            if loop.time() >= purge:
                purge = loop.time() + _PURGE_SECONDS
                await asyncio.to_thread(desk.purge)
            if sender is not None:
                await sender.send_due()
        except ShopGuideError as error:
            _log.error("desk_failed", error=error.sentence)
        except Exception:  # noqa: BLE001
            # Whatever it was, what waits is tried again.
            _log.exception("desk_failed")
        await asyncio.sleep(_LOOK_SECONDS)
