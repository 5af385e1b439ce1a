"""``shopguide profile``: what is known of a shopper."""

from __future__ import annotations

from contextlib import closing

from assistant.app import check_id
from assistant.commands.console import say, say_json, tell
from assistant.settings import Settings
from assistant.store import Store


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
    with closing(Store(settings.database_url)) as store:
        facts = store.profile(shopper)
    if as_data:
        shown = [fact.model_dump(mode="json") for fact in facts]
        say_json({"shopper_id": shopper, "facts": shown})
        return
    for fact in facts:
        sign = "" if fact.op == "=" else "not "
        say(
            f"{fact.field}: {sign}{fact.value}  “{fact.quote}”  "
            f"(confidence {fact.confidence:.2f}, last seen {fact.last_seen:%Y-%m-%d})"
        )
    if not facts:
        tell(f"Nothing is known of {shopper}.")
