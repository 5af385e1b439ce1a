"""The order desk that the settings name."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from assistant.database.connection import Database
from assistant.orders.http_desk import HttpDesk
from assistant.orders.http_line import HttpLine
from assistant.orders.sql_desk import SqlDesk
from assistant.settings import Settings
from tools.orders.desk import OrderDesk
from tools.orders.rules import OrderRules


def open_desk(
    settings: Settings,
    database: Database,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
) -> OrderDesk | None:
    """The desk; None where the shop has none.

    Args:
        settings: ``orders`` says which.
        database: the shop's.
        now: the time of day.
        new_id: a fresh id.
    """
    if settings.orders == "none":
        return None
    if settings.orders == "sql":
        return SqlDesk(database, rules_of(settings), now=now, new_id=new_id)
    key = settings.orders_key
    return HttpDesk(HttpLine(settings.orders, key.get_secret_value() if key else None))


def rules_of(settings: Settings) -> OrderRules:
    """The shop's rules."""
    return OrderRules(reasons=settings.cancel_reasons, return_days=settings.return_days or None)
