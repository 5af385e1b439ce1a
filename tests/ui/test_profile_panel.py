"""The side panels as plain HTML, and what a browser may ask of the memory."""

import json
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from conftest import START
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import BadInput
from assistant.need import Need, Wish
from assistant.profile.facts import Evidence, ProfileFact
from assistant.profile.memory import Consent
from assistant.profile.notice import notice
from retrieval.index import CatalogueIndex
from tools.reading.fact import Unmatched
from ui.fact_values import choices, fact_text, meant
from ui.names import Names
from ui.need_panel import need_html
from ui.profile_panel import (
    Known,
    Said,
    confidence_word,
    consent_html,
    interests_html,
    profile_html,
)
from ui.wanted import Wanted

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
OURS = frozenset(
    "section h2 h3 p ul li div span strong q time button details summary input datalist option a "
    "svg path"
    .split()
)  # fmt: skip


class Page(HTMLParser):
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

    def acts(self) -> list[str]:
        return [given["data-act"] or "" for _, given in self.tags if "data-act" in given]


def known_fact(quotes: tuple[str, ...] = ("my flat feet",), **changes: object) -> ProfileFact:
    evidence = tuple(
        Evidence(quote=quote, thread_id="t", turn_id="u", time=START + timedelta(days=day))
        for day, quote in enumerate(quotes, start=1 - len(quotes))
    )
    known = {
        "id": "f", "shopper_id": "s", "field": "foot_type", "op": "=", "value": "flat feet",
        "evidence": evidence, "confidence": 0.7, "first_seen": START, "last_seen": START,
    }  # fmt: skip
    return ProfileFact.model_validate(known | changes)


def known(*facts: ProfileFact, learning: bool = True, **changes: object) -> Known:
    consent = Consent(consented=START, notice=notice().version, learning=learning)
    return Known(consent, facts, START, **changes)  # type: ignore[arg-type]


def test_the_profile_shows_words_sureness_and_day(shoes_index: CatalogueIndex) -> None:
    shown = known(known_fact(), known_fact(field="brand", op="!=", value="Nike", confidence=0.95))
    english = Page(profile_html(shown, Names("en", shoes_index))).text
    for part in ("flat feet", "my flat feet", "probably", "Mar 1, 2026", "not Nike", "certain"):
        assert part in english
    chinese = Page(profile_html(shown, Names("zh", shoes_index))).text
    for part in ("足型", "扁平足", "2026年3月1日", "不要"):
        assert part in chinese


def test_sureness_in_words() -> None:
    said = [confidence_word(c, Names("en")) for c in (0.95, 0.85, 0.7, 0.3)]
    assert said == ["certain", "quite sure", "probably", "not sure"]


def test_earlier_words_are_shown_too(shoes_index: CatalogueIndex) -> None:
    fact = known_fact(("flat, I think", "my flat feet"))
    text = Page(profile_html(known(fact), Names("en", shoes_index))).text
    assert text.index("my flat feet") < text.index("said before (1)") < text.index("flat, I think")
    assert "Feb 28, 2026" in text


def test_what_stands_of_a_fact(shoes_index: CatalogueIndex) -> None:
    def told(fact: ProfileFact, days: int = 0) -> str:
        shown = Known(known().consent, [fact], START + timedelta(days=days))
        return Page(profile_html(shown, Names("en", shoes_index))).text

    assert "pinned by you" in told(known_fact(pinned=True), days=9_999)
    assert "too long ago to be used" in told(known_fact(), days=9_999)
    corrected = told(known_fact(origin="shopper", confidence=1.0))
    assert "corrected by you · Mar 1, 2026" in corrected
    assert "my flat feet" not in corrected


def test_a_button_for_everything(shoes_index: CatalogueIndex) -> None:
    names = Names("en", shoes_index)
    page = Page(profile_html(known(known_fact()), names))
    own = ["correct", "pin", "delete"]
    assert page.acts() == [*own, "interests", "learning_off", "ask_erase"]
    assert ("a", "my-data.json") in [(tag, given.get("href")) for tag, given in page.tags]
    labels = [given["aria-label"] for _, given in page.tags if given.get("data-fact") == "f"]
    assert labels == ["Save: feet flat feet", "Pin: feet flat feet", "Delete: feet flat feet"]
    off = Page(profile_html(known(known_fact(pinned=True), learning=False), names))
    assert off.acts() == ["correct", "unpin", "delete", "interests", "learning_on", "ask_erase"]
    erasing = Page(profile_html(known(erasing=True), names))
    assert erasing.acts() == ["erase", "show"]
    assert Page(profile_html(Known(None, (), START), names)).acts() == ["ask"]
    assert Page(interests_html("<p>…</p>", names)).acts() == ["hide_interests"]


@pytest.mark.parametrize(("language", "said"), [("en", "keep nothing"), ("zh", "什么都不保存")])
def test_the_notice_is_whole_and_both_answers_look_alike(language: str, said: str) -> None:
    page = Page(consent_html(Names(language)))  # type: ignore[arg-type]
    whole = notice().en if language == "en" else notice().zh
    assert whole.replace(" ", "") in page.text.replace(" ", "")
    assert said in page.text
    buttons = [given for tag, given in page.tags if tag == "button"]
    assert [given["data-act"] for given in buttons] == ["agree", "decline"]
    assert buttons[0]["data-value"] == notice().version
    assert buttons[0]["class"] == buttons[1]["class"]


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(["=", "!=", "<=", ">="]))
def test_no_fact_brings_markup(value: str, field: str, op: str) -> None:
    for text in (value, EVIL):
        fact = known_fact((text, text), id=text, field=field or EVIL, op=op, value=text)
        html = profile_html(known(fact, said=Said(text)), Names("en"))
        page = Page(html)
        assert {tag for tag, _ in page.tags} <= OURS
        assert not [name for _, given in page.tags for name in given if name.startswith("on")]


def test_hostile_words_are_shown_as_they_are(shoes_index: CatalogueIndex) -> None:
    fact = known_fact((EVIL,), field=EVIL, value=EVIL)
    names = Names("en", shoes_index)
    need = Need(must=(Wish(field="brand", op="=", value=EVIL, quote=EVIL, turn=1),))
    for html in (profile_html(known(fact), names), need_html(need, names)):
        page = Page(html)
        assert EVIL in page.text
        assert {tag for tag, _ in page.tags} <= OURS


def test_wishes_are_chips_with_their_quotes(shoes_index: CatalogueIndex) -> None:
    need = Need(
        must=(
            Wish(field="price", op="<=", value=120.0, quote="under $120", turn=1),
            Wish(field="need", op="=", value="flat-feet", quote="flat feet", turn=1),
        ),
        prefer=(Wish(field="price", op="<=", value=0.0, quote="cheapest", turn=1, sort="asc"),),
        exclude=(Wish(field="brand", op="!=", value="Nike", quote="no Nike", turn=1),),
        unmatched=(Unmatched(field="brand", value="Zara", quote="Zara"),),
    )
    english = Page(need_html(need, Names("en", shoes_index))).text
    for part in ("price up to $120", "under $120", "lowest price first", "not Nike", "Zara"):
        assert part in english
    chinese = Page(need_html(need, Names("zh", shoes_index))).text
    assert "不超过 $120" in chinese
    assert "扁平足" in chinese


def test_what_the_shop_knows_is_offered(shoes_index: CatalogueIndex) -> None:
    assert choices("size", Names("en", shoes_index)) == ["42", "43"]
    assert choices("foot_type", Names("en", shoes_index)) == ["flat feet"]
    assert choices("foot_type", Names("zh", shoes_index)) == ["扁平足"]
    assert choices("mood", Names("en", shoes_index)) == []
    assert choices("size", Names("en")) == []


def test_a_correction_is_understood(shoes_index: CatalogueIndex) -> None:
    zh, en = Names("zh", shoes_index), Names("en", shoes_index)
    feet = known_fact(value="high arches")
    assert meant("扁平足", feet, zh) == "flat feet"
    assert meant("Flat-Footed", feet, en) == "flat feet"
    assert meant("bunions", feet, en) == "bunions"
    brand = known_fact(field="brand", value="Nike")
    assert meant("asics", brand, en) == "Asics"
    assert meant("Zara", brand, en) == "Zara"
    price = known_fact(field="price", op="<=", value="120")
    assert fact_text(price, en) == "up to $120"
    assert meant("$120", price, en) == "120"
    assert meant("about 95,50 €", price, en) == "95.50"
    with pytest.raises(BadInput, match="number"):
        meant("cheap", price, en)
    assert fact_text(known_fact(field="price", op="<=", value="?"), en) == "up to ?"


@given(st.text(max_size=300) | st.none() | st.integers() | st.binary(max_size=20))
def test_nothing_but_a_wish_is_read(sent: object) -> None:
    assert Wanted.read(sent) is None


def test_a_wish_is_read() -> None:
    assert Wanted.read('{"act": "pin", "fact": "f"}') == Wanted(act="pin", fact="f")
    assert Wanted.read(json.dumps({"act": "pin", "fact": "f" * 201})) is None
    assert Wanted.read(json.dumps({"act": "pin", "fact": "f", "more": 1})) is None
    assert Wanted.read("[" * 3_999) is None
    assert Wanted.read(json.dumps({"act": "correct", "value": "x" * 5_000})) is None
