"""What else may interest a shopper, by personalised PageRank, each with the path that leads there.

PageRank with restarts (Page et al., 1999; Haveliwala, 2002) is where somebody ends up who starts
at the shopper, follows the graph's edges by their weight, and now and then starts again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import networkx

from assistant.profile.interests.nodes import SHOPPER, InterestGraph, Node, Verb

InterestKind = Literal["category", "brand", "value"]

# The walk goes on with this chance at each step, as in the papers.
_GO_ON = 0.85
# Each step costs this factor, so that of two paths nearly as strong the plainer is shown.
_STEP = 0.5
# What the shop records explains better than a word of a text.
_BY_WORD = 0.3
_LONGEST = 7


@dataclass(frozen=True)
class Step:
    """One step of a path.

    Attributes:
        verb: of the edge that leads to the node; None at the shopper.
        node: where it leads.
        count, total: so many products of a category share the feature; None on other edges.
    """

    verb: Verb | None
    node: Node
    count: int | None = None
    total: int | None = None


@dataclass(frozen=True)
class Interest:
    """Something that the shopper has not to do with yet and that lies near.

    Attributes:
        kind: of the node.
        node: a category, a brand or a value.
        score: above 0; comparable within a graph and a kind.
        path: the strongest from the shopper to the node.
        examples: ids of products that fit best, in stock.
    """

    kind: InterestKind
    node: Node
    score: float
    path: tuple[Step, ...]
    examples: tuple[str, ...] = ()


def importance(graph: InterestGraph) -> dict[Node, float]:
    """How much of the walk each node has; the sum is 1."""
    ranks: dict[Node, float] = networkx.pagerank(
        graph.graph, alpha=_GO_ON, personalization={SHOPPER: 1.0}, weight="weight"
    )
    return ranks


def related_interests(
    graph: InterestGraph, k: int, kind: InterestKind | None = None
) -> list[Interest]:
    """The interests nearest to the shopper, the nearest first.

    Args:
        graph: of the shopper.
        k: how many at most.
        kind: only of this kind; None mixes them, categories first where scores are equal.
    """
    ranks = importance(graph)
    paths = _strongest_paths(graph)
    found: list[Interest] = []
    for node in graph.candidates:
        if node not in paths or (kind is not None and node.kind != kind):
            continue
        if node.kind not in ("category", "brand", "value"):
            continue
        path = _steps(graph, paths[node])
        found.append(Interest(node.kind, node, ranks[node], path, graph.examples.get(node, ())))
    found.sort(key=lambda interest: (-interest.score, interest.node))
    return found[: max(k, 0)]


def _strongest_paths(graph: InterestGraph) -> dict[Node, list[Node]]:
    """To each node the path whose chances to be walked multiply to most."""
    inner = graph.graph
    degree = dict(inner.degree(weight="weight"))

    def cost(one: Node, other: Node, edge: dict[str, Any]) -> float | None:
        # A suggestion explains another only where it is that one's category.
        if one in graph.candidates and (one.kind != "category" or other.kind == "category"):
            return None
        if one.kind == "product" and one not in graph.known:
            return None
        if edge["weight"] <= 0:
            return None
        chance = _STEP * edge["weight"] / degree[one]
        return -math.log(chance * _BY_WORD if other.kind == "word" else chance)

    paths: dict[Node, list[Node]]
    _, paths = networkx.single_source_dijkstra(inner, SHOPPER, weight=cost)
    return {node: path for node, path in paths.items() if len(path) <= _LONGEST}


def _steps(graph: InterestGraph, path: list[Node]) -> tuple[Step, ...]:
    steps = [Step(None, path[0])]
    for one, other in pairwise(path):
        edge = graph.graph.edges[one, other]
        steps.append(Step(edge["verb"], other, edge.get("count"), edge.get("total")))
    return tuple(steps)
