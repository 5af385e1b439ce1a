"""All checks of one turn."""

from __future__ import annotations

from collections.abc import Sequence

from evals.checks.calls import budget, calls
from evals.checks.check import Check
from evals.checks.engine import engine
from evals.checks.policies import policies
from evals.checks.products import given, offered, referred
from evals.checks.sources import sources
from evals.checks.text import answered, said
from evals.checks.wishes import known, read
from evals.checks.wording import Shop
from evals.grading import Claim
from evals.running.observed import Observed
from evals.suite.conversation import Expect


def check_turn(
    expect: Expect,
    observed: Observed,
    *,
    shop: Shop,
    shown: Sequence[str],
    claims: Sequence[Claim] = (),
) -> list[Check]:
    """All checks of one turn.

    What an answer does not tell (None) has failed: of a system that never tells it (a baseline
    holds no need), ``evals.measures.grade.silent_checks`` names the checks that do not count. Of a
    turn that failed, everything that was expected has failed.

    Args:
        expect: what the suite says.
        observed: what came.
        shop: the catalogue that was asked.
        shown: ids of the products that places such as "the second one" are counted in.
        claims: of the text, graded.
    """
    if observed.error is not None:
        names = [name for name in Expect.model_fields if getattr(expect, name) is not None]
        told = f"no answer: {observed.error}"
        return [Check(name=name, passed=False, told=told) for name in ("answered", *names)]
    return [
        answered(observed),
        engine(observed),
        *said(expect, observed, shop),
        *read(expect, observed),
        *known(expect, observed),
        *given(expect, observed, shop),
        *referred(expect, observed, shop, shown),
        *offered(observed, shop),
        *sources(expect, observed, shop, claims),
        *policies(expect, observed),
        *calls(expect, observed),
        *budget(expect, observed),
    ]
