"""Two answers to one message, held against each other whatever a suite checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from evals.comparing.comparison import Aspect, FailedCheck, SeenAnswer, TurnChange
from evals.reports.graded_lines import GradedLine
from evals.running.observed import Observed, SeenWish
from evals.suite.conversation import Label, Recorded
from evals.suite.predicates import read_number

ASPECTS: tuple[Aspect, ...] = get_args(Aspect)
_RECORDED: tuple[Aspect, ...] = ("intent", "products", "pick", "need")


def answer_of(observed: Observed, failed: Sequence[FailedCheck] = ()) -> SeenAnswer:
    """What a run saw of an answer.

    Args:
        observed: as the run wrote it down.
        failed: the checks of the turn that failed.
    """
    return SeenAnswer(
        text=observed.text,
        intent=observed.intent,
        products=list(observed.products),
        pick=observed.pick,
        need=None if observed.need is None else _told(observed.need),
        choices=list(observed.choices),
        failed=list(failed),
        error=observed.error,
    )


def recorded_answer(recorded: Recorded) -> SeenAnswer:
    """What a real conversation's answer was."""
    return SeenAnswer(
        text=recorded.text,
        intent=recorded.intent,
        products=list(recorded.products),
        pick=recorded.pick,
        need=_told(recorded.need),
    )


def failed_checks(line: GradedLine, turn: int) -> list[FailedCheck]:
    """The checks of one turn that failed."""
    return [
        FailedCheck(check=failed.check, told=failed.told)
        for failed in line.failed
        if failed.turn == turn
    ]


def held_together(
    a: SeenAnswer, b: SeenAnswer, *, recorded: bool = False
) -> Iterator[tuple[Aspect, bool]]:
    """Each aspect that both answers tell of, and whether they are alike in it.

    Of an answer that is an error no more is looked at.

    Args:
        a, b: the answers.
        recorded: whether one was recorded: such a one is never an error, and its choices are not
            kept.
    """
    failed = (a.error is not None, b.error is not None)
    yield "answered", failed[0] == failed[1]
    if any(failed):
        return
    for aspect in _RECORDED if recorded else ASPECTS[1:]:
        left, right = _compared(a, aspect), _compared(b, aspect)
        if aspect == "pick" or (left is not None and right is not None):
            yield aspect, left == right


def turn_change(
    number: int,
    say: str,
    a: SeenAnswer,
    b: SeenAnswer,
    aspects: Sequence[Aspect],
    *,
    checked: bool,
) -> TurnChange | None:
    """The turn, where its answers differ in an aspect or its checks came out otherwise.

    Args:
        number: from 1.
        say: the message.
        a, b: its answers.
        aspects: what they differ in.
        checked: whether both were checked.
    """
    if not aspects and (not checked or {f.check for f in a.failed} == {f.check for f in b.failed}):
        return None
    return TurnChange(number=number, say=say, a=a, b=b, aspects=list(aspects))


def _compared(answer: SeenAnswer, aspect: Aspect) -> Any:
    match aspect:
        case "products":
            return set(answer.products)
        case "need":
            return None if answer.need is None else set(answer.need)
        case "asks":
            return bool(answer.choices)
        case _:
            return getattr(answer, aspect)


def _told(wishes: Sequence[SeenWish | Label]) -> list[str]:
    """Wishes in words that are the same for the same wish; one for either of two is two."""
    told = []
    for wish in wishes:
        for value in wish.value if isinstance(wish.value, list) else [wish.value]:
            number = None if isinstance(value, bool) else read_number(value)
            shown = "" if value is None else f" {value if number is None else f'{number:.10g}'}"
            op = "=" if wish.op == "contains" else wish.op
            preferred = wish.strength == "prefer" and wish.op not in ("asc", "desc")
            told.append(f"{wish.field} {op}{shown}{' (preferred)' if preferred else ''}")
    return told
