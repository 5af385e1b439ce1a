"""The whole application in a process of its own, in front of a model with a fixed delay."""

from __future__ import annotations

import asyncio
import gc
import logging
import multiprocessing
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import structlog
import uvicorn

from assistant.app import Assistant, indexes_folder
from assistant.commands.run import address_of, bound_socket, server_config
from assistant.database.connection import Database
from assistant.llm.client import Message, Usage
from assistant.server import create_http
from assistant.settings import Settings
from evals.profile.demo_shop import demo_index
from evals.profile.silent_model import SilentModel
from retrieval.embedding import HashingEmbedder
from retrieval.folder import IndexFolder
from ui.page import mount_page

_START_SECONDS = 120


class PacedModel(SilentModel):
    """A model that finds nothing in a message and is as slow as it is told to be.

    Args:
        delay: seconds of each call before its first word.
    """

    def __init__(self, delay: float) -> None:
        self._delay = delay

    async def complete_json(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        *,
        name: str,
        max_tokens: int,
    ) -> tuple[dict[str, Any], Usage]:
        """A reading with no facts, after the delay."""
        await asyncio.sleep(self._delay)
        return await super().complete_json(messages, schema, name=name, max_tokens=max_tokens)

    async def stream_text(
        self, messages: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[str | Usage, None]:
        """The shortest answer that is one, after the delay."""
        await asyncio.sleep(self._delay)
        async for piece in super().stream_text(messages, max_tokens=max_tokens):
            yield piece


@contextmanager
def served_shop(delay: float) -> Iterator[tuple[str, int]]:
    """The demo shop with its page, as ``shopguide run`` serves it; its address and process id.

    Args:
        delay: seconds of each call of the model.

    Raises:
        TimeoutError: it did not start.
    """
    with bound_socket("127.0.0.1", 0) as listener:
        process = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(listener, delay), daemon=True
        )
        process.start()
        try:
            url = address_of(listener)
            _wait_for(url)
            yield url, process.pid or 0
        finally:
            process.terminate()
            process.join()


def _serve(listener: Any, delay: float) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    embedder = HashingEmbedder()
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        indexes = IndexFolder(indexes_folder(settings), embedder)
        indexes.replace(demo_index(embedder))
        assistant = Assistant(
            settings,
            indexes=indexes,
            database=Database(settings.database_url),
            model=PacedModel(delay),
        )
        try:
            http = create_http(assistant, settings, page=mount_page)
            indexes.open(settings.catalog).search("鞋", k=1)  # as the command does, with its words
            gc.freeze()
            uvicorn.Server(server_config(http, settings)).run([listener])
        finally:
            assistant.close()


def _wait_for(url: str) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        try:
            if httpx.get(f"{url}/ready", trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError("the shop did not start")
