"""Tells by its beginning in which format a catalogue file is written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from retrieval.errors import BadCatalogueFile
from retrieval.importing.encodings import UTF16_MARKS
from retrieval.importing.json_rows import container
from retrieval.importing.names import plain_name
from retrieval.importing.parquet_rows import MARK as PARQUET_MARK
from retrieval.importing.yaml_rows import looks_like_yaml

Kind = Literal["csv", "jsonl", "json", "yaml", "google", "shopify", "jsonld", "parquet"]

FORMATS = ("auto", "csv", "jsonl", "google", "shopify", "jsonld", "parquet")

_READ = "CSV, JSON, YAML, Parquet, Google, Shopify and schema.org feeds are read"
# JSON, YAML and plain records are told apart by themselves, whatever they are called.
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_PACKED = (b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"Rar!", b"7z\xbc\xaf")
_LD = re.compile(r'"@(?:context|graph|type)"\s*:')
_HTML = re.compile(r"<!doctype html|<html[\s>]|<head[\s>]|application/ld\+json", re.IGNORECASE)
# Names of Google's product data specification that hardly any other feed uses.
_GOOGLE = frozenset(
    {"image link", "google product category", "item group id", "additional image link"}
    | {"identifier exists", "age group", "product type", "condition", "gtin", "mpn", "link"}
)


def refuse_binary(path: Path, head: bytes) -> None:
    """Refuses what is no text.

    Args:
        path: the file, for messages.
        head: its first bytes, unpacked.

    Raises:
        BadCatalogueFile: it is a spreadsheet, an archive or otherwise binary.
    """
    if head.startswith(_SPREADSHEETS):
        raise BadCatalogueFile(
            f"{path.name} is a spreadsheet or an archive: save the sheet as CSV first.",
            field="file",
        )
    if head.startswith((*_PACKED, b"\x1f\x8b")):
        raise BadCatalogueFile(
            f"{path.name} is packed in a way that is not read: unpack it, or use gzip.",
            field="file",
        )
    if head.startswith(UTF16_MARKS):
        return
    odd = sum(head.count(byte) for byte in (*range(9), *range(14, 32)))
    if odd > max(8, len(head) // 50):
        raise BadCatalogueFile(f"{path.name} is not a text file; {_READ}.", field="file")


def find_kind(path: Path, start: str, format: str) -> Kind:
    """The format of a text file.

    Args:
        path: the file; its name only decides where the content leaves a doubt.
        start: its first characters.
        format: one of ``FORMATS``.

    Raises:
        BadCatalogueFile: it is in another format than the stated one.
    """
    first = start.lstrip()[:1]
    kind = _markup(path, start) if first == "<" else None
    suffixes = {suffix.lower() for suffix in path.suffixes}
    if kind is None:
        named_csv = bool({".csv", ".tsv", ".txt"} & suffixes)
        if format in {"csv", "shopify"} or (format == "auto" and named_csv and first not in "{["):
            kind = "csv"
        elif first in {"{", "["} or format in {"jsonl", "jsonld"}:
            kind = _json(start, first)
        elif looks_like_yaml(start):
            kind = "yaml"
        else:
            kind = "csv"
    if format == "parquet" or (format in {"jsonl", "csv", "shopify"} and kind in {"google"}):
        raise BadCatalogueFile(f"{path.name} is not in the format {format!r}.", field="format")
    if format == "jsonld" and kind in {"json", "jsonl"}:
        return "jsonld"
    if format == "jsonl" and kind == "jsonld":
        return _plain_json(start, first)
    return kind


def is_google(columns: tuple[str, ...]) -> bool:
    """Whether the names of columns are those of Google's product data specification."""
    names = {plain_name(column) for column in columns}
    return {"id", "title", "price"} <= names and len(names & _GOOGLE) >= 3


def is_html(start: str) -> bool:
    """Whether a text that begins with a tag is a page."""
    return _HTML.search(start[:50_000]) is not None and "<rss" not in start[:2_000]


def is_parquet(head: bytes) -> bool:
    """Whether the first bytes are those of a Parquet file."""
    return head.startswith(PARQUET_MARK)


def _markup(path: Path, start: str) -> Kind:
    if not is_html(start):
        return "google"
    if "ld+json" not in start and path.suffix.lower() not in {".html", ".htm"}:
        raise BadCatalogueFile(f"{path.name} looks like HTML; {_READ}.", field="file")
    return "jsonld"


def _json(start: str, first: str) -> Kind:
    if first in {"{", "["} and _LD.search(start[:20_000]):
        return "jsonld"
    return _plain_json(start, first)


def _plain_json(start: str, first: str) -> Kind:
    if first == "[":
        return "json"
    return "jsonl" if are_lines(start) or container(start) is None else "json"


def are_lines(start: str) -> bool:
    """Whether there is one record a line: the second begins with a brace too, in column 1."""
    lines = start.lstrip("\ufeff \t\r\n").split("\n", 2)
    return len(lines) > 1 and lines[1][:1] == "{" and lines[0].rstrip().endswith("}")
