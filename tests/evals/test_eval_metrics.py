"""Figures: counted by hand on a few turns, and intervals that behave as intervals do."""

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.claimed import claims_of
from evals.figures import Figure, quantile, share
from evals.grading import Claim
from evals.labels import match_labels
from evals.metrics import figures, grade
from evals.observed import Observed, SeenWish
from evals.records import About, Record, digest_of
from evals.report import Report, markdown, report_system
from evals.suite import Conversation, Label
from evals.wording import Shop
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
    turns = grade(records, [c for c, _ in held], lambda name: shop, claims)
    return dict(figures(turns, seed=_SEED))


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
    assert found["total"].value == 9000
    assert found["total"].count == 1
    assert found["first_text"].value == 4000
    assert _counts(found["recall"]) == (1, 2)
    assert _counts(found["language"]) == (1, 2)


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


counts = st.lists(st.tuples(st.booleans(), st.integers(1, 3)), min_size=1, max_size=12)


@given(counts)
def test_an_interval_holds_its_share(rows: list[tuple[bool, int]]) -> None:
    data = {str(n): [(float(good * many), float(many))] for n, (good, many) in enumerate(rows)}
    figure = share(data, seed=_SEED)
    assert figure.low is not None
    assert figure.high is not None
    assert figure.value is not None
    assert 0 <= figure.low <= figure.value <= figure.high <= 1
    assert share(data, seed=_SEED) == figure


def test_all_of_few_is_no_certainty() -> None:
    few = share({str(n): [(1.0, 1.0)] for n in range(10)}, seed=_SEED)
    many = share({str(n): [(1.0, 1.0)] for n in range(500)}, seed=_SEED)
    none = share({str(n): [(0.0, 1.0)] for n in range(10)}, seed=_SEED)
    assert (few.value, few.high) == (1, 1)
    assert few.low == pytest.approx(0.025 ** (1 / 10))
    assert many.low is not None
    assert many.low > 0.99
    assert none.high == pytest.approx(1 - 0.025 ** (1 / 10))


@given(st.lists(st.lists(st.floats(0, 1e6), max_size=4), max_size=8))
def test_a_median_lies_in_its_interval(groups: list[list[float]]) -> None:
    figure = quantile({str(n): values for n, values in enumerate(groups)}, at=0.5, seed=_SEED)
    if figure.value is None:
        assert not any(groups)
        return
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low <= figure.high
    assert min(v for g in groups for v in g) <= figure.value <= max(v for g in groups for v in g)


def test_nothing_measured_is_no_figure() -> None:
    assert share({}, seed=_SEED) == Figure()
    assert share({"a": [(0.0, 0.0)]}, seed=_SEED) == Figure()


def test_the_table_has_a_column_a_system_and_names_what_failed(shop: Shop) -> None:
    said = _conversation("a", "en", ("x", {"language": "en", "asks": False}))
    parts = []
    for name, text in (("one", "A shoe."), ("two", "一双很好的鞋")):
        record = Record(
            system=name,
            conversation="a",
            digest="",
            turns=[Observed(text=text, timing={"total_ms": 100.0})],  # type: ignore[arg-type]
        )
        turns = grade([record], [said], lambda name: shop, _no_claims)
        parts.append(report_system(name, turns, seed=_SEED))
    report = Report(about=About(model="m"), systems=parts)
    table = markdown(report)
    assert "|  | target | one | two |" in table
    assert "| reply language right | ≥ 0.99 | 1.000 [0.025, 1.000] (1/1) | 0.000" in table
    assert "whole turn 1.00 of it" in table
    assert [(f.check, f.told) for f in parts[1].failures] == [("language", "the text is in zh")]
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_an_interval_of_a_median_covers_it_as_often_as_it_says() -> None:
    rng = np.random.default_rng(_SEED)
    covered = 0
    for _ in range(100):
        figure = quantile({str(n): [rng.normal()] for n in range(40)}, at=0.5, seed=_SEED)
        assert figure.low is not None
        assert figure.high is not None
        covered += figure.low <= 0 <= figure.high
    assert covered >= 88


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
