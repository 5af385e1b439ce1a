"""What somebody without an account gives to prove an order theirs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

from assistant.errors import TooManyRequests
from assistant.ordering.outcome import Outcome
from assistant.ordering.state import ProofGiven
from assistant.ordering.turn import OrderTurn
from assistant.orders.guessing import OrderGuard, try_keys
from retrieval.text import normalise
from tools.access import Access
from tools.orders.desk import OrderDesk, OrdersUnavailable
from tools.orders.ownership import number_of
from tools.orders.reading.addresses import without_address
from tools.orders.reading.order_numbers import asked_number
from tools.orders.reading.request import Kind

Proven = Literal["proven", "wrong", "limited"]

_EMAIL = re.compile(
    r"[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6}", re.ASCII
)
_POSTCODE = re.compile(
    r"(?:post(?:al)?[ -]?code|zip(?:[ -]?code)?|邮编|邮政编码)(?:\s*(?:is|是|为|：|:))?\s*"
    r"([A-Za-z]{0,2}\d[A-Za-z\d]{0,5}(?: ?\d[A-Za-z]{2}| ?[A-Za-z]{2}(?![A-Za-z])|-\d{3,4})?)",
    re.IGNORECASE,
)
_BARE_POSTCODE = re.compile(
    r"(?<![A-Z0-9#@-])([A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{4} ?[A-Z]{2}"
    r"|\d{5}-\d{4}|\d{4,6})(?![A-Z0-9@-])",
    re.IGNORECASE,
)


def proof_in(message: str, given: ProofGiven) -> ProofGiven:
    """What is given so far, with what a message adds.

    Args:
        message: the shopper's.
        given: in the messages before.
    """
    text = normalise(message).upper()
    update: dict[str, str] = {}
    if match := _EMAIL.search(text):
        update["email"] = match.group().lower()
        text = text.replace(match.group(), " ")
    if match := _POSTCODE.search(text):
        update["postcode"] = match.group(1)
        text = text.replace(match.group(), " ")
    if number := asked_number(text):
        update["order_id"] = number
        text = text.replace(number, " ")
    if "postcode" not in update and (match := _BARE_POSTCODE.search(text)):
        update["postcode"] = match.group(1)
    return given.model_copy(update=update)


async def ask_proof(
    turn: OrderTurn, after_proof: Callable[[Sequence[str]], Iterable[BaseTool]]
) -> OrderTurn | Outcome:
    """Asks who is not signed in for the proof of an order.

    Args:
        turn: that is about orders.
        after_proof: gives the tools of the desk for who has proven these orders.

    Returns:
        The turn, once the order that it speaks of is proven; else what is asked for.
    """
    held, said = turn.held, turn.read([], None)
    kept = turn.merged(said, []).model_copy(update={"unknown_order": None})
    if kept.kind is Kind.ACCOUNT_ADDRESS:
        return turn.outcome(turn.say("only_signed_in"))
    # Where it should go is no proof of where it goes.
    to = said.address if kept.kind is Kind.ADDRESS else None
    given = proof_in(without_address(turn.asked.message, to), held.proof)
    number = given.order_id
    if held.proven and (number is None or number_of(number) in map(number_of, held.proven)):
        return turn
    name = "proof_wrong" if given.complete else "ask_proof"
    if given.complete and given != held.proof:
        outcome = await turn.records.proves(given)
        if outcome == "proven":
            assert given.order_id is not None
            proven = tuple(dict.fromkeys((*held.proven, given.order_id)))
            update = {"proven": proven, "proof": ProofGiven(), "request": kept}
            turn.records.bind(after_proof(proven))
            return replace(turn, held=held.model_copy(update=update))
        if outcome == "limited":
            name, given = "proof_limited", ProofGiven()  # it was not tried, and may be right
    parts = turn.teller.fixed["proof_parts"]
    missing = [words for part, words in parts.items() if getattr(given, part) is None]
    text = turn.say(name, missing=turn.teller.listed(missing))
    found = turn.outcome(text, request=kept, asked="proof", unanswered=name != "ask_proof")
    return replace(found, ordering=found.ordering.model_copy(update={"proof": given}))


class ProveOrder(BaseModel):
    """Arguments of ``prove_order``."""

    order_id: str = Field(min_length=1, max_length=128, description="the order's number")
    email: str = Field(min_length=3, max_length=320, description="it was placed with")
    postcode: str = Field(min_length=1, max_length=20, description="it goes to")


@dataclass(frozen=True)
class Proving:
    """Who tries to prove an order, for limits against guessing.

    Attributes:
        guard: counts wrong tries.
        shopper_id: who is asking.
        address: the network address that it comes from, where that is known.
    """

    guard: OrderGuard
    shopper_id: str
    address: str | None


def prove_order_tool(desk: OrderDesk, proving: Proving) -> StructuredTool:
    """READ: whether number, e-mail and postcode belong together; limited against guessing."""

    def prove_order(order_id: str, email: str, postcode: str) -> Proven:
        keys = try_keys(address=proving.address, shopper=proving.shopper_id, order=order_id)
        try:
            proving.guard.allow(keys)
        except TooManyRequests:
            return "limited"
        try:
            proven = desk.prove(order_id, email, postcode)
        except OrdersUnavailable:
            proving.guard.right(keys)
            raise
        if not proven:
            proving.guard.wrong()
            return "wrong"
        proving.guard.right(keys)
        return "proven"

    return StructuredTool.from_function(
        func=prove_order,
        name="prove_order",
        description="Whether an order was placed under an e-mail for a postcode.",
        args_schema=ProveOrder,
        metadata={"access": Access.READ, "withheld": ("email", "postcode")},
    )
