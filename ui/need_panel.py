"""The panel that shows what was understood of the wishes."""

from __future__ import annotations

from html import escape

from assistant.need import Need, Wish
from ui.names import Names
from ui.panel import CROSS, panel, quiet


def need_html(need: Need, names: Names) -> str:
    """The wishes that hold, each with the shopper's words and a button that takes it away.

    Args:
        need: after the last turn.
        names: what things are called in the page's language.
    """
    texts = names.texts
    groups = [
        _group(texts.must, "sg-must", [_wish(wish, names) for wish in need.must]),
        _group(texts.exclude, "sg-exclude", [_wish(wish, names) for wish in need.exclude]),
        _group(texts.prefer, "sg-prefer", [_wish(wish, names) for wish in need.prefer]),
        _group(
            texts.unmatched,
            "sg-unmatched",
            [_chip(names.field(u.field), u.quote) for u in need.unmatched],
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


def _wish(wish: Wish, names: Names) -> str:
    label = names.wish(wish)
    told = escape(f"{names.texts.release}: {label}")
    gone = (
        f'<button type="button" class="sg-release" data-act="release" data-fact="{wish.id}" '
        f'aria-label="{told}" title="{told}">{CROSS}</button>'
    )
    return _chip(label, wish.quote, note=wish.note, button=gone)


def _chip(label: str, quote: str, *, note: str | None = None, button: str = "") -> str:
    title = f' title="{escape(note)}"' if note else ""
    return (
        f'<li class="sg-chip"{title}><span class="sg-chip-words">'
        f'<span dir="auto">{escape(label)}</span><q dir="auto">{escape(quote)}</q></span>'
        f"{button}</li>"
    )
