"""The order desk over a shop's own order system, which answers as ``openapi.yaml`` says."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_exponential,
)

from assistant.orders.http_answers import (
    error_of,
    no_such_order,
    not_believed,
    query_of,
    refusal_in,
    unavailable,
    written_in,
)
from assistant.orders.http_line import Answer, Broken, HttpLine, NotSent, Query
from assistant.orders.keys import check_key
from assistant.orders.wire import (
    OfferRequest,
    ProofAnswer,
    ProofRequest,
    WriteRequest,
)
from tools.orders.change import Change, ChangeAccountAddress
from tools.orders.desk import (
    Asker,
    NoSuchOrder,
    Offer,
    OrderPage,
    OrdersUnavailable,
    OutcomeUnknown,
    Refused,
    Returnable,
    Why,
    Written,
)
from tools.orders.order import Account, Item, Order
from tools.orders.ownership import may_see, number_of, seen_of, shown_of

Shape = TypeVar("Shape")
_ATTEMPTS, _SECONDS_OF_ATTEMPTS = 3, 12.0
_LONGEST_QUOTE = 4_000
_OK = frozenset({200, 201})
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
# The order system has read the request and has not carried it out.
_TURNED_AWAY = frozenset({400, 401, 403, 405, 413, 415, 422, 429})

_items: TypeAdapter[list[Item]] = TypeAdapter(list[Item])
_texts: TypeAdapter[list[str]] = TypeAdapter(list[str])

_log = structlog.get_logger(__name__)


class _PassingFailure(Exception):
    """What may go well a moment later."""


class HttpDesk:
    """Orders of another system. What its methods give and raise, ``OrderDesk`` says.

    What the system answers is validated, and held against the asker here too: an order that is
    somebody else's is not believed, whatever the system thinks.

    Args:
        line: to the system.
        sleep: waits between attempts, seconds.
    """

    def __init__(self, line: HttpLine, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._line = line
        self._sleep = sleep

    def account(self, asker: Asker) -> Account | None:
        """The account of who is signed in."""
        if asker.account_id is None:
            return None
        try:
            account = self._read(Account.model_validate_json, "account", query_of(asker))
        except NoSuchOrder:
            return None
        if account.id != asker.account_id:
            raise not_believed("account")
        return account

    def orders(self, asker: Asker) -> OrderPage:
        """The asker's orders, newest first."""
        if asker.account_id is None and not asker.proven:
            return OrderPage()
        page = self._read(OrderPage.model_validate_json, "orders", query_of(asker))
        if not all(may_see(asker, order) for order in page.orders):
            raise not_believed("orders")
        return page

    def order(self, asker: Asker, order_id: str) -> Order:
        """One order of the asker's."""
        if not number_of(order_id):
            raise no_such_order()
        order = self._read(Order.model_validate_json, "order", query_of(asker, order_id))
        if not may_see(asker, order):
            _log.error("orders_not_believed", what="order")
            raise no_such_order()
        if number_of(order.id) != number_of(order_id):
            raise not_believed("order")
        return order

    def methods(self, asker: Asker, order_id: str) -> Account:
        """The account behind an order, as far as the asker may see it."""
        order = self.order(asker, order_id)
        return shown_of(asker, order, self._behind(asker, order))

    def variants(self, product_id: str) -> Sequence[Item]:
        """The variants of a product."""
        found = self._read(_items.validate_json, "variants", [("product_id", product_id)])
        if any(item.product_id != product_id for item in found):
            raise not_believed("variants")
        return found

    def reasons(self) -> Sequence[str]:
        """The reasons for cancelling."""
        return self._read(_texts.validate_json, "reasons")

    def returnable(self, asker: Asker, order_id: str) -> Returnable:
        """What can be sent back, and until when."""
        order = self.order(asker, order_id)
        found = self._read(Returnable.model_validate_json, "returnable", query_of(asker, order_id))
        if not order.counted(found.item_ids):
            raise not_believed("returnable")
        return found

    def offer(self, asker: Asker, change: Change) -> Offer:
        """What a change would do."""
        order = self._own(asker, change)
        body = _json(OfferRequest(asker=asker, change=change))
        offer = self._read(Offer.model_validate_json, "offers", body=body)
        if offer.change != change or offer.order_id != (order and order.id):
            raise not_believed("offer")
        self._check_methods(asker, order, offer)
        return offer

    def prove(self, order_id: str, email: str, postcode: str) -> bool:
        """Whether the three belong together."""
        try:
            asked = ProofRequest(order_id=order_id, email=email, postcode=postcode)
        except ValidationError:
            return False
        try:
            body = _json(asked)
        except NoSuchOrder:
            return False
        return self._read(ProofAnswer.model_validate_json, "proofs", body=body).proven

    def write(self, asker: Asker, offer: Offer, *, key: str, quote: str) -> Written:
        """Makes a change. It is sent once; where no answer comes, the key is looked up, once.

        Raises:
            BadInput: the key can be none.
        """
        check_key(key)
        order = self._own(asker, offer.change)
        if offer.order_id != (order and order.id):
            raise Refused(Why.STALE)
        self._check_methods(asker, order, offer)
        said = quote[:_LONGEST_QUOTE].encode("utf-8", "replace").decode()
        body = _json(WriteRequest(asker=asker, offer=offer, quote=said))
        try:
            answer = self._line.ask(
                "POST",
                "changes",
                body=body,
                headers={"Idempotency-Key": key},
            )
        except NotSent as error:
            raise unavailable() from error
        except Broken as error:
            _log.warning("order_write_without_answer", error=str(error))
            return self._looked_up(asker, offer, key)
        if answer.status in _OK:
            written = written_in(answer, asker, offer, key)
            return written or self._looked_up(asker, offer, key)
        if answer.status == 409 and refusal_in(answer) is None:
            return self._looked_up(asker, offer, key)  # still under way, under the same key
        if answer.status in _TURNED_AWAY or answer.status in (404, 409):
            raise error_of(answer)
        return self._looked_up(asker, offer, key)

    def became(self, asker: Asker, offer: Offer, *, key: str) -> Written | None:
        """What became of a change. One that the order system does not know may be under way."""
        check_key(key)
        return self._looked_up(asker, offer, key)

    def close(self) -> None:
        """Closes the connections."""
        self._line.close()

    def _looked_up(self, asker: Asker, offer: Offer, key: str) -> Written:
        """What became of a write that was not answered.

        Raises:
            OutcomeUnknown: nothing is known of it. It may still be under way.
        """
        try:
            answer = self._line.ask("GET", "change", query=[("key", key), *query_of(asker)])
        except (NotSent, Broken):
            answer = None
        written = answer and answer.status in _OK and written_in(answer, asker, offer, key)
        if not written:
            raise OutcomeUnknown("The order system did not say whether it made the change.")
        return written

    def _own(self, asker: Asker, change: Change) -> Order | None:
        """The order that a change is of, where it is the asker's; None for one of the account."""
        if not isinstance(change, ChangeAccountAddress):
            return self.order(asker, change.order_id)
        if asker.account_id is None:
            raise Refused(Why.NOT_SIGNED_IN)
        if self.account(asker) is None:
            raise NoSuchOrder("The shop has no account of yours.")
        return None

    def _behind(self, asker: Asker, order: Order) -> Account:
        account = self._read(Account.model_validate_json, "methods", query_of(asker, order.id))
        if account.id != order.account_id:
            raise not_believed("methods")
        return account

    def _check_methods(self, asker: Asker, order: Order | None, offer: Offer) -> None:
        """Who is not signed in moves money only by the ways in which the order was paid."""
        if order is None or asker.account_id == order.account_id or not offer.moved:
            return
        usable = {m.id for m in seen_of(asker, order, self._behind(asker, order)).payment_methods}
        if any(move.method_id not in usable for move in offer.moved):
            raise Refused(Why.METHOD)

    def _read(
        self,
        shape: Callable[[bytes], Shape],
        path: str,
        query: Query = (),
        *,
        body: str | None = None,
    ) -> Shape:
        """Asks for something that changes nothing, so that it may be asked again."""
        method = "GET" if body is None else "POST"
        tries = Retrying(
            retry=retry_if_exception_type(_PassingFailure),
            stop=stop_after_attempt(_ATTEMPTS) | stop_after_delay(_SECONDS_OF_ATTEMPTS),
            wait=wait_exponential(multiplier=0.1, max=1.0),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            answer = tries(self._once, method, path, query, body)
        except _PassingFailure as error:
            raise unavailable() from error
        if answer.status not in _OK:
            raise error_of(answer)
        try:
            return shape(answer.body)
        except ValidationError as error:
            fault = error.errors(include_url=False, include_input=False)[0]
            _log.error("orders_not_valid", path=path, at=fault["loc"], fault=fault["msg"])
            raise OrdersUnavailable("The order system's answer cannot be read.") from error

    def _once(self, method: str, path: str, query: Query, body: str | None) -> Answer:
        try:
            answer = self._line.ask(method, path, query=query, body=body)
        except (NotSent, Broken) as error:
            raise _PassingFailure from error
        if answer.status in _PASSING:
            raise _PassingFailure
        return answer


def _json(request: BaseModel) -> str:
    """A request as it travels.

    Raises:
        NoSuchOrder: it names something by half a character, which nothing is called.
    """
    try:
        return request.model_dump_json()
    except PydanticSerializationError as error:
        raise no_such_order() from error
