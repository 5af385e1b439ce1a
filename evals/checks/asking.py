"""Whether an answer asks back: the one definition that checks, measures and shoppers share."""

from __future__ import annotations

import re

from evals.running.observed import Observed

_ENDS_ASKING = re.compile(r"[?？]\W*$")


def asks_back(observed: Observed) -> bool:
    """Whether an answer asks for what the shopper wants.

    It offers choices, calls itself a clarification, or ends with a question and gives no product:
    "shall I compare them?" below a list of products is a courtesy.
    """
    if observed.error is not None:
        return False
    if observed.choices or observed.intent == "clarify":
        return True
    return not observed.products and _ENDS_ASKING.search(observed.text) is not None
