"""What a week's budget buys is drawn once, kept, and its counts are deleted."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from insight_shop import Clock, answer, asking, exact, wanting

from assistant.database.connection import Database
from assistant.errors import BudgetSpent, NothingCounted
from assistant.insight.counting import Counting
from assistant.insight.kinds import MOST_OF_ONE, Kind
from assistant.insight.noise import Mechanism, laplace_threshold
from assistant.insight.releases import Releases
from assistant.insight.tables import CountRow, ReleaseRow, WeekRow
from assistant.settings import Settings
from retrieval.index import CatalogueIndex
from tools.reading.fact import Unmatched

FEWEST, EPSILON = 5, 4.0
WEEK = date(2026, 3, 2)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = Database(settings.database_url)
    yield opened
    opened.close()


@pytest.fixture
def counting(database: Database, clock: Clock) -> Counting:
    made = Counting(database, now=clock, fewest=FEWEST)
    made.begin()
    return made


@pytest.fixture
def releases(database: Database, clock: Clock) -> Releases:
    return shop(database, clock)


def shop(
    database: Database, clock: Clock, mechanism: Mechanism = exact, *, epsilon: float = EPSILON
) -> Releases:
    return Releases(database, epsilon=epsilon, fewest=FEWEST, now=clock, mechanism=mechanism)


def rows(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def come(counting: Counting, index: CatalogueIndex, count: int, brand: str = "Nike") -> None:
    for number in range(count):
        need = wanting("brand", brand)
        counting.turn(asking(index, f"{brand}-{number}"), answer(need=need), None)
    counting.flush()


def test_a_running_week_is_looked_at_twice_and_the_rest_is_for_its_end(
    counting: Counting, releases: Releases, clock: Clock, shoes_index: CatalogueIndex
) -> None:
    come(counting, shoes_index, 7)
    assert releases.budget().looks_left == 2
    first = releases.look()
    assert (first.epsilon, first.final, first.number) == (1.0, False, 1)
    assert [(f.kind, f.shoppers) for f in first.figures] == [(Kind.NEEDS, 7), (Kind.TALKS, 7)]
    come(counting, shoes_index, 6, "Asics")
    assert releases.look().number == 2
    assert releases.budget().spent == 2.0
    with pytest.raises(BudgetSpent):
        releases.look()
    assert releases.finish() == []  # the week still runs

    clock.on(days=7)
    [final] = releases.finish()
    assert (final.week, final.final, final.epsilon) == (WEEK, True, 2.0)
    assert final.of(Kind.TALKS)[0].shoppers == 13
    assert releases.finish() == []
    assert releases.budget().spent == 0
    assert releases.budget().week == WEEK + timedelta(days=7)


def test_when_the_last_figures_are_out_there_is_nothing_left_to_draw_from(
    counting: Counting,
    releases: Releases,
    database: Database,
    clock: Clock,
    shoes_index: CatalogueIndex,
) -> None:
    come(counting, shoes_index, 7)
    clock.on(days=7)
    releases.finish()
    assert rows(database, CountRow) == rows(database, WeekRow) == 0
    # What is counted late is dropped, not drawn from.
    clock.on(days=-7)
    late = Counting(database, now=clock, fewest=FEWEST)
    late.begin()
    come(late, shoes_index, 6)
    clock.on(days=7)
    assert rows(database, CountRow) == 0
    assert releases.finish() == []


def test_a_look_at_a_week_without_counts_spends_nothing(
    counting: Counting, releases: Releases, database: Database, shoes_index: CatalogueIndex
) -> None:
    with pytest.raises(NothingCounted):
        releases.look()
    assert rows(database, ReleaseRow) == 0
    assert releases.budget().looks_left == 2
    come(counting, shoes_index, 7)
    assert releases.look().number == 1


def test_the_files_of_the_database_have_no_count_any_more_once_its_week_is_over(
    counting: Counting,
    releases: Releases,
    database: Database,
    clock: Clock,
    shoes_index: CatalogueIndex,
) -> None:
    # Too few to be let out: then nothing but the counts may have it.
    asked = asking(shoes_index, "lone", "Do you deliver to Norway?")
    counting.turn(asked, answer(intent="policy", unanswered=True), None)
    counting.flush()
    file = database.file
    assert file is not None
    log = file.with_name(f"{file.name}-wal")

    def written() -> bytes:
        return file.read_bytes() + (log.read_bytes() if log.exists() else b"")

    assert b"delivery/country:NO" in written()
    clock.on(days=7)
    [release] = releases.finish()
    assert release.figures == ()
    database.scrubber.finish()  # what it would do in the background
    assert b"delivery/country:NO" not in written()


def test_looking_again_draws_nothing_and_spends_nothing(
    counting: Counting, database: Database, clock: Clock, shoes_index: CatalogueIndex
) -> None:
    come(counting, shoes_index, 400)
    noisy = shop(database, clock, laplace_threshold)
    seen = noisy.look()
    assert seen.of(Kind.TALKS)
    spent = noisy.budget()
    again = [shop(database, clock, laplace_threshold).of(WEEK) for _ in range(20)]
    assert again == [seen] * 20
    assert noisy.budget() == spent
    assert rows(database, ReleaseRow) == 1


def test_a_group_below_the_threshold_never_shows(
    counting: Counting, database: Database, clock: Clock, shoes_index: CatalogueIndex
) -> None:
    come(counting, shoes_index, 300)
    come(counting, shoes_index, FEWEST - 1, "Asics")
    for _ in range(2):
        release = shop(database, clock, laplace_threshold).look()
        assert "Nike" in str(release.of(Kind.NEEDS))
        assert "Asics" not in str(release.figures)
        assert all(figure.shoppers >= release.threshold for figure in release.figures)


def test_free_text_is_in_no_table_before_enough_have_said_it(
    counting: Counting, database: Database, releases: Releases, shoes_index: CatalogueIndex
) -> None:
    def ask(shopper: str) -> None:
        wish = Unmatched(field="category", value="shoes", quote="Ballet flats")
        need = wanting("brand", "Nike").model_copy(update={"unmatched": (wish,)})
        counting.turn(asking(shoes_index, shopper), answer(need=need), None)
        counting.flush()

    for number in range(FEWEST - 1):
        ask(f"s{number}")
        ask("s0")
    with database.reading() as session:
        kinds = set(session.scalars(sa.select(CountRow.kind)))
    assert kinds == {"talks", "needs"}
    for number in range(FEWEST - 1, 2 * FEWEST):
        ask(f"s{number}")
    [found] = releases.look().of(Kind.MISSING)
    assert (found.wording, found.shoppers) == ("ballet flats", 2 * FEWEST)


def test_each_restart_in_a_week_makes_the_noise_larger(
    counting: Counting,
    database: Database,
    releases: Releases,
    clock: Clock,
    shoes_index: CatalogueIndex,
) -> None:
    come(counting, shoes_index, 6)
    come(counting, shoes_index, 6)
    assert (first := releases.look()).tallies == 1
    assert first.scale == MOST_OF_ONE / first.epsilon
    for _ in range(2):
        other = Counting(database, now=clock, fewest=FEWEST)
        other.begin()
        come(other, shoes_index, 6)  # the same shoppers, whom it cannot know
    second = releases.look()
    assert (second.tallies, second.of(Kind.TALKS)[0].shoppers) == (3, 18)
    assert second.scale == 3 * first.scale


def test_nothing_is_counted_of_shoppers_without_a_budget(
    database: Database, clock: Clock, shoes_index: CatalogueIndex
) -> None:
    off = Counting(database, now=clock, fewest=FEWEST, shoppers=False)
    off.begin()
    come(off, shoes_index, 7)
    off.thumb("s", "up", "recommend")
    off.flush()
    assert rows(database, CountRow) == rows(database, WeekRow) == 0
    with pytest.raises(BudgetSpent):
        shop(database, clock, epsilon=0).look()


def test_what_could_not_be_written_is_written_the_next_time(
    counting: Counting,
    database: Database,
    releases: Releases,
    shoes_index: CatalogueIndex,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken() -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(database, "writing", broken)
        with pytest.raises(OSError, match="full"):
            come(counting, shoes_index, 6)
    come(counting, shoes_index, 8)
    release = releases.look()
    assert release.of(Kind.TALKS)[0].shoppers == 8
    assert release.tallies == 1


def test_no_table_of_insight_has_a_word_or_an_id_of_a_shopper(
    counting: Counting, database: Database, releases: Releases, shoes_index: CatalogueIndex
) -> None:
    need = wanting("brand", "Nike", quote="canary-quote")
    unmatched = (Unmatched(field="category", value="canary-value", quote="canary-wish"),)
    need = need.model_copy(update={"unmatched": unmatched})
    asked = asking(shoes_index, "canary-shopper", "canary-message: do you deliver to Norway?")
    reply = answer(need=need, intent="policy", unanswered=True, text="canary-text")
    counting.turn(asked, reply, None)
    counting.flush()
    releases.look()
    assert rows(database, CountRow) == 4
    with database.engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert "delivery/country:NO" in dump
    assert "canary" not in dump


def test_turns_that_are_counted_while_sums_are_written_are_counted_once(
    counting: Counting, releases: Releases, shoes_index: CatalogueIndex
) -> None:
    def talk(thread: int) -> None:
        for number in range(60):
            shopper = f"s{(number * 7 + thread) % 100}"
            counting.turn(asking(shoes_index, shopper), answer(), None)
            if number % 20 == thread:
                counting.flush()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(talk, range(8)))
    counting.flush()
    [talks] = releases.look().figures
    assert talks.shoppers == len(
        {(number * 7 + thread) % 100 for number in range(60) for thread in range(8)}
    )


def test_many_who_look_at_once_spend_no_more_than_there_is(
    counting: Counting, database: Database, clock: Clock, shoes_index: CatalogueIndex
) -> None:
    come(counting, shoes_index, 7)

    def look(_: int) -> bool:
        try:
            shop(database, clock).look()
        except BudgetSpent:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(look, range(6))) == 2
    assert shop(database, clock).budget().spent == 2.0


def test_several_who_finish_a_week_at_once_draw_it_once(
    counting: Counting, database: Database, clock: Clock, shoes_index: CatalogueIndex
) -> None:
    come(counting, shoes_index, 7)
    clock.on(days=7)
    with ThreadPoolExecutor(4) as pool:
        done = [
            one
            for found in pool.map(lambda _: shop(database, clock).finish(), range(4))
            for one in found
        ]
    assert len(done) == 1
    assert rows(database, ReleaseRow) == 1
