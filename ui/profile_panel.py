"""The side panels as HTML: what was understood of the wishes, and what is known of the shopper."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from babel.dates import format_date

from assistant.need import Need, Wish
from assistant.profile.facts import ProfileFact
from ui.names import Names

# From which confidence on which word is used. One mention makes 0.7, a second one 0.85.
_SURE, _LIKELY, _MAYBE = 0.9, 0.8, 0.6


def need_html(need: Need, names: Names) -> str:
    """The wishes that hold, each with the shopper's words.

    Args:
        need: after the last turn.
        names: what things are called in the page's language.
    """
    texts = names.texts
    groups = [
        _group(texts.must, "sg-must", [_chip(wish, names) for wish in need.must]),
        _group(texts.exclude, "sg-exclude", [_chip(wish, names) for wish in need.exclude]),
        _group(texts.prefer, "sg-prefer", [_chip(wish, names) for wish in need.prefer]),
        _group(
            texts.unmatched,
            "sg-unmatched",
            [_labelled(names.field(u.field), u.quote) for u in need.unmatched],
        ),
    ]
    inside = "".join(groups) or f'<p class="sg-quiet">{escape(texts.need_empty)}</p>'
    return _panel(texts.need_title, inside)


def profile_html(facts: Sequence[ProfileFact], names: Names) -> str:
    """What is known of the shopper: each fact with its words, how sure it is and since when.

    Args:
        facts: last seen first.
        names: what things are called in the page's language.
    """
    texts = names.texts
    rows = "".join(_fact(fact, names) for fact in facts)
    inside = (
        f'<ul class="sg-facts">{rows}</ul>'
        if rows
        else f'<p class="sg-quiet">{escape(texts.profile_empty)}</p>'
    )
    return _panel(texts.profile_title, inside)


def confidence_word(confidence: float, names: Names) -> str:
    """How sure a fact is, in words.

    Args:
        confidence: from 0 to 1.
        names: gives the language.
    """
    words = names.texts.confidence
    if confidence >= _SURE:
        return words.sure
    if confidence >= _LIKELY:
        return words.likely
    return words.maybe if confidence >= _MAYBE else words.unsure


def _panel(title: str, inside: str) -> str:
    return f'<section class="sg-panel"><h2>{escape(title)}</h2>{inside}</section>'


def _group(title: str, kind: str, chips: list[str]) -> str:
    if not chips:
        return ""
    return (
        f'<div class="sg-group {kind}"><h3>{escape(title)}</h3>'
        f'<ul class="sg-chips">{"".join(chips)}</ul></div>'
    )


def _chip(wish: Wish, names: Names) -> str:
    return _labelled(names.wish(wish), wish.quote, note=wish.note)


def _labelled(label: str, quote: str, *, note: str | None = None) -> str:
    title = f' title="{escape(note)}"' if note else ""
    return (
        f'<li class="sg-chip"{title}><span dir="auto">{escape(label)}</span>'
        f'<q dir="auto">{escape(quote)}</q></li>'
    )


def _fact(fact: ProfileFact, names: Names) -> str:
    texts = names.texts
    value = names.trait(fact.field, fact.value)
    if fact.op == "!=":
        value = texts.not_value.format(value=value)
    day = fact.last_seen.date()
    date = format_date(
        day, format="medium", locale="zh_Hans_CN" if names.language == "zh" else "en"
    )
    seen = texts.last_seen.format(date=date)
    return (
        f'<li><p class="sg-fact-line"><span class="sg-field">{escape(names.field(fact.field))}'
        f'</span> <strong dir="auto">{escape(value)}</strong></p>'
        f'<q dir="auto">{escape(fact.quote)}</q>'
        f'<p class="sg-quiet">{escape(confidence_word(fact.confidence, names))} · '
        f'<time datetime="{day.isoformat()}">{escape(seen)}</time></p></li>'
    )
