"""A model on disk: arrays and a description, checked by a sum, never unpickled."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import ShopGuideError

Arrays = dict[str, NDArray[Any]]

_FORMAT = 1
_NAME = "sequence.json"


class SequenceModelDamaged(ShopGuideError):
    """The files of a model of next products are missing or not what was written."""

    http_status = 503
    title = "Model of next products unreadable"


def write_folder(folder: Path, arrays: Arrays, description: str) -> str:
    """Writes arrays beside their description, and drops what an older model left.

    The arrays' file is named by its checksum and the description is put in place last, so that a
    reader never sees halves of two models.

    Returns:
        The checksum of both.
    """
    folder.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    data = buffer.getvalue()
    name = f"sequence-{hashlib.sha256(data).hexdigest()[:16]}.npz"
    checksum = _checksum(data, description)
    _put(folder / name, data)
    head = {"format": _FORMAT, "arrays": name, "checksum": checksum, "model": description}
    _put(folder / _NAME, json.dumps(head, ensure_ascii=False).encode())
    for old in folder.glob("sequence-*.npz"):
        if old.name != name:
            old.unlink(missing_ok=True)
    return checksum


def read_folder(folder: Path) -> tuple[Arrays, str]:
    """What ``write_folder`` wrote.

    Raises:
        SequenceModelDamaged: it is not there, of another format, or changed since.
    """
    try:
        head = json.loads((folder / _NAME).read_bytes())
        if head["format"] != _FORMAT:
            raise SequenceModelDamaged(f"Format {head['format']!r} of {folder} is not known.")
        data = (folder / Path(head["arrays"]).name).read_bytes()
        description: str = head["model"]
        if _checksum(data, description) != head["checksum"]:
            raise SequenceModelDamaged(f"The files of {folder} are not what was written.")
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            return dict(stored), description
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise SequenceModelDamaged(f"No model can be read from {folder}: {error}") from error


def _checksum(data: bytes, description: str) -> str:
    digest = hashlib.sha256(data)
    digest.update(description.encode())
    return digest.hexdigest()


def _put(path: Path, data: bytes) -> None:
    """Writes a file whole: under another name first, on disk before it takes its place."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
