"""READ: what is known of the shopper who is asking."""

from __future__ import annotations

from typing import Protocol

from langchain_core.tools import StructuredTool
from pydantic import BaseModel, Field

from retrieval.index import CatalogueIndex
from tools.access import Access
from tools.leaning import Leaning


class KnownFact(BaseModel):
    """Something known of a shopper, with the words that it rests on."""

    field: str
    value: str
    op: str
    quote: str
    confidence: float


class KnownShopper(BaseModel):
    """What is known of a shopper.

    Attributes:
        facts: what they have said, newest first.
        leanings: what that and what they did ask of a catalogue's products.
    """

    facts: list[KnownFact] = Field(default_factory=list)
    leanings: list[Leaning] = Field(default_factory=list)


class ProfileReader(Protocol):
    """Gives what is known of one shopper."""

    def known_of(self, shopper_id: str, index: CatalogueIndex) -> KnownShopper:
        """What is known of the shopper, in terms of a catalogue; nothing of one unknown."""
        ...


class LookupProfile(BaseModel):
    """``lookup_profile`` takes no arguments: whose profile it is, the server has settled."""


def lookup_profile_tool(
    profiles: ProfileReader, shopper_id: str, index: CatalogueIndex
) -> StructuredTool:
    """The tool, bound to the shopper who is asking and to the catalogue that is asked."""

    def lookup_profile() -> KnownShopper:
        return profiles.known_of(shopper_id, index)

    return StructuredTool.from_function(
        func=lookup_profile,
        name="lookup_profile",
        description="What is known of the shopper who is asking.",
        args_schema=LookupProfile,
        metadata={"access": Access.READ},
    )
