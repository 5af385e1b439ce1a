"""Erased means erased: also under a running turn, a crash, and in the audit."""

import asyncio
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa
from scripted_model import ScriptedModel, reading

from assistant.app import Assistant
from assistant.database.connection import Database
from assistant.database.erasing import Scrubber
from assistant.database.tables import AuditRow, Base
from assistant.passing_threads import PassingThreads
from assistant.profile.memory import Memory
from assistant.settings import Settings
from assistant.store import Store
from evals.profile.erasure import run

CANARY = "qzxv7canary"
ANSWER = "[1] Nike Structure 25 costs $110. [2] Asics Excite 10 costs $75."


def rows(database: Database) -> dict[str, list[str]]:
    with database.reading() as session:
        return {
            table.name: [str(tuple(row)) for row in session.execute(sa.select(table))]
            for table in Base.metadata.sorted_tables
        }


def written(folder: Path) -> bool:
    """Whether any file below holds the canary."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return any(CANARY.encode() in path.read_bytes() for path in files)


def until_asked(model: ScriptedModel, times: int) -> None:
    """Waits until an answer is being written."""
    ends = time.monotonic() + 5
    while len(model.asked) < times:
        assert time.monotonic() < ends, "it was not asked"
        time.sleep(0.005)


def test_of_erased_shoppers_nothing_is_left_in_any_file() -> None:
    figures = run(shoppers=10, rounds=2, without_scrub=False)
    assert figures["canary_bytes"] == 0
    assert figures["passing_bytes"] == 0
    assert figures["before"] == figures["erased"] == 5
    assert figures["kept_found"] == figures["kept_whole"] == figures["kept"] == 5


async def test_a_turn_that_runs_while_its_shopper_is_erased_writes_nothing(
    assistant: Assistant, model: ScriptedModel, settings: Settings
) -> None:
    assistant.memory.give_consent("ann")
    model.otherwise = "."
    model.will_say(reading(), ANSWER)
    ask = {"shopper_id": "ann", "thread_id": "t"}
    await assistant.reply(f"running shoes, {CANARY}", **ask)
    model.gap, before = 0.02, len(model.asked)
    model.will_say(reading(), ANSWER)
    turn = asyncio.create_task(assistant.reply(f"flat feet, {CANARY}", **ask))
    await asyncio.to_thread(until_asked, model, before + 2)
    assert not turn.done()
    assert await asyncio.to_thread(assistant.memory.erase, "ann")
    await turn
    left = rows(assistant.database)
    assert {name: len(kept) for name, kept in left.items() if kept} == {"audit": 2}
    assert not written(settings.data)


async def test_who_agrees_again_gets_nothing_of_a_turn_before_the_erasure(
    assistant: Assistant, model: ScriptedModel
) -> None:
    assistant.memory.give_consent("ann")
    model.will_say(reading(), ANSWER)
    model.gap, model.otherwise = 0.02, "."
    turn = asyncio.create_task(
        assistant.reply(f"flat feet, {CANARY}", shopper_id="ann", thread_id="t")
    )
    await asyncio.to_thread(until_asked, model, 2)
    await asyncio.to_thread(assistant.memory.erase, "ann")
    await asyncio.to_thread(assistant.memory.give_consent, "ann")
    await turn
    left = rows(assistant.database)
    assert not left["threads"]
    assert not left["turns"]
    assert not left["facts"]
    assert not left["events"]


class Slow(Scrubber):
    """Rewriting a large database takes a while.

    Attributes:
        began: when each rewriting did.
    """

    began: list[float]

    def _rewritten(self, raw: object) -> bool:
        self.began.append(time.monotonic())
        time.sleep(0.1)
        return super()._rewritten(raw)


def test_who_has_much_erased_does_not_hold_the_shop_up(
    tmp_path: Path, now: Callable[[], datetime], new_id: Callable[[], str]
) -> None:
    with closing(Database(f"sqlite:///{tmp_path / 'shop.sqlite3'}")) as database:
        slow = database.scrubber = Slow(database.engine)
        slow.began = []
        memory = Memory(database, Store(database, PassingThreads(now)), now=now, new_id=new_id)
        # The first is erased from the files at once.
        memory.give_consent(CANARY)
        memory.erase(CANARY)
        assert slow.clean
        assert not written(tmp_path)
        ends = time.monotonic() + 2.5
        while time.monotonic() < ends:
            memory.give_consent(CANARY)
            memory.erase(CANARY)
            time.sleep(0.01)
        gaps = [after - before for before, after in pairwise(slow.began)]
        assert gaps
        assert all(gap >= 1.0 for gap in gaps)
        # The last is, too, soon and without anybody asking.
        ends = time.monotonic() + 10
        while not slow.clean:
            assert time.monotonic() < ends, "it was not rewritten"
            time.sleep(0.05)
        assert not written(tmp_path)


class PoweredOff(Scrubber):
    """The machine goes off before the files are rewritten."""

    def scrub(self) -> bool:
        raise KeyboardInterrupt


def test_a_crash_before_the_files_are_rewritten_is_made_good(
    tmp_path: Path, now: Callable[[], datetime], new_id: Callable[[], str]
) -> None:
    url = f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    database = Database(url)
    memory = Memory(database, Store(database, PassingThreads(now)), now=now, new_id=new_id)
    memory.give_consent(CANARY)
    database.scrubber = PoweredOff(database.engine)
    with pytest.raises(KeyboardInterrupt):
        memory.erase(CANARY)
    assert rows(database)["shoppers"] == []
    assert written(tmp_path)  # in the write-ahead log
    with closing(Database(url)):
        assert not written(tmp_path)
    database.close()


def test_the_audit_keeps_a_pseudonym_that_nothing_links_to_the_shopper(
    assistant: Assistant,
) -> None:
    for shopper in ("ann", "bob"):
        assistant.memory.give_consent(shopper)
    linked = rows(assistant.database)["shoppers"]
    assistant.memory.export("ann")
    assistant.memory.erase("ann")
    with assistant.database.reading() as session:
        audit = session.scalars(sa.select(AuditRow).order_by(AuditRow.number)).all()
    (pseudonym,) = {row.pseudonym for row in audit if row.action == "erasure"}
    assert [row.action for row in audit if row.pseudonym == pseudonym] == [
        "consent",
        "export",
        "erasure",
    ]
    assert any(pseudonym in row for row in linked)
    left = rows(assistant.database)
    assert not any(pseudonym in row for name in left if name != "audit" for row in left[name])
    assert not any("ann" in row for kept in left.values() for row in kept)
    # Who agrees again is somebody else to the audit.
    assistant.memory.give_consent("ann")
    assert not any(pseudonym in row for row in rows(assistant.database)["shoppers"])
