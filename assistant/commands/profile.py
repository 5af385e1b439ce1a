"""``shopguide profile``: what is known of a shopper, a copy of all of it, and its erasure."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

from assistant.app import check_id
from assistant.commands.console import say, say_json, tell
from assistant.database.connection import Database
from assistant.passing_threads import PassingThreads
from assistant.profile.fading import confidence_at
from assistant.profile.memory import Memory
from assistant.settings import Settings
from assistant.store import Store


@contextmanager
def opened_memory(settings: Settings) -> Iterator[Memory]:
    """The profiles, without the rest of an assistant.

    Args:
        settings: say where the database is.
    """

    def now() -> datetime:
        return datetime.now(UTC)

    with closing(Database(settings.database_url)) as database:
        yield Memory(
            database,
            Store(database, PassingThreads(now)),
            now=now,
            new_id=lambda: uuid.uuid4().hex,
        )


def show_profile(settings: Settings, shopper: str, *, as_data: bool) -> None:
    """Prints each fact with the words that say so.

    Args:
        settings: say where the database is.
        shopper: whose profile.
        as_data: whether JSON is printed.

    Raises:
        BadInput: that cannot be a shopper's id.
    """
    check_id(shopper, "shopper")
    with opened_memory(settings) as memory:
        facts, consent = memory.facts(shopper), memory.consent(shopper)
    if as_data:
        shown = [fact.model_dump(mode="json") for fact in facts]
        agreed = consent.model_dump(mode="json") if consent else None
        say_json({"shopper_id": shopper, "consent": agreed, "facts": shown})
        return
    now = datetime.now(UTC)
    for fact in facts:
        sign = {"=": "", "!=": "not ", "<=": "at most ", ">=": "at least "}[fact.op]
        say(
            f"{fact.field}: {sign}{fact.value}  “{fact.quote}”  "
            f"(confidence {confidence_at(fact, now):.2f}, last seen {fact.last_seen:%Y-%m-%d}"
            f"{', pinned' if fact.pinned else ''})"
        )
    if consent is None:
        tell(f"{shopper} has not agreed to be remembered: nothing is kept.")
    elif not facts:
        tell(f"Nothing is known of {shopper}.")


def export_profile(settings: Settings, shopper: str) -> None:
    """Prints all that is kept of a shopper, as JSON.

    Raises:
        BadInput: that cannot be a shopper's id.
        NotRemembered: nothing is kept.
    """
    check_id(shopper, "shopper")
    with opened_memory(settings) as memory:
        say_json(memory.export(shopper))


def erase_profile(settings: Settings, shopper: str, *, as_data: bool) -> None:
    """Erases all that is kept of a shopper.

    Raises:
        BadInput: that cannot be a shopper's id.
    """
    check_id(shopper, "shopper")
    with opened_memory(settings) as memory:
        erased = memory.erase(shopper)
    if as_data:
        say_json({"shopper_id": shopper, "erased": erased})
    elif erased:
        say(f"All that was kept of {shopper} is erased. Backups made before still have it.")
    else:
        say(f"Nothing was kept of {shopper}.")
