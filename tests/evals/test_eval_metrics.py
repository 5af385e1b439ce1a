"""Figures: counted by hand on a few turns."""

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.checks.matching import match_labels
from evals.checks.wording import Shop
from evals.grading import Claim
from evals.measures.claimed import claims_of
from evals.measures.figures import Figure
from evals.measures.grade import grade, share_counts, silent_checks, turn_values
from evals.measures.scores import Scores
from evals.running.observed import Observed, SeenWish
from evals.running.records import Record, digest_of
from evals.suite.conversation import Conversation, Label
from retrieval.index import CatalogueIndex

_SEED = 7
_PRICE = {"field": "price", "op": "<=", "value": 120}
_NOT_NIKE = {"field": "brand", "op": "!=", "value": "Nike"}


@pytest.fixture(scope="module")
def shop(shoes_index: CatalogueIndex) -> Shop:
    return Shop(shoes_index)


def _no_claims(*_: Any) -> list[Claim]:
    return []


def _conversation(id: str, language: str, *turns: tuple[str, dict[str, Any]]) -> Conversation:
    return Conversation.model_validate(
        {
            "id": id,
            "language": language,
            "catalog": "shoes",
            "turns": [{"say": say, "expect": expect} for say, expect in turns],
        }
    )


def _figures(
    shop: Shop, *held: tuple[Conversation, list[dict[str, Any]]], claims: Any = _no_claims
) -> dict[str, dict[str, Figure]]:
    records = [
        Record(
            system="s",
            conversation=conversation.id,
            digest=digest_of(conversation),
            turns=[Observed.model_validate({"text": "A shoe."} | turn) for turn in turns],
        )
        for conversation, turns in held
    ]
    silent = silent_checks(records)
    scores = Scores("s", seed=_SEED)
    for record, (conversation, _) in zip(records, held, strict=True):
        scores.add(grade(record, conversation, shop, claims, silent=silent))
    return scores.report().figures


def _counts(figure: Figure) -> tuple[float | None, float | None]:
    return figure.numerator, figure.denominator


def test_facts_and_polarity(shop: Shop) -> None:
    said = _conversation(
        "a", "en", ("x", {"facts": [_PRICE, _NOT_NIKE]}), ("y", {"facts": []}),
        ("z", {"facts": [{"field": "brand", "op": "=", "value": "Asics"}]}),
    )  # fmt: skip
    price = {"field": "price", "op": "<=", "value": 120}
    nike = {"field": "brand", "op": "=", "value": "Nike"}
    not_asics = {"field": "brand", "op": "!=", "value": "Asics"}
    found = _figures(
        shop, (said, [{"facts": [price, nike]}, {"facts": [price]}, {"facts": [not_asics]}])
    )["all"]
    assert _counts(found["precision"]) == (1, 4)
    assert _counts(found["recall"]) == (1, 3)
    # One exclusion missed, one made out of a wish for the thing.
    assert _counts(found["polarity"]) == (0, 2)
    right = _figures(
        shop,
        (
            said,
            [{"facts": [price, _NOT_NIKE]}, {"facts": []}, {"facts": [nike | {"value": "Asics"}]}],
        ),
    )["all"]
    assert [right[key].value for key in ("precision", "recall", "polarity")] == [1, 1, 1]


def test_recommend_turns_need_a_product_and_all_wishes(shop: Shop) -> None:
    rule = {"intent": ["recommend"], "products": {"all": ["price<=120"], "some": True}}
    said = _conversation("a", "en", *[("x", rule)] * 4)
    turns: list[dict[str, Any]] = [
        {"products": ["anta-kt"]},
        {"products": ["anta-kt", "lining-wade"]},
        {"products": []},
        {"error": "ModelUnavailable: down"},
    ]
    found = _figures(shop, (said, turns))["all"]
    assert _counts(found["fit"]) == (1, 4)
    assert _counts(found["answered"]) == (3, 4)


def test_a_failed_turn_counts_as_failed_and_never_as_fast(shop: Shop) -> None:
    said = _conversation("a", "en", *[("x", {"facts": [_PRICE], "language": "en"})] * 2)
    slow = {"timing": {"total_ms": 9000.0, "first_text_ms": 4000.0}, "facts": [_PRICE]}
    found = _figures(shop, (said, [slow, {"error": "down"}]))["all"]
    # The median of one that took nine seconds and one that took longer than any is not reached.
    assert (found["total"].value, found["total"].high, found["total"].count) == (None, None, 2)
    assert found["calls"].value is None
    assert _counts(found["recall"]) == (1, 2)
    assert _counts(found["language"]) == (1, 2)


def test_turns_without_an_answer_make_no_system_fast(shop: Shop) -> None:
    times = [1000.0 + n for n in range(30)] + [9000.0 + n for n in range(10)]
    said = [_conversation(f"c{n}", "en", ("x", {})) for n in range(len(times))]
    turns: list[dict[str, Any]] = [
        {"timing": {"total_ms": ms, "first_text_ms": ms}} for ms in times
    ]
    whole = _figures(shop, *zip(said, [[turn] for turn in turns], strict=True))["all"]
    broken = [
        turn if ms < 5000 else {"error": "slow"} for turn, ms in zip(turns, times, strict=True)
    ]
    found = _figures(shop, *zip(said, [[turn] for turn in broken], strict=True))["all"]
    # As long as a quantile falls among the answers it is what it was.
    assert found["total"].value == whole["total"].value == 1019.5
    assert found["total"].low == whole["total"].low
    assert whole["total:p95"].value is not None
    assert (found["total:p95"].value, found["total:p95"].count) == (None, 40)


def test_a_system_that_does_not_tell_what_a_turn_takes_is_no_fast_one(shop: Shop) -> None:
    said = _conversation("a", "en", ("x", {}), ("y", {}))
    found = _figures(shop, (said, [{"timed": False}] * 2))["all"]
    assert not found.keys() & {"total", "first_text", "calls", "prompt", "uncached", "cached"}


def test_a_text_that_comes_at_once_is_first_seen_when_it_is_whole(shop: Shop) -> None:
    said = _conversation("a", "en", ("x", {}))
    found = _figures(shop, (said, [{"timing": {"total_ms": 500.0}}]))["all"]
    assert found["first_text"].value == 500


def test_honesty(shop: Shop) -> None:
    impossible = {"products": {"none": True, "all": ["price<=5"]}, "stands_in_the_way": ["price"]}
    not_sold = {"intent": ["not_in_catalogue"]}
    said = _conversation("a", "en", *[("x", impossible)] * 3, *[("y", not_sold)] * 3)
    turns: list[dict[str, Any]] = [
        {"text": "Nothing fits your budget.", "intent": "recommend"},
        {"text": "Nothing fits.", "intent": "recommend"},
        {"text": "The Anta KT 9 fits.", "products": ["anta-kt"], "intent": "recommend"},
        {"text": "We don't sell laptops.", "intent": "not_in_catalogue"},
        {"text": "Sure, laptops.", "intent": "not_in_catalogue"},
        {"error": "down"},
    ]
    assert _counts(_figures(shop, (said, turns))["all"]["honest"]) == (2, 6)


def test_tokens_from_the_cache_count_after_the_first_turn(shop: Shop) -> None:
    said = _conversation("a", "en", ("x", {}), ("y", {}))
    usage = {"calls": 2, "prompt_tokens": 1000, "cached_tokens": 0, "completion_tokens": 50}
    later = usage | {"cached_tokens": 700}
    found = _figures(shop, (said, [{"usage": usage}, {"usage": later}]))["all"]
    assert _counts(found["cached"]) == (700, 1000)
    assert found["uncached"].value == 650
    assert found["calls"].value == 2


def test_figures_are_given_by_language_too(shop: Shop) -> None:
    english = _conversation("a", "en", ("x", {"language": "en"}))
    chinese = _conversation("b", "zh", ("x", {"language": "zh"}))
    found = _figures(shop, (english, [{"text": "A shoe."}]), (chinese, [{"text": "A shoe."}]))
    assert [found[group]["language"].value for group in ("all", "en", "zh")] == [0.5, 1, 0]


def test_claims_are_held_against_the_record(shop: Shop) -> None:
    said = _conversation("a", "en", ("a Nike shoe?", {"products": {"all": ["brand=Nike"]}}))
    lie = "The Nike Structure 25 [1] costs $99. It is a stable shoe."
    true = "The Nike Structure 25 [1] costs $110. It is a stable shoe."
    found = [
        _figures(shop, (said, [{"text": text, "products": ["nike-structure"]}]), claims=claims_of)
        for text in (lie, true)
    ]
    lied, told = (by_group["all"] for by_group in found)
    assert lied["recorded"].value is not None
    assert lied["recorded"].value < 1
    assert _counts(lied["unsupported"]) == (1, 2)
    assert told["recorded"].value == 1
    assert _counts(told["unsupported"]) == (0, 2)


def test_places_are_counted_in_the_list_that_was_shown(shop: Shop) -> None:
    second, first = {"refers": {"shown": [2]}}, {"refers": {"shown": [1]}}
    said = _conversation("a", "en", ("x", {}), ("the second?", second), ("the first?", first))
    shown = ["anta-kt", "asics-excite", "asics-kayano"]
    about = [{"products": ["asics-excite"]}, {"products": ["anta-kt"]}]
    found = _figures(shop, (said, [{"products": shown}, *about]))["all"]
    assert _counts(found["check:refers"]) == (2, 2)
    found = _figures(shop, (said, [{"products": shown}, *about[::-1]]))["all"]
    assert _counts(found["check:refers"]) == (0, 2)


def test_what_no_answer_tells_fails_nothing(shop: Shop) -> None:
    said = _conversation("a", "en", *[("x", {"facts": [_PRICE], "intent": ["order"]})] * 2)
    found = _figures(shop, (said, [{}, {"error": "down"}]))["all"]
    assert "check:intent" not in found
    assert "recall" not in found


def test_hard_wishes_are_counted_product_by_product(shop: Shop) -> None:
    rule = {"products": {"all": ["price<=120", "brand=Nike"]}}
    near = {"products": {"none": True, "all": ["price<=5"]}}
    said = _conversation("a", "en", ("x", rule), ("y", rule), ("z", near))
    given = ["nike-structure", "nike-pegasus", "no-such-shoe"]
    turns: list[dict[str, Any]] = [{"products": given}, {"error": "down"}, {"products": given}]
    # The Structure meets both, the Pegasus is a Nike, and what is not there meets nothing.
    assert _counts(_figures(shop, (said, turns))["all"]["constraints"]) == (3, 6)


def test_products_are_graded_as_a_ranked_list(shop: Shop) -> None:
    rule = {"products": {"all": ["brand=Nike|Asics"], "some": True}}
    said = _conversation("a", "en", *[("x", rule)] * 3)
    turns: list[dict[str, Any]] = [
        {"products": ["nike-structure", "asics-kayano", "nike-pegasus"]},
        {"products": ["anta-kt", "nike-pegasus", "nike-pegasus"]},
        {"error": "down"},
    ]
    found = _figures(shop, (said, turns))["all"]
    best = 1 + 1 / 1.584962500721156 + 1 / 2
    assert found["ndcg"].value == pytest.approx((1 + (1 / 1.584962500721156) / best) / 3)
    assert found["mrr"].value == pytest.approx((1 + 1 / 2) / 3)
    assert found["found"].value == pytest.approx((1 + 1 / 3) / 3)
    assert found["ndcg"].count == 3


def test_a_pick_is_more_relevant_than_what_merely_fits(shop: Shop) -> None:
    rule = {
        "products": {"all": ["category=Running shoes"], "some": True},
        "pick": {"extreme": ["price", "asc"]},
    }
    said = _conversation("a", "en", ("x", rule))
    right = ["asics-excite", "nike-structure", "nike-pegasus"]
    first, last = (
        _figures(shop, (said, [{"products": products}]))["all"] for products in (right, right[::-1])
    )
    assert (first["ndcg"].value, first["mrr"].value) == (1, 1)
    second = 1 / 1.584962500721156
    assert last["ndcg"].value == pytest.approx((1 + second + 3 / 2) / (3 + second + 1 / 2))
    assert last["mrr"].value == pytest.approx(1 / 3)
    assert last["found"].value == 1


def test_nothing_is_ranked_where_nothing_is_to_be_recommended(shop: Shop) -> None:
    rules = ({"products": {"none": True}}, {"products": {"some": True}}, {"intent": ["order"]})
    said = _conversation("a", "en", *[("x", rule) for rule in rules])
    found = _figures(shop, (said, [{"products": ["anta-kt"]}] * 3))["all"]
    assert "ndcg" not in found


def test_every_claim_counts_for_groundedness(shop: Shop) -> None:
    said = _conversation("a", "en", ("x", {}))

    def claims(*_: Any) -> list[Claim]:
        kinds = (("price", True), ("attribute", True), ("superlative", False))
        return [Claim(kind, "x", "A shoe.", None, good, "") for kind, good in kinds]  # type: ignore[arg-type]

    found = _figures(shop, (said, [{}]), claims=claims)["all"]
    assert _counts(found["grounded"]) == (2, 3)
    assert _counts(found["recorded"]) == (1, 1)
    assert _counts(found["unsupported"]) == (1, 1)


def test_a_citation_is_right_where_the_record_has_its_value(shop: Shop) -> None:
    said = _conversation("a", "en", *[("x", {})] * 3)
    price = {"marker": "1", "source": "product:anta-kt#price", "value": "60.0"}
    turns: list[dict[str, Any]] = [
        {"text": "The Anta KT 9 [1] costs $60.", "citations": [price]},
        {"text": "The Anta KT 9 [1] costs $60.", "citations": [price | {"value": "59.0"}]},
        {"text": "The Anta KT 9 [1] costs $60 [2].", "citations": [price]},
    ]
    # A wrong value, and a marker of nothing.
    assert _counts(_figures(shop, (said, turns))["all"]["cited"]) == (2, 4)
    assert "cited" not in _figures(shop, (said, [{}, {}, {}]))["all"]


def test_handoffs_have_a_precision_and_a_recall(shop: Shop) -> None:
    wanted = [True, True, True, False, False]
    said = _conversation("a", "en", *[("x", {"handoff": h}) for h in wanted], ("y", {}))
    turns: list[dict[str, Any]] = [
        {"handoff": True}, {"handoff": False}, {"error": "down"}, {"handoff": True},
        {"handoff": False}, {"handoff": True},
    ]  # fmt: skip
    found = _figures(shop, (said, turns))["all"]
    # What the suite says nothing of counts for neither.
    assert _counts(found["handoff_precision"]) == (1, 2)
    assert _counts(found["handoff_recall"]) == (1, 3)


def test_what_is_counted_of_a_turn_can_be_read_off_it(shop: Shop) -> None:
    said = _conversation("a", "en", ("x", {"language": "en"}))
    usage = {"calls": 1, "prompt_tokens": 90, "cached_tokens": 30, "completion_tokens": 5}
    seen = Observed.model_validate({"text": "A shoe.", "usage": usage})
    record = Record(system="s", conversation="a", digest="", turns=[seen])
    [turn] = grade(record, said, shop, _no_claims).turns
    counted = {count.key: (count.numerator, count.denominator) for count in share_counts(turn)}
    assert counted["passed"] == counted["language"] == (1, 1)
    assert not any(key.startswith("check:") for key in counted)
    assert dict(turn_values(turn))["uncached"] == 60


labels = st.dictionaries(
    st.sampled_from(["brand", "color", "size", "price", "use", "need"]),
    st.tuples(st.sampled_from(["=", "!="]), st.sampled_from(["Nike", "42", "red"])),
    min_size=1,
)


@given(labels, st.randoms(use_true_random=False))
def test_a_perfect_reader_misses_and_invents_nothing(
    wanted: dict[str, tuple[str, str]], random: Random
) -> None:
    noted = [Label(field=f, op=op, value=v) for f, (op, v) in wanted.items()]  # type: ignore[arg-type]
    read = [SeenWish(field=label.field, op=label.op, value=label.value) for label in noted]
    random.shuffle(read)
    perfect = match_labels(noted, read)
    assert (len(perfect.found), perfect.missed, perfect.spurious) == (len(noted), [], [])
    dropped = read.pop()
    assert [label.field for label in match_labels(noted, read).missed] == [dropped.field]
    turned = dropped.model_copy(update={"op": "=" if dropped.op == "!=" else "!="})
    matched = match_labels(noted, [*read, turned])
    assert [label.field for label in matched.missed] == [dropped.field]
    assert matched.spurious == [turned]
