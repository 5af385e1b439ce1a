"""The drawing of the interests in a real browser: read at 200 nodes, moved, and its paths told."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from test_interest_graph_svg import everything, made_up

from assistant.profile.interests.nodes import InterestGraph
from assistant.profile.interests.related import related_interests
from assistant.reply import Language
from retrieval.index import CatalogueIndex
from ui.interest_graph import interest_graph_html
from ui.look import document_head
from ui.names import Names
from ui.profile_panel import interests_html

pytestmark = pytest.mark.page

# Every label with its box as it is drawn, without the outline that sets it off from lines.
BOXES = """() => [...document.querySelectorAll(".sg-graph-scroll text")].map(text => {
  const { left, top, right, bottom } = text.getBoundingClientRect();
  return [text.textContent, left, top, right, bottom];
})"""
OVERLAPS = 0.5  # px, of rounding
SCROLLED = """() => {
  const drawing = document.querySelector(".sg-graph-scroll");
  return [drawing.scrollLeft, drawing.scrollTop];
}"""

OpenGraph = Callable[..., Page]


@pytest.fixture
def open_graph(browser: Browser, demo_index: CatalogueIndex) -> Iterator[OpenGraph]:
    """Opens a page of the drawing of a shopper who has looked at a great deal."""
    contexts = []

    def opened(
        width: int,
        language: Language = "en",
        *,
        touch: bool = False,
        of: Callable[[CatalogueIndex], InterestGraph] = everything,
    ) -> Page:
        graph, names = of(demo_index), Names(language, demo_index)
        inside = interest_graph_html(graph, related_interests(graph, 8), names)
        context = browser.new_context(viewport={"width": width, "height": 800}, has_touch=touch)
        contexts.append(context)
        page = context.new_page()
        page.set_content(
            f'<!doctype html><html lang="{language}"><head>{document_head()}</head>'
            f'<body><div class="gradio-container"><div id="sg-interests">'
            f"{interests_html(inside, names)}</div></div></body></html>"
        )
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(
    ("of", "least"), [(lambda _: made_up(260), 200), (everything, 100)], ids=["made up", "shopper"]
)
def test_no_label_lies_upon_another(
    open_graph: OpenGraph,
    width: int,
    language: Language,
    of: Callable[[CatalogueIndex], InterestGraph],
    least: int,
) -> None:
    page = open_graph(width, language, of=of)
    labels = page.evaluate(BOXES)
    assert page.locator(".sg-graph-scroll .sg-g-node").count() >= least
    assert len(labels) > least  # with the headings
    upon = [
        (one[0], other[0])
        for number, one in enumerate(labels)
        for other in labels[number + 1 :]
        if min(one[3], other[3]) - max(one[1], other[1]) > OVERLAPS
        and min(one[4], other[4]) - max(one[2], other[2]) > OVERLAPS
    ]
    assert upon == []
    size = page.locator(".sg-graph-scroll text").first.evaluate("e => getComputedStyle(e).fontSize")
    assert float(size.removesuffix("px")) >= 12
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_is_moved_by_mouse_and_keys(open_graph: OpenGraph) -> None:
    page = open_graph(700)
    drawing = page.locator(".sg-graph-scroll")
    drawing.evaluate("drawing => drawing.scrollIntoView()")
    box = drawing.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y - 40, steps=4)
    page.mouse.up()
    assert page.evaluate(SCROLLED) == [60, 40]
    # What was only moved is not asked about.
    expect(page.locator(".sg-g-why")).to_be_empty()
    drawing.focus()
    for key in ("ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    page.wait_for_function(f"(({SCROLLED})()).every((at, n) => at > [60, 40][n])")


def test_it_is_moved_by_a_finger(open_graph: OpenGraph) -> None:
    page = open_graph(360, touch=True)
    page.locator(".sg-graph-scroll").evaluate("drawing => drawing.scrollIntoView()")
    box = page.locator(".sg-graph-scroll").bounding_box()
    assert box
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": box["x"] + x, "y": box["y"] + y} for x, y in points]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    touch("touchStart", (250, 200))
    for step in range(10):
        touch("touchMove", (250 - 12 * step, 200))
    touch("touchEnd")
    page.wait_for_function(f"({SCROLLED})()[0] > 60")


def test_each_path_is_told_from_the_list(open_graph: OpenGraph) -> None:
    page = open_graph(1280)
    items = page.locator(".sg-interests > li")
    assert items.count() > 1
    why = page.locator(".sg-g-why")
    for number, item in enumerate(items.all()):
        item.get_by_role("button").focus()
        page.keyboard.press("Enter")
        expect(why).to_contain_text(item.locator(".sg-g-path").inner_text())
        expect(item.get_by_role("button")).to_have_attribute("aria-pressed", "true")
        lit = page.locator(".sg-g-lit")
        assert lit.count() >= 3  # an end, a line, and the thing that it starts from
        for path in lit.evaluate_all("all => all.map(e => e.dataset.paths.split(' '))"):
            assert str(number) in path
        name = item.locator("strong").inner_text()
        expect(page.locator(".sg-g-node.sg-g-lit", has_text=name).last).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(why).to_be_empty()
    expect(page.locator(".sg-g-lit")).to_have_count(0)


@pytest.mark.parametrize("touch", [False, True])
def test_a_node_tells_what_it_is_and_where_it_leads(open_graph: OpenGraph, touch: bool) -> None:
    page = open_graph(360 if touch else 1280, touch=touch)
    node = page.locator(".sg-g-node[data-paths]").first
    text = node.locator("text")
    text.scroll_into_view_if_needed()
    if touch:
        text.tap()
    else:
        text.click()
    why = page.locator(".sg-g-why")
    first = (node.get_attribute("data-paths") or "").split()[0]
    expect(why).to_contain_text(node.locator("title").text_content() or "nothing")
    expect(why).to_contain_text(
        page.locator(f'[data-path="{first}"] .sg-g-path').inner_text(), use_inner_text=True
    )
    expect(node).to_contain_class("sg-g-lit")


def test_two_hundred_nodes_are_drawn_at_once(open_graph: OpenGraph) -> None:
    page = open_graph(1280, of=lambda _: made_up(260))
    drawn = page.evaluate(
        """() => new Promise(done => {
          const shown = document.querySelector(".sg-shown");
          const html = shown.innerHTML;
          const begun = performance.now();
          shown.innerHTML = html;
          shown.getBoundingClientRect();
          requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
        })"""
    )
    assert drawn < 1000
