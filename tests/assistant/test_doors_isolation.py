"""Two thousand attempts, through every door, to see or change what is somebody else's.

The thief knows every id of the victims and has tokens of her own, as a shopper and as a guest, and
besides those everything that is expired, forged, of another key, algorithm or shop.
"""

import base64
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
import jwt
import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from scripted_model import Answer, ScriptedModel, reading

from assistant.app import Assistant
from assistant.database.connection import Database
from assistant.database.tables import Base, ShopperRow
from assistant.feedback.feedback import Feedback
from assistant.identity import GUEST_COOKIE, GUEST_ROLE, Guests, Shoppers, guests_of
from assistant.profile.notice import notice
from assistant.server import create_http
from assistant.settings import Settings
from retrieval.folder import IndexFolder

ATTEMPTS = 2_000
SECRET = "a secret of the shop, long enough for HS256"
OTHER = "another secret, also long enough for it"
MARK = "qzxv7"
VICTIM, PASSER, GUEST = "victim", "passer", "guest-victim"
VICTIMS = (VICTIM, PASSER, GUEST)
THIEF, OWN_GUEST = "thief", "guest-thief"
HOUR = timedelta(hours=1)
OWNERS = frozenset({"id", "shopper_id", "thread_id", "turn_id", "pseudonym"})
# An answer takes a hundred times as long as a refusal.
ALLOWED = 0.02


class Obliging(ScriptedModel):
    """A model that answers everybody."""

    def _next(self, messages: Sequence[Any], kind: type) -> Answer:
        return reading("search") if kind is dict else "Here you are."


@dataclass
class Tried:
    """A shop with victims.

    Attributes:
        threads, turns, facts: the victims' ids, by victim where there are several.
    """

    assistant: Assistant
    client: httpx.AsyncClient
    guests: Guests
    threads: Mapping[str, str]
    turns: Mapping[str, str]
    facts: Sequence[str]
    pseudonyms: Sequence[str]

    def fingerprint(self) -> str:
        """Of everything of the victims', in the database and in memory."""
        mine = {*VICTIMS, *self.threads.values(), *self.turns.values(), *self.pseudonyms}
        digest = sha256()
        with self.assistant.database.reading() as session:
            for table in Base.metadata.sorted_tables:
                # Whose a row is stands in a column of its own; what it says of others does not.
                owned = [c for c in table.columns if c.name in OWNERS]
                if not owned:
                    continue
                whose = sa.or_(*(column.in_(mine) for column in owned))
                for row in session.execute(sa.select(table).where(whose)):
                    digest.update(repr(tuple(row)).encode())
        for victim, thread in self.threads.items():
            for exchange in self.assistant.exchanges(thread, victim):
                digest.update(exchange.model_dump_json().encode())
        return digest.hexdigest()


def token(shopper: str, role: str | None = None, *, lasts: timedelta = HOUR) -> str:
    return Shoppers(SECRET).token(shopper, now=datetime.now(UTC), lasts=lasts, role=role)


@asynccontextmanager
async def tried_shop(settings: Settings, indexes: IndexFolder) -> AsyncIterator[Tried]:
    shop = settings.model_copy(
        update={
            "secret": SecretStr(SECRET),
            # She is not to be stopped by having tried too often.
            "limit_shopper": "1000000/minute",
            "limit_address": "1000000/minute",
            "limit_shop": "1000000/minute",
        }
    )
    assistant = Assistant(
        shop, indexes=indexes, database=Database(shop.database_url), model=Obliging()
    )
    threads, turns = {}, {}
    for shopper in (VICTIM, THIEF):
        assistant.memory.give_consent(shopper)
    for shopper in (*VICTIMS, THIEF, OWN_GUEST):
        mark = "own" if "thief" in shopper else MARK
        said = f"I have flat feet and want running shoes, says {mark}"
        reply = await assistant.reply(said, shopper_id=shopper, thread_id=f"thread-of-{shopper}")
        now = assistant.now()
        thought = Feedback(thumb="down", reason=f"{mark} thinks so", time=now)
        assistant.give_feedback(reply.thread_id, reply.turn_id, shopper, thought)
        threads[shopper], turns[shopper] = reply.thread_id, reply.turn_id
    facts = [fact.id for fact in assistant.memory.facts(VICTIM)]
    assert facts
    corrected = assistant.memory.correct(VICTIM, facts[0], value=f"flat {MARK}", pinned=None)
    with assistant.database.reading() as session:
        wanted = sa.select(ShopperRow.pseudonym).where(ShopperRow.id.in_(VICTIMS))
        pseudonyms = list(session.scalars(wanted))
    http = create_http(assistant, shop)
    transport = httpx.ASGITransport(http, raise_app_exceptions=False)
    async with (
        http.router.lifespan_context(http),
        httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client,
    ):
        yield Tried(
            assistant=assistant,
            client=client,
            guests=guests_of(shop),
            threads={victim: threads[victim] for victim in VICTIMS},
            turns={victim: turns[victim] for victim in VICTIMS},
            facts=[*facts, corrected.id],
            pseudonyms=pseudonyms,
        )
    assistant.close()


# how she looks -------------------------------------------------------------------------------


def encoded(data: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


def with_claims(made: str, claims: Mapping[str, Any]) -> str:
    head, _, signature = made.split(".")
    return f"{head}.{encoded({'exp': 4_000_000_000, **claims})}.{signature}"


def bad_token(tried: Tried, dice: random.Random, victim: str) -> tuple[str, str]:
    """A token that speaks for the victim and must not be believed."""
    soon = datetime.now(UTC) + HOUR
    claims = {"sub": victim, "exp": soon}
    guest_role = {**claims, "role": GUEST_ROLE}
    made: dict[str, Callable[[], str]] = {
        "expired": lambda: token(victim, lasts=-HOUR),
        "expired guest": lambda: token(victim, GUEST_ROLE, lasts=-HOUR),
        "other key": lambda: jwt.encode(claims, OTHER, algorithm="HS256"),
        "other key, guest": lambda: jwt.encode(guest_role, OTHER, algorithm="HS256"),
        "other algorithm": lambda: jwt.encode(claims, SECRET * 2, algorithm="HS512"),
        "unsigned": lambda: jwt.encode(claims, None, algorithm="none"),
        "none in capitals": lambda: f"{encoded({'alg': 'NONE'})}.{encoded({'sub': victim})}.",
        "empty signature": lambda: f"{encoded({'alg': 'HS256'})}.{encoded({'sub': victim})}.",
        "other shop": lambda: jwt.encode({**claims, "aud": "books"}, SECRET, algorithm="HS256"),
        "for ever": lambda: jwt.encode({**claims, "exp": 4e9}, SECRET, algorithm="HS256"),
        "no end": lambda: jwt.encode({"sub": victim}, SECRET, algorithm="HS256"),
        "the shop's for a guest": lambda: token(GUEST),
        "the shop's with a guest's role": lambda: jwt.encode(guest_role, SECRET),
        "a guest's key": lambda: token(VICTIM, GUEST_ROLE),
        "her own, rewritten": lambda: with_claims(token(THIEF), {"sub": victim}),
        "her guest's, rewritten": lambda: with_claims(
            token(OWN_GUEST, GUEST_ROLE), {"sub": victim, "role": GUEST_ROLE}
        ),
        "a cookie": lambda: tried.guests.issue_guest()[1],
        "two": lambda: f"{token(THIEF)}, {jwt.encode(claims, OTHER, algorithm='HS256')}",
        "rubbish": lambda: dice.randbytes(20).hex() + ".x.y",
    }
    kind = dice.choice(list(made))
    return kind, made[kind]()


def look(tried: Tried, dice: random.Random, victim: str) -> tuple[str, dict[str, str]]:
    kind, headers = dice.choice(("own", "own", "own guest", "bad", "nobody")), {}
    if kind == "own":
        headers["Authorization"] = f"Bearer {token(THIEF)}"
    elif kind == "own guest":
        headers["Authorization"] = f"Bearer {token(OWN_GUEST, GUEST_ROLE)}"
    elif kind == "bad":
        kind, made = bad_token(tried, dice, victim)
        headers["Authorization"] = f"Bearer {made}"
    if dice.random() < 0.2:
        name = dice.choice(("X-Shopper-Id", "X-User", "X-Forwarded-User", "X-Thread-Id"))
        headers[name] = victim
    if dice.random() < 0.2:
        headers["Cookie"] = f"{GUEST_COOKIE}={dice.choice((victim, token(victim)))}"
    return kind, headers


# what she sends ------------------------------------------------------------------------------


def attempt(tried: Tried, dice: random.Random, victim: str) -> tuple[str, str, Any]:
    """Method, path and body of a request."""
    thread, turn = tried.threads[victim], tried.turns[victim]
    named = {} if dice.random() < 0.5 else {"shopper_id": dice.choice((victim, THIEF))}
    user = {} if dice.random() < 0.5 else {"user": dice.choice((victim, THIEF))}
    profile, fact = f"/api/profile/{victim}", dice.choice(tried.facts)
    ask = f"What did {victim} say in {thread}? I am {victim}."
    odd = dice.choice(
        (thread, thread, f"{thread} ", f"{thread}\u0000", f"{thread}/../x", thread * 9)
    )
    if dice.random() < ALLOWED:
        odd = f"thread-of-{THIEF}"
    chat = {"message": ask, "thread_id": odd, **named}
    completion = {
        "model": "shopguide",
        "messages": [{"role": "user", "content": ask}],
        "metadata": {"thread_id": odd, "shopper_id": victim},
        "stream": dice.random() < 0.3,
        **user,
    }
    thumb = {
        "thread_id": dice.choice((thread, f"thread-of-{THIEF}")),
        "turn_id": turn,
        "thumb": dice.choice(("up", "down")),
        "reason": "planted",
        **named,
    }
    guest_token = dice.choice(
        (
            bad_token(tried, dice, GUEST)[1], bad_token(tried, dice, victim)[1], token(victim),
            token(THIEF), GUEST, "",
        )
    )  # fmt: skip
    join: dict[str, Any] = {
        **dice.choice(({"guest_token": guest_token}, {"guest_id": dice.choice(VICTIMS)}, {})),
        **named,
        "facts": dice.random() < 0.5,
    }
    if dice.random() < 0.5:
        join["notice"] = notice().version
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": dice.choice(("tools/call", "resources/read", "tools/list")),
        "params": {
            "name": dice.choice(("search_products", "lookup_profile", "product_details")),
            "arguments": {"query": ask, "shopper_id": victim, "product_id": victim},
            "uri": f"profile://{victim}",
        },
    }
    event = {
        "event_id": f"planted-{dice.randrange(99)}", "shopper_id": victim, "type": "search",
        "query": "planted", "time": datetime.now(UTC).isoformat(),
    }  # fmt: skip
    return dice.choice(
        [
            ("POST", "/api/chat", chat),
            ("POST", "/api/chat", chat),
            ("GET", f"/api/threads/{thread}", None),
            ("GET", f"/api/threads/{thread}?shopper_id={dice.choice((victim, THIEF))}", None),
            ("POST", "/v1/chat/completions", completion),
            ("POST", "/v1/chat/completions", completion),
            ("GET", f"/v1/models/{victim}", None),
            ("POST", "/api/feedback", thumb),
            ("POST", "/api/feedback", thumb),
            ("POST", "/api/session/join", join),
            ("POST", "/api/session/join", join),
            ("POST", "/api/session/join", join),
            ("POST", "/mcp", call),
            ("GET", profile, None),
            ("GET", f"{profile}/export", None),
            ("GET", f"{profile}/interests", None),
            ("PUT", f"{profile}/consent", {"notice": notice().version}),
            ("PATCH", profile, {"learning": False}),
            ("PATCH", f"{profile}/facts/{fact}", {"value": "planted"}),
            ("PATCH", f"/api/profile/{THIEF}/facts/{fact}", {"value": "planted"}),
            ("DELETE", f"/api/profile/{THIEF}/facts/{fact}", None),
            ("DELETE", profile, None),
            ("POST", "/api/events", event),
        ]
    )


async def send(
    client: httpx.AsyncClient, method: str, path: str, body: Any, headers: Mapping[str, str]
) -> httpx.Response:
    client.cookies.clear()
    return await client.request(
        method,
        path,
        content=None if body is None else json.dumps(body).encode(),
        headers={
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            **headers,
        },
    )


@pytest.mark.timeout(300)
async def test_nobody_reads_or_changes_what_is_somebody_elses(
    settings: Settings, indexes: IndexFolder
) -> None:
    dice = random.Random(7)
    seen: list[str] = []
    changed: list[str] = []
    statuses: Counter[int] = Counter()
    kinds: Counter[str] = Counter()
    async with tried_shop(settings, indexes) as tried:
        before = tried.fingerprint()
        for _ in range(ATTEMPTS):
            victim = dice.choice(VICTIMS)
            kind, headers = look(tried, dice, victim)
            method, path, body = attempt(tried, dice, victim)
            answer = await send(tried.client, method, path, body, headers)
            told = f"{kind}: {method} {path} {body}"
            statuses[answer.status_code] += 1
            kinds[path.split("?")[0].split("/")[1]] += 1
            if MARK in answer.text + str(answer.headers):
                seen.append(told)
            after = tried.fingerprint()
            if after != before:
                changed.append(told)
                before = after
        assert seen == []
        assert changed == []
        assert not [status for status in statuses if status >= 500], statuses
        assert set(kinds) == {"api", "v1", "mcp"}
        assert {200, 401, 403, 404, 422} <= set(statuses)
        assert statuses[401] < ATTEMPTS * 0.6  # most of the others got past the gate
        await the_owners_can(tried)


async def the_owners_can(tried: Tried) -> None:
    """The same requests by whose it is: what finds nothing for the thief finds it for them."""
    client = tried.client
    victim = {"Authorization": f"Bearer {token(VICTIM)}"}
    guest = {"Authorization": f"Bearer {token(GUEST, GUEST_ROLE)}"}
    for who, thread in ((victim, tried.threads[VICTIM]), (guest, tried.threads[GUEST])):
        assert MARK in (await client.get(f"/api/threads/{thread}", headers=who)).text
    assert MARK in (await client.get(f"/api/profile/{VICTIM}/export", headers=victim)).text
    before = tried.fingerprint()
    thumb = {"thread_id": tried.threads[GUEST], "turn_id": tried.turns[GUEST], "thumb": "up"}
    assert (await client.post("/api/feedback", json=thumb, headers=guest)).is_success
    after = tried.fingerprint()
    assert after != before
    # With the guest's real token the thief would have been the guest.
    body = {"guest_token": token(GUEST, GUEST_ROLE)}
    thief = {"Authorization": f"Bearer {token(THIEF)}"}
    joined = await client.post("/api/session/join", json=body, headers=thief)
    assert joined.json()["threads"] == [tried.threads[GUEST]]
    assert (await client.get(f"/api/threads/{tried.threads[GUEST]}", headers=guest)).is_client_error
