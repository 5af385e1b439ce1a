"""Prompts and fixed replies, by language: plain files that a shop's staff can read and edit."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

Language = Literal["en", "zh"]


@cache
def prompt(language: Language, name: str) -> str:
    """The prompt of that name, without its comment lines (``<!-- … -->``)."""
    text = files("prompts").joinpath(language, f"{name}.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("<!--")]
    return "\n".join(lines).strip()


@cache
def phrases(language: Language) -> dict[str, Any]:
    """The fixed replies and sentence patterns of a language."""
    return _sentences(language, "phrases.yaml")


@cache
def order_phrases(language: Language) -> dict[str, Any]:
    """The sentences on orders of a language."""
    return _sentences(language, "orders.yaml")


def _sentences(language: Language, name: str) -> dict[str, Any]:
    text = files("prompts").joinpath(language, name).read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded
