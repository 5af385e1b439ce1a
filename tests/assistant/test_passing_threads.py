"""Talks that are never written down: whose they are, how long they stay, how much they take."""

from datetime import datetime, timedelta

from conftest import START
from pydantic import BaseModel

from assistant.passing_threads import PassingThreads


class State(BaseModel):
    shopper_id: str
    turns: int
    begun: int = 0


class Said(BaseModel):
    text: str


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time


def say(threads: PassingThreads, id: str, shopper: str, text: str = "hello") -> None:
    before = threads.get(id)
    turns = before.turns + 1 if before else 1
    state = State(shopper_id=shopper, turns=turns, begun=threads.moment)
    threads.put(id, before, state, Said(text=text))


def test_what_was_said_is_given_back() -> None:
    threads = PassingThreads(Clock())
    say(threads, "t", "ann", "跑鞋")
    say(threads, "t", "ann", "and cheaper?")
    held = threads.get("t")
    assert held is not None
    assert (held.shopper_id, held.turns) == ("ann", 2)
    said = [Said.model_validate_json(text).text for text in held.exchanges()]
    assert said == ["跑鞋", "and cheaper?"]
    assert threads.get("other") is None


def test_a_thread_passes_with_time_even_if_nothing_else_comes() -> None:
    clock = Clock()
    threads = PassingThreads(clock)
    say(threads, "t", "ann")
    clock.time += timedelta(hours=3, minutes=59)
    assert threads.get("t") is not None
    clock.time += timedelta(minutes=1)
    assert threads.get("t") is None
    assert threads.of("ann") == []


def test_of_one_shopper_only_the_last_threads_are_held() -> None:
    threads = PassingThreads(Clock())
    say(threads, "bobs", "bob")
    for number in range(100):
        say(threads, f"t{number}", "ann")
    assert len(threads.of("ann")) == 30
    assert threads.get("t99") is not None
    assert threads.get("t0") is None
    assert threads.get("bobs") is not None


def test_a_long_thread_holds_its_last_exchanges() -> None:
    threads = PassingThreads(Clock())
    for number in range(60):
        say(threads, "t", "ann", str(number))
    held = threads.get("t")
    assert held is not None
    said = [Said.model_validate_json(text).text for text in held.exchanges()]
    assert said == [str(number) for number in range(20, 60)]


def test_what_was_under_way_at_an_erasure_does_not_come_back() -> None:
    threads = PassingThreads(Clock())
    begun = threads.moment
    threads.forget("ann")
    threads.put("t", None, State(shopper_id="ann", turns=1, begun=begun), Said(text="late"))
    assert threads.get("t") is None
    say(threads, "t", "ann", "anew")
    assert threads.get("t") is not None
