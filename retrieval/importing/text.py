"""Text of feeds made plain: no HTML, no hidden characters, single spaces."""

from __future__ import annotations

import html
import re
import unicodedata

# Neither can cross a "<", so that a hostile text costs no more than its length.
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*)[^<>]*>|<!--")
_TAG_START = re.compile(r"<(?=[/!a-zA-Z])")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_UNSEEN = frozenset({"script", "style", "template", "noscript", "head", "iframe"})
_INLINE = frozenset({"b", "i", "u", "em", "strong", "span", "a", "sup", "sub", "font", "small"})
_MOST_LAYERS = 4
# Joiners shape emoji and several scripts; every other format character is unseen, and can hide
# or turn round what a reader takes the text to be.
_JOINERS = frozenset({"\N{ZERO WIDTH JOINER}", "\N{ZERO WIDTH NON-JOINER}"})
_BREAKS = re.compile(r"[\t\n\r\v\f]+")
_PRINTABLE_BUT_HIDDEN = re.compile("[\N{REPLACEMENT CHARACTER}\U000e0000-\U000e0fff]")
# UTF-8 read as Latin-1 or Windows-1252: a letter of two bytes, or a quotation mark of three.
_DECODED_TWICE = re.compile(
    "[\u00c2\u00c3][\u0080-\u00bf\u20ac\u201a\u201e\u2026\u2020\u2021\u02c6\u2030\u2039\u0152\u0153\u2122]"
    "|\u00e2(?:\u20ac|\u0080)[\u0080-\u00bf\u2122\u0153\u02dc\u201c\u201d]"
)


def strip_html(text: str) -> str:
    """The text that a browser would show of a fragment; scripts and styles are dropped.

    Text without tags and entities comes back as it is. Entities that hide further tags are
    resolved too, a few layers deep, and no tag is left.
    """
    for _ in range(_MOST_LAYERS):
        plain = _ENTITY.sub(lambda entity: html.unescape(entity.group()), _strip_tags(text))
        if plain == text:
            return text
        text = plain
    return _TAG_START.sub("", _strip_tags(text))


def has_html(text: str) -> bool:
    """Whether a text has tags, comments or entities."""
    if "<" not in text and "&" not in text:
        return False
    return _TAG.search(text) is not None or _ENTITY.search(text) is not None


def _strip_tags(text: str) -> str:
    if "<" not in text:
        return text
    pieces: list[str] = []
    at, unseen = 0, ""
    while (match := _TAG.search(text, at)) is not None:
        if not unseen:
            pieces.append(text[at : match.start()])
        at = match.end()
        if match.group() == "<!--":
            end = text.find("-->", at)
            at = len(text) if end < 0 else end + 3
            continue
        closing, name = match[1], match[2].casefold()
        if unseen:
            if closing and name == unseen:
                unseen = ""
        elif name in _UNSEEN:
            # An unseen part that is never closed hides the rest, as it does in a browser.
            unseen = "" if closing else name
        elif name not in _INLINE:
            pieces.append(" ")
    if not unseen:
        pieces.append(text[at:])
    stripped = "".join(pieces)
    # "<b <i>>" is still a tag when its inside is taken out.
    return _TAG_START.sub("", stripped) if _TAG.search(stripped) else stripped


def decoded_twice(text: str) -> bool:
    """Whether a text was UTF-8 and was read as something else before: ``CafÃ©``."""
    return not text.isascii() and _DECODED_TWICE.search(text) is not None


def breaks_as_spaces(text: str) -> str:
    """The text with each run of tabs and line ends as one space."""
    return _BREAKS.sub(" ", text)


def strip_hidden(text: str) -> str:
    """Takes out control, bidirectional, zero-width, tag, surrogate and undecodable characters.

    Tabs and line ends become spaces.
    """
    text = breaks_as_spaces(text)
    # The two spaces that are no news: the one that holds words together, and the Chinese one.
    spaces = text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{IDEOGRAPHIC SPACE}", " ")
    if spaces.isprintable() and (text.isascii() or not _PRINTABLE_BUT_HIDDEN.search(text)):
        return text
    kept: list[str] = []
    for char in text:
        # A joiner after a Latin letter joins nothing: it only keeps words from being found.
        alone = char in _JOINERS and (not kept or kept[-1].isascii() or kept[-1] in _JOINERS)
        if not alone and not _is_hidden(char):
            kept.append(char)
    while kept and kept[-1] in _JOINERS:
        kept.pop()
    return "".join(kept)


def _is_hidden(char: str) -> bool:
    category = unicodedata.category(char)
    return (
        category in {"Cc", "Cs", "Co"}
        or (category == "Cf" and char not in _JOINERS)
        or char == "\N{REPLACEMENT CHARACTER}"
        # Tags and rare variation selectors: text can be smuggled in them.
        or 0xE0000 <= ord(char) <= 0xE0FFF
    )


def single_spaces(text: str) -> str:
    """The text without white space at its ends and with single spaces inside."""
    return " ".join(text.split())
