"""What is known of the shopper as HTML, with what they can do about it; and the question before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from babel.dates import format_date

from assistant.profile.facts import ProfileFact
from assistant.profile.fading import confidence_at, still_counts
from assistant.profile.memory import Consent
from assistant.profile.notice import notice
from ui.fact_values import choices, fact_text, value_text
from ui.names import Names
from ui.panel import button, panel, quiet, row

# From which confidence on which word is used. One mention makes 0.7, a second one 0.85.
_SURE, _LIKELY, _MAYBE = 0.9, 0.8, 0.6
# The notice opens with its question.
_QUESTION = re.compile(r"[^?？]{1,80}[?？]")


@dataclass(frozen=True)
class Said:
    """A sentence about what was just done in the panel."""

    sentence: str
    error: bool = False


@dataclass(frozen=True)
class Known:
    """What the panel tells of a shopper.

    Attributes:
        consent: None where nothing is kept.
        facts: last seen first.
        now: the time, after which facts have faded.
        erasing: whether the shopper is asked if all is really to be erased.
        said: about what was just done.
    """

    consent: Consent | None
    facts: Sequence[ProfileFact]
    now: datetime
    erasing: bool = False
    said: Said | None = None


def profile_html(known: Known, names: Names) -> str:
    """What is known of the shopper, and what they can do about it.

    Each fact stands with its words, how sure it is and since when. A button's ``data-act`` is
    what the page's script sends back.

    Args:
        known: of the shopper.
        names: what things are called in the page's language.
    """
    texts, say = names.texts, names.texts.memory
    inside = _said(known.said)
    if known.consent is None:
        inside += quiet(say.nothing_kept) + row(button("ask", say.ask, kind="sg-ask"))
        return panel(texts.profile_title, inside, name="sg-profile")
    if not known.consent.learning:
        inside += f'<p class="sg-off">{escape(say.not_learning)}</p>'
    if known.facts:
        facts = "".join(_fact(fact, known.now, names) for fact in known.facts)
        inside += f'<ul class="sg-facts">{facts}</ul>{_choice_lists(known.facts, names)}'
    else:
        inside += quiet(texts.profile_empty)
    return panel(texts.profile_title, inside + _control(known, names), name="sg-profile")


def consent_html(names: Names) -> str:
    """The notice, with the question whether the shopper may be remembered.

    Both answers look the same and are one press away.

    Args:
        names: give the language.
    """
    say = names.texts.memory
    text = notice().zh if names.language == "zh" else notice().en
    asked = _QUESTION.match(text)
    question, rest = (asked[0], text[asked.end() :]) if asked else (say.title, text)
    return (
        f'<section class="sg-consent" tabindex="-1" aria-label="{escape(question)}">'
        f"<h2>{escape(question)}</h2><p>{escape(rest.strip())}</p>"
        + row(button("agree", say.agree, value=notice().version), button("decline", say.decline))
        + "</section>"
    )


def interests_html(graph: str, names: Names) -> str:
    """The interest graph with a way to close it.

    Args:
        graph: HTML of it.
        names: give the language.
    """
    say = names.texts.memory
    return f'<div class="sg-shown" tabindex="-1">{button("hide_interests", say.close)}{graph}</div>'


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


def _said(said: Said | None) -> str:
    if said is None:
        return ""
    role, kind = ("alert", "sg-error") if said.error else ("status", "sg-note")
    return f'<p class="sg-said {kind}" role="{role}">{escape(said.sentence)}</p>'


def _control(known: Known, names: Names) -> str:
    say = names.texts.memory
    if known.erasing:
        return (
            f'<div class="sg-really" role="alertdialog" aria-label="{escape(say.erase)}">'
            f"<p>{escape(say.really)}</p>"
            + row(button("erase", say.erase_now, kind="sg-danger"), button("show", say.keep))
            + "</div>"
        )
    learning = known.consent is not None and known.consent.learning
    return (
        '<div class="sg-control">'
        + row(button("interests", say.interests))
        + row(
            button("learning_off", say.stop_learning)
            if learning
            else button("learning_on", say.go_on_learning),
            f'<a class="sg-act" href="my-data.json" download>{escape(say.export)}</a>',
            button("ask_erase", say.erase),
        )
        + "</div>"
    )


def _fact(fact: ProfileFact, now: datetime, names: Names) -> str:
    say = names.texts.memory
    field, value = names.field(fact.field), fact_text(fact, names)
    of = f"{field} {value}"
    pin = (
        button("unpin", say.unpin, fact=fact.id, of=of)
        if fact.pinned
        else button("pin", say.pin, fact=fact.id, of=of)
    )
    faded = "" if still_counts(fact, now) else ' class="sg-faded"'
    return (
        f'<li{faded}><p class="sg-fact-line"><span class="sg-field">{escape(field)}</span> '
        f'<strong dir="auto">{escape(value)}</strong></p>'
        f"{_words(fact)}{_standing(fact, now, names)}{_before(fact, names)}"
        f'<div class="sg-acts sg-fact-acts">{_correcting(fact, of, names)}{pin}'
        f"{button('delete', say.delete, fact=fact.id, of=of)}</div></li>"
    )


def _words(fact: ProfileFact) -> str:
    """The words last said. What was corrected by hand has no others than its value."""
    if fact.origin == "shopper":
        return ""
    return f'<p class="sg-words"><q dir="auto">{escape(fact.quote)}</q></p>'


def _before(fact: ProfileFact, names: Names) -> str:
    """The words said before those, the last first."""
    earlier = "".join(
        f'<li><q dir="auto">{escape(words.quote)}</q> {_day(words.time, names)}</li>'
        for words in reversed(fact.evidence[:-1])
    )
    if not earlier:
        return ""
    told = names.texts.memory.said_before.format(count=len(fact.evidence) - 1)
    return (
        f'<details class="sg-before"><summary>{escape(told)}</summary><ul>{earlier}</ul></details>'
    )


def _standing(fact: ProfileFact, now: datetime, names: Names) -> str:
    """How sure it is, and when it was last said."""
    day = _day(fact.last_seen, names)
    if fact.origin != "shopper":
        before, _, behind = names.texts.last_seen.partition("{date}")
        day = f"{escape(before)}{day}{escape(behind)}"
    return f'<p class="sg-quiet">{escape(_sureness(fact, now, names))} · {day}</p>'


def _day(moment: datetime, names: Names) -> str:
    day = moment.date()
    locale = "zh_Hans_CN" if names.language == "zh" else "en"
    shown = escape(format_date(day, format="medium", locale=locale))
    return f'<time datetime="{day.isoformat()}">{shown}</time>'


def _correcting(fact: ProfileFact, of: str, names: Names) -> str:
    say = names.texts.memory
    known = _list_id(fact.field) if choices(fact.field, names) else ""
    offered = f' list="{known}"' if known else ""
    return (
        f'<details class="sg-correct"><summary class="sg-act" '
        f'aria-label="{escape(f"{say.correct}: {of}")}">{escape(say.correct)}</summary>'
        f'<div class="sg-edit"><input type="text" maxlength="200" dir="auto"{offered} '
        f'autocomplete="off" value="{escape(value_text(fact, names))}" '
        f'aria-label="{escape(names.field(fact.field))}">'
        f"{button('correct', say.save, fact=fact.id, of=of)}</div></details>"
    )


def _choice_lists(facts: Sequence[ProfileFact], names: Names) -> str:
    """What the shop knows for each field, for the boxes in which a value is corrected."""
    lists = []
    for field in dict.fromkeys(fact.field for fact in facts):
        options = "".join(f'<option value="{escape(c)}"></option>' for c in choices(field, names))
        if options:
            lists.append(f'<datalist id="{_list_id(field)}">{options}</datalist>')
    return "".join(lists)


def _list_id(field: str) -> str:
    return escape(f"sg-known-{re.sub(r'[^a-z0-9]', '-', field.lower())}")


def _sureness(fact: ProfileFact, now: datetime, names: Names) -> str:
    say = names.texts.memory
    if fact.pinned:
        return say.pinned
    if not still_counts(fact, now):
        return say.faded
    if fact.origin == "shopper":
        return say.corrected
    return confidence_word(confidence_at(fact, now), names)
