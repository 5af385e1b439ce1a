"""Two runs, or a recorded suite and a run of it, held against each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evals.comparing.answers import answer_of, failed_checks, recorded_answer
from evals.comparing.changes import BothAnswers, Changes
from evals.comparing.comparison import Comparison, Side
from evals.comparing.measured import Measured
from evals.comparing.pairing import Pairs, catalogue_differences, choose_systems, differences
from evals.comparing.runs import Held, RunFolder
from evals.reports.graded_lines import GradedLine
from evals.running.records import digest_of
from evals.suite.files import load_suite
from retrieval.errors import BadInput

LISTED = 50
"""How many conversations of a kind are told with their answers, unless another number is asked."""
SEED = 20260301


def compare(
    a: Path,
    b: Path,
    *,
    systems: Sequence[str] = (),
    seed: int = SEED,
    listed: int = LISTED,
) -> Comparison:
    """Says what became better and worse from one run to another.

    Args:
        a: the folder of the run from before; or a suite of recorded conversations, of which the
            recorded answers are taken.
        b: the folder of the run after.
        systems: whose answers: one that both runs have, or one of each; by default ShopGuide, or
            the first that both have.
        seed: of what is drawn.
        listed: how many conversations of a kind are told with their answers.

    Raises:
        BadInput: a folder is no graded run, a file is damaged, there is no such system, or no
            conversation is in both.
    """
    if not a.is_dir() and a.exists():
        return _compare_recorded(a, b, systems=systems, seed=seed, listed=listed)
    with RunFolder(a) as before, RunFolder(b) as after:
        first, second = choose_systems(before, after, systems)
        pairs = Pairs.of(before, after, first, second)
        if not pairs.held:
            why = "".join(f" {note}" for note in catalogue_differences(before.about, after.about))
            raise BadInput(
                f"No conversation was asked and checked alike in {a} and {b}: nothing can be "
                f"compared.{why}"
            )
        answers = Changes(listed)
        measured = Measured(len(pairs.held))
        for id, attempts in pairs.held.items():
            for attempt in attempts:
                held = Held(id, attempt)
                lines = before.graded(first, held), after.graded(second, held)
                measured.add(*lines)
                turns, note = _turns(before, after, (first, second), held, lines)
                answers.add(*lines, turns, note=note)
        timed = before.about.concurrency == after.about.concurrency
        return Comparison(
            a=_side(a, before, first),
            b=_side(b, after, second),
            paired=len(pairs.held),
            only_a=pairs.only_a,
            only_b=pairs.only_b,
            changed=pairs.changed,
            notes=[
                *differences(before.about, after.about),
                *pairs.notes(),
                *measured.notes(),
            ],
            figures=measured.figures(seed=seed, timed=timed),
            **answers.told(seed=seed),
        )


def _compare_recorded(
    suite: Path, run: Path, *, systems: Sequence[str], seed: int, listed: int
) -> Comparison:
    """What a run answers otherwise than was recorded; nothing is checked."""
    conversations = {conversation.id: conversation for conversation in load_suite(suite)}
    recorded = {
        id: conversation
        for id, conversation in conversations.items()
        if any(turn.recorded is not None for turn in conversation.turns)
    }
    if not recorded:
        raise BadInput(f"{suite} has no recorded answers; shopguide record writes such a suite.")
    with RunFolder(run) as after:
        system = choose_systems(after, after, systems)[-1]
        answers = Changes(listed)
        paired: dict[str, None] = {}
        changed: dict[str, None] = {}
        others: dict[str, None] = {}
        for held in after.held(system):
            conversation = recorded.get(held.conversation)
            if conversation is None:
                others[held.conversation] = None
            elif after.asked_digest(system, held) != digest_of(conversation):
                changed[held.conversation] = None
            else:
                paired[held.conversation] = None
                line = after.graded(system, held)
                record = after.record(system, held)
                turns = [
                    BothAnswers(
                        turn.say,
                        recorded_answer(turn.recorded),
                        answer_of(observed, failed_checks(line, number)),
                        recorded=True,
                        number=number,
                    )
                    for number, (turn, observed) in enumerate(
                        zip(conversation.turns, record.turns, strict=True), start=1
                    )
                    if turn.recorded is not None
                ]
                answers.add(None, line, turns)
        if not paired:
            raise BadInput(f"{run} holds no conversation of {suite} as it was recorded.")
        return Comparison(
            a=Side(name=str(suite), system="recorded", conversations=len(recorded)),
            b=_side(run, after, system),
            paired=len(paired),
            only_a=[id for id in recorded if id not in paired and id not in changed],
            only_b=list(others),
            changed=list(changed),
            **answers.told(seed=seed),
        )


def _turns(
    before: RunFolder,
    after: RunFolder,
    systems: tuple[str, str],
    held: Held,
    lines: tuple[GradedLine, GradedLine],
) -> tuple[list[BothAnswers], str]:
    """The messages that both runs put, with both answers, and what a reader must know of them.

    A simulated shopper speaks according to the answers: from where it said another thing on,
    there is nothing to hold together.
    """
    a, b = before.record(systems[0], held), after.record(systems[1], held)
    turns: list[BothAnswers] = []
    for number, (say_a, say_b, seen_a, seen_b) in enumerate(
        zip(a.said, b.said, a.turns, b.turns, strict=False), start=1
    ):
        if say_a != say_b:
            return turns, f"The simulated shopper said other things from message {number} on."
        first = answer_of(seen_a, failed_checks(lines[0], number))
        second = answer_of(seen_b, failed_checks(lines[1], number))
        turns.append(BothAnswers(say_b, first, second, number))
    if len(a.said) != len(b.said):
        return turns, f"It has {len(a.said)} messages in A and {len(b.said)} in B."
    return turns, ""


def _side(path: Path, run: RunFolder, system: str) -> Side:
    ids = {held.conversation for held in run.held(system)}
    return Side(name=str(path), system=system, about=run.about, conversations=len(ids))
