"""When a talk is handed over: by words, by failures in a row, by money, as the shop's file says."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from scripted_model import ScriptedModel, reading

from assistant.app import Assistant
from assistant.desk.hours import Hours, said_opening
from assistant.desk.rules import RuleBook, Trigger, load_rules
from assistant.errors import BadInput
from assistant.worded import WordRule, Words
from prompts import phrases

_FILE = Path(__file__).with_name("handoff_wordings.yaml")
_WORDINGS: dict[str, dict[str, list[str]]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
NEEDED = [
    (kind, message)
    for kind, languages in _WORDINGS.items()
    if kind != "none"
    for messages in languages.values()
    for message in messages
]
NOT_NEEDED = [message for messages in _WORDINGS["none"].values() for message in messages]
RULES = load_rules()


@pytest.mark.parametrize(("kind", "message"), NEEDED)
def test_words_that_need_a_person(kind: str, message: str) -> None:
    trigger = RULES.trigger(message, "USD")
    assert trigger is not None
    # Anger at a crime may pass for either; whoever comes reads it.
    alike = {Trigger.ANGER, Trigger.LEGAL, Trigger.PERSON}
    assert trigger == kind or {trigger, Trigger(kind)} <= alike


@pytest.mark.parametrize("message", NOT_NEEDED)
def test_words_that_only_look_so(message: str) -> None:
    assert RULES.trigger(message, "USD") is None


@given(st.text(max_size=300))
def test_any_text_is_read(message: str) -> None:
    assert RULES.trigger(message, "USD") in (None, *Trigger)


def test_a_long_text_takes_no_time() -> None:
    import time

    for piece in ("i want to talk to ", "把我的", "refund me $", "the shoe cut it ", "说了" * 9):
        began = time.perf_counter()
        RULES.trigger(piece * (4000 // len(piece)), "USD")
        assert time.perf_counter() - began < 2


@pytest.mark.parametrize("trigger", list(Trigger))
def test_every_rule_has_its_reason_in_both_languages(trigger: Trigger) -> None:
    assert RULES.reason(trigger, "en")
    assert RULES.reason(trigger, "zh")


# money ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "of", "much"),
    [("2000", "USD", False), ("2000.01", "USD", True), ("-2900", "USD", True), ("0", "USD", False),
     ("1", "CNY", True)],
)  # fmt: skip
def test_money_above_the_limit_is_for_a_person(amount: str, of: str, much: bool) -> None:
    assert RULES.too_much(Decimal(amount), of, currency="USD") is much


def test_a_shop_may_have_no_limit(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("rules: {money: {above: null, changes_above: null}}", encoding="utf-8")
    rules = load_rules(file)
    assert not rules.too_much(Decimal(10**9), "USD", currency="USD")
    assert rules.trigger("refund me the $90000 I paid", "USD") is None


async def test_much_money_is_handed_over_unread(assistant: Assistant, model: ScriptedModel) -> None:
    reply = await assistant.reply("Refund me the $900 I paid", shopper_id="ann", thread_id="t")
    assert not model.asked
    assert reply.handoff is not None
    assert reply.handoff.reason == RULES.reason(Trigger.MONEY, "en")


# failures ------------------------------------------------------------------------------------

NOTHING = reading("search", ("running shoe", "category", "=", "running shoe"),
                  ("under $5", "price", "<=", "5"))  # fmt: skip


async def say(assistant: Assistant, message: str) -> Any:
    return await assistant.reply(message, shopper_id="ann", thread_id="t")


async def test_two_failures_in_a_row_are_handed_over(
    assistant: Assistant, model: ScriptedModel
) -> None:
    model.will_say(NOTHING, NOTHING, NOTHING)
    assert (await say(assistant, "running shoe under $5")).handoff is None
    second = await say(assistant, "a running shoe under $5, please")
    assert second.handoff is not None
    assert second.handoff.reason == RULES.reason(Trigger.FAILURES, "en")
    # What was found out is said all the same, and then that a person comes.
    assert phrases("en")["nothing_fits"] in second.text
    assert phrases("en")["handoff"] in second.text
    # While one waits, nothing more is handed over.
    assert (await say(assistant, "any running shoe under $5?")).handoff is None
    assert len(assistant.desk.queue()) == 1


async def test_a_success_between_two_failures_counts(
    assistant: Assistant, model: ScriptedModel
) -> None:
    found = reading("search", ("basketball shoe", "category", "=", "basketball shoe"))
    model.will_say(NOTHING, found, "[1] Anta KT 9 costs $60.", NOTHING)
    model.otherwise = "[1] Anta KT 9 costs $60."
    for message in ("running shoe under $5", "a basketball shoe", "running shoe under $5 now"):
        assert (await say(assistant, message)).handoff is None


async def test_an_off_topic_talk_is_no_failure(assistant: Assistant, model: ScriptedModel) -> None:
    model.will_say(reading("chat"), reading("chat"), reading("chat"))
    for message in ("what is the capital of France", "tell me a joke", "and the weather?"):
        assert (await say(assistant, message)).handoff is None


async def test_asked_again_the_same_case_waits(assistant: Assistant, model: ScriptedModel) -> None:
    model.will_say(reading("person"), reading("person"))
    first = await say(assistant, "let me talk to a human")
    second = await say(assistant, "HELLO? I want to talk to a human")
    assert first.handoff.case_id == second.handoff.case_id
    assert second.text == phrases("en")["handoff_waiting"]
    assert len(assistant.desk.queue()) == 1


# the file ------------------------------------------------------------------------------------


def test_a_shops_file_changes_what_it_says_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(
        "rules:\n  anger: {enabled: false}\n  person: {words: {en: ['get me Karen'], zh: []}}\n",
        encoding="utf-8",
    )
    rules = load_rules(file)
    assert rules.trigger("you are useless, I'm furious", "USD") is None
    assert rules.trigger("get me Karen", "USD") is Trigger.PERSON
    assert rules.trigger("I will sue you", "USD") is Trigger.LEGAL
    assert rules.reason(Trigger.PERSON, "en") == RULES.reason(Trigger.PERSON, "en")


@pytest.mark.parametrize(
    "text",
    ["rules: {legal: {words: {en: ['(']}}}", "rules: {nonsense: {enabled: true}}", "rule: {}",
     "rules: {legal: 7}", "rules: [1]", "hours: {time_zone: Mars/Olympus}",
     "hours: {week: {monday: ['18:00-09:00']}}", "hours: {week: {someday: []}}",
     "rules: {money: {above: .nan}}", "rules: {failures: {in_a_row: 1}}", "{{{", "\x00",
     "hours: {holidays: [2026-02-30]}", "rules: {failures: {in_a_row: !!int two}}",
     "hours: 2026-01-01T25:00:00", "[" * 2000, "hours: &a {week: *a}",
     "rules: &a {legal: *a}", 'rules: {person: {reason: {en: "\\ud83d\\ude00 wants"}}}',
     'rules: {person: {words: {zh: ["\\ud83d"]}}}', 'hours: {time_zone: "\\ud83d"}'],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_plainly(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="cannot be used"):
        load_rules(file)
    with pytest.raises(BadInput, match="cannot be used"):
        load_rules(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    "words",
    [r"{en: ['(\w+\s?)+ lawsuit']}", r"{en: ['fine', '(\w+ ?)*\w+ \d']}", "{en: ['(a|b|ab)*c']}",
     "{en: ['(to |[a-z ])+ sue you']}", "{en: [sue], unless: {en: ['(to |[a-z ])+ sue you']}}",
     r"{zh: ['(\s*[\w ]*)*。']}", "{zh: ['(退|款|退款)*了']}"],
)  # fmt: skip
def test_an_expression_that_may_never_end_is_refused(tmp_path: Path, words: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(f"rules: {{legal: {{words: {words}}}}}", encoding="utf-8")
    with pytest.raises(BadInput, match="takes too long on some messages"):
        load_rules(file)


def test_ordinary_expressions_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(
        r"rules: {legal: {words: {en: ['my (?:own )?lawyers?', 'take .{0,40}court', '\w+ lawsuit'],"
        " zh: ['找律师', '起诉.*你们']}}}",
        encoding="utf-8",
    )
    assert load_rules(file).trigger("I'll call my own lawyer", "USD") is Trigger.LEGAL
    assert load_rules(file).trigger("我要起诉一下你们", "USD") is Trigger.LEGAL


def test_a_rule_that_takes_too_long_on_a_message_is_given_up_on_and_a_person_looks() -> None:
    import time

    slow = WordRule.of(Words(en=(r"(\w+\s?)+ lawsuit",)))
    rules = replace(RULES, patterns={**RULES.patterns, Trigger.LEGAL: slow})
    began = time.perf_counter()
    assert rules.trigger("1" * 4000 + "! lawsuit", "USD") is Trigger.LEGAL
    assert time.perf_counter() - began < 20
    assert rules.trigger("a short one", "USD") is None


def test_an_edit_takes_effect_at_once_and_a_bad_one_does_not(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("rules: {money: {changes_above: 10}}", encoding="utf-8")
    book = RuleBook(file)
    assert book.rules.too_much(Decimal(11), "USD", currency="USD")
    for text, much in (
        ("rules: {money: {changes_above: 20}}", False),
        ("rules: {money: {changes_above: x}}", False),
        ("hours: {holidays: [2026-02-30]}", False),
    ):
        file.write_text(text, encoding="utf-8")
        os.utime(file, ns=(1, hash(text) % 10**9 + 2))
        assert book.rules.too_much(Decimal(11), "USD", currency="USD") is much


# hours ---------------------------------------------------------------------------------------

WEEK = {
    "time_zone": "Asia/Shanghai",
    "week": {"monday": ["09:00-12:00", "13:00-24:00"], "friday": ["10:00-11:00"]},
    "holidays": ["2026-03-06"],
}


@pytest.mark.parametrize(
    ("moment", "is_open", "opens"),
    [
        # Mondays in March 2026: the 2nd, the 9th. Shanghai is eight hours ahead.
        (datetime(2026, 3, 2, 1, 0, tzinfo=UTC), True, None),
        (datetime(2026, 3, 2, 0, 59, tzinfo=UTC), False, "2026-03-02T09:00:00+08:00"),
        (datetime(2026, 3, 2, 4, 0, tzinfo=UTC), False, "2026-03-02T13:00:00+08:00"),
        (datetime(2026, 3, 2, 15, 59, tzinfo=UTC), True, None),
        (datetime(2026, 3, 2, 16, 0, tzinfo=UTC), False, "2026-03-09T09:00:00+08:00"),
    ],
)
def test_hours(moment: datetime, is_open: bool, opens: str | None) -> None:
    hours = Hours.model_validate(WEEK)
    assert hours.open_at(moment) is is_open
    opening = hours.opens(moment)
    assert opening is not None
    if opens is not None:
        assert opening.isoformat() == opens
        assert "Asia/Shanghai" in said_opening(opening, "en")


def test_a_shop_that_never_opens_says_no_time() -> None:
    hours = Hours.model_validate({"time_zone": "UTC", "week": {}})
    assert hours.opens(datetime(2026, 3, 1, tzinfo=UTC)) is None


def test_without_a_time_zone_somebody_is_always_there() -> None:
    assert RULES.hours.open_at(datetime(2026, 3, 1, 3, 0, tzinfo=UTC))
