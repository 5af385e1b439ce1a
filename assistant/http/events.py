"""``POST /api/events``: the shop's pages report what shoppers do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from assistant.errors import Forbidden
from assistant.http.gate import reported_of
from assistant.profile.behaviour.event_intake import Batch, Intake, UnreadableEvents, read_batch
from assistant.profile.behaviour.event_store import EventStore
from assistant.profile.behaviour.events import Event
from retrieval.folder import IndexFolder


class EventsAnswer(BaseModel):
    """What became of the events.

    Attributes:
        stored: how many are new.
        duplicates: how many were known already; what came first stays.
        without_consent: how many were dropped, as their shoppers had not agreed to be remembered
            when they happened.
    """

    stored: int
    duplicates: int
    without_consent: int


def event_routes(
    store: EventStore, indexes: IndexFolder, *, catalog: str, now: Callable[[], datetime]
) -> APIRouter:
    """The route of events.

    Args:
        store: takes them.
        indexes: the catalogues, whose products alone can be reported.
        catalog: the one that is meant where a request names none.
        now: the time of day.
    """
    router = APIRouter(tags=["events"])

    def take(body: bytes, shopper: str | None) -> EventsAnswer:
        try:
            batch = read_batch(body)
        except UnreadableEvents as error:
            faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.faults]
            raise RequestValidationError(faults) from error
        _check_owner(batch, shopper)
        named = batch.catalog or catalog
        Intake(indexes.open(named), now()).check_all(batch)
        done = store.add(batch.events, catalog=named)
        return EventsAnswer(
            stored=done.stored, duplicates=done.duplicates, without_consent=done.without_consent
        )

    @router.post("/events", openapi_extra={"requestBody": _described()})
    async def post_events(request: Request) -> EventsAnswer:
        """Takes one event, a list of them, or ``{"events": […], "catalog"}``: all or none.

        An event that is known changes nothing, and the order in which they come does not count.
        """
        if "json" not in request.headers.get("content-type", "json"):
            raise HTTPException(415, "Send JSON, with the header Content-Type: application/json.")
        # Reading and storing take their time, and block.
        return await asyncio.to_thread(take, await request.body(), reported_of(request))

    return router


def _check_owner(batch: Batch, shopper: str | None) -> None:
    """A shopper reports nobody else's events.

    Raises:
        Forbidden: an event is of another one.
    """
    if shopper is None:
        return
    for number, event in enumerate(batch.events):
        if event.shopper_id != shopper:
            raise Forbidden(
                "The token is another shopper's.", field=batch.place_of(number, "shopper_id")
            )


def _described() -> dict[str, Any]:
    """The body, for the description of the API."""
    event = Event.model_json_schema()
    several = {"type": "array", "items": event}
    batch = {
        "type": "object",
        "properties": {"events": several, "catalog": {"type": "string"}},
        "required": ["events"],
    }
    schema = {"oneOf": [event, several, batch]}
    return {"required": True, "content": {"application/json": {"schema": schema}}}
