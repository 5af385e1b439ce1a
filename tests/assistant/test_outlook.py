"""What behaviour tells, over the API's own objects and a real index."""

from datetime import timedelta

from conftest import START

from assistant.app import Assistant
from assistant.profile.events import Event
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


def test_nothing_is_told_of_a_stranger(assistant: Assistant, shoes_index: CatalogueIndex) -> None:
    told = assistant.outlooks.of("ann", shoes_index, "en")
    assert (told.tastes, told.timings, told.next_categories, told.related) == ([], [], [], [])


def test_a_rhythm_is_told(assistant: Assistant, shoes_index: CatalogueIndex) -> None:
    assistant.memory.give_consent("ann")
    events = [bought(n, "nike-structure", 10 + 30 * n) for n in range(5)]
    assert assistant.events.add(events).stored == 5
    told = assistant.outlooks.of("ann", shoes_index, "zh")
    (timing,) = told.timings
    assert timing.category == shoes_index.get("nike-structure").category[-1]
    assert timing.timing.rhythm is not None
    assert timing.timing.rhythm.days == 30
    (next_one,) = told.next_categories
    assert next_one.category == timing.category
    assert abs(sum(next_one.parts.values()) - next_one.score) < 1e-9
    assert told.model_dump_json()  # every number can be sent


def test_what_others_went_on_to_leans(assistant: Assistant, shoes_index: CatalogueIndex) -> None:
    pair = ("nike-structure", "asics-excite")
    others = [
        bought(number, product, 5 - number / 1000, shopper=f"other-{who}")
        for who in range(6)
        for number, product in enumerate(pair)
    ]
    learnt = assistant.learnt
    train_from_events(others).save(learnt.model_folder("shoes"))
    learnt.weights_file("shoes").write_text("{}")
    assistant.memory.give_consent("ann")
    assistant.events.add([bought(0, "nike-structure", 1)])
    known = assistant.profiles.known_of("ann", shoes_index)
    (following,) = [one for one in known.leanings if one.source == "behaviour:next"]
    assert following.condition.value == ["asics-excite"]
    assert assistant.outlooks.of("ann", shoes_index, "en").next_products == ["asics-excite"]
