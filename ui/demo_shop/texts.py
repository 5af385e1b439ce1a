"""The demo shop's texts."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

from assistant.reply import Language


def texts(language: Language) -> dict[str, str]:
    """The texts of a language."""
    return _all()[language]


@cache
def _all() -> dict[str, dict[str, str]]:
    text = files("ui.demo_shop").joinpath("texts.yaml").read_text(encoding="utf-8")
    read: dict[str, dict[str, str]] = yaml.safe_load(text)
    return read
