"""``shopguide backup`` and ``shopguide restore``: the whole database as one file, and back."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from assistant.commands.console import Steps, say
from assistant.commands.stopping import stoppable
from assistant.database.backup import back_up
from assistant.database.backup import restore as fill
from assistant.database.connection import Database
from assistant.settings import Settings


def backup(settings: Settings, file: Path, *, replace: bool) -> None:
    """Writes all that is kept of shoppers to a file. A server may run meanwhile.

    Args:
        settings: say where the database is.
        file: where to.
        replace: whether a file that is there may go.

    Raises:
        BadInput: the file may not be written.
        StoreUnavailable: the database cannot be read.
    """
    with (
        stoppable("No backup was written."),
        Steps() as steps,
        closing(Database(settings.database_url)) as database,
    ):
        rows = back_up(
            database,
            file,
            now=datetime.now(UTC),
            replace=replace,
            progress=lambda done: steps.show(done, 0, "writing the backup"),
        )
    say(f"{file} holds {_counted(rows)}. Who is erased from now on is still in it.")


def restore(settings: Settings, file: Path, *, replace: bool) -> None:
    """Fills the database from such a file.

    Args:
        settings: say where the database is.
        file: the backup.
        replace: whether what is in the database may go.

    Raises:
        BadInput: the file cannot be used, or something is in the database.
        StoreUnavailable: the database cannot be written.
    """
    with (
        stoppable("The database is as it was before."),
        Steps() as steps,
        closing(Database(settings.database_url)) as database,
    ):
        rows = fill(
            database,
            file,
            replace=replace,
            progress=lambda done: steps.show(done, 0, "restoring"),
        )
    say(f"Restored {_counted(rows)}. Who was erased after the backup was made is back.")


def _counted(rows: Mapping[str, int]) -> str:
    *most, last = [f"{count:,} {table}" for table, count in rows.items()]
    return f"{', '.join(most)} and {last}"
