"""The figures that a system is judged by, from what it answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from evals.checks import Check, check_turn, given_as_fitting
from evals.figures import Counts, Figure, quantile, share
from evals.grading import Claim
from evals.labels import match_labels, same_value
from evals.observed import Observed, SeenWish
from evals.records import Record
from evals.suite import AnyLabel, Conversation, Expect, Label, Shown
from evals.wording import Shop, length_of, says_no, sentences_of

Group = Literal["all", "en", "zh"]
GROUPS: tuple[Group, ...] = ("all", "en", "zh")
# What stands in a record and must be repeated as it stands there.
_RECORDED = frozenset({"product", "brand", "price", "number", "rating", "count", "size"})
_MOST = {"en": 90, "zh": 160}  # words of a short reply, characters of a Chinese one
# What a system may not tell at all: its failed turns then fail nothing of that kind either.
_TELLABLE = {
    "intent": "intent",
    "facts": "facts",
    "unmatched": "unmatched",
    "need": "need",
    "not_need": "need",
    "sentiment": "sentiment",
    "urgency": "urgency",
    "handoff": "handoff",
}
ClaimsOf = Callable[[Conversation, int, Observed, Shop], Sequence[Claim]]
"""Grades what the text of a turn claims: (conversation, turn from 1, observed, shop)."""


@dataclass(frozen=True)
class GradedTurn:
    """One turn with all that the grader has to say of it.

    Attributes:
        number: from 1.
        checks: of the suite's expectations.
        claims: of the text.
    """

    conversation: Conversation
    number: int
    observed: Observed
    checks: Sequence[Check]
    claims: Sequence[Claim] = ()
    fitting: bool = False

    @property
    def expect(self) -> Expect:
        """What the suite says of it."""
        return self.conversation.turns[self.number - 1].expect

    @property
    def say(self) -> str:
        """The shopper's message."""
        return self.conversation.turns[self.number - 1].say


@dataclass
class Tally:
    """What is counted, by figure and conversation."""

    shares: dict[str, dict[str, list[Counts]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    values: dict[str, dict[str, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )


def grade(
    records: Iterable[Record],
    conversations: Iterable[Conversation],
    shop_of: Callable[[str], Shop],
    claims_of: ClaimsOf,
) -> list[GradedTurn]:
    """Grades the records of one system.

    Args:
        records: of one system.
        conversations: with their labels.
        shop_of: the catalogue of a name.
        claims_of: grades what a text claims.
    """
    records = list(records)
    by_id = {conversation.id: conversation for conversation in conversations}
    silent = _silent(turn for record in records for turn in record.turns)
    graded: list[GradedTurn] = []
    for record in records:
        conversation = by_id[record.conversation]
        shop = shop_of(conversation.catalog)
        shown: Sequence[str] = ()
        for number, observed in enumerate(record.turns, start=1):
            spec = conversation.turns[number - 1]
            checks = check_turn(spec.expect, observed, shop=shop, shown=shown)
            answered = observed.error is None
            graded.append(
                GradedTurn(
                    conversation=conversation,
                    number=number,
                    observed=observed,
                    checks=[check for check in checks if check.name not in silent],
                    claims=claims_of(conversation, number, observed, shop) if answered else (),
                    fitting=given_as_fitting(observed, shop),
                )
            )
            # A question about what was shown leaves the list that it was asked of.
            if observed.products and not isinstance(spec.expect.refers, Shown):
                shown = observed.products
    return graded


def figures(turns: Sequence[GradedTurn], *, seed: int) -> dict[Group, dict[str, Figure]]:
    """Every figure, of all conversations and by language.

    The key is the row's; ``check:NAME`` for the share of turns that pass a check; ``KEY:p95``
    for a 95th percentile.

    Args:
        turns: of one system.
        seed: of the bootstrap.
    """
    found: dict[Group, dict[str, Figure]] = {}
    for group in GROUPS:
        tally = Tally()
        for turn in turns:
            if group in ("all", turn.conversation.language):
                _count(turn, tally)
        result = {key: share(counts, seed=seed) for key, counts in tally.shares.items()}
        for key, values in tally.values.items():
            result[key] = quantile(values, at=0.5, seed=seed)
            result[f"{key}:p95"] = quantile(values, at=0.95, seed=seed)
        found[group] = result
    return found


def _count(turn: GradedTurn, tally: Tally) -> None:
    id = turn.conversation.id
    for key, numerator, denominator in _shares(turn):
        tally.shares[key][id].append((float(numerator), float(denominator)))
    if turn.observed.error is None:
        for key, value in _values(turn.observed):
            tally.values[key][id].append(value)


def _shares(turn: GradedTurn) -> Iterator[tuple[str, float, float]]:
    expect, seen = turn.expect, turn.observed
    passed = {check.name: check.passed for check in turn.checks}
    for name, good in passed.items():
        yield f"check:{name}", good, 1
    for name in ("answered", "language", "pick", "need"):
        if name in passed:
            yield name, passed[name], 1
    recommends = expect.intent is None or "recommend" in expect.intent
    if expect.products is not None and expect.products.some and recommends:
        yield "fit", passed["products"], 1
        if seen.error is None:
            language = turn.conversation.language
            yield "short", length_of(seen.text, language) <= _MOST[language], 1
    if expect.facts is not None and "facts" in passed:
        yield from _facts(expect.facts, seen.facts or ())
    if _is_impossible(expect):
        yield "honest", _is_honest(turn, passed), 1
    recorded = [claim for claim in turn.claims if claim.kind in _RECORDED]
    yield "recorded", sum(claim.supported for claim in recorded), len(recorded)
    if seen.error is None:
        wrong = {claim.sentence for claim in turn.claims if not claim.supported}
        yield "unsupported", len(wrong), max(len(sentences_of(seen.text)), len(wrong))
        if turn.number > 1:
            yield "cached", seen.usage.cached_tokens, seen.usage.prompt_tokens


def _facts(
    labels: Sequence[Label | AnyLabel], wishes: Sequence[SeenWish]
) -> Iterator[tuple[str, float, float]]:
    matched = match_labels(labels, wishes)
    found = len(matched.found)
    yield "precision", found, found + len(matched.spurious)
    yield "recall", found, found + len(matched.missed)
    yield "strength", found - len(matched.wrong_strength), found
    right, all_told = _polarity(labels, matched.found, wishes)
    yield "polarity", right, all_told


def _polarity(
    labels: Sequence[Label | AnyLabel],
    found: Sequence[tuple[Label, SeenWish]],
    wishes: Sequence[SeenWish],
) -> tuple[int, int]:
    """Exclusions read as such, of those said and those made up out of wishes for the thing."""
    said = [label for label in labels if not label.optional and _excludes(label)]
    right = sum(label.op == "!=" for label, _ in found)
    single = [
        r for label in labels for r in (label.any if isinstance(label, AnyLabel) else (label,))
    ]
    turned = sum(
        wish.op == "!=" and not _labelled(single, wish, "!=") and _labelled(single, wish, "=")
        for wish in wishes
    )
    return min(right, len(said)), len(said) + turned


def _excludes(label: Label | AnyLabel) -> bool:
    readings = label.any if isinstance(label, AnyLabel) else (label,)
    return all(reading.op == "!=" for reading in readings)


def _labelled(labels: Iterable[Label], wish: SeenWish, op: str) -> bool:
    return any(
        label.field == wish.field and label.op == op and same_value(label.value, wish.value)
        for label in labels
    )


def _is_impossible(expect: Expect) -> bool:
    """Whether an honest answer says no: the thing is not sold, or nothing meets the wishes."""
    return (expect.products is not None and expect.products.none) or expect.intent == (
        "not_in_catalogue",
    )


def _is_honest(turn: GradedTurn, passed: dict[str, bool]) -> bool:
    """Nothing is given as fitting, the text says no, and names what stands in the way."""
    return (
        turn.observed.error is None
        and not turn.fitting
        and says_no(turn.observed.text)
        and passed.get("stands_in_the_way", True)
    )


def _values(seen: Observed) -> Iterator[tuple[str, float]]:
    usage, timing = seen.usage, seen.timing
    yield "calls", usage.calls
    yield "prompt", usage.prompt_tokens
    yield "uncached", usage.prompt_tokens - usage.cached_tokens
    yield "completion", usage.completion_tokens
    yield "total", timing.total_ms
    # An answer that comes all at once is first read when it is whole.
    yield "first_text", timing.total_ms if timing.first_text_ms is None else timing.first_text_ms


def _silent(turns: Iterable[Observed]) -> frozenset[str]:
    """Checks on things that none of a system's answers tells."""
    answered = [turn for turn in turns if turn.error is None]
    if not answered:
        return frozenset()
    return frozenset(
        name
        for name, attribute in _TELLABLE.items()
        if all(getattr(turn, attribute) is None for turn in answered)
    )
