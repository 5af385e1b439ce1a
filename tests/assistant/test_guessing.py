"""Order numbers guessed in a row: refused, whatever else of the guesser changes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import TooManyRequests
from assistant.ordering.proving import Proving, prove_order_tool
from assistant.orders.guessing import MOST_TRIES, WINDOW, OrderGuard, TryKey, try_keys
from tools.orders.desk import OrderDesk, OrdersUnavailable

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def goes_on(self, **by: float) -> None:
        self.time += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def guesses(guard: OrderGuard, tries: int, keys: Callable[[int], tuple[TryKey, ...]]) -> int:
    """How many of the guesses were let through."""
    through = 0
    for number in range(tries):
        try:
            guard.allow(keys(number))
        except TooManyRequests:
            continue
        through += 1
    return through


@pytest.mark.parametrize(
    ("keys", "through"),
    [
        # One after the other from ever new sessions: the address is the same.
        (lambda n: try_keys(address="10.1.1.1", shopper=f"guest-{n}", order=f"#W{n:07}"), 5),
        # From ever new addresses, in one session.
        (lambda n: try_keys(address=f"10.1.1.{n}", shopper="guest-1", order=f"#W{n:07}"), 5),
        (lambda n: try_keys(address=None, shopper="thread-1", order=f"#W{n:07}"), 5),
        # One order, its e-mail and postcode guessed from everywhere.
        (lambda n: try_keys(address=f"10.1.1.{n}", shopper=f"guest-{n}", order="#W0000001"), 10),
        # The same number written otherwise is the same.
        (lambda n: try_keys(address=f"a{n}", shopper=f"g{n}", order=("#w1", "W1", " Ｗ１ ")[n % 3]),
         10),
    ],
)  # fmt: skip
def test_guesses_in_a_row_are_refused(
    clock: Clock, keys: Callable[[int], tuple[TryKey, ...]], through: int
) -> None:
    kinds: list[str] = []
    guard = OrderGuard(clock, kinds.append)
    assert guesses(guard, 100, keys) == through
    assert len(kinds) == 100 - through


def test_what_is_right_does_not_count(clock: Clock) -> None:
    guard = OrderGuard(clock)
    keys = try_keys(address="10.1.1.1", shopper="guest-1", order="W1")
    for _ in range(50):
        guard.allow(keys)
        guard.right(keys)
    assert guesses(guard, 9, lambda n: keys) == 5


def test_the_fifth_may_still_be_right(clock: Clock) -> None:
    guard = OrderGuard(clock)
    keys = try_keys(address="10.1.1.1", shopper="guest-1", order="W1")
    assert guesses(guard, 4, lambda n: keys) == 4
    guard.allow(keys)
    guard.right(keys)
    guard.allow(keys)
    with pytest.raises(TooManyRequests):
        guard.allow(keys)


class Desk:
    """Knows one proof, and is away for a while."""

    def __init__(self, away: int) -> None:
        self.away = away

    def prove(self, order_id: str, email: str, postcode: str) -> bool:
        self.away -= 1
        if self.away >= 0:
            raise OrdersUnavailable("The order system does not answer.")
        return postcode == "19901"


def test_tries_that_nobody_could_look_at_do_not_count(clock: Clock) -> None:
    reasons: list[str] = []
    proving = Proving(OrderGuard(clock, reasons.append), "guest-1", "10.1.1.1")
    tool = prove_order_tool(cast(OrderDesk, Desk(away=20)), proving)
    given = {"order_id": "A-1", "email": "a@example.com", "postcode": "1"}
    for _ in range(20):
        with pytest.raises(OrdersUnavailable):
            tool.invoke(given)
    assert reasons == []
    assert [tool.invoke(given) for _ in range(6)] == ["wrong"] * 5 + ["limited"]
    assert reasons == ["wrong"] * 5 + ["shopper"]
    clock.goes_on(hours=1)
    assert tool.invoke({**given, "postcode": "19901"}) == "proven"


def test_waits_grow_and_end(clock: Clock) -> None:
    guard = OrderGuard(clock)
    keys = try_keys(address="10.1.1.1", shopper="guest-1", order="W1")
    waits = []
    for _ in range(9):
        assert guesses(guard, 9, lambda n: keys) == 5
        with pytest.raises(TooManyRequests) as refused:
            guard.allow(keys)
        waits.append(refused.value.wait)
        assert "minutes" in refused.value.sentence
        clock.goes_on(seconds=refused.value.wait)
    assert waits[:4] == [900, 1800, 3600, 7200]
    assert waits[-1] == 86_400


def test_old_tries_are_forgotten(clock: Clock) -> None:
    guard = OrderGuard(clock)
    keys = try_keys(address="10.1.1.1", shopper="guest-1", order="W1")
    for _ in range(20):
        assert guesses(guard, 4, lambda n: keys) == 4
        clock.goes_on(seconds=WINDOW.total_seconds())


def test_many_at_once_are_as_many_as_in_a_row(clock: Clock) -> None:
    guard = OrderGuard(clock)
    keys = try_keys(address="10.1.1.1", shopper="guest-1", order="W1")
    # Nobody has been told yet whether the first ones were right.
    assert guesses(guard, 100, lambda n: keys) == 5


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(0, 200)),
        max_size=60,
    )
)
def test_no_key_has_more_wrong_tries_in_a_window_than_it_may(
    tried: list[tuple[int, int, int, int]],
) -> None:
    clock = Clock()
    guard = OrderGuard(clock)
    let_through: dict[TryKey, list[datetime]] = {}
    for address, shopper, order, seconds in tried:
        clock.goes_on(seconds=seconds)
        keys = try_keys(address=f"a{address}", shopper=f"s{shopper}", order=f"o{order}")
        try:
            guard.allow(keys)
        except TooManyRequests:
            continue
        for key in keys:
            times = let_through.setdefault(key, [])
            times.append(clock.time)
            last = [time for time in times if clock.time - time < WINDOW]
            assert len(last) <= MOST_TRIES[key.kind]
