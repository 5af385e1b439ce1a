"""Takes out of a profile what turns taught that are taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete
from sqlalchemy.orm import Session

from assistant.database.tables import EventRow, FactRow
from assistant.profile.dialogue.learning import weakened
from assistant.profile.fact_rows import fact_row, facts_in
from assistant.profile.facts import ProfileFact
from assistant.profile.forgetting import forget_facts
from assistant.reply import Reply


def unlearn(session: Session, shopper_id: str, replies: Sequence[Reply]) -> None:
    """Takes back what turns changed in a profile, and the searches that they were.

    A fact that other words support too stays, less sure; so does one that the shopper has pinned,
    which is their own say. What a turn had ended or replaced holds again, unless the shopper has
    put something else in its place by hand since.

    Args:
        session: of the transaction that takes the turns back.
        shopper_id: whose.
        replies: of the turns.
    """
    turns = {reply.turn_id for reply in replies}
    known = facts_in(session, shopper_id, history=True)
    doomed: dict[str, ProfileFact] = {}
    for fact in known:
        if fact.pinned or all(evidence.turn_id not in turns for evidence in fact.evidence):
            continue
        left = weakened(fact, turns)
        if left is None:
            doomed[fact.id] = fact
        else:
            session.merge(fact_row(left))
    ended = set(_ended(replies))
    for fact in known:
        if fact.id in doomed:
            continue
        if fact.ended_by in doomed:
            # Where a hand has corrected what took its place, the correction still holds.
            after = doomed[fact.ended_by].ended_by
            hold = after is None or after in doomed
            session.merge(
                fact_row(
                    fact.model_copy(
                        update={"ended": None if hold else fact.ended,
                                "ended_by": None if hold else after}
                    )
                )
            )  # fmt: skip
        elif fact.id in ended and fact.ended_by is None:
            session.merge(fact_row(fact.model_copy(update={"ended": None})))
    session.flush()
    session.execute(
        delete(EventRow).where(
            EventRow.shopper_id == shopper_id,
            EventRow.event_id.in_([f"turn:{turn}" for turn in turns]),
        )
    )
    if doomed:
        session.execute(delete(FactRow).where(FactRow.id.in_(list(doomed))))
        forget_facts(session, shopper_id, doomed)


def _ended(replies: Iterable[Reply]) -> Iterable[str]:
    """The ids of the facts that turns said to be over."""
    for reply in replies:
        yield from (str(c.fact["id"]) for c in reply.profile_changes if c.op == "end")
