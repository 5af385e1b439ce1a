"""Events as they come from the shop's pages: read, checked against catalogue and clock, believed.

All or nothing: one event at fault, and none of its batch is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, FailFast, TypeAdapter, ValidationError
from pydantic_core import from_json

from assistant.app import check_id
from assistant.errors import BadInput
from assistant.profile.behaviour.events import Event
from retrieval.index import CatalogueIndex

MOST_EVENTS = 5_000
# Clocks of the shop's pages and of this machine differ.
_LEEWAY = timedelta(minutes=5)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_STARS = (1.0, 5.0)
_QUANTITY = (1.0, 1000.0)


class TooManyEvents(BadInput):
    """A batch of more events than are read at once."""

    http_status = 413
    title = "Too many events"


@dataclass(frozen=True)
class Batch:
    """Events that came together.

    Attributes:
        catalog: of the products; None for the shop's default.
        alone: whether it was sent as one event, and not in a list.
    """

    events: list[Event]
    catalog: str | None = None
    alone: bool = False

    def place_of(self, number: int, field: str) -> str:
        """How a field of an event is named to who sent it: ``events.3.time``."""
        return field if self.alone else f"events.{number}.{field}"


class _Wrapped(BaseModel):
    model_config = ConfigDict(extra="forbid")

    events: Annotated[list[Event], FailFast()]
    catalog: str | None = None


_LIST: TypeAdapter[list[Event]] = TypeAdapter(Annotated[list[Event], FailFast()])


class UnreadableEvents(Exception):
    """A body that is no event, no list of them and no batch.

    Attributes:
        faults: what pydantic found, each with its place in the body.
    """

    def __init__(self, faults: list[dict[str, Any]]) -> None:
        super().__init__("the events cannot be read")
        self.faults = faults


def read_batch(body: bytes) -> Batch:
    """The events of a request.

    Args:
        body: JSON: one event, a list of them, or an object with ``events`` and ``catalog``.

    Raises:
        UnreadableEvents: it is no JSON, or an event is not one.
    """
    place: tuple[str, ...] = ()
    try:
        if body.lstrip()[:1] == b"[":
            place = ("events",)
            return Batch(_LIST.validate_json(body))
        # Read once more only to tell the two shapes apart: this takes a tenth of the checking.
        shape = from_json(body)
        if isinstance(shape, dict) and "events" not in shape:
            return Batch([Event.model_validate_json(body)], alone=True)
        wrapped = _Wrapped.model_validate_json(body)
        return Batch(wrapped.events, wrapped.catalog)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise UnreadableEvents(
            [{**fault, "loc": (*place, *fault["loc"])} for fault in faults]
        ) from error
    except ValueError as error:
        fault = {"type": "json_invalid", "loc": (), "msg": str(error), "ctx": {"error": str(error)}}
        raise UnreadableEvents([fault]) from error


class Intake:
    """Checks events against a catalogue and a clock.

    Args:
        products: the catalogue; nothing else of the shop can be looked at or bought.
        now: the time of day.
    """

    def __init__(self, products: CatalogueIndex, now: datetime) -> None:
        self._products = products
        self._latest = now + _LEEWAY
        self._known: set[str] = set()
        self._shoppers: set[str] = set()

    def check_all(self, batch: Batch) -> None:
        """Checks events that came together.

        Raises:
            BadInput: naming the first fault, as ``events.3.product_id``.
            TooManyEvents: there are more than ``MOST_EVENTS``.
        """
        if (count := len(batch.events)) > MOST_EVENTS:
            raise TooManyEvents(
                f"At most {MOST_EVENTS:,} events are read at once; these are {count:,}.",
                field="events",
            )
        for place, event in enumerate(batch.events):
            try:
                self.check(event)
            except BadInput as error:
                name = batch.place_of(place, str(error.field))
                raise BadInput(f"{name}: {error.sentence}", field=name) from error

    def check(self, event: Event) -> None:
        """Checks one event.

        Raises:
            BadInput: naming the field at fault.
        """
        if event.shopper_id not in self._shoppers:
            check_id(event.shopper_id, "shopper_id")
            self._shoppers.add(event.shopper_id)
        if event.time > self._latest:
            raise BadInput("It lies in the future.", field="time")
        if event.time < _EARLIEST:
            raise BadInput("It lies before the year 2000.", field="time")
        if event.type == "search":
            if event.query is None or not event.query.strip():
                raise BadInput("A search has the words that were searched for.", field="query")
        elif event.product_id is None:
            raise BadInput(f"A {event.type} is of a product.", field="product_id")
        self._check_value(event)
        if event.product_id is not None and event.product_id not in self._known:
            if event.product_id not in self._products:
                raise BadInput(
                    f"The catalogue has no product {event.product_id[:80]!r}.", field="product_id"
                )
            self._known.add(event.product_id)

    def _check_value(self, event: Event) -> None:
        if event.value is None:
            if event.type == "rate":
                raise BadInput("A rating has from 1 to 5 stars.", field="value")
            return
        least, most = _STARS if event.type == "rate" else _QUANTITY
        if not least <= event.value <= most:
            what = "A rating has" if event.type == "rate" else "A number of things is"
            raise BadInput(f"{what} from {least:.0f} to {most:.0f}.", field="value")
