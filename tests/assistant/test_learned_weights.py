"""Weights learnt from choices: in bounds, only from enough, and read without anybody's data."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.profile.behaviour.events import Event
from assistant.profile.behaviour.learned_weights import LearnedWeights, learn_weights, read_weights
from retrieval.conditions import parse_condition
from retrieval.index import CatalogueIndex
from retrieval.product import Product
from tools.leaning import Leaning
from tools.ranking_weights import DEFAULT_WEIGHTS, LEARNT, RankingWeights

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
_QUERIES = ["running shoes", "light trail shoes", "shoes for work", "a soft white shoe"]


def _events(
    index: CatalogueIndex, best: Callable[[Product], float], *, shoppers: int, searches: int
) -> list[Event]:
    """Shoppers who search and click what is best to them among ten random products."""
    rng = random.Random(4)
    products = list(index.products)
    events: list[Event] = []
    for shopper in range(shoppers):
        for number in range(searches):
            time = NOW - timedelta(days=30, minutes=-10 * number)
            session = f"s{shopper}-{number}"
            liked = max(rng.sample(products, 10), key=best)
            told = {"shopper_id": f"shopper-{shopper}", "session_id": session}
            events.append(
                Event(event_id=f"{session}-q", type="search", query=rng.choice(_QUERIES),
                      time=time, **told)
            )  # fmt: skip
            events.append(
                Event(event_id=f"{session}-c", type="click", product_id=liked.id,
                      time=time + timedelta(minutes=1), **told)
            )  # fmt: skip
    rng.shuffle(events)
    return events


def test_what_decides_choices_comes_to_weigh_more(demo_index: CatalogueIndex) -> None:
    events = _events(demo_index, lambda p: p.rating or 0.0, shoppers=60, searches=20)
    learnt = learn_weights(events, demo_index, now=NOW)
    assert learnt.enough
    assert learnt.shoppers == 60
    assert learnt.weights.rating > DEFAULT_WEIGHTS.rating
    assert learnt.weights.relevance < DEFAULT_WEIGHTS.relevance
    for name in LEARNT:
        least, most = RankingWeights.bounds(name)
        assert least <= getattr(learnt.weights, name) <= most
    assert learnt.weights.wishes == DEFAULT_WEIGHTS.wishes
    assert learnt.weights.rules == DEFAULT_WEIGHTS.rules


def test_the_profile_is_weighed_by_what_was_known_before(demo_index: CatalogueIndex) -> None:
    nike = Leaning(condition=parse_condition("brand = Nike"), strength=1.0, source="profile:1")
    moments: list[bool] = []

    def leanings(before: object, moment: datetime) -> list[Leaning]:
        assert isinstance(before, list)
        moments.append(all(event.time <= moment for event in before))
        return [nike]

    events = _events(demo_index, lambda p: float(p.brand == "Nike"), shoppers=60, searches=20)
    learnt = learn_weights(events, demo_index, now=NOW, leanings=leanings)
    assert all(moments)
    assert learnt.weights.profile > DEFAULT_WEIGHTS.profile


@pytest.mark.parametrize(("shoppers", "searches"), [(10, 60), (60, 2)])
def test_too_little_teaches_nothing(
    demo_index: CatalogueIndex, shoppers: int, searches: int
) -> None:
    events = _events(demo_index, lambda p: p.rating or 0.0, shoppers=shoppers, searches=searches)
    learnt = learn_weights(events, demo_index, now=NOW)
    assert not learnt.enough
    assert learnt.weights == DEFAULT_WEIGHTS


def test_events_without_a_search_or_a_known_product_are_passed_over(
    demo_index: CatalogueIndex,
) -> None:
    def event(id: str, type: str, **told: object) -> Event:
        return Event.model_validate(
            {"event_id": id, "shopper_id": "a", "type": type, "time": NOW} | told
        )

    events = [
        event("1", "click", product_id="nike-pegasus-41", session_id="s"),
        event("2", "search", query="running shoes"),
        event("3", "search", query="running shoes", session_id="t"),
        event("4", "purchase", product_id="no-such-thing", session_id="t"),
        event("5", "view", product_id="nike-pegasus-41", session_id="t"),
    ]
    assert learn_weights(events, demo_index, now=NOW).choices == 0


def test_a_search_of_a_conversation_is_paired_by_time(demo_index: CatalogueIndex) -> None:
    def event(id: str, type: str, minutes: float, **told: object) -> Event:
        time = NOW + timedelta(minutes=minutes)
        return Event.model_validate(
            {"event_id": id, "shopper_id": "a", "type": type, "time": time} | told
        )

    search = event("1", "search", 0, query="running shoes", session_id="thread-1")

    def choices(*after: Event) -> int:
        return learn_weights([search, *after], demo_index, now=NOW).choices

    shoe = {"product_id": "nike-pegasus-41"}
    assert choices(event("2", "click", 29, session_id="s", **shoe)) == 1
    assert choices(event("2", "click", 29, **shoe)) == 1
    assert choices(event("2", "click", 31, session_id="s", **shoe)) == 0
    assert choices(event("2", "click", 31, session_id="thread-1", **shoe)) == 1
    other = event("2", "click", 5, session_id="s", **shoe).model_copy(update={"shopper_id": "b"})
    assert choices(other) == 0
    # The choice is of the search that came last, and counts once.
    later = event("2", "search", 3, query="trail running shoes", session_id="s")
    assert choices(later, event("3", "click", 5, session_id="s", **shoe)) == 1


def test_the_file_is_read_back_and_a_bad_one_gives_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    assert read_weights(path) == DEFAULT_WEIGHTS
    weights = DEFAULT_WEIGHTS.learnt({"rating": 0.9})
    learnt = LearnedWeights(catalog="demo", weights=weights, learned=NOW, choices=600, shoppers=60)
    learnt.save(path)
    assert read_weights(path) == weights
    assert [file.name for file in tmp_path.iterdir()] == ["weights.json"]
    path.write_text(
        learnt.model_dump_json().replace('"profile":0.8', '"profile":80.0'), encoding="utf-8"
    )
    assert read_weights(path).profile == 2 * DEFAULT_WEIGHTS.profile
    path.write_text("{", encoding="utf-8")
    assert read_weights(path) == DEFAULT_WEIGHTS
