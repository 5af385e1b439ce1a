"""What a message states of the shopper for good, before it is held against the profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from retrieval.conditions import ConditionValue, Scalar
from retrieval.fields import key
from retrieval.index import CatalogueIndex
from tools.reading.fact import Fact
from tools.reading.quotes import Span, find_quote
from tools.reading.subject import Clause

Op = Literal["=", "!=", "<=", ">="]
# Longer words than these are no quote but a speech.
_MOST_QUOTED = 160


@dataclass(frozen=True)
class Stated:
    """A lasting thing that a message states or takes back.

    Attributes:
        field, op, value: as a profile's fact has them.
        quote: the shopper's words.
        strength: whether products must meet it, or had better.
        holds: False where it is said not to be so (any more).
        sole: whether it takes the place of what was liked so before: a new favourite.
    """

    field: str
    op: Op
    value: str
    quote: str
    strength: Literal["must", "prefer"] = "prefer"
    holds: bool = True
    sole: bool = False


@dataclass(frozen=True)
class Said:
    """A message with what is known of its parts.

    Attributes:
        written: as the shopper wrote it.
        text: the same in simplified characters, of the same length.
        clauses: its parts, with whom each speaks of.
        facts: what the turn read in it.
        index: the catalogue.
    """

    written: str
    text: str
    clauses: Sequence[Clause]
    facts: Sequence[Fact]
    index: CatalogueIndex

    def clause_at(self, place: int) -> Clause:
        """The clause that a place of the message stands in."""
        behind = [clause for clause in self.clauses if clause.span.start <= place]
        return behind[-1] if behind else self.clauses[0]

    def place(self, fact: Fact) -> tuple[Clause, Span] | None:
        """Where a fact's words stand: the clause, and the span within the message."""
        span = find_quote(fact.quote, self.written)
        return None if span is None else (self.clause_at(span.start), span)

    def quote(self, clause: Clause) -> str:
        """The shopper's own words of a clause."""
        words = self.written[clause.span.start : clause.span.end]
        return words.strip(" \t\n,.;:!?，。；：！？")[:_MOST_QUOTED]

    def sentence_end(self, clause: Clause) -> int:
        """Where the sentence of a clause ends in the message."""
        return max(c.span.end for c in self.clauses if c.sentence == clause.sentence)

    def before(self, clause: Clause) -> Clause | None:
        """The clause before one, in the same sentence."""
        earlier = [c for c in self.clauses if c.span.start < clause.span.start]
        return earlier[-1] if earlier and earlier[-1].sentence == clause.sentence else None

    def sentence(self, clause: Clause) -> str:
        """The sentence that a clause belongs to."""
        return "".join(c.text for c in self.clauses if c.sentence == clause.sentence)


def written_value(value: ConditionValue) -> str:
    """A value as a profile keeps it: truth values as ``yes`` and ``no``, plain numbers."""
    if isinstance(value, list):
        return ", ".join(written_value(part) for part in value)
    return value if isinstance(value, str) else key(value)


def value_in(index: CatalogueIndex, field: str, written: str) -> Scalar | None:
    """The catalogue's value that a profile's text means; None where the catalogue has none."""
    wanted = key(written)
    return next((v for v in index.vocabulary.values(field) if key(v) == wanted), None)
