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
        allowing_tests: the versions that say that conversations may be used for tests.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    allowing_tests: tuple[str, ...] = ()
    en: str
    zh: str


@cache
def notice() -> Notice:
    """The notice that is in force."""
    text = files("assistant.profile").joinpath("notice.yaml").read_text(encoding="utf-8")
    return Notice.model_validate(yaml.safe_load(text))
