"""A file of suite lines that only its owner may read."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from retrieval.errors import BadInput


def check_free(path: Path, *, replace: bool) -> None:
    """Refuses a place where nothing may be written.

    Raises:
        BadInput: there is a file that may not go, or no such folder.
    """
    if not path.parent.is_dir():
        raise BadInput(f"There is no folder {path.parent}.", field="out")
    if path.is_dir():
        raise BadInput(f"{path} is a folder.", field="out")
    if path.exists() and not replace:
        raise BadInput(f"{path} is there already; --force writes over it.", field="out")


@contextmanager
def writing(path: Path, *, replace: bool) -> Iterator[TextIO]:
    """A file that is there when all of it is written, or not at all.

    Args:
        path: where.
        replace: whether a file that is there may go.

    Raises:
        BadInput: as ``check_free``.
    """
    check_free(path, replace=replace)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        check_free(path, replace=replace)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
