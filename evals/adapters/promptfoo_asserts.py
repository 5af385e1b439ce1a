"""Assertions of promptfoo and the checks of a turn that say the same.

Source of the types: promptfoo's page on deterministic metrics; ``regex`` is ``new RegExp(value)``
there, so that case counts. A pattern where case does not count goes out as a line of JavaScript,
and the same line is understood on its way in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from evals.adapters.patterns import (
    cased_pattern,
    for_javascript,
    from_javascript,
    parted,
    pattern_of,
    texts_of,
)
from evals.adapters.templates import filled, quoted

_PLAIN = ("contains", "contains-any", "contains-all", "equals", "starts-with", "regex")
_ANY_CASE = ("icontains", "icontains-any", "icontains-all")
_IGNORING_CASE = re.compile(r"new RegExp\((\".*\"), \"i\"\)\.test\(output\)", re.DOTALL)


class Assertion(BaseModel):
    """One assertion of a test."""

    model_config = ConfigDict(extra="allow")

    type: str
    value: Any = None
    threshold: float | None = None


class Unmapped(Exception):
    """An assertion that no check of a turn stands for, and why."""


class Checks(BaseModel):
    """The checks of a turn that assertions can stand for."""

    said: list[str] = []
    not_said: list[str] = []
    total_ms: float | None = None

    def add(self, assertion: Assertion, variables: Mapping[str, Any]) -> None:
        """Takes an assertion in.

        Args:
            assertion: of a test.
            variables: of that test, which the value may name.

        Raises:
            Unmapped: no check stands for it.
        """
        if assertion.model_extra:
            raise Unmapped(f"it has {', '.join(sorted(assertion.model_extra))}")
        if assertion.type == "latency":
            if assertion.threshold is None or assertion.threshold <= 0:
                raise Unmapped("it has no threshold")
            bounds = [assertion.threshold, *([] if self.total_ms is None else [self.total_ms])]
            self.total_ms = min(bounds)
            return
        kind = assertion.type.removeprefix("not-")
        patterns = _patterns(kind, assertion.value, variables)
        if kind == assertion.type:
            self.said += patterns
        elif kind.endswith("-any"):
            self.not_said += patterns
        elif len(patterns) > 1:
            raise Unmapped("a suite cannot say that not all of several may be said")
        else:
            self.not_said += patterns


def assertions_of(
    said: tuple[str, ...], not_said: tuple[str, ...], total_ms: float | None
) -> tuple[list[dict[str, Any]], list[str], list[str]]:
    """Checks of a turn as assertions.

    Returns:
        The assertions; the patterns of ``said`` and of ``not_said`` that none stands for.
    """
    made: list[dict[str, Any]] = []
    left: tuple[list[str], list[str]] = ([], [])
    for patterns, negated, rest in ((said, False, left[0]), (not_said, True, left[1])):
        for pattern in patterns:
            assertion = _assertion(pattern)
            if assertion is None:
                rest.append(pattern)
                continue
            if negated:
                assertion["type"] = f"not-{assertion['type']}"
            made.append(assertion)
    if total_ms is not None:
        made.append({"type": "latency", "threshold": total_ms})
    return made, *left


def _assertion(pattern: str) -> dict[str, Any] | None:
    body, cased = parted(pattern)
    if (texts := texts_of(body)) is not None:
        kind = "contains" if cased else "icontains"
        if len(texts) == 1:
            return {"type": kind, "value": quoted(texts[0])}
        return {"type": f"{kind}-any", "value": [quoted(text) for text in texts]}
    if cased and body.startswith(r"\A"):
        whole = body.endswith(r"\Z")
        texts = texts_of(body[2:-2] if whole else body[2:])
        if texts is not None and len(texts) == 1:
            return {"type": "equals" if whole else "starts-with", "value": quoted(texts[0])}
    source = for_javascript(body)
    if source is None:
        return None
    if cased:
        return {"type": "regex", "value": quoted(source)}
    line = f'new RegExp({json.dumps(source, ensure_ascii=False)}, "i").test(output)'
    return {"type": "javascript", "value": quoted(line)}


def _patterns(kind: str, value: Any, variables: Mapping[str, Any]) -> list[str]:
    """The patterns that must all be met.

    Raises:
        Unmapped: there are none for it.
    """
    if kind == "javascript":
        return [_of_javascript(value, variables)]
    if kind not in (*_PLAIN, *_ANY_CASE):
        raise Unmapped("a suite has no such check")
    texts = [_text(item, variables) for item in (value if isinstance(value, list) else [value])]
    if not texts or (len(texts) > 1 and not kind.endswith(("-any", "-all"))):
        raise Unmapped("its value is not one text")
    cased = kind in _PLAIN
    match kind.removeprefix("i"):
        case "regex":
            body = from_javascript(texts[0])
            if body is None:
                raise Unmapped("its pattern cannot be read")
            return [cased_pattern(body)]
        case "equals":
            return [pattern_of(texts, cased=True, begins=True, ends=True)]
        case "starts-with":
            return [pattern_of(texts, cased=True, begins=True)]
        case "contains-all":
            return [pattern_of([text], cased=cased) for text in texts]
    return [pattern_of(texts, cased=cased)]


def _of_javascript(value: Any, variables: Mapping[str, Any]) -> str:
    match = _IGNORING_CASE.fullmatch(_text(value, variables))
    if match is None:
        raise Unmapped("a suite runs no code")
    try:
        source = json.loads(match[1])
    except ValueError as error:
        raise Unmapped("a suite runs no code") from error
    body = from_javascript(source)
    if body is None:
        raise Unmapped("its pattern cannot be read")
    return body


def _text(value: Any, variables: Mapping[str, Any]) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
        raise Unmapped("its value is no text")
    text = filled(str(value), variables)
    if text is None:
        raise Unmapped("its value is a template")
    if text.startswith(("file://", "package:")):
        raise Unmapped("its value is in another file")
    return text
