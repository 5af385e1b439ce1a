"""Wishes that a sentence says a product does not meet, in the shopper's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.claims.findings import Findings
from assistant.evidence import Evidence, misses
from retrieval.product import Product

_MISSED = re.compile(
    r"(?:(?:does|do)\s*(?:n['’]t|\s*not)\s+meet|没有?(?:能)?满足)\s*[“\"「](?P<quotes>[^”\"」]+)[”\"」]",
    re.IGNORECASE,
)


def missed_spans(
    sentence: str, about: Sequence[Product], evidence: Evidence, found: Findings
) -> list[tuple[int, int]]:
    """Where a sentence says that a wish is not met; a fault where it is met, or was no wish.

    Args:
        sentence: as it is written.
        about: the products that it may speak of; the one that is told of stands first.
        evidence: all that the answer may rest on.
        found: takes the faults.
    """
    conditions = [*evidence.plan.conditions, *evidence.plan.prefer]
    spans = []
    for match in _MISSED.finditer(sentence):
        said = match["quotes"]
        wishes = sorted(evidence.need.wishes(), key=lambda w: -len(w.quote))
        rest = said
        for wish in wishes:
            if wish.quote and wish.quote in rest:
                rest = rest.replace(wish.quote, "", 1)
                if not about or not misses(wish, about[0], evidence, conditions):
                    found.fault(f"does meet “{wish.quote}”")
        if rest.strip(" ,，、and和") or rest == said:
            found.fault(f"“{said}” was not asked for")
        spans.append(match.span())
    return spans
