"""Two server processes over one database: what a thread offers is carried out by one, once."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import timedelta
from typing import Any
from uuid import uuid4

import postgres_server
import pytest
from conftest import START
from demo_orders import DemoShop
from sqlalchemy import event
from sqlalchemy.orm import Session

from assistant.errors import StoreUnavailable, ThreadBusy
from assistant.settings import Settings
from retrieval.folder import IndexFolder
from tools.orders.desk import Asker, Offer, Written

WHO, OFFER = "demo-anna", "cancel order SG-1001, I ordered it by mistake"


class Process:
    """One of several servers, with a database connection, a store and a desk of its own.

    Attributes:
        shop: what it serves.
        time: the time of day.
        writing: called as its desk begins to write.
    """

    def __init__(self, settings: Settings, indexes: IndexFolder) -> None:
        self.time = START
        self.shop = DemoShop(settings, indexes, lambda: self.time)
        self.writing: Callable[[], object] = lambda: None
        write = self.shop.desk.write

        def watched(asker: Asker, offer: Offer, *, key: str, quote: str) -> Written:
            self.writing()
            return write(asker, offer, key=key, quote=quote)

        self.shop.desk.write = watched  # type: ignore[method-assign]

    def say(self, message: str) -> str:
        """The answer; ``busy`` where another message of the thread is being answered."""
        try:
            [reply] = asyncio.run(self.shop.talk(WHO, message))
        except ThreadBusy:
            return "busy"
        return reply.text

    def close(self) -> None:
        self.shop.assistant.close()


@pytest.fixture(scope="module")
def server() -> Iterator[str | None]:
    """The folder of a PostgreSQL server; None where there can be none."""
    if postgres_server.lacking() is not None:
        yield None
        return
    with postgres_server.running() as folder:
        yield folder


@pytest.fixture(params=["sqlite", "postgresql"])
def two(
    request: pytest.FixtureRequest,
    settings: Settings,
    demo_folder: IndexFolder,
    server: str | None,
) -> Iterator[tuple[Process, Process]]:
    """Two processes; the shopper has agreed that conversations are kept."""
    update = {"catalog": "demo"}
    if request.param == "postgresql":
        if server is None:
            pytest.skip(str(postgres_server.lacking()))
        update["database"] = postgres_server.new_database(server, uuid4().hex)
    with ExitStack() as stack:
        of_both = settings.model_copy(update=update)
        first, second = (
            stack.enter_context(closing(Process(of_both, demo_folder))) for _ in range(2)
        )
        first.shop.assistant.memory.give_consent(WHO)
        yield first, second


def test_of_two_yeses_at_once_one_is_carried_out(two: tuple[Process, Process]) -> None:
    first, second = two
    assert "I would cancel" in first.say(OFFER)
    start = threading.Barrier(2)

    def yes(process: Process) -> str:
        start.wait()
        return process.say("yes")

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(yes, two))
    assert first.shop.writes() == 1
    assert first.shop.books()["SG-1001"]["status"] == "cancelled"
    # The other came too late to be answered, or after the first was.
    assert answers[0].startswith("Done: order SG-1001 is cancelled")
    assert answers[1] == "busy" or "Nothing is waiting" in answers[1]
    assert "Nothing is waiting" in second.say("yes")
    assert first.shop.writes() == 1


def test_two_that_have_read_the_same_offer_write_once(two: tuple[Process, Process]) -> None:
    """Both have the offer before them when either claims it."""
    first, _ = two
    first.say(OFFER)
    both = threading.Barrier(2)
    for process in two:
        store = process.shop.assistant._store

        def together(*arguments: Any, claim: Callable[..., None] = store.claim) -> None:
            both.wait()
            claim(*arguments)

        store.claim = together  # type: ignore[method-assign]
    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(lambda process: process.say("yes"), two))
    assert answers == ["Done: order SG-1001 is cancelled.", "busy"]
    assert first.shop.writes() == 1


@pytest.mark.parametrize("message", ["no", "thanks", "show me waterproof hiking boots"])
def test_nobody_is_told_that_nothing_changes_while_it_is_written(
    two: tuple[Process, Process], message: str
) -> None:
    first, second = two
    first.say(OFFER)
    writing, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        writing.set()
        go_on.wait(30)

    first.writing = hold
    with ThreadPoolExecutor(1) as pool:
        yes = pool.submit(first.say, "yes")
        assert writing.wait(30)
        assert second.say(message) == "busy"
        go_on.set()
        assert "is cancelled" in yes.result()
    exchanges = second.shop.assistant.exchanges(f"{WHO}-t", WHO)
    assert [exchange.message for exchange in exchanges] == [OFFER, "yes"]


def test_a_no_that_was_read_before_a_yes_is_not_kept_after_it(
    two: tuple[Process, Process],
) -> None:
    first, second = two
    first.say(OFFER)
    store = second.shop.assistant._store
    let_go, commit = store.let_go, store.commit_turn
    writing, go_on = threading.Event(), threading.Event()
    first.writing = lambda: (writing.set(), go_on.wait(30))

    with ThreadPoolExecutor(1) as pool:

        def before_the_yes(*arguments: Any) -> None:
            # The "no" has read the offer; by now it is claimed and being written.
            pool.submit(first.say, "yes")
            assert writing.wait(30)
            let_go(*arguments)

        def while_written(*arguments: object, **named: object) -> object:
            try:
                return commit(*arguments, **named)  # type: ignore[arg-type]
            finally:
                go_on.set()

        store.let_go = before_the_yes  # type: ignore[method-assign]
        store.commit_turn = while_written  # type: ignore[assignment, method-assign]
        assert second.say("no") == "busy"
    assert first.shop.writes() == 1


def test_a_yes_after_a_no_that_is_being_answered_does_nothing(
    two: tuple[Process, Process],
) -> None:
    first, second = two
    first.say(OFFER)
    store = second.shop.assistant._store
    commit = store.commit_turn

    def after_the_yes(*arguments: object, **named: object) -> object:
        assert "Nothing is waiting" in first.say("yes")
        return commit(*arguments, **named)  # type: ignore[arg-type]

    store.commit_turn = after_the_yes  # type: ignore[assignment, method-assign]
    assert second.say("no") == "busy"  # the yes was answered first, with nothing
    assert first.shop.writes() == 0


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize("message", ["yes", "no"])
def test_what_a_crash_left_open_is_looked_up(
    two: tuple[Process, Process], written: bool, message: str
) -> None:
    first, second = two
    first.say(OFFER)

    def crash(*arguments: object, **named: object) -> None:
        raise StoreUnavailable("The process ended.")

    if written:
        first.shop.assistant._store.commit_turn = crash  # type: ignore[assignment, method-assign]
    else:
        first.writing = crash
    with pytest.raises(StoreUnavailable):
        first.say("yes")
    assert second.say(message) == "busy"  # it may still be at it
    second.time += timedelta(minutes=4)
    told = second.say(message)
    if written or message == "yes":
        assert "is cancelled" in told
        assert second.shop.writes() == 1
    else:
        assert "was not done" in told
        assert second.shop.writes() == 0
    assert "Nothing is waiting" in second.say("yes")


@pytest.mark.parametrize("also", ["deleted", "taken back"])
def test_what_is_gone_as_its_shopper_agrees_is_not_kept(
    two: tuple[Process, Process], also: str
) -> None:
    assistant = two[0].shop.assistant
    [said] = asyncio.run(two[0].shop.talk("new", "hello"))
    written, go_on = threading.Event(), threading.Event()

    def hold(session: Session) -> None:
        if threading.current_thread() is agreeing:
            written.set()
            go_on.wait(10)

    def go() -> None:
        if also == "deleted":
            assistant.threads.delete(said.thread_id, "new")
        else:
            assistant._taking.take_back(said.thread_id, "new", said.turn_id)

    agreeing = threading.Thread(target=assistant.memory.give_consent, args=("new",))
    going = threading.Thread(target=go)
    event.listen(Session, "before_commit", hold)
    try:
        agreeing.start()
        assert written.wait(10)
        going.start()
        going.join(0.3)
        assert going.is_alive()  # it waits for what is being kept
        go_on.set()
        agreeing.join(10)
        going.join(10)
    finally:
        event.remove(Session, "before_commit", hold)
    assert not going.is_alive()
    assert assistant.threads.of("new") == []
