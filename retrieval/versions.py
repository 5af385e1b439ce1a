"""The versions of one catalogue's index on disk: each in a folder, one of them serving."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from retrieval.dense import Keeper
from retrieval.errors import IndexBroken, IndexNotWritten
from retrieval.manifest import Manifest, file_sizes
from retrieval.parts import VECTORS

CURRENT = "CURRENT"
_POINTER = f".{CURRENT}.partial"
_PARTIAL = ".partial"
_POLL = 0.01  # seconds between two looks at a lock of another process


class Versions:
    """The versions of one catalogue. A reader sees one of them whole, never a mixture.

    Args:
        home: the catalogue's folder.
        keeper: keeps what of a version lies outside its folder.
    """

    def __init__(self, home: Path, keeper: Keeper) -> None:
        self.home = home
        self._keeper = keeper

    def current(self) -> str | None:
        """The version that serves, or None.

        Raises:
            IndexBroken: the folder cannot be read.
        """
        try:
            return (self.home / CURRENT).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise IndexBroken(f"Which index of {self.home.name} serves cannot be read.") from error

    def all(self) -> list[Path]:
        """The versions that are written whole, oldest first."""
        return sorted(p for p in self.home.iterdir() if p.is_dir() and not p.name.startswith("."))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One process and thread at a time changes what serves.

        Raises:
            IndexNotWritten: the folder cannot be written.
        """
        with self._locked(".lock"):
            yield

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """A folder for what is being built, of one process at a time; it is gone at the end.

        Raises:
            IndexNotWritten: the disk is full or cannot be written.
        """
        with self._locked(".draft.lock"), self._written(".draft") as folder:
            yield folder

    @contextmanager
    def new(self, time: datetime) -> Iterator[Path]:
        """A folder for a new version, one at a time, until ``serve``; else it is gone at the end.

        Raises:
            IndexNotWritten: the disk is full or cannot be written.
        """
        version = time.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
        with self._locked(".version.lock"):
            # Nobody else is writing one: what lies here was left by a process that was killed.
            for left in self.home.glob(f".*{_PARTIAL}"):
                _remove(left)
            with self._written(f".{version}{_PARTIAL}") as folder:
                yield folder

    def seal(self, partial: Path, manifest: Manifest) -> None:
        """Notes the sizes of what is written, and waits until it is on the disk."""
        manifest = manifest.model_copy(update={"files": file_sizes(partial)})
        (partial / "manifest.json").write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
        for path in partial.rglob("*"):
            _sync(path)
        _sync(partial)

    def serve(self, partial: Path) -> Path:
        """Lets a sealed version serve, within ``writing``; the one before is kept as spare.

        Returns:
            The folder of the version.
        """
        previous = self.current()
        final = self.home / partial.name.removeprefix(".").removesuffix(_PARTIAL)
        while final.exists():  # two within a microsecond
            final = final.with_name(f"{final.name}0")
        partial.rename(final)
        pointer = self.home / _POINTER
        try:
            pointer.write_text(final.name, encoding="utf-8")
            _sync(pointer)
            pointer.replace(self.home / CURRENT)
        except OSError:
            # It never served, and a full disk needs the room.
            _remove(pointer)
            _remove(final)
            raise
        _sync(self.home)
        self._clear_away([final, *([self.home / previous] if previous else [])])
        return final

    def _clear_away(self, kept: list[Path]) -> None:
        for old in self.all():
            if old not in kept:
                self._keeper.forget(old / VECTORS, [version / VECTORS for version in kept])
                _remove(old)

    @contextmanager
    def _locked(self, file: str) -> Iterator[None]:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.home / file)
            lock.acquire(poll_interval=_POLL)
        except OSError as error:
            raise self._not_written(error) from error
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _written(self, name: str) -> Iterator[Path]:
        """A fresh folder; what is left of it is removed, and a full disk is said in plain words."""
        folder = self.home / name
        try:
            _remove(folder)
            folder.mkdir()
            yield folder
        except OSError as error:
            raise self._not_written(error) from error
        finally:
            _remove(folder)

    def _not_written(self, error: OSError) -> IndexNotWritten:
        why = error.strerror or "it cannot be written"
        return IndexNotWritten(
            f"The index {self.home.name} could not be written: {why}. What served before serves on."
        )


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    if path.is_dir() and not hasattr(os, "O_DIRECTORY"):  # Windows syncs no folder
        return
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
