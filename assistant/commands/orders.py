"""``shopguide orders import``: accounts, items and orders from a file."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from assistant.commands.console import say, tell
from assistant.database.connection import Database
from assistant.errors import BadInput
from assistant.orders.intake import put_in, read_orders
from assistant.settings import Settings

_MOST_TOLD = 50


def import_orders(settings: Settings, file: Path) -> None:
    """Puts a file's accounts, items and orders into the shop's database; a bad row is told.

    Args:
        settings: say where the database is.
        file: JSON; ``assistant/orders/README.md`` says how.

    Raises:
        BadInput: the orders are not in the database, the file cannot be read, or no row of it is
            good.
        StoreUnavailable: the database cannot be written; nothing is in.
    """
    if settings.orders != "sql":
        sentence = "SHOPGUIDE_ORDERS says that the orders are not in the database: nothing is read."
        raise BadInput(sentence, field="orders")
    read = read_orders(file)
    with closing(Database(settings.database_url)) as database:
        done = put_in(database, read)
    for row in done.bad[:_MOST_TOLD]:
        tell(f"{row.place}: {row.reason}")
    if len(done.bad) > _MOST_TOLD:
        tell(f"{len(done.bad) - _MOST_TOLD} more rows were refused.")
    say(
        f"{done.accounts} accounts, {done.items} items and {done.orders} orders are in, "
        f"{len(done.bad)} rows were refused."
    )
    if not done.accounts + done.items + done.orders:
        raise BadInput(f"{file.name} has no row that can be used.", field="file")
