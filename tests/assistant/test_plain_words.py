"""One true price carries nothing that plain words alone make up; truths beside it still pass."""

from collections.abc import Callable

import pytest
from recommended import recommend, wish
from test_need import after

from assistant.claims import ClaimChecker
from assistant.claims.fitness import is_right_for
from assistant.evidence import Evidence
from assistant.need import Need, plan_search
from assistant.opening import opening
from assistant.record_sentence import record_sentence
from assistant.reply import Language
from retrieval.index import CatalogueIndex

SHOWN = ("nike-structure", "asics-kayano", "nike-pegasus")

EN = [
    "The Nike Pegasus 41 [3] costs $130 and is bought a lot.",
    "The Nike Pegasus 41 [3] costs $130 and has nothing to complain about.",
    "The Nike Pegasus 41 [3] costs $130, and buyers are happy with it.",
    "The Nike Pegasus 41 [3] costs $130 with no trade-offs.",
    "The Nike Pegasus 41 [3] costs $130 and is sold in many shops.",
    "The Nike Pegasus 41 [3] costs $130 and comes in your colour.",
    "The Nike Pegasus 41 [3] is rated 4.2 and gets great reviews.",
    "Runners choose the Nike Pegasus 41 [3] at $130.",
    "Buyers rate the Nike Pegasus 41 [3] ahead of the Asics Kayano 31 [2].",
    "The Nike Pegasus 41 [3] gives extra support.",
    "The Nike Pegasus 41 [3] is equally good at $130.",
    "Prices start at $110 with the Nike Structure 25 [1].",
    "If you want to spend less, the Asics Kayano 31 [2] costs $165.",
    "The Nike Structure 25 [1] does not meet “under $170”.",
]
ZH = [
    "耐克 飞马跑鞋 [3] 售价 $130，买的人很多。",
    "耐克 飞马跑鞋 [3] 售价 $130，几乎没有不足。",
    "耐克 飞马跑鞋 [3] 售价 $130，买家都满意。",
    "耐克 飞马跑鞋 [3] 售价 $130，商店里有。",
    "耐克 飞马跑鞋 [3] 售价 $130，颜色和尺码都多。",
    "耐克 飞马跑鞋 [3] 售价 $130，评论很好。",
    "耐克 飞马跑鞋 [3] 售价 $130，同样不错。",
    "顾客给耐克 飞马跑鞋 [3] 的评分高于亚瑟士 稳定跑鞋 [2]。",
    "想省钱的话，可以选亚瑟士 稳定跑鞋 [2]。",
    "耐克 支撑跑鞋 [1] 起价 $110。",
]


@pytest.fixture
def evidence(shoes_index: CatalogueIndex) -> Callable[[Language], Evidence]:
    """Three pairs; others in the catalogue cost less."""

    def make(language: Language) -> Evidence:
        need = after(shoes_index, "running shoes under $170")
        return Evidence(
            index=shoes_index,
            products=[shoes_index.get(id) for id in SHOWN],
            need=need,
            plan=plan_search(need, shoes_index),
            language=language,
            message="running shoes under $170",
            extremes={"price": (75.0, 165.0), "rating": (3.9, 4.7)},
            pick=SHOWN[0],
        )

    return make


@pytest.mark.parametrize("sentence", EN)
def test_plain_words_that_claim(evidence: Callable[[Language], Evidence], sentence: str) -> None:
    assert not ClaimChecker(evidence("en")).check(sentence).passes


@pytest.mark.parametrize("sentence", ZH)
def test_plain_words_that_claim_in_chinese(
    evidence: Callable[[Language], Evidence], sentence: str
) -> None:
    assert not ClaimChecker(evidence("zh")).check(sentence).passes


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The Nike Pegasus 41 [3] is a good alternative at $130."),
        ("en", "If you can spend more, the Asics Kayano 31 [2] costs $165."),
        ("en", "The Asics Kayano 31 [2] is rated above the Nike Structure 25 [1]."),
        ("en", "Comfort is personal, so try them on if you can."),
        ("zh", "耐克 飞马跑鞋 [3] 是不错的选择，售价 $130。"),
        ("zh", "亚瑟士 稳定跑鞋 [2] 的评分高于耐克 支撑跑鞋 [1]。"),
        ("zh", "舒适度因人而异，最好试穿一下。"),
    ],
)
def test_what_is_true_beside_them(
    evidence: Callable[[Language], Evidence], language: Language, sentence: str
) -> None:
    assert ClaimChecker(evidence(language)).check(sentence).faults == ()


def test_half_of_what_speaks_for_a_need_is_too_little(demo_index: CatalogueIndex) -> None:
    entry = next(e for e in demo_index.advice if not e.require and len(e.prefer) > 1)
    columns = demo_index.columns
    some = demo_index.suiting(entry)
    told = [p for p in demo_index.products if all(p.values(c.field) for c in entry.prefer)]
    for product in told:
        row = demo_index.row(product.id)
        right = bool(columns.mask(entry.prefer)[row])
        assert is_right_for(entry, product, demo_index) == right
    half = [
        p for p in told if some[demo_index.row(p.id)] and not is_right_for(entry, p, demo_index)
    ]
    assert half
    need = Need(must=(wish("need", entry.id, entry.name("en")),))
    made = Evidence(
        index=demo_index,
        products=half[:1],
        need=need,
        plan=plan_search(need, demo_index),
        language="en",
        message=entry.name("en"),
        advice=[entry],
        pick=half[0].id,
    )
    said = f"{half[0].title} [1] is good for {entry.name('en')}."
    assert not ClaimChecker(made).check(said).passes


def test_what_the_shop_says_itself_passes(demo_index: CatalogueIndex) -> None:
    needs = [
        Need(prefer=(wish("brand", "Nike"),)),
        Need(must=(wish("category", "Hiking shoes"),), prefer=(wish("width", "extra wide"),)),
        Need(must=(wish("use", "walking"),), prefer=(wish("brand", "Asics"),)),
        Need(must=(wish("brand", "Adidas"),)),
    ]
    faults = {}
    for need in needs:
        made = recommend(demo_index, need, "en")
        assert made is not None
        checker = ClaimChecker(made)
        told = [opening(made)[0]]
        told += [record_sentence(made, product).text for product in made.products[1:]]
        faults |= {text: f for text in told if (f := checker.check(text).faults)}
    assert not faults
