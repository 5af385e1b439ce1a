"""Instructions to an actor ("You want …") as the words that the actor says ("I want …")."""

from __future__ import annotations

import re

_AUXILIARY = {"are": "am", "were": "was", "aren't": "am not", "weren't": "wasn't"}
_FORMS = {"you": "my", "your": "my", "yours": "mine", "yourself": "myself"}
# Words before "you" that make it an object.
_GOVERNING = frozenset(
    "about after against ask at behind beside between by call cause charge contact for from "
    "cost costs gave give given gives help helps inform let like makes of offer on refund remind "
    "save saves send sends sent show than tell tells to told toward towards with without".split()
)
_YOU = re.compile(
    r"\b(?P<before>\w+\s+)?(?P<you>you)"
    r"(?:(?P<short>['’](?:re|ve|d|ll))|\s+(?P<auxiliary>are|were|aren't|weren't)\b)?"
    r"(?P<after>(?=\s*(?:[.,;:!?)]|$)))?",
    re.IGNORECASE,
)
# "You name is": a slip that the tasks of tau2-bench are full of.
_OTHERS = re.compile(r"\b(your|yours|yourself|you(?= names?\b))\b", re.IGNORECASE)


def first_person(text: str) -> str:
    """The text with the one it speaks to as the one who speaks.

    Args:
        text: English, in the second person; spaces and line ends are made single spaces.
    """
    text = " ".join(text.split())
    text = _OTHERS.sub(lambda match: _like(_FORMS[match[1].lower()], match[1]), text)
    return _YOU.sub(_spoken, text)


def sentences(text: str) -> list[str]:
    """The sentences of an English text."""
    return [part for part in re.split(r"(?<=[.!?])\s+", " ".join(text.split())) if part]


def _spoken(match: re.Match[str]) -> str:
    before = match["before"] or ""
    if match["short"]:
        short = "'m" if match["short"][1:] == "re" else "'" + match["short"][1:]
        return f"{before}I{short}"
    if match["auxiliary"]:
        return f"{before}I {_AUXILIARY[match['auxiliary'].lower()]}"
    governed = before.strip().lower() in _GOVERNING
    if governed or (before and match["after"] is not None):
        return f"{before}me"
    if before.strip().lower() in _AUXILIARY:
        return f"{_like(_AUXILIARY[before.strip().lower()], before)} I"
    return f"{before}I"


def _like(word: str, model: str) -> str:
    return word.capitalize() if model[0].isupper() else word
