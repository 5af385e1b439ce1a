"""Brings what a turn states into a profile: new, surer, replaced or ended facts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from assistant.profile.dialogue.contradiction import contradict
from assistant.profile.dialogue.lasting import read_lasting
from assistant.profile.dialogue.lasting_words import says
from assistant.profile.dialogue.statements import Stated
from assistant.profile.facts import Evidence, ProfileFact
from assistant.reply import ProfileChange
from retrieval.advice import AdviceBook
from retrieval.fields import key
from retrieval.index import CatalogueIndex
from tools.reading.fact import Fact

# How sure a first mention makes, and how far each repetition goes towards certainty.
_FIRST, _CLOSER = 0.7, 0.5
_MOST_EVIDENCE = 10


@dataclass
class Learnt:
    """What a turn adds to a profile.

    Attributes:
        written: the facts to write: new ones, those seen again, and those that ended.
        changes: the same as a reply tells it; the fact of a ``replace`` has the ids of those whose
            place it took in ``replaces``.
        for_other: whether the talk is about somebody else after the turn.
    """

    written: list[ProfileFact] = field(default_factory=list)
    changes: list[ProfileChange] = field(default_factory=list)
    for_other: bool = False


def learn(
    facts: Sequence[Fact],
    known: Sequence[ProfileFact],
    *,
    message: str,
    index: CatalogueIndex,
    for_other: bool,
    shopper_id: str,
    thread_id: str,
    turn_id: str,
    now: datetime,
    new_id: Callable[[], str],
) -> Learnt:
    """What a turn's facts and words add to a profile.

    Bodies, sizes, tastes, habits and usual budgets last; what is wanted this once, or for somebody
    else, does not. A turn that was learnt from already adds nothing.

    Args:
        facts: what the turn read in the message, checked.
        known: the facts of the shopper that hold now.
        message: as the shopper wrote it.
        index: the catalogue.
        for_other: whether the talk was about somebody else before this turn.
        shopper_id, thread_id, turn_id: whose words they are and where they stand.
        now: the time of the turn.
        new_id: gives a fresh id.
    """
    stated, other = read_lasting(message, facts, known, index=index, for_other=for_other)
    learnt = Learnt(for_other=other)
    held = {fact.id: fact for fact in known if fact.ended is None}
    # What is over ends first, so that what took its place can be told.
    for statement in sorted(stated, key=lambda s: s.holds):
        evidence = Evidence(quote=statement.quote, thread_id=thread_id, turn_id=turn_id, time=now)
        same = next((fact for fact in held.values() if _same(fact, statement)), None)
        if not statement.holds:
            if same is not None and not same.pinned:
                _end(learnt, held, same, evidence)
        elif same is not None:
            if not same.pinned and all(e.turn_id != turn_id for e in same.evidence):
                _keep(learnt, held, _strengthened(same, evidence), "strengthen")
        else:
            rivals = [
                fact
                for fact in held.values()
                if _rival(fact, statement, index.advice)
                or _favourite_before(fact, statement, turn_id)
            ]
            # What the shopper pinned is not undone by a passing word.
            if not any(rival.pinned for rival in rivals):
                fresh = _new(statement, evidence, shopper_id, new_id())
                _replace(learnt, held, [*rivals, *_given_up(learnt, fresh)], fresh)
    return learnt


def _same(fact: ProfileFact, stated: Stated) -> bool:
    return (fact.field, fact.op, key(fact.value)) == (stated.field, stated.op, key(stated.value))


def _rival(fact: ProfileFact, stated: Stated, advice: AdviceBook) -> bool:
    return fact.field == stated.field and contradict(
        fact.field, (fact.op, fact.value), (stated.op, stated.value), advice
    )


def _favourite_before(fact: ProfileFact, stated: Stated, turn_id: str) -> bool:
    """Whether a new favourite takes the place of one: there is no more than one at a time.

    What is only liked stays so, unless it is said that it is otherwise now.
    """
    return (
        stated.sole
        and (fact.field, fact.op) == (stated.field, "=")
        and (says("now", stated.quote) or says("favourite", fact.quote))
        and all(evidence.turn_id != turn_id for evidence in fact.evidence)
    )


def _given_up(learnt: Learnt, fresh: ProfileFact) -> list[ProfileFact]:
    """What the same message ended on the field: "no more tennis, I play badminton now"."""
    return [
        fact
        for fact in learnt.written
        if fact.ended is not None
        and fact.ended_by is None
        and (fact.field, fact.op) == (fresh.field, fresh.op)
    ]


def _new(stated: Stated, evidence: Evidence, shopper_id: str, id: str) -> ProfileFact:
    return ProfileFact(
        id=id,
        shopper_id=shopper_id,
        field=stated.field,
        op=stated.op,
        value=stated.value,
        strength=stated.strength,
        confidence=_FIRST,
        evidence=(evidence,),
        first_seen=evidence.time,
        last_seen=evidence.time,
    )


def _strengthened(fact: ProfileFact, evidence: Evidence) -> ProfileFact:
    return fact.model_copy(
        update={
            "confidence": round(1 - (1 - fact.confidence) * _CLOSER, 4),
            "evidence": (*fact.evidence, evidence)[-_MOST_EVIDENCE:],
            "last_seen": max(fact.last_seen, evidence.time),
        }
    )


def weakened(fact: ProfileFact, turns: Collection[str]) -> ProfileFact | None:
    """A fact without the words of some turns; None where no others support it.

    Args:
        fact: of a profile.
        turns: ids of the turns whose words do not count any more.
    """
    left = tuple(evidence for evidence in fact.evidence if evidence.turn_id not in turns)
    if not left:
        return None
    lost = len(fact.evidence) - len(left)
    doubt = (1 - fact.confidence) / _CLOSER**lost
    return fact.model_copy(
        update={
            "confidence": round(max(1 - doubt, _FIRST), 4),
            "evidence": left,
            "last_seen": left[-1].time,
        }
    )


def _end(
    learnt: Learnt, held: dict[str, ProfileFact], fact: ProfileFact, evidence: Evidence
) -> None:
    ended = fact.model_copy(update={"ended": evidence.time})
    del held[fact.id]
    _write(learnt, ended)
    learnt.changes.append(ProfileChange(op="end", fact=_told(ended) | {"quote": evidence.quote}))


def _keep(learnt: Learnt, held: dict[str, ProfileFact], fact: ProfileFact, op: Any) -> None:
    held[fact.id] = fact
    _write(learnt, fact)
    learnt.changes.append(ProfileChange(op=op, fact=_told(fact)))


def _replace(
    learnt: Learnt, held: dict[str, ProfileFact], rivals: list[ProfileFact], fresh: ProfileFact
) -> None:
    ids = {rival.id for rival in rivals}
    learnt.changes = [c for c in learnt.changes if c.op != "end" or c.fact["id"] not in ids]
    for rival in rivals:
        held.pop(rival.id, None)
        _write(learnt, rival.model_copy(update={"ended": fresh.first_seen, "ended_by": fresh.id}))
    held[fresh.id] = fresh
    _write(learnt, fresh)
    told = _told(fresh)
    if rivals:
        told["replaces"] = [rival.id for rival in rivals]
    learnt.changes.append(ProfileChange(op="replace" if rivals else "add", fact=told))


def _write(learnt: Learnt, fact: ProfileFact) -> None:
    """Writes each fact once, as it is at the end."""
    learnt.written = [old for old in learnt.written if old.id != fact.id] + [fact]


def _told(fact: ProfileFact) -> dict[str, Any]:
    wanted = {"id", "field", "op", "value", "quote", "confidence"}
    return fact.model_dump(mode="json", include=wanted)
