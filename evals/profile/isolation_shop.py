"""The shop that is tried for isolation: two shoppers with a token, one guest of the page."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import or_, select

from assistant.app import Assistant, indexes_folder
from assistant.database.connection import Database
from assistant.database.tables import AuditRow, EventRow, FactRow, ShopperRow, ThreadRow, TurnRow
from assistant.identity import GUEST_COOKIE, Guests, Shoppers, guests_of
from assistant.server import create_http
from assistant.settings import Settings
from evals.profile.demo_shop import demo_index
from evals.profile.live_shop import BrandModel
from retrieval.embedding import HashingEmbedder
from retrieval.folder import IndexFolder
from ui.page import mount_page
from ui.visit import Visits

VICTIM, THIEF = "victim", "thief"
MARK = "qzxv7"
"""In all that the victims said, and in no id: ids are what a thief may know."""
_NO_LIMIT = "1000000/second"
_SECRET = "the shop's secret, of more than 32 bytes"  # noqa: S105 (of a shop that is made up)


@dataclass(frozen=True)
class TriedShop:
    """What is tried, and what the thief knows of the victims.

    Attributes:
        signed: a client of the shop with its page, which asks for tokens.
        believing: one of the shop where no secret is set.
        guests: makes and knows the page's cookies.
        visits: the page's side of the shop.
        threads, facts, events: the victims' ids.
        guest: the id of the victim who is a guest.
        guest_cookie: which nobody else has.
        database_file: where all of it is.
    """

    assistant: Assistant
    signed: httpx.AsyncClient
    believing: httpx.AsyncClient
    guests: Guests
    visits: Visits
    threads: Sequence[str]
    facts: Sequence[str]
    events: Sequence[str]
    guest: str
    guest_cookie: str
    database_file: str
    pseudonyms: Sequence[str]

    def token(self, shopper: str) -> str:
        """A valid token."""
        return Shoppers(_SECRET).token(shopper, now=datetime.now(UTC), lasts=timedelta(hours=9))

    def fingerprint(self) -> str:
        """Of all that is kept of the victims, and of what was done with it."""
        victims = (VICTIM, self.guest)
        threads = select(ThreadRow.id).where(ThreadRow.shopper_id.in_(victims))
        wanted = [
            select(ShopperRow.__table__).where(ShopperRow.id.in_(victims)),
            select(ThreadRow.__table__).where(
                or_(ThreadRow.shopper_id.in_(victims), ThreadRow.id.in_(self.threads))
            ),
            select(TurnRow.__table__).where(TurnRow.thread_id.in_(threads)),
            select(FactRow.__table__).where(
                or_(FactRow.shopper_id.in_(victims), FactRow.id.in_(self.facts))
            ),
            select(EventRow.__table__).where(EventRow.shopper_id.in_(victims)),
            select(AuditRow.__table__).where(AuditRow.pseudonym.in_(self.pseudonyms)),
        ]
        digest = sha256()
        with self.assistant.database.reading() as session:
            for statement in wanted:
                for row in session.execute(statement):
                    digest.update(repr(tuple(row)).encode())
        return digest.hexdigest()

    async def owner_sees(self) -> Mapping[str, bool]:
        """Which ways show the victims their own data: the search for it must find it there."""
        signed = {"Authorization": f"Bearer {self.token(VICTIM)}"}
        cookie = {"Cookie": f"{GUEST_COOKIE}={self.guest_cookie}"}
        thread = f"{self.guest}-1"
        chat = {"message": f"from {MARK}own", "thread_id": f"{VICTIM}-1"}
        texts = {
            "profile": (await self.signed.get(f"/api/profile/{VICTIM}", headers=signed)).text,
            "export": (await self.signed.get(f"/api/profile/{VICTIM}/export", headers=signed)).text,
            "thread": (await self.signed.get(f"/api/threads/{VICTIM}-1", headers=signed)).text,
            "chat": (await self.signed.post("/api/chat", json=chat, headers=signed)).text,
            "page": repr(await self.visits.show(self.guest, thread, "en")),
            "panel": repr(await self.visits.act('{"act": "pin", "fact": ""}', self.guest, "en"))
            + repr(await self.visits.act('{"act": "show"}', self.guest, "en")),
            "my data": (await self.signed.get("/my-data.json", headers=cookie)).text,
        }
        return {way: MARK in text for way, text in texts.items()}

    async def owner_changes(self) -> bool:
        """Whether a change that the victim makes is noticed."""
        before = self.fingerprint()
        answer = await self.signed.patch(
            f"/api/profile/{VICTIM}",
            json={"learning": False},
            headers={"Authorization": f"Bearer {self.token(VICTIM)}"},
        )
        return answer.is_success and self.fingerprint() != before


@asynccontextmanager
async def tried_shop(home: Path) -> AsyncGenerator[TriedShop, None]:
    """The shop, furnished.

    Args:
        home: an empty folder.
    """
    # Nobody is to be stopped by having tried too often.
    settings = Settings(
        home=home,
        secret=SecretStr(_SECRET),
        limit_shopper=_NO_LIMIT,
        limit_address=_NO_LIMIT,
        limit_shop=_NO_LIMIT,
    )
    embedder = HashingEmbedder()
    indexes = IndexFolder(indexes_folder(settings), embedder)
    indexes.replace(demo_index(embedder))
    database = Database(settings.database_url)
    assistant = Assistant(settings, indexes=indexes, database=database, model=BrandModel())
    unsigned = settings.model_copy(update={"secret": None})
    guests = guests_of(settings)
    guest, cookie = guests.issue_guest()
    with closing(assistant):
        for shopper in (VICTIM, THIEF, guest):
            await _furnish(assistant, shopper)
        async with (
            _client(create_http(assistant, settings, page=mount_page), "http://shop.test") as one,
            _client(create_http(assistant, unsigned), "http://127.0.0.1:7860") as other,
        ):
            shop = TriedShop(
                assistant=assistant,
                signed=one,
                believing=other,
                guests=guests,
                visits=Visits(assistant),
                threads=[f"{shopper}-{n}" for shopper in (VICTIM, guest) for n in (1, 2)],
                facts=[f.id for s in (VICTIM, guest) for f in assistant.memory.facts(s)],
                events=[f"e-{n}" for n in range(5)],
                guest=guest,
                guest_cookie=cookie,
                database_file=str(database.file),
                pseudonyms=_pseudonyms(assistant, (VICTIM, guest)),
            )
            await _report(shop)
            yield shop


async def _furnish(assistant: Assistant, shopper: str) -> None:
    """A shopper agrees, talks, and corrects what was learnt."""
    mark = "myown" if shopper == THIEF else f"{MARK}{shopper[:5]}"
    assistant.memory.give_consent(shopper)
    for thread in (f"{shopper}-1", f"{shopper}-2"):
        for message in (f"I always wear size 43, says {mark}", f"black running shoes from {mark}"):
            await assistant.reply(message, shopper_id=shopper, thread_id=thread)
    fact = assistant.memory.facts(shopper)[0]
    assistant.memory.correct(shopper, fact.id, value=f"44 {mark}", pinned=None)


async def _report(shop: TriedShop) -> None:
    events: list[dict[str, Any]] = [
        {"event_id": id, "shopper_id": VICTIM, "type": "search", "query": f"shoes {MARK}",
         "time": datetime.now(UTC).isoformat()}
        for id in shop.events
    ]  # fmt: skip
    headers = {"Authorization": f"Bearer {shop.token(VICTIM)}"}
    answer = await shop.signed.post("/api/events", json=events, headers=headers)
    if answer.raise_for_status().json()["stored"] != len(events):
        raise AssertionError("the victim has no events")


def _pseudonyms(assistant: Assistant, shoppers: Sequence[str]) -> list[str]:
    with assistant.database.reading() as session:
        wanted = select(ShopperRow.pseudonym).where(ShopperRow.id.in_(shoppers))
        return list(session.scalars(wanted))


def _client(http: FastAPI, url: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(http, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=url)
