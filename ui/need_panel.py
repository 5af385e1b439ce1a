"""The panel that shows what was understood of the wishes."""

from __future__ import annotations

from html import escape

from assistant.need import Need, Wish
from ui.names import Names
from ui.panel import panel, quiet


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
    return panel(texts.need_title, "".join(groups) or quiet(texts.need_empty))


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
