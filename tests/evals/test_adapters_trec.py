"""TREC runs and judgements: written, read back, and graded alike by both sides."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.commands.search import trec_lines
from evals.adapters.trec import (
    encoded,
    judgement_lines,
    read_run,
    records_of,
    run_lines,
    topic_of,
)
from evals.checks.wording import Shop
from evals.measures.claimed import claims_of
from evals.measures.grade import grade
from evals.measures.ranking import capped_recall, reciprocal_rank
from evals.measures.scores import Scores
from evals.running.observed import Observed
from evals.running.records import Record
from evals.suite.conversation import Conversation
from retrieval.errors import BadInput
from retrieval.index import CatalogueIndex

_IDS = st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8
).filter(lambda id: id.strip() == id and "\x00" not in id)  # fmt: skip


def _conversation(**expect: object) -> Conversation:
    return Conversation.model_validate(
        {"id": "c-1", "language": "en", "catalog": "shoes", "turns": [
            {"say": "hello"}, {"say": "shoes", "expect": expect},
        ]}
    )  # fmt: skip


def _record(*turns: list[str], system: str = "shopguide") -> Record:
    return Record(
        system=system,
        conversation="c-1",
        digest="",
        turns=[Observed(products=products) for products in turns],
    )


def _judged(conversation: Conversation, index: CatalogueIndex) -> dict[str, int]:
    fields = [line.split(" ") for line in judgement_lines(conversation, Shop(index))]
    assert all(topic == "c-1/2" and zero == "0" for topic, zero, _, _ in fields)
    return {id: int(grade) for _, _, id, grade in fields}


@settings(deadline=None)
@given(turns=st.lists(st.lists(_IDS, max_size=5, unique=True), min_size=1, max_size=3))
def test_a_run_comes_back(tmp_path_factory: pytest.TempPathFactory, turns: list[list[str]]) -> None:
    record = _record(*turns, system="my system")
    path = tmp_path_factory.getbasetemp() / "run.trec"
    lines = list(run_lines(record))
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    assert all(line.split(" ")[5] == "my%20system" and len(line.split()) == 6 for line in lines)
    given_at_all = {topic_of("c-1", n): ids for n, ids in enumerate(turns, start=1) if ids}
    if not given_at_all:
        with pytest.raises(BadInput, match="has no line"):
            read_run(path)
        return
    assert read_run(path) == given_at_all


@settings(deadline=None)
@given(id=_IDS)
def test_ids_are_written_as_a_search_writes_them(id: str) -> None:
    [line] = trec_lines("q", [(id, 1.0)])
    assert line.split(" ")[2] == encoded(id)


def test_what_is_given_twice_counts_once() -> None:
    lines = list(run_lines(_record(["a", "b", "a"])))
    assert [line.split(" ")[2:4] for line in lines] == [["a", "1"], ["b", "2"]]


def test_what_meets_the_conditions_is_relevant_and_the_pick_more_so(
    shoes_index: CatalogueIndex,
) -> None:
    cheapest = _conversation(
        products={"all": ["arch_support=stability"], "some": True},
        pick={"extreme": ["price", "asc"]},
    )
    assert _judged(cheapest, shoes_index) == {
        "asics-excite": 2,
        "nike-structure": 1,
        "asics-kayano": 1,
    }
    named = _conversation(products={"all": ["price<=80"]}, pick={"ids": ["anta-kt"]})
    assert _judged(named, shoes_index) == {"asics-excite": 1, "anta-kt": 2}
    bare = _conversation(products={"some": True}, pick={"ids": ["anta-kt"]})
    assert _judged(bare, shoes_index) == {"anta-kt": 2}


@pytest.mark.parametrize(
    "expect",
    [
        {},
        {"products": {"all": ["price<=1"], "none": True}},
        {"products": {"all": ["price<=80"], "some": True}, "intent": ["clarify"]},
        {"products": {"all": ["price<=80"]}},
    ],
)
def test_where_nothing_has_to_be_recommended_nothing_is_judged(
    expect: dict[str, object], shoes_index: CatalogueIndex
) -> None:
    assert _judged(_conversation(**expect), shoes_index) == {}


def test_a_run_is_graded_like_a_system(tmp_path: Path) -> None:
    path = tmp_path / "run.trec"
    path.write_text("c-1/2 Q0 a 9 0.5 x\n\nc-1/2 Q0 b%20c 1 0.75 x\nother/1 Q0 a 1 1 x\n")
    [record], lost = records_of(read_run(path), [_conversation()], system="peer")
    assert [turn.products for turn in record.turns] == [[], ["b c", "a"]]
    assert record.said == ["hello", "shoes"]
    assert [str(one) for one in lost] == ["topic other/1: no turn of the suite."]
    assert not any(turn.timed for turn in record.turns)


def test_what_a_run_leaves_out_was_given_no_product(shoes_index: CatalogueIndex) -> None:
    asked = _conversation(products={"all": ["brand=Nike"], "some": True})
    goal = {"opening": "hi", "wishes": [{"say": "a Nike", "means": ["brand=Nike"]}]}
    sought = Conversation.model_validate({"id": "g", "language": "en", "goal": goal})
    [record], _ = records_of({"x/1": ["a"]}, [asked, sought], system="peer")
    assert [turn.products for turn in record.turns] == [[], []]
    scores = Scores("peer", seed=1)
    scores.add(grade(record, asked, Shop(shoes_index), claims_of))
    found = scores.report().figures["all"]
    assert (found["ndcg"].value, found["ndcg"].count) == (0, 1)
    # It tells nothing of what a turn takes.
    assert not found.keys() & {"total", "first_text", "calls", "prompt", "cached", "cost"}


def test_equal_scores_go_by_name_as_in_trec_eval(tmp_path: Path) -> None:
    path = tmp_path / "run.trec"
    path.write_text("q Q0 a 1 1.0 x\nq Q0 c 2 1.0 x\nq Q0 b 3 1.0 x\n")
    assert read_run(path) == {"q": ["c", "b", "a"]}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("q Q0 a 1", "4 fields"),
        ("q Q0 a 1 high x", "the score 'high' is no number"),
        ("q Q0 a 1 nan x", "the score 'nan' is no number"),
        ("q Q0 fine 1 0.5 x", "'fine' is there twice"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "run.trec"
    path.write_text(f"q Q0 fine 1 1 x\n{line}\n")
    with pytest.raises(BadInput, match=told) as caught:
        read_run(path)
    assert f"{path}, line 2: " in caught.value.sentence


def test_ir_measures_agrees_with_the_report(tmp_path: Path, shoes_index: CatalogueIndex) -> None:
    measures = pytest.importorskip("ir_measures", reason="ir-measures is not installed")
    conversation = _conversation(
        products={"all": ["arch_support=stability"], "some": True},
        pick={"extreme": ["price", "asc"]},
    )
    run, judgements = tmp_path / "run.trec", tmp_path / "qrels"
    given_products = ["nike-pegasus", "asics-excite", "asics-kayano"]
    run.write_text("".join(f"{line}\n" for line in run_lines(_record([], given_products))))
    judgements.write_text(
        "".join(f"{line}\n" for line in judgement_lines(conversation, Shop(shoes_index)))
    )
    wanted = [measures.nDCG @ 3, measures.RR, measures.P @ 3]
    found = measures.calc_aggregate(
        wanted, measures.read_trec_qrels(str(judgements)), measures.read_trec_run(str(run))
    )
    # trec_eval's gain is the grade itself.
    gains = [
        sum(g / math.log2(n + 2) for n, g in enumerate(list)) for list in ([0, 2, 1], [2, 1, 1])
    ]
    expected = [
        gains[0] / gains[1],
        reciprocal_rank([False, True, True]),
        capped_recall([False, True, True], 3),
    ]
    assert [found[measure] for measure in wanted] == pytest.approx(expected, abs=1e-4)
