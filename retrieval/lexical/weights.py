"""What a word in a field counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

Fields = Mapping[str, Sequence[str]]
"""The terms of a product by field, as ``fields_of`` gives them."""

# Robertson, Zaragoza and Taylor (2004): each field's counts are weighed and made comparable by
# its length before they saturate together. Weights chosen by evals/retrieval/learn_ranking.py.
FIELDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "title": (2.6, 0.6),
        "kind": (1.4, 0.3),
        "brand": (2.0, 0.3),
        "category": (2.0, 0.3),
        "numbers": (0.8, 0.0),
        "words": (0.3, 0.5),
        "purpose": (0.6, 0.5),
        "characters": (0.5, 0.0),
        "attributes": (0.8, 0.7),
        "description": (10.0, 0.9),
    }
)
"""Weight and length normalisation (0 to 1) of each field."""
K1 = 0.55

# Descriptions of about so many terms are second titles; of longer ones each word tells less, and
# less by the square (checked on the known items of evals/retrieval/quality.py).
_SUMMARY = 15.0


@dataclass(frozen=True)
class Lengths:
    """How many terms each field has on average, where it has any."""

    average: Mapping[str, float]

    @classmethod
    def of(cls, rows: Sequence[Fields]) -> Lengths:
        """The lengths of some products' fields."""
        totals: Counter[str] = Counter()
        holders: Counter[str] = Counter()
        for fields in rows:
            for name, terms in fields.items():
                totals[name] += len(terms)
                holders[name] += 1
        return cls({name: totals[name] / holders[name] for name in totals})

    @property
    def _told(self) -> float:
        """How much a catalogue's descriptions tell: short ones most."""
        return min(1.0, _SUMMARY / self.average.get("description", _SUMMARY)) ** 2

    def weights(self, fields: Fields) -> dict[str, float]:
        """The weight of each term of a product, from 0 to 1."""
        counts: dict[str, float] = {}
        for name, terms in fields.items():
            weight, b = FIELDS[name]
            if name == "description":
                weight *= self._told
            norm = 1.0 - b + b * len(terms) / self.average.get(name, len(terms))
            for term in terms:
                counts[term] = counts.get(term, 0.0) + weight / norm
        return {term: count / (K1 + count) for term, count in counts.items()}
