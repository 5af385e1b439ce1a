"""Opens a catalogue file, packed by gzip or not; one that unpacks without end is refused."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from retrieval.errors import BadCatalogueFile

GZIP_MARK = b"\x1f\x8b"
# Feeds pack to a fifth, the most repetitive to a fiftieth; a bomb to a thousandth.
_FREE = 64_000_000
_HIGHEST_RATIO = 200


class _TooMuch(Exception):
    """A packed file unpacks to far more than any feed does."""


class _Unpacked(io.RawIOBase):
    """The bytes of a gzip file, counted against those that they were packed into."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self._unpacked = gzip.GzipFile(fileobj=raw)
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        piece = self._unpacked.read(min(len(view), 1 << 20))
        view[: len(piece)] = piece
        self._given += len(piece)
        if self._given > _FREE and self._given > _HIGHEST_RATIO * max(1, self._raw.tell()):
            raise _TooMuch
        return len(piece)

    def close(self) -> None:
        self._unpacked.close()
        self._raw.close()
        super().close()


def unpacked(raw: IO[bytes], zipped: bool) -> IO[bytes]:
    """The bytes that a file holds; closing them closes the file.

    Args:
        raw: the file as it lies on disk.
        zipped: whether gzip packed it.
    """
    return cast(IO[bytes], io.BufferedReader(_Unpacked(raw), 1 << 18)) if zipped else raw


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turns what can go wrong while a file is read into one plain sentence.

    Raises:
        BadCatalogueFile: the file is not there, damaged, cannot be read, or unpacks without end.
    """
    try:
        yield
    except FileNotFoundError:
        raise BadCatalogueFile(f"There is no file {path}.", field="file") from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise BadCatalogueFile(
            f"{path.name} is a damaged gzip file: it cannot be unpacked to its end.", field="file"
        ) from None
    except _TooMuch:
        raise BadCatalogueFile(
            f"{path.name} unpacks to more than {_HIGHEST_RATIO} times its size, as no feed does: "
            "it was not read further. Unpack it first if it is what you mean.",
            field="file",
        ) from None
    except OSError as error:
        why = error.strerror or "it cannot be opened"
        raise BadCatalogueFile(f"{path} cannot be read: {why}.", field="file") from None
