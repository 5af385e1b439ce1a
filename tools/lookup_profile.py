"""READ: what is known of the shopper who is asking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from langchain_core.tools import StructuredTool
from pydantic import BaseModel

from tools.access import Access


class KnownFact(BaseModel):
    """Something known of a shopper, with the words that it rests on."""

    field: str
    value: str
    op: str
    quote: str
    confidence: float


class ProfileReader(Protocol):
    """Gives the facts of one shopper."""

    def facts_of(self, shopper_id: str) -> Sequence[KnownFact]:
        """All facts kept of the shopper, newest first."""
        ...


class LookupProfile(BaseModel):
    """``lookup_profile`` takes no arguments: whose profile it is, the server has settled."""


def lookup_profile_tool(profiles: ProfileReader, shopper_id: str) -> StructuredTool:
    """The tool, bound to the shopper who is asking."""

    def lookup_profile() -> list[KnownFact]:
        return list(profiles.facts_of(shopper_id))

    return StructuredTool.from_function(
        func=lookup_profile,
        name="lookup_profile",
        description="What is known of the shopper who is asking.",
        args_schema=LookupProfile,
        metadata={"access": Access.READ},
    )
