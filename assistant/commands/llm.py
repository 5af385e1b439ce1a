"""``shopguide llm``: weights, a local server, and the command for a GPU machine."""

from __future__ import annotations

import shlex
import signal
import time
from types import FrameType

from assistant.app import weights_folder
from assistant.commands.console import Steps, say, tell
from assistant.errors import ModelUnavailable
from assistant.llm.local import LocalServer
from assistant.llm.presets import command_for
from assistant.llm.weights import fetch_default_model
from assistant.settings import Settings
from retrieval.embedding_weights import fetch_embedding_model

_LOOK_SECONDS = 0.5


def fetch(settings: Settings) -> None:
    """Fetches the default language model and the embedding model, and prints where they are.

    Raises:
        DownloadFailed: one of them cannot be had.
    """
    folder = weights_folder(settings)
    with Steps() as steps:
        model = fetch_default_model(folder, steps.show)
        embedding = fetch_embedding_model(folder, steps.show)
    say(str(model))
    say(str(embedding))


def serve(settings: Settings, *, port: int) -> None:
    """Serves the default model on loopback until it is interrupted or terminated.

    Args:
        settings: say where weights are kept.
        port: 0 takes a free one.

    Raises:
        DownloadFailed: the model cannot be had.
        ModelUnavailable: the server does not start, or ends by itself.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with Steps() as steps:
            model = fetch_default_model(weights_folder(settings), steps.show)
            steps.show(0, 0, "starting the language model")
            server = LocalServer(model, settings.cache / "llama-serve.log", port=port)
            server.start()
            url = server.wait()
            steps.show(1, 1, "starting the language model")
        with server:
            say(f"The model answers at {url}")
            while server.running:
                time.sleep(_LOOK_SECONDS)
        raise ModelUnavailable("The local model server has ended by itself.")
    except KeyboardInterrupt:
        tell("The model server has ended.")


def print_command(preset: str) -> None:
    """Prints the command that serves the model of a kind of machine.

    Raises:
        BadInput: there is no such preset.
    """
    say(shlex.join(command_for(preset)))


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
