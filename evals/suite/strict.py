"""The base of all that people write into suites by hand."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Refuses a key that it does not know: a misspelt check must not pass for one that is met."""

    model_config = ConfigDict(extra="forbid", frozen=True)
