"""What ends without naming what takes its place: "I don't run any more", "forget my size"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.profile.dialogue.contradiction import trait_entry
from assistant.profile.dialogue.lasting_words import markers, says
from assistant.profile.dialogue.statements import Said, Stated, written_value
from assistant.profile.facts import ProfileFact
from retrieval.text import normalise, tokens
from tools.reading.subject import Clause

# What a shopper may call the fields that have no word of the catalogue's in a request to forget.
_CALLED = ("size", "gender", "price")


def read_forgotten(said: Said, known: Sequence[ProfileFact]) -> Iterator[Stated]:
    """The facts that the shopper asks to forget: by value, or by what they are about.

    Args:
        said: the message.
        known: the profile.
    """
    for clause in said.clauses:
        if not clause.forgets:
            continue
        for fact in known:
            if _names(said, clause, fact):
                yield Stated(fact.field, fact.op, fact.value, said.quote(clause), holds=False)


def read_endings(said: Said, known: Sequence[ProfileFact]) -> Iterator[Stated]:
    """Habits that end by their verb alone: of one who runs, "不跑了".

    Args:
        said: the message.
        known: the profile.
    """
    for clause in said.clauses:
        if not clause.own or says("once", clause.text):
            continue
        for marker in markers(("bare_ending",), clause.text):
            verb = clause.text[marker.span.start : marker.span.end]
            verb = next(c for c in verb if c in "跑打踢练骑爬游滑跳")
            for fact in known:
                if fact.op == "=" and fact.field in ("use", "category") and _done(verb, fact):
                    quote = said.quote(clause)
                    yield Stated(fact.field, "=", fact.value, quote, holds=False)


def _done(verb: str, fact: ProfileFact) -> bool:
    return any(verb in evidence.quote for evidence in fact.evidence)


def _names(said: Said, clause: Clause, fact: ProfileFact) -> bool:
    """Whether a clause has a fact's value, or the word for what it is about."""
    if any(says(f"called_{name}", clause.text) for name in _CALLED if name == fact.field):
        return True
    entry = trait_entry(fact.field, fact.value, said.index.advice)
    if entry is not None:
        return any(m.advice.id == entry.id for m in said.index.advice.find(clause.text))
    mentions = said.index.vocabulary.find(clause.text)
    if any(
        (t.field, written_value(t.value)) == (fact.field, fact.value)
        for m in mentions
        for t in m.terms
    ):
        return True
    words = {token.stem for token in tokens(normalise(clause.text))}
    return bool(
        words & {token.stem for token in tokens(normalise(fact.value)) if token.stem.isdigit()}
    )
