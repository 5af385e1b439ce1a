"""``shopguide events``: what shoppers did, imported from a file."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from assistant.commands.console import Steps, say, tell
from assistant.commands.profile import opened_memory
from assistant.commands.shop import check_catalogue, open_indexes
from assistant.commands.stopping import stoppable
from assistant.database.connection import Database
from assistant.errors import BadInput
from assistant.profile.behaviour.event_file import BadLine, event_lines
from assistant.profile.behaviour.event_intake import Intake
from assistant.profile.behaviour.event_store import SHOPS_TERMS, EventStore, Stored
from assistant.profile.behaviour.events import Event
from assistant.profile.memory import Memory
from assistant.settings import Settings

_AT_ONCE = 5_000
_MOST_TOLD = 50


def import_events(settings: Settings, file: Path, *, consented: bool) -> None:
    """Imports the events of a file; a bad line is told and left out.

    Args:
        settings: say where the database is, and of which catalogue the products are.
        file: JSON Lines, a JSON array or CSV, gzipped or not.
        consented: whether these shoppers agreed to be remembered before they did this; it is
            recorded of those who have not agreed here. Without it, only what shoppers did after
            they agreed is kept.

    Raises:
        BadInput: the file cannot be read, or no line of it is good.
        UnknownCatalogue: there is no such catalogue.
        StoreUnavailable: the database cannot be written; what came before is in.
    """
    if not file.is_file():
        raise BadInput(f"There is no file {file}.", field="file")
    check_catalogue(settings)
    with stoppable("What was imported so far is kept; the same command may be given again."):
        with Steps() as steps:
            index = open_indexes(settings, steps).open(settings.catalog)
            with (
                closing(Database(settings.database_url)) as database,
                opened_memory(settings) as memory,
            ):
                importing = _Importing(
                    EventStore(database.engine),
                    Intake(index, datetime.now(UTC)),
                    memory if consented else None,
                    settings.catalog,
                )
                for number, line in enumerate(event_lines(file), start=1):
                    importing.take(line)
                    if number % _AT_ONCE == 0:
                        steps.show(number, 0, "importing events")
                importing.store()
        done = importing.done
        say(
            f"{done.stored} events were stored, {done.duplicates} were known already, "
            f"{done.without_consent} are of shoppers who had not agreed to be remembered, "
            f"{importing.refused} lines were refused."
        )
        if done == Stored():
            raise BadInput(f"{file.name} has no event that can be used.", field="file")


class _Importing:
    """The lines of one file on their way into the database.

    Args:
        store: takes them.
        intake: checks them.
        memory: takes the consent of their shoppers; None where it is not given with the file.
        catalog: of the products.
    """

    def __init__(
        self, store: EventStore, intake: Intake, memory: Memory | None, catalog: str
    ) -> None:
        self._intake = intake
        self._store = store
        self._memory = memory
        self._catalog = catalog
        self._agreed: set[str] = set()
        self._waiting: list[Event] = []
        self.done = Stored()
        self.refused = 0

    def take(self, line: tuple[int, Event] | BadLine) -> None:
        """Puts an event among those that wait, or tells what is wrong with its line."""
        if isinstance(line, BadLine):
            self._refuse(line)
            return
        number, event = line
        try:
            self._intake.check(event)
        except BadInput as error:
            self._refuse(BadLine(number, f"{error.field}: {error.sentence}"))
            return
        self._waiting.append(event)
        if len(self._waiting) == _AT_ONCE:
            self.store()

    def store(self) -> None:
        """Stores those that wait."""
        if self._memory is not None:
            shoppers = {event.shopper_id for event in self._waiting} - self._agreed
            self._memory.give_consents(sorted(shoppers), notice=SHOPS_TERMS)
            self._agreed |= shoppers
        self.done += self._store.add(self._waiting, catalog=self._catalog)
        self._waiting.clear()

    def _refuse(self, line: BadLine) -> None:
        self.refused += 1
        if self.refused <= _MOST_TOLD:
            tell(f"Line {line.number}: {line.reason}")
        elif self.refused == _MOST_TOLD + 1:
            tell("More lines were refused; they are counted below.")
