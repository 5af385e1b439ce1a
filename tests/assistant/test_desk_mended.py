"""What the desk keeps of a talk, whom it limits, and what it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from scripted_model import ScriptedModel, reading
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs
from test_desk import HUMAN

from assistant.app import Assistant
from assistant.desk import staff as desk_staff
from assistant.desk.cases import orders_in
from assistant.desk.staff import Lockout, hashed
from assistant.errors import (
    CaseTaken,
    ThreadBusy,
    TooManyRequests,
    UnknownThread,
    WithPerson,
)
from assistant.http.limits import RequestLimits
from assistant.need import Need
from assistant.orders.guessing import OrderGuard, try_keys
from assistant.reply import Reply
from assistant.settings import Settings
from tools.toolbox import ToolCall
from ui.visit import Visits


def test_an_order_that_was_only_claimed_is_not_the_cases() -> None:
    calls = [
        ToolCall(tool="prove_order", arguments={"order_id": "SG-1"}, ms=1),
        ToolCall(tool="order_details", arguments={"order_id": "SG-2"}, ms=1),
    ]
    reply = Reply(
        thread_id="t", turn_id="1", text="", language="en", intent="order", need=Need(),
        actions=calls,
    )  # fmt: skip
    assert orders_in([reply]) == ["SG-2"]


async def test_after_it_is_given_back_nothing_is_kept_until_it_is_handed_over_anew(
    assistant: Assistant, model: ScriptedModel
) -> None:
    async def say(text: str, kind: str) -> Reply:
        model.will_say(reading(kind))  # type: ignore[arg-type]
        return await assistant.reply(text, shopper_id="ann", thread_id="t")

    over = (await say(HUMAN, "person")).handoff
    assert over is not None
    assert over.case_id is not None
    assistant.desk.take(over.case_id, "Anna")
    assistant.desk.give_back(over.case_id, "Anna")
    before = assistant.desk.messages(over.case_id)
    updated = assistant.desk.case(over.case_id).updated
    await say("hello there", "chat")
    assert assistant.desk.messages(over.case_id) == before
    assert assistant.desk.case(over.case_id).updated == updated
    await say(HUMAN, "person")
    said = [m.text for m in assistant.desk.messages(over.case_id) if m.speaker == "shopper"]
    assert said == [HUMAN, "hello there", HUMAN]


def test_counts_fade_after_a_day() -> None:
    moment = [datetime(2026, 3, 1, tzinfo=UTC)]
    lockout = Lockout(lambda: moment[0])
    for _ in range(5):
        assert lockout.begin("Anna", "10.0.0.1") is None
    assert lockout.begin("Anna", "10.0.0.1") is not None
    moment[0] += timedelta(days=1)
    for _ in range(5):
        assert lockout.begin("Anna", "10.0.0.1") is None


def test_who_cannot_have_a_turn_at_the_passwords_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(desk_staff, "_LONGEST_TURN", 0.01)
    assert desk_staff._AT_ONCE.acquire(timeout=5)
    assert desk_staff._AT_ONCE.acquire(timeout=5)
    try:
        with pytest.raises(TooManyRequests):
            hashed("correct horse battery")
    finally:
        desk_staff._AT_ONCE.release(2)
    assert hashed("correct horse battery")


def test_logins_are_limited_by_network(settings: Settings) -> None:
    shop = settings.model_copy(update={"limit_address": "1/hour"})
    limits = RequestLimits(None, shop)  # type: ignore[arg-type]
    keys = [
        limits._limits_of(
            {"path": "/desk/login", "method": "POST", "client": (host, 1), "headers": []}
        )[0].key
        for host in ("2001:db8::1", "2001:db8::2")
    ]
    assert keys == ["login:2001:db8::/64"] * 2


def test_a_refused_proof_is_logged_without_ids() -> None:
    guard = OrderGuard(lambda: datetime(2026, 3, 1, tzinfo=UTC))
    keys = try_keys(address=None, shopper="ann", order="SG-1")
    with capture_logs() as logs:
        for _ in range(5):
            guard.allow(keys)
        with pytest.raises(TooManyRequests):
            guard.allow(keys)
    assert logs == [{"event": "order_proof_refused", "reason": "shopper", "log_level": "warning"}]


def test_conflicts_at_the_desk_are_plain(assistant: Assistant) -> None:
    with pytest.raises(CaseTaken), assistant.desk._writing():
        raise IntegrityError("insert", None, Exception("unique"))
    assert ThreadBusy.http_status == CaseTaken.http_status == 409


async def test_the_page_hands_its_network_address_on(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []

    async def chat(message: str, *, address: str | None = None, **rest: Any) -> AsyncIterator[Any]:
        given.append(address)
        return
        yield

    monkeypatch.setattr(assistant, "chat", chat)
    answers = Visits(assistant).answers
    begun = await answers.begin("hello", "ann", "", "en", address="10.0.0.7")
    async for _ in answers.follow("ann", begun.thread, "en", begun.asking):
        pass
    assert given == ["10.0.0.7"]


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "passing"])
async def test_a_talk_that_was_given_back_can_be_deleted(
    assistant: Assistant, model: ScriptedModel, kept: bool
) -> None:
    if kept:
        assistant.memory.give_consent("ann")
    model.will_say(reading("person"))
    over = (await assistant.reply(HUMAN, shopper_id="ann", thread_id="t")).handoff
    assert over is not None
    assert over.case_id is not None
    with pytest.raises(WithPerson):
        await assistant.delete_thread("t", shopper_id="ann")
    assistant.desk.take(over.case_id, "Anna")
    assistant.desk.write(over.case_id, "Anna", "Hello.")
    with pytest.raises(WithPerson):
        await assistant.delete_thread("t", shopper_id="ann")
    assistant.desk.give_back(over.case_id, "Anna")
    with pytest.raises(UnknownThread):
        await assistant.delete_thread("t", shopper_id="bob")
    assert assistant.desk.case(over.case_id).status == "returned"

    await assistant.delete_thread("t", shopper_id="ann")
    assert assistant.desk.case(over.case_id).status == "closed"
    assert [m.text for m in assistant.desk.messages(over.case_id)][-1] == "Hello."
    # Nothing of it comes back, though the case stays with the shop for as long as it keeps cases.
    with pytest.raises(UnknownThread):
        assistant.exchanges("t", "ann")
    with pytest.raises(UnknownThread):
        await assistant.delete_thread("t", shopper_id="ann")
    model.will_say(reading("chat"))
    await assistant.reply("hello", shopper_id="ann", thread_id="t")
    assert [e.number for e in assistant.exchanges("t", "ann")] == [1]
    assert assistant.desk.staff_messages("t", "ann") == []
