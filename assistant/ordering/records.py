"""What the order desk has for one turn of the talk. What does not change is looked up once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from langchain_core.tools import BaseTool

from assistant.ordering.state import ProofGiven
from tools.orders.change import Change
from tools.orders.desk import Offer, OrderPage, Returnable, Written
from tools.orders.order import Account, Item, Order
from tools.toolbox import Toolbox


class Records:
    """The order desk as one turn reads it and writes to it. Its methods raise what the desk raises.

    Args:
        toolbox: with the tools of the order desk, bound to who is asking.
    """

    def __init__(self, toolbox: Toolbox) -> None:
        self._toolbox = toolbox
        self._known: dict[tuple[str, ...], Any] = {}

    def bind(self, tools: Iterable[BaseTool]) -> None:
        """Reads on behalf of somebody who may see more: what was looked up before is forgotten."""
        self._toolbox.bind(tools)
        self._known.clear()

    def anew(self) -> Records:
        """The records as they are once something has been written."""
        return Records(self._toolbox)

    # READ ----------------------------------------------------------------------------------------

    async def page(self) -> OrderPage:
        """The orders that the shopper may see, newest first."""
        return cast("OrderPage", await self._once("find_orders"))

    async def account(self) -> Account | None:
        """The account of who is signed in."""
        return cast("Account | None", await self._once("account_details"))

    async def methods(self, order_id: str) -> Account:
        """The ways of paying behind an order."""
        return cast("Account", await self._once("order_methods", order_id=order_id))

    async def paying(self, order_id: str | None) -> Account:
        """The ways of paying behind a change: the order's, or of the account that is changed."""
        if order_id is not None:
            return await self.methods(order_id)
        account = await self.account()
        assert account is not None, "an account's address is changed by its owner alone"
        return account

    async def returnable(self, order_id: str) -> Returnable:
        """What of an order can be sent back, and until when."""
        return cast("Returnable", await self._once("returnable_items", order_id=order_id))

    async def reasons(self) -> Sequence[str]:
        """The reasons for which the shop cancels."""
        return cast("Sequence[str]", await self._once("cancel_reasons"))

    async def variants(self, product_id: str) -> Sequence[Item]:
        """What is for sale of a product."""
        return cast("Sequence[Item]", await self._once("product_variants", product_id=product_id))

    async def order(self, order_id: str | None) -> Order | None:
        """One order as it stands at this moment; None where none is meant."""
        if order_id is None:
            return None
        return cast("Order", await self._toolbox.call("order_details", {"order_id": order_id}))

    async def proves(self, given: ProofGiven) -> str:
        """Whether a proof holds: ``proven``, ``wrong``, or ``limited`` after too many tries."""
        return cast("str", await self._toolbox.call("prove_order", given.model_dump()))

    async def offer(self, change: Change) -> Offer:
        """What a change would do."""
        return cast("Offer", await self._toolbox.call("offer_change", {"change": change}))

    async def became(self, offer: Offer, *, key: str) -> Written | None:
        """What became of a change; None where it was not made."""
        arguments = {"offer": offer, "key": key}
        return cast("Written | None", await self._toolbox.call("change_made", arguments))

    # WRITE ---------------------------------------------------------------------------------------

    async def write(self, offer: Offer, *, key: str, quote: str) -> Written:
        """Makes a change that was agreed to."""
        arguments = {"offer": offer, "key": key, "quote": quote}
        return cast("Written", await self._toolbox.call("write_change", arguments))

    async def _once(self, tool: str, **arguments: str) -> Any:
        key = (tool, *arguments.values())
        if key not in self._known:
            self._known[key] = await self._toolbox.call(tool, arguments)
        return self._known[key]
