"""Wishes that a sentence says a product does not meet, in the shopper's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.claims.findings import Findings
from assistant.evidence import Evidence
from assistant.need import Wish
from retrieval.columns import VARIANT_FIELDS
from retrieval.product import Product

_MISSED = re.compile(
    r"(?:(?:does|do)\s*(?:n['’]t|\s*not)\s+meet|没有?(?:能)?满足)\s*[“\"「](?P<quotes>[^”\"」]+)[”\"」]",
    re.IGNORECASE,
)
# Of two values of these that a shopper would rather have, either will do.
_EITHER = frozenset({"brand", "color", "size", "gender"})


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
    spans = []
    for match in _MISSED.finditer(sentence):
        said = match["quotes"]
        wishes = sorted(evidence.need.wishes(), key=lambda w: -len(w.quote))
        rest = said
        for wish in wishes:
            if wish.quote and wish.quote in rest:
                rest = rest.replace(wish.quote, "", 1)
                if not about or not misses(wish, about[0], evidence):
                    found.fault(f"does meet “{wish.quote}”")
        if rest.strip(" ,，、and和") or rest == said:
            found.fault(f"“{said}” was not asked for")
        spans.append(match.span())
    return spans


def misses(wish: Wish, product: Product, evidence: Evidence) -> bool:
    """Whether a product does not have what the shopper asked for."""
    index = evidence.index
    row = index.row(product.id)
    if wish.sort is not None:
        return False
    if wish.field == "need":
        entry = index.advice.get(str(wish.value))
        return entry is not None and not evidence.suits(entry, product)
    conditions = [*evidence.plan.conditions, *evidence.plan.prefer]
    same = [c for c in conditions if c.field == wish.field and c.op == wish.op]
    if wish.field not in _EITHER:
        same = [c for c in same if c.value == wish.value]
    asked = (
        [c for c in evidence.plan.conditions if c.field in (*VARIANT_FIELDS, "in_stock")]
        if wish.field in VARIANT_FIELDS
        else []
    )
    return bool(same) and not any(index.columns.mask([*asked, c])[row] for c in same)
