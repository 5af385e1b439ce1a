"""The words of simulated shoppers, as ``phrases.yaml`` has them."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, model_validator

from evals.suite.strict import Strict

Kind = Literal[
    "tell",
    "add",
    "complain",
    "too_dear",
    "dont_mind",
    "go_on",
    "insist",
    "let_go",
    "ask",
    "doubt",
]


class InBoth(Strict):
    """Sentences in English and in Chinese."""

    en: tuple[str, ...] = Field(min_length=1)
    zh: tuple[str, ...] = Field(min_length=1)

    def of(self, language: Literal["en", "zh"]) -> tuple[str, ...]:
        """Those of a language."""
        return self.en if language == "en" else self.zh


class Chat(Strict):
    """What chatty shoppers add."""

    before: InBoth
    first: InBoth
    after: InBoth


class Phrases(Strict):
    """The whole file; its comments say what each part is."""

    say: dict[Kind, InBoth]
    chat: Chat
    join: dict[Literal["en", "zh"], str]
    sound_alikes: dict[str, str]
    open_questions: tuple[str, ...]
    questions: dict[str, tuple[str, ...]]
    alike: tuple[frozenset[str], ...]

    @model_validator(mode="after")
    def _readable(self) -> Phrases:
        for pattern in (
            *self.open_questions,
            *(p for list in self.questions.values() for p in list),
        ):
            re.compile(pattern)
        return self


@lru_cache(maxsize=1)
def phrases() -> Phrases:
    """The file that comes with the program."""
    path = Path(__file__).parent / "phrases.yaml"
    return Phrases.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
