"""Are related interests what a shopper likes? Made-up shoppers, whose tastes span the shelves.

A taste is a random point in a space of themes, which are the strongest directions of the words of
the descriptions (latent semantic analysis). A shopper of that taste buys what lies near it, now
and then something at random. All that they bought in one category is hidden; the interest graph
names five categories from the rest. What popularity names is the same for every shopper: the
categories bought from most, those that they have already left out.

A development figure: the graph reads words of the descriptions too, of which the tastes are made,
and its settings were chosen on this shop with shoppers of another seed.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.profile.behaviour.events import Event
from assistant.profile.interests.graph import interest_graph
from assistant.profile.interests.related import related_interests
from evals.retrieval.catalogue import synthetic_products
from evals.retrieval.known_items import shops
from evals.retrieval.tables import markdown
from retrieval.building import build_index
from retrieval.embedding import HashingEmbedder
from retrieval.index import CatalogueIndex
from retrieval.product import Product
from retrieval.text import search_terms

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHOP = "aws_retail_demo_store"
_THEMES, _RARE, _COMMON = 24, 3, 0.2
_BOUGHT, _AT_RANDOM, _SHARPNESS = 6, 0.2, 14.0
_TOP, _SEED = 5, 20_260_105


@dataclass(frozen=True)
class Shopper:
    """A made-up shopper.

    Attributes:
        bought: rows of the catalogue, without those hidden.
        hidden: the category whose purchases are hidden.
    """

    bought: tuple[int, ...]
    hidden: str


def themes(products: Sequence[Product]) -> NDArray[np.float64]:
    """Where each product lies among the themes of all descriptions.

    Returns:
        Shape (products, themes), rows of length one, or zero without a telling word.
    """
    texts = [set(search_terms(product.description)) for product in products]
    holders = Counter(word for text in texts for word in text)
    most = _COMMON * len(products)
    # In the order of the alphabet, so that a run repeats another.
    words = {
        w: n for n, w in enumerate(sorted(w for w, c in holders.items() if _RARE <= c <= most))
    }
    table = np.zeros((len(products), len(words)))
    for row, text in enumerate(texts):
        for word in text:
            if word in words:
                table[row, words[word]] = np.log(len(products) / holders[word])
    table /= np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)
    values, directions = np.linalg.eigh(table.T @ table)
    strongest = np.argsort(-values)[:_THEMES]
    found: NDArray[np.float64] = table @ directions[:, strongest]
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    return found


def shoppers(products: Sequence[Product], count: int, seed: int) -> list[Shopper]:
    """Shoppers who bought from at least two categories, one of which is hidden.

    Args:
        products: of one shop.
        count: how many shoppers.
        seed: of everything drawn.
    """
    random = np.random.default_rng(seed)
    placed = themes(products)
    kinds = [product.category[-1] if product.category else "" for product in products]
    made: list[Shopper] = []
    while len(made) < count:
        # Between two products of different shelves: no taste is a shelf.
        one, other = random.integers(len(products), size=2)
        if kinds[one] == kinds[other]:
            continue
        taste = placed[one] + placed[other]
        taste = taste / max(float(np.linalg.norm(taste)), 1e-9)
        chances = np.exp(_SHARPNESS * (placed @ taste))
        chances /= chances.sum()
        picked = random.choice(len(products), _BOUGHT, replace=False, p=chances)
        stray = random.random(_BOUGHT) < _AT_RANDOM
        picked[stray] = random.integers(len(products), size=int(stray.sum()))
        bought = list(dict.fromkeys(picked.tolist()))
        liked = Counter(kinds[row] for row in np.asarray(picked)[~stray].tolist())
        if len(liked) < 2:
            continue
        hidden = str(random.choice(sorted(liked)))
        left = tuple(row for row in bought if kinds[row] != hidden)
        made.append(Shopper(left, hidden))
    return made


def events_of(shopper: Shopper, products: Sequence[Product]) -> list[Event]:
    """The purchases of a shopper, one a day."""
    return [
        Event(
            event_id=str(day), shopper_id="made-up", type="purchase",
            product_id=products[row].id, time=NOW - timedelta(days=day + 1),
        )
        for day, row in enumerate(shopper.bought)
    ]  # fmt: skip


def hit_rates(index: CatalogueIndex, made: Sequence[Shopper]) -> dict[str, float]:
    """How often the hidden category is among the first five, by way of naming them."""
    products = list(index.products)
    kinds = [product.category[-1] if product.category else "" for product in products]
    bought = Counter(kinds[row] for shopper in made for row in shopper.bought)
    popular = [kind for kind, _ in sorted(bought.items(), key=lambda item: (-item[1], item[0]))]
    hits: Counter[str] = Counter()
    chance = 0.0
    for shopper in made:
        graph = interest_graph([], events_of(shopper, products), index, NOW)
        named = [str(i.node.value) for i in related_interests(graph, _TOP, "category")]
        has = {kinds[row] for row in shopper.bought}
        new = [kind for kind in popular if kind not in has]
        hits["graph"] += shopper.hidden in named
        hits["popularity"] += shopper.hidden in new[:_TOP]
        hits["graph, first"] += shopper.hidden in named[:1]
        hits["popularity, first"] += shopper.hidden in new[:1]
        chance += min(1.0, _TOP / max(len(set(kinds) - has), 1))
    rates = {name: hits[name] / len(made) for name in sorted(hits)}
    return {**rates, "chance": chance / len(made)}


def timings(index: CatalogueIndex, runs: int, seed: int) -> dict[str, float]:
    """Milliseconds to build a graph of 200 events and to rank it, the median and the slowest.

    Args:
        index: the catalogue.
        runs: how many shoppers with purchases at random.
        seed: of what they bought.
    """
    random = np.random.default_rng(seed)
    ids = [index.products[int(n)].id for n in random.integers(len(index), size=2_000)]
    kinds = ("purchase", "cart", "click", "view")
    build: list[float] = []
    rank: list[float] = []
    nodes = 0
    for _ in range(runs):
        events = [
            Event(
                event_id=str(n), shopper_id="made-up", type=kinds[n % 4],
                product_id=ids[int(random.integers(len(ids)))], time=NOW - timedelta(hours=n),
            )
            for n in range(200)
        ]  # fmt: skip
        start = time.perf_counter()
        graph = interest_graph([], events, index, NOW)
        middle = time.perf_counter()
        related_interests(graph, 10)
        end = time.perf_counter()
        build.append((middle - start) * 1_000)
        rank.append((end - middle) * 1_000)
        nodes = max(nodes, len(graph))
    return {
        "products": len(index), "nodes": nodes,
        "build_ms": float(np.median(build)), "build_slowest_ms": max(build),
        "rank_ms": float(np.median(rank)), "rank_slowest_ms": max(rank),
    }  # fmt: skip


def run(
    data: Path, folder: Path, *, count: int = 500, sizes: Sequence[int] = (100_000,), runs: int = 10
) -> dict[str, Any]:
    """Hit rates on the demo store and times at each size.

    Args:
        data: the folder of the data sets; without the demo store nothing of it is measured.
        folder: where files may be put.
        count: shoppers made.
        sizes: products of the made catalogues.
        runs: graphs built for each time.
    """
    found: dict[str, Any] = {"shoppers": count, "times": []}
    products = shops(data, folder).get(SHOP)
    if products is None:
        return found | {"left_out": f"{SHOP} is not there"}
    index = _index(products)
    found["hits"] = hit_rates(index, shoppers(products, count, _SEED))
    found["times"].append(timings(index, runs, _SEED))
    for size in sizes:
        large = _index(list(synthetic_products(products, size, _SEED)))
        found["times"].append(timings(large, runs, _SEED) | {"synthetic": True})
    return found


def _index(products: Sequence[Product]) -> CatalogueIndex:
    # The graph reads no vectors: toy ones do.
    return build_index(
        products, name="shop", embedder=HashingEmbedder(dimensions=8), source="made", now=NOW
    )


def table(found: dict[str, Any]) -> str:
    """The figures in Markdown."""
    if "hits" not in found:
        return str(found["left_out"])
    hits = [(name, f"{rate:.3f}") for name, rate in found["hits"].items()]
    times = [
        (
            f"{row['products']:,}{' (synthetic)' if row.get('synthetic') else ''}",
            str(row["nodes"]),
            f"{row['build_ms']:.0f} ({row['build_slowest_ms']:.0f})",
            f"{row['rank_ms']:.0f} ({row['rank_slowest_ms']:.0f})",
        )
        for row in found["times"]
    ]
    return "\n\n".join(
        [
            markdown(("hidden category among the first five named by", "share"), hits),
            markdown(("products", "nodes", "build, ms: median (slowest)", "rank, ms"), times),
        ]
    )
