"""Rules that know a message by its words, in both languages: what counts, and what excuses it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Patterns(_Strict):
    """Regular expressions by language; English ones begin and end at whole words."""

    en: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.en or self.zh)


class Words(Patterns):
    """What counts, and what a match must not overlap.

    Attributes:
        unless: a match is none that overlaps a match of these.
    """

    unless: Patterns = Patterns()


@dataclass(frozen=True)
class WordRule:
    """A rule, ready to be held against simplified text with straight apostrophes.

    Attributes:
        words: what counts.
        unless: what excuses a match that it overlaps.
    """

    words: re.Pattern[str]
    unless: re.Pattern[str] | None

    @classmethod
    def of(cls, words: Words) -> WordRule:
        """The rule of a file's words.

        Raises:
            re.error: one of them is no regular expression.
        """
        return cls(pattern_of(words), pattern_of(words.unless) if words.unless else None)

    def first(self, text: str) -> re.Match[str] | None:
        """The first match that nothing excuses."""
        found = (m for m in self.words.finditer(text) if not self.excuses(m, text))
        return next(found, None)

    def excuses(self, match: re.Match[str], text: str) -> bool:
        """Whether a match in the text overlaps something that excuses it."""
        if self.unless is None:
            return False
        excused = self.unless.finditer(text)
        return any(e.start() < match.end() and match.start() < e.end() for e in excused)


def pattern_of(words: Patterns) -> re.Pattern[str]:
    """One expression for all of them; letter case does not count. Without any it matches nothing.

    Raises:
        re.error: one of them is no regular expression.
    """
    english = [rf"(?<![a-z])(?:{_joined(words.en)})(?![a-z])"] if words.en else []
    chinese = [_joined(words.zh)] if words.zh else []
    return re.compile("|".join([*english, *chinese]) or r"(?!)", re.IGNORECASE)


def _joined(patterns: Sequence[str]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)
