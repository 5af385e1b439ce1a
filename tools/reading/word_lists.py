"""Lists of words of both languages, kept as YAML beside the code that reads by them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

import yaml

# The mark in "don't" and "I'm" is often left out; a look behind must keep its length.
_APOSTROPHE = re.compile(r"(?<!\(\?<!)(?<!\(\?<=)'(?=[a-z])")


def load_word_lists(package: str, name: str) -> Mapping[str, re.Pattern[str]]:
    """One pattern for each list of a file.

    English entries match whole words, with or without their apostrophes; letter case does not
    count.

    Args:
        package: the import package that the file lies in.
        name: the file: list names, each with regular expressions under ``en`` and ``zh``.
    """
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    compiled = {}
    for key, words in yaml.safe_load(text).items():
        english = "|".join(f"(?:{_APOSTROPHE.sub(chr(39) + '?', word)})" for word in words["en"])
        chinese = "|".join(f"(?:{word})" for word in words["zh"])
        # A word ends after its last letter; a pattern that ends in a space ends none.
        compiled[key] = re.compile(
            rf"(?<![a-z])(?:{english})(?!(?<=[a-z])[a-z])|{chinese}", re.IGNORECASE
        )
    return compiled
