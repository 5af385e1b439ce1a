"""How much each part of a next basket counts: learnt offline from baskets of the past."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from assistant.profile.behaviour.next_basket import DEFAULT_WEIGHTS, PARTS
from assistant.profile.behaviour.visits import Numbers, errand


def learn_weights(
    examples: Iterable[tuple[Numbers, npt.NDArray[np.int64]]], *, seed: int, others: float = 0.2
) -> dict[str, float]:
    """Weights from baskets of the past, by logistic regression.

    What is bought alone counts more, as in ``errand``. A part that would count against what it
    speaks for (it is nearly the same as another) is dropped and the rest learnt again.

    Args:
        examples: of each basket, its parts before it was bought and the categories bought.
        seed: of the draw.
        others: the share of the categories not bought that is looked at.

    Returns:
        Weights of all parts, 0 or more, summing to 1; the defaults without any example.
    """
    random = np.random.default_rng(seed)
    rows, bought, counts = [], [], []
    for parts, basket in examples:
        answer = np.zeros(len(parts), dtype=bool)
        answer[basket] = True
        kept = answer | (random.random(len(parts)) < others)
        rows.append(parts[kept].astype(np.float32))
        bought.append(answer[kept])
        worth = float(errand(np.array([len(basket)]))[0])
        counts.append(np.where(answer[kept], worth, 1 / others))
    if not rows or not np.concatenate(bought).any() or np.concatenate(bought).all():
        return dict(DEFAULT_WEIGHTS)
    data, answers, worths = np.concatenate(rows), np.concatenate(bought), np.concatenate(counts)
    names = list(range(len(PARTS)))
    while True:
        spread = np.maximum(data[:, names].std(axis=0), 1e-6)
        model = LogisticRegression(max_iter=500).fit(
            data[:, names] / spread, answers, sample_weight=worths
        )
        learnt = model.coef_[0] / spread
        if len(names) == 1 or (learnt >= 0).all():
            break
        names.pop(int(np.argmin(model.coef_[0])))
    found = dict.fromkeys(PARTS, 0.0)
    whole = float(np.maximum(learnt, 0).sum()) or 1.0
    for name, weight in zip(names, learnt.tolist(), strict=True):
        found[PARTS[name]] = max(0.0, weight) / whole
    return found
