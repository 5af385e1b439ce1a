"""Webhooks of the desk: signed, tried again for a day, and never sent to a private address."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from recording_server import Recorder, Taken, recording
from scripted_model import ScriptedModel, reading
from sqlalchemy import select

from assistant.app import Assistant
from assistant.database.connection import Database
from assistant.desk.addresses import checked_target, is_public
from assistant.desk.outbox import LEASE, Due
from assistant.desk.sending import TRY_SECONDS, Sender, signature
from assistant.desk.tables import WebhookRow
from assistant.errors import BadInput
from assistant.settings import Settings
from retrieval.folder import IndexFolder

SECRET = "whsec_" + base64.b64encode(b"a secret of 24 bytes ok!").decode()
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def receiver() -> Iterator[Recorder]:
    with recording() as recorder:
        yield recorder


@pytest.fixture
def hooked(
    settings: Settings, indexes: IndexFolder, model: ScriptedModel, receiver: Recorder,
    clock: Clock,
) -> Iterator[Assistant]:  # fmt: skip
    """An assistant whose desk tells the receiver."""
    shop = settings.model_copy(
        update={"webhook_url": f"{receiver.url}/hook", "webhook_secret": SecretStr(SECRET)}
    )
    database = Database(shop.database_url)
    made = Assistant(shop, indexes=indexes, database=database, model=model, now=clock)
    yield made
    made.close()


def sender_to(url: str, assistant: Assistant, clock: Clock, *, private: bool = True) -> Sender:
    return Sender(assistant.desk, url, SECRET, private=private, now=clock)


async def hand_over(assistant: Assistant, model: ScriptedModel, thread: str = "t") -> str:
    model.will_say(reading("person"))
    reply = await assistant.reply("let me talk to a human", shopper_id="ann", thread_id=thread)
    assert reply.handoff is not None
    assert reply.handoff.case_id is not None
    return reply.handoff.case_id


async def test_every_step_of_a_case_is_told_and_signed(
    hooked: Assistant, model: ScriptedModel, receiver: Recorder, clock: Clock
) -> None:
    case = await hand_over(hooked, model)
    hooked.desk.take(case, "Anna")
    await hooked.reply("are you there?", shopper_id="ann", thread_id="t")
    hooked.desk.write(case, "Anna", "I am.")
    hooked.desk.close(case, "Anna")
    assert await sender_to(hooked.settings.webhook_url or "", hooked, clock).send_due() == 5
    told = [taken.data for taken in receiver.taken]
    assert sorted(one["type"] for one in told) == [
        "handoff.closed", "handoff.message", "handoff.message", "handoff.opened", "handoff.taken",
    ]  # fmt: skip
    assert {one["data"]["case_id"] for one in told} == {case}
    said = [one["data"]["message"] for one in told if one["type"] == "handoff.message"]
    assert {"from": "person", "name": "Anna", "text": "I am."} in said
    for taken in receiver.taken:
        headers = taken.headers
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{taken.body}"
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        made = base64.b64encode(hmac.digest(key, signed.encode(), hashlib.sha256)).decode()
        assert headers["webhook-signature"] == f"v1,{made}"
    assert len({taken.headers["webhook-id"] for taken in receiver.taken}) == 5
    # What was delivered is not sent again, nor kept.
    assert await sender_to(f"{receiver.url}/hook", hooked, clock).send_due() == 0
    with hooked.database.reading() as session:
        assert set(session.scalars(select(WebhookRow.body))) == {""}


def test_the_signature_is_that_of_standard_webhooks() -> None:
    # The example of the specification's reference libraries.
    made = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        '{"test": 2432232314}',
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_failed_try_is_made_again_over_a_restart_and_given_up_after_a_day(
    hooked: Assistant, model: ScriptedModel, receiver: Recorder, clock: Clock
) -> None:
    await hand_over(hooked, model)
    receiver.answer = lambda taken: (500, {})
    url = f"{receiver.url}/hook"
    assert await sender_to(url, hooked, clock).send_due() == 0
    assert await sender_to(url, hooked, clock).send_due() == 0
    assert len(receiver.taken) == 1  # not before its time
    clock.now += timedelta(seconds=6)
    with closing(Database(hooked.settings.database_url)):  # as another server finds it
        assert await sender_to(url, hooked, clock).send_due() == 0
    assert len(receiver.taken) == 2
    assert len({taken.headers["webhook-id"] for taken in receiver.taken}) == 1
    assert hooked.desk.outbox.undelivered() == 1
    receiver.answer = lambda taken: (204, {})
    clock.now += timedelta(seconds=31)
    assert await sender_to(url, hooked, clock).send_due() == 1
    assert hooked.desk.outbox.undelivered() == 0

    await hand_over(hooked, model, "u")
    receiver.answer = lambda taken: (503, {})
    tries = len(receiver.taken)
    for _ in range(60):
        await sender_to(url, hooked, clock).send_due()
        clock.now += timedelta(hours=1)
    assert 5 < len(receiver.taken) - tries < 30
    with hooked.database.reading() as session:
        row = session.scalars(select(WebhookRow).where(WebhookRow.delivered.is_(None))).one()
    assert (row.next_try, row.body, row.error) == (None, "", "HTTP 503")
    assert hooked.desk.outbox.undelivered() == 1


async def test_a_receiver_that_is_slow_is_given_up_before_others_take_the_event_up(
    hooked: Assistant, model: ScriptedModel, receiver: Recorder, clock: Clock
) -> None:
    assert timedelta(seconds=TRY_SECONDS) * 2 < LEASE
    for thread in "tu":
        await hand_over(hooked, model, thread)
    outbox = hooked.desk.outbox
    elsewhere: list[Due | None] = []

    async def slow(host: str, port: int) -> Sequence[str]:
        # As another server looks meanwhile: what waits behind the slow one is not taken yet.
        clock.now += timedelta(seconds=TRY_SECONDS)
        elsewhere.extend(outbox.take(clock.now) for _ in range(2))
        await asyncio.sleep(60)
        return []

    sender = Sender(
        hooked.desk, f"{receiver.url}/hook", SECRET, private=True, now=clock, resolve=slow,
        in_all=0.05,
    )  # fmt: skip
    async with asyncio.timeout(10):
        assert await sender.send_due() == 0
    other, none = elsewhere
    assert other is not None
    assert none is None
    with hooked.database.reading() as session:
        errors = {row.id: row.error for row in session.scalars(select(WebhookRow))}
    assert errors.pop(other.id) is None
    assert list(errors.values()) == ["TimeoutError"]


async def test_redirects_are_not_followed(
    hooked: Assistant, model: ScriptedModel, receiver: Recorder, clock: Clock
) -> None:
    await hand_over(hooked, model)
    receiver.answer = lambda taken: (307, {"Location": f"{receiver.url}/elsewhere"})
    assert await sender_to(f"{receiver.url}/hook", hooked, clock).send_due() == 0
    assert [taken.path for taken in receiver.taken] == ["/hook"]


async def test_a_private_receiver_gets_nothing_unless_that_is_allowed(
    hooked: Assistant, model: ScriptedModel, receiver: Recorder, clock: Clock
) -> None:
    await hand_over(hooked, model)
    port = receiver.url.rsplit(":", 1)[1]
    for host in ("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "0177.0.0.1",
                 "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"):  # fmt: skip
        sender = sender_to(f"https://{host}:{port}/hook", hooked, clock, private=False)
        assert await sender.send_due() == 0
        clock.now += timedelta(hours=2)
        with hooked.database.writing() as session:
            session.execute(
                WebhookRow.__table__.update().values(next_try=clock.now, created=clock.now)
            )
    assert receiver.taken == []


async def test_the_address_that_was_checked_is_the_one_that_is_sent_to(
    hooked: Assistant, model: ScriptedModel, receiver: Recorder, clock: Clock
) -> None:
    """Whatever the name means a moment later."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["192.0.2.1"]

    await hand_over(hooked, model)
    port = receiver.url.rsplit(":", 1)[1]
    sender = Sender(
        hooked.desk, f"http://hooks.shop.test:{port}/hook?a=1", SECRET, private=True, now=clock,
        resolve=resolve,
    )  # fmt: skip
    assert await sender.send_due() == 1
    assert asked == ["hooks.shop.test"]
    taken: Taken = receiver.taken[0]
    assert (taken.headers["host"], taken.path) == (f"hooks.shop.test:{port}", "/hook?a=1")


def _to(*addresses: str) -> Callable[[str, int], object]:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    good = await checked_target("https://shop.test/h", resolve=_to("93.184.215.14"))  # type: ignore[arg-type]
    assert (good.url, good.host, good.name) == (
        "https://93.184.215.14:443/h", "shop.test", "shop.test",
    )  # fmt: skip
    with pytest.raises(BadInput, match="not public"):
        await checked_target("https://shop.test/", resolve=_to("93.184.215.14", "10.0.0.1"))  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="not public"):
        await checked_target("https://shop.test/", resolve=_to())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    ["http://shop.test/", "ftp://shop.test/", "https://", "https://u:p@shop.test/", "nonsense",
     "https://[::1/", "file:///etc/passwd", "https://shop.test:0/", "https://shop.test:99999/"],
)  # fmt: skip
async def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadInput):
        await checked_target(url, resolve=_to("93.184.215.14"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True), ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("10.1.2.3", False), ("172.16.0.1", False), ("192.168.1.1", False), ("127.0.0.1", False),
        ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False), ("224.0.0.1", False),
        ("255.255.255.255", False), ("192.0.2.1", False), ("240.0.0.1", False),
        ("::1", False), ("::", False), ("fe80::1", False), ("fe80::1%eth0", False),
        ("fc00::1", False), ("ff02::1", False), ("::ffff:10.0.0.1", False),
        ("::ffff:93.184.215.14", True), ("::7f00:1", False), ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False), ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
        ("fec0::1", False), ("nonsense", False), ("", False),
    ],
)  # fmt: skip
def test_addresses_that_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


async def test_what_waits_goes_with_the_shopper(hooked: Assistant, model: ScriptedModel) -> None:
    await hand_over(hooked, model)
    assert hooked.memory.erase("ann")
    with hooked.database.reading() as session:
        assert session.scalars(select(WebhookRow)).all() == []


async def test_without_an_address_nothing_is_written(
    assistant: Assistant, model: ScriptedModel
) -> None:
    await hand_over(assistant, model)
    with assistant.database.reading() as session:
        assert session.scalars(select(WebhookRow)).all() == []


def test_an_address_needs_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPGUIDE_WEBHOOK_URL", "https://shop.test/")
    with pytest.raises(ValueError, match="SHOPGUIDE_WEBHOOK_SECRET"):
        Settings()
