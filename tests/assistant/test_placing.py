"""Why a product stands where it does: reasons with points that add up, in either language."""

import math

import pytest
from scripted_model import ScriptedModel, reading

from assistant.app import Assistant
from assistant.placing import GROWN_UP, placed
from assistant.reply import Reason
from retrieval.conditions import parse_condition
from retrieval.index import CatalogueIndex, Hit
from retrieval.rules import ShopRule
from retrieval.text import has_cjk
from tools.leaning import Leaning
from tools.ranking import Ranked, rank

_NIKE = Leaning(
    condition=parse_condition("brand = Nike"),
    strength=0.8,
    text={"en": "you like Nike", "zh": "你喜欢耐克"},
    source="profile:7",
)
_UNTOLD = Leaning(
    condition=parse_condition("color = black"), strength=0.5, source="behaviour:color"
)
_GROWN_UP = Leaning(
    condition=parse_condition("arch_support != stability"), strength=0.5, source=GROWN_UP
)
_PINNED = ShopRule(
    id="week", which=(parse_condition("brand = Nike"),), effect="pin",
    reason={"en": "product of the week", "zh": "本周推荐"},
)  # fmt: skip
_BURIED = ShopRule(id="old", which=(parse_condition("brand = Asics"),), effect="bury")


@pytest.fixture(scope="module")
def ranked(shoes_index: CatalogueIndex) -> list[Ranked]:
    """Six shoes, of which some are known to please, some are put forward or back."""
    hits = [Hit(shoes_index.at(row), row, 1 - row / 10) for row in range(len(shoes_index))]
    return rank(
        hits,
        shoes_index,
        prefer=[parse_condition("arch_support = stability"), parse_condition("price <= 100")],
        leanings=[_NIKE, _UNTOLD],
        rules=[_PINNED, _BURIED],
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_points_add_up_and_each_says_why(
    shoes_index: CatalogueIndex, ranked: list[Ranked], language: str
) -> None:
    for one in ranked:
        record = f"product:{one.product.id}#arch_support"
        told = [Reason(text="support", source=record), Reason(text="advice", source="advice:x")]
        reasons = placed(told, one, shoes_index, "zh" if language == "zh" else "en")
        assert round(math.fsum(reason.points for reason in reasons), 4) == one.score
        assert [r.text for r in reasons[:2]] == ["support", "advice"]
        assert reasons[1].part is None
        for reason in reasons[2:]:
            assert reason.part is not None
            assert reason.points != 0
            assert reason.met == (reason.points > 0)
            assert has_cjk(reason.text) == (language == "zh")


def test_a_reason_of_the_record_takes_the_points_of_its_wish(
    shoes_index: CatalogueIndex, ranked: list[Ranked]
) -> None:
    one = next(r for r in ranked if r.product.id == "nike-structure")
    told = [Reason(text="support", source="product:nike-structure#arch_support")]
    reasons = placed(told, one, shoes_index, "en")
    assert (reasons[0].part, reasons[0].points) == ("wishes", 0.75)
    assert len([r for r in reasons if r.part == "wishes"]) == len(one.met)


def test_what_is_known_and_what_the_shop_says_are_told_as_such(
    shoes_index: CatalogueIndex, ranked: list[Ranked]
) -> None:
    nike = next(r for r in ranked if r.product.brand == "Nike")
    texts = {r.source: r.text for r in placed([], nike, shoes_index, "en")}
    assert texts["profile:7"] == "you like Nike"
    assert texts["rule:week"] == "recommended by the shop: product of the week"
    assert "black" in texts["behaviour:color"]
    asics = next(r for r in ranked if r.product.brand == "Asics")
    texts = {r.source: r.text for r in placed([], asics, shoes_index, "zh")}
    assert texts["rule:old"] == "店家调后"


def test_the_default_for_grown_ups_is_no_secret(shoes_index: CatalogueIndex) -> None:
    hits = [Hit(shoes_index.at(row), row, 0.5) for row in range(len(shoes_index))]
    last = rank(hits, shoes_index, leanings=[_GROWN_UP])[-1]
    reasons = placed([], last, shoes_index, "en")
    assert [r.points < 0 for r in reasons if r.source == GROWN_UP] == [True]


async def test_what_a_reply_recommends_adds_up_and_what_it_opens_has_no_score(
    assistant: Assistant, model: ScriptedModel
) -> None:
    model.will_say(
        reading("search", ("running shoe", "category", "=", "running shoe")),
        "The Nike Structure 25 [1] has stability support.",
    )
    reply = await assistant.reply("a running shoe, ideally white", shopper_id="a", thread_id="t")
    assert len(reply.products) > 1
    for product in reply.products:
        assert product.score == round(math.fsum(r.points for r in product.reasons), 4)
    scores = [product.score or 0.0 for product in reply.products]
    assert scores == sorted(scores, reverse=True)
    # What is known of a shopper, or adds up in a ranking, is nothing that the text may claim.
    assert "score" not in reply.text
    model.will_say(reading("details"))
    opened = await assistant.reply(
        "how much is the Nike Pegasus 41?", shopper_id="a", thread_id="t"
    )
    assert [product.score for product in opened.products] == [None]
    assert all(r.part is None and r.points == 0 for p in opened.products for r in p.reasons)
