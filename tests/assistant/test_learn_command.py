"""``shopguide learn``: what many shoppers' events teach reaches the next answer."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta

import pytest
import structlog
from conftest import START

from assistant.app import learnt_folder
from assistant.cli import main
from assistant.commands.profile import opened_memory
from assistant.database.connection import Database
from assistant.profile.behaviour.event_store import SHOPS_TERMS, EventStore
from assistant.profile.behaviour.events import Event
from assistant.profile.behaviour.learnt import Learnt, LearntFolder
from assistant.settings import Settings
from retrieval.embedding import HashingEmbedder
from tools.ranking_weights import DEFAULT_WEIGHTS

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def learn(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    embedder: HashingEmbedder,
    indexes: object,
) -> Iterator[Run]:
    """Runs ``shopguide learn`` in the shop of shoes."""
    monkeypatch.setenv("SHOPGUIDE_HOME", str(settings.home))
    monkeypatch.setenv("SHOPGUIDE_CATALOG", "shoes")
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    # The only part that would fetch weights.
    monkeypatch.setattr("assistant.commands.shop.ready_embedder", lambda settings, steps: embedder)

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(["learn", *arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    yield run
    structlog.reset_defaults()


def visit(shopper: str, number: int, *products: str) -> list[Event]:
    """A search, and what was looked at after it."""
    session, begun = f"{shopper}-{number}", START - timedelta(days=number + 1)
    made = [("search", None), *(("click", product) for product in products)]
    return [
        Event(
            event_id=f"{session}-{place}",
            shopper_id=shopper,
            session_id=session,
            type=type,
            product_id=product,
            query="running shoes" if type == "search" else None,
            time=begun + timedelta(minutes=place),
        )
        for place, (type, product) in enumerate(made)
    ]


def store(settings: Settings, shoppers: int, visits: int) -> None:
    names = [f"s{n}" for n in range(shoppers)]
    with opened_memory(settings) as memory:
        memory.give_consents(names, notice=SHOPS_TERMS)
    with closing(Database(settings.database_url)) as database:
        for name in names:
            for number in range(visits):
                events = visit(name, number, "asics-excite", "nike-structure")
                EventStore(database.engine).add(events, catalog="shoes")


def test_few_events_teach_no_weights(learn: Run, settings: Settings) -> None:
    store(settings, shoppers=3, visits=2)
    status, said, err = learn()
    assert status == 0, err
    assert "the defaults stay" in said
    learnt = LearntFolder(learnt_folder(settings)).of("shoes")
    assert learnt.weights == DEFAULT_WEIGHTS
    assert learnt.following is not None
    (first, _), *_ = learnt.following.next_products(["asics-excite"], new_only=True)
    assert first == "nike-structure"


def test_many_choices_move_the_weights(learn: Run, settings: Settings) -> None:
    store(settings, shoppers=60, visits=6)
    clock = iter(range(1_000_000))
    folder = LearntFolder(learnt_folder(settings), clock=lambda: next(clock))
    assert folder.of("shoes").weights == DEFAULT_WEIGHTS
    status, said, err = learn()
    assert status == 0, err
    assert "720 choices of 60 shoppers" in said
    until = time.monotonic() + 20
    while (weights := folder.of("shoes").weights) == DEFAULT_WEIGHTS:  # a running server sees them
        assert time.monotonic() < until
        time.sleep(0.02)
    assert weights != DEFAULT_WEIGHTS
    for name, value in weights.model_dump().items():
        assert value <= 2 * getattr(DEFAULT_WEIGHTS, name) + 1e-9


def test_an_unknown_catalogue_is_refused(learn: Run) -> None:
    status, _, err = learn("--catalog", "nowhere")
    assert status == 2
    assert "nowhere" in err


def test_looking_for_a_newer_one_costs_a_turn_nothing(learn: Run, settings: Settings) -> None:
    times = [0.0]
    folder = LearntFolder(learnt_folder(settings), clock=lambda: times[0])
    assert folder.of("shoes") == Learnt()
    store(settings, shoppers=3, visits=2)
    assert learn()[0] == 0
    times[0] = 0.9
    assert folder.of("shoes") == Learnt()  # it was looked for within the second
    times[0] = 1.0
    until = time.monotonic() + 20
    while folder.of("shoes").following is None:
        assert time.monotonic() < until
        time.sleep(0.02)
    shutil.rmtree(learnt_folder(settings) / "shoes")
    times[0] = 2.0
    assert folder.of("shoes") == Learnt()


def test_baskets_are_learnt_from_many(learn: Run, settings: Settings) -> None:
    names = [f"s{n}" for n in range(60)]
    pairs = (("asics-excite", "nike-structure"), ("anta-kt",))
    events = [
        Event(
            event_id=f"{name}-{week}-{product}", shopper_id=name, type="purchase",
            product_id=product, time=START - timedelta(days=7 * week, minutes=number % 7),
        )
        for number, name in enumerate(names)
        for week in range(10)
        for product in pairs[(number + week) % 2]
    ]  # fmt: skip
    with opened_memory(settings) as memory:
        memory.give_consents(names, notice=SHOPS_TERMS)
    with closing(Database(settings.database_url)) as database:
        EventStore(database.engine).add(events, catalog="shoes")
    status, said, err = learn()
    assert status == 0, err
    assert "Next baskets: " in said
    assert "categories." in said
    baskets = LearntFolder(learnt_folder(settings)).of("shoes").baskets
    assert baskets is not None
    assert sum(baskets.weights.values()) == pytest.approx(1)
    assert baskets.habits.popular.max() > 0.4
    file = next((learnt_folder(settings) / "shoes" / "baskets").glob("*.npz"))
    file.write_bytes(file.read_bytes()[:-7])
    assert LearntFolder(learnt_folder(settings)).of("shoes").baskets is None
