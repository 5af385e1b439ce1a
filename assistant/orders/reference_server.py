"""A small order system that answers as ``openapi.yaml`` says, over the shop's own tables.

It is what the published description is held against, and an example for a shop that puts its own
system behind it::

    SHOPGUIDE_ORDERS_KEY=… python -m assistant.orders.reference_server --port 9000
    python -m assistant.orders.reference_server --openapi > assistant/orders/openapi.yaml
"""

from __future__ import annotations

import argparse
import hmac
import sys
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any, cast

import uvicorn
import yaml
from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from assistant.database.connection import Database
from assistant.errors import NotSignedIn
from assistant.http.problems import ProblemResponse, answer_with_problems, problem_of
from assistant.orders.opening import rules_of
from assistant.orders.sql_desk import SqlDesk
from assistant.orders.wire import (
    OfferRequest,
    Problem,
    ProofAnswer,
    ProofRequest,
    RefusedProblem,
    WriteRequest,
)
from assistant.settings import Settings
from tools.orders.desk import Asker, NoSuchOrder, Offer, OrderPage, Refused, Returnable, Written
from tools.orders.order import Account, Item, Order
from tools.orders.rules import OrderRules

_DESCRIPTION = """\
What a shop's order system answers so that ShopGuide can serve its orders.

Every request carries a bearer key that the two share. Who is asking comes with it: `account_id` of
a shopper who is signed in at the shop, `proven` for each order that somebody has proven with
number, e-mail and postcode. ShopGuide's server settles both; no shopper and no language model
writes them. The order system holds each order's owner against them all the same. An order that is
not theirs is answered as one that does not exist: 404.

`POST /changes` is the only request that changes anything. It carries an `Idempotency-Key`: the same
key never writes twice, and gives the first outcome again, with `repeated`. In one transaction the
order is locked, owner, version and rules are checked again, and what the change would do now is
held against the offer that was agreed to; where it differs at all, the answer is 409 with `why:
stale`. Where no answer arrives, ShopGuide asks `GET /change` for the key, once.

Ids travel in the query, never in the path, as they may hold slashes. Amounts are text.
"""
_KEY = HTTPBearer(auto_error=False, description="The key that the shop and ShopGuide share.")
_IdText = Annotated[str, Query(max_length=200)]

Refusals = dict[int | str, dict[str, Any]]
_REFUSED: Refusals = {401: {"model": Problem}, 503: {"model": Problem}}
_NO_ORDER: Refusals = {404: {"model": Problem, "description": "No such order of this asker"}}
_RULE: Refusals = {
    409: {"model": RefusedProblem, "description": "A rule of the shop stands against it"}
}


def asker_of(
    account_id: Annotated[str | None, Query(max_length=200)] = None,
    proven: Annotated[list[str] | None, Query(max_length=50)] = None,
) -> Asker:
    """Who is asking, from the query."""
    return Asker(account_id=account_id, proven=frozenset(proven or ()))


Who = Annotated[Asker, Depends(asker_of)]


def create_reference_server(desk: SqlDesk, key: str) -> FastAPI:
    """The order system.

    Args:
        desk: has the orders.
        key: that a request must carry.
    """

    def authorised(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_KEY)]) -> None:
        if given is None or not hmac.compare_digest(given.credentials.encode(), key.encode()):
            raise NotSignedIn("The key is not the shop's.")

    http = FastAPI(
        title="A shop's order system for ShopGuide",
        description=_DESCRIPTION,
        version="1",
        docs_url=None,
        redoc_url=None,
    )
    answer_with_problems(http)
    http.add_exception_handler(Refused, _refused)
    routes = APIRouter(dependencies=[Depends(authorised)], responses=_REFUSED)
    _reading(routes, desk)
    _changing(routes, desk)
    http.include_router(routes)
    return http


def _reading(routes: APIRouter, desk: SqlDesk) -> None:
    @routes.get("/account", responses=_NO_ORDER)
    def account(who: Who) -> Account:
        """The account of `account_id`."""
        found = desk.account(who)
        if found is None:
            raise NoSuchOrder("There is no such account.")
        return found

    @routes.get("/orders")
    def orders(who: Who) -> OrderPage:
        """The asker's orders, newest first, at most 50."""
        return desk.orders(who)

    @routes.get("/order", responses=_NO_ORDER)
    def order(who: Who, order_id: _IdText) -> Order:
        """One order, however its number is written: case, spaces and a `#` do not count."""
        return desk.order(who, order_id)

    @routes.get("/methods", responses=_NO_ORDER)
    def methods(who: Who, order_id: _IdText) -> Account:
        """The account behind an order. Of a `proven` one only the ways in which it was paid."""
        return desk.methods(who, order_id)

    @routes.get("/returnable", responses=_NO_ORDER)
    def returnable(who: Who, order_id: _IdText) -> Returnable:
        """What of an order can be sent back, and until when."""
        return desk.returnable(who, order_id)

    @routes.get("/variants")
    def variants(product_id: _IdText) -> list[Item]:
        """The variants of a product; empty where it is not known."""
        return list(desk.variants(product_id))

    @routes.get("/reasons")
    def reasons() -> list[str]:
        """The reasons for cancelling that the shop takes."""
        return list(desk.reasons())

    @routes.post("/proofs")
    def proofs(asked: ProofRequest) -> ProofAnswer:
        """Whether an order with that number was placed under that e-mail for that postcode."""
        return ProofAnswer(proven=desk.prove(asked.order_id, asked.email, asked.postcode))


def _changing(routes: APIRouter, desk: SqlDesk) -> None:
    @routes.post("/offers", responses={**_NO_ORDER, **_RULE})
    def offers(asked: OfferRequest) -> Offer:
        """What a change would do, in money too. Writes nothing."""
        return desk.offer(asked.asker, asked.change)

    @routes.post("/changes", responses={**_NO_ORDER, **_RULE})
    def changes(
        asked: WriteRequest, idempotency_key: Annotated[str, Header(max_length=200)]
    ) -> Written:
        """Makes the change that was agreed to, once."""
        return desk.write(asked.asker, asked.offer, key=idempotency_key, quote=asked.quote)

    @routes.get("/change", responses=_NO_ORDER)
    def change(who: Who, key: _IdText) -> Written:
        """What was made under a key on behalf of this asker; 404 where nothing was."""
        written = desk.made(who, key)
        if written is None:
            raise NoSuchOrder("Nothing was made under this key.")
        return written


async def _refused(request: Request, error: Exception) -> Response:
    refused = cast(Refused, error)
    problem = {**problem_of(refused), "why": refused.why.value, "value": refused.detail[:200]}
    return ProblemResponse(problem)


def published(http: FastAPI) -> str:
    """The description of an order system, as YAML."""
    return yaml.safe_dump(http.openapi(), allow_unicode=True, sort_keys=False, width=100)


def main() -> None:
    """Prints the description, or serves the orders of the shop's database."""
    parser = argparse.ArgumentParser(description="A reference order system for ShopGuide.")
    parser.add_argument("--openapi", action="store_true", help="print the description, and end")
    parser.add_argument("--port", type=int, default=9000)
    options = parser.parse_args()
    settings = Settings(orders="sql")
    if options.openapi:
        sys.stdout.write(published(create_reference_server(_described(), "-")))
        return
    if settings.orders_key is None:
        parser.error("SHOPGUIDE_ORDERS_KEY is missing: the key that ShopGuide will send")
    desk = SqlDesk(
        Database(settings.database_url),
        rules_of(settings),
        now=lambda: datetime.now(UTC),
        new_id=lambda: uuid.uuid4().hex,
    )
    key = settings.orders_key.get_secret_value()
    uvicorn.run(create_reference_server(desk, key), host="127.0.0.1", port=options.port)


def _described() -> SqlDesk:
    """A desk that is described and never asked."""
    database = Database("sqlite://")
    return SqlDesk(database, OrderRules(), now=lambda: datetime.now(UTC), new_id=lambda: "")


if __name__ == "__main__":
    main()
