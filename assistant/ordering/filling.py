"""From what is asked for to a change that can be offered, or to the question that is left."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.ordering.telling import Teller
from retrieval.index import CatalogueIndex
from tools.orders.change import (
    CancelOrder,
    Change,
    ChangeAccountAddress,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
    ExchangeItems,
    ReturnItems,
)
from tools.orders.desk import Returnable
from tools.orders.order import Account, Item, Line, Order, PaymentMethod, Status, Swap
from tools.orders.reading.clauses import clauses
from tools.orders.reading.goods import Goods
from tools.orders.reading.reader import plain
from tools.orders.reading.request import Kind, OrderRequest
from tools.orders.reading.variants import choose_variant, options_named, options_unknown

Variants = Callable[[str], Awaitable[Sequence[Item]]]

_OPEN = frozenset({Status.PENDING, Status.ITEMS_CHANGED})
_POSSIBLE: dict[Kind, frozenset[Status]] = {
    Kind.CANCEL: frozenset({Status.PENDING}),
    Kind.ADDRESS: _OPEN,
    Kind.PAYMENT: _OPEN,
    Kind.SWAP: frozenset({Status.PENDING, Status.DELIVERED}),
    Kind.RETURN: frozenset({Status.DELIVERED}),
}
_MOST_CHOICES = 6
_TARGET = re.compile(r"\b(?:for|to|into|with)\b|换成|换为|改成", re.IGNORECASE)
_ONE = re.compile(r"\b(?:one of|only one|just one|a single)\b|其中一|只[退换]一|[退换]一[双件个]")


@dataclass(frozen=True)
class Question:
    """What is still to be known.

    Attributes:
        asked: the part, as ``Ordering.asked`` has it.
        sentences: the question, and what is to be told before.
        choices: answers to tap.
        request: as far as it has come.
    """

    asked: str | None
    sentences: tuple[str, ...]
    choices: tuple[str, ...] = ()
    request: OrderRequest = field(default_factory=OrderRequest)


@dataclass(frozen=True)
class Ready:
    """A change that is complete."""

    change: Change
    order: Order | None
    request: OrderRequest


class Filling:
    """Fills in one request from a message and the records.

    Args:
        message: the shopper's.
        orders: those that they may see, newest first.
        account: theirs; None where they are not signed in.
        index: the catalogue.
        teller: words it.
        reasons: looks up for what the shop cancels.
        variants: looks up what is for sale of a product.
        methods: looks up the ways of paying behind an order.
        returnable: looks up what of an order can be sent back.
    """

    def __init__(
        self,
        message: str,
        orders: Sequence[Order],
        account: Account | None,
        index: CatalogueIndex,
        teller: Teller,
        *,
        reasons: Callable[[], Awaitable[Sequence[str]]],
        variants: Variants,
        methods: Callable[[str], Awaitable[Account]],
        returnable: Callable[[str], Awaitable[Returnable]],
    ) -> None:
        self._text = plain(message)
        self._orders = orders
        self._account = account
        self._index = index
        self._teller = teller
        self._reasons = reasons
        self._variants = variants
        self._methods = methods
        self._returnable = returnable
        self._goods = Goods(index)

    async def fill(self, request: OrderRequest) -> Question | Ready:
        """The change, or what is to be asked.

        Args:
            request: with its kind, one that changes something.
        """
        kind = request.kind
        assert kind is not None
        if kind is Kind.ACCOUNT_ADDRESS:
            if self._account is None:
                return Question(None, (self._say("only_signed_in"),))
            if request.address is None:
                return Question("address", (self._say("which_address"),), request=request)
            return Ready(ChangeAccountAddress(address=request.address), None, request)
        order = self._order(request)
        if isinstance(order, Question):
            return order
        request = request.model_copy(update={"order_id": order.id})
        if order.status not in _POSSIBLE[kind]:
            asked = kind.value
            return Question(None, (self._teller.refused_status(order, asked),), request=request)
        if order.status is Status.DELIVERED:
            can = await self._returnable(order.id)
            if not can.item_ids:
                told = self._teller.returnable(order, can)
                return Question(None, told.sentences, request=request)
        match kind:
            case Kind.CANCEL:
                return await self._cancel(request, order)
            case Kind.ADDRESS:
                return self._address(request, order)
            case Kind.PAYMENT:
                return await self._payment(request, order)
            case Kind.RETURN:
                return await self._return(request, order)
            case _:
                return await self._swap(request, order)

    # which order ------------------------------------------------------------------------------

    def _order(self, request: OrderRequest) -> Order | Question:
        """The order that is meant: by its number, by what is in it, or as the only one."""
        assert request.kind is not None
        if request.order_id is not None:
            return next(order for order in self._orders if order.id == request.order_id)
        possible = [o for o in self._orders if o.status in _POSSIBLE[request.kind]]
        named = request.item_ids
        if named:
            holding = [order for order in self._orders if order.holds(named)]
            possible = [o for o in holding if o in possible] or holding
        if len(possible) == 1:
            return possible[0]
        if not possible:
            return Question(None, (str(self._fixed["none_to"][request.kind.value]),))
        return self.which(possible, request)

    def which(self, orders: Sequence[Order], request: OrderRequest) -> Question:
        """Asks which of several orders is meant."""
        told = [self._teller.order(order).sentences[0] for order in orders[:_MOST_CHOICES]]
        choices = tuple(order.id for order in orders[:_MOST_CHOICES])
        return Question("order", (*told, self._say("which_order")), choices, request)

    # the kinds of change ----------------------------------------------------------------------

    async def _cancel(self, request: OrderRequest, order: Order) -> Question | Ready:
        reasons = await self._reasons()
        if request.reason in reasons:
            return Ready(
                CancelOrder(order_id=order.id, reason=request.reason or ""), order, request
            )
        names = [self._teller.reason(reason) for reason in reasons]
        listed = str(self._fixed["or"]).join(names)
        name = "bad_reason" if request.reason else "which_reason"
        text = self._say(name).format(id=order.id, reasons=listed)
        request = request.model_copy(update={"reason": None})
        return Question("reason", (text,), tuple(names), request)

    def _address(self, request: OrderRequest, order: Order) -> Question | Ready:
        if request.address is None:
            return Question("address", (self._say("which_address"),), request=request)
        return Ready(ChangeAddress(order_id=order.id, address=request.address), order, request)

    async def _payment(self, request: OrderRequest, order: Order) -> Question | Ready:
        account = await self._methods(order.id)
        if request.method_id is not None:
            change = ChangePayment(order_id=order.id, method_id=request.method_id)
            return Ready(change, order, request)
        used = {payment.method_id for payment in order.payments}
        others = [m for m in account.payment_methods if m.id not in used]
        return self._ask_method(others, request)

    async def _return(self, request: OrderRequest, order: Order) -> Question | Ready:
        lines = self._lines(request, order)
        if isinstance(lines, Question):
            return lines
        ids = tuple(line.item_id for line in lines)
        request = request.model_copy(update={"item_ids": ids})
        method_id = await self._method(request, order)
        if method_id is None:
            account = await self._methods(order.id)
            return self._ask_method(account.payment_methods, request)
        change = ReturnItems(order_id=order.id, item_ids=ids, method_id=method_id)
        return Ready(change, order, request)

    async def _swap(self, request: OrderRequest, order: Order) -> Question | Ready:
        lines = self._lines(request, order)
        if isinstance(lines, Question):
            return lines
        ids = tuple(line.item_id for line in lines)
        request = request.model_copy(update={"item_ids": ids})
        swaps, asked = [], None
        if self._other_product(lines):
            text = str(self._fixed["refused"]["other_product"])
            return Question(None, (text,), request=request)
        for line in lines:
            variants = await self._variants(line.product_id)
            about = self._goods.without_titles(self._about(line, lines, request), line)
            wanted = options_named(about, line, variants, self._index)
            wanted |= options_unknown(about, variants, self._index)
            found = self._variant(line, variants, wanted)
            if isinstance(found, Question):
                asked = asked or found
            else:
                swaps.append(Swap(item_id=line.item_id, new_item_id=found.id))
        if asked is not None:
            return replace(asked, request=request)
        method_id = await self._method(request, order)
        if method_id is None:
            account = await self._methods(order.id)
            return self._ask_method(account.payment_methods, request)
        make = ChangeItems if order.status is Status.PENDING else ExchangeItems
        change = make(order_id=order.id, swaps=tuple(swaps), method_id=method_id)
        return Ready(change, order, request)

    # parts ------------------------------------------------------------------------------------

    def _lines(self, request: OrderRequest, order: Order) -> list[Line] | Question:
        """The lines of an order that are meant."""
        if request.all_items or len(order.lines) == 1:
            return list(order.lines)
        wanted = list(request.item_ids)
        lines = [line for line in order.lines if line.item_id in wanted]
        if lines and _ONE.search(self._text):
            lines = lines[:1]
        if lines:
            return lines
        # The options that tell items apart are to be seen in the question.
        names = list(dict.fromkeys(self._teller.item(line) for line in order.lines))
        text = self._say("which_items").format(
            id=order.id, items=str(self._fixed["or"]).join(names)
        )
        return Question("items", (text,), tuple(names[:_MOST_CHOICES]), request)

    def _variant(
        self, line: Line, variants: Sequence[Item], wanted: dict[str, str]
    ) -> Item | Question:
        """What is to come instead of a line."""
        title = self._goods.title(line, self._teller.language)
        choice = choose_variant(line, variants, wanted)
        if wanted and len(choice.fitting) == 1 and not choice.sold_out:
            [only] = choice.fitting
            return only
        told: tuple[str, ...] = ()
        fitting = list(choice.fitting)
        if wanted and (choice.sold_out or not fitting):
            # The same in all else cannot be had: what differs more is asked about, not assumed.
            options = self._teller.options(wanted if not fitting else {**line.options, **wanted})
            told = (self._say("sold_out").format(wanted=options, title=title),)
        if wanted and not fitting:
            fitting = [item for item in variants if item.available and item.id != line.item_id]
        if not fitting:
            return Question(None, (*told, self._say("no_variant").format(title=title)))
        fitting.sort(key=lambda item: _unlike(line, item))
        names = [self._teller.options(item.options) for item in fitting[:_MOST_CHOICES]]
        text = self._say("which_variant").format(
            old=self._teller.item(line), choices=str(self._fixed["or"]).join(names)
        )
        return Question("variant", (*told, text), tuple(names))

    async def _method(self, request: OrderRequest, order: Order) -> str | None:
        """The way of paying that is named; else the one that the order was paid with.

        The offer says which it is, so that the yes is a yes to it too.
        """
        if request.method_id is not None:
            return request.method_id
        used = [p.method_id for p in order.payments if not p.refund]
        account = await self._methods(order.id)
        known = [id for id in reversed(used) if account.method(id) is not None]
        return known[0] if known else None

    def _ask_method(self, methods: Sequence[PaymentMethod], request: OrderRequest) -> Question:
        names = list(dict.fromkeys(self._teller.method(method) for method in methods))
        if not names:
            return Question(None, (self._say("no_method"),), request=request)
        text = self._say("which_method").format(methods=str(self._fixed["or"]).join(names))
        return Question("method", (text,), tuple(names), request)

    def _other_product(self, lines: Sequence[Line]) -> bool:
        """Whether another product is asked for instead, which an exchange is not for."""
        target = _TARGET.split(self._text)
        if len(target) < 2:
            return False
        own = {line.product_id for line in lines}
        named = [m for m in self._index.titles.find(target[-1]) if m.exact]
        return any(not own & set(mention.product_ids) for mention in named)

    def _about(self, line: Line, lines: Sequence[Line], request: OrderRequest) -> str:
        """What was said about one of several items: the clauses that name it, and what follows
        until another one is named.
        """
        text = " . ".join(plain(message) for message in request.told)
        if len(lines) == 1:
            return text
        about, mine = [], True
        for clause in clauses(text):
            named = self._goods.named(clause, lines)
            if named:
                mine = any(other.item_id == line.item_id for other in named)
            if mine:
                about.append(clause)
        return " , ".join(about)

    @property
    def _fixed(self) -> dict[str, Any]:
        return self._teller.fixed

    def _say(self, name: str) -> str:
        return str(self._teller.fixed[name])


def _unlike(line: Line, item: Item) -> int:
    return sum(item.options.get(name) != value for name, value in line.options.items())
