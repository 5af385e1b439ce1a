"""Goods that cost less than their list price, wished for or not."""

from decimal import Decimal

import pytest

from assistant.need import Need, plan_search, update_need
from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from tools.reading.fact import ModelReading
from tools.reading.reader import Reader

NOTHING = ModelReading(action="search")


@pytest.fixture(scope="module")
def reader(demo_index: CatalogueIndex) -> Reader:
    return Reader(demo_index, {"CNY": Decimal(7)})


@pytest.mark.parametrize(
    "message",
    [
        "what sandals do you have on sale?",
        "tennis shoes with a discount, size 43",
        "anything marked down in black?",
        "reduced basketball shoes",
        "are any clogs on special offer",
        "show me what is reduced",
        "clearance trail runners",
        "the sale shoes must be white",
        "凉鞋有打折的吗",
        "正在促销的篮球鞋",
        "有没有特价板鞋",
        "降价的网球鞋给我看看",
        "清仓款有43码吗",
        "打折款里有白色的吗",
    ],
)
def test_reduced_goods_are_wished_for(reader: Reader, message: str) -> None:
    (fact,) = [f for f in reader.read(message, NOTHING).facts if f.field == "on_sale"]
    assert (fact.op, fact.value, fact.strength) == ("=", True, "must")
    assert fact.quote.lower() in message.lower()


@pytest.mark.parametrize(
    "message",
    [
        "is there a discount code for Nike?",
        "do you give student discounts",
        "when will the Pegasus be on sale?",
        "shoes for sale",
        "I want a reduced drop",
        "could you give me a discount?",
        "there is a big deal of mud where I run",
        "can I talk to your after-sales team",
        "I bought my old Nikes on sale",
        "去年打折的时候买的耐克",
        "可以给我打折吗",
        "有优惠券吗",
        "这双什么时候降价",
        "会员折扣是多少",
        "能打几折",
        "售后怎么样",
    ],
)
def test_favours_and_days_to_come_are_no_wish(reader: Reader, message: str) -> None:
    assert not [f for f in reader.read(message, NOTHING).facts if f.field == "on_sale"]


@pytest.mark.parametrize(
    "message",
    [
        "it doesn't have to be on sale",
        "full-price ones are fine too",
        "不打折的也可以",
        "不一定要特价",
        "打不打折都行",
    ],
)
def test_what_is_at_its_full_price_may_be_allowed(reader: Reader, message: str) -> None:
    parsed = reader.read(message, NOTHING)
    assert parsed.relaxed == ("on_sale",)
    assert not parsed.facts


def test_a_preference_is_none_that_rules_out(reader: Reader) -> None:
    for message in ("Nike, preferably on sale", "耐克，最好是打折的"):
        (fact,) = [f for f in reader.read(message, NOTHING).facts if f.field == "on_sale"]
        assert fact.strength == "prefer"


@pytest.mark.parametrize("message", ["hiking shoes on sale", "特价徒步鞋"])
def test_only_reduced_goods_fit(reader: Reader, demo_index: CatalogueIndex, message: str) -> None:
    parsed = reader.read(message, NOTHING)
    need = update_need(Need(), parsed.facts, parsed.unmatched, turn=1, index=demo_index)
    plan = plan_search(need, demo_index)
    fitting = [p for p in demo_index.products if demo_index.columns.mask(
        [*plan.conditions, Condition(field="id", op="=", value=p.id)]).any()]  # fmt: skip
    assert fitting
    assert all(p.on_sale for p in fitting)
    full = [p for p in demo_index.products if "Hiking shoes" in p.category and not p.on_sale]
    assert full, "the demo shop has others at their list price"
