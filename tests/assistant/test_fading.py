"""Facts fade with their field's half-life, and speak for products as softly as they are sure."""

from datetime import UTC, datetime, timedelta

import pytest
from coffee_machines import coffee_index
from hypothesis import given
from hypothesis import strategies as st

from assistant.profile.facts import Evidence, ProfileFact
from assistant.profile.fading import confidence_at, half_life_days, still_counts
from assistant.profile.leanings import leanings_of_facts
from retrieval.index import CatalogueIndex

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def fact(field: str, value: str, op: str = "=", **more: object) -> ProfileFact:
    """A fact seen at ``NOW``."""
    said = Evidence(quote=value, thread_id="t", turn_id="1", time=NOW)
    kept = {"id": f"{field}-{value}", "shopper_id": "ann", "field": field, "op": op, "value": value}
    seen = {"confidence": 0.8, "evidence": (said,), "first_seen": NOW, "last_seen": NOW}
    return ProfileFact.model_validate({**kept, **seen, **more})


def test_a_size_outlives_a_brand_and_a_brand_a_season() -> None:
    fields = ["foot_type", "size", "brand", "price", "use", "season"]
    assert [half_life_days(f) for f in fields] == sorted(map(half_life_days, fields), reverse=True)
    assert half_life_days("size") >= 2 * 365
    assert half_life_days("season") <= 8 * 7
    assert half_life_days("tank_l") == half_life_days("no such field")


def test_half_as_sure_after_a_half_life() -> None:
    liked = fact("brand", "Nike")
    later = NOW + timedelta(days=half_life_days("brand"))
    assert confidence_at(liked, NOW) == 0.8
    assert confidence_at(liked, later) == pytest.approx(0.4)
    assert confidence_at(liked, NOW - timedelta(days=9)) == 0.8


def test_a_pinned_fact_does_not_fade_and_an_ended_one_does_not_count() -> None:
    far = NOW + timedelta(days=20 * 365)
    assert not still_counts(fact("brand", "Nike"), far)
    pinned = fact("brand", "Nike", pinned=True)
    assert confidence_at(pinned, far) == 0.8
    assert still_counts(pinned, far)
    assert not still_counts(fact("brand", "Nike", ended=NOW), NOW)


@given(
    st.sampled_from(["size", "brand", "price", "use", "season", "anything"]),
    st.floats(0, 1),
    st.lists(st.floats(0, 20_000), min_size=2, max_size=6),
)
def test_age_never_makes_surer(field: str, confidence: float, ages: list[float]) -> None:
    known = fact(field, "x", confidence=confidence)
    sure = [confidence_at(known, NOW + timedelta(days=age)) for age in sorted(ages)]
    assert sure == sorted(sure, reverse=True)
    assert all(0 <= value <= 1 for value in sure)


def test_facts_speak_in_conditions_of_the_catalogue(demo_index: CatalogueIndex) -> None:
    facts = [
        fact("foot_type", "flat feet"),
        fact("size", "43", strength="must"),
        fact("brand", "Nike", "!="),
        fact("color", "black"),
        fact("price", "100", "<="),
        fact("waterproof", "yes"),
        fact("use", "hiking"),
        fact("gender", "women"),
    ]
    leanings = leanings_of_facts(facts, demo_index, NOW)
    assert [(str(x.condition), x.text["en"]) for x in leanings] == [
        ("arch_support in stability, motion control", "you have told us of flat feet"),
        ("size = 43", "you wear size 43"),
        ("brand != Nike", "you avoid Nike"),
        ("color = black", "you like black"),
        ("price <= 100", "you usually spend at most 100 USD"),
        ("waterproof = yes", "you like waterproof"),
        ("use = hiking", "you told us of hiking"),
        ("gender = women", "you shop for women"),
    ]
    assert leanings[1].text["zh"] == "您穿43码"
    assert leanings[2].text["zh"] == "您不喜欢耐克"
    assert [x.source for x in leanings] == [f"profile:{f.id}" for f in facts]
    for leaning in leanings:
        assert demo_index.count([leaning.condition]) > 0


def test_older_facts_speak_more_softly_until_they_are_silent(demo_index: CatalogueIndex) -> None:
    liked = [fact("brand", "Nike")]
    strengths = [
        leanings_of_facts(liked, demo_index, NOW + timedelta(days=days))[0].strength
        for days in (0, 100, 400)
    ]
    assert strengths == sorted(strengths, reverse=True)
    assert leanings_of_facts(liked, demo_index, NOW + timedelta(days=4000)) == []


def test_what_another_catalogue_cannot_tell_is_left_out() -> None:
    facts = [
        fact("foot_type", "flat feet"),
        fact("size", "43"),
        fact("brand", "Nike"),
        fact("drink", "espresso"),
        fact("milk_frother", "yes", "!="),
        fact("price", "cheap", "<="),
        fact("brand", "Nike", ended=NOW),
    ]
    leanings = leanings_of_facts(facts, coffee_index(), NOW)
    assert [str(x.condition) for x in leanings] == ["drink = espresso", "milk_frother != yes"]
