"""Facts on their way: what was found, and which words of the message are spoken for."""

from __future__ import annotations

from dataclasses import dataclass, field

from tools.reading.fact import Fact, Proposal, Released, Unmatched
from tools.reading.quotes import Span


@dataclass
class Draft:
    """What the steps of a reading add to.

    Attributes:
        message: the message as it is read, in simplified characters.
        written: the message as the shopper wrote it, of the same length, for quotes.
        hidden: words that are no wish whatever they look like: names, references, idioms.
    """

    message: str
    written: str
    facts: list[Fact] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)
    dropped: list[Proposal] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    relaxed: list[str] = field(default_factory=list)
    released: list[Released] = field(default_factory=list)
    loosened: list[str] = field(default_factory=list)
    hidden: list[Span] = field(default_factory=list)
    spoken: list[Span] = field(default_factory=list)
    spans: list[tuple[Span, Fact | Unmatched]] = field(default_factory=list)

    def quote(self, span: Span) -> str:
        """The shopper's words at a span."""
        return self.written[span.start : span.end]

    def add(self, fact: Fact, span: Span) -> None:
        """Keeps a fact, once."""
        same = [
            f for f in self.facts if (f.field, f.op, f.value) == (fact.field, fact.op, fact.value)
        ]
        if not same:
            self.facts.append(fact)
        self.spans.append((span, fact))

    def lay_aside(self, name: str, value: str, span: Span) -> None:
        """Keeps a wish that means nothing in the catalogue, to be told."""
        unmatched = Unmatched(field=name, value=value, quote=self.quote(span))
        if unmatched not in self.unmatched:
            self.unmatched.append(unmatched)
        self.spans.append((span, unmatched))

    def relax(self, name: str, span: Span) -> None:
        """Notes that a field does not matter any more."""
        if name not in self.relaxed:
            self.relaxed.append(name)
        self.spoken.append(span)

    def covers(self, span: Span) -> list[Fact]:
        """The facts that rest on some of the words at a span."""
        return [
            found for taken, found in self.spans if taken.overlaps(span) and isinstance(found, Fact)
        ]

    def is_taken(self, span: Span) -> bool:
        """Whether some of the words at a span are read already or are no wish."""
        taken = (*(other for other, _ in self.spans), *self.hidden, *self.spoken)
        return any(other.overlaps(span) for other in taken)

    def laid_aside(self, span: Span) -> bool:
        """Whether some of the words at a span are unmatched, said not to matter, or no wish."""
        unmatched = [taken for taken, found in self.spans if isinstance(found, Unmatched)]
        return any(taken.overlaps(span) for taken in (*unmatched, *self.spoken, *self.hidden))
