"""The pieces that the side panels are made of."""

from __future__ import annotations

from html import escape

CROSS = (
    '<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">'
    '<path d="M4 4l8 8M12 4l-8 8" fill="none" stroke="currentColor" stroke-width="1.8"'
    ' stroke-linecap="round"/></svg>'
)
"""A cross, drawn: what takes away or closes."""


def panel(title: str, inside: str, *, name: str = "") -> str:
    """A panel with its heading; the page's script moves the focus there.

    Args:
        title: plain text.
        inside: HTML.
        name: a class of its own.
    """
    kind = f"sg-panel {name}".strip()
    return f'<section class="{kind}" tabindex="-1"><h2>{escape(title)}</h2>{inside}</section>'


def row(*buttons: str) -> str:
    """Buttons side by side.

    Args:
        buttons: HTML of each.
    """
    return f'<div class="sg-acts">{"".join(buttons)}</div>'


def button(
    act: str, text: str, *, fact: str = "", value: str = "", of: str = "", kind: str = ""
) -> str:
    """A button whose act the page's script sends back; see ``ui.wanted.Wanted``.

    Args:
        act: what is to be done.
        text: what the button says.
        fact: id of the fact that it is done to.
        value: what goes with it.
        of: what it is done to, in words, for those who hear the page.
        kind: a class beside the usual one.
    """
    data = {"data-act": act, "data-fact": fact, "data-value": value}
    if of:
        data["aria-label"] = f"{text}: {of}"
    given = "".join(f' {name}="{escape(told)}"' for name, told in data.items() if told)
    return (
        f'<button type="button" class="{f"sg-act {kind}".strip()}"{given}>{escape(text)}</button>'
    )


def quiet(text: str) -> str:
    """A sentence that stands back.

    Args:
        text: plain.
    """
    return f'<p class="sg-quiet">{escape(text)}</p>'
