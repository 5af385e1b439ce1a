"""Refusals that last though no word of taste stands by: "any brand except Puma", "no Nike"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.profile.dialogue.lasting_words import nearest, says
from assistant.profile.dialogue.statements import Said, Stated, written_value
from tools.reading.quotes import Span
from tools.reading.subject import Clause

# "Asics over Nike" likes the one more, and rules the other out for no longer than today.
_LESSER = re.compile(r"(?:\b(?:over|than|rather\s+than|instead\s+of)|比起?)\s*$", re.IGNORECASE)


def shunned(said: Said, clause: Clause, span: Span) -> bool:
    """Whether everything but this will do: "any brand except Puma", "除了耐克都行".

    Args:
        said: the message.
        clause: the clause of the value.
        span: where the value stands in the message.
    """
    rest = said.text[span.end : said.sentence_end(clause)]
    before = said.text[clause.span.start : span.start]
    if says("else_asked", f"{before}#{rest}"):
        return False
    marker = nearest(("shun",), before, len(before))
    near = marker is not None and not re.sub(
        r"\W|的|任何|什么|any|more", "", before[marker.span.end :]
    )
    return near or says("shun_around", f"{before.strip()}#{rest}")


def refused_brands(said: Said, stated: Sequence[Stated]) -> Iterator[Stated]:
    """Brands that a wish excludes: whoever wants no Nike today wants none tomorrow.

    Args:
        said: the message.
        stated: what is read in it in other ways, which goes first.
    """
    for fact in said.facts:
        where = said.place(fact)
        if fact.field != "brand" or fact.op != "!=" or where is None:
            continue
        clause, span = where
        value = written_value(fact.value)
        told = any((s.field, s.value) == ("brand", value) for s in stated)
        sentence = said.sentence(clause)
        once = says("once", sentence) or says("occasion", sentence)
        lesser = _LESSER.search(said.text[: span.start])
        if clause.of_shopper and not (told or once or lesser or says("else_asked", sentence)):
            yield Stated("brand", "!=", value, fact.quote, fact.strength)
