"""The clauses of a message, and those that say what is to be left as it is."""

from __future__ import annotations

import re

_BREAK = re.compile(
    r"[.;。；!！?？\n，,]+(?!\d)|\s+(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])\s+"
    r"|\b(?:but|though|and|while|whereas)\b|但是?|不过|可是",
    re.IGNORECASE,
)
# "Instead of the boots" begins a clause of what is not meant.
_TURN = re.compile(
    r"(?=\b(?:instead\s+of|rather\s+than|except(?:\s+for)?|other\s+than|but\s+not"
    r"|not\s+(?:the|my|that|those|these))\b)|(?=除了)",
    re.IGNORECASE,
)
_LEFT = re.compile(
    r"\b(?:keep(?:ing)?|kept|leav(?:e|ing)|stays?|staying)\b"
    r"|\b(?:instead\s+of|rather\s+than|except|other\s+than|but\s+not)\b"
    r"|\bnot\s+(?:the|my|that|those|these)\b"
    r"|\b(?:don't|do\s+not|no\s+need\s+to|not)\s+(?:want\s+to\s+)?(?:cancel|return|exchange|touch|change|send|swap)"
    r"|留着|留下|保留|不退|不换|不取消|不动|别动|别退|别换|不用(?:退|换|动|取消)|不要(?:退|换|动|取消)|除了",
    re.IGNORECASE,
)


def without_left(text: str) -> tuple[str, str]:
    """A message without what is to be left as it is, and that part.

    "Send the boots back, keep the slides" asks for the boots alone.

    Args:
        text: in simplified characters.

    Returns:
        What is meant and what is not, each as its clauses joined by commas.
    """
    meant: list[str] = []
    left: list[str] = []
    for clause in _BREAK.split(text):
        for piece in _TURN.split(clause or ""):
            (left if _LEFT.search(piece) else meant).append(piece)
    return " , ".join(meant), " , ".join(left)
