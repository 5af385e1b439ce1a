"""What a chart answers, in one sentence: the question stands above it, the figures below."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assistant.insight.releases import Release

Row = tuple[str | int | float | None, ...]
Rows = Sequence[Row]
Words = Mapping[str, Any]
# Noise goes beyond this in one case of twenty.
_UNSURE = 0.05


def margin_of(release: Release) -> int:
    """By how much a figure of a release is off at most, in 19 of 20 cases: noise is Laplace's."""
    return math.ceil(release.scale * math.log(1 / _UNSURE))


def most(rows: Rows, words: Words, *, of: str = "shoppers") -> str:
    """What comes first, and next.

    Args:
        rows: a name and a number each, the largest first.
        words: of answers.
        of: what is counted, by the names of ``words``.
    """
    if not rows:
        return ""
    unit = words[of]
    first = words["first"].format(name=_named(rows[0]), count=unit.format(count=rows[0][1]))
    if len(rows) < 2:
        return str(words["end"].format(said=first))
    second = words["second"].format(name=_named(rows[1]), count=rows[1][1])
    return str(words["end"].format(said=f"{first}{second}"))


def _named(row: Row) -> str:
    """What a row is of, without the end of its sentence."""
    return str(row[0]).rstrip(".。")


def change(names: Sequence[str], rows: Rows, finals: Sequence[Release], words: Words) -> str:
    """Which wish went up or down most in the last week, where noise does not explain it.

    Args:
        names: of the wishes, by column.
        rows: the week, then how many had each wish.
        finals: the figures of these weeks.
        words: of answers.
    """
    if not rows or len(rows) < 2:
        return str(words["one_week"]) if rows else ""
    sure = sum(margin_of(release) for release in finals[-2:])
    moved = [
        (after - before, before, after, name)
        for name, before, after in zip(names, rows[-2][1:], rows[-1][1:], strict=True)
        if isinstance(before, int) and isinstance(after, int)
    ]
    largest = max(moved, key=lambda one: abs(one[0]), default=None)
    if largest is None or abs(largest[0]) <= sure:
        return str(words["no_change"])
    up = "rose" if largest[0] > 0 else "fell"
    return str(words[up].format(name=largest[3], before=largest[1], after=largest[2]))


def content(rows: Rows, words: Words) -> str:
    """How many thumbs are up, and where most are down."""
    ups = sum(int(row[1] or 0) for row in rows)
    downs = sum(int(row[2] or 0) for row in rows)
    if not ups + downs:
        return ""
    said = words["thumbs"].format(share=round(100 * ups / (ups + downs)))
    worst = max(rows, key=lambda row: int(row[2] or 0))
    return f"{said}{words['worst'].format(name=worst[0])}" if worst[2] else str(said)


def shares(rows: Rows, words: Words) -> str:
    """Whether fewer shoppers than in the week before were left without an answer."""
    known = [row for row in rows if row[1] is not None]
    if not known:
        return ""
    last = words["unhelped"].format(week=known[-1][0], share=known[-1][1])
    return f"{last}{_against(known, words)}"


def talks(rows: Rows, words: Words) -> str:
    """How many shoppers talked in the last week, and in the one before."""
    known = [row for row in rows if row[1] is not None]
    if not known:
        return ""
    last = words["talked"].format(week=known[-1][0], count=known[-1][1])
    return f"{last}{_against(known, words)}"


def _against(known: Rows, words: Words) -> str:
    return str(words["before"].format(value=known[-2][1]) if len(known) > 1 else words["alone"])


def waits(rows: Rows, words: Words) -> str:
    """How soon answers began and were whole on the last day."""
    return _last(rows, words, "waited", lambda row: {"first": row[1], "whole": row[4]})


def work(rows: Rows, words: Words) -> str:
    """What the model did on the last day."""
    return _last(rows, words, "worked", lambda row: {"answers": row[1], "calls": row[2]})


def failures(rows: Rows, words: Words) -> str:
    """How often the model gave nothing of use on the last day."""
    return _last(rows, words, "failed", lambda row: {"count": row[1], "share": row[2] or 0})


def costs(rows: Rows, words: Words, currency: str) -> str:
    """What the last day and all days cost."""
    whole = sum(float(row[1] or 0) for row in rows)
    return _last(
        rows,
        words,
        "cost",
        lambda row: {
            "cost": f"{row[1]} {currency}",
            "days": len(rows),
            "whole": f"{whole:.4g} {currency}",
        },
    )


def _last(rows: Rows, words: Words, name: str, values: Callable[[Row], Mapping[str, Any]]) -> str:
    if not rows or any(value is None for value in values(rows[-1]).values()):
        return ""
    return str(words[name].format(day=rows[-1][0], **values(rows[-1])))


def outcomes(kept: int, mended: int, refused: int, words: Words) -> str:
    """What became of a file's rows."""
    name = "imported" if refused or mended else "imported_whole"
    return str(words[name].format(total=kept + mended + refused, mended=mended, refused=refused))
