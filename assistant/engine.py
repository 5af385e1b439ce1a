"""The engine that settings name: a local server that is started, or a URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from assistant.app import weights_folder
from assistant.llm.client import OpenAIChatModel
from assistant.llm.local import LocalServer
from assistant.llm.weights import fetch_default_model
from assistant.settings import Settings
from retrieval.downloads import Progress, no_progress
from retrieval.errors import BadInput


@contextmanager
def engine(settings: Settings, progress: Progress = no_progress) -> Iterator[OpenAIChatModel]:
    """A client for the engine; a local server lives as long as the context.

    Args:
        settings: ``llm`` says which engine.
        progress: told how far the weights are fetched.

    Raises:
        DownloadFailed: the default weights cannot be had.
        ModelUnavailable: the local server does not start.
        BadInput: ``llm`` is neither ``local`` nor a URL.
    """
    if settings.llm == "local":
        model = fetch_default_model(weights_folder(settings), progress)
        with LocalServer(model, settings.cache / "llama.log") as server:
            yield engine_client(settings, server.wait())
    elif settings.llm.startswith(("http://", "https://")):
        yield engine_client(settings, settings.llm)
    else:
        raise BadInput("--llm must be 'local' or a URL such as http://host:8000/v1.", field="llm")


def engine_client(settings: Settings, url: str) -> OpenAIChatModel:
    """A client for an engine that runs.

    Args:
        settings: the model's id, its API key, and how long a call may take.
        url: of the engine.
    """
    return OpenAIChatModel(
        url,
        settings.model,
        settings.llm_key.get_secret_value() if settings.llm_key else None,
        timeout=settings.llm_timeout,
    )
