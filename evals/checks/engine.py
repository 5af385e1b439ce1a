"""Whether a language model had a part in an answer that it should have had a part in."""

from __future__ import annotations

from evals.checks.check import Check, check
from evals.running.observed import Observed


def engine(observed: Observed) -> Check:
    """Fails where every call of the model came to nothing.

    An assistant may answer by its rules then, at once and well: what is evaluated is not there.
    """
    usage = observed.usage
    told = f"no call of the language model gave anything ({usage.failed} failed)"
    return check("model", not (usage.failed and not usage.calls), told)
