"""What behaviour tells, over the API's own objects and a real index."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from conftest import START
from sqlalchemy import update

from assistant.app import Assistant, learnt_folder
from assistant.database.tables import ShopperRow
from assistant.profile.behaviour.baskets import BasketHabits
from assistant.profile.behaviour.events import Event
from assistant.profile.behaviour.learnt import Learnt, LearntFiles
from assistant.profile.behaviour.next_basket import DEFAULT_WEIGHTS
from assistant.profile.behaviour.shop_habits import ShopHabits
from assistant.profile.sequence.model import train_from_events
from retrieval.index import CatalogueIndex


def bought(number: int, product: str, day: float, *, shopper: str = "ann") -> Event:
    return Event(
        event_id=f"{shopper}-{number}",
        shopper_id=shopper,
        session_id=f"{shopper}-{number // 3}",
        type="purchase",
        product_id=product,
        time=START - timedelta(days=day),
    )


def agree(assistant: Assistant, shopper: str = "ann") -> None:
    """They agreed a year ago."""
    assistant.memory.give_consent(shopper)
    with assistant.database.writing() as session:
        agreed = update(ShopperRow).where(ShopperRow.id == shopper)
        session.execute(agreed.values(consented=START - timedelta(days=365)))


def learnt_by(assistant: Assistant, ready: Callable[[Learnt], bool]) -> Learnt:
    """What is held once a thread has read what was written."""
    until = time.monotonic() + 20
    while not ready(learnt := assistant.learnt.of("shoes")):
        assert time.monotonic() < until
        time.sleep(0.02)
    return learnt


def files_of(assistant: Assistant) -> LearntFiles:
    files = LearntFiles(learnt_folder(assistant.settings), "shoes")
    files.folder.mkdir(parents=True, exist_ok=True)
    return files


def test_nothing_is_told_of_a_stranger(assistant: Assistant, shoes_index: CatalogueIndex) -> None:
    told = assistant.outlooks.of("ann", shoes_index, "en")
    assert (told.tastes, told.timings, told.next_categories, told.related) == ([], [], [], [])


def test_a_rhythm_is_told(assistant: Assistant, shoes_index: CatalogueIndex) -> None:
    agree(assistant)
    events = [bought(n, "nike-structure", 10 + 30 * n) for n in range(5)]
    assert assistant.events.add(events, catalog="shoes").stored == 5
    told = assistant.outlooks.of("ann", shoes_index, "zh")
    (timing,) = told.timings
    assert timing.category == shoes_index.get("nike-structure").category[-1]
    assert timing.timing.rhythm is not None
    assert timing.timing.rhythm.days == 30
    (next_one,) = told.next_categories
    assert next_one.category == timing.category
    assert abs(sum(next_one.parts.values()) - next_one.score) < 1e-9
    assert told.model_dump_json()  # every number can be sent


def test_a_search_is_told_of_too(assistant: Assistant, shoes_index: CatalogueIndex) -> None:
    agree(assistant)
    searches = [
        Event(
            event_id=f"q-{n}", shopper_id="ann", type="search", query=query,
            time=START - timedelta(days=n),
        )
        for n, query in enumerate(("Nike", "Nike shoes", "跑鞋 nike", "zzz", "Nike trail"))
    ]  # fmt: skip
    assert assistant.events.add(searches, catalog="shoes").stored == 5
    told = assistant.outlooks.of("ann", shoes_index, "en")
    assert "Nike" in [taste.value for taste in told.tastes]
    assert (told.timings, told.next_categories, told.next_products) == ([], [], [])
    assert told.model_dump_json()


def test_another_catalogue_tells_nothing(assistant: Assistant, shoes_index: CatalogueIndex) -> None:
    agree(assistant)
    events = [bought(n, "nike-structure", 10 + 30 * n) for n in range(5)]
    assert assistant.events.add(events, catalog="books").stored == 5
    told = assistant.outlooks.of("ann", shoes_index, "en")
    assert (told.tastes, told.timings, told.next_categories, told.related) == ([], [], [], [])
    assert assistant.profiles.known_of("ann", shoes_index).leanings == []


def test_what_others_went_on_to_leans(assistant: Assistant, shoes_index: CatalogueIndex) -> None:
    pair = ("nike-structure", "asics-excite")
    others = [
        bought(number, product, 5 - number / 1000, shopper=f"other-{who}")
        for who in range(6)
        for number, product in enumerate(pair)
    ]
    files = files_of(assistant)
    train_from_events(others).save(files.following)
    files.weights.write_text("{}")
    learnt_by(assistant, lambda learnt: learnt.following is not None)
    agree(assistant)
    looked = bought(0, "nike-structure", 1).model_copy(update={"type": "view"})
    assistant.events.add([looked], catalog="shoes")
    known = assistant.profiles.known_of("ann", shoes_index)
    (following,) = [one for one in known.leanings if one.source == "behaviour:next"]
    assert following.condition.value == ["asics-excite"]
    told = assistant.outlooks.of("ann", shoes_index, "en")
    assert told.next_products == ["asics-excite"]
    # Nothing was bought: what others looked at next says which kinds may come.
    assert told.next_categories[0].parts == {"following": told.next_categories[0].score}
    assert sum(one.score for one in told.next_categories) == pytest.approx(1)


def test_what_is_usual_in_baskets_counts(assistant: Assistant, shoes_index: CatalogueIndex) -> None:
    kind = shoes_index.get("nike-structure").category[-1]
    habits = ShopHabits.unlearnt(("laces", "socks")).with_categories(["insoles"])
    files = files_of(assistant)
    BasketHabits(habits, DEFAULT_WEIGHTS).save(files.baskets)
    files.weights.write_text("{}")
    held = learnt_by(assistant, lambda learnt: learnt.baskets is not None).baskets
    assert held is not None
    assert held.habits.categories == ("laces", "socks", "insoles")
    agree(assistant)
    assistant.events.add([bought(0, "nike-structure", 1)], catalog="shoes")
    told = assistant.outlooks.of("ann", shoes_index, "en").next_categories
    assert told[0].category == kind  # though the shop's habits have never seen it
    assert {one.category for one in told} == {kind, "laces", "socks", "insoles"}
