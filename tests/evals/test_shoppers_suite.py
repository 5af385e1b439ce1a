"""The shoppers that ship, held against the catalogue that they shop in."""

from collections import Counter
from pathlib import Path

import pytest

from evals.checks.wording import Shop
from evals.running.observed import Observed, SeenOffer
from evals.shoppers.cast import shopper_of
from evals.shoppers.fit import fitting, meeting
from evals.suite.conversation import Conversation
from evals.suite.files import load_suites
from retrieval.index import CatalogueIndex
from retrieval.text import has_cjk

_SUITES = Path(__file__).parents[2] / "evals" / "suites" / "shoppers"
_ALL = load_suites([_SUITES])
_KINDS = {
    "easy",
    "gift",
    "multi-wish",
    "superlative",
    "hurried",
    "chatty",
    "careless",
    "change-of-mind",
    "impossible",
}


@pytest.fixture(scope="session")
def shop(demo_index: CatalogueIndex) -> Shop:
    return Shop(demo_index)


def test_there_are_twenty_in_each_language_of_every_kind() -> None:
    assert Counter(c.language for c in _ALL) == {"en": 20, "zh": 20}
    for language in ("en", "zh"):
        tags = {tag for c in _ALL if c.language == language for tag in c.tags}
        assert tags >= _KINDS


@pytest.mark.parametrize("conversation", _ALL, ids=lambda c: c.id)
def test_each_goal_can_be_met_or_is_meant_not_to_be(conversation: Conversation, shop: Shop) -> None:
    goal = conversation.goal
    assert goal is not None
    products = list(shop.products.values())
    found = fitting(goal, products)
    if "impossible" in conversation.tags:
        assert not found
        told = [wish for wish in goal.final if wish.must and wish.told == "first"]
        unasked = [wish for wish in goal.final if wish.must and wish.told != "asked"]
        assert not meeting(unasked, products), "no honest no can be told before all is asked for"
        assert told
    elif any(wish.extreme for wish in goal.final):
        assert found
    else:
        assert len(found) >= 2, "a single product that fits would be a target"
        assert len(found) <= len(products) / 5, "nearly anything would do"


@pytest.mark.parametrize("conversation", _ALL, ids=lambda c: c.id)
def test_they_speak_their_language_and_name_no_product(
    conversation: Conversation, shop: Shop
) -> None:
    goal = conversation.goal
    assert goal is not None
    texts = [t for w in goal.wishes for t in (w.say, w.again, w.let_go) if t] + [goal.opening]
    assert has_cjk("".join(texts)) == (conversation.language == "zh")
    titles = [t.casefold() for p in shop.products.values() for t in (p.title, p.title_zh) if t]
    assert not any(title in text.casefold() for text in texts for title in titles)
    assert len({w.say for w in goal.wishes}) == len(goal.wishes)


@pytest.mark.parametrize("conversation", _ALL, ids=lambda c: c.id)
async def test_each_succeeds_with_one_who_listens_and_not_with_one_who_does_not(
    conversation: Conversation, shop: Shop
) -> None:
    """One gives what fits; the other gives something that does not, whatever is said."""
    goal = conversation.goal
    assert goal is not None
    right = [p.id for p in fitting(goal, shop.products.values())]
    wrong = [id for id in shop.products if id not in right]
    for given, success in ((right[:3], True), (wrong[:1], False)):
        shopper = shopper_of(conversation, 1, lambda name: shop)
        answers: list[Observed] = []
        while await shopper.next(answers) is not None:
            answers.append(_gives(given, shop, conversation.language))
        outcome = shopper.outcome(answers)
        assert outcome is not None
        assert outcome.success == success
        assert outcome.turns <= goal.patience


def _gives(ids: list[str], shop: Shop, language: str) -> Observed:
    if not ids:
        return Observed(text="没有这样的鞋。" if language == "zh" else "We have none.")
    offers = [
        SeenOffer(id=id, title=p.title, price=float(p.sale_price or p.price), currency="USD")
        for id, p in ((id, shop.products[id]) for id in ids)
    ]
    return Observed(text="[1]", products=ids, pick=ids[0], offers=offers)
