"""The check of each sentence: lies are stopped, truths pass, in both languages."""

from collections.abc import Callable

import pytest
from test_need import after

from assistant.claims import ClaimChecker, split_sentences
from assistant.evidence import Evidence
from assistant.need import plan_search
from assistant.reply import Language
from retrieval.index import CatalogueIndex

KAYANO, STRUCTURE, PEGASUS = "asics-kayano", "nike-structure", "nike-pegasus"


@pytest.fixture
def evidence(shoes_index: CatalogueIndex) -> Callable[[Language], Evidence]:
    """Nike Structure (pick, $110, was $140), Asics Kayano ($165), Nike Pegasus ($130, neutral)."""

    def make(language: Language) -> Evidence:
        need = after(shoes_index, "running shoes under $170")
        products = [shoes_index.get(id) for id in (STRUCTURE, KAYANO, PEGASUS)]
        return Evidence(
            index=shoes_index,
            products=products,
            need=need,
            plan=plan_search(need, shoes_index),
            language=language,
            message="running shoes under $170",
            extremes={"price": (75.0, 165.0), "rating": (3.9, 4.7)},
            pick=STRUCTURE,
        )

    return make


TRUE_EN = [
    "The Nike Structure 25 [1] costs $110 and has stability support.",
    "Nike Structure 25 [1] is my pick at $110, within your $170.",
    "It weighs 280 g.",
    "The Asics Kayano 31 [2] costs $165 and is the best rated.",
    "The Nike Pegasus 41 [3] is neutral and costs $130.",
    "The Structure [1] is cheaper than the Kayano [2].",
    "The Kayano [2] costs $55 more than the Structure [1].",
    "The Structure [1] is cheaper than the Kayano [2] at $165.",
    "The Structure [1] is cheaper than the Kayano [2] ($165).",
    "Nike Structure 25 [1] is reduced from $140 to $110.",
    "The Asics Kayano 31 [2] comes in size 42.",
    "The Asics Kayano 31 [2] is rated 4.7 out of 5.",
    "Nike Structure 25 [1] suits flat feet.",
    "It also comes in wide.",
    "It does not come in size 48.",
]
LIES_EN = [
    "The Nike Structure 25 [1] costs $99.",
    "The Nike Structure 25 [1] costs $165.",
    "The Nike Structure 25 [2] has stability support.",
    "The Nike Pegasus 41 [3] has stability support.",
    "The Brooks Ghost 15 [1] costs $110.",
    "Nike Structure 25 [1] is the cheapest.",
    "The Nike Pegasus 41 [3] is the best rated.",
    "The Nike Pegasus 41 [3] is cheaper than the Structure [1].",
    # A price behind what another is compared with is no bound.
    "The Structure [1] is cheaper than the Kayano [2] at $140.",
    "The Structure [1] is cheaper than the Kayano [2] for $130.",
    "The Asics Kayano 31 [2] is the best choice for you.",
    "The Nike Pegasus 41 [3] is good for flat feet.",
    "The Nike Structure 25 [1] weighs 210 g.",
    "The Nike Structure 25 [1] ships free.",
    "It comes with a two-year warranty.",
    "The Nike Structure 25 [1] is breathable and durable.",
    "The Asics Kayano 31 [2] is on sale.",
    "The Asics Kayano 31 [2] comes in size 48.",
    "The Asics Kayano 31 [2] is rated 4.9.",
    "The Nike Structure 25 [1] is not neutral, and the Kayano [2] is neutral.",
    "Nike Structure 25 [7] costs $110.",
    "The Nike Structure 25 [1] does not come in size 42.",
    "The Nike Structure 25 [1] does not cost $99.",
    "耐克 支撑跑鞋 [1] 售价 110 美元，有支撑。",
    "The Nike Structure 25 [1] costs $110 and is highly rated.",
    # A figure of the shopper's, or of another field, is no figure of the product.
    "The Nike Structure 25 [1] has stability support and costs $170.",
    "The Nike Structure 25 [1] weighs 170 g.",
    "The Nike Structure 25 [1] was $170 before.",
    "The Nike Structure 25 [1] costs $140.",
    "The Nike Structure 25 [1] costs €110.",
    "The Nike Structure 25 [1] costs 110 euros.",
    "The Nike Structure 25 [1] has a heel drop of 110.",
    "The Nike Structure 25 [1] lasts 3 years.",
    "The Nike Structure 25 [1] costs a hundred dollars.",
    "The Nike Structure 25 [1] has twelve millimeters of drop.",
    # One true clause carries no false one.
    "The Nike Structure 25 [1] has stability support and will arrive tomorrow.",
    "The Asics Kayano 31 [2] has stability support and costs less than the Structure [1].",
    "The Asics Kayano 31 [2] has stability support and is softer than the Structure [1].",
    "The Nike Structure 25 [1] has stability support and eases your knees.",
    "The Nike Structure 25 [1] costs $110 and can be sent back within a month.",
    "The Nike Structure 25 [1] is half the price of the Kayano [2].",
    "Unlike the others, the Nike Structure 25 [1] comes in wide.",
    "The Nike Structure 25 [1] hardly offers support.",
    "The Nike Structure 25 [1] costs $110, see http://evil.example/x.",
    "![x](http://evil.example/a.png) The Nike Structure 25 [1] costs $110.",
    "The Asics Kayano 31 [2] comes in white in size 42.",
    "Runners agree that the Nike Structure 25 [1] is great.",
    "Doctors recommend the Nike Structure 25 [1].",
    "Every runner loves the Nike Structure 25 [1].",
    "You save $60 with the Nike Structure 25 [1].",
    "The Adidas Samba is a good alternative.",
    "The Nike Structure 25 [1] is black, and the Asics Kayano 31 [2] is white.",
]
TRUE_ZH = [
    "首选 耐克 支撑跑鞋 [1]，售价 $110。",
    "亚瑟士 稳定跑鞋 [2] 售价 $165，评分最高。",
    "它重 280 克。",
    "耐克 支撑跑鞋 [1] 比亚瑟士 稳定跑鞋 [2] 便宜 $55。",
    "耐克 支撑跑鞋 [1] 比亚瑟士 稳定跑鞋 [2] 的 $165 便宜。",
    "耐克 支撑跑鞋 [1] 适合扁平足。",
]
LIES_ZH = [
    "耐克 支撑跑鞋 [1] 售价 $99。",
    "耐克 支撑跑鞋 [1] 比亚瑟士 稳定跑鞋 [2] 的 $140 便宜。",
    "耐克 支撑跑鞋 [1] 比亚瑟士 稳定跑鞋 [2]（$140）便宜。",
    "耐克 飞马跑鞋 [3] 适合扁平足。",
    "耐克 支撑跑鞋 [1] 是最便宜的。",
    "耐克 支撑跑鞋 [1] 全国包邮。",
    "耐克 支撑跑鞋 [1] 重 200 克。",
    "耐克 支撑跑鞋 [1] 售价 $110，而且评分高。",
    "耐克 支撑跑鞋 [1] 现价 $140。",
    "耐克 支撑跑鞋 [1] 售价 110 元人民币。",
    "耐克 支撑跑鞋 [1] 售价 $170。",
    "亚瑟士 稳定跑鞋 [2] 是稳定型，比耐克 支撑跑鞋 [1] 便宜。",
    "耐克 支撑跑鞋 [1] 售价 $110，明天到货。",
    "耐克 支撑跑鞋 [1] 售价 $110，七天无理由退。",
    "耐克 支撑跑鞋 [1] 售价 $110，意大利制造。",
    "耐克 支撑跑鞋 [1] 性价比很高，质量很好。",
    "耐克 支撑跑鞋 [1] 售价一百块。",
    "耐克 支撑跑鞋 [1] 原价的五折。",
    "阿迪达斯也不错。",
    "亚瑟士 稳定跑鞋 [1] 售价 $165。",
    "The Nike Structure 25 [1] costs $110 and has stability support.",
    "亚瑟士 稳定跑鞋 [2] 有 48 码。",
    "亚瑟士 稳定跑鞋 [2] 没有 42 码。",
    "耐克 支撑跑鞋 [1] 符合您预算800元以内的要求。",
    "耐克 支撑跑鞋 [1] 透气又耐用。",
]


@pytest.mark.parametrize("sentence", LIES_EN)
def test_lies_in_english(evidence: Callable[[Language], Evidence], sentence: str) -> None:
    assert not ClaimChecker(evidence("en")).check(sentence).passes


@pytest.mark.parametrize("sentence", LIES_ZH)
def test_lies_in_chinese(evidence: Callable[[Language], Evidence], sentence: str) -> None:
    assert not ClaimChecker(evidence("zh")).check(sentence).passes


def test_truths_in_english(evidence: Callable[[Language], Evidence]) -> None:
    faults = {}
    for sentence in TRUE_EN:
        checker = ClaimChecker(evidence("en"))
        checker.check("The Nike Structure 25 [1] costs $110.")
        verdict = checker.check(sentence)
        if not verdict.passes:
            faults[sentence] = verdict.faults
    assert not faults


def test_truths_in_chinese(evidence: Callable[[Language], Evidence]) -> None:
    faults = {}
    for sentence in TRUE_ZH:
        checker = ClaimChecker(evidence("zh"))
        checker.check("耐克 支撑跑鞋 [1] 售价 $110。")
        verdict = checker.check(sentence)
        if not verdict.passes:
            faults[sentence] = verdict.faults
    assert not faults


def test_every_record_sentence_passes_its_own_check(demo_index: CatalogueIndex) -> None:
    """What code says of a product from its record must hold by the same rules."""
    faults = {}
    for language in ("en", "zh"):
        for product in demo_index.products:
            made = Evidence(
                index=demo_index,
                products=[product],
                need=after(demo_index, "shoes"),
                plan=plan_search(after(demo_index, "shoes"), demo_index),
                language=language,
                message="shoes",
                pick=product.id,
            )
            verdict = ClaimChecker(made).check(made.describe(product))
            if not verdict.passes:
                faults[made.describe(product)] = verdict.faults
    assert not faults


def test_a_citation_names_the_record(evidence: Callable[[Language], Evidence]) -> None:
    verdict = ClaimChecker(evidence("en")).check("The Asics Kayano 31 [2] costs $165.")
    assert [(c.marker, c.source, c.value) for c in verdict.citations] == [
        ("2", "product:asics-kayano#price", "165.0")
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It costs $1.50. It is white.", ["It costs $1.50.", "It is white."]),
        ("便宜。白色！", ["便宜。", "白色！"]),
        ("One\nTwo", ["One", "Two"]),
        ("", []),
    ],
)
def test_sentences(text: str, parts: list[str]) -> None:
    assert split_sentences(text) == parts
