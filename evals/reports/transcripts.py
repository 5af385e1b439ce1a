"""Finished conversations as a person reads them, and a collector of those that failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import BaseModel, Field

from evals.checks import Check
from evals.checks.wording import Shop
from evals.grading import Claim
from evals.measures.graded import GradedConversation, GradedTurn
from evals.running.observed import Observed, SeenOffer, SeenTiming
from evals.shoppers.shopper import Outcome

LONGEST = 4000
"""Characters of a message or an answer that a transcript keeps; the rest is in the results."""


class Text(BaseModel):
    """A text, cut where it is so long that nobody would read on.

    Attributes:
        shown: its beginning.
        left_out: how many characters follow in the results.
    """

    shown: str = ""
    left_out: int = 0

    @classmethod
    def of(cls, text: str) -> Text:
        """A text of any length."""
        return cls(shown=text[:LONGEST], left_out=max(0, len(text) - LONGEST))


class Unsupported(BaseModel):
    """A claim of an answer that no record bears out.

    Attributes:
        kind: what is claimed.
        text: the words that claim it.
        sentence: the sentence that they stand in.
        told: what the records say.
    """

    kind: str
    text: str
    sentence: str
    told: str


class Shown(BaseModel):
    """A product that was given.

    Attributes:
        title: None where neither the system nor the catalogue knows one.
        price: in the currency; None as above.
        pick: whether it is recommended above the others.
    """

    id: str
    title: str | None = None
    price: float | None = None
    currency: str | None = None
    pick: bool = False


class TranscriptTurn(BaseModel):
    """One message, what came of it, and what is wrong with that.

    Attributes:
        number: from 1.
        error: why there is no answer.
        failed: the checks that failed.
        passed: how many checks passed.
    """

    number: int
    say: Text
    text: Text
    error: str | None = None
    intent: str | None = None
    products: list[Shown] = Field(default_factory=list)
    choices: list[str] = Field(default_factory=list)
    failed: list[Check] = Field(default_factory=list)
    passed: int = 0
    unsupported: list[Unsupported] = Field(default_factory=list)
    timing: SeenTiming = Field(default_factory=SeenTiming)


class Transcript(BaseModel):
    """One finished conversation.

    Attributes:
        conversation: its id.
        where: file and line of the suite; empty where that is not known.
        language: of the conversation.
        passed: every check of every turn, and a simulated shopper got what they want.
        outcome: how a simulated conversation ended.
    """

    conversation: str
    where: str = ""
    language: str
    tags: list[str] = Field(default_factory=list)
    system: str
    attempt: int = 1
    passed: bool
    outcome: Outcome | None = None
    turns: list[TranscriptTurn] = Field(default_factory=list)

    @property
    def failed_checks(self) -> list[str]:
        """Names of the checks that failed, each once, in their order."""
        return list(dict.fromkeys(check.name for turn in self.turns for check in turn.failed))

    @property
    def unsupported(self) -> int:
        """How many claims no record bears out."""
        return sum(len(turn.unsupported) for turn in self.turns)


def transcript_of(
    graded: GradedConversation, *, where: str = "", shop: Shop | None = None
) -> Transcript:
    """A graded conversation as a transcript.

    Args:
        graded: by ``evals.measures.grade.grade``.
        where: file and line of the suite.
        shop: tells title and price of products that the system gives by their ids alone.
    """
    conversation, record = graded.conversation, graded.record
    return Transcript(
        conversation=conversation.id,
        where=where,
        language=conversation.language,
        tags=list(conversation.tags),
        system=record.system,
        attempt=record.attempt,
        passed=graded.passed,
        outcome=record.outcome,
        turns=[_turn(turn, shop) for turn in graded.turns],
    )


def _turn(turn: GradedTurn, shop: Shop | None) -> TranscriptTurn:
    seen = turn.observed
    failed = [
        check.model_copy(update={"told": check.told[:LONGEST]})
        for check in turn.checks
        if not check.passed
    ]
    return TranscriptTurn(
        number=turn.number,
        say=Text.of(turn.say),
        text=Text.of(seen.text),
        error=seen.error if seen.error is None else seen.error[:LONGEST],
        intent=seen.intent,
        products=list(_products(seen, shop)),
        choices=[choice[:LONGEST] for choice in seen.choices],
        failed=failed,
        passed=len(turn.checks) - len(failed),
        unsupported=_unsupported(turn.claims),
        timing=seen.timing,
    )


def _products(seen: Observed, shop: Shop | None) -> Iterator[Shown]:
    offers: dict[str, SeenOffer] = {offer.id: offer for offer in seen.offers or ()}
    for id in dict.fromkeys((*offers, *seen.products)):
        shown = Shown(id=id, pick=id == seen.pick)
        if (offer := offers.get(id)) is not None:
            update = {"title": offer.title, "price": offer.price, "currency": offer.currency}
            shown = shown.model_copy(update=update)
        elif shop is not None and (product := shop.products.get(id)) is not None:
            price = float(product.effective_price)
            update = {"title": product.title, "price": price, "currency": product.currency}
            shown = shown.model_copy(update=update)
        yield shown


def _unsupported(claims: Sequence[Claim]) -> list[Unsupported]:
    return [
        Unsupported(
            kind=claim.kind,
            text=claim.text[:LONGEST],
            sentence=claim.sentence[:LONGEST],
            told=claim.told[:LONGEST],
        )
        for claim in claims
        if not claim.supported
    ]


class FailingOf(BaseModel):
    """What one system failed.

    Attributes:
        held: how many conversations were graded, each attempt for itself.
        failed: how many of them did not pass.
        transcripts: the first of those that did not pass.
    """

    system: str
    held: int = 0
    failed: int = 0
    transcripts: list[Transcript] = Field(default_factory=list)


class Failing:
    """Collects the failing conversations of a run as they are graded, in bounded memory.

    Args:
        limit: how many transcripts of each system are kept; the others are counted.
    """

    def __init__(self, limit: int = 200) -> None:
        self._limit = limit
        self._systems: dict[str, FailingOf] = {}

    def add(self, graded: GradedConversation, *, where: str = "", shop: Shop | None = None) -> None:
        """Counts a conversation, and keeps its transcript where it failed and there is room.

        Args:
            graded: one attempt of one system.
            where: file and line of the suite.
            shop: as in ``transcript_of``.
        """
        name = graded.record.system
        system = self._systems.setdefault(name, FailingOf(system=name))
        system.held += 1
        if graded.passed:
            return
        system.failed += 1
        if len(system.transcripts) < self._limit:
            system.transcripts.append(transcript_of(graded, where=where, shop=shop))

    @property
    def systems(self) -> Sequence[FailingOf]:
        """By system, in the order in which they came."""
        return tuple(self._systems.values())
