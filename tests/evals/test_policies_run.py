"""Policy questions without a model: graded, and the figures told."""

import asyncio
from pathlib import Path

from evals.policies import Graded, ask_policies, grade, graded, report
from evals.running.observed import Observed, SeenCitation
from evals.suite.conversation import Expect
from retrieval.embedding import HashingEmbedder
from retrieval.index import CatalogueIndex
from retrieval.policies import PolicyFolder

_RIGHT = Expect(policy=["en/returns.md#How long"])
_NONE = Expect(policy=[])


def test_each_answer_is_graded_by_what_it_cites() -> None:
    cites = SeenCitation(marker="1", source="policy:en/returns.md#How long", value="30 days")
    assert grade(_RIGHT, Observed(text="“30 days” [1]", citations=[cites])) == ""
    assert "does not cite" in grade(_RIGHT, Observed(text="I do not know.", citations=[]))
    assert "cites" in grade(_NONE, Observed(text="“30 days” [1]", citations=[cites]))
    assert "not known" in grade(_NONE, Observed(text="Here are shoes.", citations=[]))


def test_a_folder_is_asked_as_a_turn_asks_it(tmp_path: Path, shoes_index: CatalogueIndex) -> None:
    (tmp_path / "en").mkdir()
    text = "# Returns\n## How long\nYou can return items within 30 days.\n"
    (tmp_path / "en" / "returns.md").write_text(text, encoding="utf-8")
    folder = PolicyFolder(tmp_path, HashingEmbedder())
    questions = [
        ("how many days do I have to return shoes?", _RIGHT),
        ("do you wrap gifts?", _NONE),
    ]
    done = asyncio.run(graded(questions, lambda m: ask_policies(shoes_index, folder, m)))
    assert [one.told for one in done] == ["", ""]


def test_the_report_counts_right_and_honest_apart_and_lists_misses() -> None:
    told = report(
        [
            Graded("a", True, "", 0.1, None),
            Graded("b", True, "wrong", 0.3, True),
            Graded("c", False, "", 0.2, None),
        ]
    )
    assert "right: 0.500 (1 of 2" in told
    assert "honest: 1.000 (1 of 1" in told
    assert "b -> wrong" in told
    assert "named as near: 1.000 (1 of 1" in told
    assert "median 200 ms, most 300 ms" in told
