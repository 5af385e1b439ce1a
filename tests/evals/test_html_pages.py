"""The report and the comparison in a real browser: quiet, readable, and inert whatever was said."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from made_up_run import GOALS, hold
from playwright.sync_api import Browser, Page, expect

from evals.checks import Check
from evals.checks.wording import Shop
from evals.comparing.comparison import (
    Agreement,
    Comparison,
    ConversationChange,
    FailedCheck,
    FigureChange,
    SeenAnswer,
    Side,
    TurnChange,
)
from evals.measures.figures import Figure
from evals.measures.scores import Scores
from evals.reports.html import write_comparison, write_html
from evals.reports.html.pictures import VIEWS, take
from evals.reports.tables import Report
from evals.reports.transcripts import (
    Failing,
    FailingOf,
    Shown,
    Text,
    Transcript,
    TranscriptTurn,
    Unsupported,
)
from evals.running.records import About
from evals.suite.files import Fault, load_suites
from retrieval.index import CatalogueIndex

pytestmark = pytest.mark.page

SUITES = Path(__file__).parents[2] / "evals" / "suites"
HOSTILE = (
    "</p></style></script><script>window.hacked=1</script><img src=http://127.0.0.1:9/x "
    "onerror=window.hacked=2><svg onload=window.hacked=3><b style='position:fixed'>bold</b>"
    "<a href='javascript:window.hacked=4'>x</a>{{ 7*7 }}\u202egnirts\u2067 \x00\x1b\ud800 &amp;"
)
# Of every text that is seen: its contrast with the first opaque background behind it, by
# WCAG 2.2, "relative luminance" and "contrast ratio".
CONTRASTS = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, w, i) => {
    const v = c[i] / 255;
    return sum + w * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  }, 0);
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const c = rgb(getComputedStyle(at).backgroundColor);
      if (c.length < 4 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const poor = [];
  let seen = 0;
  for (const one of document.body.querySelectorAll("*")) {
    const own = [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !one.checkVisibility({ visibilityProperty: true })) continue;
    const style = getComputedStyle(one);
    const inSvg = one instanceof SVGElement;
    const a = light(rgb(inSvg ? style.fill : style.color)), b = light(behind(one));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    seen += 1;
    if (ratio < 4.5) poor.push(`${one.tagName}.${one.className} ${ratio.toFixed(2)}`);
  }
  return { seen, poor: [...new Set(poor)] };
}"""
# What sticks out of the page to the right, hidden helpers for readers aside.
STICKS_OUT = """() => [...document.body.querySelectorAll("*")]
  .filter((one) => !one.closest(".hidden, .skip, thead, svg") && one.checkVisibility())
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5)
  .map((one) => `${one.tagName}.${one.className}`)"""
UNLABELLED = """() => [...document.querySelectorAll("input, select, button")]
  .filter((one) => !(one.labels && one.labels.length) && !one.textContent.trim())
  .map((one) => one.outerHTML)"""


@pytest.fixture(scope="module")
def report_page(demo_index: CatalogueIndex, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two systems, twice each, against a baseline run; some of what was said is hostile."""
    shop = Shop(demo_index)
    conversations = [*load_suites([SUITES / "multi_zh.jsonl", SUITES / "single_en.jsonl"])[::60]]
    conversations += GOALS[:4]
    failing = Failing(limit=6)

    def run(errs: float, seconds: float, seed: int) -> Report:
        systems = []
        for name, more in (("shopguide", 0.0), ("create-agent", 0.2)):
            scores = Scores(name, seed=1)
            for graded in hold(
                conversations, shop, system=name, attempts=2, errs=errs + more, seconds=seconds,
                seed=seed,
            ):  # fmt: skip
                scores.add(graded)
                if seed == 1:
                    failing.add(graded, where=f"suites/{HOSTILE}, line 3", shop=shop)
            systems.append(scores.report())
        about = About(model=f"qwen {HOSTILE}", catalogs={"demo": "v1"}, attempts=2, temperature=0.7)
        return Report(about=about, systems=systems)

    report, baseline = run(0.1, 3.0, 1), run(0.9, 2.0, 2)
    path = tmp_path_factory.mktemp("pages") / "report.html"
    write_html(
        report,
        failing=[*failing.systems, _hostile()],
        faults=[Fault(f"suites/mine.jsonl, line {n}", f"{HOSTILE} {n}") for n in range(1, 300)],
        baseline=baseline,
        path=path,
    )
    return path


def _hostile() -> FailingOf:
    turn = TranscriptTurn(
        number=1,
        say=Text.of(HOSTILE),
        text=Text.of(HOSTILE + "汉" * 100_000),
        intent=HOSTILE,
        products=[
            Shown(id="x", title=HOSTILE, price=1.5, currency=HOSTILE, pick=True),
            Shown(id=HOSTILE * 5),
        ],
        choices=["x" * 500, HOSTILE],
        failed=[Check(name="said", passed=False, told=HOSTILE * 20)],
        unsupported=[Unsupported(kind="price", text="$1", sentence=HOSTILE, told=HOSTILE)],
    )
    talk = Transcript(
        conversation="hostile-" + "a" * 92, where="w" * 300, language="en",
        tags=[HOSTILE, "t" * 200], system="a system " + HOSTILE, passed=False, turns=[turn],
    )  # fmt: skip
    return FailingOf(system=talk.system, held=12345, failed=1234, transcripts=[talk])


@pytest.fixture(scope="module")
def comparison_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    turn = TurnChange(
        number=2,
        say=HOSTILE,
        a=SeenAnswer(text="Nike Structure 25 costs $110. " + "x" * 50_000, intent="recommend"),
        b=SeenAnswer(
            text=f"Nike Structure 25 costs $90. {HOSTILE}", products=["nike-structure"] * 30,
            need=[HOSTILE], failed=[FailedCheck(check="products", told=HOSTILE)],
        ),
        aspects=["products"],
    )  # fmt: skip
    dead = turn.model_copy(update={"number": 3, "a": SeenAnswer(error=HOSTILE)})
    talk = ConversationChange(
        conversation="c-1", attempt=2, language="zh", tags=(HOSTILE,), passed_a=True,
        passed_b=False, turns=[turn, dead], note=HOSTILE,
    )  # fmt: skip

    def figure(title: str, verdict: str) -> FigureChange:
        return FigureChange.model_validate(
            {
                "key": "passed", "title": title, "a": 0.9, "b": 0.7, "difference": -0.2,
                "low": -0.3, "high": -0.1, "conversations": 40, "changed": 12, "p": 0.001,
                "p_corrected": 0.01, "verdict": verdict,
            }
        )  # fmt: skip

    verdicts = ("better", "worse", "differs", "within noise", "too few to tell")
    comparison = Comparison(
        a=Side(name=HOSTILE, system="shopguide", about=About(model=HOSTILE), conversations=40),
        b=Side(name="b" * 200, system="recorded", conversations=41),
        paired=39,
        only_a=[f"only-{n}" for n in range(500)],
        notes=[HOSTILE],
        figures=[figure(f"figure that is {verdict}", verdict) for verdict in verdicts],
        newly_failing=[talk, talk],
        newly_failing_count=77,
        newly_passing=[talk],
        newly_passing_count=1,
        agreement=[Agreement(aspect="products", same=Figure(value=0.5, low=0.4, high=0.6))],
    )
    path = tmp_path_factory.mktemp("pages") / "comparison.html"
    write_comparison(comparison, path)
    return path


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens a file; afterwards nothing else was asked for, and nothing ran that was said."""
    asked: list[str] = []
    faults: list[str] = []
    contexts = []

    def visit(
        path: Path, *, width: int = 1280, scheme: str = "light", scripts: bool = True
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=scripts,
            offline=True,
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: faults.append(dialog.message))
        page.goto(path.as_uri())
        return page

    yield visit
    assert asked
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith("file:")] == []
    assert len(asked) == len(contexts)
    assert faults == []


def _pages(request: pytest.FixtureRequest, name: str) -> Path:
    found: Path = request.getfixturevalue(f"{name}_page")
    return found


@pytest.mark.parametrize("name", ["report", "comparison"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 700, 390])
def test_it_is_readable(
    request: pytest.FixtureRequest, open_page: Open, name: str, scheme: str, width: int
) -> None:
    page = open_page(_pages(request, name), width=width, scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(STICKS_OUT) == []
    contrasts = page.evaluate(CONTRASTS)
    assert contrasts["seen"] > 100
    assert contrasts["poor"] == []
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, re.findall(r"\d+", paper)[:3])) < 60) == (scheme == "dark")


@pytest.mark.parametrize("name", ["report", "comparison"])
def test_what_was_said_is_text(request: pytest.FixtureRequest, open_page: Open, name: str) -> None:
    page = open_page(_pages(request, name))
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert page.evaluate("window.hacked") is None
    assert page.locator("script").count() == 1
    assert page.locator("style").count() == 1
    assert page.locator("img, b[style], a[href^=javascript], iframe, object, embed").count() == 0
    said = page.locator(".say .words", has_text="window.hacked=1").first
    shown = HOSTILE.replace("\x00", "\ufffd").replace("\x1b", "\ufffd").replace("\ud800", "\ufffd")
    assert said.evaluate("(one) => one.textContent") == shown
    # What turns the direction of writing does so within its own words alone.
    turned = page.evaluate(
        """() => [...document.body.querySelectorAll("*")].filter((one) =>
          [...one.childNodes].some((n) => n.nodeType === 3 && n.data.includes("\\u202e")))
          .filter((one) => !one.closest(".words"))  // itself one text, and set apart
          .map((one) => getComputedStyle(one))
          .filter((style) => style.display === "inline" && style.unicodeBidi === "normal").length"""
    )
    assert turned == 0


@pytest.mark.parametrize("name", ["report", "comparison"])
def test_the_policy_forbids_the_network(
    request: pytest.FixtureRequest, browser: Browser, name: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    answered: list[str] = []
    page.on("response", lambda response: answered.append(response.url))
    page.goto(_pages(request, name).as_uri())
    broken = page.evaluate(
        """async () => {
          const broken = [];
          document.addEventListener("securitypolicyviolation", (event) =>
            broken.push(event.effectiveDirective));
          await fetch("http://127.0.0.1:9/").catch(() => null);
          const image = new Image();
          image.src = "http://127.0.0.1:9/x.png";
          const script = document.createElement("script");
          script.textContent = "window.hacked = 5";
          document.body.append(image, script);
          await new Promise((done) => setTimeout(done, 200));
          return broken;
        }"""
    )
    assert {"connect-src", "img-src", "script-src-elem"} <= set(broken)
    assert page.evaluate("window.hacked") is None
    assert len(answered) == 1
    context.close()


@pytest.mark.parametrize("name", ["report", "comparison"])
def test_its_structure_tells_readers_who_do_not_see_it(
    request: pytest.FixtureRequest, open_page: Open, name: str
) -> None:
    page = open_page(_pages(request, name))
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1, header h1").count() == 1
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.locator("main, header, nav").count() == 3
    assert page.locator("table:not(:has(caption))").count() == 0
    assert page.locator("th:not([scope])").count() == 0
    assert page.locator("svg:not([aria-hidden]):not([aria-label])").count() == 0
    assert page.evaluate(UNLABELLED) == []
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))
    targets = page.evaluate("[...document.querySelectorAll('nav a')].map((a) => a.hash.slice(1))")
    assert set(targets) <= set(ids)
    chinese = page.locator(".words[lang=zh-Hans]")
    english = page.locator(".words[lang=en]")
    assert english.count()
    if name == "report":
        assert chinese.count()
        assert all(re.search("[一-鿿]", text) for text in chinese.all_text_contents())
    assert not any(re.search("[一-鿿]", text) for text in english.all_text_contents())


def test_the_report_tells_what_it_is_of(report_page: Path, open_page: Open) -> None:
    page = open_page(report_page)
    about = page.locator(".about").inner_text()
    assert "qwen" in about
    assert "demo v1" in about
    assert "0.7" in about
    figures = page.locator("#figures table")
    row = figures.locator("tr", has_text="conversations that pass every check").first
    expect(row).to_contain_text("≥ 0.90")
    expect(row).to_contain_text("✗ target missed")
    expect(figures.locator("tr", has_text="pass^2")).to_have_count(1)
    expect(figures).to_contain_text("within noise")
    expect(figures).to_contain_text("▲ better")
    expect(page.locator("#shoppers table")).to_contain_text(
        "simulated shoppers who get what they want"
    )
    plots = page.locator("#plots figure")
    expect(plots).to_have_count(2)
    # Two systems and the baseline run of each, told in words as well.
    expect(plots.first.locator(".series .point")).to_have_count(8)
    expect(plots.first.locator(".legend li")).to_have_count(4)
    assert "of the baseline run" in (plots.first.locator("svg").first.get_attribute("aria-label")
                                     or "")  # fmt: skip
    slices = page.locator("#slices h3").all_text_contents()
    assert slices == ["Language", "Intent", "Turn number", "Tag"]
    expect(page.locator("#faults")).to_contain_text("299 lines")
    expect(page.locator("#faults")).to_contain_text("the first 200 are here")
    expect(page.locator("#faults li")).to_have_count(200)
    expect(page.locator("#failing h3").last).to_contain_text("1,234 of 12,345, the first 1 here")
    long = page.locator(".talk", has_text="hostile-").locator(".cut").first
    expect(long).to_contain_text("more characters stand in the results")


def test_a_failed_check_stands_at_its_turn(report_page: Path, open_page: Open) -> None:
    page = open_page(report_page)
    talk = page.locator("#failing .talk:has(.turn.wrong)").first
    talk.evaluate("(one) => (one.open = true)")
    names = talk.locator("summary .mark.bad").all_inner_texts()
    wrong = talk.locator(".turn.wrong")
    at_turns = set(wrong.locator(".failed .mark").all_inner_texts())
    assert at_turns == {name for name in names if "goal not met" not in name}
    assert talk.locator(".turn:not(.wrong) .failed").count() == 0
    marked = page.locator("#failing mark").last
    assert "window.hacked" in (marked.text_content() or "")


def test_the_list_is_narrowed_and_opened_by_keyboard(report_page: Path, open_page: Open) -> None:
    page = open_page(report_page)
    form = page.locator("form.filter")
    talks = page.locator("#failing .talk")
    count = talks.count()
    expect(form.locator("[role=status]")).to_have_text(f"{count} of {count} shown")
    form.get_by_label("Words").press_sequentially("hostile-")
    expect(page.locator("#failing .talk:visible")).to_have_count(1)
    expect(form.locator("[role=status]")).to_have_text(f"1 of {count} shown")
    form.get_by_label("Words").fill("")
    form.get_by_label("Failed check").select_option("said")
    expect(page.locator("#failing .talk:visible")).to_have_count(1)
    form.get_by_label("Failed check").select_option("")
    form.get_by_role("combobox", name=re.compile("^Language")).select_option("zh")
    languages = page.locator("#failing .talk:visible").evaluate_all(
        "(all) => all.map((one) => one.dataset.language)"
    )
    assert languages
    assert set(languages) == {"zh"}
    form.get_by_role("combobox", name=re.compile("^Language")).select_option("")
    form.get_by_role("button", name="Close all").click()
    expect(page.locator("#failing .talk[open]")).to_have_count(0)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(talks.first).to_have_attribute("open", "")
    form.get_by_role("button", name="Open all").click()
    expect(page.locator("#failing .talk[open]")).to_have_count(count)


def test_it_is_whole_without_scripts(report_page: Path, open_page: Open) -> None:
    page = open_page(report_page, scripts=False)
    expect(page.locator("form.filter")).to_be_hidden()
    expect(page.locator("#failing .talk").first).to_be_visible()
    page.locator("#failing .talk summary").nth(1).click()
    expect(page.locator("#failing .talk").nth(1).locator(".say").first).to_be_visible()


def test_the_comparison_shows_both_answers_side_by_side(
    comparison_page: Path, open_page: Open
) -> None:
    page = open_page(comparison_page)
    table = page.locator("#figures table").first
    for mark in ("▲ better", "▼ worse", "◆ differs", "within noise", "too few to tell"):
        expect(table.locator("td", has_text=mark)).to_have_count(1)
    expect(table.locator("tbody tr").first).to_contain_text("−0.200 [−0.300, −0.100]")
    expect(page.locator("#failing")).to_contain_text("The first 2 of 77 are here.")
    turn = page.locator("#failing .turn").first
    left, right = turn.locator(".sides .answer").all()
    box_left, box_right = left.bounding_box(), right.bounding_box()
    assert box_left
    assert box_right
    assert box_left["y"] == box_right["y"]
    assert box_left["x"] + box_left["width"] <= box_right["x"]
    assert "$110" in (left.locator("del").first.text_content() or "")
    assert "$90" in (right.locator("ins").first.text_content() or "")
    expect(right.locator(".failed")).to_contain_text("products")
    expect(page.locator("#answers")).to_contain_text("None.")


def test_a_run_without_anything_to_tell_is_a_page(tmp_path: Path, open_page: Open) -> None:
    report = Report(about=About(model=""), systems=[Scores("shopguide", seed=1).report()])
    write_html(report, failing=[], faults=[], baseline=None, path=tmp_path / "report.html")
    page = open_page(tmp_path / "report.html")
    expect(page.locator("#failing")).to_contain_text("Every conversation passed.")
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_pictures_of_it(report_page: Path, browser: Browser, tmp_path: Path) -> None:
    for view in VIEWS:
        picture = take(browser, report_page, view, tmp_path).read_bytes()
        assert picture.startswith(b"\x89PNG")
        size = [int.from_bytes(picture[at : at + 4], "big") for at in (16, 20)]
        assert size == [view.width * view.scale, view.height * view.scale]
