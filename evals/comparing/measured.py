"""The figures of two runs, gathered conversation by conversation and judged together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from evals.comparing.comparison import FigureChange, Verdict
from evals.comparing.gathered import PASSED, Gathered
from evals.comparing.many_figures import judge
from evals.comparing.noise import Apart, apart, sign_test
from evals.comparing.samples import PairedSums
from evals.measures.rows import ROWS, Row
from evals.reports.graded_lines import GradedLine

_ALL = "all"
_LANGUAGES = ("en", "zh")
_ANSWERED = "answered"


class Measured:
    """What two runs measured of the conversations that both hold.

    Args:
        conversations: how many there are, at least one.
    """

    def __init__(self, conversations: int) -> None:
        self._count = conversations
        self._clusters: dict[str, int] = {}
        self._conversations: dict[str, int] = {}
        self._gathered = {name: Gathered(conversations) for name in (_ALL, *_LANGUAGES)}

    def add(self, a: GradedLine, b: GradedLine) -> None:
        """Takes one attempt at a conversation.

        Args:
            a, b: its numbers in each run.
        """
        cluster = self._clusters.setdefault(b.cluster, len(self._clusters))
        row = self._conversations.setdefault(b.conversation, len(self._conversations))
        for name in (_ALL, b.language):
            if (gathered := self._gathered.get(name)) is not None:
                gathered.add(row, cluster, a, b)

    def notes(self) -> Iterator[str]:
        """What a reader must know of the figures."""
        if len(self._clusters) < len(self._conversations):
            yield (
                f"The {len(self._conversations)} conversations are {len(self._clusters)} needs: "
                "those of a group put one in other words, and hang together."
            )
        of_a, of_b = self._gathered[_ALL].unanswered
        if of_a or of_b:
            yield (
                f"{of_a} turns in A and {of_b} in B have no answer: each counts in times, calls "
                "and tokens as the most that any turn of either run took."
            )

    def figures(self, *, seed: int, timed: bool) -> list[FigureChange]:
        """Every figure that both runs have, of all conversations and by language.

        The gaps between the languages and what wordings of a group share are no figures of a
        conversation and are left out.

        Args:
            seed: of what is drawn.
            timed: whether times are looked at.
        """
        clusters = len(self._clusters)
        looked_at = [
            (row, group, pairs)
            for group, gathered in self._groups().items()
            for row in _rows(self._gathered[_ALL].attempts)
            if timed or row.unit != "ms"
            if (pairs := gathered.pairs(row, clusters)) is not None
        ]
        told = apart([pairs for *_, pairs in looked_at], clusters, seed=seed)
        found: list[tuple[Row, str, Apart]] = []
        for (row, group, pairs), figure in zip(looked_at, told, strict=True):
            if figure is None:
                continue
            if row.key == PASSED and isinstance(pairs, PairedSums):
                figure = replace(figure, p=sign_test(pairs))
            found.append((row, group, figure))
        judged = judge([f for *_, f in found], [row.higher_is_better for row, *_ in found])
        fewer = {
            group
            for (row, group, _), corrected in zip(found, judged, strict=True)
            if row.key == _ANSWERED and corrected.verdict == "worse"
        }
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
                conversations=figure.clusters,
                changed=figure.changed,
                p=figure.p,
                p_corrected=corrected.p,
                verdict=_verdict(row, corrected.verdict, fewer=bool(fewer & {group, _ALL})),
            )
            for (row, group, figure), corrected in zip(found, judged, strict=True)
        ]

    def _groups(self) -> Mapping[str, Gathered]:
        if all(self._gathered[name].held for name in _LANGUAGES):
            return self._gathered
        return {_ALL: self._gathered[_ALL]}


def _verdict(row: Row, verdict: Verdict, *, fewer: bool) -> Verdict:
    """Where there are fewer answers, what is left may look better by what is missing."""
    return "differs" if fewer and row.answered and verdict == "better" else verdict


def _rows(attempts: int) -> Iterator[Row]:
    """The rows, with those that take several attempts at every conversation."""
    for row in ROWS:
        yield row
        if row.key == PASSED:
            for k in range(2, attempts + 1):
                title = f"conversations that pass every check {k} times of {k}"
                yield replace(row, key=f"pass^{k}", title=title, target="")
