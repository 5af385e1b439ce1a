"""What travels between ShopGuide and a shop's order system, besides the desk's own records."""

from __future__ import annotations

from pydantic import BaseModel, Field

from tools.orders.change import Change
from tools.orders.desk import Asker, Offer, Why
from tools.orders.order import Frozen


class OfferRequest(Frozen):
    """``POST /offers``: what would this change do?"""

    asker: Asker
    change: Change


class WriteRequest(Frozen):
    """``POST /changes``: carry out what was agreed to.

    Attributes:
        quote: the shopper's yes, word by word, for the audit.
    """

    asker: Asker
    offer: Offer
    quote: str = Field(max_length=4_000)


class ProofRequest(Frozen):
    """``POST /proofs``: do these three belong together?"""

    order_id: str = Field(max_length=200)
    email: str = Field(max_length=400)
    postcode: str = Field(max_length=60)


class ProofAnswer(Frozen):
    """Whether they do. The answer is the same whichever of the three is wrong."""

    proven: bool


class Problem(BaseModel):
    """An error, RFC 9457."""

    type: str = "about:blank"
    title: str = ""
    status: int
    detail: str = ""


class RefusedProblem(Problem):
    """A rule of the shop stands against a change.

    Attributes:
        why: the rule.
        value: the value at fault: an id, an amount, a day.
    """

    why: Why
    value: str = Field(default="", max_length=200)
