"""How good the rankings are: judged queries, and known items in shops of other goods.

``python -m evals.retrieval --parts quality``. What was chosen on the judged queries is held out by
``evals/retrieval/learn_ranking.py``, which says how much of the gain stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np

from evals.retrieval.known_items import WAYS, KnownItem, known_items, shops
from evals.retrieval.relevance import CUT, interval, ndcg, read_judgments, reciprocal_rank
from evals.retrieval.report import Options, Report
from evals.retrieval.systems import OURS, PLAIN, SYSTEMS, Systems
from evals.retrieval.tables import Row, markdown
from evals.retrieval.work import SEED, Work
from retrieval.embedding import Embedder, Vectors, dense_text

GOAL = 0.05
_KNOWN_ITEMS = 120
_FIRST = 5

Scores = dict[str, list[float]]


def run(work: Work, options: Options) -> Report:
    """Measures nDCG@10 on the judged queries, success@5 and reciprocal rank of known items."""
    judged = _judged(work)
    gain, low, high = interval(np.subtract(judged[OURS], judged[PLAIN]).tolist(), SEED)
    rows = [
        Row(
            f"nDCG@{CUT} on chorus_icecat over plain fusion, {len(judged[OURS])} queries",
            gain,
            GOAL,
            "higher",
            note=f"paired bootstrap, 95 %: {low:+.3f} to {high:+.3f}",
            comparable=low > 0,
        )
    ]
    known = _known(work, options.say)
    text = "\n\n".join(
        ["### Quality of the rankings", _judged_table(judged), *map(_known_table, known.items())]
    )
    return Report(rows, text, {"ndcg": judged, "known_items": known})


def _judged(work: Work) -> Scores:
    judgments = read_judgments(work.source.parent / "judgments_dev.csv")
    systems = Systems(work.products(), work.vectors())
    scores: Scores = {name: [] for name in SYSTEMS}
    for query, rated in judgments.items():
        for name, ranked in systems.rank(query, work.embedder.query(query)).items():
            scores[name].append(ndcg(ranked, rated))
    return scores


def _known(work: Work, say: Callable[[str], None]) -> dict[str, dict[str, Scores]]:
    """By shop, then by way of making the queries: the reciprocal ranks of each system."""
    measured: dict[str, dict[str, Scores]] = {}
    for shop, products in shops(work.data, work.folder).items():
        texts = [dense_text(product) for product in products]
        say(f"embedding {len(texts)} products of {shop}, once")
        systems = Systems(products, kept_vectors(work.folder, work.embedder, texts))
        items = known_items(products, _KNOWN_ITEMS, SEED)
        vectors = kept_vectors(work.folder, work.embedder, [item.query for item in items])
        measured[shop] = {way: _of_way(systems, items, vectors, way) for way in WAYS}
    return measured


def _of_way(
    systems: Systems, items: Sequence[KnownItem], vectors: Vectors, way: str
) -> dict[str, list[float]]:
    scores: Scores = {name: [] for name in SYSTEMS}
    for item, vector in zip(items, vectors, strict=True):
        if item.way == way:
            for name, ranked in systems.rank(item.query, vector).items():
                scores[name].append(reciprocal_rank(ranked, item.wanted))
    return scores


def kept_vectors(folder: Path, embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """The vectors of texts, made once and kept under a name of the model and the texts."""
    digest = blake2b("\n".join([embedder.name, *texts]).encode(), digest_size=8).hexdigest()
    path = folder / f"vectors-{digest}.npy"
    if not path.exists():
        np.save(path, embedder.documents(texts))
    vectors: Vectors = np.load(path)
    return vectors


def _judged_table(scores: Mapping[str, Sequence[float]]) -> str:
    lines = []
    for name in SYSTEMS:
        change, low, high = interval(np.subtract(scores[name], scores[PLAIN]).tolist(), SEED)
        beside = "" if name == PLAIN else f"{change:+.3f} ({low:+.3f} to {high:+.3f})"
        lines.append((name, f"{np.mean(scores[name]):.3f}", beside))
    head = ("chorus_icecat", f"nDCG@{CUT}", "over plain fusion (95 %)")
    return markdown(head, lines)


def _known_table(named: tuple[str, Mapping[str, Scores]]) -> str:
    shop, measured = named
    ways = [way for way in WAYS if measured[way][OURS]]
    lines = [
        (
            name,
            *(
                f"{_success(measured[w][name]):.2f} / {np.mean(measured[w][name]):.3f}"
                for w in ways
            ),
        )
        for name in SYSTEMS
    ]
    head = (f"{shop}: success@{_FIRST} / mean reciprocal rank", *ways)
    return markdown(head, lines)


def _success(ranks: Sequence[float]) -> float:
    return float(np.mean([rank >= 1.0 / _FIRST for rank in ranks]))
