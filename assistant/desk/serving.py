"""Puts the desk into a server: its pages, what it sends, what it forgets, and Chatwoot."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from fastapi import APIRouter

from assistant.app import Assistant
from assistant.desk.addresses import checked_url
from assistant.desk.chatwoot import Chatwoot, chatwoot_routes
from assistant.desk.chatwoot_line import ChatwootLine
from assistant.desk.evaluations import Evaluations
from assistant.desk.files import ShopFiles
from assistant.desk.insight_pages import Insight
from assistant.desk.open_questions import OpenQuestions
from assistant.desk.ranking_rules import ranking_file
from assistant.desk.routes import desk_routes
from assistant.desk.sending import Sender, keep_house
from assistant.desk.staff import Sessions, Staff
from assistant.identity import kept_key
from assistant.insight.releases import Releases
from assistant.settings import Settings


def desk_at(
    assistant: Assistant,
    settings: Settings,
    releases: Releases,
    evaluations: Evaluations | None,
) -> APIRouter:
    """The desk's pages.

    Args:
        assistant: whose cases.
        settings: ``secret`` signs the sessions; without one a key of the server's own does.
        releases: figures about shoppers.
        evaluations: runs of suites; None where the shop keeps none.
    """
    staff = Staff(assistant.database, now=assistant.now)
    if settings.secret is not None:
        secret = settings.secret.get_secret_value().encode()
        key = hmac.digest(secret, b"shopguide desk session", hashlib.sha256)
    else:
        key = kept_key(settings.data / "desk.key")
    sessions = Sessions(key, staff, now=assistant.now)
    insight = Insight(
        releases=releases,
        database=assistant.database,
        indexes=assistant.indexes,
        catalog=settings.catalog,
        book=assistant.desk.book,
        prices={str(name): price for name, price in settings.token_prices.items()},
        epsilon=settings.insight_epsilon,
        fewest=settings.insight_fewest,
        now=assistant.now,
    )
    files = ShopFiles(
        assistant.database,
        policies=settings.policies,
        rules=settings.handoff_file,
        ranking=ranking_file(assistant.indexes, settings.catalog, now=assistant.now),
        now=assistant.now,
    )
    return desk_routes(
        assistant.desk,
        staff,
        sessions,
        insight,
        OpenQuestions(assistant.database, releases, now=assistant.now),
        evaluations,
        files,
        shop=settings.shop_name,
        now=assistant.now,
    )


def releases_of(assistant: Assistant, settings: Settings) -> Releases:
    """The figures about shoppers that are let out."""
    return Releases(
        assistant.database,
        epsilon=settings.insight_epsilon,
        fewest=settings.insight_fewest,
        now=assistant.now,
    )


def chatwoot_at(
    assistant: Assistant, settings: Settings, refused: Callable[[str], None]
) -> tuple[Chatwoot, APIRouter] | None:
    """The agent bot of Chatwoot and its route, where the shop has set it up.

    Args:
        assistant: answers.
        settings: where Chatwoot is, and the secrets.
        refused: is told why something was not believed to be Chatwoot's, in one word.
    """
    url, token = settings.chatwoot_url, settings.chatwoot_token
    if url is None or token is None:
        return None
    line = ChatwootLine(url, token.get_secret_value())
    chatwoot = Chatwoot(assistant, line, now=assistant.now)
    return chatwoot, chatwoot_routes(chatwoot, settings, assistant.now, refused)


def sender_of(assistant: Assistant, settings: Settings) -> Sender | None:
    """What sends webhooks, where the shop has set an address.

    Raises:
        BadInput: the address or the secret cannot be used.
    """
    if settings.webhook_url is None or settings.webhook_secret is None:
        return None
    checked_url(settings.webhook_url, private=settings.webhook_private)
    return Sender(
        assistant.desk,
        settings.webhook_url,
        settings.webhook_secret.get_secret_value(),
        private=settings.webhook_private,
        now=assistant.now,
    )


@asynccontextmanager
async def running_desk(
    assistant: Assistant, sender: Sender | None, chatwoot: Chatwoot | None
) -> AsyncGenerator[None, None]:
    """Sends webhooks and deletes old cases while a server runs."""
    task = asyncio.create_task(keep_house(assistant.desk, sender))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        if chatwoot is not None:
            await chatwoot.finish()
