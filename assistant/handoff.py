"""Handing over to a person of the shop, with what they should know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from assistant.asked import Asked
from assistant.desk.cases import wished
from assistant.desk.desk import Desk
from assistant.desk.hours import said_opening
from assistant.desk.rules import Trigger
from assistant.need import Need
from assistant.record_text import shown_title
from assistant.reply import Handoff, HandoffStatus, Language
from prompts import phrases
from tools.reading.mood import Mood


def summarise(
    message: str, need: Need, shown: Sequence[str], mood: Mood, language: Language
) -> str:
    """What a member of staff reads before taking over. Every word is the shopper's or a record's.

    Args:
        message: the last one.
        need: what the shopper wants so far.
        shown: titles of the products shown last.
        mood: of the message.
        language: of the summary.
    """
    fixed = phrases(language)
    summary: str = fixed["handoff_summary"].format(
        message=message,
        wishes=fixed["join"].join(wished(need, language)) or "-",
        shown=fixed["join"].join(shown) or "-",
        urgency=fixed["urgencies"][mood.urgency],
    )
    return summary


class HandingOver:
    """Says that a person takes over, and what they are told.

    Args:
        desk: where cases go.
        now: the time of day.
        new_id: a fresh id.
    """

    def __init__(
        self, desk: Desk, *, now: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self.desk = desk
        self._now = now
        self._new_id = new_id

    def over(
        self, asked: Asked, need: Need, mood: Mood, trigger: Trigger, *, first: str | None = None
    ) -> dict[str, Any]:
        """The hand-off, as entries of a turn's state. The case is opened when the turn is durable.

        Args:
            asked: the message.
            need: what the shopper wants so far.
            mood: of the message.
            trigger: why.
            first: the sentence before it; by default that of the rule.
        """
        rules = self.desk.book.rules
        language = asked.language
        shown = [
            shown_title(asked.index.get(id), "en") for id in asked.thread.shown if id in asked.index
        ]
        said = first if first is not None else rules.rules[trigger].said.of(language)
        status, sentences = self._coming(asked, announced=first is not None)
        handoff = Handoff(
            reason=rules.reason(trigger, language),
            summary=summarise(asked.message, need, shown, mood, language),
            status=status,
            case_id=self._case_id(asked),
        )
        lead = [sentence for sentence in (said, *sentences) if sentence]
        return {"lead": lead, "handoff": handoff, "trigger": trigger}

    def _case_id(self, asked: Asked) -> str:
        return asked.case.id if asked.case is not None else self._new_id()

    def _coming(self, asked: Asked, *, announced: bool) -> tuple[HandoffStatus, list[str]]:
        """What becomes of it: a person comes, or a message is taken; and what is kept for that."""
        fixed = phrases(asked.language)
        if asked.case is not None and asked.case.status == "waiting":
            return asked.case.told, [fixed["handoff_waiting"]]
        hours, now = self.desk.book.rules.hours, self._now()
        status: HandoffStatus = "waiting"
        sentences = [] if announced else [fixed["handoff"]]
        if not hours.open_at(now):
            status = "message_taken"
            opening = hours.opens(now)
            opens = "" if opening is None else said_opening(opening, asked.language)
            name = "handoff_closed" if opens else "handoff_closed_long"
            sentences = [fixed[name].format(opens=opens)]
        if asked.thread.consent_id is None:
            sentences.append(fixed["handoff_kept"].format(days=self.desk.days))
        return status, sentences
