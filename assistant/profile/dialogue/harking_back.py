"""What is said of a thing named just before: "Skechers fell apart twice, never again"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.profile.dialogue.lasting_words import says
from assistant.profile.dialogue.statements import Said, Stated, written_value
from assistant.profile.facts import ProfileFact
from retrieval.vocabulary import Mention, Term
from tools.reading.subject import Clause

# Of one purchase one likes or dislikes what it looks like; of a maker one learns.
_LEARNT_OF = "brand"


def read_harking_back(
    said: Said, mentions: Sequence[Mention], known: Sequence[ProfileFact]
) -> Iterator[Stated]:
    """Tastes whose clause names nothing itself, of what the clause before names.

    A liking is read so only where the shopper disliked the thing before: "I love them" praises
    the pair at hand.

    Args:
        said: the message.
        mentions: the catalogue's words in it.
        known: the profile.
    """
    held = {(fact.field, fact.op, fact.value) for fact in known}
    named: list[Term] = []
    for clause in said.clauses:
        here = _terms(clause, mentions)
        if here:
            named = here if not (clause.other or clause.heard) else []
            continue
        if not named or not clause.own or says("once", clause.text):
            continue
        quote = said.quote(clause)
        for term in named:
            field, value = term.field, written_value(term.value)
            if says("never_again", clause.text) and field == _LEARNT_OF:
                yield Stated(field, "!=", value, quote, "must")
            elif says("over_it", clause.text):
                yield Stated(field, "=", value, quote, holds=False)
            elif says("like_it_now", clause.text) and (field, "!=", value) in held:
                yield Stated(field, "=", value, quote)


def _terms(clause: Clause, mentions: Sequence[Mention]) -> list[Term]:
    return [
        term
        for mention in mentions
        if clause.span.start <= mention.start < clause.span.end
        for term in mention.terms
    ]
