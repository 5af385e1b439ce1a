import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import ModelTooSlow, NotSignedIn
from assistant.need import Need, Wish
from assistant.reply import Citation, OfferedProduct, Reason
from retrieval.index import CatalogueIndex
from tools.reading.fact import Unmatched
from ui.cards import cards_html
from ui.conversation import TurnView, citations_html, notice_html, turn_html
from ui.names import Names
from ui.need_panel import need_html
from ui.texts import preferred_language, texts
from ui.web_link import web_link

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
OUR_TAGS = frozenset(
    "article div span p h2 h3 ul li dl dt dd details summary small svg path s a b q strong"
    " section time button dialog table caption thead tbody tr th td".split()
)


class Tags(HTMLParser):
    """Every tag with its attributes, and all text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def offered(**changes: object) -> OfferedProduct:
    known = {
        "id": "nike-structure",
        "title": "Nike Structure 25",
        "price": 110.0,
        "currency": "USD",
        "list_price": 140.0,
        "rating": 4.5,
        "rating_count": 1120,
        "reasons": [
            Reason(text="stability arch support", source="product:nike-structure#arch_support"),
            Reason(text="no wide width", source="product:nike-structure#width", met=False),
        ],
    }
    return OfferedProduct.model_validate(known | changes)


def assert_harmless(html: str) -> None:
    for tag, attributes in Tags(html).tags:
        assert tag in OUR_TAGS
        assert not any(name.startswith("on") for name in attributes)
        assert not str(attributes.get("href") or "").lower().startswith(("javascript", "data"))


def test_a_card_has_name_price_rating_and_reasons() -> None:
    html = cards_html([offered()], "nike-structure", Names("en"))
    text = Tags(html).text
    assert "Nike Structure 25" in text
    assert "$110" in text
    assert re.search(r"<s [^>]*>.*\$140</s>", html)
    assert "4.5" in text
    assert "rated 4.5 of 5 by 1,120" in html
    assert "Our pick" in text
    assert ("✓" in text, "–" in text) == (True, True)
    assert "record: arch support" in html


def test_a_card_without_a_reduction_has_one_price() -> None:
    html = cards_html([offered(list_price=None, rating=None)], None, Names("en"))
    assert "<s " not in html
    assert "★" not in html
    assert "Our pick" not in html


def test_a_card_is_named_in_the_language_of_the_page(shoes_index: CatalogueIndex) -> None:
    html = cards_html([offered()], "nike-structure", Names("zh", shoes_index))
    text = Tags(html).text
    assert "耐克 支撑跑鞋" in text
    assert "首选" in text


def test_advice_for_all_cards_is_told_once() -> None:
    advice = Reason(text="A firm inner side helps.", source="advice:flat-feet")
    two = [offered(reasons=[advice]), offered(id="other", reasons=[advice])]
    assert cards_html(two, None, Names("en")).count(advice.text) == 1
    assert cards_html(two[:1], None, Names("en")).count(advice.text) == 1


def test_no_products_no_list() -> None:
    assert cards_html([], None, Names("en")) == ""


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//shop.example/x", "/x", "https://", "ftp://a/b",
     " https://shop.example", "java\nscript:alert(1)", "https://[broken", None],
)  # fmt: skip
def test_only_web_links_are_links(url: str | None) -> None:
    assert web_link(url) is None
    assert "<a " not in cards_html([offered(url=url)], None, Names("en"))


def test_a_link_leaves_nothing_behind() -> None:
    html = cards_html([offered(url='https://shop.example/?a=1&b="2')], None, Names("en"))
    link = next(attributes for tag, attributes in Tags(html).tags if tag == "a")
    assert link["href"] == 'https://shop.example/?a=1&b="2'
    assert "noopener" in str(link["rel"])


def test_everything_is_escaped(shoes_index: CatalogueIndex) -> None:
    product = offered(
        id=EVIL, title=EVIL, url="javascript:alert(1)", reasons=[Reason(text=EVIL, source=EVIL)]
    )
    citations = [Citation(marker="1", source=f"product:{EVIL}#{EVIL}", value=EVIL)]
    turn = TurnView(
        message=EVIL, status=EVIL, text=f"{EVIL} [1]", products=[product], citations=citations
    )
    wish = Wish(field=EVIL, op="=", value=EVIL, quote=EVIL, turn=1, note=EVIL)
    need = Need(must=(wish,), unmatched=(Unmatched(field=EVIL, value=EVIL, quote=EVIL),))
    for names in (Names("en"), Names("zh", shoes_index)):
        for html in (
            turn_html(turn, names),
            turn_html(turn, names, last=False),
            need_html(need, names),
            notice_html(EVIL),
        ):
            assert_harmless(html)
            assert EVIL in Tags(html).text


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_is_shown_and_nothing_of_it_runs(message: str, value: str) -> None:
    citation = Citation(marker="1", source="product:a#b", value=value)
    turn = TurnView(message=message, text=value, citations=[citation])
    assert_harmless(turn_html(turn, Names("en")))


def test_markers_show_the_record_behind_them(shoes_index: CatalogueIndex) -> None:
    turn = TurnView(
        message="?",
        text="Nike Structure 25 [1] costs $110. [9]",
        citations=[
            Citation(marker="1", source="product:nike-structure#price", value="110.0"),
            Citation(marker="1", source="product:nike-structure#weight_g", value="280.0"),
            Citation(marker="1", source="advice:flat-feet", value="flat feet"),
        ],
    )
    html = turn_html(turn, Names("en", shoes_index))
    assert html.count('class="sg-cite"') == 1
    assert "[9]" in html
    text = Tags(citations_html(turn.citations, Names("en", shoes_index))).text
    assert "Nike Structure 25" in text
    assert "$110" in text
    assert "280 g" in text
    assert "supported inner side" in text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("fr,zh;q=0.3,en;q=0.2", "zh"),
        ("de", "en"),
        ("zh;q=nonsense,en", "en"),
        ("zh;q=0", "en"),
        ("ZH-Hant", "zh"),
    ],
)
def test_the_browser_chooses_the_first_language(header: str, language: str) -> None:
    assert preferred_language(header) == language


@given(st.text(max_size=100))
def test_any_header_gives_a_language(header: str) -> None:
    assert preferred_language(header) in ("en", "zh")


def test_errors_are_told_in_the_language_of_the_page() -> None:
    slow = ModelTooSlow("The model server at http://10.0.0.1/v1 did not answer in time.")
    assert "10.0.0.1" not in texts("en").error(slow)
    assert "用时" in texts("zh").error(slow)
    assert texts("zh").error(NotSignedIn("Sign in first.")) == "Sign in first."


def test_both_languages_have_the_same_texts() -> None:
    english, chinese = texts("en"), texts("zh")
    assert set(english.fields) == set(chinese.fields)
    assert set(english.errors) <= set(chinese.errors)
    for name in ("questions_demo", "questions_any"):
        assert len(getattr(english, name)) == len(getattr(chinese, name))


def test_what_is_known_and_the_shop_s_word_are_small_lines_and_points_are_folded() -> None:
    reasons = [
        Reason(text="stability", source="product:x#support", part="wishes", points=1.5),
        Reason(text="you wear 43", source="profile:1", part="profile", points=0.4),
        Reason(text="recommended by the shop", source="rule:x", part="rules", points=0.5),
        Reason(text="put back", source="rule:y", part="rules", points=-0.25, met=False),
        Reason(text=EVIL, source="search:query", part="relevance", points=1.0),
    ]
    html = cards_html([offered(reasons=reasons, score=3.15)], None, Names("en"))
    assert_harmless(html)
    before, _, folded = html.partition("<details")
    assert "because you wear 43" in Tags(before).text
    assert "recommended by the shop" in Tags(before).text
    assert "put back" not in before
    assert "Why this place?" in folded
    assert [part.partition("<")[0] for part in folded.split("<dd>")[1:]] == [
        "+1.50",
        "+0.40",
        "+0.50",
        "−0.25",
        "+1.00",
        "3.15",
    ]


def test_a_product_that_was_not_ranked_has_no_place() -> None:
    assert "<details" not in cards_html([offered()], None, Names("en"))


def test_nothing_is_shown_of_an_assistant_that_is_silent() -> None:
    names = Names("en")
    turn = TurnView(
        message="Are you there?", thread_id="t", turn_id="u", people=[("Anna", "I am.")]
    )
    html = turn_html(turn, names)
    assert "sg-answered" not in html
    assert "I am." in html
    turn.text = "Hello!"
    assert "sg-answered" in turn_html(turn, names)
