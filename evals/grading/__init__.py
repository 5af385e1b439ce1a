"""A grader of what a reply claims: it reads the records itself and shares nothing with the gate."""

from evals.grading.claim import Claim
from evals.grading.grade import Grader, grade_text, products_named

__all__ = ["Claim", "Grader", "grade_text", "products_named"]
