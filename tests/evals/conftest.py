"""What tests of the evaluation commands share."""

import logging
import sys
from collections.abc import Callable, Iterator

import pytest
import structlog
from tiny_engine import tiny_engine

from assistant.cli import main
from assistant.settings import Settings
from retrieval.embedding import HashingEmbedder

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tiny() -> Iterator[str]:
    """The URL of an engine that answers the same to everybody."""
    with tiny_engine() as url:
        yield url


@pytest.fixture
def command(
    settings: Settings,
    embedder: HashingEmbedder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Command]:
    """Runs a command in this process, in the shop of the ``settings`` fixture."""
    monkeypatch.setenv("SHOPGUIDE_HOME", str(settings.home))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    # The only part that would fetch weights.
    for module in ("shop", "eval"):
        name = f"assistant.commands.{module}.ready_embedder"
        monkeypatch.setattr(name, lambda settings, steps: embedder)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def call(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    yield call
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
