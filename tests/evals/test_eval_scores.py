"""Figures of a whole run: attempts, slices, questions, shoppers, groups, cost."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.checks.asking import asks_back
from evals.checks.fitting import Fitting
from evals.checks.wording import Shop
from evals.measures.count import Count
from evals.measures.figures import Figure
from evals.measures.grade import grade
from evals.measures.graded import GradedConversation, GradedTurn
from evals.measures.groups import Groups
from evals.measures.prices import Prices
from evals.measures.scores import Scores
from evals.reports.system import MOST_LISTED, SystemReport
from evals.reports.tables import Report, markdown
from evals.running.observed import Observed, SeenWish
from evals.running.records import About, Record
from evals.shoppers.shopper import Outcome
from evals.suite.conversation import Conversation
from evals.suite.predicates import Predicate
from retrieval.index import CatalogueIndex

_SEED = 7
_EN = {"language": "en"}
_RIGHT, _WRONG = {"text": "A shoe."}, {"text": "一双很好的鞋"}


@pytest.fixture(scope="module")
def shop(shoes_index: CatalogueIndex) -> Shop:
    return Shop(shoes_index)


def _conversation(id: str, *expects: dict[str, Any], **more: Any) -> Conversation:
    turns = [{"say": "x", "expect": expect} for expect in expects]
    return Conversation.model_validate(
        {"id": id, "language": "en", "catalog": "shoes", "turns": turns} | more
    )


def _graded(
    shop: Shop,
    conversation: Conversation,
    turns: list[dict[str, Any]],
    *,
    attempt: int = 1,
    outcome: Outcome | None = None,
) -> GradedConversation:
    record = Record(
        system="s",
        conversation=conversation.id,
        digest="",
        attempt=attempt,
        said=["x"] * len(turns),
        turns=[Observed.model_validate(_RIGHT | turn) for turn in turns],
        outcome=outcome,
    )
    return grade(record, conversation, shop, lambda *_: ())


def _report(*graded: GradedConversation, prices: Prices | None = None) -> SystemReport:
    scores = Scores("s", seed=_SEED, prices=prices)
    for conversation in graded:
        scores.add(conversation)
    return scores.report()


def _counts(figure: Figure) -> tuple[float | None, float | None]:
    return figure.numerator, figure.denominator


def test_attempts_at_a_conversation_are_one_cluster_and_give_pass_hat_k(shop: Shop) -> None:
    steady, shaky = _conversation("a", _EN), _conversation("b", _EN)
    held = [_graded(shop, steady, [_RIGHT], attempt=n) for n in (1, 2, 3, 4)]
    held += [_graded(shop, shaky, [_RIGHT if n < 4 else _WRONG], attempt=n) for n in (1, 2, 3, 4)]
    report = _report(*held)
    found = report.figures["all"]
    # comb(3, k) / comb(4, k) of the shaky one, and 1 of the steady one.
    expected = [(1 + 3 / 4) / 2, (1 + 3 / 6) / 2, (1 + 1 / 4) / 2, (1 + 0) / 2]
    assert [found[f"pass^{k}"].value for k in (1, 2, 3, 4)] == pytest.approx(expected)
    assert found["pass^1"].count == 2
    assert (found["pass^4"].low, found["pass^4"].high) == (0, 1)
    assert (report.conversations, report.attempts, report.turns) == (2, 4, 8)
    assert (report.failed_conversations, report.checks_failed) == (1, 1)
    assert report.failures[0].attempt == 4


def test_a_conversation_that_was_held_too_seldom_says_nothing_of_pass_hat_k(shop: Shop) -> None:
    often, once = _conversation("a", _EN), _conversation("b", _EN)
    held = [_graded(shop, often, [_WRONG], attempt=n) for n in (1, 2)]
    found = _report(*held, _graded(shop, once, [_RIGHT])).figures["all"]
    assert found["pass^1"].value == 0.5
    assert (found["pass^2"].value, found["pass^2"].count) == (0, 1)


def test_a_conversation_passes_where_every_turn_does(shop: Shop) -> None:
    said = _conversation("a", _EN, _EN)
    found = _report(_graded(shop, said, [_RIGHT, _WRONG])).figures["all"]
    assert found["pass^1"].value == 0
    assert _counts(found["passed"]) == (1, 2)


def test_slices_hold_the_turns_that_their_names_say(shop: Shop) -> None:
    first = _conversation(
        "a", _EN | {"intent": ["recommend", "compare"]}, _EN, _EN, _EN, tags=["price", "price"]
    )
    second = _conversation("b", _EN, tags=["price", "size"], language="zh")
    report = _report(
        _graded(shop, first, [{"intent": "compare"}, {"intent": "order"}, {}, _WRONG]),
        _graded(shop, second, [_WRONG]),
    )
    found = {name: _counts(figures["language"]) for name, figures in report.figures.items()}
    assert found == {
        "all": (3, 5), "en": (3, 4), "zh": (0, 1), "intent:order": (1, 1),
        "intent:recommend": (1, 1), "turn:1": (1, 2), "turn:2": (1, 1), "turn:3+": (1, 2),
        "tag:price": (3, 5), "tag:size": (0, 1),
    }  # fmt: skip
    sizes = {name: (size.conversations, size.turns) for name, size in report.slices.items()}
    assert sizes["turn:3+"] == (1, 2)
    assert sizes["tag:price"] == (2, 5)
    # Some turns of a conversation do not say whether it passed.
    assert "pass^1" in report.figures["tag:price"]
    assert "pass^1" not in report.figures["turn:1"]


def test_the_most_frequent_tags_have_slices(shop: Shop) -> None:
    held = [_graded(shop, _conversation(f"c{n}", _EN, tags=["common", f"t{n:02}"]), [_RIGHT])
            for n in range(25)]  # fmt: skip
    tags = [name for name in _report(*held).figures if name.startswith("tag:")]
    assert tags == ["tag:common", *(f"tag:t{n:02}" for n in range(19))]


def test_questions_have_a_rate_and_a_gain(shop: Shop) -> None:
    rule = {"products": {"all": ["brand=Nike"], "some": True}}
    said = _conversation("a", {"asks": True}, {}, rule, {})
    nike = {"field": "brand", "op": "=", "value": "Nike"}
    liked = {"field": "price", "op": "<=", "value": 1, "strength": "prefer"}
    feet = {"field": "need", "op": "=", "value": "flat-feet"}
    turns: list[dict[str, Any]] = [
        {"choices": ["Nike", "Asics"], "need": []},
        {"text": "Which one?", "need": [nike, liked, feet]},
        {"products": ["nike-structure"], "need": [nike], "text": "This one. Shall I compare?"},
        {"error": "down"},
    ]
    found = _report(_graded(shop, said, turns)).figures["all"]
    assert _counts(found["asked"]) == (2, 3)
    # Six shoes, then the two of Nike; the second question brought nothing.
    assert found["gain"].value == pytest.approx((1.584962500721156 + 0) / 2)
    assert found["gain"].count == 2
    assert _counts(found["resolved"]) == (2, 2)
    silent = _report(_graded(shop, said, [turn | {"need": None} for turn in turns])).figures["all"]
    assert "gain" not in silent


def test_an_answer_that_leaves_nothing_is_as_good_as_one_that_leaves_one(shop: Shop) -> None:
    none = {"field": "price", "op": "<=", "value": 1}
    said = _conversation("a", {}, {})
    turns: list[dict[str, Any]] = [{"choices": ["a", "b"], "need": [none]}, {"need": []}]
    found = _report(_graded(shop, said, turns)).figures["all"]
    # The need is wider after the answer: six shoes where there was none.
    assert found["gain"].value == pytest.approx(-2.584962500721156)
    assert "resolved" not in found


def test_a_question_below_products_is_a_courtesy() -> None:
    asking = Observed(text="Shall I compare them?")
    assert asks_back(asking)
    assert not asks_back(asking.model_copy(update={"products": ["a"]}))
    assert asks_back(Observed(text="Tell me more.", intent="clarify"))
    assert not asks_back(Observed(text="Why?", error="down"))


def test_what_fits_meets_all_conditions_in_one_variant(shop: Shop) -> None:
    fitting = Fitting(shop)
    assert fitting.count([]) == 6
    white = SeenWish(field="color", op="=", value="white")
    size = SeenWish(field="size", op="=", value=["42", "44"])
    extreme = SeenWish(field="price", op="asc")
    assert fitting.count([white, size, extreme]) == 2
    assert fitting.count([white, SeenWish(field="size", op="=", value="44")]) == 0
    cheap = [Predicate.parse("price<=120"), Predicate.parse("brand=Nike")]
    assert [product.id for product in fitting.products(cheap)] == ["nike-structure"]


def test_simulated_shoppers(shop: Shop) -> None:
    goal = {"opening": "hi", "wishes": [{"say": "a Nike", "means": ["brand=Nike"]}]}
    outcomes = [
        Outcome(accepted="nike-pegasus", success=True, turns=2, questions=1),
        Outcome(accepted="anta-kt", success=False, turns=3, violated=["a Nike"]),
        Outcome(accepted=None, success=False, turns=6, questions=2),
    ]
    held = [
        _graded(shop, _conversation(f"c{n}", goal=goal), [_RIGHT] * o.turns, outcome=o)
        for n, o in enumerate(outcomes)
    ]
    found = _report(*held).figures["all"]
    assert _counts(found["success"]) == (1, 3)
    assert _counts(found["gave_up"]) == (1, 3)
    assert found["messages"].value == 2
    assert found["questions"].value == 1
    assert found["violated"].value == 0.5
    assert found["pass^1"].value == pytest.approx(1 / 3)


def test_where_the_shopper_broke_off_the_system_is_not_judged(shop: Shop) -> None:
    goal = {"opening": "hi", "wishes": [{"say": "a Nike", "means": ["brand=Nike"]}]}
    fine = Outcome(accepted="nike-pegasus", success=True, turns=2)
    broken = Outcome(turns=1, questions=1, error="BadModelOutput: no JSON")
    held = [
        _graded(shop, _conversation("a", goal=goal), [_RIGHT] * 2, outcome=fine),
        _graded(shop, _conversation("b", goal=goal), [_RIGHT], outcome=broken),
    ]
    report = _report(*held)
    found = report.figures["all"]
    assert _counts(found["success"]) == (1, 1)
    assert _counts(found["gave_up"]) == (0, 1)
    assert (found["pass^1"].value, found["pass^1"].count) == (1, 1)
    assert (found["questions"].count, report.failed_conversations) == (1, 0)
    # What was answered counts.
    assert _counts(found["passed"]) == (3, 3)
    assert report.broken_off_count == 1
    [told] = report.broken_off
    assert (told.conversation, told.error) == ("b", "BadModelOutput: no JSON")
    assert _report(held[1]).figures["all"].keys().isdisjoint({"success", "gave_up", "pass^1"})


def test_conversations_of_a_group_are_one_cluster(shop: Shop) -> None:
    turns = [_RIGHT | {"timing": {"total_ms": 100.0}}]
    slow = [_WRONG | {"timing": {"total_ms": 900.0}}]

    def report(wordings: int, *, grouped: bool) -> dict[str, Figure]:
        held = []
        for need in range(20):
            for wording in range(wordings):
                group = f"g{need}" if grouped else None
                said = _conversation(f"{need}-{wording}", _EN, group=group)
                held.append(_graded(shop, said, turns if need % 2 else slow))
        return _report(*held).figures["all"]

    single, grouped = report(1, grouped=False), report(6, grouped=True)
    apart = report(6, grouped=False)
    for key in ("language", "pass^1", "total"):
        # Six wordings of a need tell no more than one of it.
        assert (grouped[key].low, grouped[key].high) == (single[key].low, single[key].high)
    assert grouped["language"].denominator == grouped["pass^1"].count == 120
    assert apart["language"].low is not None
    assert grouped["language"].low is not None
    assert apart["language"].low > grouped["language"].low


def test_an_interval_covers_the_share_where_wordings_hang_together() -> None:
    rng = random.Random(3)
    covered = 0
    for seed in range(60):
        scores = Scores("s", seed=seed)
        for need in range(25):
            right = rng.random() < 0.7
            for wording in range(6):
                scores.add(_bare(f"{need}-{wording}", f"g{need}", right=right))
        figure = scores.report().figures["all"]["passed"]
        assert figure.low is not None
        assert figure.high is not None
        covered += figure.low <= 0.7 <= figure.high
    # 95 % are 57; an interval that is right covers fewer than 52 less than once in 100 times.
    assert covered >= 52


def _bare(id: str, group: str, *, right: bool) -> GradedConversation:
    said = _conversation(id, {}, group=group)
    record = Record(system="s", conversation=id, digest="", turns=[Observed(text="x")])
    turn = GradedTurn(said, 1, said.turns[0], record.turns[0], (), shares=[Count("passed", right)])
    return GradedConversation(said, record, [turn])


def _grouped(
    shop: Shop, group: str, given: dict[str, list[list[str] | None]]
) -> list[GradedConversation]:
    """Conversations of one group: the language, and what each attempt is given at the end."""
    held = []
    for place, (name, attempts) in enumerate(given.items()):
        said = _conversation(f"{group}-{place}", {}, _EN, language=name[:2], group=group)
        for number, products in enumerate(attempts, start=1):
            last = {"error": "down"} if products is None else {"products": products}
            turns = [{"products": ["nike-pegasus"]}, last]
            held.append(_graded(shop, said, turns, attempt=number))
    return held


def test_a_group_is_consistent_where_all_end_with_the_same_products(shop: Shop) -> None:
    same = _grouped(shop, "g", {"en": [["a", "b"]], "en2": [["b", "a"]], "zh": [["a", "b"]]})
    other = _grouped(shop, "h", {"en": [["a", "b"]], "en2": [["a", "b"]], "zh": [["b", "c"]]})
    dead = _grouped(shop, "i", {"en": [None], "en2": [None]})
    single = _grouped(shop, "j", {"en": [["a"]]})
    report = _report(*same, *other, *dead, *single)
    assert _counts(report.figures["all"]["consistent"]) == (1, 3)
    assert report.figures["all"]["overlap"].value == pytest.approx((1 + (1 + 2 / 3) / 3 + 0) / 3)
    assert _counts(report.figures["en"]["consistent"]) == (2, 3)
    assert "consistent" not in report.figures["zh"]


def test_attempts_are_compared_with_those_of_the_same_number(shop: Shop) -> None:
    held = _grouped(shop, "g", {"en": [["a"], ["b"]], "en2": [["a"], ["b"]]})
    assert _counts(_report(*held).figures["all"]["consistent"]) == (2, 2)


@given(st.lists(st.sets(st.sampled_from("abc")), min_size=2, max_size=5), st.randoms())
@settings(max_examples=30)
def test_consistency_does_not_hang_on_any_order(given_: list[set[str]], random: Any) -> None:
    def figures(order: list[set[str]]) -> dict[str, Figure]:
        groups = Groups()
        for place, products in enumerate(order):
            said = _conversation(f"c{place}", {}, group="g")
            observed = Observed(text="x", products=sorted(products, key=lambda _: random.random()))
            record = Record(system="s", conversation=said.id, digest="", turns=[observed])
            turn = GradedTurn(said, 1, said.turns[0], observed, ())
            groups.add(GradedConversation(said, record, [turn]))
        return groups.figures(None, seed=_SEED)

    found = figures(given_)
    shuffled = list(given_)
    random.shuffle(shuffled)
    again = figures(shuffled)
    assert again["consistent"] == found["consistent"]
    assert again["overlap"].value == pytest.approx(found["overlap"].value)
    assert found["overlap"].value is not None
    assert 0 <= found["overlap"].value <= 1
    assert (found["consistent"].value == 1) == all(products == given_[0] for products in given_)


def test_the_gap_between_the_languages_is_paired(shop: Shop) -> None:
    held = []
    for number in range(8):
        for language in ("en", "zh"):
            said = _conversation(f"{number}-{language}", _EN, language=language, group=f"g{number}")
            right = language == "en" or number % 2
            held.append(_graded(shop, said, [_RIGHT if right else _WRONG]))
    # One without a partner, which is no pair.
    held.append(_graded(shop, _conversation("alone", _EN, group="g9"), [_WRONG]))
    gap = _report(*held).figures["all"]["gap:pass^1"]
    assert (gap.value, gap.count, gap.numerator) == (0.5, 8, None)
    assert gap.low is not None
    assert gap.high is not None
    assert 0 < gap.low < 0.5 < gap.high < 1


def test_tokens_have_a_price_where_prices_are_given(shop: Shop) -> None:
    usage = {"calls": 1, "prompt_tokens": 3000, "cached_tokens": 1000, "completion_tokens": 500}
    said = _conversation("a", {}, {}, {})
    held = _graded(shop, said, [{"usage": usage}, {"usage": usage}, {"error": "down"}])
    priced = _report(held, prices=Prices(uncached=1, cached=0.1, completion=4, currency="EUR"))
    # 2,000 + 100 + 2,000 millionths a turn.
    assert priced.figures["all"]["cost"].value == pytest.approx(4.1)
    assert priced.totals.cost == pytest.approx(0.0082)
    assert priced.totals.currency == "EUR"
    assert (priced.totals.calls, priced.totals.prompt_tokens) == (2, 6000)
    free = _report(held)
    assert "cost" not in free.figures["all"]
    assert free.totals.cost is None


def test_failures_are_counted_in_full_and_listed_in_part(shop: Shop) -> None:
    many = MOST_LISTED + 20
    held = [_graded(shop, _conversation(f"c{n}", _EN), [_WRONG]) for n in range(many)]
    report = _report(*held)
    assert report.checks_failed == report.failed_conversations == many
    assert len(report.failures) == MOST_LISTED
    assert report.failures[0].told == "the text is in zh"


def test_what_missing_answers_would_have_cost_is_not_known(shop: Shop) -> None:
    usage = {"calls": 1, "prompt_tokens": 3000, "completion_tokens": 500}
    held = [
        _graded(shop, _conversation(f"c{n}", {}), [{"usage": usage | {"prompt_tokens": n}}])
        for n in range(8)
    ]
    prices = Prices(uncached=1, cached=1, completion=1)
    assert _report(*held, prices=prices).figures["all"]["cost"].low is not None
    held.append(_graded(shop, _conversation("dead", {}), [{"error": "down"}]))
    figure = _report(*held, prices=prices).figures["all"]["cost"]
    assert figure.value is not None
    assert (figure.low, figure.high) == (None, None)


def test_the_same_seed_gives_the_same_report(shop: Shop) -> None:
    held = [_graded(shop, _conversation(f"c{n}", _EN), [_RIGHT if n % 3 else _WRONG])
            for n in range(12)]  # fmt: skip
    assert _report(*held) == _report(*held)


def test_nothing_taken_in_is_an_empty_report() -> None:
    report = _report()
    assert (report.conversations, report.turns) == (0, 0)
    assert report.figures == {"all": {}, "en": {}, "zh": {}}
    assert markdown(Report(about=About(model="m"), systems=[report]))


def test_the_table_has_a_column_a_system_and_names_what_failed(shop: Shop) -> None:
    said = _conversation("a", _EN | {"asks": False, "intent": ["order"]}, tags=["a|b"])
    parts = []
    for name, text in (("one", "A shoe."), ("two", "一双很好的鞋")):
        timing = {"total_ms": 100.0}
        held = _graded(shop, said, [{"text": text, "timing": timing, "intent": "order"}])
        parts.append(_report(held).model_copy(update={"name": name}))
    report = Report(about=About(model="m"), systems=parts)
    table = markdown(report)
    assert "|  | target | one | two |" in table
    assert "| reply language right | ≥ 0.99 | 1.000 [0.025, 1.000] (1/1) | 0.000" in table
    assert "whole turn 1.00 of it" in table
    assert "### By tag: two" in table
    assert "| a\\|b | 1 | 1 | 0.000" in table
    assert "facts: recall" not in table
    assert "pass^2" not in table
    assert [(f.check, f.told) for f in parts[1].failures] == [("language", "the text is in zh")]
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_the_table_has_pass_hat_k_where_there_were_attempts(shop: Shop) -> None:
    said = _conversation("a", _EN)
    held = [_graded(shop, said, [_RIGHT if n < 4 else _WRONG], attempt=n) for n in (1, 2, 3, 4)]
    table = markdown(Report(about=About(model="m"), systems=[_report(*held)]))
    assert "| pass^2 |  | 0.500" in table
    assert "| pass^4 | ≥ 0.80 | 0.000" in table
    assert "held up to 4 times" in table
