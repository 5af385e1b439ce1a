"""Rules that know a message by its words, in both languages: what counts, and what excuses it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex
from pydantic import BaseModel, ConfigDict, field_validator

# Of one rule on one message; the built-in ones need a tenth of it at most for 4,000 characters.
_SECONDS = 0.2
# A trial: so many characters of what is alike, with an end that does not fit.
_MOST_TRIED, _MOST_PIECES = 4000, 20
_PIECES = ("a", "1", " ", "a ", "a1", "的", "!", "\n")
# What an expression has of its own: words, and signs that mean nothing but themselves.
_PIECE = regex.compile(r"\p{Han}+|\w+|[^\w\s\\^$.|?*+()\[\]{}:=!<-]")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Patterns(_Strict):
    """Regular expressions by language; English ones begin and end at whole words."""

    en: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()

    @field_validator("en", "zh")
    @classmethod
    def _readable(cls, written: tuple[str, ...]) -> tuple[str, ...]:
        for one in written:
            try:
                regex.compile(one, regex.IGNORECASE)
            except regex.error as error:
                raise ValueError(f"{one!r} is no regular expression: {error}") from error
        return written

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

    words: regex.Pattern[str]
    unless: regex.Pattern[str] | None

    @classmethod
    def of(cls, words: Words) -> WordRule:
        """The rule of a file's words.

        Raises:
            regex.error: one of them is no regular expression.
        """
        return cls(pattern_of(words), pattern_of(words.unless) if words.unless else None)

    def first(self, text: str) -> regex.Match[str] | None:
        """The first match that nothing excuses.

        Raises:
            TimeoutError: the rule takes too long to be held against the text.
        """
        return next((m for m in self.found(text) if not self.excuses(m.span(), text)), None)

    def found(self, text: str) -> Iterator[regex.Match[str]]:
        """All matches, those included that are excused.

        Raises:
            TimeoutError: the rule takes too long to be held against the text.
        """
        return self.words.finditer(text, timeout=_SECONDS)

    def excuses(self, span: tuple[int, int], text: str) -> bool:
        """Whether a match in the text overlaps something that excuses it.

        Args:
            span: where the match begins and ends.
            text: that it is in.

        Raises:
            TimeoutError: the rule takes too long to be held against the text.
        """
        if self.unless is None:
            return False
        begins, ends = span
        excused = self.unless.finditer(text, timeout=_SECONDS)
        return any(e.start() < ends and begins < e.end() for e in excused)


def pattern_of(words: Patterns) -> regex.Pattern[str]:
    """One expression for all of them; letter case does not count. Without any it matches nothing.

    Raises:
        regex.error: one of them is no regular expression.
    """
    english = [rf"(?<![a-z])(?:{_joined(words.en)})(?![a-z])"] if words.en else []
    chinese = [_joined(words.zh)] if words.zh else []
    return regex.compile("|".join([*english, *chinese]) or r"(?!)", regex.IGNORECASE)


def slow_one(words: Words) -> str | None:
    """An expression that some messages could be held against for ever; None where none is found.

    Each is tried on long texts that are alike all through, of common characters or its own
    words, and end in what does not fit: "1111…! lawsuit" for ``(\\w+ ?)+ lawsuit``.

    Args:
        words: of a rule.

    Raises:
        regex.error: one of them is no regular expression.
    """
    for patterns in (words, words.unless):
        each = [(one, Patterns(en=(one,))) for one in patterns.en]
        each += [(one, Patterns(zh=(one,))) for one in patterns.zh]
        for written, alone in each:
            pattern = pattern_of(alone)
            try:
                for text in _trials(written):
                    pattern.search(text, timeout=_SECONDS)
            except TimeoutError:
                return written
    return None


def _trials(written: str) -> Iterator[str]:
    own = list(dict.fromkeys(_PIECE.findall(written)))
    # Without an expression's own words in it somewhere, no search of a text even begins.
    end = f"\0 {' '.join(own)}\0{''.join(own)}\0"
    for piece in [*_PIECES, *own, *(f"{one} " for one in own)][:_MOST_PIECES]:
        yield piece * (_MOST_TRIED // len(piece) + 1) + end


def _joined(patterns: Sequence[str]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)
