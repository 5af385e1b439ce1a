"""The rows of a Google product feed in XML: RSS 2.0 items or Atom entries, read as a stream.

No tree is built: a record is gathered from the parser's events and forgotten when it is given.
Entities and document types are refused, so that nothing can be fetched or multiplied by the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TextIO
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import DefusedXMLParser  # type: ignore[import-untyped]

from retrieval.errors import BadCatalogueFile
from retrieval.importing.reasons import Reason
from retrieval.importing.rows import MAX_COLUMNS, MAX_FIELD, MAX_ROW, Cell, Row, checked_row

_CHUNK = 1 << 16
_ITEMS = frozenset({"item", "entry", "product"})
_DEEPEST = 50
_MOST_NAMES = 5_000
# A tag or comment is held whole by the parser.
_LONGEST_TAG = 4_000_000
# Terms of sale to single places: nested, and nothing that a product is.
_LEFT_OUT = frozenset({"shipping", "tax", "installment", "subscription_cost", "loyalty_program"})
_SEVERAL = frozenset({"additional_image_link", "product_highlight"})
# XML 1.0 has no place for these; one would end the whole feed. What stands for them is a control
# character too, so that the row tells of it.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def google_rows(stream: TextIO, name: str) -> Iterator[Row]:
    """The rows of the feed, each under Google's attribute names.

    Args:
        stream: the text of the feed.
        name: the file's name, for messages.

    Raises:
        BadCatalogueFile: it is no XML, has entities or a document type, or lies too deep.
    """
    target = _Items()
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    # pyexpat's parser, which tells the line; the attribute is part of the pure Python class.
    target.line_of = lambda: int(parser.parser.CurrentLineNumber)
    silent = 0
    try:
        while chunk := stream.read(_CHUNK):
            events = target.events
            parser.feed(_NOT_XML.sub("\x80", chunk))
            silent = silent + len(chunk) if target.events == events else 0
            if silent > _LONGEST_TAG:
                raise _TooDeep
            yield from target.take()
        parser.close()
        yield from target.take()
    except DefusedXmlException:
        raise BadCatalogueFile(
            f"{name} declares a document type or entities, which could multiply or fetch content: "
            "it is not read. Export it without them.",
            field="file",
        ) from None
    except _TooDeep:
        raise BadCatalogueFile(
            f"{name} is no product feed: its elements lie too deep in each other, are too many "
            "kinds, or have tags that do not end.",
            field="file",
        ) from None
    except (ParseError, ValueError, RecursionError) as error:
        place = getattr(error, "position", None)
        where = f" at line {place[0]}" if place else ""
        raise BadCatalogueFile(
            f"{name} is no well-formed XML{where}: it cannot be read further.", field="file"
        ) from None


class _TooDeep(Exception):
    """The document is built to exhaust its reader."""


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1].rsplit(":", 1)[-1]


class _Items:
    """Gathers records from the parser's events.

    Attributes:
        events: how many there were.
        line_of: tells the line that the parser is at.
    """

    def __init__(self) -> None:
        self.events = 0
        self.line_of: Callable[[], int] = lambda: 0
        self._ready: list[Row] = []
        self._names: set[str] = set()
        self._depth = 0
        self._item_depth = 0
        self._line = 0
        self._path: list[str] = []
        self._cells: dict[str, Cell] = {}
        self._pieces: list[str] = []
        self._length = 0
        self._whole = 0
        self._detail: dict[str, str] = {}
        self._too_long = ""

    def take(self) -> list[Row]:
        """The rows that are complete; each is given once."""
        ready, self._ready = self._ready, []
        return ready

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.events += 1
        self._depth += 1
        self._names.add(tag)
        if self._depth > _DEEPEST or len(self._names) > _MOST_NAMES:
            raise _TooDeep
        name = _local(tag)
        if not self._item_depth:
            if name in _ITEMS and self._depth > 1:
                self._item_depth = self._depth
                self._line = self.line_of()
                self._cells, self._detail, self._too_long, self._whole = {}, {}, "", 0
                self._path = []
            return
        self._path.append(name)
        self._pieces, self._length = [], 0
        alternate = attributes.get("rel", "alternate") == "alternate"
        if name == "link" and alternate and attributes.get("href"):
            # Atom: the plain or alternate link is the product's page.
            self._put("link", attributes["href"])

    def data(self, text: str) -> None:
        self.events += 1
        if self._path:
            self._length += len(text)
            self._whole += len(text)
            if self._length <= MAX_FIELD and self._whole <= MAX_ROW:
                self._pieces.append(text)
            elif not self._too_long:
                self._too_long = self._path[-1]

    def end(self, tag: str) -> None:
        self.events += 1
        if self._item_depth == self._depth:
            self._finish()
        elif self._path:
            self._end_of(self._path.pop())
        self._depth -= 1

    def _end_of(self, name: str) -> None:
        text = "".join(self._pieces).strip()
        self._pieces, self._length = [], 0
        if not self._path:
            if name == "product_detail":
                self._finish_detail()
            elif text and name not in _LEFT_OUT:
                self._put(name, text)
        elif len(self._path) == 1 and self._path[0] == "product_detail":
            self._detail[name] = text[:1_000]
        elif len(self._path) == 1 and self._path[0] == "author":
            return

    def _finish_detail(self) -> None:
        name, value = self._detail.get("attribute_name"), self._detail.get("attribute_value")
        self._detail = {}
        if name and value:
            details = self._cells.setdefault("product_detail", {})
            if isinstance(details, dict) and len(details) < MAX_COLUMNS:
                details[name[:100]] = value

    def _put(self, name: str, text: str) -> None:
        held = self._cells.get(name)
        if held is None:
            if len(self._cells) <= MAX_COLUMNS:
                self._cells[name] = [text] if name in _SEVERAL else text
        elif isinstance(held, list) and len(held) < MAX_COLUMNS:
            held.append(text)

    def _finish(self) -> None:
        cells, self._cells = self._cells, {}
        details = cells.pop("product_detail", None)
        if isinstance(details, dict):
            for name, value in details.items():
                cells.setdefault(f"product_detail.{name}", value)
        self._item_depth = 0
        if self._too_long:
            too_long = self._whole > MAX_ROW
            problem = Reason.ROW_TOO_LONG if too_long else Reason.FIELD_TOO_LONG
            self._ready.append(Row(self._line, problem=problem, detail=self._too_long[:60]))
        elif len(cells) > MAX_COLUMNS:
            self._ready.append(Row(self._line, problem=Reason.TOO_MANY_COLUMNS))
        else:
            self._ready.append(checked_row(self._line, cells))

    def close(self) -> None:
        """Nothing is left to do."""
