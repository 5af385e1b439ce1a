"""Models of next products on made-up sessions where the right answer is known."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.profile.behaviour.events import Event, EventType
from assistant.profile.sequence.counts import followed, strongest, supported, together
from assistant.profile.sequence.folder import SequenceModelDamaged
from assistant.profile.sequence.item_weights import ItemNeighbours, Markov, Popularity
from assistant.profile.sequence.linear import DENSE_PRODUCTS, Linear
from assistant.profile.sequence.model import SequenceModel, train_from_events
from assistant.profile.sequence.network import Network
from assistant.profile.sequence.scoring import Scorer, best
from assistant.profile.sequence.session_neighbours import (
    SessionNeighbours,
    TimedNeighbours,
    WeightedNeighbours,
)
from assistant.profile.sequence.sessions import Session, log_of, sessions_from_events
from assistant.profile.sequence.walk import Walk, WalkSettings

_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
# Chains of products: whoever sees one sees the next of its chain.
_CHAINS = [[f"{kind}-{i}" for i in range(5)] for kind in ("shoe", "coat", "tent", "lamp")]

MODELS: dict[str, Callable[[], Scorer]] = {
    "markov": Markov,
    "longer markov": lambda: Markov(5, 1.0),
    "item neighbours": ItemNeighbours,
    "session neighbours": SessionNeighbours,
    "weighted neighbours": WeightedNeighbours,
    "timed neighbours": TimedNeighbours,
    "linear": Linear,
    "walk": lambda: Walk(WalkSettings()),
    "network": lambda: Network(epochs=20, width=16, dropout=0.0),
}


def chain_sessions(count: int, seed: int = 0) -> list[Session]:
    """Visits that follow a chain from somewhere to somewhere, some with a popular stray."""
    draw = np.random.default_rng(seed)
    sessions = []
    for number in range(count):
        chain = _CHAINS[draw.integers(len(_CHAINS))]
        start = int(draw.integers(0, 3))
        products = chain[start : start + int(draw.integers(2, 5))]
        if draw.random() < 0.2:
            products = [*products, "gift-card"]
        sessions.append(Session(tuple(products), 1000.0 * number, f"shopper-{number}"))
    return sessions


def hits(model: Scorer, first: int = 3) -> float:
    """How often the next of a chain is among the first."""
    log = log_of(chain_sessions(300))
    model.fit(log)
    numbers = {product: number for number, product in enumerate(log.products)}
    right = []
    for chain in _CHAINS:
        for before, after in pairwise(chain):
            items, _ = best(model.scores(np.asarray([numbers[before]]), 300_000.0), first)
            right.append(numbers[after] in items)
    return float(np.mean(right))


@pytest.mark.parametrize("name", MODELS)
def test_every_model_knows_the_chain_and_beats_popularity(name: str) -> None:
    found = hits(MODELS[name]())
    assert found > hits(Popularity())
    # Plain neighbours see sets and cannot tell the next from the one before.
    assert found >= (0.75 if name in {"session neighbours", "network"} else 1.0)


def test_what_was_seen_last_counts_most() -> None:
    model = SequenceModel.fit(chain_sessions(300))
    after_shoe = model.next_products(["coat-1", "shoe-1"], 1, new_only=True)
    after_coat = model.next_products(["shoe-1", "coat-1"], 1, new_only=True)
    assert (after_shoe[0][0], after_coat[0][0]) == ("shoe-2", "coat-2")


def test_seen_products_can_be_left_out() -> None:
    model = SequenceModel.fit(chain_sessions(300))
    seen = ["shoe-0", "shoe-1"]
    assert not {p for p, _ in model.next_products(seen, new_only=True)} & set(seen)


def test_nothing_known_gives_popular_products() -> None:
    sessions = chain_sessions(300)
    model = SequenceModel.fit(sessions, WalkSettings(half_life=None))
    seen = [product for session in sessions for product in session.products]
    most = max(sorted(set(seen)), key=seen.count)
    for unknown in ([], ["never-seen"]):
        assert model.next_products(unknown, 1)[0][0] == most


def test_no_sessions_give_no_products() -> None:
    model = SequenceModel.fit([])
    assert model.next_products(["a"]) == []
    assert model.next_categories(["a"], lambda product: ["x"]) == []


def test_categories_add_up_and_the_next_comes_first() -> None:
    model = SequenceModel.fit(chain_sessions(300))

    def path(product: str) -> list[str]:
        return [] if product == "gift-card" else ["Shop", *product.split("-")]

    ranked = model.next_categories(["tent-1"], path, k=99, depth=2)
    assert ranked[0][0] == ("Shop", "tent")
    assert sum(share for _, share in ranked) == pytest.approx(1)
    assert [share for _, share in ranked] == sorted((s for _, s in ranked), reverse=True)
    deep = model.next_categories(["tent-1"], path, k=2)
    assert ("Shop", "tent", "2") in [category for category, _ in deep]


def test_a_pair_of_one_shopper_leaves_no_trace() -> None:
    """The secret pair is seen ten times, but by one shopper: nothing leads from one to the other.

    Each product by itself is popular with others.
    """
    others = [Session((p, "plain"), 0.0, f"{p}-{i}") for p in ("left", "right") for i in range(5)]
    secret = [Session(("left", "right"), 0.0, "one")] * 10
    alone = WalkSettings(detour=0.0)
    hidden = dict(SequenceModel.fit(others + secret, alone).next_products(["left"]))
    told = dict(
        SequenceModel.fit(
            [*others, *secret, Session(("left", "right"), 0.0, "two")], alone
        ).next_products(["left"])
    )
    assert hidden["right"] < 1e-6  # popularity alone
    assert told["right"] > 0.1


def test_a_product_of_one_shopper_is_not_known() -> None:
    sessions = [*chain_sessions(50), Session(("private", "shoe-1"), 0.0, "x")]
    assert "private" not in SequenceModel.fit(sessions).products
    assert "private" in SequenceModel.fit(sessions, WalkSettings(support=1)).products


def test_a_detour_stands_in_where_no_pair_is_known() -> None:
    sessions = [Session((a, b), 0.0) for a, b in (("a", "b"), ("b", "c")) for _ in range(5)]
    names = [p for p, _ in SequenceModel.fit(sessions).next_products(["a"], 3)]
    assert "c" in names


@pytest.mark.parametrize("support", [1, 2])
def test_saved_and_loaded_answers_alike(tmp_path: Path, support: int) -> None:
    model = SequenceModel.fit(chain_sessions(200), WalkSettings(support=support))
    first = model.save(tmp_path / "model")
    again = SequenceModel.load(tmp_path / "model")
    assert again.settings == model.settings
    for seen in ([], ["shoe-1"], ["coat-0", "lamp-2"]):
        assert again.next_products(seen) == model.next_products(seen)
    assert again.save(tmp_path / "copy") == first


def test_the_order_of_reading_does_not_matter(tmp_path: Path) -> None:
    sessions = chain_sessions(200)
    forward = SequenceModel.fit(sessions, WalkSettings(half_life=None))
    backward = SequenceModel.fit(sessions[::-1], WalkSettings(half_life=None))
    assert forward.save(tmp_path / "a") == backward.save(tmp_path / "b")


def test_saving_again_leaves_one_model(tmp_path: Path) -> None:
    SequenceModel.fit(chain_sessions(200)).save(tmp_path)
    SequenceModel.fit(chain_sessions(100, seed=1)).save(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("harm", ["missing", "changed", "cut", "described", "format", "no json"])
def test_a_damaged_model_is_refused(tmp_path: Path, harm: str) -> None:
    SequenceModel.fit(chain_sessions(50)).save(tmp_path)
    arrays = next(tmp_path.glob("*.npz"))
    described = tmp_path / "sequence.json"
    data, head = arrays.read_bytes(), json.loads(described.read_text())
    if harm == "missing":
        arrays.unlink()
    elif harm == "changed":
        arrays.write_bytes(data[:-30] + bytes([data[-30] ^ 1]) + data[-29:])
    elif harm == "cut":
        arrays.write_bytes(data[: len(data) // 2])
    elif harm == "described":
        described.write_text(json.dumps(head | {"model": head["model"].replace("shoe", "boot")}))
    elif harm == "format":
        described.write_text(json.dumps(head | {"format": 99}))
    else:
        described.write_text("[]")
    with pytest.raises(SequenceModelDamaged):
        SequenceModel.load(tmp_path)


def test_the_network_is_the_same_with_the_same_seed() -> None:
    log = log_of(chain_sessions(60))
    seen = np.asarray([0, 1])
    one, two = (Network(epochs=1, width=8).fit(log).scores(seen, 0.0)[1] for _ in range(2))
    assert np.array_equal(one, two)


def test_the_linear_model_refuses_a_square_too_large() -> None:
    with pytest.raises(ValueError, match="at most"):
        Linear().fit(log_of([Session(tuple(map(str, range(DENSE_PRODUCTS + 1))))]))


def _event(
    number: int, product: str | None, minutes: float, kind: EventType = "view", **rest: str
) -> Event:
    return Event(
        event_id=str(number),
        shopper_id=rest.get("shopper", "s"),
        session_id=rest.get("session"),
        type=kind,
        product_id=product,
        time=_NOON + timedelta(minutes=minutes),
    )


def test_sessions_end_where_a_shopper_pauses() -> None:
    events = [
        _event(4, "d", 71),
        _event(1, "a", 0),
        _event(2, "b", 20),
        _event(3, "c", 40.5),
        _event(5, "x", 21, shopper="t"),
        _event(6, None, 22, "search"),
        _event(7, "r", 23, "return"),
    ]
    found = list(sessions_from_events(events))
    assert [(s.shopper, s.products) for s in found] == [
        ("s", ("a", "b", "c")),
        ("s", ("d",)),
        ("t", ("x",)),
    ]
    assert found[0].time == (_NOON + timedelta(minutes=40.5)).timestamp()


def test_the_shops_own_session_ids_count_and_repeats_are_one_step() -> None:
    events = [
        _event(1, "a", 0, session="1"),
        _event(2, "a", 1, "cart", session="1"),
        _event(3, "b", 500, "purchase", session="1"),
        _event(4, "c", 2, session="2"),
        _event(5, "d", 3, session="1", shopper="t"),
    ]
    found = [(s.shopper, s.products) for s in sessions_from_events(events)]
    assert found == [("s", ("a", "b")), ("s", ("c",)), ("t", ("d",))]


def test_trained_from_events() -> None:
    events = [
        _event(10 * n + i, product, 60 * n + i, shopper=f"s{n}")
        for n in range(6)
        for i, product in enumerate(("bread", "butter"))
    ]
    model = train_from_events(reversed(events))
    assert model.next_products(["bread"], 1, new_only=True)[0][0] == "butter"


def test_a_walk_through_the_whole_shop_does_not_pair_everything() -> None:
    log = log_of([Session(tuple(map(str, range(1000))), shopper="crawler")])
    assert together(log).nnz <= 1000 * 200
    assert len(set(log.shoppers.tolist())) == 1


_SESSIONS = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6),
        st.sampled_from(["p", "q", "r", None]),
    ),
    min_size=1,
    max_size=12,
)


@given(_SESSIONS, st.integers(1, 3))
@settings(max_examples=100, deadline=None)
def test_counts_are_those_of_plain_loops(
    drawn: list[tuple[list[str], str | None]], least: int
) -> None:
    log = log_of(Session(tuple(products), 0.0, shopper) for products, shopper in drawn)
    size = len(log.products)
    number = {product: i for i, product in enumerate(log.products)}
    both, next_one = np.zeros((size, size)), np.zeros((size, size))
    who: dict[tuple[int, int], set[object]] = {}
    for place, (products, shopper) in enumerate(drawn):
        for a in set(products):
            for b in set(products):
                both[number[a], number[b]] += 1
                who.setdefault((number[a], number[b]), set()).add(shopper or place)
        for a, b in pairwise(products):
            next_one[number[a], number[b]] += 1
    expected = np.zeros((size, size))
    for pair, shoppers in who.items():
        expected[pair] = len(shoppers) >= least
    assert np.array_equal(together(log).toarray(), both)
    assert np.array_equal(followed(log, 1, lambda step: 1.0).toarray(), next_one)
    assert np.array_equal(supported(log, least).toarray(), expected)


@given(_SESSIONS, st.integers(1, 3))
@settings(max_examples=50, deadline=None)
def test_the_strongest_of_a_row_are_kept(
    drawn: list[tuple[list[str], str | None]], most: int
) -> None:
    table = together(log_of(Session(tuple(products)) for products, _ in drawn))
    kept, whole = strongest(table, most).toarray(), table.toarray()
    for row, before in zip(kept, whole, strict=True):
        assert sorted(row[row > 0]) == sorted(np.sort(before[before > 0])[-most:])
        assert np.all((row == before) | (row == 0))
