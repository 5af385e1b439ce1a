"""What a suite expects of a turn, and what every turn must be, held against what came."""

from evals.checks.check import Check
from evals.checks.products import given_as_fitting
from evals.checks.turn import check_turn

__all__ = ["Check", "check_turn", "given_as_fitting"]
