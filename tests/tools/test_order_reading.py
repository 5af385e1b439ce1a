"""What a message asks of an order, by its own words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.index import CatalogueIndex
from tools.orders.order import (
    Account,
    Address,
    Item,
    Line,
    Order,
    PaymentKind,
    PaymentMethod,
    Status,
)
from tools.orders.reading import Kind, read_request
from tools.orders.reading.goods import Goods
from tools.orders.reading.paying import methods_named
from tools.orders.reading.reader import asks_arrival, concerns_orders, kind_of, plain
from tools.orders.reading.variants import choose_variant, options_named, options_unknown

HOME = Address(line1="1 Long Road", city="Leeds", country="United Kingdom", postcode="LS1 1AA")


def line(item: str, product: str, title: str, **options: str) -> Line:
    return Line(item_id=item, product_id=product, title=title, options=options, price=Decimal(10))


def order(id: str, *lines: Line, status: Status = Status.PENDING) -> Order:
    return Order(id=id, account_id="ann", status=status, currency="USD", address=HOME, lines=lines)


LAMP = line("lamp-red", "lamp", "Desk Lamp", color="red", power="9W")
BOOTS = line("boot-42", "boot", "Hiking Boots", size="42")
WELLIES = line("welly-42", "welly", "Rain Boots", size="42")


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Please cancel order 55012", Kind.CANCEL),
        ("I don't want my order any more", Kind.CANCEL),
        ("cancel it and refund me", Kind.CANCEL),
        ("帮我取消订单55012", Kind.CANCEL),
        ("I'd like to send the lamp back", Kind.RETURN),
        ("the boots are too small, I want to return them", Kind.RETURN),
        ("这双鞋我想退货", Kind.RETURN),
        ("could you exchange the lamp for a blue one", Kind.SWAP),
        ("I don't want to cancel it, I want to change the size to 43", Kind.SWAP),
        ("换成43码", Kind.SWAP),
        ("deliver it to my new address please", Kind.ADDRESS),
        ("收货地址写错了，想改一下", Kind.ADDRESS),
        ("update my default address", Kind.ACCOUNT_ADDRESS),
        ("change the payment method to PayPal", Kind.PAYMENT),
        ("改用支付宝支付", Kind.PAYMENT),
        ("can I still return the boots?", Kind.RETURNABLE),
        ("这双还能退吗？", Kind.RETURNABLE),
        ("where is my parcel", Kind.STATUS),
        ("我的快递到哪了", Kind.STATUS),
        ("how much did I pay for order 55012?", Kind.PAID),
        ("what did I order last month?", Kind.LIST),
        ("我的订单有哪些", Kind.LIST),
        ("a waterproof jacket for my wife", None),
        ("轻便的登山包", None),
    ],
)
def test_what_is_asked_for(message: str, kind: Kind | None) -> None:
    assert kind_of(plain(message)) is kind


@pytest.mark.parametrize(
    "message",
    [
        "What is your return policy?",
        "do you deliver to Norway?",
        "can I pay with PayPal?",
        "I want to change to a bigger size",
        "change the colour to black",
        "shoes with good energy return",
        "boots for a delivery driver",
        "do you have the GT-2000 in 43?",
        "换个颜色看看",
        "有大一码的吗",
        "支持七天无理由退货吗",
    ],
)
def test_what_is_no_talk_of_an_order(message: str, demo_index: CatalogueIndex) -> None:
    assert not concerns_orders(message, demo_index, live=False)


@pytest.mark.parametrize(
    "message",
    [
        "where is my order?",
        "I want to return the shoes I bought",
        "取消订单",
        "我昨天买的鞋想换货",
        "can you look up SG-70342",
        "查一下SG-66120",
    ],
)
def test_what_is_talk_of_an_order(message: str, demo_index: CatalogueIndex) -> None:
    assert concerns_orders(message, demo_index, live=False)


@pytest.mark.parametrize(
    "message",
    [
        "I need them by tomorrow", "will my order arrive by Friday?", "when will it arrive?",
        "can I get it by Saturday?", "how long until my parcel comes?", "when do I get SG-1002?",
        "will they be here before the weekend?", "does it come in time?",
        "明天能到吗", "我明天就要穿", "周五前能送到吗", "什么时候能到", "SG-1012哪天到", "来得及吗",
    ],
)  # fmt: skip
def test_what_asks_when_something_comes(message: str) -> None:
    assert asks_arrival(message)


@pytest.mark.parametrize(
    "message",
    [
        "I need boots", "can I return them by Friday?", "do you have it in 42?", "I want them",
        "show me boots for the weekend", "where is my order?", "cancel it today",
        "when do I get my money back?", "what if I am out when the parcel comes", "退款多久到账",
        "推荐明天跑步穿的鞋", "下周要穿的跑鞋", "有42码的吗", "明天到店里看看", "保质期到什么时候",
    ],
)  # fmt: skip
def test_what_does_not(message: str) -> None:
    assert not asks_arrival(message)


def test_when_it_comes_is_no_question_of_where() -> None:
    assert kind_of(plain("多久能送到")) is Kind.STATUS
    assert kind_of(plain("改送到公司")) is Kind.ADDRESS
    assert kind_of(plain("周五前送到上海市中山路8号")) is Kind.ADDRESS


def test_goods_are_told_apart_by_the_words_that_only_one_has(shoes_index: CatalogueIndex) -> None:
    goods = Goods(shoes_index)
    lines = [LAMP, BOOTS, WELLIES]
    assert goods.named("return the hiking boots", lines) == [BOOTS]
    assert goods.named("return the boots", lines) == [BOOTS, WELLIES]
    assert goods.named("the lamp and the rain boots", lines) == [LAMP, WELLIES]
    assert goods.named("return it", lines) == []


def test_what_is_not_asked_for_stays_as_it_was(shoes_index: CatalogueIndex) -> None:
    variants = [
        Item(id=f"lamp-{color}-{power}", product_id="lamp", title="Desk Lamp",
             options={"color": color, "power": power}, price=Decimal(10),
             available=(color, power) != ("green", "9W"))
        for color in ("red", "blue", "green") for power in ("9W", "12W")
    ]  # fmt: skip
    wanted = options_named("the blue one instead", LAMP, variants, shoes_index)
    assert wanted == {"color": "blue"}
    assert [v.id for v in choose_variant(LAMP, variants, wanted).fitting] == ["lamp-blue-9W"]
    gone = choose_variant(LAMP, variants, {"color": "green"})
    assert gone.sold_out
    assert [v.id for v in gone.fitting] == ["lamp-green-12W"]


def test_the_old_value_tells_which_one_is_meant(shoes_index: CatalogueIndex) -> None:
    variants = [
        Item(id=f"boot-{size}", product_id="boot", title="Hiking Boots", options={"size": size},
             price=Decimal(10)) for size in ("42", "43")
    ]  # fmt: skip
    assert options_named("my 42 boots for a 43", BOOTS, variants, shoes_index) == {"size": "43"}
    assert options_named("把42码换成43码", BOOTS, variants, shoes_index) == {"size": "43"}
    assert options_unknown("换成47码", variants, shoes_index) == {"size": "47"}
    assert options_unknown("order 55012 in 43", variants, shoes_index) == {}


def test_ways_of_paying_are_named_by_kind_brand_and_digits() -> None:
    visa = PaymentMethod(id="v", kind=PaymentKind.CARD, brand="visa", last_four="4021")
    master = PaymentMethod(id="m", kind=PaymentKind.CARD, brand="mastercard", last_four="1111")
    gift = PaymentMethod(id="g", kind=PaymentKind.GIFT_CARD, balance=Decimal(5))
    methods = [visa, master, gift]
    assert methods_named("use my visa", methods, None) == [visa]
    assert methods_named("the card ending 1111", methods, None) == [master]
    assert methods_named("to my credit card", methods, None) == [visa, master]
    assert methods_named("退到礼品卡", methods, None) == [gift]
    assert methods_named("to my PayPal", methods, None) == []


@given(st.text(max_size=300))
def test_what_is_read_is_always_the_shopper_s_own(shoes_index: CatalogueIndex, text: str) -> None:
    orders = [order("#W55-012", LAMP, BOOTS), order("#W55-013", WELLIES)]
    account = Account(id="ann", address=HOME)
    found = read_request(text, orders, account, shoes_index)
    assert found.order_id in (None, "#W55-012", "#W55-013")
    assert set(found.item_ids) <= {"lamp-red", "boot-42", "welly-42"}
    assert found.method_id is None
