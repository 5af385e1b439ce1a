"""Classes of wording, in both languages, with what must be known of a shopper afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from profile_shopper import Shopper

from retrieval.index import CatalogueIndex

_FILE = Path(__file__).with_name("profile_wordings.yaml")


def _cases() -> Iterator[object]:
    for kind, talks in yaml.safe_load(_FILE.read_text(encoding="utf-8")).items():
        for talk, known in talks.items():
            yield pytest.param(talk, known, id=f"{kind}: {talk}")


@pytest.mark.parametrize(("talk", "known"), list(_cases()))
def test_what_is_known_after_a_talk(talk: str, known: str, demo_index: CatalogueIndex) -> None:
    shopper = Shopper(demo_index)
    for message in talk.split(" | "):
        shopper.say(message)
    assert shopper.line() == known


def test_a_forgotten_fact_ends_and_stays_as_history(demo_index: CatalogueIndex) -> None:
    shopper = Shopper(demo_index)
    shopper.say("I like Nike")
    (change,) = shopper.say("forget that I like Nike").changes
    assert change.op == "end"
    (fact,) = shopper.facts.values()
    assert fact.ended is not None


def test_a_pinned_fact_is_not_forgotten_by_a_word(demo_index: CatalogueIndex) -> None:
    shopper = Shopper(demo_index)
    (fact,) = shopper.say("I wear 43").written
    shopper.facts[fact.id] = fact.model_copy(update={"pinned": True})
    assert shopper.say("forget my size").written == []
    assert shopper.line() == "size=43"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("My favourite brand is Nike", "these days Brooks is my number one"),
        ("我最喜欢的牌子是耐克", "现在最喜欢的牌子是昂跑"),
    ],
)
def test_a_new_favourite_takes_the_place_of_the_old(
    old: str, new: str, demo_index: CatalogueIndex
) -> None:
    shopper = Shopper(demo_index)
    (before,) = shopper.say(old).written
    (change,) = shopper.say(new).changes
    assert (change.op, change.fact["replaces"]) == ("replace", [before.id])


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("I wear 43", "sandals for me, 43 again"),
        ("I wear 43", "hiking shoes in 43 again please"),
        ("I wear 43", "my usual size please"),
        ("I'm a 43", "still a 43 btw, got any new hikers?"),
        ("I have knee pain", "knees are still bad"),
        ("我膝盖不好", "膝盖老问题又犯了"),
        ("I have flat feet", "they must suit my fallen arches"),
        ("no Puma", "any brand except Puma"),
        ("I play tennis", "still on the court every week, I play tennis on Sundays"),
        ("I usually spend under 100", "never above 100, you know me"),
        ("我穿43码", "还是43"),
        ("我是扁平足", "我平足，选支撑好的"),
        ("不要彪马", "除了彪马都行"),
        ("我平时打羽毛球", "每周打羽毛球，费鞋"),
        ("我膝盖疼", "我膝盖不好，要软一点"),
        ("我喜欢黑色", "我还是最爱黑色"),
    ],
)
def test_the_same_in_other_words_is_seen_again(
    first: str, again: str, demo_index: CatalogueIndex
) -> None:
    shopper = Shopper(demo_index)
    (fact,) = shopper.say(first).written
    shopper.say(again)
    (seen,) = [f for f in shopper.current() if f.id == fact.id]
    assert seen.last_seen > fact.last_seen
