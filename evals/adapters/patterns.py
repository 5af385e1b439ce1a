"""Patterns of ``said`` and ``not_said``, and the plain texts that other tools look for.

A suite's patterns are looked for whatever the case; ``(?-i:…)`` is one where case counts.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence

_CASED = re.compile(r"\(\?-i:(.*)\)", re.DOTALL)
_PIECE = re.compile(r"\\.|[^\\]", re.DOTALL)
# What Python's patterns have and JavaScript's do not, or have with another meaning.
_PYTHON_ONLY = re.compile(
    r"\\[AZNpP]|\(\?[aiLmsux#>(-]|\(\?P[<=>]|[*+?}]\+|\\[0-7]{2}|\[\[|\(\?<[A-Za-z_]"
)


def pattern_of(
    texts: Sequence[str], *, cased: bool, begins: bool = False, ends: bool = False
) -> str:
    """A pattern for any of some plain texts.

    Args:
        texts: at least one.
        cased: whether case counts.
        begins: whether the answer must begin with it.
        ends: whether the answer must end with it.
    """
    body = "|".join(map(re.escape, texts))
    if (begins or ends) and len(texts) > 1:
        body = f"(?:{body})"
    body = (r"\A" if begins else "") + body + (r"\Z" if ends else "")
    return cased_pattern(body) if cased else body


def cased_pattern(body: str) -> str:
    """A pattern where case counts."""
    return f"(?-i:{body})"


def parted(pattern: str) -> tuple[str, bool]:
    """The pattern without its mark of case, and whether case counts.

    ``(?-i:a)|b`` is not of one case: it comes back as it is.
    """
    match = _CASED.fullmatch(pattern)
    if match is None or not _compiles(match[1]):
        return pattern, False
    return match[1], True


def texts_of(body: str) -> list[str] | None:
    """The plain texts that a pattern stands for; None where it stands for more than that."""
    texts = [""]
    for piece in _PIECE.findall(body):
        if piece == "|":
            texts.append("")
        else:
            texts[-1] += piece[-1]
    return texts if "|".join(map(re.escape, texts)) == body and all(texts) else None


def for_javascript(body: str) -> str | None:
    """The pattern as JavaScript has it; None where it has no such thing."""
    return None if _PYTHON_ONLY.search(body) else body


def from_javascript(source: str) -> str | None:
    """A pattern of JavaScript as Python has it; None where it has no such thing."""
    body = re.sub(r"\(\?<(?=[A-Za-z_$])", "(?P<", source)
    body = re.sub(r"\\k<(\w+)>", r"(?P=\1)", body)
    return body if _compiles(body) else None


def _compiles(body: str) -> bool:
    try:
        with warnings.catch_warnings():
            # Python warns of what it will read otherwise one day.
            warnings.simplefilter("error")
            re.compile(body)
    except (re.error, OverflowError, RecursionError, Warning):
        return False
    return True
