"""``python -m evals.grader_test [--json FILE]``: how far the grader can be trusted."""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evals.grader_test.answers import answers
from evals.grader_test.bank import banks
from evals.grader_test.in_citations import faults_in_citations
from evals.grader_test.in_state import faults_in_state
from evals.grader_test.in_text import faults_in_text
from evals.grader_test.in_wishes import faults_in_wishes
from evals.grader_test.outcome import Outcome, Share, outcome
from evals.grader_test.prose import templates
from evals.grader_test.transcripts import transcripts

# The last was never mended by: the only one that tells how the grader does on new prose.
SETS = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "held_out",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
)
_EXAMPLES = 20


def run(name: str, *, seed: int, a_kind: int, rounds: int) -> Outcome:
    """One set of templates over all packaged catalogues; the first with the assistant's answers.

    Args:
        name: of the set.
        seed: of all that is drawn.
        a_kind: how many faults of each kind at most.
        rounds: how often each template is used in a catalogue and language.
    """
    draw = random.Random(seed)  # noqa: S311 - an experiment that can be repeated, no secret
    shops = banks()
    good = [
        transcript
        for bank in shops
        for transcript in transcripts(bank, templates(name), draw, rounds=rounds)
    ]
    if name == SETS[0]:
        good += answers(shops[0])
    faults = [
        *faults_in_text(name),
        *faults_in_state(),
        *faults_in_wishes(),
        *faults_in_citations(),
    ]
    return outcome(good, faults, draw, a_kind=a_kind)


def main() -> int:
    """Runs every set and prints what was caught and what was blamed without cause."""
    parser = argparse.ArgumentParser(prog="python -m evals.grader_test", description=__doc__)
    parser.add_argument("--json", type=Path, help="writes the outcomes there, by set")
    parser.add_argument("--set", choices=SETS, action="append", help="only this set")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--a-kind", type=int, default=20, help="faults of each kind (20)")
    parser.add_argument("--rounds", type=int, default=2, help="uses of each template (2)")
    arguments = parser.parse_args()
    found: dict[str, Outcome] = {}
    console = Console()
    for name in arguments.set or SETS:
        found[name] = run(
            name, seed=arguments.seed, a_kind=arguments.a_kind, rounds=arguments.rounds
        )
        console.print(_table(name, found[name]))
        for missed in found[name].examples[:_EXAMPLES]:
            console.print(f"{missed.kind}, {missed.transcript}: {missed.told}", markup=False)
    if arguments.json is not None:
        body = ",\n".join(f'"{name}": {o.model_dump_json(indent=2)}' for name, o in found.items())
        arguments.json.write_text(f"{{{body}}}\n", encoding="utf-8")
    return 0


def _table(name: str, found: Outcome) -> Table:
    table = Table(title=f"Grader test, texts: {name}")
    for column in ("what", "count", "share", "95 %"):
        table.add_column(column)
    of_texts = {fault.name for fault in faults_in_text(name)}
    texts = [share for kind, share in found.caught.items() if kind in of_texts]
    rows: list[tuple[str, Share]] = [
        *((f"caught: {kind}", share) for kind, share in found.caught.items()),
        ("caught: faults of texts", Share.of_all(texts)),
        ("caught: all", found.all_caught),
        *((f"false alarms: {kind}", share) for kind, share in found.alarms.items()),
        ("false alarms: all", found.all_alarms),
    ]
    for label, share in rows:
        table.add_row(
            label,
            f"{share.count}/{share.of}",
            f"{share.value:.3f}",
            f"{share.low:.3f} to {share.high:.3f}",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
