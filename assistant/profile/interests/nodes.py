"""What the interest graph is made of: its nodes, the words between them, the graph itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from retrieval.conditions import Scalar

if TYPE_CHECKING:
    import networkx

NodeKind = Literal[
    "shopper", "fact", "event", "product", "brand", "category", "value", "word", "advice"
]
Verb = Literal[
    "said", "did", "of", "named", "calls_for", "made_by", "in", "has", "reads", "suits", "common_in"
]
"""What an edge says. ``reads``: the word stands in the product's text; ``named``: the shopper's
own words name it; ``common_in``: more products of the category have it than chance gives."""


class Node(NamedTuple):
    """One thing in the graph.

    Attributes:
        kind: what sort of thing it is.
        field: the field of a fact, brand, category or value; the type of an event.
        value: the value as the catalogue writes it; an id of a fact, product or advice; the query
            of a search.
    """

    kind: NodeKind
    field: str
    value: Scalar


SHOPPER = Node("shopper", "", "")


@dataclass(frozen=True)
class InterestGraph:
    """What one shopper said and did, and what of the catalogue hangs together with it.

    Attributes:
        graph: undirected. Each edge has a ``weight`` above 0 and a ``verb``; between a feature
            and a category also ``count`` of ``total``: so many of its products have the feature.
            Each node may have a ``text``: the words that it comes from.
        known: what the shopper has to do with already; never suggested.
        candidates: what may be suggested: in stock, and nothing that is disliked.
        examples: products of a candidate that fit best, by id.
    """

    graph: networkx.Graph
    known: frozenset[Node]
    candidates: frozenset[Node]
    examples: dict[Node, tuple[str, ...]] = field(default_factory=dict)

    @property
    def quotes(self) -> dict[Node, str]:
        """The shopper's words of each fact."""
        return {
            node: str(text)
            for node, text in self.graph.nodes(data="text")
            if node.kind == "fact" and text
        }

    def __len__(self) -> int:
        return int(self.graph.number_of_nodes())
