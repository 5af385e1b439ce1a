"""A comparison as text for a terminal, which is Markdown too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evals.comparing.comparison import (
    Comparison,
    ConversationChange,
    FailedCheck,
    FigureChange,
    SeenAnswer,
    Side,
    TurnChange,
)
from evals.reports.printable import printable

_GROUPS = {"all": "All conversations", "en": "English", "zh": "Chinese"}
_TOLD = 10  # conversations of a kind
_LONGEST = 240  # characters of an answer
_MOST_IDS = 10


def told(found: Comparison) -> str:
    """The whole of a comparison, with the first conversations of each kind.

    Args:
        found: of two runs.
    """
    parts = [
        f"- A: {_side(found.a)}\n- B: {_side(found.b)}\n"
        f"- held together: {_counted(found.paired, 'conversation')}",
        *_left_out(found),
        *found.notes,
    ]
    if found.figures:
        parts.append(_verdict(found))
    for group in dict.fromkeys(figure.group for figure in found.figures):
        figures = [figure for figure in found.figures if figure.group == group]
        parts.append(f"### {_GROUPS.get(group, group)}\n\n{_table(figures)}")
    if found.agreement:
        parts.append(f"### Answered alike\n\n{_alike(found)}")
    for title, count, changes in (
        ("Newly failing", found.newly_failing_count, found.newly_failing),
        ("Newly passing", found.newly_passing_count, found.newly_passing),
        ("Answered otherwise", found.changed_answers_count, found.changed_answers),
    ):
        if count:
            shown = "\n\n".join(_conversation(change) for change in changes[:_TOLD])
            more = count - min(_TOLD, len(changes))
            rest = f"\n\n… and {more:,} more" if more else ""
            parts.append(f"### {title}: {count:,}\n\n{shown}{rest}")
    return "\n\n".join(parts) + "\n"


def _side(side: Side) -> str:
    model = f", model {side.about.model}" if side.about and side.about.model else ""
    return f"{side.name}: {side.system}{model}, {_counted(side.conversations, 'conversation')}"


def _left_out(found: Comparison) -> Iterator[str]:
    for ids, why in (
        (found.only_a, "in A alone"),
        (found.only_b, "in B alone"),
        (found.changed, "not the same in both"),
    ):
        if ids:
            more = f" and {len(ids) - _MOST_IDS} more" if len(ids) > _MOST_IDS else ""
            yield f"Left out, {why}: {', '.join(ids[:_MOST_IDS])}{more}."


def _verdict(found: Comparison) -> str:
    sentences = []
    for figures, word in ((found.worse, "Worse"), (found.better, "Better")):
        if figures:
            names = "; ".join(f"{f.title}{_of(f)}" for f in figures)
            sentences.append(f"{word} beyond noise: {names}.")
    return "\n".join(sentences) or "Nothing is better or worse beyond noise."


def _of(figure: FigureChange) -> str:
    return "" if figure.group == "all" else f" ({_GROUPS.get(figure.group, figure.group)})"


def _table(figures: Sequence[FigureChange]) -> str:
    head = ["", "A", "B", "B − A", "95 % interval", "changed", "p, corrected", "verdict"]
    lines = [
        [
            f"{figure.title} ({figure.unit})" if figure.unit else figure.title,
            _number(figure.a, figure),
            _number(figure.b, figure),
            _number(figure.difference, figure, "+"),
            f"[{_number(figure.low, figure, '+')}, {_number(figure.high, figure, '+')}]",
            f"{figure.changed:,} of {figure.conversations:,}",
            f"{figure.p_corrected:.3f}",
            figure.verdict,
        ]
        for figure in figures
    ]
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
    rule = ["-" * max(3, width) for width in widths]
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |"
        for line in (head, rule, *lines)
    )


def _number(value: float, figure: FigureChange, sign: str = "") -> str:
    digits = 3 if figure.share else 0 if figure.unit == "ms" else 2
    return f"{value:{sign},.{digits}f}".replace("-", "−")


def _alike(found: Comparison) -> str:
    return "\n".join(
        f"- {item.aspect}: {item.same.value:.3f} [{item.same.low:.3f}, {item.same.high:.3f}] "
        f"({item.same.numerator:,.0f}/{item.same.denominator:,.0f})"
        for item in found.agreement
    )


def _conversation(change: ConversationChange) -> str:
    attempt = f", attempt {change.attempt}" if change.attempt > 1 else ""
    lines = [f"{change.conversation}{attempt}", *([f"  {change.note}"] if change.note else [])]
    for turn in change.turns:
        lines += _turn(turn)
    return "\n".join(lines)


def _turn(turn: TurnChange) -> Iterator[str]:
    yield f"  {turn.number}. {_short(turn.say)}"
    for name, answer in (("A", turn.a), ("B", turn.b)):
        yield f"     {name}: {_answer(answer, turn)}"
        for failed in answer.failed:
            yield f"        failed: {_failed(failed)}"


def _answer(answer: SeenAnswer, turn: TurnChange) -> str:
    if answer.error is not None:
        return f"no answer: {_short(answer.error)}"
    shown = {
        "intent": answer.intent or "none",
        "products": ", ".join(answer.products) or "none",
        "pick": answer.pick or "none",
        "need": "; ".join(answer.need or ()) or "none",
        "asks": ", ".join(answer.choices) or "no",
    }
    aspects = [f"{name}: {shown[name]}" for name in turn.aspects if name in shown]
    return _short(answer.text) + "".join(f" [{printable(aspect)}]" for aspect in aspects)


def _failed(failed: FailedCheck) -> str:
    return f"{failed.check}: {_short(failed.told)}" if failed.told else failed.check


def _short(text: str) -> str:
    line = printable(" ".join(text.split()))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
