"""Grades transcripts as a run does, and tells whether the grader found what it should."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evals.checks import Check, check_turn
from evals.grader_test.transcripts import Transcript
from evals.grading import Claim
from evals.measures.claimed import claims_of
from evals.running.observed import Observed


@dataclass(frozen=True)
class Graded:
    """The last turn of a transcript, graded."""

    checks: Sequence[Check]
    claims: Sequence[Claim]

    @property
    def failed(self) -> list[Check]:
        """The checks that found something wrong."""
        return [check for check in self.checks if not check.passed]

    def blames(self, checks: Sequence[str], words: str) -> bool:
        """Whether one of some checks failed, and for these words if it judges claims.

        Args:
            checks: those that concern a fault.
            words: of the text that the fault has put in; empty where it is not in the text.
        """
        failed = {check.name for check in self.failed} & set(checks)
        if not words or failed - {"grounded"}:
            return bool(failed)
        wrong = [claim for claim in self.claims if not claim.supported]
        return bool(failed) and any(
            words in claim.sentence or claim.sentence in words for claim in wrong
        )


def graded(transcript: Transcript, observed: Observed | None = None) -> Graded:
    """Grades the last turn of a transcript.

    Args:
        transcript: with its suite's line.
        observed: what came in place of the good reply.
    """
    seen = observed or transcript.last
    shop, turns = transcript.bank.shop, transcript.conversation.turns
    claims = claims_of(turns, seen, shop) if seen.error is None else ()
    checks = check_turn(turns[-1].expect, seen, shop=shop, shown=transcript.shown, claims=claims)
    return Graded(checks, claims)
