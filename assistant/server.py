"""The assistant behind HTTP: the API, health, and the page where one is given."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

from fastapi import FastAPI
from starlette.routing import Route

from assistant.app import Assistant
from assistant.desk.evaluations import Evaluations
from assistant.desk.serving import chatwoot_at, desk_at, releases_of, running_desk, sender_of
from assistant.folding import Folding
from assistant.http.catalogue import catalogue_routes
from assistant.http.catalogue_changes import catalogue_change_routes
from assistant.http.chat import chat_routes
from assistant.http.events import event_routes
from assistant.http.feedback import feedback_routes
from assistant.http.gate import Gate
from assistant.http.guest_cookie import GuestCookie
from assistant.http.health import health_routes
from assistant.http.joining import join_routes
from assistant.http.limits import RequestLimits
from assistant.http.mcp_door import McpDoor, catalogue_tools
from assistant.http.memory import memory_routes
from assistant.http.observing import Observer
from assistant.http.openai_door import openai_door
from assistant.http.openai_errors import OPENAI_DOOR
from assistant.http.origins import ListedOrigins
from assistant.http.own_threads import own_thread_routes
from assistant.http.problems import answer_with_problems
from assistant.http.session import session_routes
from assistant.http.threads import thread_routes
from assistant.identity import guests_of, shoppers_of
from assistant.insight.keeping import running_insight
from assistant.settings import Settings
from ui.demo_shop.pages import DEMO, demo_shop_routes
from ui.widget.serving import widget_routes

GuestOf = Callable[[str | None], str | None]
Page = Callable[[FastAPI, Assistant, GuestOf], None]
"""Puts a page at ``/``. The last argument tells the guest of a ``shopguide_guest`` cookie."""


def create_http(
    assistant: Assistant,
    settings: Settings,
    *,
    page: Page | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    clock: Callable[[], float] = time.perf_counter,
) -> FastAPI:
    """The whole application.

    Args:
        assistant: answers.
        settings: ``secret`` decides how shoppers are known.
        page: puts the web page at ``/``; without it there is none.
        now: the time of day that tokens and cookies are held against, which others have made, too.
        new_id: a fresh id that cannot be guessed, for a guest.
        clock: seconds of a clock that never goes back, for timings.
    """
    observer = Observer(clock)
    assistant.guard.refused = observer.proof_refused
    shoppers = shoppers_of(settings, now=now)
    # Without a page and without a secret nobody is given a guest's name here.
    guests = None
    if page is not None or shoppers is not None:
        guests = guests_of(settings, now=now, new_id=new_id)
    mcp = McpDoor(partial(catalogue_tools, assistant), tokens=shoppers is not None, clock=clock)
    sender = sender_of(assistant, settings)
    chatwoot = chatwoot_at(assistant, settings, observer.token_refused)
    folding = Folding(assistant.indexes, folded=observer.saw)
    releases = releases_of(assistant, settings)

    @asynccontextmanager
    async def lifespan(http: FastAPI) -> AsyncGenerator[None, None]:
        async with (
            mcp.running(),
            running_desk(assistant, sender, chatwoot[0] if chatwoot else None),
            running_insight(assistant.counting, releases),
        ):
            yield
        await asyncio.to_thread(folding.close)

    # An application of its own: what it does not have is its 404, not a path of the page's.
    api = FastAPI(title="ShopGuide", docs_url=None, redoc_url=None)
    answer_with_problems(api)
    api.include_router(chat_routes(assistant, observer))
    api.include_router(catalogue_routes(assistant, observer))
    api.include_router(catalogue_change_routes(assistant, observer, folding))
    api.include_router(memory_routes(assistant))
    api.include_router(
        session_routes(shoppers, refused=observer.token_refused, now=now, new_id=new_id)
    )
    api.include_router(thread_routes(assistant))
    api.include_router(own_thread_routes(assistant, observer))
    api.include_router(feedback_routes(assistant, observer))
    api.include_router(join_routes(assistant, observer, shoppers, guests))
    if chatwoot is not None:
        api.include_router(chatwoot[1])
    api.include_router(
        event_routes(
            assistant.events, assistant.indexes, catalog=settings.catalog, now=assistant.now
        )
    )

    http = FastAPI(
        title="ShopGuide", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    answer_with_problems(http)
    http.include_router(health_routes(assistant, observer))
    http.include_router(widget_routes())
    if settings.catalog == DEMO:
        opened = partial(assistant.indexes.open, DEMO)
        http.include_router(demo_shop_routes(opened, signs_in=shoppers is None))
    http.include_router(desk_at(assistant, settings, releases, _evaluations(settings)))
    http.mount("/api", api)
    http.mount(OPENAI_DOOR, openai_door(assistant, observer))
    http.router.routes.append(Route("/mcp", mcp, include_in_schema=False))
    if page is not None and guests is not None:
        http.add_middleware(GuestCookie, guests=guests)
        page(http, assistant, guests.guest_of)
    http.add_middleware(RequestLimits, settings=settings, guests=guests, limited=observer.limited)
    # What is added last stands first: a page may read what the gate refuses.
    http.add_middleware(
        Gate, shoppers=shoppers, refused=observer.token_refused, origins=settings.origins
    )
    http.add_middleware(ListedOrigins, origins=settings.origins)
    return http


def _evaluations(settings: Settings) -> Evaluations | None:
    if settings.evaluations is None:
        return None
    # A shop that keeps no runs need not load what compares them.
    from evals.reports.shelf import ReportShelf

    return ReportShelf(settings.evaluations)
