"""How likely each sentence is to answer a question, and how likely none is.

A softmax over the sentences and the answer that is not there: the weights are learnt from questions
of shops whose right clauses are known, by ``python -m evals.policy_weights``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import yaml
from numpy.typing import NDArray

from assistant.policy.matching import Match, Signs
from assistant.policy.question import Question


@dataclass(frozen=True)
class Weights:
    """What each sign counts.

    Attributes:
        answer: the signs of a sentence, by the names that ``match`` gives them.
        silence: the signs of a question that nothing answers, by the names of ``silence_of``.
    """

    answer: Mapping[str, float]
    silence: Mapping[str, float]

    def odds(self, one: Match) -> float:
        """How likely a match answers beside others, as a logarithm."""
        return _sum(self.answer, one.signs)

    def chances(self, question: Question, matches: Sequence[Match]) -> NDArray[np.float64]:
        """How likely each match answers, 0 to 1; what they lack of 1 is the chance that none does.

        Args:
            question: that was asked.
            matches: with all sentences that may answer it.
        """
        odds = [_sum(self.silence, silence_of(question))]
        odds += [self.odds(one) for one in matches]
        raised = np.exp(np.array(odds) - max(odds))
        chances: NDArray[np.float64] = raised[1:] / raised.sum()
        return chances


def silence_of(question: Question) -> Signs:
    """What speaks for and against that a shop's policies say nothing on a question."""
    return {
        "always": 1.0,
        "needs": len(question.needs),
        "told": len(question.some),
        "plain": question.plain,
        "empty": question.empty,
    }


def _sum(weights: Mapping[str, float], signs: Signs) -> float:
    return sum(weight * signs[name] for name, weight in weights.items())


@cache
def weights() -> Weights:
    """Those of ``weights.yaml``."""
    text = files("assistant.policy").joinpath("weights.yaml").read_text(encoding="utf-8")
    return Weights(**yaml.safe_load(text))
