"""What is counted of a single turn."""

from __future__ import annotations

import math
from collections.abc import Iterator

from evals.checks.citations import cited
from evals.checks.wording import Shop, length_of, says_no, sentences_of
from evals.measures.count import Count, Value
from evals.measures.graded import GradedTurn
from evals.measures.products import count_products, recommends
from evals.measures.wishes import count_wishes
from evals.running.observed import Observed
from evals.suite.conversation import Expect

# What stands in a record and must be repeated as it stands there.
_RECORDED = frozenset({"product", "brand", "price", "number", "rating", "count", "size"})
_TAKEN = ("calls", "prompt", "uncached", "completion", "total", "first_text")
_MOST = {"en": 90, "zh": 160}  # words of a short reply, characters of a Chinese one


def count_turn(turn: GradedTurn, shop: Shop) -> Iterator[Count]:
    """What a turn adds to each share; of a failed turn all that was expected is wrong.

    Args:
        turn: with its checks and claims.
        shop: the catalogue that was asked.
    """
    expect, seen = turn.expect, turn.observed
    passed = {check.name: check.passed for check in turn.checks}
    yield Count("passed", turn.passed)
    for name, good in passed.items():
        yield Count(f"check:{name}", good)
    for name in ("answered", "language", "pick", "need"):
        if name in passed:
            yield Count(name, passed[name])
    if expect.products is not None and expect.products.some and recommends(expect):
        yield Count("fit", passed["products"])
        if seen.error is None:
            language = turn.conversation.language
            yield Count("short", length_of(seen.text, language) <= _MOST[language])
    yield from count_products(expect, seen, shop)
    if expect.facts is not None and "facts" in passed:
        yield from count_wishes(expect.facts, seen.facts or ())
    if _is_impossible(expect):
        yield Count("honest", _is_honest(turn, passed))
    if expect.handoff is not None and "handoff" in passed:
        yield from _handoff(expect.handoff, bool(seen.handoff))
    yield from _evidence(turn, shop)
    if seen.error is None and seen.timed and turn.number > 1:
        yield Count("cached", seen.usage.cached_tokens, seen.usage.prompt_tokens)


def values_of_turn(seen: Observed) -> Iterator[Value]:
    """What a turn took: calls and tokens of the language model, and milliseconds.

    A turn without an answer takes more than any that has one, which is infinitely much: were it
    left out, a system whose slow turns break off would pass for a fast one. (What was seen of it
    is cut off on the right, as times of survival are; a quantile that falls among such turns is
    not reached.) A system that does not tell has no values.
    """
    if not seen.timed:
        return
    if seen.error is not None:
        yield from (Value(key, math.inf) for key in _TAKEN)
        return
    usage, timing = seen.usage, seen.timing
    yield Value("calls", usage.calls)
    yield Value("prompt", usage.prompt_tokens)
    yield Value("uncached", usage.prompt_tokens - usage.cached_tokens)
    yield Value("completion", usage.completion_tokens)
    yield Value("total", timing.total_ms)
    # An answer that comes all at once is first read when it is whole.
    first = timing.total_ms if timing.first_text_ms is None else timing.first_text_ms
    yield Value("first_text", first)


def _evidence(turn: GradedTurn, shop: Shop) -> Iterator[Count]:
    if turn.observed.error is not None:
        return
    borne_out = sum(claim.supported for claim in turn.claims)
    yield Count("grounded", borne_out, len(turn.claims))
    recorded = [claim for claim in turn.claims if claim.kind in _RECORDED]
    yield Count("recorded", sum(claim.supported for claim in recorded), len(recorded))
    wrong = {claim.sentence for claim in turn.claims if not claim.supported}
    sentences = max(len(sentences_of(turn.observed.text)), len(wrong))
    yield Count("unsupported", len(wrong), sentences)
    right, citations = cited(turn.observed, shop).counts
    yield Count("cited", right, citations)


def _handoff(wanted: bool, came: bool) -> Iterator[Count]:
    """Precision is of the turns that pass on, recall of those that ought to."""
    if came:
        yield Count("handoff_precision", wanted)
    if wanted:
        yield Count("handoff_recall", came)


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
