"""Which way a turn goes: a table of messages, whatever the model takes them for."""

from decimal import Decimal

import pytest
from coffee_machines import coffee_index
from recommended import wish

from assistant.need import Need
from assistant.routing import Route, asked_fields, asked_variant, choose_route
from retrieval.index import CatalogueIndex
from tools.reading.fact import Action, ModelReading, ParsedQuery, Proposal
from tools.reading.mood import read_mood
from tools.reading.reader import Reader

ACTIONS: tuple[Action, ...] = ("search", "compare", "details", "policy", "order", "person", "chat")
SHOWN = ["nike-structure", "asics-excite", "asics-kayano"]


def _read(
    message: str,
    index: CatalogueIndex,
    action: Action = "search",
    *facts: Proposal,
    shown: list[str] | None = None,
) -> ParsedQuery:
    reader = Reader(index, {"CNY": Decimal("7.2")})
    shown = shown or []
    model = ModelReading(action=action, facts=list(facts))
    return reader.read(message, model, shown=shown, pick=shown[0] if shown else None)


def _route(
    message: str,
    index: CatalogueIndex,
    action: Action = "search",
    *facts: Proposal,
    shown: list[str] | None = None,
    held: Need | None = None,
) -> Route:
    parsed = _read(message, index, action, *facts, shown=shown)
    return choose_route(message, parsed, read_mood(message), held or Need(), index)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    ("message", "route"),
    [
        ("I want to talk to a human", Route.PERSON),
        ("转人工", Route.PERSON),
        ("This is the worst service ever, I am furious!", Route.PERSON),
        ("你们这是什么破店，气死我了！", Route.PERSON),
        ("What is your return policy?", Route.POLICY),
        ("How long does shipping take?", Route.POLICY),
        ("可以七天无理由退货吗？", Route.POLICY),
        ("运费多少？", Route.POLICY),
        ("Where is my order 12345?", Route.ORDER),
        ("我的订单到哪了？", Route.ORDER),
        ("hello", Route.GREETING),
        ("Good morning!", Route.GREETING),
        ("你好，在吗？", Route.GREETING),
        ("hey, how have you been?", Route.GREETING),
        ("Good evening, nice to meet you!", Route.GREETING),
        ("hi, anybody there?", Route.GREETING),
        ("您好，最近过得怎么样？", Route.GREETING),
        ("thank you!", Route.THANKS),
        ("谢谢，再见", Route.THANKS),
        ("running shoes under $100", Route.SEARCH),
        ("100美元以内的跑鞋", Route.SEARCH),
        ("Nike, not black", Route.SEARCH),
    ],
)
def test_words_overrule_the_models_action(
    shoes_index: CatalogueIndex, message: str, route: Route, action: Action
) -> None:
    assert _route(message, shoes_index, action) is route


@pytest.mark.parametrize(
    ("message", "action", "route"),
    [
        ("how heavy is the second one?", "search", Route.DETAILS),
        ("第二双多重？", "search", Route.DETAILS),
        ("Is the first one waterproof?", "chat", Route.DETAILS),
        ("Is the first one waterproof?", "policy", Route.DETAILS),
        ("the first or the second, which is better?", "search", Route.COMPARE),
        ("compare the first and the second", "details", Route.COMPARE),
        ("第一双和第二双哪个好？", "search", Route.COMPARE),
        ("第一双和第三双有什么区别", "chat", Route.COMPARE),
        ("something cheaper", "search", Route.SEARCH),
        ("便宜一点的", "search", Route.SEARCH),
    ],
)
def test_what_was_shown_can_be_spoken_of(
    shoes_index: CatalogueIndex, message: str, action: Action, route: Route
) -> None:
    held = Need(must=(wish("category", "Running shoes"),))
    assert _route(message, shoes_index, action, shown=SHOWN, held=held) is route


@pytest.mark.parametrize(
    ("message", "quote", "kind"),
    [
        ("do you sell laptops?", "laptops", "laptop"),
        ("有笔记本电脑卖吗？", "笔记本电脑", "笔记本电脑"),
    ],
)
def test_goods_of_another_trade_are_not_sold(
    shoes_index: CatalogueIndex, message: str, quote: str, kind: str
) -> None:
    proposal = Proposal(quote=quote, field="category", op="=", value=kind)
    assert _route(message, shoes_index, "search", proposal) is Route.NOT_SOLD


def test_with_nothing_said_and_nothing_held_the_shop_asks(shoes_index: CatalogueIndex) -> None:
    assert _route("hmm", shoes_index, "details") is Route.CLARIFY
    held = Need(must=(wish("brand", "Nike"),))
    assert _route("hmm", shoes_index, "details", held=held) is Route.SEARCH


@pytest.mark.parametrize("message", ["what is the capital of France?", "写一首诗吧"])
def test_talk_of_something_else_is_refused(shoes_index: CatalogueIndex, message: str) -> None:
    assert _route(message, shoes_index, "chat") is Route.REFUSAL


@pytest.mark.parametrize("message", ["随便", "you choose", "都可以"])
@pytest.mark.parametrize("action", ["search", "chat", "details"])
def test_leaving_the_choice_to_the_shop_is_an_answer(
    shoes_index: CatalogueIndex, message: str, action: Action
) -> None:
    held = Need(must=(wish("category", "Running shoes"),), asked=("width",))
    assert _route(message, shoes_index, action, held=held) is Route.SEARCH


@pytest.mark.parametrize(
    ("message", "route"),
    [
        ("an espresso machine under €300", Route.SEARCH),
        ("200欧元以内的咖啡机", Route.SEARCH),
        ("compare the Alta Crema and the Domo Bean", Route.COMPARE),
        ("how much is the Brewster Duo?", Route.DETAILS),
        ("can I return a machine?", Route.POLICY),
    ],
)
def test_a_shop_of_other_goods_routes_alike(message: str, route: Route) -> None:
    assert _route(message, coffee_index()) is route


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("how heavy is it?", "weight_g"),
        ("多重？", "weight_g"),
        ("how much does it cost?", "price"),
        ("多少钱？", "price"),
        ("what do the reviews say?", "rating"),
        ("它的评分怎么样？", "rating"),
        ("which sizes are there?", "size"),
        ("有哪些颜色？", "color"),
    ],
)
def test_a_question_names_its_field(shoes_index: CatalogueIndex, message: str, field: str) -> None:
    parsed = _read(message, shoes_index, "details", shown=SHOWN)
    assert field in asked_fields(message, parsed, shoes_index)


def test_a_question_of_other_goods_names_its_field() -> None:
    index = coffee_index()
    for message, field in (
        ("how heavy is the Alta Crema?", "weight_kg"),
        ("Alta Crema 的水箱多大？", "tank_l"),
        ("what pressure does the Capso Mini have?", "pressure_bar"),
    ):
        parsed = _read(message, index, "details")
        assert field in asked_fields(message, parsed, index), message


def test_a_question_names_a_size_and_a_colour(shoes_index: CatalogueIndex) -> None:
    parsed = _read("is the second one in white in EU 42?", shoes_index, "details", shown=SHOWN)
    assert asked_variant(parsed) == {"size": "42", "color": "white"}


@pytest.mark.parametrize(
    "message",
    [
        "track shoes", "spikes for the track", "shoes for a delivery driver, standing all day",
        "running shoes with good energy return", "shoes for delivering food",
        "I don't want to pay more than that for running shoes",
        "物流工人站一天穿什么鞋", "快递员穿的鞋", "送货员穿的鞋", "膝关节退化的老人穿什么鞋",
        "滚动感好的跑鞋", "差评少的跑鞋", "有人工草坪能穿的足球鞋吗",
        "damn good basketball shoes", "this is a ridiculous price, any cheaper running shoes",
    ],
)  # fmt: skip
def test_words_of_service_and_anger_inside_a_wish_are_none(
    demo_index: CatalogueIndex, message: str
) -> None:
    assert _route(message, demo_index) in (Route.SEARCH, Route.NOT_SOLD)


@pytest.mark.parametrize(
    ("message", "route"),
    [
        ("can I return them if they don't fit?", Route.POLICY),
        ("what about returns?", Route.POLICY),
        ("can i pay with paypal", Route.POLICY),
        ("I'd like to send these back", Route.POLICY),
        ("鞋子买回去不合适能退吗", Route.POLICY),
        ("穿着不合适可以换吗", Route.POLICY),
        ("可以开发票吗？", Route.POLICY),
        ("hi, can I cancel order 55120 please", Route.ORDER),
        ("where's my parcel?", Route.ORDER),
        ("我上周五下的单怎么还没到啊", Route.ORDER),
        ("帮我把刚拍的那单取消了吧", Route.ORDER),
    ],
)
def test_questions_on_the_shops_service(
    demo_index: CatalogueIndex, message: str, route: Route
) -> None:
    assert _route(message, demo_index) is route


@pytest.mark.parametrize(
    "message",
    ["they don't have to be white", "they needn't be Nike", "它们不用是白色的", "颜色无所谓了"],
)
def test_a_wish_that_is_taken_back_asks_nothing_of_what_was_shown(
    shoes_index: CatalogueIndex, message: str
) -> None:
    assert _route(message, shoes_index, shown=SHOWN) is Route.SEARCH


@pytest.mark.parametrize("message", ["hello, I need basketball shoes", "你好，想看篮球鞋"])
def test_a_greeting_before_a_wish_is_none(shoes_index: CatalogueIndex, message: str) -> None:
    assert _route(message, shoes_index) is Route.SEARCH


@pytest.mark.parametrize(
    ("message", "field"),
    [("what pressure bar does the Capso Mini have?", "pressure_bar"),
     ("is there a milk frother on the Alta Crema?", "milk_frother")],
)  # fmt: skip
def test_an_attribute_without_a_label_is_asked_for_by_its_name(message: str, field: str) -> None:
    index = coffee_index(words=False)
    parsed = _read(message, index, "details")
    assert field in asked_fields(message, parsed, index)


@pytest.mark.parametrize(
    ("message", "route"),
    [
        ("How long should I rest a sore heel?", Route.REFUSAL),
        ("What time does the woman at your till finish?", Route.REFUSAL),
        ("脚跟疼要吃什么药？", Route.REFUSAL),
        ("Anything for a sore heel?", Route.SEARCH),
        ("I have flat feet", Route.SEARCH),
        ("running shoes, do they help a sore heel?", Route.SEARCH),
        ("有适合扁平足的吗？", Route.SEARCH),
    ],
)
def test_talk_of_a_body_is_a_wish_only_where_goods_are_asked_for(
    demo_index: CatalogueIndex, message: str, route: Route
) -> None:
    assert _route(message, demo_index, "chat") is route
