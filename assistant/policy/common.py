"""Words that name nothing a clause must speak of, as staff can edit them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml


@cache
def word_lists() -> Mapping[str, str]:
    """The lists of ``common_words.yaml``, words parted by spaces, by their names."""
    text = files("assistant.policy").joinpath("common_words.yaml").read_text(encoding="utf-8")
    words: dict[str, str] = yaml.safe_load(text)
    return words
