"""``shopguide learn``: what many shoppers' events teach reaches the next answer."""

import sys
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
from assistant.profile.event_store import EventStore
from assistant.profile.events import Event
from assistant.profile.learnt import LearntFolder
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
        for name in names:
            memory.give_consent(name)
    with closing(Database(settings.database_url)) as database:
        for name in names:
            for number in range(visits):
                events = visit(name, number, "asics-excite", "nike-structure")
                EventStore(database.engine).add(events)


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
    folder = LearntFolder(learnt_folder(settings))
    assert folder.of("shoes").weights == DEFAULT_WEIGHTS
    status, said, err = learn()
    assert status == 0, err
    assert "720 choices of 60 shoppers" in said
    weights = folder.of("shoes").weights  # a running server sees the new ones
    assert weights != DEFAULT_WEIGHTS
    for name, value in weights.model_dump().items():
        assert value <= 2 * getattr(DEFAULT_WEIGHTS, name) + 1e-9


def test_an_unknown_catalogue_is_refused(learn: Run) -> None:
    status, _, err = learn("--catalog", "nowhere")
    assert status == 2
    assert "nowhere" in err
