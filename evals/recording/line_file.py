"""A place for a file of suite lines, where nothing is written over unasked."""

from __future__ import annotations

from pathlib import Path

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
