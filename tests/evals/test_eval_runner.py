"""Runs: side by side, kept at once, taken up again, and honest about what failed."""

import asyncio
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_model import Answer, ScriptedModel, reading

from assistant.database.connection import Database
from assistant.errors import ModelUnavailable
from assistant.llm.client import Message
from assistant.settings import Settings
from evals.running.doors import doors_of
from evals.running.observed import Observed, System
from evals.running.records import About, Record, ResultsFile, digest_of
from evals.running.runner import draw_sample, hold, hold_all, jobs_left
from evals.running.service_desk import ServiceDesks
from evals.running.systems import ShopGuide
from evals.suite.conversation import Conversation
from retrieval.errors import BadInput
from retrieval.folder import IndexFolder

_ABOUT = About(model="m")


async def _run(
    conversations: Sequence[Conversation],
    systems: Sequence[System],
    results: ResultsFile,
    **options: Any,
) -> list[Record]:
    """One attempt, and its records."""
    await _hold(conversations, [systems], results, **options)
    return list(results.read({conversation.id: conversation for conversation in conversations}))


async def _hold(
    conversations: Sequence[Conversation],
    attempts: Sequence[Sequence[System]],
    results: ResultsFile,
    *,
    retry_failed: bool = False,
    **options: Any,
) -> None:
    names = [system.name for system in attempts[0]]
    held = results.digests(retry_failed=retry_failed)
    jobs = jobs_left(conversations, names, len(attempts), held)
    await hold_all(jobs, attempts, results, **options)


def _conversation(id: str, *says: str, **more: Any) -> Conversation:
    turns = [{"say": say} for say in says or ("hello",)]
    return Conversation.model_validate({"id": id, "language": "en", "turns": turns} | more)


class Echo:
    """A system that repeats the message, fails on "fail", and notes when it was asked."""

    def __init__(self, name: str, log: list[tuple[str, str, int]]) -> None:
        self.name = name
        self.log = log
        self.at_once = 0
        self.most_at_once = 0

    async def begin(self, conversation: Conversation) -> None:
        if conversation.id == "never":
            raise ModelUnavailable("It is down.")

    async def answer(self, conversation: Conversation, turn: int, message: str) -> Observed:
        self.log.append((self.name, conversation.id, turn))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.001)
        self.at_once -= 1
        if message == "fail":
            raise ModelUnavailable("The model is down.")
        if message == "stop":
            raise KeyboardInterrupt
        return Observed(text=message)


class Slow(Echo):
    """Takes its time over "slow", and breaks on "crash"."""

    async def answer(self, conversation: Conversation, turn: int, message: str) -> Observed:
        if message == "slow":
            await asyncio.sleep(60)
        if message == "crash":
            raise KeyError(message)
        return await super().answer(conversation, turn, message)


async def test_systems_take_turns_conversation_by_conversation(tmp_path: Path) -> None:
    log: list[tuple[str, str, int]] = []
    systems = [Echo("a", log), Echo("b", log)]
    conversations = [_conversation("1", "x", "y"), _conversation("2"), _conversation("3")]
    records = await _run(conversations, systems, ResultsFile(tmp_path, _ABOUT))
    assert log == [
        ("a", "1", 1), ("a", "1", 2), ("b", "1", 1), ("b", "1", 2),
        ("b", "2", 1), ("a", "2", 1),
        ("a", "3", 1), ("b", "3", 1),
    ]  # fmt: skip
    assert [record.key for record in records] == [
        (name, number, 1) for name in ("a", "b") for number in ("1", "2", "3")
    ]
    assert records[0].said == ["x", "y"]
    assert [turn.text for turn in records[0].turns] == ["x", "y"]


async def test_several_conversations_at_once(tmp_path: Path) -> None:
    one, three = Echo("a", []), Echo("a", [])
    conversations = [_conversation(str(n)) for n in range(9)]
    await _run(conversations, [one], ResultsFile(tmp_path / "1", _ABOUT))
    await _run(conversations, [three], ResultsFile(tmp_path / "3", _ABOUT), concurrency=3)
    assert (one.most_at_once, three.most_at_once) == (1, 3)


async def test_a_broken_off_run_goes_on_where_it_was(tmp_path: Path) -> None:
    log: list[tuple[str, str, int]] = []
    stopping = [_conversation("1"), _conversation("2", "stop")]
    with pytest.raises(KeyboardInterrupt):
        # In a loop of its own: an interrupt ends the loop that it is raised in.
        await asyncio.to_thread(
            lambda: asyncio.run(_run(stopping, [Echo("a", [])], ResultsFile(tmp_path, _ABOUT)))
        )
    with ResultsFile(tmp_path, _ABOUT).path.open("a") as file:
        file.write('{"system": "a", "conver')
    conversations = [_conversation("1"), _conversation("2", "hi")]
    results = ResultsFile(tmp_path, _ABOUT)
    records = await _run(conversations, [Echo("a", log)], results)
    assert log == [("a", "2", 1)]
    assert [record.turns[0].text for record in records] == ["hello", "hi"]
    assert set(results.digests()) == {("a", "1", 1), ("a", "2", 1)}
    log.clear()
    assert await _run(conversations, [Echo("a", log)], results) == records
    assert log == []


async def test_a_conversation_that_was_changed_is_held_again(tmp_path: Path) -> None:
    results = ResultsFile(tmp_path, _ABOUT)
    await _run([_conversation("1")], [Echo("a", [])], results)
    [record] = await _run([_conversation("1", "bye")], [Echo("a", [])], results)
    assert record.turns[0].text == "bye"
    relabelled = {"turns": [{"say": "bye", "expect": {"language": "en"}}]}
    assert digest_of(_conversation("1", **relabelled)) == record.digest


async def test_a_turn_without_an_answer_is_marked_and_the_talk_goes_on(tmp_path: Path) -> None:
    log: list[tuple[str, str, int]] = []
    conversation = _conversation("1", "x", "fail", "y")
    results = ResultsFile(tmp_path, _ABOUT)
    [record] = await _run([conversation], [Echo("a", log)], results)
    assert record.failed
    assert [turn.error for turn in record.turns] == [
        None, "ModelUnavailable: The model is down.", None
    ]  # fmt: skip
    assert record.turns[1].timing.total_ms == 0
    await _run([conversation], [Echo("a", log)], results)
    assert len(log) == 3
    await _run([conversation], [Echo("a", log)], results, retry_failed=True)
    assert len(log) == 6


def test_results_of_another_run_are_not_mixed_in(tmp_path: Path) -> None:
    ResultsFile(tmp_path, _ABOUT)
    with pytest.raises(BadInput, match="another run, by its model"):
        ResultsFile(tmp_path, About(model="n"))
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(BadInput, match="damaged"):
        ResultsFile(tmp_path, _ABOUT)
    (tmp_path / "run.json").unlink()
    (tmp_path / "results.jsonl").write_text("{}\n")
    with pytest.raises(BadInput, match=r"no run\.json"):
        ResultsFile(tmp_path, _ABOUT)


def test_a_damaged_line_is_told(tmp_path: Path) -> None:
    results = ResultsFile(tmp_path, _ABOUT)
    results.path.write_text("{}\n")
    with pytest.raises(BadInput, match="line 1 is damaged"):
        results.digests()


def test_the_latest_record_counts(tmp_path: Path) -> None:
    results = ResultsFile(tmp_path, _ABOUT)
    said = _conversation("1")
    for text in ("old", "new"):
        turns = [Observed(text=text)]
        results.add(Record(system="a", conversation="1", digest=digest_of(said), turns=turns))
    [record] = results.read({"1": said})
    assert record.turns[0].text == "new"


def test_records_of_other_conversations_are_left_out(tmp_path: Path) -> None:
    results = ResultsFile(tmp_path, _ABOUT)
    said = _conversation("1")
    results.add(Record(system="a", conversation="1", digest="of what was asked then", turns=[]))
    results.add(Record(system="a", conversation="2", digest=digest_of(said), turns=[]))
    assert list(results.read({"1": said})) == []


async def test_each_attempt_is_made_once_and_all_are_held_once_first(tmp_path: Path) -> None:
    log: list[tuple[str, str, int]] = []
    conversations = [_conversation("1"), _conversation("2")]
    results = ResultsFile(tmp_path, _ABOUT)
    await _hold(conversations, [[Echo("a", log)], [Echo("a", log)]], results)
    assert log == [("a", "1", 1), ("a", "2", 1)] * 2
    await _hold(conversations, [[Echo("a", log)]] * 3, results)
    assert len(log) == 6, "the first two attempts are there"
    found = results.read({c.id: c for c in conversations})
    assert [(r.conversation, r.attempt) for r in found] == [
        (id, attempt) for id in ("1", "2") for attempt in (1, 2, 3)
    ]


async def test_an_answer_that_takes_too_long_has_failed(tmp_path: Path) -> None:
    conversation = _conversation("1", "slow", "x")
    record = await hold(Slow("a", []), conversation, limit_s=0.05)
    assert [turn.error for turn in record.turns] == ["no answer within 0.05 seconds", None]


async def test_a_system_that_crashes_fails_its_turn_alone(tmp_path: Path) -> None:
    results = ResultsFile(tmp_path, _ABOUT)
    records = await _run(
        [_conversation("1", "crash"), _conversation("2")], [Slow("a", [])], results
    )
    assert records[0].turns[0].error == "it crashed with KeyError: 'crash'"
    assert records[1].turns[0].error is None


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 2), st.booleans()), max_size=12))
def test_what_is_read_is_the_latest_of_each(written: list[tuple[int, int, bool]]) -> None:
    conversations = {str(number): _conversation(str(number)) for number in range(4)}
    with tempfile.TemporaryDirectory() as folder:
        results = ResultsFile(Path(folder), _ABOUT)
        latest: dict[tuple[int, int], int] = {}
        for place, (number, attempt, failed) in enumerate(written):
            said = conversations[str(number)]
            turns = [Observed(text=f"{place}", error="down" if failed else None)]
            results.add(
                Record(
                    system="a",
                    conversation=said.id,
                    digest=digest_of(said),
                    attempt=attempt,
                    turns=turns,
                )
            )
            latest[number, attempt] = place
        found = {
            (int(r.conversation), r.attempt): int(r.turns[0].text)
            for r in results.read(conversations)
        }
        assert found == latest
        failed = {key for key, place in latest.items() if written[place][2]}
        kept = {(int(key.conversation), key.attempt) for key in results.digests(retry_failed=True)}
        assert kept == set(latest) - failed


def test_a_sample_is_drawn_by_seed_and_keeps_the_languages_even() -> None:
    conversations = [
        _conversation(f"{language}-{n}", language=language)
        for language in ("en", "zh")
        for n in range(30)
    ]
    drawn = draw_sample(conversations, 20, seed=1)
    assert drawn == draw_sample(conversations, 20, seed=1)
    assert drawn != draw_sample(conversations, 20, seed=2)
    assert sum(c.language == "en" for c in drawn) == 10
    assert drawn == [c for c in conversations if c in drawn]
    assert draw_sample(conversations, None, seed=1) == conversations
    assert draw_sample(conversations, 99, seed=1) == conversations


class Endless(ScriptedModel):
    """Gives the same reading and the same text to every question; dead where ``down`` is set."""

    def __init__(self, understood: dict[str, Any], text: str) -> None:
        super().__init__()
        self.understood = understood
        self.text = text
        self.down = False

    def _next(self, messages: Any, kind: type) -> Answer:
        self.asked.append([Message(m.role, m.content) for m in messages])
        if self.down:
            raise ModelUnavailable("No model server answers.")
        return self.understood if kind is dict else self.text


@pytest.fixture
def endless() -> Endless:
    facts = [("800 yuan", "price", "<=", "800 yuan"), ("not Nike", "brand", "!=", "Nike")]
    return Endless(reading("search", *facts), "[1] is a shoe.")


@pytest.fixture
def shopguide(settings: Settings, indexes: IndexFolder, endless: Endless, tmp_path: Path) -> Any:
    database = Database(settings.database_url)
    ids = iter(range(1000))
    yield ShopGuide(
        doors_of(
            settings,
            indexes_of=lambda name: indexes,
            database=database,
            model=endless,
            desks=ServiceDesks(tmp_path, settings),
        ),
        new_id=lambda: f"n{next(ids)}",
    )
    database.close()


async def test_shopguide_is_seen_with_the_conversations_own_rates(shopguide: ShopGuide) -> None:
    say = "running shoes under 800 yuan, not Nike"
    rich = _conversation("1", say, catalog="shoes", rates={"CNY": 8})
    poor = _conversation("2", say, catalog="shoes")
    with_rate = (await hold(shopguide, rich)).turns
    without = (await hold(shopguide, poor)).turns
    assert with_rate[0].error is None
    assert with_rate[0].facts is not None
    said = {(w.field, w.op, w.value) for w in with_rate[0].facts}
    assert ("price", "<=", 100.0) in said
    assert ("brand", "!=", "Nike") in said
    assert with_rate[0].need is not None
    assert with_rate[0].timing.total_ms > 0
    assert with_rate[0].usage.calls >= 1
    assert without[0].unmatched == ["price"]
    assert rich.rates == {"CNY": Decimal(8)}


async def test_facts_are_those_of_the_turn_and_the_need_is_all(
    shopguide: ShopGuide, endless: Endless
) -> None:
    conversation = _conversation("1", "not Nike", "in white", catalog="shoes")
    await shopguide.begin(conversation)
    first = await shopguide.answer(conversation, 1, "running shoes, not Nike")
    endless.understood = reading("search", ("white", "color", "=", "white"))
    second = await shopguide.answer(conversation, 2, "in white please")
    assert first.facts is not None
    assert second.facts is not None
    assert second.need is not None
    assert [(w.field, w.value) for w in second.facts] == [("color", "white")]
    assert {w.field for w in second.need} >= {"color", "brand"}
    await shopguide.begin(conversation)
    again = await shopguide.answer(conversation, 1, "in white please")
    assert again.need is not None
    assert [w.field for w in again.need] == ["color"], "a conversation that is begun is a new one"


async def test_a_dead_model_gives_failed_turns(shopguide: ShopGuide, endless: Endless) -> None:
    endless.down = True
    conversation = _conversation("1", "running shoes", "in white", catalog="shoes")
    turns = (await hold(shopguide, conversation)).turns
    assert all(turn.error and not turn.text for turn in turns)
    endless.down = False
    endless.understood = reading("search", ("white", "color", "=", "white"))
    after = await shopguide.answer(conversation, 2, "in white please")
    assert after.facts is not None
    assert [w.field for w in after.facts] == ["color"], "failed turns are not counted"


async def test_what_a_suite_says_of_a_shopper_is_known(shopguide: ShopGuide) -> None:
    known = {
        "facts": [{"field": "size", "value": "42", "quote": "I wear 42"}],
        "events": [{"type": "view", "product_id": "nike-structure", "days_ago": 2}],
    }
    conversation = _conversation(
        "1", "not Nike", catalog="shoes", shopper=known, others={"mei": known}
    )
    [seen] = (await hold(shopguide, conversation)).turns
    assert seen.error is None
    assert seen.profile is not None
    assert [(w.field, w.value, w.quote) for w in seen.profile if w.field == "size"] == [
        ("size", "42", "I wear 42")
    ]
    [stranger] = (await hold(shopguide, _conversation("2", "not Nike", catalog="shoes"))).turns
    assert stranger.profile == [], "nothing is kept of a shopper who has not agreed"
    # The same others stand in many conversations.
    [again] = (await hold(shopguide, conversation)).turns
    assert again.error is None


async def test_a_conversation_that_cannot_be_begun_has_failed_turns() -> None:
    log: list[tuple[str, str, int]] = []
    record = await hold(Echo("a", log), _conversation("never", "x", "y"))
    assert [turn.error for turn in record.turns] == ["ModelUnavailable: It is down."] * 2
    assert log == []


def test_what_a_run_is_of_is_told_where_it_differs() -> None:
    one = About(model="m", software="1", catalogs={"demo": "v1+0", "old": "v1+0"})
    assert one.differs(one) == []
    other = one.model_copy(update={"software": "2", "catalogs": {"demo": "v1+1", "new": "v1+0"}})
    assert other.differs(one) == ["software (was '1', is '2')", "catalogue demo"]


def test_a_suite_more_is_no_other_run(tmp_path: Path) -> None:
    ResultsFile(tmp_path, About(model="m", catalogs={"demo": "v1"}))
    ResultsFile(tmp_path, About(model="m", catalogs={"shoes": "v1"}))
    with pytest.raises(BadInput, match="catalogue demo"):
        ResultsFile(tmp_path, About(model="m", catalogs={"demo": "v2"}))


@given(st.binary(max_size=200), st.integers(0, 3))
def test_only_a_line_that_was_cut_off_is_dropped(rest: bytes, lines: int) -> None:
    said = _conversation("1")
    with tempfile.TemporaryDirectory() as folder:
        results = ResultsFile(Path(folder), _ABOUT)
        for _ in range(lines):
            results.add(Record(system="a", conversation="1", digest=digest_of(said), turns=[]))
        whole = results.path.read_bytes() if lines else b""
        results.path.write_bytes(whole + rest.replace(b"\n", b" "))
        assert len(results.digests()) == min(lines, 1)
        assert results.path.read_bytes() == whole
