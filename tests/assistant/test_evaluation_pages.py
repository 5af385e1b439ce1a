"""The desk's page of evaluations: runs listed, reports in a sandbox, two runs compared."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from test_desk import PASSWORD, Browser, logged_in

from assistant.app import Assistant
from assistant.desk.staff import Staff
from assistant.server import create_http
from assistant.settings import Settings
from evals.measures.figures import Figure
from evals.reports.html import write_html
from evals.reports.system import SystemReport
from evals.reports.tables import Report, write_report
from evals.running.records import About


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    for name, passed in (("monday <b>", 0.912), ("tuesday", 0.95)):
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        system = SystemReport(
            name="shopguide",
            conversations=40,
            turns=80,
            failed_turns=0,
            checks_failed=3,
            figures={"all": {"pass^1": Figure(value=passed)}},
        )
        report = Report(about=About(model="=tiny"), systems=[system])
        write_report(report, folder)
        write_html(report, failing=[], faults=[], baseline=None, path=folder / "report.html")
    return settings.model_copy(update={"evaluations": tmp_path / "runs"})


@pytest.fixture
def http(assistant: Assistant, settings: Settings) -> FastAPI:
    return create_http(assistant, settings)


@pytest.fixture
async def anna(http: FastAPI, assistant: Assistant) -> AsyncIterator[Browser]:
    Staff(assistant.database, now=assistant.now).put("Anna", PASSWORD)
    async with logged_in(http, "Anna") as browser:
        yield browser


async def test_runs_are_listed_with_their_figures(anna: Browser) -> None:
    page = (await anna.get("/desk/evaluations")).text
    assert "91.2" in page
    assert "95.0" in page
    assert "monday &lt;b&gt;" in page
    assert "monday <b>" not in page
    file = (await anna.get("/desk/evaluations.csv")).text.removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(file)))
    assert sorted(row[0] for row in rows[1:]) == ["monday <b>", "tuesday"]
    assert {row[2] for row in rows[1:]} == {"'=tiny"}


async def test_a_report_is_shown_where_it_reaches_nothing_of_the_desk(anna: Browser) -> None:
    answered = await anna.get("/desk/evaluations/report?run=monday%20%3Cb%3E")
    assert answered.status_code == 200
    assert "shopguide" in answered.text
    policy = answered.headers["content-security-policy"].split("; ")
    assert "sandbox allow-scripts" in policy
    assert "default-src 'none'" in policy


async def test_a_report_and_a_comparison_stand_inside_the_desk(anna: Browser) -> None:
    name = "monday%20%3Cb%3E"
    page = await anna.get(f"/desk/evaluations/run?run={name}")
    assert f'src="/desk/evaluations/report?run={name}"' in page.text
    assert 'sandbox="allow-scripts"' in page.text
    assert 'href="/desk/insight"' in page.text
    report = await anna.get(f"/desk/evaluations/report?run={name}")
    # The desk alone may frame it.
    assert "frame-ancestors 'self'" in report.headers["content-security-policy"]
    assert report.headers["x-frame-options"] == "SAMEORIGIN"
    both = await anna.get(f"/desk/evaluations/both?before={name}&after=tuesday")
    row = re.search(r"Pass every check.*?</tr>", both.text)
    assert row is not None
    assert re.findall(r'number">([^<]+)<', row[0]) == ["91.2", "95.0", "+3.8"]
    for unknown in ("run?run=none", f"both?before={name}&after=none"):
        answered = await anna.get(f"/desk/evaluations/{unknown}")
        assert answered.status_code == 404
        assert "There is no run none." in answered.text


async def test_what_cannot_be_shown_is_said_on_the_page(anna: Browser, tmp_path: Path) -> None:
    unknown = await anna.get("/desk/evaluations/report?run=../..")
    assert unknown.status_code >= 400
    assert "There is no run" in unknown.text
    ungraded = await anna.get("/desk/evaluations/compare?before=tuesday&after=tuesday")
    assert ungraded.status_code >= 400
    assert "run.json" in ungraded.text
    assert str(tmp_path) not in ungraded.text


async def test_nobody_sees_runs_without_logging_in(http: FastAPI, anna: Browser) -> None:
    stranger = Browser(http)
    for path in ("", ".csv", "/report?run=tuesday", "/compare?before=tuesday&after=tuesday"):
        answered = await stranger.get(f"/desk/evaluations{path}")
        assert (answered.status_code, answered.headers["location"]) == (303, "/desk/login")
    await stranger.client.aclose()


async def test_a_shop_that_keeps_no_runs_is_told_how(
    assistant: Assistant, anna: Browser, settings: Settings
) -> None:
    http = create_http(assistant, settings.model_copy(update={"evaluations": None}))
    browser = Browser(http)
    await browser.log_in("Anna")
    assert "SHOPGUIDE_EVALUATIONS" in (await browser.get("/desk/evaluations")).text
    assert (await browser.get("/desk/evaluations/report?run=tuesday")).status_code == 404
    await browser.client.aclose()
