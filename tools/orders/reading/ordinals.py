"""Which of several choices "the second one" is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.text import normalise
from tools.orders.reading.reader import plain

_WORDS = ("first", "second", "third", "fourth", "fifth", "sixth")
_CHINESE = "一二三四五六"
_ENGLISH = re.compile(
    r"^\W*(?:(?:i mean|i'd like|i want|take|it's|make it) )?(?:the |number |no\.? |option |#)*"
    r"(?:(?P<word>first|second|third|fourth|fifth|sixth|last)|(?P<digit>[1-6])(?:st|nd|rd|th)?)"
    r"(?: one| order| item| option)?(?: please| thanks)?\W*$"
)
_ZH = re.compile(
    r"^\W*(?:我(?:要|说的是|想要)|就|是|要)?(?:(?:第(?P<zh>[一二三四五六])|(?P<last>最后一))"
    r"(?:个|双|件|单|款|种|笔)?|第(?P<digit>[1-6])(?:个|双|件|单|款|种|笔)?)(?:订单)?(?:吧|谢谢)?\W*$"
)


def chosen_by_place(message: str, choices: Sequence[str]) -> str | None:
    """The choice that a message names by its place; None where it does not.

    Args:
        message: the shopper's.
        choices: as they were offered.
    """
    text = normalise(plain(message))
    match = _ENGLISH.match(text) or _ZH.match(text)
    if match is None or not choices:
        return None
    groups = match.groupdict()
    if groups.get("word") == "last" or groups.get("last"):
        return choices[-1]
    if groups.get("digit"):
        place = int(groups["digit"]) - 1
    elif groups.get("word"):
        place = _WORDS.index(groups["word"])
    else:
        place = _CHINESE.index(groups["zh"])
    return choices[place] if place < len(choices) else None
