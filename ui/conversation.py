"""The conversation as HTML: what was asked, what was answered, and what it rests on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from assistant.comparing.table import ComparisonTable
from assistant.desk.cases import StaffMessage, Standing
from assistant.feedback.feedback import Thumb
from assistant.need import Wish
from assistant.reply import Citation, OfferedProduct, Reply
from assistant.thread import Exchange
from ui.cards import cards_html
from ui.comparison import comparison_html
from ui.names import Names
from ui.panel import button, quiet

_THUMB = (
    '<svg viewBox="0 0 20 20" width="17" height="17" aria-hidden="true" focusable="false">'
    '<path d="M7 17V9l3.2-6c1.2 0 2 .9 1.8 2.1L11.5 8H16c1 0 1.7.9 1.4 1.9l-1.6 5.6c-.2.9-1 1.5-1.9'
    ' 1.5zM3.5 9H7v8H3.5z" fill="none" stroke="currentColor" stroke-width="1.5"'
    ' stroke-linejoin="round"/></svg>'
)
_MARKER = re.compile(r"\[(\d{1,3})\]")


@dataclass
class TurnView:
    """One turn as far as it has come.

    Attributes:
        message: the shopper's.
        released: wishes that were taken away by hand, where there was no message.
        status: what the assistant is doing; None once the turn has ended.
        text: the answer so far.
        products: offered so far.
        pick: id of the recommended one.
        citations: known at the end of the turn.
        comparison: the table of products side by side, where the turn compares.
        choices: answers to a question that the turn asks back.
        people: names and words of people of the shop who wrote after it.
        model_failed: whether the model broke off, and rules and records spoke in its place.
        editable: whether the message can be changed, or the wish put back.
        thread_id, turn_id: of a reply that is.
        thumb: what the shopper thinks of it, where they have said so.
    """

    message: str
    released: list[Wish] = field(default_factory=list)
    status: str | None = None
    text: str = ""
    products: list[OfferedProduct] = field(default_factory=list)
    pick: str | None = None
    citations: list[Citation] = field(default_factory=list)
    comparison: ComparisonTable | None = None
    choices: list[str] = field(default_factory=list)
    people: list[tuple[str, str]] = field(default_factory=list)
    model_failed: bool = False
    editable: bool = False
    thread_id: str = ""
    turn_id: str = ""
    thumb: Thumb | None = None

    @classmethod
    def of(cls, exchange: Exchange, staff: Sequence[StaffMessage] = ()) -> TurnView:
        """A finished turn.

        Args:
            exchange: the turn.
            staff: what people of the shop wrote after it.
        """
        view = cls(message=exchange.message)
        view.finish(exchange.reply)
        view.thumb = exchange.feedback.thumb if exchange.feedback else None
        view.people = [(s.name, s.text) for s in staff]
        return view

    def finish(self, reply: Reply) -> None:
        """Takes over the whole reply."""
        self.status, self.text = None, reply.text
        self.products, self.pick = reply.products, reply.pick
        self.citations, self.comparison = reply.citations, reply.comparison
        self.choices, self.released = reply.choices, reply.released
        self.model_failed = reply.usage.llm_failures > 0
        self.thread_id, self.turn_id = reply.thread_id, reply.turn_id


def turn_html(turn: TurnView, names: Names, *, last: bool = True) -> str:
    """One turn.

    Args:
        turn: the turn.
        names: what things are called in the page's language.
        last: whether it is the last one, whose cards lie open.
    """
    texts = names.texts
    status = ""
    if turn.status is not None:
        # The page's script tells those who hear the page.
        status = f'<p class="sg-status">{escape(turn.status)}</p>'
    text = ""
    if turn.text:
        text = f'<p class="sg-text" dir="auto">{_with_notes(turn, names)}</p>'
    if turn.model_failed:
        text += quiet(texts.model_failed)
    choices = _choices(turn.choices) if last else ""
    table = comparison_html(turn.comparison, names)
    cards = _cards(turn, names, last=last)
    said = f"{text}{status}{choices}{table}{cards}{citations_html(turn.citations, names)}"
    # Beside a person it says nothing, and nobody has an opinion of that.
    answered = said and (
        f'<div class="sg-answered"><span class="sg-hidden">{escape(texts.assistant)}: </span>'
        f"{said}{_below(turn, names)}</div>"
    )
    return (
        f'<article class="sg-turn" aria-busy="{"false" if turn.status is None else "true"}">'
        f"{_asked(turn, names)}{answered}{_people(turn.people)}</article>"
    )


def _asked(turn: TurnView, names: Names) -> str:
    """What the shopper said, or did by hand."""
    texts = names.texts
    if turn.released:
        gone = ", ".join(names.wish(wish) for wish in turn.released)
        return (
            f'<div class="sg-asked sg-took"><p dir="auto">'
            f"{escape(texts.released.format(wish=gone))}</p>"
            f"{_again(turn, 'put_back', texts.put_back)}</div>"
        )
    return (
        f'<div class="sg-asked"><span class="sg-hidden">{escape(texts.you)}: </span>'
        f'<p dir="auto">{escape(turn.message)}</p>{_again(turn, "edit", texts.edit)}</div>'
    )


def _again(turn: TurnView, act: str, text: str) -> str:
    """The button below what can be done otherwise."""
    if not turn.editable:
        return ""
    again = button(act, text, fact=turn.turn_id, kind="sg-small")
    return f'<div class="sg-acts sg-asked-acts">{again}</div>'


def turns_html(turns: Sequence[TurnView], names: Names) -> str:
    """Turns before the last one; their cards are folded."""
    return "".join(turn_html(turn, names, last=False) for turn in turns)


def citations_html(citations: Sequence[Citation], names: Names) -> str:
    """The records behind an answer, folded: per marker the fields and their values."""
    if not citations:
        return ""
    rows = []
    for marker, cited in _by_marker(citations).items():
        facts = "".join(
            f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>"
            for label, value in (names.citation(citation) for citation in cited)
        )
        title = escape(_subject(cited, names))
        rows.append(
            f'<li><p><span class="sg-number">{escape(marker)}</span>'
            f'<span dir="auto">{title}</span></p><dl>{facts}</dl></li>'
        )
    summary = escape(names.texts.citations.format(count=len(citations)))
    return (
        f'<details class="sg-citations"><summary>{summary}</summary>'
        f"<ul>{''.join(rows)}</ul></details>"
    )


def notice_html(sentence: str, *, error: bool = True, retry: str = "") -> str:
    """A plain sentence in the conversation, such as why there is no answer.

    Args:
        sentence: plain text.
        error: whether something went wrong.
        retry: what the button says that sends the message in the box; none where it is empty.
    """
    role, kind = ("alert", "sg-error") if error else ("status", "sg-note")
    again = f'<button type="button" class="sg-act sg-retry">{escape(retry)}</button>'
    return (
        f'<div class="sg-notice {kind}" role="{role}"><p>{escape(sentence)}</p>'
        f"{again if retry else ''}</div>"
    )


def editing_html(names: Names) -> str:
    """The line that tells that the last message is being changed, with the way out of that."""
    texts = names.texts
    return (
        f'<p class="sg-editing" role="status"><span>{escape(texts.editing)}</span>'
        f"{button('leave_edit', texts.leave_edit, kind='sg-small')}</p>"
    )


def welcome_html(names: Names) -> str:
    """What stands where nothing was asked yet."""
    texts = names.texts
    return (
        f'<div class="sg-welcome"><h2>{escape(texts.welcome)}</h2>'
        f"<p>{escape(texts.welcome_more)}</p></div>"
    )


def speaker_html(case: Standing | None, names: Names) -> str:
    """The line that tells who answers, where a person is to; else nothing."""
    if case is None or case.status == "returned":
        return ""
    texts = names.texts
    if case.status == "person":
        line = texts.talking_to.format(name=case.staff or "")
    else:
        line = texts.message_taken if case.after_hours else texts.person_coming
    return f'<p class="sg-speaker" role="status">{escape(line)}</p>'


def _people(people: Sequence[tuple[str, str]]) -> str:
    """What people of the shop wrote, each with the name."""
    return "".join(
        f'<div class="sg-person"><b dir="auto">{escape(name)}</b>'
        f'<p dir="auto">{escape(text)}</p></div>'
        for name, text in people
    )


def _choices(choices: Sequence[str]) -> str:
    """Answers that can be given by a tap; the page's script puts them into the message box."""
    if not choices:
        return ""
    buttons = "".join(
        f'<button type="button" class="sg-choice">{escape(choice)}</button>' for choice in choices
    )
    return f'<div class="sg-choices">{buttons}</div>'


def _below(turn: TurnView, names: Names) -> str:
    """The buttons below an answer that is durable: the page's script copies, or sends a thumb."""
    if not turn.turn_id:
        return ""
    label = escape(names.texts.copy_answer)
    copy = (
        f'<button type="button" class="sg-act sg-copy" data-text="{escape(turn.text)}" '
        f'data-done="{escape(names.texts.copied)}">{label}</button>'
    )
    labels = {"up": (_THUMB, names.texts.thumb_up), "down": (_THUMB, names.texts.thumb_down)}
    buttons = "".join(
        f'<button type="button" class="sg-act" data-act="thumb_{thumb}" '
        f'data-fact="{escape(turn.turn_id)}" data-value="{escape(turn.thread_id)}" '
        f'aria-pressed="{"true" if turn.thumb == thumb else "false"}" '
        f'aria-label="{escape(label)}" title="{escape(label)}">{sign}</button>'
        for thumb, (sign, label) in labels.items()
    )
    thumbs = f'<span class="sg-thumbs">{buttons}</span>'
    return f'<div class="sg-acts sg-below">{copy if turn.text else ""}{thumbs}</div>'


def _cards(turn: TurnView, names: Names, *, last: bool) -> str:
    cards = cards_html(turn.products, turn.pick, names)
    if last or not cards:
        return cards
    summary = escape(names.texts.products_shown.format(count=len(turn.products)))
    return f'<details class="sg-folded"><summary>{summary}</summary>{cards}</details>'


def _with_notes(turn: TurnView, names: Names) -> str:
    """The escaped text; each marker that cites something shows it on hover or focus, and opens the
    record on a tap once the answer is durable.
    """
    text, cited = turn.text, _by_marker(turn.citations)
    parts: list[str] = []
    end = 0
    for match in _MARKER.finditer(text):
        parts.append(escape(text[end : match.start()]))
        end = match.end()
        if match[1] not in cited:
            parts.append(escape(match[0]))
            continue
        facts = "".join(
            f'<span class="sg-fact"><b>{escape(label)}</b> {escape(value)}</span>'
            for label, value in (names.citation(citation) for citation in cited[match[1]])
        )
        subject = escape(_subject(cited[match[1]], names))
        told = escape(names.texts.open_record)
        parts.append(
            f'<button type="button" class="sg-cite" data-act="cited" '
            f'data-fact="{escape(turn.turn_id)}" data-value="{match[1]}" '
            f'aria-label="{told} {match[1]}: {subject}">{match[1]}'
            f'<span class="sg-tip"><strong dir="auto">{subject}</strong>{facts}</span></button>'
        )
    parts.append(escape(text[end:]))
    return "".join(parts)


def _by_marker(citations: Sequence[Citation]) -> dict[str, list[Citation]]:
    grouped: dict[str, list[Citation]] = {}
    for citation in citations:
        grouped.setdefault(citation.marker, []).append(citation)
    return grouped


def _subject(cited: Sequence[Citation], names: Names) -> str:
    """The product that a marker stands for, or the shop's advice."""
    for citation in cited:
        kind, _, rest = citation.source.partition(":")
        if kind == "product":
            product_id = rest.rpartition("#")[0]
            return names.title(product_id, product_id)
    return names.texts.from_advice
