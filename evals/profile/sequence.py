"""Next products on a sample of real sessions of a shop: models side by side.

The protocol is that of the literature on sessions: of each session of the last day, every product
but the first is to be named from those before it; products that the days before do not have are
left out. HR@20 is the share named among the first 20, MRR@20 the mean of 1 over its place there.

What each model has to choose is chosen on the last day of the training sessions, by the product
of both figures; the test sessions are looked at once.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import groupby, product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.profile.sequence.item_weights import ItemNeighbours, Markov, Popularity
from assistant.profile.sequence.linear import Linear
from assistant.profile.sequence.model import SequenceModel
from assistant.profile.sequence.network import Network
from assistant.profile.sequence.scoring import Scored, Scorer
from assistant.profile.sequence.session_neighbours import (
    SessionNeighbours,
    TimedNeighbours,
    WeightedNeighbours,
)
from assistant.profile.sequence.sessions import (
    Numbers,
    Session,
    SessionLog,
    log_of,
    numbers_of,
)
from assistant.profile.sequence.walk import WalkSettings

DATA = Path("../shared/data/yoochoose_100k")
PLAIN, OURS = "session neighbours, plain", "served: counts, 2 shoppers a pair"
STRONG = ("session neighbours, weighted (V-SkNN)", "session neighbours, timed (STAN)")

_DAY = 86_400.0
_FIRST = 20
_FILES = {
    "train": "yoochoose-clicks-100k_train_full.txt",
    "test": "yoochoose-clicks-100k_test.txt",
}
Choice = Callable[[], Scorer]


@dataclass(frozen=True)
class Figure:
    """What came of one model.

    Attributes:
        model: its name.
        chosen: what it chose on the validation day.
        hr: share of next products among its first 20.
        mrr: mean of 1 over their places.
        train_s: seconds of training on all training sessions.
        predict_ms: milliseconds of one answer, scores of all candidates, on average.
        kept_mb: what it must hold to answer, in megabytes.
        reads_sessions: whether it reads others' sessions while it answers.
    """

    model: str
    chosen: str
    hr: float
    mrr: float
    train_s: float
    predict_ms: float
    kept_mb: float
    reads_sessions: bool


class Served:
    """The model of the shop as one of those compared."""

    def __init__(self, settings: WalkSettings) -> None:
        self._settings = settings

    def fit(self, log: SessionLog) -> Served:
        """Trains it on the same numbers."""
        self._model = SequenceModel.fit_log(log, self._settings)
        return self

    def scores(self, seen: Numbers, now: float) -> Scored:
        """Its scores."""
        return self._model.scores(seen, now)

    def kept_bytes(self) -> int:
        """Its weights."""
        return self._model.kept_bytes()


def contenders(*, network: bool = True) -> dict[str, dict[str, Choice]]:
    """Models by name, each with what it may choose among."""
    models: dict[str, dict[str, Choice]] = {
        "popularity": {"": Popularity},
        "Markov, next product only": {"": Markov},
        "Markov, longer steps": _grid(Markov, steps=(5, 10), reach=(0.0, 0.5, 1.0, 2.0)),
        "item neighbours": _grid(
            ItemNeighbours, damping=(0.0, 5.0, 20.0, 50.0), reach=(0.0, 0.5, 1.0, 2.0)
        ),
        PLAIN: _grid(SessionNeighbours, neighbours=(50, 100, 200, 500), sample=(500, 1000, 2500)),
        STRONG[0]: _grid(
            WeightedNeighbours,
            neighbours=(100, 200, 500),
            sample=(1000, 2500),
            rarity=(0.0, 1.0, 5.0),
        ),
        STRONG[1]: _grid(
            TimedNeighbours,
            neighbours=(200, 500),
            reach=(0.6, 1.02, 2.0),
            days=(5.0, 20.0),
            around=(1.0, 2.05, 4.0),
        ),
        "linear, closed form (SLIST)": _grid(
            Linear, ridge=(20.0, 50.0), together=(0.3, 0.6), reach=(0.7, 1.3)
        ),
    }
    if network:
        models["recurrent network (GRU)"] = _grid(Network, epochs=(8, 12), dropout=(0.3, 0.5))
    models[OURS] = _grid(
        partial(_served, 2),
        damping=(1.0, 3.0),
        rarity=(0.1, 0.2, 0.4),
        detour=(0.1, 0.3),
        reach=(0.7, 1.0, 1.5),
    )
    for support in (1, 3):
        models[f"the same, {support} a pair"] = {"defaults": partial(_served, support)}
    return models


def run(
    out: Path | None = None,
    *,
    data: Path = DATA,
    network: bool = True,
    sessions: int | None = None,
) -> dict[str, Any]:
    """Chooses, trains and tests every model.

    Args:
        out: a folder to write ``sequence.json`` to; None: nothing is written.
        data: the folder of the sample.
        network: whether to train the network too, which takes minutes.
        sessions: how many of the training and of the test sessions to read; None: all.

    Returns:
        ``models`` (a list of figures), ``ratios`` of the served model over others with intervals
        of 95%, and the counts of what was read; only ``skipped``, a reason, where data is missing.
    """
    if not all((data / name).exists() for name in _FILES.values()):
        return {"skipped": f"There is no {data}."}
    train, test = (read(data / name)[-(sessions or 0) :] for name in _FILES.values())
    cut = max(session.time for session in train) - _DAY
    early = log_of(session for session in train if session.time <= cut)
    late = [session for session in train if session.time > cut]
    log = log_of(train)
    figures: list[Figure] = []
    ranks: dict[str, list[Numbers]] = {}
    for name, choices in contenders(network=network).items():
        label = next(iter(choices))
        if len(choices) > 1:
            label = max(choices, key=lambda one: _worth(choices[one]().fit(early), early, late))
        began = time.perf_counter()
        scorer = choices[label]().fit(log)
        trained = time.perf_counter()
        ranks[name] = places(scorer, log, test)
        seconds = time.perf_counter() - trained
        hr, mrr = measures(np.concatenate(ranks[name]))
        asked = sum(len(part) for part in ranks[name])
        figures.append(
            Figure(
                model=name,
                chosen=label,
                hr=hr,
                mrr=mrr,
                train_s=trained - began,
                predict_ms=seconds / asked * 1000,
                kept_mb=scorer.kept_bytes() / 1e6,
                reads_sessions=isinstance(scorer, SessionNeighbours),
            )
        )
    found = {
        "models": [asdict(figure) for figure in figures],
        "ratios": {other: ratios(ranks[OURS], ranks[other]) for other in (PLAIN, *STRONG)},
        "train_sessions": len(train),
        "test_sessions": len(ranks[OURS]),
        "predictions": sum(len(part) for part in ranks[OURS]),
    }
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "sequence.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    return found


def table(figures: dict[str, Any]) -> str:
    """The figures in Markdown."""
    if "skipped" in figures:
        return f"Next products: left out. {figures['skipped']}"
    lines = [
        f"{figures['predictions']:,} predictions in {figures['test_sessions']:,} sessions after "
        f"{figures['train_sessions']:,} of training.",
        "",
        "| model | HR@20 | MRR@20 | training | an answer | kept | reads sessions | chosen |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in figures["models"]:
        lines.append(
            f"| {row['model']} | {row['hr']:.4f} | {row['mrr']:.4f} | {row['train_s']:.2f} s "
            f"| {row['predict_ms']:.3f} ms | {row['kept_mb']:.2f} MB "
            f"| {'yes' if row['reads_sessions'] else 'no'} | {row['chosen']} |"
        )
    lines += ["", "| served over | HR@20 | 95% | MRR@20 | 95% |", "| --- | --- | --- | --- | --- |"]
    for other, both in figures["ratios"].items():
        cells = [
            f"{both[one]['ratio']:.3f} | {both[one]['low']:.3f} to {both[one]['high']:.3f}"
            for one in ("hr", "mrr")
        ]
        lines.append(f"| {other} | {' | '.join(cells)} |")
    return "\n".join(lines)


def read(path: Path) -> list[Session]:
    """Sessions of a file of clicks (``SessionId``, ``ItemId``, ``Time``), by when they ended."""
    with path.open(encoding="utf-8", newline="") as stream:
        clicks = [
            (int(row["SessionId"]), float(row["Time"]), row["ItemId"])
            for row in csv.DictReader(stream, delimiter="\t")
        ]
    clicks.sort(key=lambda click: click[:2])
    sessions = []
    for _, group in groupby(clicks, key=lambda click: click[0]):
        steps = list(group)
        sessions.append(Session(tuple(step[2] for step in steps), steps[-1][1]))
    return sorted(sessions, key=lambda session: session.time)


def places(scorer: Scorer, log: SessionLog, sessions: Sequence[Session]) -> list[Numbers]:
    """At which place a model names each next product, session by session; 0: not at all.

    Of products with one score, chance decides, the same for every model.
    """
    numbers = {product: number for number, product in enumerate(log.products)}
    chance = np.random.default_rng(0).permutation(len(numbers))
    found = []
    for session in sessions:
        seen = numbers_of(session.products, numbers)
        if len(seen) > 1:
            steps = range(1, len(seen))
            each = [place(scorer.scores(seen[:i], session.time), seen[i], chance) for i in steps]
            found.append(np.asarray(each, dtype=np.int64))
    return found


def place(scored: Scored, target: int, chance: NDArray[np.int64]) -> int:
    """At which place a product stands, from 1; 0 where it has no score."""
    items, values = scored
    at = np.flatnonzero(items == target)
    if not len(at):
        return 0
    value = values[at[0]]
    equal = (values == value) & (chance[items] < chance[target])
    return 1 + int(np.count_nonzero(values > value) + np.count_nonzero(equal))


def measures(ranks: NDArray[np.int64], first: int = _FIRST) -> tuple[float, float]:
    """HR and MRR of places from 1, of which 0 is none."""
    hit = (ranks > 0) & (ranks <= first)
    return float(hit.mean()), float(np.sum(1 / ranks[hit]) / len(ranks))


def ratios(
    ours: Sequence[Numbers], theirs: Sequence[Numbers], draws: int = 1000
) -> dict[str, dict[str, float]]:
    """Both figures of one model over those of another, with intervals from drawn sessions."""
    sums = np.asarray([[*_sums(a), *_sums(b)] for a, b in zip(ours, theirs, strict=True)])
    draw = np.random.default_rng(0)
    drawn = np.asarray(
        [sums[draw.integers(len(sums), size=len(sums))].sum(axis=0) for _ in range(draws)]
    )
    whole = sums.sum(axis=0)
    found = {}
    for name, a, b in (("hr", 0, 2), ("mrr", 1, 3)):
        low, high = np.quantile(drawn[:, a] / drawn[:, b], (0.025, 0.975))
        found[name] = {"ratio": float(whole[a] / whole[b]), "low": float(low), "high": float(high)}
    return found


def _served(support: int, **settings: float) -> Scorer:
    return Served(WalkSettings.model_validate({"support": support, **settings}))


def _sums(ranks: Numbers) -> tuple[float, float]:
    """Hits and reciprocal places of a session, not divided."""
    hr, mrr = measures(ranks)
    return hr * len(ranks), mrr * len(ranks)


def _worth(scorer: Scorer, log: SessionLog, sessions: Sequence[Session]) -> float:
    """What the choice goes by."""
    hr, mrr = measures(np.concatenate(places(scorer, log, sessions)))
    return hr * mrr


def _grid(make: Callable[..., Scorer], **values: Sequence[Any]) -> dict[str, Choice]:
    """Every combination of some values, by a label."""
    found: dict[str, Choice] = {}
    for chosen in product(*values.values()):
        named = dict(zip(values, chosen, strict=True))
        label = ", ".join(f"{name} {value}" for name, value in named.items())
        found[label] = partial(make, **named)
    return found
