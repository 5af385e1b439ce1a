"""The message that a turn answers."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.desk.cases import Standing
from assistant.release import Release
from assistant.reply import Language
from assistant.thread import ThreadState
from retrieval.index import CatalogueIndex


@dataclass(frozen=True)
class Asked:
    """One message, with who asks, where and of what; or a wish that is taken away without one.

    Attributes:
        case: the thread's open case at the shop's desk.
        confirms: id of the offer that a button said yes or no to; None where it was typed.
        address: the network address that the message came from, where that is known.
        release: the wish that is taken away; the message is empty then.
    """

    message: str
    language: Language
    thread: ThreadState
    index: CatalogueIndex
    turn_id: str
    case: Standing | None = None
    address: str | None = None
    confirms: str | None = None
    release: Release | None = None
