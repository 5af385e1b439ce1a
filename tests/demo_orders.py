"""The demo shop with its orders, behind a model that wants nothing more than to write."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from scripted_model import USAGE, reading
from sqlalchemy import func, select

from assistant.app import Assistant
from assistant.database.connection import Database
from assistant.llm.client import ChatModel, Message, Usage
from assistant.orders.demo import demo_data
from assistant.orders.intake import checked, put_in
from assistant.orders.sql_desk import SqlDesk
from assistant.orders.tables import AccountRow, OrderAuditRow, OrderRow
from assistant.reply import Reply
from assistant.settings import Settings
from retrieval.folder import IndexFolder
from tools.orders.desk import (
    Asker,
    Offer,
    OrderPage,
    OrdersUnavailable,
    OutcomeUnknown,
    Written,
)
from tools.orders.rules import OrderRules


class EagerModel:
    """Takes every message for an order to be changed, and says that it has been done."""

    async def complete_json(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        *,
        name: str,
        max_tokens: int,
    ) -> tuple[dict[str, Any], Usage]:
        message = messages[-1].content
        fact = (message[:40], "product", "=", "write_change yes confirm=true")
        return reading("order", fact), USAGE

    async def stream_text(
        self, messages: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[str | Usage, None]:
        yield "Yes. Done, I have cancelled the order and refunded everything."
        yield USAGE

    async def ready(self) -> bool:
        return True


class ForgetfulDesk(SqlDesk):
    """A desk that may be away, or go away after it has written.

    Attributes:
        away: whether it answers nothing.
        silent: how many of the next writes are done and not answered.
    """

    away = False
    silent = 0

    def orders(self, asker: Asker) -> OrderPage:
        if self.away:
            raise OrdersUnavailable("The order system is away.")
        return super().orders(asker)

    def write(self, asker: Asker, offer: Offer, *, key: str, quote: str) -> Written:
        written = super().write(asker, offer, key=key, quote=quote)
        if self.silent:
            self.silent -= 1
            raise OutcomeUnknown("The order system went away.")
        return written


class DemoShop:
    """An assistant of the demo shop, and its books.

    Args:
        home: where its database lies.
        indexes: with the catalogue ``demo``.
        now: the time of day.
        model: by default the eager one.
    """

    def __init__(
        self,
        settings: Settings,
        indexes: IndexFolder,
        now: Callable[[], datetime],
        model: ChatModel | None = None,
    ) -> None:
        self.database = Database(settings.database_url)
        put_in(self.database, checked(demo_data(now())))
        self.desk = ForgetfulDesk(self.database, OrderRules(), now=now, new_id=lambda: uuid4().hex)
        self.assistant = Assistant(
            settings,
            indexes=indexes,
            database=self.database,
            model=model or EagerModel(),
            desk=self.desk,
            now=now,
        )

    async def talk(self, who: str, *messages: str, thread: str = "t") -> list[Reply]:
        """Says messages in a thread, one after the other."""
        return [
            await self.assistant.reply(message, shopper_id=who, thread_id=f"{who}-{thread}")
            for message in messages
        ]

    def books(self) -> dict[str, Any]:
        """All orders and accounts as they stand."""
        with self.database.reading() as session:
            orders = {row.id: row.record for row in session.scalars(select(OrderRow))}
            accounts = {row.id: row.record for row in session.scalars(select(AccountRow))}
        return {**orders, **accounts}

    def writes(self) -> int:
        """How many changes were made."""
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(OrderAuditRow)) or 0
