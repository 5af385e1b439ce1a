"""The figures of two runs, gathered conversation by conversation and judged together."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from evals.comparing.comparison import FigureChange
from evals.comparing.many_figures import judge
from evals.comparing.noise import Apart, apart, sign_test
from evals.comparing.samples import Mask, PairedSums, PairedValues, Pairs
from evals.measures.pass_rates import pass_hat_k
from evals.measures.resampling import Numbers
from evals.measures.rows import ROWS, Row
from evals.reports.graded_lines import GradedLine

_LANGUAGES = ("en", "zh")
_AT = {"median": 0.5, "p95": 0.95}
_PASSED = "pass^1"


class Measured:
    """What two runs measured of the conversations that both hold.

    Args:
        conversations: how many there are, at least one.
    """

    def __init__(self, conversations: int) -> None:
        self._count = conversations
        self._sums: dict[str, Numbers] = {}
        self._values: dict[str, tuple[_Values, _Values]] = {}
        self._languages = np.full(conversations, "", dtype="<U2")
        self._attempts = np.zeros(conversations, int)
        self._passed = np.zeros((conversations, 2), int)

    def add(self, place: int, a: GradedLine, b: GradedLine) -> None:
        """Takes one attempt at a conversation.

        Args:
            place: of the conversation among all, from 0.
            a, b: its numbers in each run.
        """
        self._languages[place] = a.language
        self._attempts[place] += 1
        for side, line in enumerate((a, b)):
            self._passed[place, side] += line.passed
            for key, counts in line.shares.items():
                table = self._sums.setdefault(key, np.zeros((self._count, 4)))
                table[place, 2 * side : 2 * side + 2] += counts
            for key, values in line.values.items():
                both = self._values.setdefault(key, (_Values(), _Values()))
                both[side].add(place, values)

    def figures(self, *, seed: int, timed: bool) -> list[FigureChange]:
        """Every figure that both runs have, of all conversations and by language.

        The gaps between the languages and what wordings of a group share are no figures of a
        conversation and are left out.

        Args:
            seed: of what is drawn.
            timed: whether times are looked at.
        """
        rows = [
            (row, pairs)
            for row in _rows(int(self._attempts.min()))
            if (timed or row.unit != "ms") and (pairs := self._pairs(row)) is not None
        ]
        looked_at = [
            (row, group, pairs if wanted is None else pairs.only(wanted))
            for group, wanted in self._groups()
            for row, pairs in rows
        ]
        told = apart([pairs for *_, pairs in looked_at], self._count, seed=seed)
        found: list[tuple[Row, str, Apart]] = []
        for (row, group, pairs), figure in zip(looked_at, told, strict=True):
            if figure is None:
                continue
            if row.key == _PASSED and isinstance(pairs, PairedSums):
                figure = replace(figure, p=sign_test(pairs))
            found.append((row, group, figure))
        judged = judge([f for *_, f in found], [row.higher_is_better for row, *_ in found])
        return [
            FigureChange(
                key=row.figure,
                title=row.title,
                group=group,
                unit=row.unit,
                share=row.kind in ("share", "score"),
                higher_is_better=row.higher_is_better,
                a=figure.a,
                b=figure.b,
                difference=figure.b - figure.a,
                low=figure.low,
                high=figure.high,
                conversations=figure.conversations,
                changed=figure.changed,
                p=figure.p,
                p_corrected=corrected.p,
                verdict=corrected.verdict,
            )
            for (row, group, figure), corrected in zip(found, judged, strict=True)
        ]

    def _groups(self) -> Iterator[tuple[str, Mask | None]]:
        yield "all", None
        masks = {name: self._languages == name for name in _LANGUAGES}
        if all(mask.any() for mask in masks.values()):
            yield from masks.items()

    def _pairs(self, row: Row) -> Pairs | None:
        """The row's figure; None where neither run measured such a thing."""
        if row.key.startswith("pass^"):
            return self._pass_rate(int(row.key.removeprefix("pass^")))
        if row.kind in _AT and (both := self._values.get(row.key)) is not None:
            values = np.concatenate([np.asarray(side.values, np.float64) for side in both])
            owners = np.concatenate(
                [np.asarray(v.owners, np.intp) + n * self._count for n, v in enumerate(both)]
            )
            return PairedValues(values, owners, self._count, _AT[row.kind])
        if (
            row.kind in ("share", "score", "mean")
            and (table := self._sums.get(row.key)) is not None
        ):
            bound = None if row.kind == "mean" else 1.0
            return PairedSums(table[:, :2], table[:, 2:], bound)
        return None

    def _pass_rate(self, k: int) -> PairedSums:
        a, b = (
            np.asarray(
                [
                    (pass_hat_k(int(passed), int(made), k), 1.0)
                    for passed, made in zip(self._passed[:, side], self._attempts, strict=True)
                ]
            )
            for side in (0, 1)
        )
        return PairedSums(a, b)


def _rows(attempts: int) -> Iterator[Row]:
    """The rows, with those that take several attempts at every conversation."""
    for row in ROWS:
        yield row
        if row.key == _PASSED:
            for k in range(2, attempts + 1):
                title = f"conversations that pass every check {k} times of {k}"
                yield replace(row, key=f"pass^{k}", title=title, target="")


class _Values:
    """Values and the conversations that they are of."""

    def __init__(self) -> None:
        self.values: array[float] = array("d")
        self.owners: array[int] = array("q")

    def add(self, place: int, values: Sequence[float]) -> None:
        self.values.extend(values)
        self.owners.extend([place] * len(values))
