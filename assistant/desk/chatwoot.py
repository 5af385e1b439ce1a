"""ShopGuide as an agent bot of Chatwoot: it answers there, and leaves a talk to Chatwoot's agents.

Chatwoot sends every message of a conversation; while the conversation is ``pending`` the bot
answers, and once it is ``open`` a person does. It waits five seconds for what it sends to be taken,
so that all that takes longer is done in the background. A bot's token may read nothing there, and
what it writes is written once.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

import structlog
from cachetools import LRUCache
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from starlette.responses import JSONResponse, Response

from assistant.app import Assistant
from assistant.desk.chatwoot_line import ChatwootAway, ChatwootLine
from assistant.desk.tables import ChatwootMessageRow
from assistant.errors import BadInput, Forbidden, TooManyRequests
from assistant.http.limits import count_message
from assistant.reply import Reply
from assistant.settings import Settings
from assistant.thread import CHATWOOT
from prompts import phrases
from retrieval.errors import ShopGuideError

# An old message with a good signature is one that somebody sends again.
_OLDEST = timedelta(minutes=5)
_KEPT = timedelta(days=7)
_MOST_TALKS = 10_000
# More than are under way at once would wait for longer than anybody does.
_MOST_AT_ONCE = 100
# A server that ends does not wait for longer.
_SECONDS_TO_FINISH = 20.0
_MARKER = re.compile(r" ?\[\d{1,3}\]")

_log = structlog.get_logger(__name__)


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Account(_Loose):
    id: int = Field(gt=0)


class _Contact(_Loose):
    id: int | None = None
    type: str = "contact"


class _Conversation(_Loose):
    id: int = Field(gt=0)
    status: Literal["pending", "open", "resolved", "snoozed"]


class _Sent(_Loose):
    """What Chatwoot sends of a message."""

    event: str
    id: int = Field(gt=0)
    content: str | None = None
    message_type: Literal["incoming", "outgoing", "template", "activity"]
    private: bool = False
    account: _Account
    conversation: _Conversation
    sender: _Contact


class Chatwoot:
    """The agent bot.

    Args:
        assistant: answers.
        line: leads to Chatwoot.
        now: the time of day.
    """

    def __init__(
        self, assistant: Assistant, line: ChatwootLine, *, now: Callable[[], datetime]
    ) -> None:
        self._assistant = assistant
        self._line = line
        self._now = now
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns: LRUCache[str, asyncio.Lock] = LRUCache(_MOST_TALKS)
        self._status: LRUCache[str, str] = LRUCache(_MOST_TALKS)

    async def take(self, sent: _Sent, count: Callable[[str], Awaitable[None]]) -> bool:
        """Takes a message that Chatwoot sends; it is answered in the background.

        Args:
            sent: the message.
            count: counts it for its shopper; raises ``TooManyRequests`` beyond the limits.

        Returns:
            Whether it is answered: a shopper's own, new, in a talk that no person has.
        """
        talk = _talk(sent)
        self._status[talk] = sent.conversation.status
        asks = sent.message_type == "incoming" and not sent.private and sent.sender.id is not None
        if not asks or sent.conversation.status != "pending" or not (sent.content or "").strip():
            return False
        if not await asyncio.to_thread(self._is_new, f"{sent.account.id}-{sent.id}"):
            return False
        try:
            if len(self._tasks) >= _MOST_AT_ONCE:
                raise TooManyRequests("More is being answered than there is time for.", wait=0)
            await count(_shopper(sent))
        except TooManyRequests:
            # Chatwoot sends it once: who is not answered is for a person, who sees the message.
            _log.warning("chatwoot_limited")
            self._begin(self._leave_to_person(sent))
            return False
        self._begin(self._answer(talk, sent))
        return True

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def noted(self, account: int, conversation: int, status: str) -> None:
        """Notes that a talk was opened or resolved: a person may have it now."""
        self._status[f"{CHATWOOT}{account}-{conversation}"] = status

    async def finish(self) -> None:
        """Waits for the answers under way; those that take too long are left to a person."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=_SECONDS_TO_FINISH)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _is_new(self, id: str) -> bool:
        now = self._now()
        try:
            with self._assistant.database.writing() as session:
                session.execute(
                    delete(ChatwootMessageRow).where(ChatwootMessageRow.time < now - _KEPT)
                )
                session.add(ChatwootMessageRow(id=id, time=now))
        except IntegrityError:
            return False
        return True

    async def _answer(self, talk: str, sent: _Sent) -> None:
        try:
            # Messages of one talk are answered one after the other.
            async with self._turns.setdefault(talk, asyncio.Lock()):
                await self._answer_next(talk, sent)
        except asyncio.CancelledError:
            await self._leave_to_person(sent)
            raise
        except (ShopGuideError, ChatwootAway) as error:
            # Nothing is sent twice. Who is not answered is for a person, who sees the message.
            _log.error("chatwoot_failed", error=type(error).__name__)
            await self._leave_to_person(sent)
        except Exception:  # noqa: BLE001
            # The message is noted as taken: without a person nobody would ever answer it.
            _log.exception("chatwoot_failed")
            await self._leave_to_person(sent)

    async def _answer_next(self, talk: str, sent: _Sent) -> None:
        if self._is_a_persons(talk):
            return
        reply = await self._assistant.reply(
            sent.content or "", shopper_id=_shopper(sent), thread_id=talk
        )
        if self._is_a_persons(talk):
            return  # a person was faster
        if reply.text:
            await self._line.say(sent.account.id, sent.conversation.id, told(reply))
        if reply.handoff is not None:
            await self._hand_over(sent, reply)

    def _is_a_persons(self, talk: str) -> bool:
        return self._status.get(talk, "pending") != "pending"

    async def _hand_over(self, sent: _Sent, reply: Reply) -> None:
        assert reply.handoff is not None
        note = f"{reply.handoff.reason} {reply.handoff.summary}"
        await self._line.say(sent.account.id, sent.conversation.id, note, private=True)
        self._status[_talk(sent)] = "open"
        await self._line.open(sent.account.id, sent.conversation.id)
        if reply.handoff.case_id is not None:
            # Chatwoot's agents have it: nobody need look for it at our own desk.
            await asyncio.to_thread(self._close, reply.handoff.case_id)

    def _close(self, case_id: str) -> None:
        self._assistant.desk.close(case_id, "Chatwoot")

    async def _leave_to_person(self, sent: _Sent) -> None:
        self._status[_talk(sent)] = "open"
        try:
            await self._line.open(sent.account.id, sent.conversation.id)
        except ChatwootAway as error:
            _log.error("chatwoot_unreachable", error=str(error))


def _talk(sent: _Sent) -> str:
    return f"{CHATWOOT}{sent.account.id}-{sent.conversation.id}"


def _shopper(sent: _Sent) -> str:
    return f"{CHATWOOT}{sent.account.id}-{sent.sender.id}"


def told(reply: Reply) -> str:
    """A reply as plain text: Chatwoot shows no cards, so that products follow as lines."""
    if not reply.products:
        return _MARKER.sub("", reply.text)
    joined = phrases(reply.language)["join"]
    lines = [
        f"{number}. {joined.join((p.title, f'{p.price:g} {p.currency}'))}"
        + (f" {p.url}" if p.url else "")
        for number, p in enumerate(reply.products, start=1)
    ]
    return "\n".join([reply.text, "", *lines])


def check_signature(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Refuses what Chatwoot has not signed, or signed long ago.

    Args:
        secret: of the bot.
        headers: of the request.
        body: as it came.
        now: the time of day.

    Raises:
        Forbidden: it is not signed, or not by Chatwoot, or too old.
    """
    stamp = headers.get("x-chatwoot-timestamp", "")
    made = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    given = headers.get("x-chatwoot-signature", "")
    right = hmac.compare_digest(f"sha256={made}".encode(), given.encode("utf-8", "replace"))
    fresh = stamp.isascii() and stamp.isdigit() and len(stamp) < 12
    if not right or not fresh or abs(now.timestamp() - int(stamp)) > _OLDEST.total_seconds():
        raise Forbidden("The message is not signed by Chatwoot, or it is too old.")


def _note(chatwoot: Chatwoot, data: dict[str, Any]) -> None:
    """A conversation was opened, resolved or otherwise changed."""
    if str(data["event"]).startswith("conversation_"):
        account, id, status = data.get("account"), data.get("id"), data.get("status")
        if isinstance(account, dict) and isinstance(id, int) and isinstance(status, str):
            number = account.get("id")
            if isinstance(number, int):
                chatwoot.noted(number, id, status)


def chatwoot_routes(
    chatwoot: Chatwoot,
    settings: Settings,
    now: Callable[[], datetime],
    refused: Callable[[str], None] = lambda reason: None,
) -> APIRouter:
    """``POST /api/chatwoot/{token}``, which Chatwoot sends to.

    Args:
        chatwoot: the bot.
        settings: the secrets.
        now: the time of day.
        refused: is told why something was not believed to be Chatwoot's: ``chatwoot_path`` or
            ``chatwoot_signature``.
    """
    router = APIRouter(tags=["chatwoot"])
    path_token = settings.chatwoot_path_token
    assert path_token is not None
    expected = path_token.get_secret_value().encode()
    secret = settings.chatwoot_secret.get_secret_value() if settings.chatwoot_secret else None

    @router.post("/chatwoot/{token}")
    async def take(token: str, request: Request) -> Response:
        """Takes what Chatwoot sends an agent bot."""
        body = await request.body()
        if not hmac.compare_digest(token.encode("utf-8", "replace"), expected):
            refused("chatwoot_path")
            raise Forbidden("The address is not the one that was given to Chatwoot.")
        if secret is not None:
            try:
                check_signature(secret, request.headers, body, now())
            except Forbidden:
                refused("chatwoot_signature")
                raise
        try:
            data = json.loads(body)
            if data["event"] != "message_created":
                _note(chatwoot, data)
                return JSONResponse({"answered": False})
            sent = _Sent.model_validate(data)
        except (ValueError, KeyError, TypeError, RecursionError, ValidationError) as error:
            raise BadInput("That is no message of Chatwoot's.", field="body") from error
        return JSONResponse(
            {"answered": await chatwoot.take(sent, partial(count_message, request.scope))}
        )

    return router
