"""The talk about orders: what is found, what is offered, and what a yes does."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from demo_orders import DemoShop
from scripted_model import ScriptedModel, reading

from assistant.errors import ModelUnavailable
from assistant.ordering.filling import POSSIBLE
from assistant.reply import Language
from assistant.settings import Settings
from prompts import order_phrases
from retrieval.folder import IndexFolder
from tools.orders.order import Status
from tools.orders.reading.request import Kind


class Clock:
    """A time of day that a test puts forward."""

    def __init__(self, start: datetime) -> None:
        self.time = start

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock(now: Callable[[], datetime]) -> Clock:
    return Clock(now())


@pytest.fixture
def shop(settings: Settings, demo_folder: IndexFolder, clock: Clock) -> DemoShop:
    return DemoShop(settings.model_copy(update={"catalog": "demo"}), demo_folder, clock)


async def test_a_change_is_told_in_full_and_waits(shop: DemoShop) -> None:
    before = shop.books()
    [reply] = await shop.talk("demo-anna", "cancel order SG-1001, I ordered it by mistake")
    assert reply.intent == "order"
    assert reply.confirmation is not None
    assert reply.confirmation.change == "cancel"
    for part in ("SG-1001", "Nike Pegasus 41", "$190", "Visa ending in 4021", "5 to 7 business"):
        assert part in reply.text
    assert reply.choices == ["Yes", "No"]
    assert shop.books() == before
    assert shop.writes() == 0


async def test_a_yes_does_it_once_and_leaves_a_record(shop: DemoShop) -> None:
    replies = await shop.talk("demo-anna", "cancel order SG-1001, bought by mistake", "yes", "yes")
    assert "is cancelled" in replies[1].text
    assert shop.books()["SG-1001"]["status"] == "cancelled"
    assert shop.writes() == 1
    assert replies[1].citations[0].source == "order:SG-1001#audit"
    assert "Nothing is waiting" in replies[2].text


@pytest.mark.parametrize(
    ("who", "messages", "order", "status"),
    [
        ("demo-anna", ("I want to return the slides I bought", "yes"), "SG-1003",
         "return_requested"),
        ("demo-marcus", ("exchange my Old Skool from my delivery for a navy one", "yes"), "SG-1011",
         "exchange_requested"),
        ("demo-wei", ("帮我取消今天下的那单", "买错了", "是的"), "SG-1006", "cancelled"),
        ("demo-wei", ("我要退货，飞跃的鞋", "都退", "退到礼品卡", "是"), "SG-1008",
         "return_requested"),
        ("demo-xiaomei", ("把订单SG-1014换成40码", "好的"), "SG-1014", "items_changed"),
    ],
)  # fmt: skip
async def test_every_kind_of_change(
    shop: DemoShop, who: str, messages: tuple[str, ...], order: str, status: str
) -> None:
    replies = await shop.talk(who, *messages)
    assert shop.books()[order]["status"] == status, [reply.text for reply in replies]
    assert shop.writes() == 1


async def test_an_address_and_a_payment_are_changed(shop: DemoShop) -> None:
    await shop.talk(
        "demo-anna",
        "change the address of order SG-1001 to 12 Oak St, Denver, CO 80202, USA",
        "yes please",
        "and pay it with PayPal instead",
        "yes",
        "update my account address to 9 Elm Road, Boise, ID 83702, USA",
        "yes",
    )
    books = shop.books()
    assert books["SG-1001"]["address"]["line1"] == "12 Oak St"
    paid = {p["method_id"]: p["refund"] for p in books["SG-1001"]["payments"][1:]}
    assert paid == {"anna-paypal": False, "anna-visa": True}
    assert books["demo-anna"]["address"]["city"] == "Boise"
    assert shop.writes() == 3


async def test_who_is_not_signed_in_proves_one_order(shop: DemoShop) -> None:
    replies = await shop.talk(
        "guest-1", "where is my order SG-1010?", "marcus.okafor@example.com and BS1 4DX",
        "SG-1010, marcus.okafor@example.com, postcode BS1 4DJ",
        "cancel it", "no longer needed", "yes", "where is order SG-1011?",
    )  # fmt: skip
    assert "e-mail" in replies[0].text
    assert "do not belong together" in replies[1].text
    assert "Timberland" in replies[2].text
    assert shop.books()["SG-1010"]["status"] == "cancelled"
    assert "Converse" not in replies[-1].text
    assert shop.writes() == 1


async def test_nobody_is_told_whether_an_order_of_others_exists(shop: DemoShop) -> None:
    [real] = await shop.talk("demo-marcus", "where is order SG-1001?")
    [made_up] = await shop.talk("demo-marcus", "where is order SG-9991?", thread="u")
    assert real.text.replace("SG-1001", "SG-9991") == made_up.text


async def test_an_offer_is_off_once_something_else_is_said(shop: DemoShop) -> None:
    replies = await shop.talk(
        "demo-anna", "cancel order SG-1001, by mistake", "thanks", "yes", "what is SG-1001 doing"
    )
    assert "changed nothing" in replies[1].text
    assert shop.writes() == 0


async def test_an_old_offer_is_made_again(shop: DemoShop, clock: Clock) -> None:
    await shop.talk("demo-anna", "cancel order SG-1001, by mistake")
    clock.time += timedelta(minutes=16)
    [reply] = await shop.talk("demo-anna", "yes")
    assert shop.writes() == 0
    assert reply.confirmation is not None
    await shop.talk("demo-anna", "yes")
    assert shop.writes() == 1


async def test_what_has_changed_since_the_offer_is_not_written(shop: DemoShop) -> None:
    offer = "change the address of SG-1001 to 12 Oak St, Denver, CO 80202, USA"
    await shop.talk("demo-anna", offer)
    await shop.talk("demo-anna", "cancel order SG-1001, by mistake", "yes", thread="u")
    [reply] = await shop.talk("demo-anna", "yes")
    assert reply.text == "Order SG-1001 is cancelled, so it is not sent anywhere."
    assert shop.writes() == 1
    assert shop.books()["SG-1001"]["address"]["line1"] == "14 Linden Street"


async def test_a_variant_that_is_sold_out_is_told(shop: DemoShop) -> None:
    [reply] = await shop.talk("demo-marcus", "exchange the Chuck 70 from SG-1011 for a 44")
    assert "cannot be had" in reply.text
    assert reply.confirmation is None
    assert reply.choices


async def test_the_only_other_variant_is_taken_with_a_yes(shop: DemoShop) -> None:
    asked, offered, done = await shop.talk(
        "demo-anna", "change the Pegasus in SG-1001 to size 41", "yes", "yes"
    )
    assert "there is only this one: size 41, blue" in asked.text
    assert "(size 41, blue)" in offered.text
    assert offered.confirmation is not None
    assert "are changed" in done.text


async def test_a_number_in_a_name_is_no_size(shop: DemoShop) -> None:
    [reply] = await shop.talk("demo-anna", "change the clog in SG-1001 to size 41")
    assert "instead of Crocs Classic Clog" in reply.text
    assert "Pegasus" not in reply.text


async def test_after_a_refused_way_of_paying_the_others_are_named(shop: DemoShop) -> None:
    same, short, offered = await shop.talk(
        "demo-anna", "pay order SG-1001 with my Visa", "the gift card then", "PayPal"
    )
    assert "paid that way already" in same.text
    assert same.choices == ["PayPal", "gift card"]
    assert "does not cover $190" in short.text
    assert short.choices == ["PayPal"]
    assert offered.confirmation is not None
    [back] = await shop.talk("demo-anna", "return the slides I bought to PayPal", thread="u")
    assert back.choices == ["Visa ending in 4021", "gift card"]


async def test_where_it_shall_go_proves_nothing(shop: DemoShop) -> None:
    asked, offered = await shop.talk(
        "guest-1",
        "change the address of order SG-1010 to 12 Oak St, Denver, CO 80202, USA",
        "marcus.okafor@example.com, BS1 4DJ",
    )
    assert "the postcode" in asked.text
    assert "12 Oak St, Denver, CO 80202, USA" in offered.text
    [account] = await shop.talk(
        "guest-2", "change my account address to 9 Elm Road, Boise, ID 83702, USA"
    )
    assert account.text == "For this you must be signed in to your account."


@pytest.mark.parametrize(
    ("who", "order", "said", "country", "told"),
    [
        ("demo-wei", "SG-1006", "上海市世纪大道100号，邮编200120", "中国",
         "中国上海市世纪大道100号（200120）"),
        ("demo-wei", "SG-1006", "新加坡乌节路391号，邮编238872", "新加坡",
         "新加坡乌节路391号（238872）"),
        ("demo-wei", "SG-1006", "香港弥敦道100号，邮编999077", "香港", "香港弥敦道100号（999077）"),
        ("demo-anna", "SG-1001", "上海市世纪大道100号，邮编200120", "United States",
         "上海市世纪大道100号（200120，United States）"),
    ],
)  # fmt: skip
async def test_a_country_is_the_one_that_is_said_or_that_it_had(
    shop: DemoShop, who: str, order: str, said: str, country: str, told: str
) -> None:
    offered, _ = await shop.talk(who, f"{order}改寄到{said}", "是")
    assert told in offered.text
    assert shop.books()[order]["address"]["country"] == country


async def test_where_it_shall_go_proves_nothing_in_chinese_either(shop: DemoShop) -> None:
    [asked] = await shop.talk(
        "guest-1", "订单SG-1014改寄到上海市世纪大道100号，邮编200120，邮箱xiaomei.lin@example.com"
    )
    assert asked.text == "没有登录的话，查订单需要收货地址的邮编。"


@pytest.mark.parametrize(
    ("who", "messages", "order"),
    [
        ("demo-anna", ("where is SG-1002?", "I need them by tomorrow"), "SG-1002"),
        ("demo-anna", ("will they be here before the weekend?",), "SG-1002"),
        ("demo-xiaomei", ("SG-1012到哪了", "多久能送到"), "SG-1012"),
        ("demo-xiaomei", ("我的订单周五前能到吗",), "SG-1012"),
    ],
)
async def test_when_an_order_comes_is_told_as_far_as_it_is_known(
    shop: DemoShop, who: str, messages: tuple[str, ...], order: str
) -> None:
    reply = (await shop.talk(who, *messages))[-1]
    assert reply.intent == "order"
    assert order in reply.text
    told = order_phrases(reply.language)
    assert any(told[name] in reply.text for name in ("no_day", "no_day_unsent"))
    assert any(citation.source.startswith("policy:") for citation in reply.citations)


async def test_without_an_order_the_usual_time_is_told(
    settings: Settings, demo_folder: IndexFolder, clock: Clock
) -> None:
    model = ScriptedModel(reading("search"), reading("search"))
    shop = DemoShop(settings.model_copy(update={"catalog": "demo"}), demo_folder, clock, model)
    replies = await shop.talk("guest-1", "show me waterproof boots", "I need them by tomorrow")
    assert replies[1].intent == "policy"
    assert "business days" in replies[1].text
    assert replies[1].need == replies[0].need


async def test_what_can_be_returned_is_not_asked_of_an_order_that_was_not_sent(
    shop: DemoShop,
) -> None:
    replies = await shop.talk(
        "demo-anna", "how much did I pay for SG-1001?", "what can I still return?", "the slides"
    )
    assert "Of order SG-1003 you can return" in replies[1].text
    assert replies[2].confirmation is not None


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["cancel", "address", "payment", "swap", "return"])
def test_every_refusal_has_a_sentence_of_its_own(language: Language, kind: str) -> None:
    said = order_phrases(language)["refused_status"][kind]
    refused = {status.value for status in set(Status) - POSSIBLE[Kind(kind)]}
    assert refused <= set(said)
    for status in refused:
        text = said[status].format(id="SG-1", status="X")
        assert "SG-1" in text
        assert text.endswith((".", "。"))


async def test_a_talk_in_chinese_stays_chinese(shop: DemoShop) -> None:
    replies = await shop.talk("demo-wei", "我想改订单的付款方式", "SG-1007", "是")
    assert [reply.language for reply in replies] == ["zh"] * 3


async def test_a_question_on_products_leaves_orders_alone(shop: DemoShop) -> None:
    replies = await shop.talk(
        "demo-anna", "where is my order?", "show me waterproof hiking boots under $200"
    )
    assert replies[1].products
    assert replies[1].intent == "recommend"


async def test_a_write_whose_outcome_is_not_known_is_asked_again_and_made_once(
    shop: DemoShop,
) -> None:
    shop.desk.silent = 1
    replies = await shop.talk("demo-anna", "cancel order SG-1001, by mistake", "yes")
    assert "cannot tell whether it was done" in replies[1].text
    assert replies[1].confirmation is not None
    [again] = await shop.talk("demo-anna", "yes")
    assert "is cancelled" in again.text
    assert shop.writes() == 1


async def test_an_order_system_that_is_away_is_told(shop: DemoShop) -> None:
    shop.desk.away = True
    [reply] = await shop.talk("demo-anna", "where is my order?")
    assert "does not answer" in reply.text
    shop.desk.away = False
    [reply] = await shop.talk("demo-anna", "where is my order?")
    assert "SG-1001" in reply.text


async def test_several_requests_are_served_one_after_the_other(shop: DemoShop) -> None:
    replies = await shop.talk(
        "demo-anna", "cancel order SG-1001, by mistake, and return the slides", "yes", "yes"
    )
    assert replies[0].confirmation is not None
    assert replies[0].confirmation.change == "cancel"
    assert replies[1].confirmation is not None
    assert replies[1].confirmation.change == "return"
    assert shop.writes() == 2


async def test_what_was_to_come_later_is_not_asked_for_again_once_it_is_done(
    shop: DemoShop,
) -> None:
    replies = await shop.talk(
        "demo-anna",
        "cancel order SG-1001 and change my account address",
        "update my account address to 9 Elm Road, Boise, ID 83702, USA",
        "yes",
    )
    assert replies[1].confirmation is not None
    assert replies[2].text == "Done: the address of your account is changed."


@pytest.mark.parametrize(
    ("who", "message"),
    [
        ("demo-anna", "exchange the Ghost 16 from SG-1003 for a 39"),
        ("demo-anna", "return the slides I bought to PayPal"),
        ("demo-anna", "pay order SG-1001 with my Visa"),
        ("demo-wei", "取消订单SG-1006，买错了"),
    ],
)
async def test_a_turn_looks_nothing_up_twice(shop: DemoShop, who: str, message: str) -> None:
    [reply] = await shop.talk(who, message)
    read = [call.tool for call in reply.actions]
    assert "offer_change" in read
    assert len(read) == len(set(read)), read


async def test_a_choice_is_named_by_its_place(shop: DemoShop) -> None:
    replies = await shop.talk("demo-wei", "我想取消订单", "第二个", "买错了", "是")
    assert replies[0].choices == ["SG-1006", "SG-1007"]
    assert shop.books()["SG-1007"]["status"] == "cancelled"


async def test_a_question_about_an_offer_repeats_it(shop: DemoShop) -> None:
    replies = await shop.talk(
        "demo-anna", "cancel order SG-1001, by mistake", "hmm, what would that cost me", "yes"
    )
    assert "no clear yes" in replies[1].text
    assert replies[1].confirmation is not None
    assert shop.writes() == 1


async def test_more_money_than_the_shop_allows_is_for_a_person(
    settings: Settings, demo_folder: IndexFolder, clock: Clock, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules: {money: {changes_above: 100}}", encoding="utf-8")
    shop = DemoShop(
        settings.model_copy(update={"catalog": "demo", "handoff_rules": rules}),
        demo_folder,
        clock,
    )
    replies = await shop.talk("demo-anna", "cancel order SG-1001, by mistake", "yes")
    assert replies[0].handoff is not None
    assert replies[0].confirmation is None
    assert shop.writes() == 0
    [small] = await shop.talk("demo-anna", "I want to return the slides I bought", thread="u")
    assert small.confirmation is not None


async def test_a_button_of_an_older_offer_says_yes_to_no_newer_one(shop: DemoShop) -> None:
    [first] = await shop.talk("demo-anna", "cancel order SG-1001, by mistake")
    await shop.talk("demo-anna", "no, return the slides I bought instead")
    assert first.confirmation is not None
    reply = await shop.assistant.reply(
        "yes", shopper_id="demo-anna", thread_id="demo-anna-t", confirms=first.confirmation.id
    )
    assert shop.writes() == 0
    assert "Nothing is waiting" in reply.text


async def test_whoever_leaves_after_a_yes_finds_it_told(shop: DemoShop) -> None:
    await shop.talk("demo-anna", "cancel order SG-1001, by mistake")
    events = shop.assistant.chat("yes", shopper_id="demo-anna", thread_id="demo-anna-t")
    await anext(events)
    await events.aclose()
    for _ in range(400):
        if not shop.assistant.busy:
            break
        await asyncio.sleep(0.01)
    assert shop.writes() == 1
    said = shop.assistant.exchanges("demo-anna-t", "demo-anna")
    assert "is cancelled" in said[-1].reply.text
    [reply] = await shop.talk("demo-anna", "no")
    assert "nothing is changed" not in reply.text.lower() or "All right" in reply.text
    assert shop.writes() == 1


async def test_a_yes_to_a_person_does_not_carry_out_an_older_offer(shop: DemoShop) -> None:
    await shop.talk("demo-anna", "I want to talk to a person")
    [offer] = await shop.talk("demo-anna", "cancel order SG-1001, by mistake")
    assert offer.confirmation is not None
    desk = shop.assistant.desk
    [case] = desk.queue()
    desk.take(case.id, staff="Eva")
    desk.write(case.id, staff="Eva", text="I can keep the order and send you a voucher. Shall I?")
    desk.give_back(case.id, staff="Eva")
    await shop.talk("demo-anna", "yes please")
    assert shop.writes() == 0


async def test_a_no_to_what_was_done_unheard_says_that_it_was_done(shop: DemoShop) -> None:
    shop.desk.silent = 1
    replies = await shop.talk("demo-anna", "cancel order SG-1001, by mistake", "yes", "no")
    assert "cannot tell" in replies[1].text
    assert "is cancelled" in replies[2].text
    assert shop.writes() == 1


@pytest.mark.parametrize("remembered", [False, True])
async def test_a_message_that_got_no_answer_ends_an_offer(
    settings: Settings,
    demo_folder: IndexFolder,
    clock: Clock,
    model: ScriptedModel,
    *,
    remembered: bool,
) -> None:
    settings = settings.model_copy(update={"catalog": "demo"})
    shop = DemoShop(settings, demo_folder, clock, model)
    if remembered:
        shop.assistant.memory.give_consent("demo-anna")
    [offer] = await shop.talk("demo-anna", "cancel order SG-1001, I ordered it by mistake")
    assert offer.confirmation is not None
    model.will_say(ModelUnavailable("The model is away."))
    with pytest.raises(ModelUnavailable):
        await shop.talk("demo-anna", "wait, would the blue ones suit me better?")
    [reply] = await shop.talk("demo-anna", "yes")
    assert shop.writes() == 0
    assert "Nothing is waiting" in reply.text
