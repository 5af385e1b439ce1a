"""Finds out in which encoding a file is written."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable
from typing import IO

from charset_normalizer import from_bytes

_CHUNK = 1 << 16
_SAMPLE = 256_000
# Left free to choose, the detector takes French for Welsh.
_LIKELY = ["cp1252", "cp1250", "cp1251", "big5", "shift_jis", "euc_kr"]
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

_ESCAPED = re.compile("[\udc80-\udcff]+")
_FOREIGN = re.compile("[^\\x00-\\x7f]+")

Opener = Callable[[], IO[bytes]]
"""Opens the file anew, from its first byte."""


def find_encoding(opened: Opener) -> str:
    """The codec of a file: UTF-8 where nearly all bytes fit it, then GB18030, then the likeliest.

    The file is read once to its end.
    """
    with opened() as data:
        if data.read(2) in UTF16_MARKS:
            return "utf-16"
    if _is_utf8(opened):
        return "utf-8-sig"
    good = bad = 0
    with opened() as data:
        stream = io.TextIOWrapper(data, encoding="utf-8", errors="surrogateescape", newline="")
        while chunk := stream.read(_CHUNK):
            if not chunk.isascii():
                escaped = sum(map(len, _ESCAPED.findall(chunk)))
                bad += escaped
                good += sum(map(len, _FOREIGN.findall(chunk))) - escaped
    if good > 10 * bad:
        return "utf-8-sig"
    sample = _foreign_lines(opened)
    if _looks_chinese(sample):
        return "gb18030"
    best = from_bytes(sample, cp_isolation=_LIKELY).best()
    return best.encoding if best is not None else "cp1252"


def _is_utf8(opened: Opener) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with opened() as data:
        try:
            while chunk := data.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _foreign_lines(opened: Opener) -> bytes:
    """The lines that are not plain ASCII, up to a sample's length: they alone tell encodings."""
    lines: list[bytes] = []
    length = 0
    with opened() as data:
        while (line := data.readline(_CHUNK)) and length < _SAMPLE:
            if not line.isascii():
                lines.append(line)
                length += len(line)
    return b"".join(lines)


def _looks_chinese(sample: bytes) -> bool:
    # In GB text bytes above 0xA0 come in pairs; in Latin text accents mostly stand alone.
    runs = re.findall(rb"[\x80-\xff]+", sample)
    pairs = sum(len(run) for run in runs if len(run) % 2 == 0 and min(run) >= 0xA1)
    if pairs < 0.7 * sum(map(len, runs)):
        return False
    try:
        sample.decode("gb18030")
    except UnicodeDecodeError as error:
        return error.end >= len(sample) - 4
    return True
