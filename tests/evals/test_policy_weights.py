"""Weights of policy answers: learnt from messages whose right clauses are known."""

from pathlib import Path

import numpy as np
import yaml

from assistant.policy.weights import Weights
from evals.policy_weights import Gathered, Message, Names, answer, figures, learn, report, store

_NAMES = Names(("telling", "whole"), ("always", "plain"))
_RANDOM = np.random.default_rng(7)


def _message(shop: str, right: int | None) -> Message:
    """A message on three clauses; the one that answers is marked by the first sign."""
    signs = np.stack([np.zeros(3), (_RANDOM.random(3) > 0.5).astype(float)], axis=1)
    if right is not None:
        signs[right, 0] = 1.0
    sources = ("policy:en/a.md#A", "policy:en/a.md#B", "policy:en/a.md#C")
    answers = () if right is None else (frozenset({sources[right]}),)
    return Message(shop, answers, (Gathered(signs, sources, np.array([1.0, 0.0])),))


def _messages() -> list[Message]:
    rights = [0, 1, 2, None] * 30
    return [_message(f"shop {at % 3}", right) for at, right in enumerate(rights)]


def test_what_marks_the_right_clause_is_learnt_and_what_marks_none_is_not() -> None:
    learnt = learn(_NAMES, _messages())
    assert learnt.answer["telling"] > 2
    assert abs(learnt.answer["whole"]) < learnt.answer["telling"] / 4
    quoted, likeliest = answer(_NAMES, learnt, _message("new", 1).questions[0])
    assert quoted == likeliest == "policy:en/a.md#B"
    assert answer(_NAMES, learnt, _message("new", None).questions[0])[0] is None


def test_a_shop_is_measured_by_weights_that_the_others_gave() -> None:
    lines = list(report(_NAMES, _messages()))
    assert [line.partition(":")[0] for line in lines] == ["shop 0", "shop 1", "shop 2", "all"]
    assert "right 1.000 (90 of 90" in lines[-1]
    assert "honest 1.000 (30 of 30" in lines[-1]


def test_right_wrong_and_honest_are_counted_apart() -> None:
    always_first = Weights({"telling": 0.0, "whole": 0.0}, {"always": -9.0, "plain": 0.0})
    one = Gathered(np.zeros((1, 2)), ("policy:en/a.md#A",), np.array([1.0, 0.0]))
    messages = [
        Message("s", (frozenset({"policy:en/a.md#A"}),), (one,)),
        Message("s", (frozenset({"policy:en/a.md#B"}),), (one,)),
        Message("s", (), (one,)),
        Message("s", (), ()),
    ]
    assert figures(_NAMES, always_first, messages) == (1, 1, 1, 1)


def test_weights_are_stored_as_people_can_read_them(tmp_path: Path) -> None:
    store(Weights({"telling": 1.23456}, {"always": -2.0}), tmp_path / "weights.yaml")
    written = (tmp_path / "weights.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(written) == {"answer": {"telling": 1.235}, "silence": {"always": -2.0}}
