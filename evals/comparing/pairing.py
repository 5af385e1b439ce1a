"""Which conversations two runs both hold, and what else the runs differ in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from evals.comparing.runs import Held, RunFolder
from evals.running.records import About
from retrieval.errors import BadInput

_OURS = "shopguide"
# A catalogue beside a suite has a digest of its file behind its name.
_DIGEST = re.compile(r"-[0-9a-f]{8}$")


@dataclass
class Pairs:
    """Which conversations two runs both hold.

    Attributes:
        held: by id, the attempts that both have.
        asked, checked: ids of those that were asked otherwise, or checked otherwise.
        unpaired_attempts: how many the other run has no counterpart of.
        broken_off: attempts that whoever played the shopper broke off in either run.
    """

    held: dict[str, list[int]] = field(default_factory=dict)
    only_a: list[str] = field(default_factory=list)
    only_b: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    unpaired_attempts: int = 0
    broken_off: int = 0

    @classmethod
    def of(cls, before: RunFolder, after: RunFolder, first: str, second: str) -> Pairs:
        """Pairs what two systems of two runs hold."""
        pairs = cls()
        in_b: dict[str, set[int]] = defaultdict(set)
        for held in after.held(second):
            in_b[held.conversation].add(held.attempt)
        in_a: dict[str, list[int]] = defaultdict(list)
        for held in before.held(first):
            in_a[held.conversation].append(held.attempt)
        for id, attempts in in_a.items():
            both = [attempt for attempt in attempts if attempt in in_b.get(id, ())]
            if not both:
                pairs.only_a.append(id)
                continue
            helds = [Held(id, attempt) for attempt in both]
            if any(
                before.asked_digest(first, held) != after.asked_digest(second, held)
                for held in helds
            ):
                pairs.asked.append(id)
            elif any(
                before.checked_digest(first, held) != after.checked_digest(second, held)
                for held in helds
            ):
                pairs.checked.append(id)
            else:
                pairs.unpaired_attempts += len(in_b[id]) + len(attempts) - 2 * len(both)
                whole = [
                    held.attempt
                    for held in helds
                    if not (before.broken_off(first, held) or after.broken_off(second, held))
                ]
                pairs.broken_off += len(both) - len(whole)
                if whole:
                    pairs.held[id] = whole
        pairs.only_b = [id for id in in_b if id not in in_a]
        return pairs

    @property
    def changed(self) -> list[str]:
        """Ids of those that are not the same in both."""
        return [*self.asked, *self.checked]

    def notes(self) -> Iterator[str]:
        """What a reader must know of it."""
        if self.checked:
            yield (
                f"{len(self.checked)} conversations were checked otherwise in the two runs and "
                "are left out; shopguide eval with the suite and the --out of a run grades it "
                "anew."
            )
        if self.unpaired_attempts:
            yield (
                f"{self.unpaired_attempts} attempts have no counterpart in the other run and "
                "are left out."
            )
        if self.broken_off:
            yield (
                f"{self.broken_off} attempts were broken off by whoever played the shopper, which "
                "says nothing of the systems, and are left out."
            )


def choose_systems(before: RunFolder, after: RunFolder, wanted: Sequence[str]) -> tuple[str, str]:
    """Whose answers are compared: one system of each run.

    Args:
        before, after: the runs.
        wanted: one name, or one of each; none takes what both have, ShopGuide before others.

    Raises:
        BadInput: there is no such system.
    """
    if len(wanted) > 2:
        raise BadInput("--system names one system, or one of each run.", field="system")
    if wanted:
        first, second = wanted[0], wanted[-1]
    else:
        both = [name for name in before.systems if name in after.systems]
        if not both:
            raise BadInput(
                f"No system answered in both {before.path} ({', '.join(before.systems) or 'none'})"
                f" and {after.path} ({', '.join(after.systems) or 'none'}): --system A,B names "
                "one of each.",
                field="system",
            )
        first = second = _OURS if _OURS in both else both[0]
    for run, name in ((before, first), (after, second)):
        if name not in run.systems:
            raise BadInput(
                f"{run.path} has no system {name!r} (it has: {', '.join(run.systems) or 'none'}).",
                field="system",
            )
    return first, second


def differences(a: About, b: About) -> Iterator[str]:
    """In what two runs differ beside what they are compared for."""
    if a.model != b.model:
        yield f"The model is {a.model or 'unknown'} in A and {b.model or 'unknown'} in B."
    yield from catalogue_differences(a, b)
    if a.temperature != b.temperature:
        yield f"The temperature is {a.told_temperature} in A and {b.told_temperature} in B."
    if a.concurrency == b.concurrency:
        yield (
            "Times hang on what else the machine did during each run, which no interval knows of."
        )
    else:
        yield (
            f"A held {a.concurrency} conversations at once and B {b.concurrency}: their times are "
            "not compared."
        )


def catalogue_differences(a: About, b: About) -> Iterator[str]:
    """Which catalogues are not the same in two runs, each with what it was in both."""
    for name in sorted(a.catalogs.keys() & b.catalogs.keys()):
        if a.catalogs[name] != b.catalogs[name]:
            yield (
                f"The catalogue {name} was changed between the runs: it is "
                f"{a.catalogs[name] or 'unknown'} in A and {b.catalogs[name] or 'unknown'} in B."
            )
    only_a, only_b = (_by_stem(one.catalogs.keys() - other.catalogs.keys())
                      for one, other in ((a, b), (b, a)))  # fmt: skip
    for stem in sorted(only_a.keys() & only_b.keys()):
        yield (
            f"The catalogue {stem} beside the suite was changed between the runs: it is "
            f"{', '.join(only_a[stem])} in A and {', '.join(only_b[stem])} in B."
        )


def _by_stem(names: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        if _DIGEST.search(name):
            found[_DIGEST.sub("", name)].append(name)
    return found
