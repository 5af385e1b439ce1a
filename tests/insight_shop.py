"""What tests of insight share: turns without a model, and a mechanism without noise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from assistant.asked import Asked
from assistant.insight.noise import Noisy
from assistant.need import Need, Wish
from assistant.reply import Reply, UsageReport
from assistant.thread import ThreadState
from retrieval.index import CatalogueIndex

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    """A time of day that stands until it is moved."""

    def __init__(self, moment: datetime = MONDAY) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def on(self, **later: float) -> None:
        self.moment += timedelta(**later)


def exact(
    counts: Mapping[str, int],
    *,
    epsilon: float,
    delta: float,
    most: int,
    at_most: int,
    fewest: int,
) -> Noisy:
    """A mechanism that adds nothing: what pages show is then known."""
    shown = {key: count for key, count in counts.items() if count >= fewest}
    return Noisy(shown, epsilon, delta, most / epsilon, fewest)


def asking(index: CatalogueIndex, shopper: str, message: str = "hello", *, turns: int = 0) -> Asked:
    """A message of a shopper."""
    thread = ThreadState(id=f"t-{shopper}", shopper_id=shopper, catalog=index.name, turns=turns)
    return Asked(message=message, language="en", thread=thread, index=index, turn_id="u")


def answer(**values: object) -> Reply:
    """A reply with its work."""
    usage = UsageReport(llm_calls=2, prompt_tokens=1000, cached_tokens=800, completion_tokens=50)
    base: dict[str, object] = {
        "thread_id": "t",
        "turn_id": "u",
        "text": "…",
        "language": "en",
        "intent": "smalltalk",
        "usage": usage,
        "timing_ms": {"total": 4000.0, "first_text": 1500.0},
    }
    return Reply.model_validate(base | values)


def wanting(field: str, value: object, *, op: str = "=", quote: str = "…", turn: int = 1) -> Need:
    """A need of one wish."""
    wish = Wish.model_validate(
        {"field": field, "op": op, "value": value, "quote": quote, "turn": turn}
    )
    return Need(must=(wish,))
