"""The base of all that people write into suites by hand."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Strict(BaseModel):
    """Refuses a key that it does not know: a misspelt check must not pass for one that is met.

    Nor is infinity a number, or what is none (NaN), with which every comparison fails.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank")
    return text


Words = Annotated[str, Field(min_length=1), AfterValidator(_not_blank)]
"""A text that says something."""
