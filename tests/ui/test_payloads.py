"""Two hundred ways to smuggle a script into the page, through everything that it shows."""

# The fixtures of the page stand in page_visit.
# ruff: noqa: F811

from datetime import timedelta
from decimal import Decimal

import pytest
from conftest import START
from page_visit import OpenPage, address, open_page  # noqa: F401
from payloads import CDN, payloads
from test_cards import OUR_TAGS, Tags

from assistant.comparing.table import ComparisonRow, ComparisonTable
from assistant.desk.cases import Standing
from assistant.need import Need, Wish
from assistant.profile.facts import Evidence, ProfileFact
from assistant.profile.memory import Consent
from assistant.reply import Citation, OfferedProduct, Reason
from assistant.threads import ThreadEntry
from retrieval.advice import Advice
from retrieval.product import Product, Variant
from tools.reading.fact import Unmatched
from ui.conversation import TurnView, notice_html, speaker_html, turn_html
from ui.names import Names
from ui.need_panel import need_html
from ui.profile_panel import Known, profile_html
from ui.record_sheet import advice_html, cited_html, record_html
from ui.sheet import comparison_sheet, sheet_html
from ui.thread_list import threads_html

OURS = OUR_TAGS | {"img", "input", "datalist", "option"}


def shown(text: str, *origins: str) -> str:
    """A text everywhere on the page where something comes from others."""
    names = Names("en", picture_origins=origins)
    record = Product.model_construct(
        id=text, title=text, title_zh=text, brand=text, category=(text,), price=Decimal(2),
        currency="USD", sale_price=Decimal(1), availability="in_stock", rating=4.0, rating_count=3,
        description=text, image_url=f"{CDN}/{text}", url=f"https://x.example/{text}",
        attributes={text: text}, variants=(Variant.model_construct(sku=text, size=text, color=text,
        price=None, availability="out_of_stock"),),
    )  # fmt: skip
    offered = OfferedProduct(
        id=text, title=text, price=1, currency="USD", image_url=text, url=text, score=1.0,
        reasons=[Reason(text=text, source=f"{kind}{text}", points=1.0) for kind in ("", "rule:")],
    )  # fmt: skip
    cited = [
        Citation(marker="1", source=f"{kind}:{text}#{text}", value=text)
        for kind in ("product", "advice", "policy", "order")
    ]
    table = ComparisonTable(
        products=[text, f"{text}2"], verdict=f"{text} [1]", depends_on=[text],
        rows=[ComparisonRow(field=text, label=text, values=[text, None], best=0)],
    )  # fmt: skip
    wish = Wish(field=text, op="=", value=text, quote=text, turn=1, note=text)
    need = Need(must=(wish,), unmatched=(Unmatched(field=text, value=text, quote=text),))
    turn = TurnView(
        message=text, text=f"{text} [1]", status=text, products=[offered], pick=text,
        citations=cited, comparison=table, choices=[text], people=[(text, text)], turn_id=text,
        thread_id=text, editable=True,
    )  # fmt: skip
    released = TurnView(message="", released=[wish])
    fact = ProfileFact(
        id=text, shopper_id=text, field=text, op="=", value=text, confidence=0.7, first_seen=START,
        last_seen=START,
        evidence=(Evidence(quote=text, thread_id=text, turn_id=text, time=START),) * 2,
    )  # fmt: skip
    known = Known(Consent(consented=START, notice="1", learning=True), [fact], START)
    entry = ThreadEntry(id=text, need=need, messages=[text], updated=START)
    plain = ThreadEntry(id=text, need=Need(), messages=[text], updated=START)
    advice = Advice.model_construct(
        id=text, words={"en": [text]}, trait=False, field="body", require=(), prefer=(),
        reason={"en": text}, source=text,
    )  # fmt: skip
    case = Standing(id="c", status="person", staff=text, after_hours=False)
    later = START + timedelta(days=1)
    return "".join([
        turn_html(turn, names), turn_html(turn, names, last=False), turn_html(released, names),
        need_html(need, names), profile_html(known, names), notice_html(text, retry=text),
        speaker_html(case, names), record_html(record, names, cited=cited),
        advice_html(advice, names), cited_html(cited, names), sheet_html(text, "", names),
        comparison_sheet(table, [record, record], names),
        threads_html([entry, plain.model_copy(update={"updated": later})], names, here=text),
        threads_html([plain], names, deleting=text),
    ])  # fmt: skip


def test_there_are_two_hundred() -> None:
    assert len(set(payloads())) == 200


@pytest.mark.parametrize("text", list(payloads()))
def test_what_comes_from_others_stays_text(text: str) -> None:
    for tag, attributes in Tags(shown(text, CDN)).tags:
        assert tag in OURS
        assert not any(name.startswith("on") for name in attributes)
        assert not str(attributes.get("href") or "").lower().startswith(("javascript", "data"))
        assert tag != "img" or str(attributes["src"]).startswith(f"{CDN}/")


@pytest.mark.page
@pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio.*")
def test_nothing_of_it_runs_or_loads(open_page: OpenPage) -> None:
    """The fixture fails where another host was asked, or a dialog came up."""
    page = open_page()
    foreign = "script, iframe, object, embed, form, link, base"
    found = page.evaluate(
        """async ([texts, foreign]) => {
          const place = document.querySelector("#sg-last");
          let found = 0;
          for (const text of texts) {
            place.innerHTML = text;
            found += place.querySelectorAll(foreign).length;
            await new Promise(go => setTimeout(go, 20));
          }
          return found;
        }""",
        [[shown(text) for text in payloads()], foreign],
    )
    assert found == 0
    page.wait_for_timeout(500)
    assert page.evaluate("window.hacked") is None
