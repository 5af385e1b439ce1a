"""Handing over to a person of the shop, with what they should know."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.need import Need
from assistant.reply import Handoff, Language
from prompts import phrases
from tools.reading.mood import Mood


def summarise(
    message: str, need: Need, shown: Sequence[str], mood: Mood, language: Language
) -> Handoff:
    """What a member of staff reads before taking over. Every word is the shopper's or a record's.

    Args:
        message: the last one.
        need: what the shopper wants so far.
        shown: titles of the products shown last.
        mood: of the message.
        language: of the summary.
    """
    fixed = phrases(language)
    said = [
        fixed["not_wanted"].format(quote=wish.quote) if wish.op == "!=" else wish.quote
        for wish in need.wishes()
    ]
    summary = fixed["handoff_summary"].format(
        message=message,
        wishes=fixed["join"].join(dict.fromkeys(said)) or "-",
        shown=fixed["join"].join(shown) or "-",
        urgency=fixed["urgencies"][mood.urgency],
    )
    reason = fixed["handoff_upset" if mood.angry else "handoff_asked"]
    return Handoff(reason=reason, summary=summary)
