"""Facts over time: added, surer, replaced, ended; never two that exclude each other."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from profile_shopper import START, Shopper

from assistant.profile.dialogue.contradiction import contradict
from assistant.profile.facts import ProfileFact
from retrieval.advice import AdviceBook
from retrieval.index import CatalogueIndex


@pytest.fixture
def ann(demo_index: CatalogueIndex) -> Shopper:
    return Shopper(demo_index)


@pytest.mark.parametrize(
    ("messages", "left"),
    [
        (["I'm a 43", "I'm a 42 now"], "size=42"),
        (["我穿43码", "我现在穿42了"], "size=42"),
        (["I'm a 43", "I'm not a 43"], ""),
        (["I have flat feet", "I don't have flat feet any more"], ""),
        (["我是扁平足", "其实我不是扁平足"], ""),
        (["I have flat feet", "my flat feet are gone"], ""),
        (["I have bad knees", "my knees don't hurt any more"], ""),
        (["我膝盖疼", "我膝盖不痛了"], ""),
        (["I have wide feet", "actually I have narrow feet"], "foot_type=narrow feet"),
        (["I have flat feet", "Actually I have high arches, not flat feet"],
         "foot_type=high arches"),
        (["I love Nike", "I hate Nike"], "brand!=Nike"),
        (["I hate Nike", "I actually like Nike now"], "brand=Nike"),
        (["no Nike", "Nike is fine after all"], ""),
        (["no Nike", "I'm ok with Nike now"], ""),
        (["不喜欢耐克", "其实耐克也可以"], ""),
        (["我讨厌白色", "白色其实也行"], ""),
        (["I like Nike", "I no longer wear Nike"], ""),
        (["I play basketball", "I gave up basketball"], ""),
        (["我平时打篮球", "我不打篮球了"], ""),
        (["I play tennis", "I switched from tennis to badminton"], "use=badminton"),
        (["我打网球", "不打网球了，改打羽毛球"], "use=badminton"),
        (["我平时穿耐克", "我从耐克换成亚瑟士了"], "brand=Asics"),
        (["I love blue", "I've gone off blue, I like green now"], "color=green"),
        (["I run every day", "I no longer run"], ""),
        (["我每天去健身房", "健身房早就不去了"], ""),
        (["I usually spend at most 100", "these days I can go up to 150"], "price<=150"),
        (["I love Nike", "I'm done with Nike"], "brand!=Nike"),
        (["I'm a man", "Sorry, I'm a woman"], "gender=women"),
        (["I usually spend at most 100", "I usually spend up to 200 now"], "price<=200"),
        (["I'm looking for a gift for my wife", "she has flat feet", "size 38"], ""),
        (["想给我老婆买双跑鞋", "她是扁平足", "我自己穿43码"], "size=43"),
        (["I have flat feet", "is it good for knee pain?"], "foot_type=flat feet"),
    ],
)  # fmt: skip
def test_over_time(messages: Sequence[str], left: str, ann: Shopper) -> None:
    for message in messages:
        ann.say(message)
    assert ann.line() == left


def test_what_is_replaced_stays_as_history(ann: Shopper) -> None:
    (old,) = ann.say("I'm a 43").written
    learnt = ann.say("I'm a 42 now")
    (new,) = ann.current()
    ended = ann.facts[old.id]
    assert (ended.ended, ended.ended_by) == (new.first_seen, new.id)
    assert ended.value == "43"
    assert ended.evidence == old.evidence
    (change,) = learnt.changes
    assert (change.op, change.fact["value"], change.fact["replaces"]) == ("replace", "42", [old.id])


def test_what_is_taken_back_ends_without_a_successor(ann: Shopper) -> None:
    ann.say("I have flat feet")
    (change,) = ann.say("I don't have flat feet any more").changes
    (fact,) = ann.facts.values()
    assert change.op == "end"
    assert change.fact["quote"] == "I don't have flat feet any more"
    assert fact.ended == START + timedelta(days=2)
    assert fact.ended_by is None


def test_repeating_makes_surer_and_keeps_the_last_ten_quotes(ann: Shopper) -> None:
    first = ann.say("I have flat feet").written[0]
    assert first.confidence == 0.7
    assert ann.say("as I said, flat feet").changes[0].op == "strengthen"
    for _ in range(14):
        ann.say("I have flat feet")
    (fact,) = ann.current()
    assert fact.id == first.id
    assert fact.first_seen == first.first_seen
    assert fact.last_seen == START + timedelta(days=16)
    assert [e.turn_id for e in fact.evidence] == [f"turn-{n}" for n in range(7, 17)]
    assert 0.99 < fact.confidence <= 1


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("I wear 43", "size 43 again please"),
        ("I wear 43", "my size is still 43"),
        ("我穿43码", "老规矩，43码"),
        ("I love black", "black again please"),
        ("no Puma", "still no Puma"),
        ("I usually spend at most 60", "under 60 again"),
        ("我喜欢黑色", "还是要黑色的"),
    ],
)
def test_what_is_known_is_seen_again_in_a_wish(first: str, again: str, ann: Shopper) -> None:
    (fact,) = ann.say(first).written
    (seen,) = ann.say(again).written
    assert seen.id == fact.id
    assert seen.confidence > fact.confidence


def test_what_took_the_place_is_told(ann: Shopper) -> None:
    (tennis,) = ann.say("I play tennis").written
    (change,) = ann.say("I gave up tennis, now I play badminton").changes
    assert (change.op, change.fact["value"]) == ("replace", "badminton")
    assert ann.facts[tennis.id].ended_by == change.fact["id"]


def test_a_pinned_fact_is_changed_by_no_word(ann: Shopper) -> None:
    (fact,) = ann.say("I love Nike").written
    ann.facts[fact.id] = fact.model_copy(update={"pinned": True})
    for message in ("I hate Nike", "I no longer wear Nike", "I love Nike", "no Nike"):
        learnt = ann.say(message)
        assert (learnt.written, learnt.changes) == ([], [])
    assert ann.line() == "brand=Nike"


def test_evidence_has_the_shoppers_own_words(ann: Shopper) -> None:
    (fact,) = ann.say("我從來不穿皮的，有推薦嗎").written
    assert fact.quote == "我從來不穿皮的"
    assert (fact.thread_id, fact.turn_id, fact.shopper_id) == ("t", "turn-1", "ann")
    assert fact.strength == "must"


def test_a_letter_and_a_number_are_sizes_of_two_kinds(demo_index: CatalogueIndex) -> None:
    advice = demo_index.advice
    assert contradict("size", ("=", "42"), ("=", "43"), advice)
    assert contradict("size", ("=", "M"), ("=", "L"), advice)
    assert not contradict("size", ("=", "M"), ("=", "43"), advice)


def test_what_excludes_what_follows_from_the_advice(demo_index: CatalogueIndex) -> None:
    wide, narrow, flat = ("=", "wide feet"), ("=", "narrow feet"), ("=", "flat feet")
    assert contradict("foot_type", wide, narrow, demo_index.advice)  # type: ignore[arg-type]
    assert not contradict("foot_type", wide, flat, demo_index.advice)  # type: ignore[arg-type]
    assert not contradict("foot_type", wide, narrow, AdviceBook())  # type: ignore[arg-type]


_SAYINGS = st.sampled_from(
    [f"I {verb} {value}" for verb in ("love", "hate", "don't like", "always wear", "no longer like")
     for value in ("Nike", "black", "leather")]
    + [f"I'm a {size} now" for size in (42, 43, 44)]
    + ["size 44 please", "我穿42码", "我讨厌黑色", "我喜欢耐克", "耐克也可以", "不要耐克"]
    + ["I have wide feet", "I have narrow feet", "脚不宽", "I'm a man", "I'm a woman"]
    + ["a gift for my wife", "for me", "I usually spend at most 100", "一般预算300以内"]
)  # fmt: skip
_TALK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@_TALK
@given(st.lists(_SAYINGS, max_size=12))
def test_no_two_facts_that_hold_exclude_each_other(
    demo_index: CatalogueIndex, sayings: list[str]
) -> None:
    shopper = Shopper(demo_index)
    for message in sayings:
        shopper.say(message)
        held = shopper.current()
        liked = {(f.field, f.value) for f in held if f.op == "="}
        assert not liked & {(f.field, f.value) for f in held if f.op == "!="}
        for field in ("size", "gender", "price"):
            assert sum(f.field == field for f in held) <= 1
        assert not {"wide feet", "narrow feet"} <= {f.value for f in held}
        assert len({(f.field, f.op, f.value) for f in held}) == len(held)
        assert all(0 <= f.confidence <= 1 for f in held)
        ids = set(shopper.facts)
        assert all(f.ended_by is None or f.ended_by in ids for f in shopper.facts.values())


@_TALK
@given(st.lists(_SAYINGS, min_size=1, max_size=8))
def test_the_same_turn_again_changes_nothing(
    demo_index: CatalogueIndex, sayings: list[str]
) -> None:
    shopper = Shopper(demo_index)
    for message in sayings:
        shopper.say(message)
        before = list(shopper.facts.values())
        learnt = shopper.say(message, again=True)
        assert (learnt.written, learnt.changes) == ([], [])
        assert list(shopper.facts.values()) == before


@_TALK
@given(st.integers(1, 30))
def test_repetition_never_makes_less_sure(demo_index: CatalogueIndex, times: int) -> None:
    shopper, sure = Shopper(demo_index), 0.0
    for _ in range(times):
        shopper.say("I love Nike")
        (fact,) = shopper.current()
        assert sure <= fact.confidence <= 1
        sure = fact.confidence


@pytest.mark.parametrize("known_order", [sorted, lambda facts, key: sorted(facts, key=key)[::-1]])
def test_the_order_of_what_is_known_does_not_matter(
    ann: Shopper, known_order: Callable[..., list[ProfileFact]]
) -> None:
    ann.say("I wear 43, I love Nike and I have wide feet")
    ann.facts = {f.id: f for f in known_order(ann.facts.values(), key=lambda f: f.value)}
    ann.say("I hate Nike, I'm a 42 now and I have narrow feet")
    assert ann.line() == "brand!=Nike; foot_type=narrow feet; size=42"
