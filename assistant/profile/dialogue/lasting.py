"""What of a message lasts: read from the turn's facts and from words that say so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.profile.dialogue.as_ever import read_as_ever
from assistant.profile.dialogue.contradiction import ONE_VALUE
from assistant.profile.dialogue.lasting_words import says
from assistant.profile.dialogue.own_size import read_own_size
from assistant.profile.dialogue.person import read_budget, read_gender, read_traits
from assistant.profile.dialogue.statements import Said, Stated, written_value
from assistant.profile.dialogue.taken_back import read_endings, read_forgotten
from assistant.profile.dialogue.tastes import read_tastes
from assistant.profile.facts import ProfileFact
from retrieval.index import CatalogueIndex
from retrieval.text import simplified
from tools.reading.fact import Fact
from tools.reading.subject import read_clauses


def read_lasting(
    message: str,
    facts: Sequence[Fact],
    known: Sequence[ProfileFact],
    *,
    index: CatalogueIndex,
    for_other: bool,
) -> tuple[list[Stated], bool]:
    """What a message states of the shopper for good, each thing once.

    Args:
        message: as the shopper wrote it.
        facts: what the turn read in it, checked.
        known: the facts that hold.
        index: the catalogue, whose words and advice are used.
        for_other: whether the talk was about somebody else before.

    Returns:
        The statements, and whether the talk is about somebody else now.
    """
    text = simplified(message)
    clauses, other = read_clauses(text, for_other=for_other)
    if not clauses:
        return [], other
    said = Said(message, text, clauses, facts, index)
    stated = [
        *read_traits(said, known),
        *read_own_size(said, known),
        *read_gender(said),
        *read_budget(said, known),
        *read_tastes(said, known),
        *read_endings(said, known),
        *read_forgotten(said, known),
    ]
    told = {(s.field, s.value) for s in stated}
    # "The 42s are tight, I wear 43 now" does not name the old size once more.
    told_anew = {s.field for s in stated if s.holds and s.field in ONE_VALUE}
    stated += [
        s
        for s in _seen_again(said, known)
        if (s.field, s.value) not in told and s.field not in told_anew
    ]
    stated += read_as_ever(said, known, stated)
    # What is said last counts: "I don't like … well, I do like it".
    return list({(s.field, s.op, s.value): s for s in stated}.values()), other


def _seen_again(said: Said, known: Sequence[ProfileFact]) -> Iterator[Stated]:
    """What is wished for once more and known to last: black shoes again, of one who likes black."""
    lasting = {(fact.field, fact.op, fact.value): fact for fact in known}
    for fact in said.facts:
        where = said.place(fact)
        old = lasting.get((fact.field, fact.op, written_value(fact.value)))  # type: ignore[arg-type]
        if old is None or where is None or fact.sort:
            continue
        clause, _ = where
        doubtful = ("once", "occasion", "over", "over_after")
        if clause.own and not any(says(kind, clause.text) for kind in doubtful):
            yield Stated(old.field, old.op, old.value, fact.quote)
