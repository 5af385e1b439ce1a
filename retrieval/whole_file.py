"""Files that are there when all of it is written, or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO

from retrieval.errors import BadInput

PRIVATE = 0o600
_ANY = 0o666


@contextmanager
def written_whole(path: Path, *, mode: int = _ANY, field: str = "out") -> Iterator[TextIO]:
    """A text file (UTF-8) that takes its name only when all of it is written and on disk.

    Args:
        path: a file that is there is replaced at the end, its mode too.
        mode: who may read and write it, at most; the umask may take more away.
        field: of the input that named the path, for the error.

    Raises:
        BadInput: it cannot be written there.
    """
    with whole_bytes(path, mode=mode, field=field) as binary:
        text = TextIOWrapper(binary, encoding="utf-8", newline="\n", write_through=False)
        yield text
        text.flush()
        text.detach()


@contextmanager
def whole_bytes(path: Path, *, mode: int = _ANY, field: str = "out") -> Iterator[BinaryIO]:
    """As ``written_whole``, of bytes."""
    if path.exists() and not path.is_file():
        raise BadInput(f"{path} is not a file that can be written.", field=field)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(partial, flags, mode)
    except OSError as error:
        raise BadInput(f"Cannot write {path}: {error.strerror}.", field=field) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def narrowest_mode(*paths: Path) -> int:
    """Who may read and write a file that is made of others: nobody who may not read each of them.

    Args:
        paths: files, or folders, of which all within counts too. What is not there is passed over:
            to read it is another's error.
    """
    mode = _ANY
    for path in paths:
        for file in (path, *path.rglob("*")) if path.is_dir() else (path,):
            if file.exists():
                mode &= stat.S_IMODE(file.stat().st_mode)
    return mode | stat.S_IRUSR | stat.S_IWUSR


@contextmanager
def nothing_wider(mode: int) -> Iterator[None]:
    """Within it, no file of this process is made wider than a mode.

    For files that others write. The umask is the whole process's: only a command sets it.
    """
    before = os.umask(0o777)
    os.umask(before | (_ANY & ~mode) | _folder_mask(mode))
    try:
        yield
    finally:
        os.umask(before)


def _folder_mask(mode: int) -> int:
    """Who may not read the files may not search the folder either."""
    return sum(0o1 << shift for shift in (0, 3, 6) if not mode >> shift & 0o4)
