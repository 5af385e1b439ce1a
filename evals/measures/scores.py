"""All figures of one system, from conversations that go by one at a time."""

from __future__ import annotations

from array import array
from collections.abc import Mapping

import numpy as np

from evals.measures.count import Count
from evals.measures.figures import Figure, Sample
from evals.measures.graded import GradedConversation, GradedTurn
from evals.measures.groups import Groups, gaps
from evals.measures.ledger import Ledger
from evals.measures.pass_rates import pass_hat_k
from evals.measures.prices import Prices
from evals.measures.resampling import Numbers, Owners
from evals.measures.rows import PAIRED, SLICED, made
from evals.measures.slices import GROUPS, Slice, Slicing
from evals.reports.system import Listed, SliceSize, SystemReport, Totals

_TURNS_PRICED = 1000  # single turns cost too little to be read


class Scores:
    """Takes graded conversations in and keeps numbers of them, never a text or a record.

    All attempts at a conversation, and all conversations of its group, are one cluster of the
    intervals: what makes it hard makes it hard each time. A conversation that whoever played the
    shopper broke off judges no system: its answers count, whether it passed does not.

    Args:
        system: the name of what answered.
        seed: of the intervals.
        prices: of its tokens; without, there is no figure of cost.
    """

    def __init__(self, system: str, *, seed: int, prices: Prices | None = None) -> None:
        self._system = system
        self._seed = seed
        self._prices = prices
        self._slicing = Slicing()
        self._of_turns = Ledger()
        self._of_conversations = Ledger()
        self._groups = Groups()
        self._listed = Listed()
        self._attempts = array("L")
        self._passed = array("L")
        self._unanswered = array("L")
        self._totals = Totals()
        if prices is not None:
            self._totals = Totals(cost=0.0, currency=prices.currency)

    def add(self, graded: GradedConversation) -> None:
        """Takes one attempt at a conversation in."""
        row = self._slicing.conversation(graded.conversation)
        if row == len(self._attempts):
            self._attempts.append(0)
            self._passed.append(0)
        if graded.broken_off is None:
            self._attempts[row] += 1
            self._passed[row] += graded.passed
            self._groups.add(graded)
        else:
            self._listed.add_broken_off(graded.record, graded.broken_off)
        for count in graded.shares:
            self._of_conversations.add(row, count)
        for turn in graded.turns:
            self._add_turn(turn, graded.record.attempt)

    def report(self) -> SystemReport:
        """All figures of what was taken in so far."""
        figures: dict[str, dict[str, Figure]] = {}
        sizes: dict[str, SliceSize] = {}
        for part in self._slicing.slices():
            figures[part.name] = self._figures(part)
            sizes[part.name] = SliceSize(
                conversations=int(part.conversations.sum()), turns=int(part.turns.sum())
            )
        for group in GROUPS:
            language = None if group == "all" else group
            figures[group] |= self._groups.figures(language, seed=self._seed)
        figures["all"] |= self._gaps()
        attempts, passed = np.array(self._attempts), np.array(self._passed)
        return SystemReport(
            name=self._system,
            conversations=len(attempts),
            attempts=int(attempts.max(initial=1)),
            failed_conversations=int((passed < attempts).sum()),
            turns=self._slicing.turns,
            failed_turns=len(self._unanswered),
            broken_off_count=self._listed.broken_off_count,
            broken_off=self._listed.broken_off,
            checks_failed=self._listed.checks_failed,
            claims_unsupported=self._listed.claims_unsupported,
            totals=self._totals,
            figures=figures,
            slices=sizes,
            failures=self._listed.failures,
            unsupported=self._listed.unsupported,
        )

    def _add_turn(self, turn: GradedTurn, attempt: int) -> None:
        row = self._slicing.turn(turn)
        for count in turn.shares:
            self._of_turns.add(row, count)
        for value in turn.values:
            self._of_turns.keep(row, value)
        self._listed.add(turn, attempt)
        if turn.observed.error is not None:
            self._unanswered.append(row)
            return
        if not turn.observed.timed:
            return
        usage, totals = turn.observed.usage, self._totals
        totals.calls += usage.calls
        totals.prompt_tokens += usage.prompt_tokens
        totals.cached_tokens += usage.cached_tokens
        totals.completion_tokens += usage.completion_tokens
        if self._prices is not None and totals.cost is not None:
            cost = self._prices.cost(usage)
            totals.cost += cost
            self._of_turns.add(row, Count("cost", _TURNS_PRICED * cost))

    def _figures(self, part: Slice) -> dict[str, Figure]:
        if not part.conversations.any():
            return {}
        names, of_each = np.unique(self._slicing.clusters[part.conversations], return_inverse=True)
        sample = Sample(len(names))
        for key, sums in self._sums(part).items():
            numerators, denominators = (_added(n, of_each, len(names)) for n in sums)
            sample.add_sums(key, made(key), numerators, denominators)
        place, owners = _places(part), self._slicing.owners
        for kept in self._of_turns.values():
            if part.name not in GROUPS and kept.key not in SLICED:
                continue
            within = part.turns[kept.rows]
            own = of_each[place[owners[kept.rows[within]]]]
            sample.add_values(kept.key, kept.values[within], own)
        figures = sample.figures(seed=self._seed)
        if "cost" in figures and part.turns[np.array(self._unanswered, dtype=np.intp)].any():
            # What the turns without an answer would have cost is not known, and nothing bounds it.
            figures["cost"] = figures["cost"].model_copy(update={"low": None, "high": None})
        return figures

    def _sums(self, part: Slice) -> Mapping[str, tuple[Numbers, Numbers]]:
        """By key, the numerator and the denominator of each conversation of a slice."""
        place, count = _places(part), int(part.conversations.sum())
        owners = self._slicing.owners
        found: dict[str, tuple[Numbers, Numbers]] = {}

        for sums in self._of_turns.sums():
            within = part.turns[sums.rows]
            own = place[owners[sums.rows[within]]]
            found[sums.key] = (
                _added(sums.numerators[within], own, count),
                _added(sums.denominators[within], own, count),
            )
        if not part.whole:
            return found
        for sums in self._of_conversations.sums():
            within = part.conversations[sums.rows]
            own = place[sums.rows[within]]
            found[sums.key] = (
                _added(sums.numerators[within], own, count),
                _added(sums.denominators[within], own, count),
            )
        return found | self._pass_rates(part)

    def _pass_rates(self, part: Slice) -> dict[str, tuple[Numbers, Numbers]]:
        """Conversations with fewer than k attempts say nothing of pass^k."""
        rows = np.flatnonzero(part.conversations)
        held = [(self._passed[row], self._attempts[row]) for row in rows]
        most = max((attempts for _, attempts in held), default=0)
        return {
            f"pass^{k}": (
                np.array([pass_hat_k(c, n, k) if n >= k else 0.0 for c, n in held]),
                np.array([float(n >= k) for _, n in held]),
            )
            for k in range(1, most + 1)
        }

    def _gaps(self) -> dict[str, Figure]:
        part = next(self._slicing.slices())
        sums = self._sums(part)
        paired = {key: sums[key] for key in PAIRED if key in sums}
        return gaps(self._slicing.conversations, paired, seed=self._seed)


def _added(numbers: Numbers, owners: Owners, count: int) -> Numbers:
    return np.bincount(owners, weights=numbers, minlength=count).astype(np.float64)


def _places(part: Slice) -> Owners:
    """The place of each conversation among those of a slice."""
    return np.cumsum(part.conversations) - 1
