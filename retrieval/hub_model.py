"""An embedding model from the hub, kept whole in a folder of its own."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from filelock import FileLock

from retrieval.downloads import HUB_PROBE_SECONDS, Progress
from retrieval.errors import BadInput, DownloadFailed

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling

_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}
_TEXTS = (".json", ".txt", ".model", ".jinja")
# The same weights in formats that are not loaded here, and what training left.
_UNUSED = frozenset({"onnx", "openvino", "coreml", "tf", "flax", "gguf", "checkpoints", "runs"})


def fetch_from_hub(
    repo: str, revision: str, final: Path, progress: Progress, *, endpoint: str | None = None
) -> None:
    """Downloads the files that a model is loaded from; does nothing where they are there.

    Args:
        repo: owner and name on the hub.
        revision: a branch, a tag or a commit.
        final: the folder to be made. It appears in one step, with every file in it, and is
            never changed afterwards: an index lives as long as its model does.
        progress: told how many bytes have come.
        endpoint: URL of the hub; by default what ``huggingface_hub`` is set up with.

    Raises:
        BadInput: the hub has no such model or revision, or it is no embedding model.
        DownloadFailed: the hub cannot be reached or the disk cannot be written. What has come
            is kept, and the next download goes on from there.
    """
    if final.is_dir():
        return
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(final.with_name(f"{final.name}.lock")):
            if not final.is_dir():
                _fetch(repo, revision, final, progress, endpoint)
    except OSError as error:
        raise DownloadFailed(
            f"The embedding model {repo} cannot be kept in {final.parent}: "
            f"{error.strerror or error}."
        ) from error


def _fetch(repo: str, revision: str, final: Path, progress: Progress, endpoint: str | None) -> None:
    # Heavy, and needed only where something is to be fetched.
    from huggingface_hub import HfApi, constants, hf_hub_download
    from huggingface_hub.errors import (  # type: ignore[attr-defined]
        HfHubHTTPError,
        HTTPError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    from retrieval.hub_progress import bar_class

    endpoint = (endpoint or constants.ENDPOINT).rstrip("/")
    if constants.HF_HUB_OFFLINE:
        raise DownloadFailed(
            f"The embedding model {repo} is not here, and the hub is switched off by "
            "HF_HUB_OFFLINE."
        )
    progress(0, 0, f"asking the hub for {repo}")
    parts = final.with_name(f"{final.name}.parts")
    try:
        info = HfApi(endpoint=endpoint).model_info(
            repo, revision=revision, files_metadata=True, timeout=HUB_PROBE_SECONDS
        )
        files = _needed(info.siblings or [])
        if not files:
            raise BadInput(
                f"{repo} on the hub has no weights that sentence-transformers loads.",
                field="embedding",
            )
        total, done = sum(file.size or 0 for file in files), 0
        for file in files:
            hf_hub_download(
                repo,
                file.rfilename,
                revision=info.sha or revision,
                endpoint=endpoint,
                local_dir=parts,
                tqdm_class=bar_class(progress, done, total, f"downloading {file.rfilename}"),
            )
            done += file.size or 0
    except RevisionNotFoundError as error:
        raise BadInput(f"{repo} has no revision {revision!r}.", field="embedding") from error
    except RepositoryNotFoundError as error:
        raise BadInput(
            f"The hub has no model {repo}, or does not show it to you: a private or gated one "
            "needs HF_TOKEN.",
            field="embedding",
        ) from error
    except HfHubHTTPError as error:
        raise DownloadFailed(
            f"The embedding model {repo} could not be fetched: the hub at {endpoint} answers with "
            f"status {error.response.status_code}."
        ) from error
    # OSError and RuntimeError: what the hub's client and its transfer library raise.
    except (HTTPError, OSError, RuntimeError, ValueError) as error:
        if isinstance(error, OSError) and error.errno in _OF_THE_DISK:
            raise
        raise DownloadFailed(
            f"The embedding model {repo} could not be fetched: the hub at {endpoint} does not "
            "answer, or broke off. A folder that has the model can be named instead."
        ) from error
    shutil.rmtree(parts / ".cache", ignore_errors=True)
    os.replace(parts, final)


def _needed(files: Iterable[RepoSibling]) -> list[RepoSibling]:
    """Those that sentence-transformers reads: texts, and weights in one format."""
    usable = [file for file in files if _plain(PurePosixPath(file.rfilename))]
    safe = {
        PurePosixPath(file.rfilename).parent
        for file in usable
        if file.rfilename.endswith(".safetensors")
    }
    weights = [
        file
        for file in usable
        if file.rfilename.endswith(".safetensors")
        or (
            file.rfilename.endswith(".bin")
            and PurePosixPath(file.rfilename).parent not in safe
            and "training" not in file.rfilename
        )
    ]
    texts = [file for file in usable if file.rfilename.endswith(_TEXTS)]
    return [*texts, *weights] if weights else []


def _plain(path: PurePosixPath) -> bool:
    """Whether a path stays inside its folder and is not of an unused format."""
    outside = path.is_absolute() or ".." in path.parts or "\\" in str(path)
    return not outside and not (_UNUSED | {".git"}) & set(path.parts[:-1])
