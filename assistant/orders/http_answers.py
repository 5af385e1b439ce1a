"""What an order system answered, read with distrust."""

from __future__ import annotations

import structlog
from pydantic import ValidationError

from assistant.orders.http_line import Answer
from assistant.orders.wire import RefusedProblem
from tools.orders.change import ChangeAccountAddress
from tools.orders.desk import Asker, NoSuchOrder, Offer, OrdersUnavailable, Refused, Written
from tools.orders.ownership import may_see

_log = structlog.get_logger(__name__)


def query_of(asker: Asker, order_id: str | None = None) -> list[tuple[str, str]]:
    """Who asks, and for which order: in the query, as an id may hold slashes and dots."""
    query = [("proven", id) for id in sorted(asker.proven)]
    if asker.account_id is not None:
        query.append(("account_id", asker.account_id))
    if order_id is not None:
        query.append(("order_id", order_id))
    return query


def written_in(answer: Answer, asker: Asker, offer: Offer, key: str) -> Written | None:
    """The outcome in an answer; None where it is none of this change."""
    try:
        written = Written.model_validate_json(answer.body)
    except ValidationError:
        return None
    if written.key != key:
        return None
    if isinstance(offer.change, ChangeAccountAddress):
        return written if written.address == offer.change.address else None
    order = written.order
    if order is None or order.id != offer.order_id or not may_see(asker, order):
        return None
    return written


def refusal_in(answer: Answer) -> Refused | None:
    """The rule that an answer names; None where it names none that is known."""
    try:
        problem = RefusedProblem.model_validate_json(answer.body)
    except ValidationError:
        return None
    return Refused(problem.why, problem.value)


def error_of(answer: Answer) -> Exception:
    """What an answer says that is no success."""
    if answer.status == 404:
        return no_such_order()
    if answer.status == 409:
        refused = refusal_in(answer)
        if refused is not None:
            return refused
    _log.error("orders_refuse", status=answer.status)
    return unavailable()


def no_such_order() -> NoSuchOrder:
    """For an order that is not there, or not the asker's."""
    return NoSuchOrder("There is no such order.")


def unavailable() -> OrdersUnavailable:
    """For a system that does not answer."""
    return OrdersUnavailable("The order system does not answer.")


def not_believed(what: str) -> OrdersUnavailable:
    """For an answer about somebody or something else than was asked for."""
    _log.error("orders_not_believed", what=what)
    return OrdersUnavailable("The order system's answer is of something else.")
