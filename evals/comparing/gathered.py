"""The numbers of two runs by cluster: those of all conversations, or of one language's."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np

from evals.comparing.samples import PairedSums, PairedValues, Pairs
from evals.measures.pass_rates import pass_hat_k
from evals.measures.resampling import Numbers
from evals.measures.rows import Row
from evals.reports.graded_lines import GradedLine

PASSED = "pass^1"
_AT = {"median": 0.5, "p95": 0.95}


class Gathered:
    """What two runs measured of some conversations.

    Args:
        conversations: how many there are at most.
    """

    def __init__(self, conversations: int) -> None:
        self._count = conversations
        self._sums: dict[str, Numbers] = {}
        self._values: dict[str, tuple[_Values, _Values]] = {}
        self._attempts = np.zeros(conversations, int)
        self._passed = np.zeros((conversations, 2), int)
        self._clusters = np.zeros(conversations, np.intp)

    def add(self, row: int, cluster: int, a: GradedLine, b: GradedLine) -> None:
        """Takes one attempt at a conversation.

        Args:
            row: of the conversation, from 0.
            cluster: of it, from 0.
            a, b: its numbers in each run.
        """
        self._attempts[row] += 1
        self._clusters[row] = cluster
        for side, line in enumerate((a, b)):
            self._passed[row, side] += line.passed
            for key, counts in line.shares.items():
                table = self._sums.setdefault(key, np.zeros((self._count, 4)))
                table[cluster, 2 * side : 2 * side + 2] += counts
            for key, values in line.values.items():
                both = self._values.setdefault(key, (_Values(), _Values()))
                both[side].add(cluster, values)

    @property
    def held(self) -> bool:
        """Whether there is any conversation."""
        return bool(self._attempts.any())

    @property
    def attempts(self) -> int:
        """How often every conversation was held, at the least."""
        held = self._attempts[self._attempts > 0]
        return int(held.min()) if len(held) else 0

    @property
    def unanswered(self) -> tuple[int, int]:
        """How many turns of each run have no answer, where the run tells what a turn takes."""
        most = [max((both[side].missing for both in self._values.values()), default=0)
                for side in (0, 1)]  # fmt: skip
        return most[0], most[1]

    def pairs(self, row: Row, clusters: int) -> Pairs | None:
        """A row's figure in both runs; None where neither measured such a thing.

        Args:
            row: of a report.
            clusters: how many there are.
        """
        if row.key.startswith("pass^"):
            return self._pass_rate(int(row.key.removeprefix("pass^")), clusters)
        if row.kind in _AT and (both := self._values.get(row.key)) is not None:
            return _quantile(*both, clusters, _AT[row.kind])
        table = self._sums.get(row.key)
        if row.kind not in ("share", "score", "mean") or table is None:
            return None
        bound = None if row.kind == "mean" else 1.0
        return PairedSums(table[:clusters, :2], table[:clusters, 2:], bound)

    def _pass_rate(self, k: int, clusters: int) -> PairedSums:
        rows = np.flatnonzero(self._attempts >= k)
        sides = []
        for passed in self._passed[rows].T:
            rates = [
                pass_hat_k(int(c), int(n), k)
                for c, n in zip(passed, self._attempts[rows], strict=True)
            ]
            of_each = self._clusters[rows]
            sides.append(
                np.column_stack(
                    [
                        np.bincount(of_each, weights=rates, minlength=clusters),
                        np.bincount(of_each, minlength=clusters),
                    ]
                ).astype(np.float64)
            )
        return PairedSums(sides[0], sides[1])


def _quantile(a: _Values, b: _Values, clusters: int, at: float) -> PairedValues | None:
    """The most that a turn took in either run stands for the turns without an answer.

    It is the same for both runs however their outcomes are swapped, so that the test stays exact,
    and no turn is quicker for having no answer.
    """
    values = np.concatenate([np.asarray(side.values, np.float64) for side in (a, b)])
    answered = np.isfinite(values)
    if not answered.any():
        return None
    values[~answered] = values[answered].max()
    owners = np.concatenate(
        [np.asarray(side.owners, np.intp) + n * clusters for n, side in enumerate((a, b))]
    )
    return PairedValues(values, owners, clusters, at)


class _Values:
    """Values, infinite for a turn without an answer, and the clusters that they are of."""

    def __init__(self) -> None:
        self.values: array[float] = array("d")
        self.owners: array[int] = array("q")
        self.missing = 0

    def add(self, cluster: int, values: Sequence[float | None]) -> None:
        self.values.extend(np.inf if value is None else value for value in values)
        self.owners.extend([cluster] * len(values))
        self.missing += sum(value is None for value in values)
