"""The local language model: a llama.cpp server that is started, awaited and ended with us."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import httpx

from assistant.errors import ModelTooSlow, ModelUnavailable

STOP_SECONDS = 5.0


class LocalServer:
    """A llama.cpp server in a process of its own, on a free loopback port.

    Use it as a context manager, or call ``start``, ``wait`` and ``stop``.

    Args:
        model: the GGUF file.
        log: where llama.cpp's messages go; written anew at each start.
        port: 0 takes a free one.
        deadline: seconds that loading may take.
    """

    def __init__(self, model: Path, log: Path, *, port: int = 0, deadline: float = 180.0) -> None:
        self._model = model
        self._log = log
        self._port = port
        self._deadline = deadline
        self._process: subprocess.Popen[bytes] | None = None
        self._url: str | None = None

    @property
    def url(self) -> str:
        """The OpenAI-compatible base URL.

        Raises:
            ModelUnavailable: the server is not ready yet.
        """
        if self._url is None:
            raise ModelUnavailable("The local model server is not ready yet.")
        return f"{self._url}/v1"

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def process_id(self) -> int | None:
        """The process, for measuring its memory."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Starts the process and comes back at once.

        Raises:
            ModelUnavailable: the model file is not there, or the log cannot be written.
        """
        if self.running:
            return
        if not self._model.is_file():
            raise ModelUnavailable(f"There is no model file {self._model}.")
        # -P: a folder of the same name where the user stands must not be taken for ours.
        command = [sys.executable, "-P", "-m", "assistant.llm.llama_server"]
        command += ["--model", str(self._model), "--port", str(self._port)]
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with self._log.open("wb") as log:
                # Every argument is ours. A session of its own: Ctrl-C is for the parent, which
                # then stops this process in order.
                self._process = subprocess.Popen(  # noqa: S603
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            raise ModelUnavailable(
                f"The local model server cannot be started: {error.strerror}."
            ) from error

    def wait(self) -> str:
        """Waits until the model answers.

        Returns:
            The OpenAI-compatible base URL.

        Raises:
            ModelUnavailable: the process ended; the sentence has its last message.
            ModelTooSlow: it did not answer before the deadline; it has been stopped.
        """
        if self._process is None or self._process.stdout is None:
            raise ModelUnavailable("The local model server has not been started.")
        if self._url is not None:
            return self.url
        ends = time.monotonic() + self._deadline
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, ends - time.monotonic())):
                    self.stop()
                    raise ModelTooSlow(
                        f"The local model was not loaded within {self._deadline:.0f} seconds."
                    )
                piece = os.read(self._process.stdout.fileno(), 1024)
                if not piece:
                    self.stop()
                    raise ModelUnavailable(
                        f"The local model server ended while loading: {self._last_message()}"
                    )
                line += piece
        address = line.decode().strip()
        while not _is_healthy(address):
            if time.monotonic() > ends or not self.running:
                self.stop()
                raise ModelTooSlow("The local model server was started but does not answer.")
            time.sleep(0.1)
        self._url = address
        return self.url

    def stop(self) -> None:
        """Ends the process, by force where it does not go."""
        process, self._process, self._url = self._process, None, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> LocalServer:
        self.start()
        try:
            self.wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _last_message(self) -> str:
        try:
            lines = self._log.read_text("utf-8", errors="replace").split("\n")
        except OSError:
            lines = []
        spoken = [line.strip() for line in lines if line.strip()]
        return spoken[-1][:300] if spoken else "it left no message."


def _is_healthy(address: str) -> bool:
    try:
        # A proxy of the environment is not for loopback.
        return httpx.get(f"{address}/health", timeout=2.0, trust_env=False).is_success
    except httpx.TransportError:
        return False
