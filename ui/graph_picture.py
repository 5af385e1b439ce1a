"""Which nodes of an interest graph are drawn, in which column, and which lines between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.profile.interests.nodes import SHOPPER, InterestGraph, Node
from assistant.profile.interests.related import Interest, importance

MOST_NODES = 200
# A column of a hundred words is a list and no drawing.
_MOST_ROWS = 60
_LINES_IN, _LINES_OUT = 3, 4
_YOU, _DONE, _HAS, _READS, _KINDS, _THERE = range(6)
_COLUMNS = {
    "shopper": _YOU, "fact": _DONE, "event": _DONE, "product": _DONE, "brand": _HAS,
    "value": _HAS, "word": _READS, "category": _KINDS, "advice": _DONE,
}  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """What is drawn.

    Attributes:
        columns: by node, 0 at the left.
        lines: weights by the two ends, the left one first.
        paths: of each interest, the nodes that its path goes by.
        told: the lines on these paths, with the numbers of the interests.
        events: what was done with a product, which is drawn as one node with it.
        advice: the advice for a fact, drawn as one node with it.
        left_out: how many nodes are not drawn for want of room.
    """

    columns: Mapping[Node, int]
    lines: Mapping[tuple[Node, Node], float]
    paths: Sequence[frozenset[Node]]
    told: Mapping[tuple[Node, Node], Sequence[int]]
    events: Mapping[Node, Node]
    advice: Mapping[Node, tuple[Node, ...]]
    left_out: int


def picture(graph: InterestGraph, interests: Sequence[Interest], most: int = MOST_NODES) -> Picture:
    """Chooses the most important nodes; those on the paths of the interests come first.

    Args:
        graph: of the shopper.
        interests: whose paths are told.
        most: how many nodes at most, at least 1.
    """
    inner = graph.graph
    events: dict[Node, Node] = {}
    stands_for: dict[Node, tuple[Node, ...]] = {}
    advice: dict[Node, tuple[Node, ...]] = {}
    for node in inner:
        if node.kind == "event" and node.field != "search":
            product = Node("product", "id", node.value)
            events[product] = node
            stands_for[node] = (product,)
        elif node.kind == "advice":
            facts = tuple(sorted(n for n in inner[node] if n.kind == "fact"))
            stands_for[node] = facts
            for fact in facts:
                advice[fact] = (*advice.get(fact, ()), node)
    ranks: dict[Node, float] = defaultdict(float)
    for node, rank in importance(graph).items():
        for shown in stands_for.get(node, (node,)):
            ranks[shown] += rank
    paths = [
        [(stands_for.get(step.node) or (step.node,))[0] for step in interest.path]
        for interest in interests
    ]
    first = list(dict.fromkeys([SHOPPER, *(node for path in paths for node in path)]))
    rest = sorted(set(ranks) - set(first), key=lambda node: (-ranks[node], node))
    columns = _fitted([*first, *rest], graph, most)
    lines: dict[tuple[Node, Node], float] = defaultdict(float)
    for one, other, weight in inner.edges(data="weight"):
        for left in stands_for.get(one, (one,)):
            for right in stands_for.get(other, (other,)):
                if left in columns and right in columns and columns[left] != columns[right]:
                    pair = (left, right) if columns[left] < columns[right] else (right, left)
                    lines[pair] += weight
    told = _told(paths, columns)
    by = [frozenset(path) & frozenset(columns) for path in paths]
    left_out = len(ranks) - len(columns)
    return Picture(columns, _strongest(lines, told), by, told, events, advice, left_out)


def _fitted(nodes: Sequence[Node], graph: InterestGraph, most: int) -> dict[Node, int]:
    """The first nodes with their columns, as many as the drawing and each column have room for."""
    columns: dict[Node, int] = {}
    full: dict[int, int] = defaultdict(int)
    for node in nodes:
        column = _column(node, graph)
        if len(columns) < most and full[column] < _MOST_ROWS:
            columns[node] = column
            full[column] += 1
    return columns


def _column(node: Node, graph: InterestGraph) -> int:
    if node.kind == "product" and node not in graph.known:
        return _THERE
    if node.kind in ("brand", "value") and node in graph.candidates:
        return _THERE
    return _COLUMNS[node.kind]


def _told(
    paths: Sequence[Sequence[Node]], columns: Mapping[Node, int]
) -> dict[tuple[Node, Node], list[int]]:
    told: dict[tuple[Node, Node], list[int]] = {}
    for number, path in enumerate(paths):
        for left, right in pairwise(path):
            if left in columns and right in columns and columns[left] != columns[right]:
                pair = (left, right) if columns[left] < columns[right] else (right, left)
                told.setdefault(pair, []).append(number)
    return told


def _strongest(
    lines: Mapping[tuple[Node, Node], float], told: Container[tuple[Node, Node]]
) -> dict[tuple[Node, Node], float]:
    """The lines that are told, and of others the few strongest of each node."""
    into: dict[Node, int] = defaultdict(int)
    out_of: dict[Node, int] = defaultdict(int)
    kept: dict[tuple[Node, Node], float] = {}
    for pair, weight in sorted(lines.items(), key=lambda item: (-item[1], item[0])):
        one, other = pair
        few = into[other] < _LINES_IN and (one == SHOPPER or out_of[one] < _LINES_OUT)
        if pair in told or few:
            kept[pair] = weight
            out_of[one] += 1
            into[other] += 1
    return kept
