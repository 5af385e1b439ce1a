"""What is still to be known before a change can be offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.ordering.turn import OrderTurn
from tools.orders.order import Account, Order, PaymentKind, PaymentMethod
from tools.orders.reading.request import Kind, OrderRequest

MOST_CHOICES = 6


@dataclass(frozen=True)
class Question:
    """What is still to be known.

    Attributes:
        asked: the part, as ``Ordering.asked`` has it; None where nothing can help.
        sentences: the question, and what is to be told before.
        choices: answers to tap.
        request: as far as it has come.
    """

    asked: str | None
    sentences: tuple[str, ...]
    choices: tuple[str, ...] = ()
    request: OrderRequest = field(default_factory=OrderRequest)


def ask_method(
    turn: OrderTurn, methods: Sequence[PaymentMethod], request: OrderRequest
) -> Question:
    """Asks which way of paying it should be.

    Args:
        turn: of the request.
        methods: those that there are.
        request: as far as it has come.
    """
    names = list(dict.fromkeys(turn.teller.method(method) for method in methods))
    if not names:
        return Question(None, (turn.say("no_method"),), request=request)
    name = "which_method" if len(names) > 1 else "only_method"
    said = turn.say(name, methods=turn.teller.either(names))
    return Question("method", (said,), tuple(names), request)


def other_methods(
    kind: Kind, order: Order, account: Account, *, but: str | None = None
) -> list[PaymentMethod]:
    """The ways of paying that are left for a change.

    Args:
        kind: of the change.
        order: that is changed.
        account: behind it.
        but: the id of one that is refused.
    """
    used = {payment.method_id for payment in order.payments}
    methods = [method for method in account.payment_methods if method.id != but]
    if kind is Kind.PAYMENT:
        return [method for method in methods if method.id not in used]
    if kind is Kind.RETURN:
        gift = PaymentKind.GIFT_CARD
        return [method for method in methods if method.id in used or method.kind is gift]
    return methods
