"""``shopguide desk``: the accounts of those who answer shoppers at ``/desk``."""

from __future__ import annotations

import getpass
import secrets
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

from assistant.commands.console import say, tell
from assistant.database.connection import Database
from assistant.desk.staff import Staff
from assistant.errors import BadInput
from assistant.settings import Settings


def add_staff(settings: Settings, name: str, *, generate: bool) -> None:
    """Makes an account, or gives one another password.

    Args:
        settings: say where the database is.
        name: whose.
        generate: whether the password is made and printed; else it is asked for, or read from
            standard input where that is no terminal.

    Raises:
        BadInput: the name or the password cannot be used.
    """
    password = secrets.token_urlsafe(15) if generate else _asked()
    with _staff(settings) as staff:
        new = staff.put(name, password)
    tell(f"{name} may use the desk." if new else f"{name} has another password now.")
    if generate:
        say(password)


def remove_staff(settings: Settings, name: str) -> None:
    """Removes an account; whoever uses it is logged out.

    Raises:
        BadInput: there is none of that name.
    """
    with _staff(settings) as staff:
        staff.remove(name)
    tell(f"{name} may use the desk no more.")


def list_staff(settings: Settings) -> None:
    """Prints whose accounts there are."""
    with _staff(settings) as staff:
        names = staff.names()
    for name in names:
        say(name)
    if not names:
        tell("Nobody has an account: shopguide desk add-staff NAME makes one.")


@contextmanager
def _staff(settings: Settings) -> Iterator[Staff]:
    with closing(Database(settings.database_url)) as database:
        yield Staff(database, now=lambda: datetime.now(UTC))


def _asked() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise BadInput("The two passwords differ.", field="password")
    return password
