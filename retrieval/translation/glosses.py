"""The English side of a CC-CEDICT entry: what of it can stand in a query."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LONGEST_GLOSS = 4
# Notes about the word, not meanings of it.
_NOTES = re.compile(
    r"^(?:CL:|(?:(?:old|erhua|archaic|japanese|unofficial|nonstandard) )*variants?\b|surname\b|"
    r"see\b|abbr\b|also\b|used (?:in|for|as|to|before|after)\b|same as\b|equivalent to\b|"
    r"pronunciation\b|taiwan pr\b|lit\.|fig\.|\(?idiom|interjection|particle|onom)",
    re.IGNORECASE,
)
_PROPER = re.compile(
    r"\b(?:county|district|township|province|prefecture|dynasty|city|kangxi radical)\b"
)
_RARE = re.compile(r"\((?:[^)]*\b)?(?:literary|archaic|dialect|old|bound form|slang)\b")
_INSIDE_A_WORD = re.compile(r"\((\w{1,6})\)(?=\w)|(?<=\w)\((\w{1,3})\)")
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]|[\"“”!?*]")
_LEADING = re.compile(r"^(?:to be|to|be|an?|the|sth|sb|one's|of|kind of|type of)\s+")
_ENGLISH = re.compile(r"[a-z0-9][a-z0-9 '.&/-]*")


@dataclass(frozen=True, slots=True)
class Gloss:
    """A meaning, short enough to search with.

    Attributes:
        text: words in lower case, without article or ``to``.
        action: whether it is a verb.
        rare: whether it is a name, or only old, literary or local speech has it.
    """

    text: str
    action: bool = False
    rare: bool = False


def clean_gloss(written: str) -> Gloss | None:
    """The gloss as a short term, or None where it is a note, a name of a place, or a sentence."""
    text = written.strip()
    if not text or _NOTES.match(text):
        return None
    # A name of a place or a person (Canada for 加) is what few shoppers mean.
    rare = text[0].isupper() or _RARE.search(text.lower()) is not None
    text = _INSIDE_A_WORD.sub(lambda m: m.group(1) or m.group(2) or "", text)
    text = " ".join(_ASIDE.sub(" ", text).lower().split()).strip(" ,.;:")
    if _NOTES.match(text) or _PROPER.search(text):
        return None
    action = text.startswith("to ")
    while (shorter := _LEADING.sub("", text)) != text:
        text = shorter
    if len(text.split()) > _LONGEST_GLOSS or not _ENGLISH.fullmatch(text):
        return None
    return Gloss(text, action, rare)
