"""A shopper's conversations as a list, named from what was wanted."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from babel.dates import format_date

from assistant.threads import ThreadEntry
from ui.names import Names
from ui.panel import button, quiet, row

_MOST_WISHES = 3
_LONGEST_NAME = 60
_MOST_SHOWN = 50
_BIN = (
    '<svg viewBox="0 0 16 16" width="15" height="15" aria-hidden="true" focusable="false">'
    '<path d="M3 4.5h10M6.5 4V2.8h3V4M4.4 4.5l.6 8.7h6l.6-8.7M6.8 7v4M9.2 7v4" fill="none"'
    ' stroke="currentColor" stroke-width="1.3" stroke-linecap="round"/></svg>'
)


def thread_name(entry: ThreadEntry, names: Names) -> str:
    """What a conversation is called: what is wanted in it, else its first message.

    Args:
        entry: the conversation.
        names: what things are called in the page's language.
    """
    # What it is, before how it is to be.
    by_kind = sorted(entry.need.wishes(), key=lambda wish: wish.field != "category")
    wishes = [names.wish(wish) for wish in by_kind][:_MOST_WISHES]
    name = ", ".join(dict.fromkeys(wishes)) or " ".join(entry.messages[0].split())
    if len(name) > _LONGEST_NAME:
        name = name[: _LONGEST_NAME - 1].rstrip() + "…"
    return name[:1].upper() + name[1:]


def threads_html(
    entries: Sequence[ThreadEntry],
    names: Names,
    *,
    here: str = "",
    query: str = "",
    deleting: str = "",
) -> str:
    """The list.

    Args:
        entries: the conversations, the last one first.
        names: what things are called in the page's language.
        here: id of the one that is open.
        query: what is searched for, in names and in what the shopper said.
        deleting: id of the one of which it is asked whether it is really to go.
    """
    texts = names.texts.threads
    words = query.casefold().split()
    named = [(entry, thread_name(entry, names)) for entry in entries]
    found = [
        (entry, name)
        for entry, name in named
        if entry.has(words) or all(word in name.casefold() for word in words)
    ]
    if not found:
        return quiet(texts.none_found if words else texts.none)
    items = "".join(
        _deleting(entry, name, names)
        if entry.id == deleting
        else _item(entry, name, names, here=entry.id == here)
        for entry, name in found[:_MOST_SHOWN]
    )
    more = len(found) - _MOST_SHOWN
    rest = quiet(texts.more.format(count=more)) if more > 0 else ""
    return f'<ul class="sg-threads">{items}</ul>{rest}'


def _item(entry: ThreadEntry, name: str, names: Names, *, here: bool) -> str:
    texts = names.texts.threads
    locale = "zh_Hans_CN" if names.language == "zh" else "en"
    day = escape(format_date(entry.updated.date(), format="medium", locale=locale))
    current = ' aria-current="true"' if here else ""
    told = escape(f"{texts.delete}: {name}")
    return (
        f'<li class="sg-thread"><button type="button" class="sg-thread-open" '
        f'data-act="open_thread" data-fact="{escape(entry.id)}"{current}>'
        f'<span dir="auto">{escape(name)}</span><small>{day}</small></button>'
        f'<button type="button" class="sg-release" data-act="ask_delete_thread" '
        f'data-fact="{escape(entry.id)}" aria-label="{told}" title="{told}">{_BIN}</button></li>'
    )


def _deleting(entry: ThreadEntry, name: str, names: Names) -> str:
    texts = names.texts.threads
    return (
        f'<li class="sg-really" role="alertdialog" aria-label="{escape(texts.delete)}: '
        f'{escape(name)}"><p><b dir="auto">{escape(name)}</b></p><p>{escape(texts.really)}</p>'
        + row(
            button("delete_thread", texts.delete_now, fact=entry.id, kind="sg-danger"),
            button("show_threads", texts.keep, fact=entry.id),
        )
        + "</li>"
    )
