"""The drawing of the interest graph: readable at 200 nodes, in both schemes, and safe."""

import re
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import networkx
import pytest
from conftest import START
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.profile.behaviour.events import Event
from assistant.profile.facts import Evidence, ProfileFact
from assistant.profile.interests.graph import interest_graph
from assistant.profile.interests.nodes import SHOPPER, InterestGraph, Node, NodeKind
from assistant.profile.interests.related import Interest, related_interests
from assistant.reply import Language
from retrieval.index import CatalogueIndex
from ui.graph_layout import FONT, Box, Label, cut, lay_out, text_width
from ui.graph_picture import picture
from ui.interest_graph import interest_graph_html, interest_graph_svg
from ui.names import Names

_SVG = "{http://www.w3.org/2000/svg}"
_HOSTILE = "</title></svg><script>alert('1')</script>&amp;\u202e\x00<img src=x onerror=alert(1)>"


def everything(index: CatalogueIndex) -> InterestGraph:
    """A shopper who has looked at a great deal: far more than 200 nodes."""
    products = list(index.products)[::3]
    events = [
        Event(event_id=f"e{n}", shopper_id="ada", type="purchase" if n % 3 else "view",
              product_id=product.id, time=START - timedelta(days=n))
        for n, product in enumerate(products[:55])
        if "Hiking shoes" not in product.category
    ]  # fmt: skip
    return interest_graph([_fact("flat feet")], events, index, START)


def _fact(value: str, quote: str = "I have flat feet") -> ProfileFact:
    said = Evidence(quote=quote, thread_id="t", turn_id="u", time=START)
    return ProfileFact(
        id=f"f-{value}", shopper_id="ada", field="foot_type", op="=", value=value, confidence=0.9,
        evidence=(said,), first_seen=START, last_seen=START,
    )  # fmt: skip


def made_up(count: int) -> InterestGraph:
    """A graph of so many nodes of every kind, with labels of every length."""
    inner = networkx.Graph()
    kinds: tuple[NodeKind, ...] = ("fact", "product", "value", "word", "brand", "category")
    for n in range(count):
        kind = kinds[n % len(kinds)]
        text = ("很长的中文名字" if n % 2 else "Wide Mesh WWW ") * (1 + n % 5)
        node = Node(kind, "made", f"{text} {n}")
        inner.add_edge(SHOPPER, node, weight=1.0 / (1 + n), verb="did")
        if n > 6:
            inner.add_edge(node, list(inner)[n - 5], weight=0.5, verb="has")
    return InterestGraph(inner, frozenset(inner), frozenset())


def _drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def _boxes(svg: ElementTree.Element) -> list[Box]:
    """The box of each text as a reader measures it, from what the drawing itself says."""
    found = []
    for group in svg.iter(f"{_SVG}g"):
        text = group.find(f"{_SVG}text")
        assert text is not None
        assert text.text
        x, y = float(text.get("x", "")), float(text.get("y", ""))
        bold = "sg-g-new" in group.get("class", "")
        width = text_width(text.text, bold=bold)
        found.append(Box(x, y - 0.8 * FONT, x + width, y + 0.25 * FONT))
    return found


def _assert_readable(svg: str) -> ElementTree.Element:
    root = _drawn(svg)
    _, _, width, height = map(float, root.get("viewBox", "").split())
    # One unit is one pixel: what the labels' size says is what is seen.
    assert float(root.get("width", "")) == pytest.approx(width, abs=0.5)
    assert float(root.get("font-size", "")) >= 11
    boxes = _boxes(root)
    for box in boxes:
        assert box.left >= 0
        assert box.right <= width
        assert box.top >= 0
        assert box.bottom <= height
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    for text in root.iter(f"{_SVG}text"):
        assert float(text.get("x", "")) + text_width(text.text or "") <= width
    return root


@pytest.mark.parametrize("language", ["en", "zh"])
def test_two_hundred_nodes_are_readable(demo_index: CatalogueIndex, language: Language) -> None:
    graph = made_up(260)
    svg = interest_graph_svg(graph, [], Names(language, demo_index))
    root = _assert_readable(svg)
    assert len(list(root.iter(f"{_SVG}g"))) == 200
    left = len(graph) - 200
    assert f"{left} " in "".join(root.itertext())
    assert str(left) in root.get("aria-label", "")


def test_a_busy_shopper_in_the_demo_shop(demo_index: CatalogueIndex) -> None:
    graph = everything(demo_index)
    interests = related_interests(graph, 8)
    assert interests
    root = _assert_readable(interest_graph_svg(graph, interests, Names("en", demo_index)))
    told = [path for path in root.iter(f"{_SVG}path") if path.get("class") == "sg-g-told"]
    assert told
    drawn = picture(graph, interests)
    assert {interest.node for interest in interests} <= set(drawn.columns)


def test_the_same_graph_gives_the_same_drawing(demo_index: CatalogueIndex) -> None:
    names = Names("en", demo_index)
    first, second = (
        interest_graph_svg(g, related_interests(g, 8), names)
        for g in (everything(demo_index), everything(demo_index))
    )
    assert first == second


def test_every_node_has_a_title_and_the_drawing_a_name(demo_index: CatalogueIndex) -> None:
    graph = everything(demo_index)
    root = _drawn(interest_graph_svg(graph, related_interests(graph, 5), Names("en", demo_index)))
    assert root.get("role") == "img"
    assert root.get("aria-label")
    for group in root.iter(f"{_SVG}g"):
        title = group.find(f"{_SVG}title")
        assert title is not None
        assert title.text


@pytest.mark.parametrize(("language", "said"), [("en", "you bought"), ("zh", "您买过")])
def test_the_paths_stand_below_in_words(
    demo_index: CatalogueIndex, language: Language, said: str
) -> None:
    graph = everything(demo_index)
    interests = related_interests(graph, 6)
    page = interest_graph_html(graph, interests, Names(language, demo_index))
    listed = page[page.index("<ol") :]
    assert listed.count("<li ") == len(interests)
    assert "→" in listed
    assert said in page


def test_nothing_known_says_so(demo_index: CatalogueIndex) -> None:
    graph = interest_graph([], [], demo_index, START)
    page = interest_graph_html(graph, [], Names("en", demo_index))
    assert "Nothing yet" in page
    assert "<svg" not in page


def test_hostile_words_stay_words(demo_index: CatalogueIndex) -> None:
    inner = networkx.Graph()
    fact = Node("fact", "body", "f1")
    inner.add_node(fact, text=_HOSTILE)
    evil = Node("category", "category", _HOSTILE)
    inner.add_edge(SHOPPER, fact, weight=1.0, verb="said")
    inner.add_edge(fact, evil, weight=1.0, verb="named", count=1, total=2)
    graph = InterestGraph(inner, frozenset(), frozenset({evil}), {evil: (_HOSTILE,)})
    interests: list[Interest] = related_interests(graph, 3)
    assert len(interests) == 1
    page = interest_graph_html(graph, interests, Names("en", demo_index))
    assert "<script" not in page
    assert "<img" not in page
    assert "\x00" not in page
    assert "\u202e" not in page
    ElementTree.fromstring(page)


@given(st.text(max_size=60), st.floats(20, 300))
@settings(max_examples=200)
def test_cut_texts_fit(text: str, width: float) -> None:
    assert text_width(cut(text, width)) <= width


@given(
    st.lists(st.tuples(st.integers(0, 5), st.text(max_size=12)), min_size=1, max_size=80),
    st.lists(st.tuples(st.integers(0, 79), st.integers(0, 79), st.floats(0.01, 5)), max_size=60),
)
@settings(max_examples=50, deadline=None)
def test_no_layout_overlaps(
    nodes: list[tuple[int, str]], drawn: list[tuple[int, int, float]]
) -> None:
    labels = [Label(n, column, text, rank=n) for n, (column, text) in enumerate(nodes)]
    lines = {(a, b): weight for a, b, weight in drawn if a < len(nodes) and b < len(nodes)}
    layout = lay_out(labels, lines)
    boxes = [place.box for place in layout.places.values()]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert all(b.left >= 0 and b.top >= 0 for b in boxes)
    assert all(b.right <= layout.width and b.bottom <= layout.height for b in boxes)


def _colours(scheme: str) -> dict[str, str]:
    """The colours that the style sheet sets for light (``:root``) or dark (``.dark``)."""
    css = (Path(__file__).parents[2] / "ui" / "style.css").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for block in re.findall(rf"(?m)^{re.escape(scheme)} \{{(.*?)\}}", css, re.DOTALL):
        found |= dict(re.findall(r"(--sg-[\w-]+): (#[0-9a-f]{6});", block))
    return found


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [":root", ".dark"])
def test_colours_stand_out(scheme: str) -> None:
    colours = _colours(scheme)
    used = [n for n in colours if n.startswith("--sg-g-")]
    assert len(used) == 7
    ground = _luminance(colours["--sg-card"])
    for name in [*used, "--sg-ink", "--sg-quiet", "--sg-accent"]:
        light, dark = sorted([ground, _luminance(colours[name])], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, name
