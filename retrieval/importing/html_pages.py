"""The JSON-LD texts in an HTML page, one at a time; nothing else of the page is read."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import TextIO

from retrieval.importing.rows import MAX_ROW

_CHUNK = 1 << 16
# The parser keeps what it has not made sense of yet.
_LONGEST_OPEN = 2_000_000


def script_texts(stream: TextIO) -> Iterator[tuple[int, str | None]]:
    """The line and text of each ``application/ld+json`` script; None for one beyond the limit."""
    page = _Page()
    while chunk := stream.read(_CHUNK):
        page.feed(chunk)
        if len(page.rawdata) > _LONGEST_OPEN:
            # A tag or comment that never ends: what was kept of it is let go.
            page.rawdata = ""
        yield from page.take()
    page.close()
    yield from page.take()


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self._ready: list[tuple[int, str | None]] = []
        self._pieces: list[str] | None = None
        self._length = 0
        self._line = 0

    def take(self) -> list[tuple[int, str | None]]:
        """The texts that are complete; each is given once."""
        ready, self._ready = self._ready, []
        return ready

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begins a text at a script of the right type."""
        kind = (dict(attrs).get("type") or "").split(";")[0].strip().lower()
        if tag == "script" and kind == "application/ld+json":
            self._pieces, self._length = [], 0
            self._line = self.getpos()[0]

    def handle_data(self, data: str) -> None:
        """Gathers the text of a script, up to what a row may hold."""
        if self._pieces is not None:
            self._length += len(data)
            if self._length <= MAX_ROW:
                self._pieces.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Ends the text."""
        if tag == "script" and self._pieces is not None:
            text = "".join(self._pieces) if self._length <= MAX_ROW else None
            self._ready.append((self._line, text))
            self._pieces = None
