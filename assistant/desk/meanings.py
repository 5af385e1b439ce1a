"""What the texts that staff edit say to the assistant: clauses, opening hours, rules."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import yaml
from babel.dates import get_day_names

from assistant.desk.hours import DAYS, Span
from assistant.desk.rules import Rules, load_rules, parsed
from assistant.desk.showing import texts
from assistant.errors import BadInput
from assistant.reply import Language
from retrieval.policies.reading import MOST_BYTES, read_clauses

HANDOFF = "handoff-rules.yaml"


@dataclass(frozen=True)
class Meaning:
    """What a text says to the assistant, in parts.

    Attributes:
        heading: of the part.
        lines: what it says.
    """

    heading: str
    lines: tuple[str, ...]


def policy_meaning(text: str, *, name: str, language: Language) -> list[Meaning]:
    """The clauses of a policy, as the assistant quotes them.

    Args:
        text: of the file.
        name: of the file.
        language: of its folder.

    Raises:
        BadInput: it has none, or is too long.
    """
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise BadInput(f"A policy has {MOST_BYTES:,} bytes at most.", field="text")
    clauses = read_clauses(text, file=name, language=language)
    if not clauses:
        raise BadInput("A policy needs a sentence that can be quoted.", field="text")
    return [
        Meaning(clause.title, tuple(sentence.text for sentence in clause.sentences))
        for clause in clauses
    ]


def rules_meaning(text: str, language: Language) -> list[Meaning]:
    """The opening hours and the rules for handing over that hold with a text.

    Args:
        text: of the shop's file.
        language: of what is said.

    Raises:
        BadInput: it is no such file.
    """
    rules = _rules_of(text)
    on = tuple(
        rule.reason.of(language) or trigger.value
        for trigger, rule in rules.rules.items()
        if rule.enabled
    )
    words = texts(language)["files"]
    zone = rules.hours.time_zone
    hours = Meaning(
        f"{words['hours']} ({zone})" if zone else words["hours"], _hours(rules, language)
    )
    return [hours, Meaning(words["rules"], on)]


def _rules_of(text: str) -> Rules:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / HANDOFF
        path.write_text(text, encoding="utf-8", newline="\n")
        try:
            return load_rules(path)
        except BadInput as error:
            raise BadInput(error.sentence.replace(str(path), HANDOFF), field="text") from error


def with_hours(text: str, *, time_zone: str, week: Mapping[str, str], holidays: str) -> str:
    """A file of rules with other opening hours; the rest of it stays letter by letter.

    Args:
        text: of the file.
        time_zone: of the hours, such as ``Europe/Berlin``; empty for a shop that is always open.
        week: spans by weekday, with commas between: ``09:00-12:00, 13:00-18:00``.
        holidays: days on which nobody is there, with commas or spaces between.

    Raises:
        BadInput: the file is written so that the form cannot put them in: in one line, or twice.
    """
    spans = {day: [one.strip() for one in week.get(day, "").split(",")] for day in DAYS}
    hours = {
        "time_zone": time_zone.strip() or None,
        "week": {day: [one for one in found if one] for day, found in spans.items()},
        "holidays": holidays.replace(",", " ").split(),
    }
    block = yaml.safe_dump({"hours": hours}, sort_keys=False, default_flow_style=None)
    lines = text.splitlines(keepends=True)
    begins, ends = _hours_lines(lines)
    if begins == ends:
        changed = f"{block}\n{text}" if text.strip() else block
    else:
        changed = "".join([*lines[:begins], block, *lines[ends:]])
    before = _entries(text)
    # What is wrong with the rest already is told when it is looked at.
    if before is not None and _entries(changed) != before | {"hours": hours}:
        said = "The form cannot put the hours into a text that is written like this: edit the text."
        raise BadInput(said, field="text")
    return changed


def _entries(text: str) -> dict[str, Any] | None:
    """What a file says, the hours as they were written; None where it is no such file."""
    try:
        return parsed(text)
    except BadInput:
        return None


def _hours_lines(lines: Sequence[str]) -> tuple[int, int]:
    """Where the key of the hours stands, and where what stands below it ends; nowhere: 0 and 0."""
    for begins, line in enumerate(lines):
        if line.startswith("hours:"):
            ends = begins + 1
            for number in range(begins + 1, len(lines)):
                line = lines[number]
                if line.strip() and not line[0].isspace() and not line.startswith("#"):
                    break
                # A comment at the margin is within where more of the hours comes after it.
                ends = number + 1 if line.strip() and line[0].isspace() else ends
            return begins, ends
    return 0, 0


def hours_in(text: str) -> Mapping[str, str]:
    """The opening hours of a file of rules as the fields of ``with_hours``; empty where it has none
    that can be read.

    Args:
        text: of the file.
    """
    try:
        hours = _rules_of(text).hours
    except BadInput:
        return {}
    week = {day: ", ".join(_span(span, "-") for span in hours.week.get(day, ())) for day in DAYS}
    holidays = ", ".join(str(day) for day in sorted(hours.holidays))
    fields = {"time_zone": hours.time_zone or "", "holidays": holidays}
    return fields | {str(day): told for day, told in week.items()}


def built_in_hours() -> str:
    """The built-in opening hours: what a shop without a file of its own begins with."""
    text = resources("assistant.desk").joinpath("rules.yaml").read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    begins, ends = _hours_lines(lines)
    return "".join(lines[begins:ends])


def _hours(rules: Rules, language: Language) -> tuple[str, ...]:
    """A line a weekday, then the days on which nobody is there."""
    hours = rules.hours
    if hours.time_zone is None:
        return (texts(language)["files"]["always"],)
    names = get_day_names("wide", locale=language)
    lines = []
    for number, day in enumerate(DAYS):
        spans = hours.week.get(day, ())
        told = ", ".join(_span(span, "–") for span in spans) or "–"
        lines.append(f"{names[number]}: {told}")
    return (*lines, *(str(day) for day in sorted(hours.holidays)))


def _span(span: Span, dash: str) -> str:
    begins, ends = span
    return f"{begins:%H:%M}{dash}{'24:00' if ends == time.max else f'{ends:%H:%M}'}"
