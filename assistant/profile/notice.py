"""What a shopper is told before anything of them is kept."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict


class Notice(BaseModel):
    """The notice, in both languages.

    Attributes:
        version: what a consent names; it changes with the meaning.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    en: str
    zh: str


@cache
def notice() -> Notice:
    """The notice that is in force."""
    text = files("assistant.profile").joinpath("notice.yaml").read_text(encoding="utf-8")
    return Notice.model_validate(yaml.safe_load(text))
