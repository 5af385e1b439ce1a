"""What of a turn is counted, and what its terms are called."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from insight_shop import answer, asking, wanting

from assistant.desk.cases import Standing
from assistant.desk.rules import Trigger, load_rules
from assistant.desk.showing import texts
from assistant.insight.kinds import Counted, Kind
from assistant.insight.labels import Labels
from assistant.insight.releases import Figure
from assistant.insight.terms import grouped, part_of, parts_in, rounded, term_of
from assistant.insight.turns import counts_of, question_term
from assistant.need import Wish
from assistant.reply import Intent, Language
from retrieval.index import CatalogueIndex
from retrieval.policies.notions import COUNTRY, notions
from tools.reading.fact import Unmatched

_part = st.tuples(
    st.text(max_size=8),
    st.sampled_from(["=", "<=", ">="]),
    st.one_of(st.text(max_size=8), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)),
)


def counted(index: CatalogueIndex, *, trigger: Trigger | None = None, **reply: object) -> set[Kind]:
    return {one.kind for one in counts_of(asking(index, "s"), answer(**reply), trigger)}


def labels(language: Language, index: CatalogueIndex | None) -> Labels:
    rules = load_rules()
    return Labels(
        language, index, texts(language)["insight"], lambda why: rules.reason(why, language)
    )


@given(st.lists(_part, min_size=1, max_size=4), st.randoms())
def test_a_term_is_the_same_whatever_the_order_and_gives_its_parts_back(
    parts: list[tuple[str, str, str | bool | float]], randomly: object
) -> None:
    term = term_of(parts)
    assert term_of(reversed(parts)) == term
    assert {repr(part) for part in parts_in(term)} == {repr(part) for part in parts}


@given(st.floats(1e-6, 1e9), st.booleans())
def test_a_number_is_rounded_to_a_near_step_on_its_side(value: float, up: bool) -> None:
    step = rounded(value, up=up)
    assert step >= value * (1 - 1e-6) if up else step <= value * (1 + 1e-6)
    assert 0.59 < step / value < 1.7
    assert rounded(step, up=up) == step
    assert rounded(-value, up=up) == -rounded(value, up=not up)
    digits = step / 10 ** math.floor(math.log10(step) + 1e-9)
    assert any(math.isclose(digits, one, rel_tol=1e-5) for one in (1, 1.5, 2, 3, 5, 7, 10))


@settings(deadline=None)  # the first text loads a dictionary
@given(st.text(max_size=60))
def test_free_text_is_short_and_without_numbers_or_addresses(text: str) -> None:
    found = grouped(text)
    if found is not None:
        key, wording = found
        assert key
        assert 0 < len(wording) <= 40
        assert "@" not in wording
        again = grouped(wording)
        assert again is None or again[0] == key


@pytest.mark.parametrize(
    "text", ["ann@example.org", "call 5551234", "see www.example.org", "x" * 41, "the of", "  "]
)
def test_what_may_name_somebody_is_never_counted(text: str) -> None:
    assert grouped(text) is None


@pytest.mark.parametrize(
    ("one", "other"), [("Ballet flats", "some ballet FLAT"), ("芭蕾舞鞋", "芭蕾舞鞋。")]
)
def test_wordings_of_the_same_are_one_group(one: str, other: str) -> None:
    first, second = grouped(one), grouped(other)
    assert first is not None
    assert second is not None
    assert first[0] == second[0]


def test_only_words_of_the_catalogue_are_needs(shoes_index: CatalogueIndex) -> None:
    def part(field: str, value: object, op: str = "=") -> object:
        wish = {"field": field, "op": op, "value": value, "quote": "…", "turn": 1}
        return part_of(Wish.model_validate(wish), shoes_index)

    assert part("brand", "Nike") == ("brand", "=", "Nike")
    assert part("need", "flat-feet") == ("need", "=", "flat-feet")
    assert part("price", 112.5, "<=") == ("price", "<=", 150)
    assert part("weight_g", 280.0) == ("weight_g", "=", 280)
    assert part("size", 42.5, "!=") == ("size", "!=", 42.5)
    assert part("price", 13812345678.0) is None
    assert part("brand", "my street 5") is None
    assert part("need", "a secret") is None
    assert part("id", ["a", "b"], "=") is None


def test_a_wish_counts_in_the_turn_that_states_it(shoes_index: CatalogueIndex) -> None:
    assert Kind.NEEDS in counted(shoes_index, need=wanting("brand", "Nike", turn=1))
    assert Kind.NEEDS not in counted(shoes_index, need=wanting("brand", "Nike", turn=0))


def test_what_nothing_meets_is_counted_with_its_kind_of_goods(shoes_index: CatalogueIndex) -> None:
    kind = wanting("category", "Running shoes", turn=0)
    need = wanting("color", "white").model_copy()
    need = need.model_copy(update={"must": (*kind.must, *need.must)})
    asked = asking(shoes_index, "s")
    reply = answer(intent="recommend", unanswered=True, need=need)
    [unfit] = [one for one in counts_of(asked, reply, None) if one.kind is Kind.UNFIT]
    assert parts_in(unfit.term) == [("category", "=", "Running shoes"), ("color", "=", "white")]
    figure = Figure(Kind.UNFIT, unfit.term, 9)
    assert labels("en", shoes_index).of(figure) == "Running shoes + white"
    # Where a wish means nothing here, that is what is missing.
    lacking = need.model_copy(
        update={"unmatched": (Unmatched(field="brand", value="Zara", quote="Zara"),)}
    )
    kinds = counted(shoes_index, intent="recommend", unanswered=True, need=lacking)
    assert kinds & {Kind.UNFIT, Kind.MISSING} == {Kind.MISSING}


@settings(deadline=None)
@given(st.floats(1e-3, 1e6), st.sampled_from(["<", "<=", ">", ">="]))
def test_what_nothing_meets_is_no_less_than_what_was_wished(
    shoes_index: CatalogueIndex, value: float, op: str
) -> None:
    need = wanting("price", value, op=op)
    reply = answer(intent="recommend", unanswered=True, need=need)
    found = counts_of(asking(shoes_index, "s"), reply, None)
    [unfit] = [one for one in found if one.kind is Kind.UNFIT]
    [(field, told, bound)] = parts_in(unfit.term)
    assert (field, told) == ("price", op)
    assert isinstance(bound, float)
    slack = 1 + 1e-6
    assert bound <= value * slack if op in ("<", "<=") else bound >= value / slack


@pytest.mark.parametrize(
    ("message", "term", "english", "chinese"),
    [
        ("Do you deliver to Norway?", "delivery/country:NO", "delivery – Norway", "配送：挪威"),
        ("你们送到挪威吗", "delivery/country:NO", "delivery – Norway", "配送：挪威"),
        ("Can I pay with PayPal?", "payment/pay:paypal", "payment – PayPal", "付款：PayPal"),
        ("What is your return policy?", "return", "returns", "退货"),
        ("can I bring my dog?", "pets", "pets", "宠物"),
        ("can I juggle in here?", "other", "something else", "其他"),
    ],
)
def test_questions_are_told_by_what_they_speak_of(
    message: str, term: str, english: str, chinese: str
) -> None:
    assert question_term(message) == term
    figure = Figure(Kind.QUESTIONS, term, 9)
    assert labels("en", None).of(figure) == english
    assert labels("zh", None).of(figure) == chinese


def test_every_topic_has_a_name_in_both_languages() -> None:
    spoken = [name for name, notion in notions().items() if notion.role in ("topic", "thing")]
    for language in ("en", "zh"):
        own = labels(language, None)
        names = {name: own.of(Figure(Kind.QUESTIONS, name, 9)) for name in spoken}
        assert [name for name, label in names.items() if not label] == []
        if language == "zh":
            plain = [name for name, label in names.items() if label == name.replace("_", " ")]
            assert plain == []


@settings(deadline=None)
@given(st.text(alphabet="deliver to Norway我住在长安街12号secret ", max_size=80))
def test_a_question_leaves_only_names_of_notions(message: str) -> None:
    known = {*notions(), "other", "eu", "north_america", "worldwide"}
    for name in question_term(message).split("/"):
        assert name in known or name.startswith(COUNTRY)


def test_a_question_counts_only_where_no_clause_answers(shoes_index: CatalogueIndex) -> None:
    assert Kind.QUESTIONS in counted(shoes_index, intent="policy", unanswered=True)
    assert Kind.QUESTIONS not in counted(shoes_index, intent="policy")
    assert Kind.QUESTIONS not in counted(shoes_index, intent="recommend", unanswered=True)


def test_a_hand_off_counts_when_it_begins(shoes_index: CatalogueIndex) -> None:
    def kinds(status: str | None) -> list[Counted]:
        case = None
        if status is not None:
            case = Standing.model_validate(
                {"id": "c", "status": status, "staff": None, "after_hours": False}
            )
        asked = asking(shoes_index, "s")
        asked = type(asked)(**{**vars(asked), "case": case})
        found = counts_of(asked, answer(intent="handoff"), Trigger.PERSON)
        return [one for one in found if one.kind is Kind.HANDOFFS]

    assert kinds(None) == kinds("returned") == [Counted(Kind.HANDOFFS, "person")]
    assert kinds("waiting") == []


def test_every_term_has_a_name_in_both_languages(shoes_index: CatalogueIndex) -> None:
    for language in ("en", "zh"):
        named = labels(language, shoes_index)  # type: ignore[arg-type]
        for trigger in Trigger:
            assert named.of(Figure(Kind.HANDOFFS, trigger.value, 9))
        for intent in Intent.__args__:  # type: ignore[attr-defined]
            assert named.of(Figure(Kind.THUMBS, f"up/{intent}", 9))
        price = term_of([("price", "<=", 150.0), ("waterproof", "=", True)])
        assert "150" in named.of(Figure(Kind.NEEDS, price, 9))
        # A shop's own words, and words that the catalogue has lost since.
        assert named.of(Figure(Kind.QUESTIONS, "own_notion", 9)) == "own notion"
        assert named.of(Figure(Kind.NEEDS, term_of([("brand", "=", "Gone")]), 9)) == "Gone"
