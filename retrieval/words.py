"""Words of shoppers for the values of the catalogue: the shared lexicon and a shop's own file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from retrieval.errors import BadInput
from retrieval.text import has_cjk


class Words(BaseModel):
    """How shoppers call what a catalogue holds.

    Attributes:
        labels: field name to the words for it. The first word without Chinese characters is its
            English label, the first with them its Chinese one.
        values: field name, then value as the catalogue has it, then other words for that value.
            Truth-valued attributes have the values ``true`` and ``false``.
        patterns: field name, then language, then how a value of it reads in a sentence, with
            ``{value}`` in its place: ``for {value}``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    labels: dict[str, list[str]] = Field(default_factory=dict)
    values: dict[str, dict[str, list[str]]] = Field(default_factory=dict)
    patterns: dict[str, dict[str, str]] = Field(default_factory=dict)

    @field_validator("patterns")
    @classmethod
    def _has_a_place(cls, patterns: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        for field, by_language in patterns.items():
            for pattern in by_language.values():
                if pattern.count("{value}") != 1 or pattern.replace("{value}", "").count("{"):
                    raise ValueError(f"the pattern of {field} must have {{value}} once")
        return patterns


def load_words(path: Path) -> Words:
    """Reads a words file.

    Raises:
        BadInput: the file is not YAML of that shape.
    """
    return Words.model_validate(read_yaml(path, Words))


def read_yaml(path: Path, shape: type[BaseModel]) -> dict[str, Any]:
    """A YAML mapping that fits a shape, as plain data.

    Raises:
        BadInput: naming the file and the first place that is wrong.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        shape.model_validate(data)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(f"Cannot read {path.name}: {str(error).splitlines()[0]}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise BadInput(f"{path.name}: {where}: {first['msg']}") from error
    return dict(data)


@cache
def lexicon() -> Mapping[str, Sequence[Sequence[str]]]:
    """The shared synonym sets by field, one list of words a meaning."""
    text = files("retrieval").joinpath("lexicon.yaml").read_text(encoding="utf-8")
    return {
        field: [[str(word) for word in group] for group in groups]
        for field, groups in yaml.safe_load(text).items()
    }


def pick_language(words: Sequence[str], language: str) -> str | None:
    """The first word of a list that is written in ``en`` or ``zh``."""
    return next((word for word in words if has_cjk(word) == (language == "zh")), None)


def own_words(words: Words | None) -> Iterator[tuple[str, str, list[str]]]:
    """Field, value and its other words, one after another, of a shop's own file."""
    for field, values in (words.values if words else {}).items():
        for value, others in values.items():
            yield field, value, others
