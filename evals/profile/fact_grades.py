"""What is known of shoppers, held against labels, and the figures of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from evals.checks.matching import match_labels, same_wish, told_label, told_wish
from evals.measures.figures import Counts, Figure, share
from evals.profile.conversations import ONE_OFF, Session, ShopperTalks, readings
from evals.running.observed import SeenWish
from evals.suite.conversation import AnyLabel, Label

_SEED = 5
GOALS: Mapping[str, float] = {
    "precision": 0.97,
    "recall": 0.90,
    "contradicted and one-off": 0.95,
}
"""The least that is promised, by figure."""
_ROWS: Mapping[str, str] = {
    "precision": "precision of current facts, after each session",
    "recall": "recall, after each session",
    "precision at the end": "precision, after the last session",
    "recall at the end": "recall, after the last session",
    "contradicted": "contradicted facts ended, replaced, kept as history",
    "one-off": "one-off, gift and other people's facts kept out",
    "contradicted and one-off": "both of these",
    "not meant": "questions, plain wishes, hearsay, denials kept out",
    "repeated": "repeated facts seen again",
}


class SeenFact(BaseModel):
    """A fact of a profile as the grader sees it.

    Attributes:
        ended: whether it is history.
        last_seen: when it was said last.
        quote: the words that it rests on.
    """

    model_config = ConfigDict(frozen=True)

    field: str
    op: str
    value: str
    ended: bool = False
    last_seen: datetime
    quote: str = ""

    @property
    def wish(self) -> SeenWish:
        """The same, in the shape that labels are held against."""
        return SeenWish(field=self.field, op=self.op, value=self.value, quote=self.quote)


class Case(BaseModel):
    """One thing that a session must not do to a profile, or must.

    Attributes:
        kind: the row that it counts in: ``contradicted``, ``one-off``, ``not meant``, ``repeated``.
        label: what it is about, in words.
        told: what went wrong; empty where it was handled as labelled.
    """

    kind: str
    label: str
    told: str = ""


class SessionGrade(BaseModel):
    """One session: facts found, missed and invented, in words, and its cases."""

    found: list[str]
    missed: list[str]
    spurious: list[str]
    cases: list[Case]

    @property
    def flawless(self) -> bool:
        """Whether everything is as labelled."""
        return not (self.missed or self.spurious or any(case.told for case in self.cases))


class Graded(BaseModel):
    """One shopper's sessions, graded."""

    talks: ShopperTalks
    sessions: list[SessionGrade]
    problems: tuple[str, ...] = ()


def grade(
    talks: ShopperTalks,
    known: Sequence[Sequence[SeenFact]],
    *,
    problems: Sequence[str] = (),
) -> Graded:
    """Holds what was known after each session against its labels.

    Args:
        talks: the shopper's conversations.
        known: the facts after each session, ended ones too.
        problems: turns that failed.

    Raises:
        ValueError: ``known`` has not one list a session.
    """
    sessions = []
    for number, (session, facts) in enumerate(zip(talks.sessions, known, strict=True)):
        matched = match_labels(session.current, [fact.wish for fact in facts if not fact.ended])
        spurious = [
            f'{told_wish(wish)} ("{wish.quote}")' if wish.quote else told_wish(wish)
            for wish in matched.spurious
        ]
        sessions.append(
            SessionGrade(
                found=[told_label(label) for label, _ in matched.found],
                missed=[told_label(label) for label in matched.missed],
                spurious=spurious,
                cases=list(_cases(session, talks.sessions[:number], facts)),
            )
        )
    return Graded(talks=talks, sessions=sessions, problems=tuple(problems))


def _cases(
    session: Session, before: Sequence[Session], facts: Sequence[SeenFact]
) -> Iterator[Case]:
    current = [fact for fact in facts if not fact.ended]
    history = [fact for fact in facts if fact.ended]
    allowed = [reading for label in session.current for reading in readings(label)]
    required = [label for s in before for label in s.current if not label.optional]
    said = [*allowed, *(r for s in before for label in s.current for r in readings(label))]
    said += [r for s in (*before, session) for ended in s.ended for r in readings(ended.was)]
    for ended in session.ended:
        # What is a reading of another fact that still holds may well stay.
        gone = [reading for reading in readings(ended.was) if reading not in allowed]
        told = []
        if _any(gone, current):
            told.append("is current still")
        elif ended.was in required and not _any(readings(ended.was), history):
            told.append("is not kept as history")
        if ended.by is not None and not _any(readings(ended.by), current):
            told.append(f"{told_label(ended.by)} has not taken its place")
        yield Case(kind="contradicted", label=told_label(ended.was), told=", ".join(told))
    for never in session.never:
        wrong = _any([never.fact], current)
        if never.fact not in said:  # else a fact of the past, and rightly so
            wrong = wrong or _any([never.fact], history)
        yield Case(
            kind="one-off" if never.why in ONE_OFF else "not meant",
            label=f"{told_label(never.fact)} ({never.why})",
            told="became a fact" if wrong else "",
        )
    for label in session.again:
        fresh = [fact for fact in current if fact.last_seen.date() >= session.day]
        told_of = "" if _any(readings(label), fresh) else "is not seen again"
        yield Case(kind="repeated", label=told_label(label), told=told_of)


def _any(labels: Sequence[Label], facts: Sequence[SeenFact]) -> bool:
    return any(same_wish(label, fact.wish) for label in labels for fact in facts)


def figures(grades: Sequence[Graded]) -> dict[str, dict[str, Figure]]:
    """Shares with their 95 % intervals, by ``all`` and by language; shoppers are drawn.

    Args:
        grades: of all shoppers.
    """
    languages = sorted({graded.talks.language for graded in grades})
    groups: dict[str, list[Graded]] = {"all": list(grades)}
    groups |= {name: [g for g in grades if g.talks.language == name] for name in languages}
    return {name: _figures(group) for name, group in groups.items()}


def _figures(grades: Sequence[Graded]) -> dict[str, Figure]:
    def of(count: Callable[[SessionGrade], Counts], *, last: bool = False) -> Figure:
        counts = {
            graded.talks.id: [count(s) for s in (graded.sessions[-1:] if last else graded.sessions)]
            for graded in grades
        }
        return share(counts, seed=_SEED)

    def handled(*kinds: str) -> Figure:
        def count(session: SessionGrade) -> Counts:
            cases = [case for case in session.cases if case.kind in kinds]
            return sum(not case.told for case in cases), len(cases)

        return of(count)

    return {
        "precision": of(_precision),
        "recall": of(_recall),
        "precision at the end": of(_precision, last=True),
        "recall at the end": of(_recall, last=True),
        "contradicted": handled("contradicted"),
        "one-off": handled("one-off"),
        "contradicted and one-off": handled("contradicted", "one-off"),
        "not meant": handled("not meant"),
        "repeated": handled("repeated"),
    }


def _precision(session: SessionGrade) -> Counts:
    return len(session.found), len(session.found) + len(session.spurious)


def _recall(session: SessionGrade) -> Counts:
    return len(session.found), len(session.found) + len(session.missed)


def table(measured: Mapping[str, Mapping[str, Figure]]) -> str:
    """The figures in Markdown, with their intervals and the goals."""
    heads = list(measured)
    lines = [
        "| figure | goal | " + " | ".join(heads) + " |",
        "|---|---|" + "---|" * len(heads),
    ]
    for name, told in _ROWS.items():
        goal = f"{GOALS[name]:.2f}" if name in GOALS else ""
        cells = [_cell(measured[head][name]) for head in heads]
        lines.append(f"| {told} | {goal} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(figure: Figure) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return "none"
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f}; n={figure.count})"


def misses(grades: Sequence[Graded]) -> list[dict[str, Any]]:
    """Every session that is not as labelled, for a reader: what was expected and what came."""
    found = []
    for graded in grades:
        pairs = zip(graded.talks.sessions, graded.sessions, strict=True)
        for number, (session, marks) in enumerate(pairs, start=1):
            if marks.flawless:
                continue
            failed = [case.model_dump() for case in marks.cases if case.told]
            found.append(
                {
                    "conversation": graded.talks.id,
                    "session": number,
                    "said": list(session.say),
                    "expected": [_told(label) for label in session.current],
                    "missed": marks.missed,
                    "spurious": marks.spurious,
                    "cases": failed,
                    "problems": list(graded.problems),
                }
            )
    return found


def _told(label: Label | AnyLabel) -> str:
    return told_label(label) + (" (optional)" if label.optional else "")
