"""How a scripted shopper words a message: templates, a style, and slips of the fingers."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Literal

from evals.shoppers.goal import Style
from evals.shoppers.phrases import InBoth, Kind, phrases

_SENTENCE_START = re.compile(r"(?:^|[.?!] )[a-z]")
_ENDS_OPEN = re.compile(r"[\w)%\"”’']$")
_ALONE = ("tell", "add", "complain", "too_dear", "insist", "ask", "doubt")
"""What terse shoppers say with the wishes alone."""
_PLAIN_WORD = re.compile(r"\b[a-z]{5,}\b")
_CHATS = 0.5
"""How often a chatty shopper chats."""
_SLIPS = 0.12
"""How often a word, or a Chinese character that has a sound-alike, is mistyped."""


class Voice:
    """One shopper's way of writing.

    Args:
        language: that is written.
        style: see ``Goal``.
        rng: draws sentences and slips; the same seed writes the same.
    """

    def __init__(self, language: Literal["en", "zh"], style: Style, rng: random.Random) -> None:
        self._language = language
        self._style = style
        self._rng = rng
        self._left: dict[str, list[str]] = {}

    def opening(self, first_words: str, wishes: Sequence[str]) -> str:
        """The first message.

        Args:
            first_words: of the goal.
            wishes: the words of those that are told at once.
        """
        chat = phrases().chat
        text = self._joined([first_words, *wishes])
        if self._style == "chatty":
            text = self._draw("first", chat.first) + text
            if self._rng.random() < _CHATS:
                stop = "" if self._language == "zh" else "."
                text += stop + self._draw("after", chat.after)
        return self._written(text)

    def say(self, kind: Kind, wishes: Sequence[str]) -> str:
        """A later message.

        Args:
            kind: what is said.
            wishes: the words of those that it is about; may be none.
        """
        of_kind = phrases().say[kind]
        if self._style == "terse":
            alone = wishes and kind in _ALONE
            template = "{wishes}" if alone else of_kind.of(self._language)[0]
        else:
            template = self._draw(kind, of_kind)
        text = template.replace("{wishes}", self._joined(wishes)).strip(" ，,:：")
        pleased = kind in ("tell", "add", "dont_mind", "go_on")
        if self._style == "chatty" and pleased and self._rng.random() < _CHATS:
            text = self._draw("before", phrases().chat.before) + text
        return self._written(text)

    def verbatim(self, text: str) -> str:
        """A message in words of the goal's own."""
        return self._written(text)

    def _draw(self, name: str, sentences: InBoth) -> str:
        """One of the sentences; none comes again before all have come."""
        left = self._left.setdefault(name, [])
        if not left:
            left += sentences.of(self._language)
            self._rng.shuffle(left)
        return left.pop()

    def _joined(self, wishes: Sequence[str]) -> str:
        return phrases().join[self._language].join(wishes)

    def _written(self, text: str) -> str:
        if self._style == "careless":
            slip = _mistyped_zh if self._language == "zh" else _mistyped_en
            return slip(text, self._rng)
        if self._style == "terse" or self._language == "zh":
            return text
        text = _SENTENCE_START.sub(lambda found: found.group().upper(), text)
        return f"{text}." if _ENDS_OPEN.search(text) else text


def _mistyped_en(text: str, rng: random.Random) -> str:
    """Small letters, no apostrophes, and two letters of some words swapped; never in a number."""

    def swapped(found: re.Match[str]) -> str:
        word = found.group()
        if rng.random() >= _SLIPS:
            return word
        # The first and the last letter stay, as in most slips of quick fingers.
        place = rng.randrange(1, len(word) - 2)
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]

    plain = re.sub(r"(?<=\w)['’](?=\w)", "", text.lower())
    return _PLAIN_WORD.sub(swapped, plain)


def _mistyped_zh(text: str, rng: random.Random) -> str:
    """Spaces for commas, and some characters that sound the same."""
    alike = phrases().sound_alikes
    typed = [alike[c] if c in alike and rng.random() < 2 * _SLIPS else c for c in text]
    return re.sub(r"[，。；：]\s*", " ", "".join(typed)).strip()
