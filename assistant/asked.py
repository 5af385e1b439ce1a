"""The message that a turn answers."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.reply import Language
from assistant.store import ThreadState
from retrieval.index import CatalogueIndex


@dataclass(frozen=True)
class Asked:
    """One message, with who asks, where and of what."""

    message: str
    language: Language
    thread: ThreadState
    index: CatalogueIndex
    turn_id: str
