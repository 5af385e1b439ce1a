"""The grader against good transcripts and planted faults: what it finds, what it blames in vain."""

import random
from collections.abc import Sequence

import pytest
from coffee_machines import coffee_index

from evals.grader_test.answers import answers
from evals.grader_test.bank import Bank, bank_of, banks
from evals.grader_test.fault import Fault
from evals.grader_test.in_citations import faults_in_citations
from evals.grader_test.in_state import faults_in_state
from evals.grader_test.in_text import faults_in_text
from evals.grader_test.in_wishes import faults_in_wishes
from evals.grader_test.outcome import Outcome, Share, outcome
from evals.grader_test.prose import templates
from evals.grader_test.transcripts import Transcript, transcripts
from evals.grader_test.trial import graded

LEAST_CAUGHT, MOST_ALARMS = 0.99, 0.01
SETS = ("first", "sixth")
# A set that the grader was never mended by: 0.89 of its false texts were found when it was
# measured, and 0.063 of its true ones blamed. A little below and above, as the draw is small.
UNSEEN, UNSEEN_LEAST_CAUGHT, UNSEEN_MOST_ALARMS = "seventh", 0.80, 0.10


@pytest.fixture(scope="module")
def shops() -> list[Bank]:
    return [*banks(), bank_of(coffee_index(), "coffee")]


@pytest.fixture(scope="module")
def good(shops: list[Bank]) -> list[Transcript]:
    draw = random.Random(3)
    found = [
        transcript
        for name in SETS
        for shop in shops
        for transcript in transcripts(shop, templates(name), draw, rounds=1)
    ]
    return found + answers(shops[0], every=16)


@pytest.fixture(scope="module")
def faults() -> list[Fault]:
    return [
        *faults_in_text("sixth"),
        *faults_in_state(),
        *faults_in_wishes(),
        *faults_in_citations(),
    ]


@pytest.fixture(scope="module")
def found(good: list[Transcript], faults: Sequence[Fault]) -> Outcome:
    return outcome(good, faults, random.Random(4), a_kind=4)


def test_good_transcripts_are_not_blamed(found: Outcome) -> None:
    assert found.all_alarms.of >= 250
    assert {"prose, coffee, en", "prose, furniture, zh", "answers, demo, zh"} <= set(found.alarms)
    alarms = [e for e in found.examples if e.kind == "false alarm"]
    assert found.all_alarms.value <= MOST_ALARMS, alarms[:10]


def test_planted_faults_are_found(found: Outcome, faults: Sequence[Fault]) -> None:
    assert set(found.caught) == {fault.name for fault in faults}, "every kind was planted"
    assert len(found.caught) >= 15
    assert found.all_caught.of >= 250
    missed = [e for e in found.examples if e.kind != "false alarm"]
    assert found.all_caught.value >= LEAST_CAUGHT, missed[:10]


def test_prose_that_the_grader_was_not_mended_by(shops: list[Bank]) -> None:
    draw = random.Random(6)
    texts = [t for shop in shops[:3] for t in transcripts(shop, templates(UNSEEN), draw, rounds=1)]
    found = outcome(texts, faults_in_text(UNSEEN), draw, a_kind=8)
    assert found.all_caught.of >= 100
    assert found.all_alarms.value <= UNSEEN_MOST_ALARMS
    assert found.all_caught.value >= UNSEEN_LEAST_CAUGHT


def test_a_check_of_another_thing_does_not_count(good: list[Transcript]) -> None:
    transcript = next(t for t in good if t.source == "prose" and t.products)
    wrong = transcript.last.model_copy(update={"intent": "smalltalk"})
    found = graded(transcript, wrong)
    assert found.blames(("intent",), "")
    assert not found.blames(("language", "need"), "")
    assert not found.blames(("grounded",), "words that are not in the text")


def test_every_planted_text_differs_from_the_good_one(
    good: list[Transcript], faults: Sequence[Fault]
) -> None:
    draw = random.Random(5)
    for fault in faults:
        for transcript in draw.sample(good, 40):
            planted = fault.plant(transcript, draw)
            if planted is not None:
                assert planted.observed != transcript.last, fault.name
                assert planted.words in planted.observed.text


def test_a_share_has_wilsons_interval() -> None:
    share = Share.of_counts(8, 10)
    assert (share.value, round(share.low, 3), round(share.high, 3)) == (0.8, 0.490, 0.943)
    nothing = Share.of_counts(0, 0)
    assert (nothing.value, nothing.low, nothing.high) == (0.0, 0.0, 1.0)
