"""``GET /api/profile/{shopper_id}`` and ``GET /api/threads/{thread_id}``: what is kept."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel

from assistant.app import Assistant
from assistant.http.gate import shopper_of
from assistant.profile.facts import ProfileFact
from assistant.store import Exchange


class ProfileAnswer(BaseModel):
    """What is known of a shopper, last seen first."""

    shopper_id: str
    facts: list[ProfileFact]


class ThreadAnswer(BaseModel):
    """The finished turns of a thread, oldest first."""

    thread_id: str
    exchanges: list[Exchange]


def memory_routes(assistant: Assistant) -> APIRouter:
    """The routes of profiles and threads."""
    router = APIRouter(tags=["memory"])

    @router.get("/profile/{shopper_id}")
    def profile(shopper_id: str, request: Request) -> ProfileAnswer:
        """What is known of a shopper, each fact with the words that say so."""
        shopper = shopper_of(request, shopper_id)
        return ProfileAnswer(shopper_id=shopper, facts=assistant.profile(shopper))

    @router.get("/threads/{thread_id}")
    def thread(thread_id: str, request: Request, shopper_id: str | None = None) -> ThreadAnswer:
        """A shopper's own thread; ``shopper_id`` says whose where there are no tokens."""
        shopper = shopper_of(request, shopper_id)
        exchanges = assistant.exchanges(thread_id, shopper)
        return ThreadAnswer(thread_id=thread_id, exchanges=exchanges)

    return router
