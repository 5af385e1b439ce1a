"""Scripted shoppers: what they say, what they keep to themselves, and what they take."""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evals.checks.asking import asks_back
from evals.checks.wording import Shop
from evals.running.observed import Observed, SeenOffer
from evals.running.records import Record
from evals.running.runner import hold
from evals.shoppers.cast import shopper_of
from evals.shoppers.fit import fitting, unmet_wishes
from evals.shoppers.goal import Goal
from evals.shoppers.heard import hear
from evals.shoppers.phrases import phrases
from evals.shoppers.scripted import ScriptedShopper
from evals.shoppers.shopper import Outcome
from evals.shoppers.voice import Voice
from evals.suite.conversation import Conversation
from evals.suite.predicates import meets
from retrieval.index import CatalogueIndex


@pytest.fixture(scope="session")
def shop(demo_index: CatalogueIndex) -> Shop:
    return Shop(demo_index)


def wish(say: str, *means: str, **more: Any) -> dict[str, Any]:
    return {"say": say, "means": list(means)} | more


ROAD = wish("for the road", "category=Road running shoes", again="road running shoes")
CHEAP = wish("no more than 120 dollars", "price<=120")
SIZE = wish("size 42", "size=42", told="natural")
BLUE = wish("in blue", "color=blue", told="asked")


def goal_of(*wishes: dict[str, Any], **more: Any) -> Goal:
    return Goal.model_validate({"opening": "I need shoes", "wishes": list(wishes)} | more)


def player(shop: Shop, *wishes: dict[str, Any], **more: Any) -> ScriptedShopper:
    return ScriptedShopper(goal_of(*wishes, **more), "en", shop, seed="x/1")


def shows(shop: Shop, *ids: str, text: str = "I would take this one.", **more: Any) -> Observed:
    offers = [
        SeenOffer(id=id, title=p.title, price=float(p.sale_price or p.price), currency="USD")
        for id in ids
        if (p := shop.products.get(id)) is not None
    ]
    pick = ids[0] if ids else None
    return Observed(
        text=text, intent="recommend", products=list(ids), pick=pick, offers=offers, **more
    )


async def talk(
    shopper: ScriptedShopper, *answers: Observed
) -> tuple[list[str], Outcome, list[Observed]]:
    said: list[str] = []
    heard: list[Observed] = []
    for answer in answers:
        message = await shopper.next(heard)
        if message is None:
            break
        said.append(message)
        heard.append(answer)
    else:
        last = await shopper.next(heard)
        said += [last] if last is not None else []
    return said, shopper.outcome(heard), heard


# On the road, 42 in blue and black among its sizes, 104.95 dollars, 290 grams.
FITS = "saucony-guide-17"
DEAR = "nike-pegasus-41"
TRAIL = "asics-gel-venture-9"


def test_the_products_of_these_tests_are_what_they_are_taken_for(shop: Shop) -> None:
    goal = goal_of(ROAD, CHEAP, SIZE)
    products = list(shop.products.values())
    assert not unmet_wishes(shop.products[FITS], goal.wishes, products)
    assert [w.say for w in unmet_wishes(shop.products[DEAR], goal.wishes, products)] == [
        "no more than 120 dollars"
    ]
    assert "for the road" in [w.say for w in unmet_wishes(shop.products[TRAIL], goal.wishes, [])]


async def test_the_first_message_has_the_first_wishes_and_no_others(shop: Shop) -> None:
    said, _, _ = await talk(player(shop, ROAD, CHEAP, SIZE, BLUE))
    assert said == ["I need shoes, for the road, no more than 120 dollars."]


async def test_a_wish_that_is_natural_comes_up_once_products_are_shown(shop: Shop) -> None:
    said, outcome, _ = await talk(
        player(shop, ROAD, CHEAP, SIZE, BLUE), shows(shop, FITS), shows(shop, DEAR)
    )
    assert "size 42" in said[1]
    assert "no more than 120 dollars" in said[2].lower()
    assert not any("blue" in message for message in said)
    assert outcome.untold == ["in blue"]
    assert outcome.accepted is None


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("Which colour would you like?", []),
        ("Do you have a preference?", ["black", "white", "blue"]),
        ("Is there anything else that matters to you?", []),
    ],
)
async def test_an_asked_wish_is_told_when_it_is_asked_for(
    shop: Shop, text: str, choices: list[str]
) -> None:
    said, _, _ = await talk(player(shop, ROAD, BLUE), Observed(text=text, choices=choices))
    assert "in blue" in said[1].lower()


@pytest.mark.parametrize(
    "text",
    ["What is your budget?", "Here is a blue shoe.", "What will you use them for?", "Blue it is."],
)
async def test_and_not_for_another_question_nor_for_none(shop: Shop, text: str) -> None:
    said, _, _ = await talk(player(shop, ROAD, BLUE), Observed(text=text))
    assert not any("in blue" in message.lower() for message in said)


async def test_asked_about_what_does_not_matter_they_do_not_mind(shop: Shop) -> None:
    said, outcome, _ = await talk(player(shop, ROAD), Observed(text="Which brand do you prefer?"))
    known = {f"{s[0].upper()}{s[1:]}." for s in phrases().say["dont_mind"].en}
    assert said[1] in known
    assert outcome.questions == 1


async def test_a_known_wish_that_is_asked_for_again_is_said_again(shop: Shop) -> None:
    said, _, _ = await talk(player(shop, ROAD, CHEAP), Observed(text="What is your budget?"))
    assert "no more than 120 dollars" in said[1].lower()


async def test_they_complain_of_what_breaks_a_told_wish_by_its_page(shop: Shop) -> None:
    said, _, _ = await talk(player(shop, ROAD, CHEAP), shows(shop, TRAIL), shows(shop, DEAR))
    assert "road running shoes" in said[1].lower()
    assert any(word in said[2].lower() for word in ("expensive", "budget", "pricey"))
    assert "no more than 120 dollars" in said[2].lower()


async def test_they_take_what_fits_wherever_it_stands_and_that_is_a_success(shop: Shop) -> None:
    said, outcome, heard = await talk(
        player(shop, ROAD, CHEAP, SIZE, BLUE), shows(shop, DEAR), shows(shop, DEAR, FITS)
    )
    assert len(said) == 3, "price first, then the size, then it is taken"
    said, outcome, heard = await talk(
        player(shop, ROAD, CHEAP), shows(shop, TRAIL), shows(shop, DEAR, FITS)
    )
    assert len(said) == len(heard) == 2
    assert outcome == Outcome(accepted=FITS, success=True, turns=2, ended="accepted")


async def test_who_reads_the_first_page_alone_takes_nothing_else(shop: Shop) -> None:
    said, outcome, _ = await talk(player(shop, ROAD, reads="first"), shows(shop, TRAIL, FITS))
    assert "road running shoes" in said[1].lower()
    assert outcome.accepted is None
    _, outcome, _ = await talk(player(shop, ROAD, reads="first"), shows(shop, FITS, TRAIL))
    assert outcome.accepted == FITS


async def test_who_trusts_is_hurt_by_a_lie(shop: Shop) -> None:
    lie = shows(shop, TRAIL, text="I would take this one: it is made for the road.")
    said, outcome, _ = await talk(player(shop, ROAD, reads="none"), lie)
    assert len(said) == 1
    assert outcome.accepted == TRAIL
    assert not outcome.success
    assert outcome.violated == ["for the road"]


async def test_who_trusts_still_looks_at_the_price_on_the_card(shop: Shop) -> None:
    said, _, _ = await talk(player(shop, ROAD, CHEAP, reads="none"), shows(shop, DEAR))
    assert "no more than 120 dollars" in said[1].lower()
    hidden = shows(shop, DEAR).model_copy(update={"offers": None})
    _, outcome, _ = await talk(player(shop, ROAD, CHEAP, reads="none"), hidden)
    assert outcome.violated == ["no more than 120 dollars"]


async def test_who_trusts_takes_nothing_beside_a_no(shop: Shop) -> None:
    no = shows(shop, TRAIL, text="Sorry, there is no road shoe. This one is for trails.")
    said, outcome, _ = await talk(player(shop, ROAD, reads="none"), no)
    assert len(said) == 2
    assert outcome.accepted is None


async def test_a_product_that_the_shop_does_not_have_is_no_success(shop: Shop) -> None:
    made_up = Observed(text="Take this.", products=["made-up"], pick="made-up")
    _, outcome, _ = await talk(player(shop, ROAD, reads="none"), made_up)
    assert (outcome.accepted, outcome.success) == ("made-up", False)
    said, outcome, _ = await talk(player(shop, ROAD), made_up)
    assert outcome.accepted is None
    assert len(said) == 2


async def test_a_change_of_mind_comes_before_anything_is_taken(shop: Shop) -> None:
    change = wish("make it 105 dollars at most", "price<=105", told="changed")
    said, outcome, _ = await talk(
        player(shop, ROAD, CHEAP, change), shows(shop, FITS), shows(shop, "adidas-supernova-rise")
    )
    assert said[1] == "Make it 105 dollars at most."
    said, outcome, _ = await talk(
        player(shop, ROAD, CHEAP, change), shows(shop, DEAR), shows(shop, FITS)
    )
    assert outcome.success
    assert not goal_of(ROAD, CHEAP, change).final[-1].drops
    assert [w.say for w in goal_of(ROAD, CHEAP, change).final] == [ROAD["say"], change["say"]]


async def test_a_field_that_is_dropped_does_not_matter_any_more(shop: Shop) -> None:
    nike = wish("from Nike", "brand=Nike")
    drop = {"say": "the brand doesn't matter", "drops": ["brand"], "told": "changed"}
    _, outcome, _ = await talk(player(shop, ROAD, nike, drop), shows(shop, DEAR), shows(shop, FITS))
    assert (outcome.accepted, outcome.success, outcome.untold) == (FITS, True, [])


async def test_a_mere_wish_is_brought_up_and_then_foregone(shop: Shop) -> None:
    pink = wish("preferably pink", "color=pink", must=False)
    said, outcome, _ = await talk(player(shop, ROAD, pink), shows(shop, FITS), shows(shop, FITS))
    assert len(said) == 2
    assert "preferably pink" in said[1].lower()
    assert outcome == Outcome(
        accepted=FITS, success=True, turns=2, violated=["preferably pink"], ended="accepted"
    )


async def test_the_cheapest_is_measured_by_the_catalogue_and_not_by_what_was_shown(
    shop: Shop,
) -> None:
    least = wish("the cheapest road shoe", "category=Road running shoes", extreme=["price", "asc"])
    [true] = fitting(goal_of(least), shop.products.values())
    _, outcome, _ = await talk(player(shop, least), shows(shop, true.id, FITS))
    assert outcome.success
    _, outcome, _ = await talk(player(shop, least), shows(shop, FITS, DEAR))
    assert outcome.accepted == FITS
    assert outcome.violated == ["the cheapest road shoe"]


NO = Observed(text="Nothing here meets all of your wishes.", intent="recommend")
NEVER = wish("waterproof ones for basketball", "category=Basketball shoes", "waterproof=true")


async def test_a_true_no_is_all_that_can_be_had_of_an_impossible_goal(shop: Shop) -> None:
    said, outcome, _ = await talk(player(shop, NEVER), NO, NO)
    assert len(said) == 2, "they doubt it once"
    assert outcome == Outcome(success=True, turns=2, ended="told_no")


@pytest.mark.parametrize("misspelt", ["watreproof=yes", "waterprof!=yes"])
async def test_a_no_to_what_no_record_has_a_field_for_is_no_success(
    shop: Shop, misspelt: str
) -> None:
    _, outcome, _ = await talk(player(shop, ROAD, wish("waterproof", misspelt)), NO, NO, NO)
    assert not outcome.success


async def test_a_wrong_no_is_no_success(shop: Shop) -> None:
    _, outcome, _ = await talk(player(shop, ROAD), NO, NO)
    assert (outcome.success, outcome.ended) == (False, "told_no")


async def test_nor_is_an_impossible_goal_without_a_no(shop: Shop) -> None:
    said, outcome, _ = await talk(player(shop, NEVER), *[shows(shop, TRAIL)] * 6)
    assert (outcome.success, outcome.ended) == (False, "out_of_patience")
    assert len(said) == 4, "said, said twice again, doubted"


@pytest.mark.parametrize("intent", ["refuse", "smalltalk", "handoff"])
async def test_an_answer_that_speaks_of_something_else_is_no_honest_no(
    shop: Shop, intent: str
) -> None:
    dull = Observed(text="Sorry, I cannot help with that.", intent=intent)
    _, outcome, _ = await talk(player(shop, NEVER), *[dull] * 6)
    assert outcome.ended != "told_no"
    assert not outcome.success


async def test_a_mere_wish_is_given_up_where_there_is_nothing(shop: Shop) -> None:
    pink = wish("pink", "color=pink", must=False, let_go="any colour will do")
    said, outcome, _ = await talk(player(shop, ROAD, pink), NO, shows(shop, FITS))
    assert said[1] == "Any colour will do."
    assert outcome.success


async def test_where_nothing_comes_they_write_once_more_and_then_leave(shop: Shop) -> None:
    failed = Observed(error="the model is down")
    said, outcome, _ = await talk(player(shop, ROAD), failed, failed, failed)
    assert said == ["I need shoes, for the road."] * 2
    assert outcome.ended == "no_answers"
    said, outcome, _ = await talk(player(shop, ROAD), failed, shows(shop, FITS))
    assert outcome.success


async def test_patience_ends(shop: Shop) -> None:
    vague = Observed(text="We have many shoes.", intent="recommend")
    said, outcome, _ = await talk(player(shop, ROAD, patience=3), *[vague] * 9)
    assert len(said) == 3
    assert outcome.ended == "out_of_patience"


def test_what_is_heard(shop: Shop) -> None:
    assert hear(Observed(text=""), shop).nothing
    assert hear(Observed(text="Because of the house rules, what is it?"), shop).asked == frozenset()
    size = hear(Observed(text="您穿多大码？"), shop)
    assert size.asked == {"size"}
    choices = hear(Observed(text="Which?", choices=["Running shoes", "Sandals"]), shop)
    assert choices.asked == {"category"}
    assert hear(Observed(text="还有什么要求吗？"), shop).open
    lacking = shows(shop, FITS, text="I would take this one. It is not waterproof.")
    assert not hear(lacking, shop).no
    assert hear(shows(shop, FITS, text="没有完全符合的。这双最接近。"), shop).no
    assert asks_back(Observed(text="This one. Which size?"))
    assert not asks_back(Observed(text="Why not? Take this one."))


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"say": "x"}, "means"),
        ({"say": "x", "drops": ["color"]}, "changed"),
        ({"say": "x", "means": ["color=red"], "let_go": "y"}, "let go"),
        ({"say": "x", "means": ["colour red"]}, "no condition"),
        ({"say": "x", "means": ["color=red"], "asked": True}, "asked"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(broken: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        goal_of(broken)


def test_styles_differ_and_numbers_are_never_mistyped() -> None:
    says = ("size 42.5", "under 1,250 dollars, I'm afraid")
    written = {}
    for style in ("plain", "terse", "chatty", "careless"):
        for seed in range(40):
            voice = Voice("en", style, random.Random(seed))
            text = voice.opening("I want comfortable running shoes", says)
            written[style] = text
            assert "42.5" in text
            assert "1,250" in text
    assert len(set(written.values())) == 4
    zh = Voice("zh", "careless", random.Random(1)).opening("想买双跑步的鞋", ["42码", "黑色的"])
    assert "，" not in zh
    assert "42" in zh


async def test_the_same_seed_writes_the_same_and_another_attempt_otherwise(shop: Shop) -> None:
    goal = goal_of(ROAD, CHEAP, SIZE, style="chatty")
    conversation = Conversation.model_validate(
        {"id": "c", "language": "en", "goal": goal.model_dump()}
    )

    async def messages(attempt: int) -> list[str]:
        shopper = shopper_of(conversation, attempt, lambda name: shop)
        assert isinstance(shopper, ScriptedShopper)
        said, _, _ = await talk(shopper, *[shows(shop, DEAR)] * 3)
        return said

    assert await messages(1) == await messages(1)
    assert len({tuple(await messages(n)) for n in range(1, 6)}) > 1


async def test_who_is_not_asked_says_no_reason_and_leaves_in_the_end(shop: Shop) -> None:
    pink = wish("in pink", "color=pink", told="asked")
    said, outcome, _ = await talk(player(shop, ROAD, pink), *[shows(shop, FITS)] * 6)
    assert len(said) == 4, "said, and asked for others three times"
    assert outcome == Outcome(turns=4, untold=["in pink"])


class OneShoe:
    """A system that always recommends the same shoe."""

    name = "one-shoe"

    def __init__(self, answer: Observed) -> None:
        self._answer = answer

    async def begin(self, conversation: Conversation) -> None:
        pass

    async def answer(self, conversation: Conversation, turn: int, message: str) -> Observed:
        return self._answer


async def test_a_conversation_is_held_by_the_runner_and_its_record_keeps_the_outcome(
    shop: Shop,
) -> None:
    goal = goal_of(ROAD, CHEAP, SIZE)
    conversation = Conversation.model_validate(
        {"id": "c", "language": "en", "goal": goal.model_dump(exclude_defaults=True)}
    )
    record = await hold(
        OneShoe(shows(shop, FITS)),
        conversation,
        shopper_of=lambda conversation, attempt: shopper_of(
            conversation, attempt, lambda name: shop
        ),
    )
    assert len(record.said) == len(record.turns) == 2
    again = Record.model_validate_json(record.model_dump_json())
    assert again.outcome == Outcome(accepted=FITS, success=True, turns=2, ended="accepted")


_QUESTIONS = [
    ("Which colour?", [], {"color"}),
    ("您喜欢什么颜色？", [], {"color"}),
    ("What size do you take?", [], {"size"}),
    ("What is your budget?", [], {"price"}),
    ("Which brand do you like?", ["Nike", "Asics"], {"brand"}),
    ("Any other preferences?", [], {"color", "size", "price", "brand"}),
    ("This is a fine shoe in blue, size 42, at $100.", [], set()),
    ("Nothing here meets all of your wishes.", [], set()),
    ("", [], set()),
]
_MEANS = {"color": ["color=blue"], "size": ["size=42"], "price": ["price<=120"]}
_MEANS |= {"brand": ["brand!=Nike"]}


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
async def test_whatever_is_answered(shop: Shop, data: st.DataObject) -> None:
    """Nothing is told unasked, no product is named, patience ends, and success is no claim."""
    fields = data.draw(st.lists(st.sampled_from(sorted(_MEANS)), unique=True, min_size=1))
    wishes = [
        wish(
            f"my {field} wish",
            *_MEANS[field],
            told=data.draw(st.sampled_from(["first", "natural", "asked"])),
            must=data.draw(st.booleans()),
        )
        for field in fields
    ]
    patience = data.draw(st.integers(1, 6))
    reads = data.draw(st.sampled_from(["all", "first", "none"]))
    shopper = player(shop, *wishes, patience=patience, reads=reads)
    ids = sorted(shop.products)
    answers: list[Observed] = []
    may_be_told = {w["say"] for w in wishes if w["told"] != "asked"}
    messages = 0
    while (message := await shopper.next(answers)) is not None:
        messages += 1
        assert not any(id in message or shop.products[id].title in message for id in ids)
        for w in wishes:
            assert w["say"] in may_be_told or w["say"] not in message.lower()
        text, choices, asked = data.draw(st.sampled_from(_QUESTIONS))
        shown = data.draw(st.lists(st.sampled_from(ids), max_size=3, unique=True))
        answers.append(shows(shop, *shown, text=text, choices=choices))
        if text or shown:
            may_be_told |= {f"my {field} wish" for field in asked}
    outcome = shopper.outcome(answers)
    assert messages == len(answers) == outcome.turns <= patience
    musts = [w for w in shopper.telling.held if w.must]
    if outcome.accepted is not None:
        assert outcome.accepted in answers[-1].products
        good = meets(shop.products[outcome.accepted], [p for w in musts for p in w.predicates])
        if outcome.success:
            assert good
        elif reads != "none":
            pytest.fail("a careful shopper took what breaks a must")
    else:
        assert not outcome.success
