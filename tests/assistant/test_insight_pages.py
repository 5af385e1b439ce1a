"""The desk's pages of insight: what staff see is what was let out, and what they can export."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html.parser import HTMLParser

import httpx
import pytest
from fastapi import FastAPI
from insight_shop import Clock, answer, asking, exact, wanting
from scripted_model import ScriptedModel, reading
from test_desk import HUMAN, PASSWORD, Browser, logged_in, say

from assistant.app import Assistant
from assistant.desk import serving
from assistant.desk.rules import Trigger
from assistant.desk.staff import Staff
from assistant.insight.noise import Mechanism, laplace_threshold
from assistant.insight.releases import Releases
from assistant.server import create_http
from assistant.settings import Settings
from retrieval.folder import IndexFolder
from retrieval.importing import ImportReport
from retrieval.importing.findings import Flaw, finding
from retrieval.importing.mapping import Mapping
from retrieval.importing.reasons import Reason
from retrieval.index import CatalogueIndex
from tools.reading.fact import Unmatched

FEWEST = 5


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def now(clock: Clock) -> Clock:
    """The time of day of everything in these tests."""
    return clock


@pytest.fixture
def settings(settings: Settings) -> Settings:
    prices = {"prompt": "1", "cached": "0.1", "completion": "4"}
    update = {"insight_fewest": FEWEST, "token_prices": prices}
    return Settings.model_validate(settings.model_dump() | update)


@pytest.fixture
def mechanism() -> Mechanism:
    return exact


@pytest.fixture
def releases(assistant: Assistant, settings: Settings, mechanism: Mechanism) -> Releases:
    return Releases(
        assistant.database,
        epsilon=settings.insight_epsilon,
        fewest=FEWEST,
        now=assistant.now,
        mechanism=mechanism,
    )


@pytest.fixture
def http(
    assistant: Assistant,
    settings: Settings,
    releases: Releases,
    monkeypatch: pytest.MonkeyPatch,
) -> FastAPI:
    monkeypatch.setattr("assistant.server.releases_of", lambda assistant, settings: releases)
    assistant.counting.begin()
    return create_http(assistant, settings)


@pytest.fixture
async def anna(http: FastAPI, assistant: Assistant) -> AsyncIterator[Browser]:
    Staff(assistant.database, now=assistant.now).put("Anna", PASSWORD)
    async with logged_in(http, "Anna") as browser:
        yield browser


class Tables(HTMLParser):
    """The tables of a page, by the question above them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self._question = ""
        self._in: list[str] = []
        self._hidden = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = dict(attrs).get("aria-hidden") == "true" or (
            self._hidden and tag in ("svg", "rect", "path")
        )
        if tag == "h2":
            self._question = ""
        if tag == "tr":
            self.tables.setdefault(self._question, []).append([])
        if tag in ("th", "td") and not self._hidden:
            self.tables[self._question][-1].append("")
        if tag in ("h2", "th", "td"):
            self._in.append("" if self._hidden else tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("h2", "th", "td"):
            self._in.pop()

    def handle_data(self, data: str) -> None:
        inside = self._in[-1] if self._in else ""
        if inside == "h2":
            self._question += data
        elif inside in ("th", "td"):
            self.tables[self._question][-1][-1] += data


def a_week_of_talks(assistant: Assistant, index: CatalogueIndex) -> None:
    """Thirty shoppers, who want, miss, ask and think different things."""
    for number in range(30):
        brand = "Nike" if number % 2 else "Asics"
        need = wanting("brand", brand)
        if number < 9:
            wish = Unmatched(field="category", value="shoes", quote="=Ballet <b>flats")
            need = need.model_copy(update={"unmatched": (wish,)})
        trigger = Trigger.ANGER if number < 6 else None
        asked = asking(index, f"s{number}")
        assistant.counting.turn(asked, answer(need=need), trigger)
        assistant.counting.thumb(f"s{number}", "down" if number < 7 else "up", "recommend")
        if number < 8:
            asked = asking(index, f"s{number}", "Do you deliver to Norway?", turns=1)
            reply = answer(intent="policy", unanswered=True)
            assistant.counting.turn(asked, reply, None)
        if number < 12:
            asked = asking(index, f"s{number}", turns=2)
            nothing = wanting("color", "white", turn=3)
            reply = answer(intent="recommend", unanswered=True, need=nothing)
            assistant.counting.turn(asked, reply, None)
    assistant.counting.flush()


async def tables(anna: Browser, path: str) -> dict[str, list[list[str]]]:
    page = await anna.get(path)
    assert page.status_code == 200, page.text
    return Tables(page.text).tables


async def exported(anna: Browser, link: str) -> list[list[str]]:
    answered = await anna.get(link)
    assert answered.status_code == 200
    assert answered.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answered.text.removeprefix("\ufeff"))))


def links(page: str) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+\.csv[^"]*)"', page)]


async def test_a_shop_sees_what_its_shoppers_want(
    anna: Browser, assistant: Assistant, shoes_index: CatalogueIndex
) -> None:
    a_week_of_talks(assistant, shoes_index)
    assert "No figures are out yet" in (await anna.get("/desk/insight")).text
    looked = await anna.post("/desk/insight/look", "/desk/insight")
    assert looked.status_code == 303
    seen = await tables(anna, looked.headers["location"])
    assert seen["What do shoppers ask for that we do not sell?"][1:] == [["=ballet <b>flats", "9"]]
    assert seen["Which wishes does nothing in the catalogue meet?"][1:] == [["white", "12"]]
    assert seen["What do shoppers want most?"][1:] == [
        ["Asics", "15"],
        ["Nike", "15"],
        ["white", "12"],
    ]
    assert seen["Which questions do our policies not answer?"][1:] == [["delivery – Norway", "8"]]
    assert seen["Why do talks go to a person?"][1:] == [["The shopper is upset.", "6"]]
    assert seen["Are shoppers content with the answers?"][1:] == [["recommendations", "23", "7"]]


async def test_the_budget_is_stated_spent_and_said_to_be_spent(
    anna: Browser,
    assistant: Assistant,
    releases: Releases,
    shoes_index: CatalogueIndex,
    clock: Clock,
) -> None:
    a_week_of_talks(assistant, shoes_index)
    page = (await anna.get("/desk/insight")).text
    assert "ε = 0 of 4 is spent" in page
    assert "spends ε = 1; 2 are left" in page
    for spent in (1, 2):
        await anna.post("/desk/insight/look", "/desk/insight")
        page = (await anna.get("/desk/insight")).text
        assert f"ε = {spent} of 4 is spent" in page
        # Both looks draw on the same counts: what they cost adds up.
        assert f"ε = {spent}, δ = {spent * 2.5e-7:.3g}" in page
    assert "budget for early looks at this week is spent" in page
    assert "look at this week so far" not in page.lower()
    refused = await anna.post("/desk/insight/look", "/desk")
    assert refused.status_code == 409
    assert "budget" in refused.text
    assert "ballet" in refused.text  # what was drawn last is shown

    clock.on(days=7)
    assert (await anna.log_in("Anna")).status_code == 303
    assert "ε = 0 of 4 is spent" in (await anna.get("/desk/insight")).text
    releases.finish()
    page = (await anna.get("/desk/insight")).text
    assert "ε = 4, δ = 1e-06" in page


async def test_a_look_at_a_week_without_counts_is_refused(anna: Browser) -> None:
    refused = await anna.post("/desk/insight/look", "/desk/insight")
    assert refused.status_code == 409
    assert "Nothing is counted of this week yet" in refused.text
    assert "ε = 0 of 4 is spent" in refused.text
    await anna.get("/desk/insight?language=zh")
    refused = await anna.post("/desk/insight/look", "/desk/insight")
    assert "本周还没有任何计数" in refused.text


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_what_is_exported_is_what_is_shown(
    anna: Browser,
    assistant: Assistant,
    releases: Releases,
    shoes_index: CatalogueIndex,
    indexes: IndexFolder,
    clock: Clock,
    language: str,
) -> None:
    for _ in range(3):
        a_week_of_talks(assistant, shoes_index)
        clock.on(days=7)
        releases.finish()
    a_report(assistant, indexes, shoes_index)
    await anna.log_in("Anna")
    await anna.get(f"/desk/insight?language={language}")
    compared = 0
    for path in ("/desk/insight", "/desk/insight/service", "/desk/insight/catalogue"):
        page = (await anna.get(path)).text
        shown = [rows for question, rows in Tables(page).tables.items() if question]
        files = [await exported(anna, link) for link in links(page)]
        assert len(files) == len(shown)
        for rows, file in zip(shown, files, strict=True):
            plain = [[cell.removeprefix("'") for cell in row] for row in file]
            assert [["" if cell == "–" else cell for cell in row] for row in rows] == plain
            compared += 1
    assert compared == 9 + 4 + 3


def a_report(assistant: Assistant, indexes: IndexFolder, index: CatalogueIndex) -> None:
    report = ImportReport(
        file="shoes.csv", format="csv", encoding="utf-8", currency="USD", mapping=Mapping(fields={})
    )
    report.kept, report.mended, report.refused = 90, 8, 2
    report.reasons = {Reason.ZERO_PRICE: 2, Reason.HTML: 8}
    report.findings = [
        finding(Flaw.ZERO_PRICE, 2, 100, [7, 9]),
        finding(Flaw.MISSING_BRAND, 40, 100, [1]),
    ]
    indexes.replace(index, report=report.model_dump_json())


async def test_the_catalogues_health_comes_from_the_import_report(
    anna: Browser, assistant: Assistant, indexes: IndexFolder, shoes_index: CatalogueIndex
) -> None:
    assert "Nothing to show yet" in (await anna.get("/desk/insight/catalogue")).text
    a_report(assistant, indexes, shoes_index)
    seen = await tables(anna, "/desk/insight/catalogue")
    assert seen["What became of the rows of the last import?"][1:] == [
        ["kept as they were", "90"],
        ["mended", "8"],
        ["refused", "2"],
    ]
    first = seen["What would make the catalogue better?"][1]
    assert first[:3] == ["rows have no brand", "40", "40.0"]


async def test_latency_tokens_and_costs_are_shown_as_they_are(
    anna: Browser, assistant: Assistant, shoes_index: CatalogueIndex, clock: Clock
) -> None:
    for day in range(3):
        for number in range(100):
            times = {"total": 1000.0 * (number + 1), "first_text": 500.0}
            reply = answer(timing_ms=times)
            assistant.counting.turn(asking(shoes_index, f"{day}-{number}"), reply, None)
        clock.on(days=1)
    for number in range(FEWEST - 1):
        assistant.counting.turn(asking(shoes_index, f"few-{number}"), answer(), None)
    assistant.counting.flush()
    await anna.log_in("Anna")
    seen = await tables(anna, "/desk/insight/service")
    waits = seen["How long do shoppers wait for an answer?"]
    assert len(waits) == 1 + 4
    assert waits[4][1:] == ["–"] * 4  # of so few answers the times would be one shopper's
    for row in waits[1:4]:
        half, most = float(row[3]), float(row[4])
        assert half == pytest.approx(50, rel=0.06)
        assert most == pytest.approx(95, rel=0.06)
    page = (await anna.get("/desk/insight/service")).text
    assert f"a day with fewer than {FEWEST} answers is left blank" in page
    work = seen["How much does the language model work?"][1]
    assert work[1:] == ["100", "200", "100000", "80000", "5000"]
    # 20,000 tokens at 1, 80,000 at 0.1 and 5,000 at 4 a million.
    assert seen["What does the language model cost?"][1][1] == "0.048"


async def test_nobody_sees_it_without_logging_in_and_no_form_from_elsewhere_spends(
    http: FastAPI, anna: Browser, assistant: Assistant, shoes_index: CatalogueIndex
) -> None:
    a_week_of_talks(assistant, shoes_index)
    stranger = Browser(http)
    paths = ("", "/service", "/catalogue", "/shoppers/needs.csv", "/service/work.csv")
    for path in paths:
        answered = await stranger.get(f"/desk/insight{path}")
        assert (answered.status_code, answered.headers["location"]) == (303, "/desk/login")
    assert (await stranger.client.post("/desk/insight/look")).status_code == 303
    assert (await anna.client.post("/desk/insight/look")).status_code == 403
    assert "ε = 0 of 4 is spent" in (await anna.get("/desk/insight")).text
    await stranger.client.aclose()


async def test_a_page_has_no_style_script_or_markup_of_anybody_elses(
    anna: Browser, assistant: Assistant, shoes_index: CatalogueIndex
) -> None:
    a_week_of_talks(assistant, shoes_index)
    await anna.post("/desk/insight/look", "/desk/insight")
    answered = await anna.get("/desk/insight")
    policy = answered.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<b>flats" not in answered.text
    assert "&lt;b&gt;flats" in answered.text
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?! src)", answered.text)
    file = await exported(anna, "/desk/insight/shoppers/missing.csv")
    assert file[1][0].startswith("'=")  # no formula of a spreadsheet's


async def test_lines_of_weeks_are_drawn_with_a_title_a_description_and_gaps(
    anna: Browser,
    assistant: Assistant,
    releases: Releases,
    shoes_index: CatalogueIndex,
    clock: Clock,
) -> None:
    for week in range(4):
        if week != 2:
            a_week_of_talks(assistant, shoes_index)
        else:
            assistant.counting.turn(asking(shoes_index, "alone"), answer(), None)
            assistant.counting.flush()
        clock.on(days=7)
        releases.finish()
    await anna.log_in("Anna")
    page = (await anna.get("/desk/insight")).text
    drawing = re.search(r'<svg class="lines".*?</svg>', page, re.S)
    assert drawing is not None
    assert "<title" in drawing[0]
    assert "<desc" in drawing[0]
    # Weeks one and two are joined, three is missing, four is a dot of its own.
    path = re.search(r'class="s1" d="([^"]+)"', drawing[0])
    assert path is not None
    assert re.fullmatch(r"M[\d. ]+h0L[\d. ]+M[\d. ]+h0", path[1])
    quality = Tables(page).tables["Do the answers get better?"]
    assert [row[1:] for row in quality[1:]] == [
        ["40.0", "23.3"],
        ["40.0", "23.3"],
        ["–", "–"],
        ["40.0", "23.3"],
    ]
    rows = Tables(page).tables["How do the top wishes change from week to week?"]
    assert [row[1] for row in rows[1:]] == ["15", "15", "–", "15"]


async def test_a_whole_talk_is_counted_and_let_out_when_its_week_is_over(
    http: FastAPI,
    anna: Browser,
    assistant: Assistant,
    model: ScriptedModel,
    releases: Releases,
    clock: Clock,
) -> None:
    """Through the doors that shoppers use: none of them has agreed to be remembered."""
    # Of what only shoppers call so the first are not counted: more must come for it to show.
    came = 2 * FEWEST - 1
    transport = httpx.ASGITransport(http)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as shop:
        for number in range(came):
            who = {"shopper": f"s{number}", "thread": f"t{number}"}
            model.will_say(reading("search", ("ballet flats", "category", "=", "ballet flats")))
            reply = await say(shop, "Do you have ballet flats?", **who)
            assert reply.intent == "not_in_catalogue"
            thumb = {"thread_id": who["thread"], "turn_id": reply.turn_id, "thumb": "down"}
            given = await shop.post("/api/feedback", json={**thumb, "shopper_id": who["shopper"]})
            assert given.status_code == 200
            model.will_say(reading("person"))
            await say(shop, HUMAN, **who)
    assistant.counting.flush()
    clock.on(days=7)
    releases.finish()
    await anna.log_in("Anna")
    seen = await tables(anna, "/desk/insight")
    assert seen["What do shoppers ask for that we do not sell?"][1:] == [["ballet flats", "9"]]
    assert seen["Why do talks go to a person?"][1:] == [["The shopper asks for a person.", "9"]]
    assert seen["Are shoppers content with the answers?"][1:] == [
        ["goods that are not sold here", "–", "9"]
    ]


@pytest.mark.parametrize("mechanism", [laplace_threshold])
async def test_with_the_noise_of_the_library_a_reload_shows_the_same(
    anna: Browser, assistant: Assistant, shoes_index: CatalogueIndex
) -> None:
    for number in range(400):
        asked = asking(shoes_index, f"s{number}")
        assistant.counting.turn(asked, answer(need=wanting("brand", "Nike")), None)
    assistant.counting.flush()
    await anna.post("/desk/insight/look", "/desk/insight")
    first = (await anna.get("/desk/insight")).text
    assert "Nike" in first
    assert {(await anna.get("/desk/insight")).text for _ in range(5)} == {first}


async def test_a_running_server_keeps_what_it_counted(
    http: FastAPI, assistant: Assistant, shoes_index: CatalogueIndex, releases: Releases
) -> None:
    async with http.router.lifespan_context(http):
        for number in range(FEWEST):
            assistant.counting.turn(asking(shoes_index, f"s{number}"), answer(), None)
    [talks] = releases.look().figures
    assert talks.shoppers == FEWEST


def test_the_texts_of_both_languages_have_the_same_places() -> None:
    from assistant.desk.showing import texts

    def places(value: object, at: str = "") -> dict[str, list[str]]:
        if not isinstance(value, dict):
            return {at: sorted(re.findall(r"\{(\w+)\}", str(value)))}
        return {k: v for key, one in value.items() for k, v in places(one, f"{at}/{key}").items()}

    # Errors tell themselves in English.
    told = {name: words for name, words in texts("zh").items() if name != "problems"}
    assert places(texts("en")) == places(told)


def test_what_the_server_makes_is_what_these_tests_replace(
    assistant: Assistant, settings: Settings
) -> None:
    made = serving.releases_of(assistant, settings)
    assert made.budget().epsilon == settings.insight_epsilon
    assert json.loads(settings.model_dump_json())["insight_fewest"] == FEWEST
    assert made.budget().week + timedelta(days=6) >= assistant.now().date()
