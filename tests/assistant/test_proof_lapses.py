"""Who has proven an order without an account stays so while they are at it, and not for ever."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from demo_orders import DemoShop
from test_order_talk import Clock

from assistant.ordering.state import Ordering, ordering_of
from assistant.settings import Settings
from prompts import order_phrases
from retrieval.folder import IndexFolder

PROOF = "SG-1010, marcus.okafor@example.com, postcode BS1 4DJ"
LAPSED = {language: order_phrases(language)["proof_lapsed"] for language in ("en", "zh")}
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def clock(now: Callable[[], datetime]) -> Clock:
    return Clock(now())


@pytest.fixture
def shop(settings: Settings, demo_folder: IndexFolder, clock: Clock) -> DemoShop:
    return DemoShop(settings.model_copy(update={"catalog": "demo"}), demo_folder, clock)


async def test_a_proof_lapses_after_a_while_of_quiet_and_is_asked_for_anew(
    shop: DemoShop, clock: Clock
) -> None:
    [proven] = await shop.talk("guest-1", f"where is my order {PROOF}?")
    assert "Timberland" in proven.text
    # Each word on it keeps it for as long again.
    for _ in range(3):
        clock.time += HALF_AN_HOUR - timedelta(seconds=1)
        [still] = await shop.talk("guest-1", "where is my order SG-1010?")
        assert "Timberland" in still.text
        assert LAPSED["en"] not in still.text
    clock.time += HALF_AN_HOUR
    [gone, again] = await shop.talk(
        "guest-1", "where is my order SG-1010?", "where is my order SG-1010?"
    )
    assert gone.text.startswith(LAPSED["en"])
    for reply in (gone, again):
        assert "Timberland" not in reply.text
        assert "e-mail" in reply.text
    # It is told once.
    assert LAPSED["en"] not in again.text
    [proven] = await shop.talk("guest-1", PROOF)
    assert "Timberland" in proven.text


async def test_talk_of_other_things_does_not_keep_it(shop: DemoShop, clock: Clock) -> None:
    await shop.talk("guest-1", f"where is my order {PROOF}?")
    for _ in range(2):
        clock.time += HALF_AN_HOUR / 2
        await shop.talk("guest-1", "I want to talk to a person")
    [gone] = await shop.talk("guest-1", "我的订单 SG-1010 到哪了？")
    assert gone.text.startswith(LAPSED["zh"])
    assert "Timberland" not in gone.text


@pytest.mark.parametrize("yes", ["yes", "no", "yes, cancel it"])
async def test_nothing_is_written_on_a_proof_that_has_lapsed(
    settings: Settings, demo_folder: IndexFolder, clock: Clock, yes: str
) -> None:
    update = {"catalog": "demo", "proof_minutes": 5}
    shop = DemoShop(settings.model_copy(update=update), demo_folder, clock)
    [*_, offered] = await shop.talk("guest-1", f"cancel my order {PROOF}", "no longer needed")
    assert offered.confirmation is not None
    # The offer itself would be open for longer.
    clock.time += timedelta(minutes=5)
    [reply] = await shop.talk("guest-1", yes)
    assert LAPSED["en"] in reply.text
    assert "Timberland" not in reply.text
    assert shop.books()["SG-1010"]["status"] == "pending"
    assert shop.writes() == 0


async def test_who_has_signed_in_keeps_what_is_theirs(shop: DemoShop, clock: Clock) -> None:
    await shop.talk("demo-anna", "cancel order SG-1001, by mistake")
    clock.time += HALF_AN_HOUR * 2
    [reply] = await shop.talk("demo-anna", "where is SG-1001?")
    assert "Nike" in reply.text
    assert LAPSED["en"] not in reply.text


def test_a_proof_of_before_there_was_a_limit_has_lapsed(clock: Clock) -> None:
    kept = ordering_of({"turn": 3, "proven": ["SG-1010"]})
    now = kept.at(clock(), HALF_AN_HOUR)
    assert (now.proven, now.lapsed) == ((), True)
    assert Ordering().at(clock(), HALF_AN_HOUR) == Ordering()
