"""Where an embedding model comes from: pinned, a folder, or the hub."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from retrieval.downloads import Progress, no_progress
from retrieval.embedding_weights import EMBEDDING_MODEL, embedding_path, fetch_embedding_model
from retrieval.errors import BadInput, DownloadFailed
from retrieval.fingerprint import Fingerprint, fingerprint, of_hashes
from retrieval.hub_model import fetch_from_hub

DEFAULT = "default"
_DEFAULT_DIMENSIONS = 384
_HUB_ID = re.compile(
    r"(?:(?P<owner>[\w-][\w.-]*)/)?(?P<name>[\w-][\w.-]*)(?:@(?P<revision>[\w-][\w./-]*))?",
    re.ASCII,
)
# Names without an owner are this owner's, as sentence-transformers has it.
_OWNER = "sentence-transformers"


@dataclass(frozen=True)
class EmbeddingSource:
    """A model that may still have to be fetched.

    Attributes:
        label: what people call it.
        folder: where it lies, or will.
        cache: where weights and their hashes are kept.
        repo: its owner and name on the hub, where it comes from there.
        revision: branch, tag or commit on the hub.
        pinned: whether it is the default model, whose hashes are known.
    """

    label: str
    folder: Path
    cache: Path
    repo: str | None = None
    revision: str = "main"
    pinned: bool = False

    @property
    def dimensions(self) -> int | None:
        """Length of its vectors where that is known without loading it."""
        return _DEFAULT_DIMENSIONS if self.pinned else None

    def fetch(self, progress: Progress = no_progress, *, hub_endpoint: str | None = None) -> Path:
        """Makes sure that the model is there; returns its folder.

        Raises:
            DownloadFailed: it cannot be had.
            BadInput: there is no such model.
        """
        if self.pinned:
            return fetch_embedding_model(self.cache, progress, hub_endpoint=hub_endpoint)
        if self.repo is not None:
            fetch_from_hub(self.repo, self.revision, self.folder, progress, endpoint=hub_endpoint)
        return self.folder

    def fingerprint(self) -> Fingerprint:
        """The hashes of its files; fast from the second time on.

        Raises:
            DownloadFailed: the model is not there.
        """
        if self.pinned:
            return of_hashes({file.path: file.sha256 for file in EMBEDDING_MODEL.files})
        if not self.folder.is_dir():
            raise DownloadFailed(f"The embedding model {self.label} has not been fetched yet.")
        try:
            return fingerprint(self.folder, self.cache / "hashes")
        except OSError as error:
            raise DownloadFailed(
                f"The embedding model in {self.folder} cannot be read: {error.strerror or error}."
            ) from error


def embedding_source(setting: str, cache: Path) -> EmbeddingSource:
    """Reads the setting.

    Args:
        setting: ``default``, a folder, or a model's id on the hub, ``owner/name``, with
            ``@revision`` where a certain one is meant.
        cache: the folder that weights are kept in.

    Raises:
        BadInput: it is none of these, or the folder is not there.
    """
    if setting == DEFAULT:
        return EmbeddingSource("all-MiniLM-L6-v2", embedding_path(cache), cache, pinned=True)
    folder = Path(setting).expanduser()
    if folder.is_dir():
        return EmbeddingSource(folder.resolve().name, folder, cache)
    read = _HUB_ID.fullmatch(setting)
    if read is None or folder.is_absolute():
        raise BadInput(
            f"{setting[:200]!r} is no embedding model: give 'default', a folder that is there, "
            "or an id of the hub such as owner/name or owner/name@revision.",
            field="embedding",
        )
    owner, name, revision = read["owner"] or _OWNER, read["name"], read["revision"] or "main"
    kept = f"{owner}--{name}@{revision.replace('/', '--')}"
    return EmbeddingSource(
        f"{owner}/{name}", cache / "hub" / kept, cache, f"{owner}/{name}", revision
    )
