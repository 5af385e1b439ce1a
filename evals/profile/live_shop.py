"""The demo shop as a server process of its own, with a model that repeats what shoppers say.

``python -m evals.profile.live_shop HOME`` serves it until it is terminated.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from assistant.app import Assistant, indexes_folder
from assistant.database.connection import Database
from assistant.database.erasing import Scrubber
from assistant.llm.client import Message, Usage
from assistant.logs import configure_logs
from assistant.server import create_http
from assistant.settings import Settings
from evals.profile.demo_shop import demo_index
from evals.profile.silent_model import SilentModel
from retrieval.embedding import HashingEmbedder
from retrieval.folder import IndexFolder

LOG = "server.log"
_SECONDS_TO_START = 120
_BRAND = re.compile(r"from (\w+)")
_SAYS = re.compile(r"says (\w+)")


class BrandModel(SilentModel):
    """Takes the word after "from" for a brand, and lets its answers speak of it."""

    async def complete_json(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        *,
        name: str,
        max_tokens: int,
    ) -> tuple[dict[str, Any], Usage]:
        """A reading with that brand."""
        brands = _BRAND.findall(str(messages[-1].content))[-1:]
        facts = [{"quote": b, "field": "brand", "op": "=", "value": b} for b in brands]
        return {"action": "search", "facts": facts}, Usage(calls=1)

    async def stream_text(
        self, messages: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[str | Usage, None]:
        """An answer that takes the shopper's words for products, and has to be refused."""
        said = "\n".join(str(message.content) for message in messages)
        for word in {*_BRAND.findall(said), *_SAYS.findall(said)}:
            yield f"The {word} Runner 43 by {word} costs $43. "
        yield Usage(calls=1)


class _NoScrubber(Scrubber):
    """Leaves the files as they are."""

    def scrub(self) -> bool:
        """Does nothing."""
        return False


@contextmanager
def live_shop(home: Path, *, scrubs: bool = True) -> Iterator[str]:
    """A server over that folder; what it says goes to a log there.

    Args:
        home: as ``SHOPGUIDE_HOME``; its catalogue is built where it is missing.
        scrubs: whether files are rewritten after an erasure; without it the check is checked.

    Yields:
        Its address.

    Raises:
        RuntimeError: it does not start.
    """
    home.mkdir(parents=True, exist_ok=True)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SHOPGUIDE_")}
    command = [sys.executable, "-m", "evals.profile.live_shop", str(home)]
    with closing(socket.socket()) as listener, (home / LOG).open("ab") as log:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        number = listener.fileno()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        process = subprocess.Popen(  # noqa: S603 (our own program)
            [*command, "--socket", str(number), *([] if scrubs else ["--no-scrub"])],
            stdout=log,
            stderr=log,
            env=environment,
            pass_fds=[number],
        )
    try:
        _wait_for(url, process, home)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait_for(url: str, process: subprocess.Popen[bytes], home: Path) -> None:
    ends = time.monotonic() + _SECONDS_TO_START
    while True:
        try:
            if httpx.get(f"{url}/ready", timeout=5.0, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        if process.poll() is not None or time.monotonic() > ends:
            said = (home / LOG).read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"The server did not start: {said[-2000:]}")
        time.sleep(0.05)


def _serve(home: Path, number: int, *, scrubs: bool) -> None:
    configure_logs(logging.INFO)
    settings = Settings(home=home)
    embedder = HashingEmbedder()
    indexes = IndexFolder(indexes_folder(settings), embedder)
    if indexes.current_version(settings.catalog) is None:
        indexes.replace(demo_index(embedder))
    database = Database(settings.database_url)
    if not scrubs:
        database.scrubber = _NoScrubber(database.engine)
    assistant = Assistant(settings, indexes=indexes, database=database, model=BrandModel())
    config = uvicorn.Config(
        create_http(assistant, settings),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    with closing(socket.socket(fileno=number)) as listener:
        uvicorn.Server(config).run([listener])
    assistant.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--socket", type=int, required=True)
    parser.add_argument("--no-scrub", action="store_true")
    given = parser.parse_args()
    _serve(given.home, given.socket, scrubs=not given.no_scrub)
