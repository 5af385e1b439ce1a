"""What tokens cost."""

from __future__ import annotations

from pydantic import Field

from evals.running.observed import SeenUsage
from evals.suite.strict import Strict

_MILLION = 1_000_000


class Prices(Strict):
    """Prices of a language model, for a million tokens.

    Attributes:
        uncached: of the prompt, where the server's cache did not have it.
        cached: of the prompt, where it did.
        completion: of what the model writes.
        currency: of the prices.
    """

    uncached: float = Field(ge=0)
    cached: float = Field(ge=0)
    completion: float = Field(ge=0)
    currency: str = "USD"

    def cost(self, usage: SeenUsage) -> float:
        """What a turn cost, in the prices' currency."""
        tokens = (
            (usage.prompt_tokens - usage.cached_tokens) * self.uncached
            + usage.cached_tokens * self.cached
            + usage.completion_tokens * self.completion
        )
        return tokens / _MILLION
