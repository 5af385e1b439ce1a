"""The wordings of a language, as its file has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from assistant.reply import Language


@dataclass(frozen=True)
class Phrase:
    """How a language says that a product has a value, and that it has not."""

    field: str
    value: str | bool
    says: tuple[str, ...]
    has: tuple[str, ...]
    denies: tuple[str, ...]


@dataclass(frozen=True)
class Wordings:
    """A language's file of wordings."""

    language: Language
    data: Mapping[str, Any]

    @cached_property
    def phrases(self) -> list[Phrase]:
        """Every phrase of the file."""
        return [
            Phrase(
                field,
                {"true": True, "false": False}.get(value, value),
                *(tuple(words.get(form, ())) for form in ("says", "has", "denies")),
            )
            for field, values in self.data["phrases"].items()
            for value, words in values.items()
        ]


def load_wordings(language: Language) -> Wordings:
    """The wordings of a language."""
    path = Path(__file__).with_name(f"wordings_{language}.yaml")
    return Wordings(language, yaml.safe_load(path.read_text(encoding="utf-8")))
