"""What a conversion could not carry over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Lost:
    """Something that the other format has no word for.

    Attributes:
        where: file and line, or the conversation.
        what: which part of it, without a full stop.
    """

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}."
