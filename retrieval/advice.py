"""Expert advice: which attributes suit which need, with the reason. Evidence like any record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from retrieval.conditions import Condition, parse_condition
from retrieval.errors import BadCondition, BadInput
from retrieval.text import has_cjk, lowered, normalise, tokens


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
    def _phrases(self) -> list[tuple[tuple[str, ...], str, Advice]]:
        phrases = []
        for entry in self.entries:
            for words in entry.words.values():
                for word in words:
                    text = normalise(word)
                    stems = () if has_cjk(text) else tuple(t.stem for t in tokens(text))
                    phrases.append((stems, text.replace(" ", ""), entry))
        return phrases

    def find(self, text: str) -> list[NeedMention]:
        """The needs that a text names, longest words first, none overlapping another."""
        small = lowered(text)
        words = [t for t in tokens(small) if not t.cjk]
        found: list[NeedMention] = []
        for stems, written, entry in self._phrases:
            if stems:
                for first in range(len(words) - len(stems) + 1):
                    window = words[first : first + len(stems)]
                    if tuple(t.stem for t in window) == stems:
                        found.append(NeedMention(entry, window[0].start, window[-1].end))
            else:
                start = small.find(written)
                if start >= 0:
                    found.append(NeedMention(entry, start, start + len(written)))
        kept: list[NeedMention] = []
        for mention in sorted(found, key=lambda m: m.start - m.end):
            if not any(k.start < mention.end and mention.start < k.end for k in kept):
                kept.append(mention)
        return sorted(kept, key=lambda mention: mention.start)

    def __iter__(self) -> Iterator[Advice]:
        return iter(self.entries)


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
