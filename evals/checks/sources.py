"""What the text rests on: its claims, and the records that it cites for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evals.checks.check import Check, check, untold
from evals.checks.citations import stands_for, wrong_citations
from evals.checks.wording import Shop
from evals.grading import Claim
from evals.running.observed import Observed
from evals.suite.conversation import Expect

# The fields of a record of which one must be cited for a figure of that kind.
_CITED_FOR = {
    "price": ("price",),
    "rating": ("rating",),
    "count": ("rating_count", "rating"),
}


def sources(
    expect: Expect, observed: Observed, shop: Shop, claims: Sequence[Claim]
) -> Iterator[Check]:
    """Whether every claim is true of its record, and cited as far as a system cites."""
    if claims:
        wrong = [claim for claim in claims if not claim.supported]
        yield check("grounded", not wrong, "; ".join(map(_told, wrong)))
    if observed.citations is None:
        yield from untold(expect, "citations")
        return
    faults = [*wrong_citations(observed, shop), *_uncited(observed, claims)]
    if faults or observed.citations:
        yield check("cited", not faults, " ".join(faults))
    if expect.citations is not None:
        missed = [
            wanted
            for wanted in expect.citations
            if not any(stands_for(wanted, citation.source) for citation in observed.citations)
        ]
        yield check("citations", not missed, f"does not cite {', '.join(missed)}")


def _uncited(observed: Observed, claims: Sequence[Claim]) -> list[str]:
    """Figures of a product's record that the text tells and nothing is cited for."""
    cited = [citation.source for citation in observed.citations or ()]
    found = []
    for claim in claims:
        fields = _CITED_FOR.get(claim.kind)
        if fields is None or claim.product_id is None or not claim.supported:
            continue
        wanted = [f"product:{claim.product_id}#{field}" for field in fields]
        if not any(stands_for(one, source) for one in wanted for source in cited):
            found.append(f"Nothing is cited for “{claim.text}” of {claim.product_id}.")
    return list(dict.fromkeys(found))


def _told(claim: Claim) -> str:
    return f"“{claim.text}”" + (f" ({claim.told})" if claim.told else "")
