"""Every check with a reply that passes and ones that fail: what cannot fail checks nothing."""

import time
from typing import Any

import pytest

from evals.checks import check_turn, given_as_fitting
from evals.checks.wording import Shop, language_of_text, says_no
from evals.grading import Claim
from evals.measures.grade import grade, silent_checks
from evals.running.observed import Observed, SeenWish
from evals.running.records import Record, digest_of
from evals.suite.conversation import Conversation, Expect
from retrieval.index import CatalogueIndex

_EN = "The Nike Structure 25 [1] costs $110 and has good support."
_ZH = "耐克 支撑跑鞋 [1] 售价110美元，支撑很好，适合扁平足。"
_PRICE = {"field": "price", "op": "<=", "value": 120}
_NOT_NIKE = {"field": "brand", "op": "!=", "value": "Nike"}
_CHEAPEST = {"field": "price", "op": "asc", "value": None}
_SHOWN = ("asics-kayano", "anta-kt", "asics-excite")


def _wish(field: str, op: str, value: Any = None, strength: str = "must") -> dict[str, Any]:
    return {"field": field, "op": op, "value": value, "strength": strength}


def _cited(source: str, value: str, marker: str = "1") -> dict[str, str]:
    return {"marker": marker, "source": source, "value": value}


def _offer(id: str, title: str, price: float, currency: str = "USD") -> dict[str, Any]:
    return {"id": id, "title": title, "price": price, "currency": currency}


_SEARCH = {
    "tool": "search_products",
    "arguments": {
        "query": "shoes",
        "where": [
            {"field": "price", "op": "<=", "value": 120.0},
            {"field": "brand", "op": "!=", "value": ["Nike", "Anta"]},
        ],
    },
}

# check, expect, what passes, what fails
CASES: list[tuple[str, dict[str, Any], dict[str, Any], list[dict[str, Any]]]] = [
    ("answered", {}, {"text": "Hello."}, [{"text": ""}, {"text": "  \n"}, {"error": "down"}]),
    ("intent", {"intent": ["recommend", "clarify"]}, {"intent": "clarify"}, [{"intent": "order"}]),
    ("language", {"language": "en"}, {"text": _EN}, [{"text": _ZH}, {"text": f"{_EN} {_ZH}"}]),
    ("language", {"language": "zh"}, {"text": _ZH}, [{"text": _EN}, {"text": "[1] 42"}]),
    ("sentiment", {"sentiment": "negative"}, {"sentiment": "negative"},
     [{"sentiment": "neutral"}, {}]),
    ("urgency", {"urgency": "high"}, {"urgency": "high"}, [{"urgency": "normal"}, {}]),
    ("handoff", {"handoff": True}, {"handoff": True}, [{"handoff": False}, {}]),
    ("handoff", {"handoff": False}, {"handoff": False}, [{"handoff": True}, {}]),
    ("confirmation", {"confirmation": True}, {"confirmation": True}, [{"confirmation": False}, {}]),
    ("confirmation", {"confirmation": False}, {"confirmation": False},
     [{"confirmation": True}, {}]),
    ("asks", {"asks": True}, {"choices": ["road", "trail"]},
     [{"choices": []}, {"choices": ["road"]}, {"choices": list("abcde")}]),
    ("asks", {"asks": False}, {"text": "Here it is."},
     [{"choices": ["a", "b"]}, {"text": "Which one?"}, {"text": "要哪一双？"}]),
    ("stands_in_the_way", {"stands_in_the_way": ["price"], "facts": [_PRICE]},
     {"text": "Nothing fits under $20.", "facts": [SeenWish(**_wish("price", "<=", 120))]},
     [{"text": "Nothing fits.", "facts": []}, {"text": "It costs $20.", "facts": []}]),
    ("stands_in_the_way", {"stands_in_the_way": ["brand"], "products": {"all": ["brand=Asics"]}},
     {"text": "没有符合的 Asics 鞋。"}, [{"text": "没有符合的鞋。"}]),
    ("not_said", {"not_said": ["nike"]}, {"text": "An Asics."}, [{"text": "A NIKE shoe."}]),
    ("facts", {"facts": [_PRICE, _NOT_NIKE]},
     {"facts": [_wish("price", "<", 120.0), _wish("brand", "!=", "nike")]},
     [{"facts": []},
      {"facts": [_wish("price", "<=", 120)]},
      {"facts": [_wish("price", "<=", 120), _wish("brand", "=", "Nike")]},
      {"facts": [_wish("price", "<=", 150), _wish("brand", "!=", "Nike")]},
      {"facts": [_wish("price", "<=", 120), _wish("brand", "!=", "Nike"),
                 _wish("color", "=", "red")]}]),
    ("facts", {"facts": []}, {"facts": []}, [{"facts": [_wish("size", "=", "42")]}]),
    ("facts", {"facts": [_CHEAPEST]}, {"facts": [_wish("price", "asc")]},
     [{"facts": [_wish("price", "desc")]}, {"facts": [_wish("rating", "asc")]}]),
    ("facts", {"facts": [{"any": [_PRICE, _NOT_NIKE]}, _CHEAPEST | {"optional": True}]},
     {"facts": [_wish("brand", "!=", "Nike"), _wish("price", "asc")]},
     [{"facts": [_wish("price", "asc")]}]),
    ("facts", {"facts": ["price<=111.11", "size=42", "year=2024"]},
     {"facts": [_wish("price", "<=", 111), _wish("size", "=", "42.0"), _wish("year", "=", 2024)]},
     [{"facts": [_wish("price", "<=", price), _wish("size", "=", size), _wish("year", "=", year)]}
      for price, size, year in (
          (111.11, "42.2", 2024), (111.11, "42", 2023), (111.4, "42", 2024), (113, "42", 2024))]),
    ("facts", {"facts": ["price<=120"]}, {"facts": [_wish("price", "<=", 120)]},
     [{"facts": [_wish("price", "<=", price)]} for price in (120.5, 119.5, 119.99)]),
    ("facts", {"facts": ["gtin=4006381333931"]}, {"facts": [_wish("gtin", "=", "4006381333931")]},
     [{"facts": [_wish("gtin", "=", gtin)]} for gtin in ("4006381333932", "04006381333931")]),
    ("strength", {"facts": [_PRICE | {"strength": "prefer"}]},
     {"facts": [_wish("price", "<=", 120, "prefer")]}, [{"facts": [_wish("price", "<=", 120)]}]),
    ("strength", {"facts": [_CHEAPEST]}, {"facts": [_wish("price", "asc", None, "prefer")]}, []),
    ("unmatched", {"unmatched": ["brand"]}, {"unmatched": ["brand"]},
     [{"unmatched": []}, {"unmatched": ["brand", "color"]}]),
    ("need", {"need": [_PRICE]}, {"need": [_wish("price", "<=", 120)]},
     [{"need": []}, {"need": [_wish("price", "<=", 120), _wish("size", "=", "42")]}]),
    ("not_need", {"not_need": ["color"]}, {"need": [_wish("size", "=", "42")]},
     [{"need": [_wish("color", "!=", "white")]}]),
    ("products", {"products": {"all": ["price<=120", "brand!=Asics"]}},
     {"products": ["nike-structure", "anta-kt"]},
     [{"products": ["nike-structure", "asics-excite"]}, {"products": ["nike-pegasus"]},
      {"products": ["no-such-shoe"]}]),
    ("products", {"products": {"all": ["size=42", "color=white"], "some": True}},
     {"products": ["anta-kt"]}, [{"products": []}, {"products": ["nike-structure"]}]),
    ("products", {"products": {"none": True}},
     {"text": "Nothing here fits. The nearest is the Anta KT 9.", "products": ["anta-kt"]},
     [{"text": "The Anta KT 9 is not bad.", "products": ["anta-kt"]},
      {"text": "Why not try these? The Anta KT 9 first.", "products": ["anta-kt"]},
      {"text": "You can't go wrong with these. The Anta KT 9 first.", "products": ["anta-kt"]},
      {"text": "There is no better shoe than these: the Anta KT 9.", "products": ["anta-kt"]},
      {"text": "No problem! The Anta KT 9 is for you.", "products": ["anta-kt"]}]),
    ("pick", {"pick": {"ids": ["anta-kt"]}}, {"pick": "anta-kt"}, [{"pick": "nike-pegasus"}, {}]),
    ("pick", {"pick": {"extreme": ["price", "asc"]}, "products": {"all": ["brand=Nike"]}},
     {"pick": "nike-structure"}, [{"pick": "nike-pegasus"}, {"pick": "anta-kt"}, {}]),
    ("pick", {"pick": {"extreme": ["rating", "desc"]}}, {"pick": "asics-kayano"},
     [{"pick": "nike-structure"}]),
    ("refers", {"refers": ["anta-kt"]}, {"products": ["anta-kt"]},
     [{"products": []}, {"products": ["anta-kt", "nike-pegasus"]}]),
    ("refers", {"refers": {"shown": [3, 1]}}, {"products": ["asics-kayano", "asics-excite"]},
     [{"products": ["anta-kt"]}]),
    ("refers", {"refers": {"shown_where": ["color=white"]}}, {"products": ["anta-kt"]},
     [{"products": ["asics-excite"]}]),
    ("refers", {"refers": {"shown": [4]}}, {}, [{"products": ["anta-kt"]}]),
    ("said", {"said": ["nike", r"\$110"]}, {"text": _EN}, [{"text": "A Nike."}, {"text": _ZH}]),
    ("tools", {"tools": [{"tool": "search_products", "arguments": {"op": "<="}}]},
     {"tools": [_SEARCH]}, [{"tools": []}, {"tools": [_SEARCH | {"tool": "compare_products"}]}]),
    ("tools", {"tools": [{"tool": "search_products", "arguments": {
        "where": [{"field": "price", "value": 120}, {"field": "brand", "op": "!="}]}}]},
     {"tools": [{"tool": "product_details"}, _SEARCH]},
     [{"tools": [{"tool": "search_products", "arguments": {"where": [
         {"field": "price", "op": "<=", "value": 100.0},
         {"field": "brand", "op": "!=", "value": "Nike"}]}}]},
      {"tools": [{"tool": "search_products", "arguments": {"where": [
          {"field": "price", "op": "<=", "value": 120.0}]}}]},
      {"tools": [{"tool": "search_products", "arguments": {"where": [
          {"field": "brand", "op": "!=", "value": 120.0},
          {"field": "price", "op": "<=", "value": "Nike"}]}}]}]),
    ("tools", {"tools": [{"tool": "search_products", "arguments": {"k": None, "deep": True}}]},
     {"tools": [{"tool": "search_products", "arguments": {"k": None, "in": {"deep": True}}}]},
     [{"tools": [{"tool": "search_products", "arguments": {"deep": True}}]},
      {"tools": [{"tool": "search_products", "arguments": {"k": 3, "deep": True}}]},
      {"tools": [{"tool": "search_products", "arguments": {"k": None, "deep": {"deep": 1}}}]}]),
    ("tools", {"tools": [{"tool": "get_order", "arguments": {"ids": ["1151293680"]}}]},
     {"tools": [{"tool": "get_order", "arguments": {"ids": ["1151293999", "1151293680"]}}]},
     [{"tools": [{"tool": "get_order", "arguments": {"ids": [id]}}]}
      for id in ("1151293999", "1151293681", 1151293680, "1151293680 ")]),
    ("tools", {"tools": [{"tool": "get_order", "arguments": {"id": 1151293680}}]},
     {"tools": [{"tool": "get_order", "arguments": {"id": 1151293680.0}}]},
     [{"tools": [{"tool": "get_order", "arguments": {"id": id}}]}
      for id in (1151293681, "1151293680", 1151293681.0)]),
    ("tools", {"tools": [{"tool": "add", "arguments": {"sum": 0.3}}]},
     {"tools": [{"tool": "add", "arguments": {"sum": 0.1 + 0.2}}]},
     [{"tools": [{"tool": "add", "arguments": {"sum": 0.3001}}]}]),
    ("tools", {"tools": [{"tool": "show"}, {"tool": "show", "arguments": {"id": "a"}}]},
     {"tools": [{"tool": "show", "arguments": {"id": "a"}}, {"tool": "show"}]},
     [{"tools": [{"tool": "show", "arguments": {"id": "a"}}]},
      {"tools": [{"tool": "show", "arguments": {"id": "b"}}, {"tool": "show"}]}]),
    ("not_tools", {"not_tools": ["place_order"]}, {"tools": [_SEARCH]},
     [{"tools": [_SEARCH, {"tool": "place_order"}]}]),
    ("citations", {"citations": ["price", "product:nike-structure", "advice"]},
     {"citations": [_cited("product:nike-structure#sale_price", "110.0"),
                    _cited("advice:flat-feet", "flat feet")]},
     [{"citations": []}, {"citations": [_cited("advice:flat-feet", "flat feet")]},
      {"citations": [_cited("product:nike-structure#rating", "4.5"),
                     _cited("advice:flat-feet", "flat feet")]},
      {"citations": [_cited("product:nike-pegasus#price", "130.0"),
                     _cited("advice:flat-feet", "flat feet")]}]),
    ("citations", {"citations": ["product:nike-structure#rating", "advice:flat-feet"]},
     {"citations": [_cited("product:nike-structure#rating", "4.5"),
                    _cited("advice:flat-feet", "flat feet")]},
     [{"citations": [_cited("product:nike-structure#price", "4.5"),
                     _cited("advice:flat-feet", "flat feet")]},
      {"citations": [_cited("product:nike-structure#rating", "4.5"),
                     _cited("advice:cold-feet", "flat feet")]},
      {"citations": [_cited("nowhere", "4.5"), _cited("advice:flat-feet", "flat feet")]}]),
    ("profile", {"profile": [_NOT_NIKE, {"any": [_PRICE, _CHEAPEST]}]},
     {"profile": [_wish("size", "=", "42"), _wish("brand", "!=", "Nike"),
                  _wish("price", "<=", 120)]},
     [{"profile": []}, {"profile": [_wish("brand", "=", "Nike"), _wish("price", "<=", 120)]},
      {"profile": [_wish("brand", "!=", "Nike")]}]),
    ("not_profile", {"not_profile": [_NOT_NIKE, {"any": [_PRICE, _CHEAPEST]}]},
     {"profile": [_wish("brand", "=", "Nike"), _wish("price", "<=", 150)]},
     [{"profile": [_wish("brand", "!=", "nike")]}, {"profile": [_wish("price", "asc")]},
      {"profile": [_wish("price", "<=", 120)]}]),
    ("budget", {"budget": {"total_ms": 900, "first_text_ms": 400, "calls": 2,
                           "prompt_tokens": 1000, "completion_tokens": 50}},
     {"timing": {"first_text_ms": 400, "total_ms": 900},
      "usage": {"calls": 2, "prompt_tokens": 1000, "completion_tokens": 50}},
     [{"timing": {"first_text_ms": 400, "total_ms": 901}},
      {"timing": {"first_text_ms": 401, "total_ms": 900}},
      {"timing": {"first_text_ms": None, "total_ms": 900}},
      {"usage": {"calls": 3}}, {"usage": {"prompt_tokens": 1001}},
      {"usage": {"completion_tokens": 51}}]),
    ("offers", {}, {"products": ["nike-structure", "anta-kt"],
                    "offers": [_offer("nike-structure", "Nike Structure 25", 110),
                               _offer("anta-kt", "安踏 篮球鞋", 60)]},
     [{"products": ["nike-structure"], "offers": [offer]} for offer in (
         _offer("nike-structure", "Nike Structure 25", 140),
         _offer("nike-structure", "Nike Structure 26", 110),
         _offer("nike-structure", "Nike Structure 25", 110, "EUR"),
         _offer("nike-pegasus", "Nike Pegasus 41", 130),
         _offer("no-such-shoe", "Nike Structure 25", 110))]
     + [{"products": ["nike-structure"], "offers": []},
        {"products": [], "offers": [_offer("anta-kt", "Anta KT 9", 60)]}]),
    ("pick_offered", {}, {"products": ["nike-structure"], "pick": "nike-structure"},
     [{"products": ["nike-structure"], "pick": "anta-kt"}]),
    ("cited", {}, {"text": "The Structure [1] costs $110.",
                   "citations": [_cited("product:nike-structure#sale_price", "110.0")]},
     [{"text": "The Structure [1] costs $110.", "citations": citations} for citations in (
         [], [_cited("product:nike-structure#sale_price", "111.0")],
         [_cited("product:nike-structure#price", "110.0", marker="2")])]),
    ("policy", {"policy": ["en/returns.md#How long|en/faq.md#Returns", "en/fees.md#Who pays"]},
     {"citations": [_cited("policy:en/faq.md#Returns", "x"),
                    _cited("policy:en/fees.md#Who pays", "y", "2")]},
     [{"citations": []}, {"citations": [_cited("policy:en/faq.md#Returns", "x")]}, {}]),
    ("policy", {"policy": []}, {"citations": [], "text": "Our policies do not say that."},
     [{"citations": [], "text": "Yes, of course."},
      {"citations": [_cited("policy:en/faq.md#Returns", "x")],
       "text": "Our policies do not say that."}]),
]  # fmt: skip


@pytest.fixture(scope="module")
def shop(shoes_index: CatalogueIndex) -> Shop:
    return Shop(shoes_index)


def _outcome(shop: Shop, name: str, expect: dict[str, Any], seen: dict[str, Any]) -> bool:
    observed = Observed.model_validate({"text": "A shoe."} | seen)
    checks = check_turn(Expect.model_validate(expect), observed, shop=shop, shown=_SHOWN)
    [check] = [check for check in checks if check.name == name]
    assert check.passed != bool(check.told), "what fails says why, what passes says nothing"
    return check.passed


@pytest.mark.parametrize(("name", "expect", "right", "wrong"), CASES)
def test_right_passes_and_wrong_fails(
    shop: Shop,
    name: str,
    expect: dict[str, Any],
    right: dict[str, Any],
    wrong: list[dict[str, Any]],
) -> None:
    if right or name not in ("refers", "pick"):
        assert _outcome(shop, name, expect, right)
    for seen in wrong:
        assert not _outcome(shop, name, expect, seen), seen


def test_every_expectation_has_its_case() -> None:
    # What becomes of orders is held against a desk: see test_order_state.py.
    of_orders = {"orders", "account_address"}
    assert set(Expect.model_fields) - of_orders <= {name for name, *_ in CASES}


def test_all_that_was_expected_of_a_failed_turn_has_failed(shop: Shop) -> None:
    expect = Expect.model_validate({"language": "en", "facts": [], "asks": False})
    observed = Observed(error="ModelUnavailable: down")
    checks = check_turn(expect, observed, shop=shop, shown=())
    assert {check.name for check in checks} == {"answered", "language", "facts", "asks"}
    assert not any(check.passed for check in checks)


_UNTOLD: dict[str, Any] = {
    "intent": ["order"], "facts": [], "unmatched": [], "need": [], "not_need": ["size"],
    "sentiment": "neutral", "urgency": "normal", "handoff": False,
    "tools": [{"tool": "product_details"}], "not_tools": ["place_order"], "citations": ["price"],
    "profile": [_PRICE], "not_profile": [_PRICE],
}  # fmt: skip


def test_what_an_answer_does_not_tell_has_failed(shop: Shop) -> None:
    expect = Expect.model_validate(_UNTOLD)
    checks = check_turn(expect, Observed(text="Hello."), shop=shop, shown=())
    failed = {check.name: check.told for check in checks if not check.passed}
    assert failed == dict.fromkeys(_UNTOLD, "the answer does not tell")


def test_what_a_system_never_tells_is_not_checked(shop: Shop) -> None:
    turn = {"say": "hi", "expect": _UNTOLD}
    conversation = Conversation.model_validate({"id": "c", "language": "en", "turns": [turn]})
    record = Record(
        system="s",
        conversation="c",
        digest=digest_of(conversation),
        said=["hi"],
        turns=[Observed(text="Hello.")],
    )
    silent = silent_checks([record])
    assert silent >= _UNTOLD.keys()
    [graded] = grade(record, conversation, shop, lambda *_: (), silent=silent).turns
    assert not {check.name for check in graded.checks} & _UNTOLD.keys()


def test_a_pattern_that_comes_to_no_end_is_given_up(shop: Shop) -> None:
    expect = Expect.model_validate({"not_said": [r"(a|a)+(b|b)+(a|aa)+$"]})
    start = time.monotonic()
    checks = check_turn(expect, Observed(text="a" * 5000 + "b" * 5000 + "c"), shop=shop, shown=())
    assert time.monotonic() - start < 10
    [told] = [check.told for check in checks if check.name == "not_said"]
    assert "given up" in told


def test_a_missing_pick_is_told_in_words(shop: Shop) -> None:
    expect = Expect.model_validate({"pick": {"ids": ["anta-kt"]}})
    checks = check_turn(expect, Observed(text="A shoe."), shop=shop, shown=())
    assert [c.told for c in checks if c.name == "pick"] == ["no pick is given, not anta-kt"]


def test_a_claim_without_support_is_not_grounded(shop: Shop) -> None:
    true = Claim("price", "$110", "It costs $110.", "nike-structure", True, "110 or 140")
    false = Claim("price", "$99", "It costs $99.", "nike-structure", False, "110 or 140")
    for claims, passed in (([true], True), ([true, false], False)):
        found = check_turn(Expect(), Observed(text="x"), shop=shop, shown=(), claims=claims)
        [check] = [check for check in found if check.name == "grounded"]
        assert check.passed is passed
        assert ("$99" in check.told) is not passed


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I recommend the Nike Pegasus 41 [1].", "en"),
        ("我推荐 Nike Pegasus 41 [1]，140 美元。", "zh"),
        ("推荐这双 Asics Kayano 31：足弓支撑是 stability，鞋面是 engineered mesh。", "zh"),
        ("You asked for “扁平足”; this one is a stable shoe.", "en"),
        ("我推荐这双鞋，支撑很好。It is a good choice for runners with flat feet.", "mixed"),
        ("Nike Pegasus 41 [1]: $130.", "en"),
        ("耐克 飞马跑鞋 [1]，$130。", "zh"),
        ("42, $130", None),
        ("", None),
    ],
)
def test_language_of_a_text(shop: Shop, text: str, language: str | None) -> None:
    assert language_of_text(text, shop) == language


_NO = [
    "We don't sell laptops.",
    "没有符合的鞋",
    "抱歉，本店不卖手机",
    "We have no shoe that is better than 4.5.",
    "We don't sell that.",
    "You can't go wrong with these, but we have no Nike.",
    "Why not try these? We have none in red.",
    "There is no shoe under $50.",
    "We have nothing cheaper than $80.",
    "I can't recommend anything under $20.",
    "没有比100美元更便宜的鞋。",
    "没有红色的鞋，不妨试试这双。",
    "没有比这个预算更低的鞋。",
    "I could not find any.",
    "Don't worry, though: none fits.",
    "We have no Nike, would you like these instead?",
    "没有耐克，要不要看看这双？",
    "We have nothing cheaper than this price.",
    "We don't sell Nike shoes but a better choice is the Asics.",
    "I'm sorry, that is sold out.",
    "Sorry, no.",
    "没有这个尺码，没关系，看看这双。",
    "We do not have a waterproof shoe; better take a boot.",
    "None of our shoes is under $20, so why not look at these?",
    "抱歉，本店不卖手机",
    "错不了，不过没有红色。",
    "没有更便宜的了。",
]
_YES = [
    "Here are three shoes.",
    "没问题，这双很好",
    "No problem: this.",
    "Why not try these?",
    "You can't go wrong with these.",
    "There is no better shoe than these.",
    "不妨试试这双。",
    "没有比这双更合适的了。",
    "这双错不了。",
    "Sorry for the wait. Here are three.",
    "Our No. 1 pick is this:",
    "You won't be disappointed.",
    "You won't find a better shoe:",
    "It couldn't be better.",
    "Nothing beats these.",
    "No need to look further.",
    "Here are shoes for no more than $120:",
    "It doesn't get any better than this.",
    "I cannot recommend these highly enough:",
    "没有比它更好的了",
    "要不要试试这双？有没有兴趣？",
    "没有更好的选择了。",
    "Isn't this lovely?",
    "Don't miss these:",
    "There is nothing lighter than these.",
    "没有哪双比得上它。",
    "抱歉让您久等了，为您找到：",
    "You will not regret it.",
    "Not only light but cheap:",
    "These are second to none.",
    "You couldn't be happier.",
    "They never disappoint.",
    "没有问题，推荐这双",
    "You can’t go wrong with these.",
]


@pytest.mark.parametrize("text", _NO)
def test_says_no(text: str) -> None:
    assert says_no(text)


@pytest.mark.parametrize("text", _YES)
def test_praise_courtesy_and_questions_say_no_no(text: str) -> None:
    assert not says_no(text)


def test_a_reply_without_products_gives_none_as_fitting(shop: Shop) -> None:
    assert not given_as_fitting(Observed(text="Sure."), shop)
