"""A shop that has run for some weeks, with talks at its desk: what its pages show is known."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from insight_shop import Clock, answer, asking, exact, wanting
from scripted_model import ScriptedModel, reading
from served import served

from assistant.app import Assistant, indexes_folder
from assistant.database.connection import Database
from assistant.desk.files import ShopFiles, digest
from assistant.desk.rules import Trigger
from assistant.desk.staff import Staff
from assistant.insight.releases import Releases
from assistant.server import create_http
from assistant.settings import Settings
from evals.measures.figures import Figure
from evals.reports.html import write_html
from evals.reports.system import SystemReport
from evals.reports.tables import Report, write_report
from evals.running.records import About
from retrieval.folder import IndexFolder
from retrieval.importing import ImportReport
from retrieval.importing.findings import Flaw, finding
from retrieval.importing.mapping import Mapping
from retrieval.importing.reasons import Reason
from retrieval.index import CatalogueIndex
from tools.reading.fact import Unmatched

PASSWORD = "correct horse battery"
_OPENS = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)  # a Monday
_RETURNS = "# Returns\n\n## How long you have\n\nYou can send shoes back within 30 days.\n"
_DELIVERY = "# Delivery\n\n## Costs\n\nDelivery costs 5 dollars.\n"
_HOURS = """\
hours:
  time_zone: Europe/Berlin
  week: {monday: ["09:00-12:00", "13:00-18:00"], saturday: ["10:00-16:00"]}
  holidays: [2026-12-25]
"""


@dataclass
class DeskSite:
    """The shop, served.

    Attributes:
        url: where.
        assistant: whose talks.
        clock: its time of day, which stands until it is moved.
        model: scripted.
        cases: ids by what has become of them.
    """

    url: str
    assistant: Assistant
    settings: Settings
    clock: Clock
    model: ScriptedModel
    cases: dict[str, str]

    @property
    def files(self) -> ShopFiles:
        return ShopFiles(
            self.assistant.database,
            policies=self.settings.policies,
            rules=self.settings.handoff_file,
            now=self.clock,
        )

    def talk(self, shopper: str, *said: str, asks: str = "Please let me talk to a human") -> str:
        """A talk that goes to a person in the end; gives the case."""
        # What is said of products found, where some are.
        self.model.otherwise = ""
        with httpx.Client(base_url=self.url, timeout=20) as shop:
            for message in said:
                self.model.will_say(
                    reading("search", ("running shoes", "category", "=", "running shoes"),
                            ("under $120", "price", "<=", "120"))
                )  # fmt: skip
                self._say(shop, shopper, message)
            self.model.will_say(reading("person"))
            reply = self._say(shop, shopper, asks)
        case: str = reply["handoff"]["case_id"]
        return case

    def _say(self, shop: httpx.Client, shopper: str, message: str) -> dict[str, dict[str, str]]:
        body = {"message": message, "shopper_id": shopper, "thread_id": f"t-{shopper}"}
        answered = shop.post("/api/chat", json=body)
        assert answered.status_code == 200, answered.text
        reply: dict[str, dict[str, str]] = answered.json()
        return reply


@contextmanager
def desk_site(
    folder: Path, index: CatalogueIndex, make: Callable[..., IndexFolder]
) -> Iterator[DeskSite]:
    """The shop.

    Args:
        folder: empty, for all that it keeps.
        index: its catalogue.
        make: makes the folder of indexes at a path.
    """
    settings = _settings(folder)
    indexes = make(indexes_folder(settings))
    indexes.replace(index, report=_report().model_dump_json())
    clock, model, ids = Clock(_OPENS), ScriptedModel(), itertools.count(1)
    assistant = Assistant(
        settings,
        indexes=indexes,
        database=Database(settings.database_url),
        model=model,
        now=clock,
        new_id=lambda: f"id-{next(ids)}",
    )
    releases = Releases(
        assistant.database,
        epsilon=settings.insight_epsilon,
        fewest=settings.insight_fewest,
        now=clock,
        mechanism=exact,
    )
    staff = Staff(assistant.database, now=clock)
    for name in ("Anna", "Bo"):
        staff.put(name, PASSWORD)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("assistant.server.releases_of", lambda assistant, settings: releases)
        assistant.counting.begin()
        _weeks(assistant, index, releases, clock)
        with served(create_http(assistant, settings)) as url:
            site = DeskSite(url, assistant, settings, clock, model, {})
            _talks(site)
            yield site
    assistant.close()


def _settings(folder: Path) -> Settings:
    for name in [name for name in os.environ if name.startswith("SHOPGUIDE_")]:
        raise AssertionError(f"{name} is set")
    policies, rules, runs = folder / "policies", folder / "handoff.yaml", folder / "runs"
    for language, texts in {
        "en": {"returns": _RETURNS, "delivery": _DELIVERY},
        "zh": {"退货": "# 退货\n\n七天内可以退货。\n"},
    }.items():
        (policies / language).mkdir(parents=True)
        for name, text in texts.items():
            (policies / language / f"{name}.md").write_text(text, encoding="utf-8")
    rules.write_text(_HOURS, encoding="utf-8")
    for number, (name, passed) in enumerate((("before-winter", 0.912), ("winter", 0.95))):
        system = SystemReport(
            name="shopguide",
            conversations=40,
            turns=80,
            failed_turns=0,
            checks_failed=3,
            figures={
                "all": {
                    "pass^1": Figure(value=passed),
                    "grounded": Figure(value=0.99),
                    "total:p95": Figure(value=9000.0),
                }
            },
        )
        (runs / name).mkdir(parents=True)
        report = Report(about=About(model="Qwen2.5-Coder-1.5B"), systems=[system])
        write_report(report, runs / name)
        write_html(report, failing=[], faults=[], baseline=None, path=runs / name / "report.html")
        os.utime(runs / name / "report.json", (1_770_000_000 + number, 1_770_000_000 + number))
    return Settings.model_validate(
        {
            "home": folder / "home",
            "catalog": "shoes",
            "shop_name": "Corner Shoes",
            "policies": policies,
            "handoff_rules": rules,
            "evaluations": runs,
            "insight_fewest": 5,
            "token_prices": {"prompt": "1", "cached": "0.1", "completion": "4"},
        }
    )


def _report() -> ImportReport:
    report = ImportReport(
        file="shoes.csv", format="csv", encoding="utf-8", currency="USD", mapping=Mapping(fields={})
    )
    report.kept, report.mended, report.refused = 90, 8, 2
    report.reasons = {Reason.ZERO_PRICE: 2, Reason.HTML: 8}
    report.findings = [
        finding(Flaw.ZERO_PRICE, 2, 100, [7, 9]),
        finding(Flaw.MISSING_BRAND, 40, 100, [1]),
    ]
    return report


def _weeks(assistant: Assistant, index: CatalogueIndex, releases: Releases, clock: Clock) -> None:
    """Four weeks of talks that are over, and a look into the one that runs."""
    for week in range(5):
        for number in range(30):
            count = assistant.counting.turn
            need = wanting("brand", "Nike" if number % 3 < week % 3 + 1 else "Asics")
            if number < 9:
                wish = Unmatched(field="category", value="shoes", quote="ballet flats")
                need = need.model_copy(update={"unmatched": (wish,)})
            trigger = Trigger.ANGER if number < 6 else Trigger.PERSON if number < 14 else None
            times = {"total": 3000.0 + 100 * number, "first_text": 600.0 + 50 * number}
            count(asking(index, f"s{number}"), answer(need=need, timing_ms=times), trigger)
            assistant.counting.thumb(f"s{number}", "down" if number < 7 else "up", "recommend")
            for first, last, asked in (
                (0, 8, "Do you deliver to Norway?"),
                (8, 14, "May I pay in instalments?"),
                (14, 16, "My cousin Eva asks about a pirate ship, may I return one?"),
            ):
                if first <= number < last:
                    unknown = answer(intent="policy", unanswered=True)
                    count(asking(index, f"s{number}", asked, turns=1), unknown, None)
            if number < 12:
                nothing = answer(
                    intent="recommend", unanswered=True, need=wanting("color", "white", turn=3)
                )
                count(asking(index, f"s{number}", turns=2), nothing, None)
        assistant.counting.flush()
        if week < 4:
            clock.on(days=7)
            releases.finish()
    releases.look()


def _talks(site: DeskSite) -> None:
    desk, clock, cases = site.assistant.desk, site.clock, site.cases
    cases["closed"] = site.talk("ann", "I want running shoes under $120")
    desk.take(cases["closed"], "Bo")
    desk.write(cases["closed"], "Bo", "They are on their way.")
    desk.close(cases["closed"], "Bo")
    clock.on(hours=3)
    cases["returned"] = site.talk("ben", "I want running shoes under $120")
    desk.take(cases["returned"], "Anna")
    desk.give_back(cases["returned"], "Anna")
    cases["others"] = site.talk("cleo", "I want running shoes under $120")
    desk.take(cases["others"], "Bo")
    cases["waiting"] = site.talk(
        "dan", "I want running shoes under $120", "Do you have them in white?"
    )
    clock.on(minutes=12)
    cases["mine"] = site.talk("eve", "I want running shoes under $120")
    desk.take(cases["mine"], "Anna")
    desk.write(cases["mine"], "Anna", "Good morning, I am Anna. What may I do for you?")
    clock.on(minutes=5)
    cases["chinese"] = site.talk("fan", "我想要跑鞋", asks="请帮我转人工客服")
    cases["urgent"] = site.talk("gil", asks="You are useless! I need this today, get me a human!")
    clock.on(minutes=4)
    files = site.files
    file = files.file("en/returns.md")
    text = file.read()
    files.save(file, text.replace("30", "45"), base=digest(text), staff="Bo")
    clock.on(minutes=3)
