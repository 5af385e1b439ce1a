"""The interest graph of a shopper: what they said and did, and what of the shop belongs to it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import networkx
import numpy as np

from assistant.profile.behaviour.events import Event
from assistant.profile.facts import ProfileFact
from assistant.profile.fading import confidence_at, still_counts
from assistant.profile.interests.features import (
    advice_of,
    features_of,
    named_by,
    named_in,
    values_of,
    words_of,
)
from assistant.profile.interests.nodes import SHOPPER, InterestGraph, Node, NodeKind, Verb
from assistant.profile.interests.shelf import Link, Rows, Shelf
from assistant.profile.interests.traces import Trace, traces
from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex

# A word of a text tells less than a value that the shop chose to record.
_VERBS: dict[NodeKind, Verb] = {"brand": "made_by", "word": "reads"}
_TOLD = {"value": 1.0, "brand": 1.0, "word": 0.6}
# Where a record says much, the words of its text add little: each value stands for two of them.
_WORDS_EACH, _WORDS_FOR_A_VALUE = 24, 2
_FACTS_EACH, _PREFERRED = 1.0, 0.5
# What keeps the graph small, whatever the catalogue: features that are followed, categories that
# each leads to, categories that are looked into, and products that are read there.
_MOST_FEATURES, _MOST_LINKS, _MOST_CATEGORIES, _READ_EACH = 240, 8, 12, 24
_OTHERS_EACH, _EXAMPLES, _FEWEST_WITH_WORD = 4, 2, 3
# What a category is known for: this much more often there than in the whole shop.
_TELLING_SHARE, _TELLING_LIFT = 0.25, 1.5


def interest_graph(
    facts: Iterable[ProfileFact], events: Iterable[Event], index: CatalogueIndex, now: datetime
) -> InterestGraph:
    """Builds the graph; the work is bounded, however large the catalogue or the history.

    Args:
        facts: of the shopper; those that have ended or faded away are left out.
        events: of the shopper; the last 200 count.
        index: the catalogue.
        now: the time, with its zone.
    """
    current = [fact for fact in facts if still_counts(fact, now)]
    return _Builder(index, current, traces(events, now), now).build()


class _Builder:
    def __init__(
        self,
        index: CatalogueIndex,
        facts: Sequence[ProfileFact],
        done: Sequence[Trace],
        now: datetime,
    ) -> None:
        self._index = index
        self._facts = facts
        self._traces = done
        self._now = now
        plain = Shelf(index)
        self._disliked = {
            node for fact in facts if fact.op == "!=" and (node := named_by(fact, plain))
        } | _refused(done, index, plain)
        against = [Condition(field=n.field, op="=", value=n.value) for n in self._disliked]
        self._shelf = Shelf(index, against) if against else plain
        self._graph = networkx.Graph()
        self._graph.add_node(SHOPPER)
        # How much of the shopper's attention each feature has.
        self._mass: dict[Node, float] = defaultdict(float)
        self._rows: dict[Node, Rows] = {}
        self._known: set[Node] = {SHOPPER, *self._disliked}

    def build(self) -> InterestGraph:
        for fact in self._facts:
            self._add_fact(fact)
        for trace in self._traces:
            if trace.type == "search":
                self._add_search(trace)
            elif trace.target in self._index:
                self._add_product(trace)
        scores = np.zeros(len(self._shelf.mask))
        found: dict[Node, float] = defaultdict(float)
        followed = sorted(self._mass.items(), key=lambda item: (-item[1], item[0]))
        for node, mass in followed[:_MOST_FEATURES]:
            rows = self._rows_of(node)
            telling = mass * self._shelf.rarity(len(rows))
            scores[rows] += telling
            for link in self._shelf.links(rows, _MOST_LINKS):
                # A word or two shared is an accident of whoever wrote the texts.
                if node.kind == "word" and link.count < _FEWEST_WITH_WORD:
                    continue
                self._join(node, link)
                found[link.category] += telling * link.weight
        new = [kind for kind in found if kind not in self._known]
        best = sorted(new, key=lambda kind: (-found[kind], kind))[:_MOST_CATEGORIES]
        self._graph.remove_nodes_from(set(new) - set(best))
        candidates = set(best)
        examples: dict[Node, tuple[str, ...]] = {}
        for category in best:
            examples[category] = self._look_into(category, scores, candidates)
        return InterestGraph(self._graph, frozenset(self._known), frozenset(candidates), examples)

    def _edge(self, one: Node, other: Node, weight: float, verb: Verb, **more: Any) -> None:
        held = self._graph.get_edge_data(one, other, {"weight": 0.0})
        self._graph.add_edge(one, other, weight=held["weight"] + weight, verb=verb, **more)

    def _add_fact(self, fact: ProfileFact) -> None:
        node = Node("fact", fact.field, fact.id)
        confidence = confidence_at(fact, self._now)
        self._graph.add_node(node, text=fact.quote, fact=fact)
        self._edge(SHOPPER, node, _FACTS_EACH * confidence, "said")
        if fact.op != "=":
            return
        if entry := advice_of(fact, self._index.advice):
            advice = Node("advice", "need", entry.id)
            self._edge(node, advice, confidence, "calls_for")
            for conditions, share in ((entry.require, 1.0), (entry.prefer, _PREFERRED)):
                for condition in conditions:
                    for value in values_of(condition, self._shelf):
                        self._take(advice, value, share, confidence * share, "suits")
        elif named := named_by(fact, self._shelf):
            self._take(node, named, confidence, confidence, "named")

    def _add_search(self, trace: Trace) -> None:
        named, _ = named_in(trace.target, self._index.vocabulary, self._shelf)
        if not named:
            return
        node = Node("event", trace.type, trace.target)
        self._graph.add_node(node, text=trace.target, last=trace.last)
        self._edge(SHOPPER, node, trace.weight, "did")
        for value in named:
            self._take(node, value, 1 / len(named), trace.weight / len(named), "named")

    def _add_product(self, trace: Trace) -> None:
        product = self._index.get(trace.target)
        done, node = Node("event", trace.type, product.id), Node("product", "id", product.id)
        self._graph.add_node(done, last=trace.last)
        self._edge(SHOPPER, done, trace.weight, "did")
        self._edge(done, node, trace.weight, "of")
        self._known.add(node)
        for step in product.category:
            self._known.add(
                Node("category", "category", self._shelf.written("category", step) or step)
            )
        kind = self._shelf.kind(self._index.row(product.id))
        if kind is not None:
            self._edge(node, kind, _PREFERRED, "in")
        told = [(n, _TOLD[n.kind] * self._rarity(n)) for n in features_of(product, self._shelf)]
        most = max(_WORDS_EACH - _WORDS_FOR_A_VALUE * len(told), 0)
        if most:
            words = [(n, _TOLD[n.kind] * self._rarity(n)) for n in words_of(product, self._shelf)]
            told += sorted(words, key=lambda pair: (-pair[1], pair[0]))[:most]
        whole = sum(weight for _, weight in told)
        for value, weight in told:
            if weight > 0:
                share = weight / whole
                self._take(node, value, share, trace.weight * share, _VERBS.get(value.kind, "has"))

    def _take(self, source: Node, value: Node, weight: float, mass: float, verb: Verb) -> None:
        """Takes up a feature of something that the shopper has to do with."""
        if value in self._disliked:
            return
        self._edge(source, value, weight, verb)
        self._known.add(value)
        self._mass[value] += mass

    def _rows_of(self, node: Node) -> Rows:
        if node not in self._rows:
            self._rows[node] = self._shelf.rows(node)
        return self._rows[node]

    def _rarity(self, node: Node) -> float:
        """How much a feature tells; nothing where no other product has it, or every one."""
        holders = len(self._rows_of(node))
        return max(self._shelf.rarity(holders), 0.0) if holders > 1 else 0.0

    def _join(self, node: Node, link: Link) -> None:
        if node != link.category and link.category not in self._disliked:
            self._edge(
                node, link.category, link.weight, "common_in", count=link.count, total=link.total
            )

    def _look_into(
        self, category: Node, scores: np.ndarray[Any, Any], candidates: set[Node]
    ) -> tuple[str, ...]:
        """Adds what a category is known for; returns the ids of its products that fit best."""
        rows = self._shelf.of_kind(category)
        ratings = np.nan_to_num(self._index.columns.numbers_at("rating", rows))
        rows = rows[np.lexsort((rows, -ratings, -scores[rows]))][:_READ_EACH]
        products = [self._index.at(int(row)) for row in rows]
        shared = Counter(
            node for product in products for node in set(features_of(product, self._shelf))
        )
        added = 0
        for node, count in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
            if added == _OTHERS_EACH or count < max(2, _TELLING_SHARE * len(products)):
                break
            share = len(self._rows_of(node)) / max(self._shelf.count, 1)
            lift = count / len(products) / max(share, 1e-9)
            if node in self._known or lift < _TELLING_LIFT:
                continue
            self._edge(
                category, node, 0.5 * count / len(products), "common_in",
                count=count, total=len(products),
            )  # fmt: skip
            candidates.add(node)
            added += 1
        for product in products[:_EXAMPLES]:
            example = Node("product", "id", product.id)
            self._edge(category, example, 0.1, "in")
            for node in dict.fromkeys(features_of(product, self._shelf)):
                if node in self._mass:
                    self._edge(example, node, 0.02, _VERBS.get(node.kind, "has"))
        return tuple(product.id for product in products[:_EXAMPLES])


def _refused(done: Sequence[Trace], index: CatalogueIndex, shelf: Shelf) -> set[Node]:
    """What the searches of a shopper refuse, and none since has wished for."""
    refused: set[Node] = set()
    for trace in sorted(done, key=lambda trace: trace.last):
        if trace.type == "search":
            wanted, against = named_in(trace.target, index.vocabulary, shelf)
            refused = (refused - set(wanted)) | set(against)
    return refused
