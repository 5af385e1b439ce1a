"""Links that a shopper's browser may be given: public http and https addresses, nothing else."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import unquote, urlsplit

from retrieval.importing.findings import Flaw
from retrieval.importing.notes import Notes
from retrieval.importing.reasons import Reason
from retrieval.importing.rows import Cell
from retrieval.importing.values import as_text

_LONGEST_LINK = 2_000
# RFC 6761, RFC 6762 and ICANN: names that never stand for a public host.
_INSIDE = frozenset({"localhost", "local", "internal", "lan", "home", "corp", "intranet"})
# 2130706433, 0x7f.1 and 017700000001 are ways to write 127.0.0.1.
_NUMERIC_LABEL = re.compile(r"^(?:0x[0-9a-f]*|\d+)$", re.IGNORECASE)
_UNCLEAN = frozenset('\\<>"`{}|^')


def read_link(value: Cell, field: str, notes: Notes) -> str | None:
    """The link of a cell, or the first of a list; None where there is none that may be shown.

    Args:
        value: the cell.
        field: what the note names.
        notes: is told of a link that is left out.
    """
    if isinstance(value, list):
        texts = [part for part in value if isinstance(part, str) and part.strip()]
        value = next((text for text in texts if is_public_link(text.strip())), None)
        value = texts[0] if value is None and texts else value
    text = as_text(value).strip()
    if not text:
        return None
    if not is_public_link(text):
        notes.mended(Reason.LINK_DROPPED, field, text)
        notes.flaws.add(Flaw.UNSAFE_LINK)
        return None
    # Right in an address, wrong in an attribute of HTML.
    return text.replace("'", "%27")


def is_public_link(text: str) -> bool:
    """Whether a text is one whole http or https address of a public host.

    No name and password, no step upwards in its path, no private, loopback or numeric host.
    """
    if len(text) > _LONGEST_LINK or not text.isprintable() or any(map(str.isspace, text)):
        return False
    if not _UNCLEAN.isdisjoint(text):
        return False
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc:
        return False
    path = unquote(unquote(parts.path))
    return ".." not in re.split(r"[/\\]", path) and "\0" not in path and _is_public_host(host)


def _is_public_host(host: str) -> bool:
    if ":" in host:
        return _is_global(host)
    labels = host.rstrip(".").split(".")
    if _NUMERIC_LABEL.match(labels[-1]):
        return _is_global(host)
    return len(labels) > 1 and all(labels) and labels[-1] not in _INSIDE


def _is_global(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_global and not address.is_multicast
