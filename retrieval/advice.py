"""Expert advice: which attributes suit which need, with the reason. Evidence like any record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from retrieval.conditions import Condition, parse_condition
from retrieval.errors import BadCondition, BadInput
from retrieval.spelling import Speller
from retrieval.text import TEXTS_KEPT, Token, has_cjk, lowered, normalise, stem, tokens


class Advice(BaseModel):
    """One entry of an advice file.

    Attributes:
        id: cited as ``advice:<id>``.
        words: what shoppers call the need, by language.
        trait: whether it says something lasting of the shopper (flat feet) or not (a rainy day).
        field: the profile's field for a trait.
        require: conditions that a product must meet to be called right for the need.
        prefer: conditions that make it more so.
        reason: one sentence by language.
        source: what the advice rests on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")
    words: dict[str, list[str]]
    trait: bool = False
    field: str = "body"
    require: tuple[Condition, ...] = ()
    prefer: tuple[Condition, ...] = ()
    reason: dict[str, str]
    source: str

    @field_validator("require", "prefer", mode="before")
    @classmethod
    def _parse(cls, conditions: object) -> object:
        if not isinstance(conditions, list | tuple):
            return conditions
        try:
            return [parse_condition(c) if isinstance(c, str) else c for c in conditions]
        except BadCondition as error:
            raise ValueError(error.sentence) from error

    def name(self, language: str) -> str:
        """What the need is called in ``en`` or ``zh``."""
        names = self.words.get(language) or next(iter(self.words.values()))
        return names[0]


@dataclass(frozen=True)
class NeedMention:
    """Words of a text that name a need."""

    advice: Advice
    start: int
    end: int


@dataclass(frozen=True)
class AdviceBook:
    """All advice of a catalogue."""

    entries: tuple[Advice, ...] = ()

    def get(self, id: str) -> Advice | None:
        """The entry of that id."""
        return next((entry for entry in self.entries if entry.id == id), None)

    @cached_property
    def _phrases(self) -> list[tuple[tuple[str, ...], re.Pattern[str] | None, Advice]]:
        phrases: list[tuple[tuple[str, ...], re.Pattern[str] | None, Advice]] = []
        for entry in self.entries:
            for words in entry.words.values():
                for word in words:
                    text = normalise(word)
                    if has_cjk(text):
                        phrases.append(((), _loose(text), entry))
                    else:
                        phrases.append((tuple(t.stem for t in tokens(text)), None, entry))
        return phrases

    @cached_property
    def _speller(self) -> Speller:
        words = [word for entry in self.entries for group in entry.words.values() for word in group]
        return Speller(re.findall(r"[a-z]{6,}", " ".join(words).lower()))

    @cached_property
    def _qualities(self) -> frozenset[str]:
        """First words of two-word phrases ("flat" of "flat feet"): they share a noun in lists."""
        return frozenset(stems[0] for stems, _, _ in self._phrases if len(stems) == 2)

    def find(self, text: str) -> list[NeedMention]:
        """The needs that a text names, longest words first, none overlapping another.

        Small words may stand between ("feet that are flat", "脚有点宽"), and a misspelt word is
        mended.
        """
        return list(self._found(text))

    @cached_property
    def _found(self) -> Callable[[str], list[NeedMention]]:
        # Each tool and check of a turn looks at the same few sentences.
        return lru_cache(maxsize=TEXTS_KEPT)(self._find)

    def _find(self, text: str) -> list[NeedMention]:
        small = lowered(text)
        words = [self._mended(t, small) for t in tokens(small) if not t.cjk]
        found: list[tuple[NeedMention, bool]] = []
        for stems, pattern, entry in self._phrases:
            if pattern is not None:
                for match in pattern.finditer(small):
                    found.append((NeedMention(entry, match.start(), match.end()), False))
            for window in _windows(stems, words, small, self._qualities):
                mention = NeedMention(entry, window[0].start, window[-1].end)
                found.append((mention, len(window) > len(stems)))
        kept: list[tuple[NeedMention, bool]] = []
        for mention, spread in sorted(found, key=lambda f: f[0].start - f[0].end):
            same = [k for k in kept if k[0].start < mention.end and mention.start < k[0].end]
            # "flat and wide feet" names two needs with one noun.
            if all(
                wide and k.end == mention.end and k.advice != mention.advice for k, wide in same
            ):
                kept.append((mention, spread))
        return sorted((mention for mention, _ in kept), key=lambda mention: mention.start)

    def _mended(self, token: Token, text: str) -> Token:
        mended = self._speller.mend(text[token.start : token.end])
        if mended is None or not mended.sure:
            return token
        return Token(stem(mended.word), token.start, token.end, cjk=False)

    def __iter__(self) -> Iterator[Advice]:
        return iter(self.entries)


# What may stand between the words of a need.
_SMALL = frozenset(
    stem(word)
    for word in "a an the my his her their your our is are was s re and in of on at with have has "
    "got get gets very really quite rather pretty so too bit little somewhat fairly extremely both "
    "super lower that which when while from feel feels kind sort always often slightly".split(" ")
)
_LINKS = frozenset(stem(word) for word in "is are feel feels get gets in of on at s re".split(" "))
_MOST_BETWEEN = 4
_DEGREES = (
    "(?:有一?点儿?|很|比较|特别|非常|挺|太|稍微|稍|偏|是|会|也|经常|常常|总是?|老是?|都|的|一直|容易|又|最近|"
    "有些|真的|确实|超级?|蛮|那么|这么|好|感觉|关节|掌|型|属于|得|就|还|老){0,3}"
)


def _loose(words: str) -> re.Pattern[str]:
    """A pattern for Chinese words with words of degree between them: 脚宽, 脚有点宽."""
    parts = [token.stem for token in tokens(words)]
    if "".join(parts) != words or len(parts) < 2:
        # Search mode also gives parts of words: cut after the first character then.
        parts = [words[:1], words[1:]] if len(words) == 2 else [words]
    pattern = _DEGREES.join(re.escape(part) for part in parts if part)
    return re.compile(pattern.replace("不", "不(?:太|怎么|是很|大|够)?"))


def _windows(
    stems: tuple[str, ...], words: Sequence[Token], text: str, qualities: frozenset[str]
) -> Iterator[Sequence[Token]]:
    """Where the words of a phrase stand, in their order or, round a link, turned about."""
    if not stems:
        return
    orders = [stems]
    if len(stems) == 2:
        orders.append((stems[1], stems[0]))
    for first, word in enumerate(words):
        for order in orders:
            if word.stem != order[0]:
                continue
            at = first
            between: list[str] = []
            for wanted in order[1:]:
                at += 1
                while at < len(words) and words[at].stem != wanted and len(between) < _MOST_BETWEEN:
                    between.append(words[at].stem)
                    at += 1
                if at >= len(words) or words[at].stem != wanted:
                    break
            else:
                window = words[first : at + 1]
                turned = order is not stems
                small = all(w in _SMALL or (w in qualities and not turned) for w in between)
                linked = not turned or any(w in _LINKS for w in between)
                stops = r"[.;:!?。；：！？]" if between else r"[,.;:!?，。；：！？]"
                apart = re.search(stops, text[window[0].start : window[-1].end])
                if small and linked and not apart:
                    yield window


def load_advice(path: Path, fields: Sequence[str] | frozenset[str] | None = None) -> AdviceBook:
    """Reads an advice file, a YAML list of entries.

    Args:
        path: the file.
        fields: the fields of the catalogue; a condition on another one is refused.

    Raises:
        BadInput: naming the entry that is wrong.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(f"Cannot read {path.name}: {str(error).splitlines()[0]}") from error
    if not isinstance(data, list):
        raise BadInput(f"{path.name} must be a list of entries.")
    entries: list[Advice] = []
    for number, item in enumerate(data, start=1):
        try:
            entry = Advice.model_validate(item)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(step) for step in first["loc"])
            raise BadInput(f"{path.name}, entry {number}: {where}: {first['msg']}") from error
        for condition in (*entry.require, *entry.prefer):
            if fields is not None and condition.field not in fields:
                raise BadInput(
                    f"{path.name}, entry {entry.id}: the catalogue has no field "
                    f"{condition.field!r}."
                )
        entries.append(entry)
    return AdviceBook(tuple(entries))
