"""Transcripts: what is in them, and a collector whose memory does not grow with the run."""

import tracemalloc
from dataclasses import replace

import pytest

from evals.checks import Check
from evals.checks.wording import Shop
from evals.grading import Claim
from evals.measures.graded import GradedConversation, GradedTurn
from evals.reports.printable import printable
from evals.reports.transcripts import LONGEST, Failing, transcript_of
from evals.running.observed import Observed, SeenOffer, SeenTiming
from evals.running.records import Record
from evals.shoppers.shopper import Outcome
from evals.suite.conversation import Conversation, TurnSpec
from retrieval.index import CatalogueIndex


def graded(
    number: int = 1,
    *,
    passed: bool = False,
    system: str = "shopguide",
    attempt: int = 1,
    text: str = "Asics Excite 10 costs $70.",
    error: str | None = None,
    claims: tuple[Claim, ...] = (),
    outcome: Outcome | None = None,
    told: str = "asics-excite is not price<=70",
) -> GradedConversation:
    """A conversation of one turn."""
    spec = TurnSpec(say="A shoe for $70")
    conversation = Conversation(
        id=f"c-{number}", language="en", tags=("price", "single"), turns=(spec,)
    )
    seen = Observed(
        text=text,
        intent="recommend",
        products=["asics-excite", "nike-structure", "gone"],
        pick="asics-excite",
        offers=[SeenOffer(id="asics-excite", title="Asics Excite 10", price=75, currency="USD")],
        timing=SeenTiming(first_text_ms=250, total_ms=1500),
        error=error,
    )
    checks = [
        Check(name="answered", passed=error is None, told=f"no answer: {error}" if error else ""),
        Check(name="products", passed=passed, told="" if passed else told),
    ]
    turn = GradedTurn(
        conversation=conversation, number=1, spec=spec, observed=seen, checks=checks, claims=claims
    )
    record = Record(
        system=system, conversation=conversation.id, digest="d", attempt=attempt,
        said=[spec.say], turns=[seen], outcome=outcome,
    )  # fmt: skip
    return GradedConversation(conversation, record, [turn])


WRONG = Claim("price", "$70", "Asics Excite 10 costs $70.", "asics-excite", False, "price = 75")
RIGHT = Claim("product", "Asics Excite 10", "Asics Excite 10 costs $70.", None, True, "")


def test_a_transcript_has_all_that_a_reader_needs(shoes_index: CatalogueIndex) -> None:
    one = transcript_of(
        graded(claims=(WRONG, RIGHT), attempt=3), where="a.jsonl, line 7", shop=Shop(shoes_index)
    )
    assert (one.conversation, one.where, one.attempt) == ("c-1", "a.jsonl, line 7", 3)
    assert (one.language, one.tags, one.passed) == ("en", ["price", "single"], False)
    assert one.failed_checks == ["products"]
    assert one.unsupported == 1
    (turn,) = one.turns
    assert turn.say.shown == "A shoe for $70"
    assert [(check.name, check.told) for check in turn.failed] == [
        ("products", "asics-excite is not price<=70")
    ]
    assert turn.passed == 1
    assert turn.timing.total_ms == 1500
    (claim,) = turn.unsupported
    assert (claim.kind, claim.text, claim.told) == ("price", "$70", "price = 75")
    # As the system shows it, then as the catalogue has it, then what neither knows.
    assert [(p.title, p.price, p.pick) for p in turn.products] == [
        ("Asics Excite 10", 75, True), ("Nike Structure 25", 110, False), (None, None, False),
    ]  # fmt: skip


def test_a_long_text_is_cut_and_the_rest_counted() -> None:
    (turn,) = transcript_of(graded(text="x" * (LONGEST + 5))).turns
    assert (len(turn.text.shown), turn.text.left_out) == (LONGEST, 5)


def test_the_first_failing_ones_are_kept_and_all_are_counted() -> None:
    failing = Failing(limit=3)
    for number in range(10):
        failing.add(graded(number, passed=number % 2 == 0))
    failing.add(graded(0, system="agent"), where="b.jsonl, line 1")
    ours, agent = failing.systems
    assert (ours.system, ours.held, ours.failed) == ("shopguide", 10, 5)
    assert [one.conversation for one in ours.transcripts] == ["c-1", "c-3", "c-5"]
    assert (agent.system, agent.held, agent.failed) == ("agent", 1, 1)
    assert agent.transcripts[0].where == "b.jsonl, line 1"


def test_a_goal_that_is_not_met_fails_without_a_failed_check() -> None:
    failing = Failing()
    failing.add(graded(passed=True, outcome=Outcome(success=False)))
    failing.add(graded(passed=True, outcome=Outcome(success=True)))
    (of,) = failing.systems
    assert (of.held, of.failed) == (2, 1)
    assert of.transcripts[0].failed_checks == []


def test_memory_is_bounded_however_long_the_run() -> None:
    failing = Failing(limit=20)
    one = graded(text="y" * 100_000, claims=(replace(WRONG, sentence="z" * 100_000),))
    tracemalloc.start()
    try:
        for _ in range(20):
            failing.add(one)
        full, _ = tracemalloc.get_traced_memory()
        for _ in range(2000):
            failing.add(one)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert failing.systems[0].failed == 2020
    assert after - full < 20_000
    assert full < 2_000_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\tand 中文 ✓ \U0001f45f", "two\nlines\tand 中文 ✓ \U0001f45f"),
        ("\x00\x1b[31mred\x7f\x9b", "��[31mred��"),
        ("half \ud83d and \uffff", "half � and �"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown
