"""Two hundred ways to smuggle a script into the desk, through all that it shows of others."""

# The fixtures of the desk stand in test_desk_pages, those of the shopper's page in test_page.
# ruff: noqa: F811

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from conftest import START
from desk_site import DeskSite
from page_visit import OpenPage, address, ask, open_page  # noqa: F401
from payloads import payloads
from playwright.sync_api import Page, expect
from scripted_model import ScriptedModel, reading
from test_desk_pages import PATIENCE, OpenDesk, anna, open_desk, site  # noqa: F401

from assistant.app import Assistant
from assistant.desk.files import digest
from assistant.desk.tables import CaseMessageRow, CaseRow, EditRow
from assistant.insight.tables import ReleaseRow
from retrieval.building import build_index
from retrieval.embedding import HashingEmbedder
from retrieval.product import Product

pytestmark = pytest.mark.page

ALL = list(payloads())
# What no page of ours has in its body: a script, something that loads, a handler.
FOREIGN = """() => [...document.querySelectorAll("body *")].filter(e =>
  e.matches("script, img, object, embed, base, link, style, meta, video, math, template, [style]")
  || e.matches("iframe:not(.report)")
  || [...e.attributes].some(a => a.name.startsWith("on"))
  || /^\\s*javascript:/i.test(e.getAttribute("href") || e.getAttribute("action") || "")
).map(e => e.outerHTML.slice(0, 120))"""
TEXT = "all => all.map(e => e.matches('textarea') ? e.value : e.textContent).join('\\n')"


def readable(text: str) -> str:
    """What is left of a payload where what nobody sees is taken out."""
    return text.strip("\x00\u2028")


def looked_at(page: Page, *, holds: str, at_least: int = len(ALL)) -> None:
    """Nothing of it ran or became markup, and so many of the payloads can be read."""
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None
    assert page.evaluate(FOREIGN) == []
    shown = page.locator(holds).evaluate_all(TEXT)
    missing = [text for text in ALL if readable(text) not in shown]
    assert len(ALL) - len(missing) >= at_least, missing


def case_row(site: DeskSite, id: str, **values: Any) -> CaseRow:
    held = {
        "id": id, "thread_id": f"t-{id}", "shopper_id": f"s-{id}", "catalog": "shoes",
        "language": "en", "status": "waiting", "trigger": "person", "urgency": "normal",
        "sentiment": "neutral", "wishes": [], "tried": [], "orders": [], "staff": None,
        "remembered": True, "after_hours": False, "turns": 1, "opened": site.clock(),
        "waiting_since": site.clock(), "updated": site.clock(), "closed": None,
    }  # fmt: skip
    return CaseRow(**(held | values))


def said_row(site: DeskSite, case: str, number: int, who: str, text: str) -> CaseMessageRow:
    return CaseMessageRow(
        case_id=case, number=number, speaker=who, name=text, text=text, after_turn=1,
        time=site.clock(),
    )  # fmt: skip


def test_what_shoppers_staff_and_records_say_stays_text_at_the_desk(
    open_desk: OpenDesk, site: DeskSite
) -> None:
    queue = open_desk()
    before = queue.locator(".case").count()
    # It comes while the page is open, so that the script puts it there.
    with site.assistant.database.writing() as session:
        for number, text in enumerate(ALL):
            with_staff = {"status": "person", "staff": text} if number % 2 else {}
            session.add(case_row(site, f"x{number}", wishes=[text], **with_staff))
            session.flush()
            session.add(said_row(site, f"x{number}", 1, "shopper", text))
    expect(queue.locator(".case")).to_have_count(len(ALL) + before, timeout=PATIENCE)
    looked_at(queue, holds=".case")
    queue.reload()
    looked_at(queue, holds=".chip")
    looked_at(queue, holds=".words")

    tried = [{"turn": 1, "tools": ["search_products", ALL[0]], "products": ALL}]
    with site.assistant.database.writing() as session:
        many = {"wishes": ALL, "tried": tried, "orders": ALL}
        session.add(case_row(site, "xss", status="person", staff="Anna", **many))
    page = open_desk("/desk/cases/xss")
    looked_at(page, holds="aside .chip")
    looked_at(page, holds="aside dd > ul:not(.chips)")
    looked_at(page, holds="aside dd[dir]")
    with site.assistant.database.writing() as session:
        for number, text in enumerate(ALL, start=1):
            who = "person" if number % 2 else "shopper"
            session.add(said_row(site, "xss", number, who, text))
    expect(page.locator("#talk li")).to_have_count(len(ALL), timeout=PATIENCE)
    for place in ("#talk p", "#talk b"):
        looked_at(page, holds=place)
    page.reload()
    for place in ("#talk p", "#talk b"):
        looked_at(page, holds=place)


def test_what_files_hold_stays_text_at_the_desk(open_desk: OpenDesk, site: DeskSite) -> None:
    policy = site.files.file("en/xss.md")
    # A comment that is not closed hides what comes after it.
    texts = sorted(map(readable, ALL), key=lambda text: "<!--" in text)
    clauses = "\n\n".join(f"# {text}\n\n{text}" for text in texts)
    site.files.save(policy, clauses, base=digest(policy.read()), staff="Anna")
    page = open_desk("/desk/files/edit?file=en/xss.md")
    looked_at(page, holds="#text")
    # Of eight ways to break out, Markdown reads three otherwise.
    looked_at(page, holds=".meaning h3", at_least=125)
    page.locator("#text").fill("# Nothing\n\nNothing of it is left.\n")
    page.locator(".edit button").first.click()
    looked_at(page, holds=".diff")
    page.goto(f"{site.url}/desk/files")
    looked_at(page, holds=".files", at_least=1)
    with site.assistant.database.writing() as session:
        for text in ALL:
            edit = {"file": "en/returns.md", "before": text, "after": text, "staff": text}
            session.add(EditRow(**edit, time=site.clock()))
    page.goto(f"{site.url}/desk/files/edit?file=en/returns.md")
    looked_at(page, holds="#edits + ul", at_least=8)
    # Names that are asked for and not there are told on the page.
    for text in ALL[::40]:
        page.goto(f"{site.url}/desk/files/edit?file={quote(text)}")
        expect(page.locator(".problem")).to_be_visible()
        looked_at(page, holds=".problem", at_least=0)
        page.goto(f"{site.url}/desk/evaluations/run?run={quote(text)}")
        expect(page.locator(".problem")).to_be_visible()
        looked_at(page, holds=".problem", at_least=0)


def test_what_the_catalogue_names_stays_text_at_the_desk(
    open_desk: OpenDesk, site: DeskSite, embedder: HashingEmbedder
) -> None:
    kept = site.assistant.indexes.open("shoes")
    products = [
        Product(
            id=f"p{number}", title=readable(text), brand=f"Brand{number // 5}",
            category=("Shoes",), price=Decimal(50), currency="USD",
        )
        for number, text in enumerate(ALL)
    ]  # fmt: skip
    site.assistant.indexes.replace(
        build_index(products, name="shoes", embedder=embedder, source="tests", now=START)
    )
    page = open_desk("/desk/files/edit?file=ranking-rules.yaml")
    rule = "- id: rule-{n}\n  which: ['brand = Brand{n}']\n  effect: pin\n"
    page.locator("#text").fill("".join(rule.format(n=n) for n in range(40)))
    page.locator("#query").fill("shoes")
    page.locator(".edit button").first.click()
    expect(page.locator("#trial")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".meaning h3")).to_have_count(40)
    # Of a title what looks like HTML is taken out before it is shown.
    looked_at(page, holds=".meaning", at_least=0)
    site.assistant.indexes.replace(kept)


def test_what_shoppers_call_things_stays_text_in_insight(
    open_desk: OpenDesk, site: DeskSite
) -> None:
    drawn = {"final": True, "epsilon": 1.0, "delta": 1e-7, "scale": 1.0, "threshold": 5}
    weeks = {f"2026-01-{day:02}": ALL[30 * day : 30 * day + 30] for day in range(1, 7)}
    weeks["2026-01-07"] = ALL[:30]
    with site.assistant.database.writing() as session:
        for week, texts in weeks.items():
            figures = [
                {"kind": kind, "term": text, "wording": text, "shoppers": 50}
                for kind in ("missing", "questions")
                for text in texts
            ]
            row = ReleaseRow(week=week, number=1, time=site.clock(), tallies=1, figures=figures)
            for name, value in drawn.items():
                setattr(row, name, value)
            session.add(row)
    page = open_desk()
    for week, texts in weeks.items():
        page.goto(f"{site.url}/desk/insight?week={week}")
        looked_at(page, holds="[aria-labelledby=q-missing] tbody th", at_least=len(texts))
    page.goto(f"{site.url}/desk/insight/questions")
    looked_at(page, holds=".case", at_least=0)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio.*")
def test_what_staff_write_stays_text_on_the_shoppers_page(
    open_page: OpenPage, assistant: Assistant, model: ScriptedModel
) -> None:
    """The fixture fails where another host was asked, or a dialog came up."""
    page = open_page()
    model.will_say(reading("person"))
    ask(page, "Please let me talk to a human")
    expect(page.locator("#sg-last .sg-text")).not_to_be_empty(timeout=PATIENCE)
    [case] = assistant.desk.queue()
    assistant.desk.take(case.id, "Anna")
    for text in ALL:
        assistant.desk.write(case.id, "Anna", text)
    words = page.locator(".sg-person")
    expect(words).to_have_count(len(ALL), timeout=PATIENCE)
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    foreign = "script, img, iframe, object, embed, form, style, link, base, video, math"
    assert words.locator(foreign).count() == 0
    shown = words.evaluate_all(TEXT)
    assert [text for text in ALL if readable(text) not in shown] == []
