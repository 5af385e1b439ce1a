"""What the checks of one sentence found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from assistant.evidence import Evidence
from assistant.reply import Citation
from retrieval.product import Product


@dataclass(frozen=True)
class Verdict:
    """What became of a sentence.

    Attributes:
        faults: why it does not pass, short and in plain words; empty where it does.
        subjects: the products that it speaks of.
        citations: what its claims rest on.
    """

    faults: tuple[str, ...] = ()
    subjects: tuple[Product, ...] = ()
    citations: tuple[Citation, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether every claim is supported."""
        return not self.faults


@dataclass
class Findings:
    """Faults and citations, gathered on the way."""

    faults: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)

    def fault(self, words: str) -> None:
        """Adds a fault once."""
        if words not in self.faults:
            self.faults.append(words)

    def cite(self, citations: Iterable[Citation]) -> None:
        """Adds what a claim rests on."""
        self.citations.extend(citations)


@dataclass(frozen=True)
class Clause:
    """A part of a sentence that is judged as one.

    Attributes:
        start, end: where it stands in the sentence.
        about: the products that it says something of.
        against: the products that it compares them with.
        unlike: the products that it says to be otherwise.
        denies: whether it denies what follows of all of them ("neither", "none of").
        wished: whether it tells what the shopper wants, and so nothing of a product.
        untold: where a "the record does not say" ends in the sentence, or None.
        compares: whether it speaks of a difference.
    """

    start: int
    end: int
    about: tuple[Product, ...]
    against: tuple[Product, ...] = ()
    unlike: tuple[Product, ...] = ()
    denies: bool = False
    wished: bool = False
    untold: int | None = None
    compares: bool = False

    def holds(self, start: int) -> bool:
        """Whether a place of the sentence is in the clause."""
        return self.start <= start < self.end


def fields_of(citations: Iterable[Citation]) -> frozenset[str]:
    """The fields of records that citations point at."""
    return frozenset(field for c in citations if (field := c.source.partition("#")[2]))


def cite(evidence: Evidence, product: Product, name: str, value: str) -> Citation:
    """A citation of a field of a product's record."""
    if name == "price" and product.on_sale and value == str(float(product.effective_price)):
        name = "sale_price"
    marker = evidence.marker(product).strip("[]")
    return Citation(marker=marker, source=f"product:{product.id}#{name}", value=value)
