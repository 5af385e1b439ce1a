"""What is known and called by what it is about, without its value: "my usual size", "my knees"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.profile.dialogue.ailing import named_parts
from assistant.profile.dialogue.contradiction import trait_entry
from assistant.profile.dialogue.lasting_words import says
from assistant.profile.dialogue.statements import Said, Stated
from assistant.profile.facts import ProfileFact
from tools.reading.subject import Clause

_CALLED = ("size", "price", "brand", "color")


def read_as_ever(
    said: Said, known: Sequence[ProfileFact], stated: Sequence[Stated]
) -> Iterator[Stated]:
    """Known facts that a message speaks of once more without saying what they are.

    Args:
        said: the message.
        known: the profile.
        stated: what the message states itself, which goes first.
    """
    fields = {s.field for s in stated}
    told = {(s.field, s.value) for s in stated}
    for clause in said.clauses:
        if not clause.own or says("once", clause.text):
            continue
        for fact in _meant(clause, known):
            if fact.field not in fields:
                yield Stated(fact.field, fact.op, fact.value, said.quote(clause))
        for fact in known:
            entry = trait_entry(fact.field, fact.value, said.index.advice)
            if entry is None or (fact.field, fact.value) in told:
                continue
            if any(
                says("same_part", f"{clause.text[:at]}#{clause.text[end:]}")
                for at, end in named_parts(clause.text, entry)
            ) and not says("recovered", clause.text):
                yield Stated(fact.field, fact.op, fact.value, said.quote(clause))


def _meant(clause: Clause, known: Sequence[ProfileFact]) -> list[ProfileFact]:
    """The one fact that each field's name stands for."""
    meant = []
    for name in _CALLED if says("same_as_ever", clause.text) else ():
        liked = [f for f in known if f.field == name and f.op in ("=", "<=")]
        if len(liked) == 1 and says(f"called_{name}", clause.text):
            meant += liked
    return meant
