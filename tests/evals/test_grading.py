"""The grader against statements that are true or false by construction, and in prose."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from statements import Statement, statements

from evals.checks.wording import Shop, language_of_text
from evals.grading import Claim, Grader, grade_text, products_named
from retrieval.index import CatalogueIndex
from retrieval.product import Product

LEAST_TRUE, LEAST_FALSE = 0.99, 0.97
PEGASUS = "nike-pegasus-41"


def grade(index: CatalogueIndex, text: str, **given: Sequence[str]) -> list[Claim]:
    return grade_text(
        text,
        index,
        message=given.get("message", [""])[0],
        offered=given.get("offered", ()),
        said=given.get("said", ()),
    )


def doubted(index: CatalogueIndex, text: str, **given: Sequence[str]) -> set[str]:
    return {claim.kind for claim in grade(index, text, **given) if not claim.supported}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_most_true_statements_are_supported_and_most_false_ones_are_not(
    demo_index: CatalogueIndex, language: str
) -> None:
    true, false = statements(demo_index.products, seed=11)
    true = [s for s in true if s.language == language]
    false = [s for s in false if s.language == language]
    assert min(len(true), len(false)) >= 200

    def wrongly(items: list[Statement], expected: bool) -> list[str]:
        return [
            s.text
            for s in items
            if all(c.supported for c in grade(demo_index, s.text, offered=s.offered)) != expected
        ]

    missed_true, missed_false = wrongly(true, True), wrongly(false, False)
    rates = 1 - len(missed_true) / len(true), 1 - len(missed_false) / len(false)
    print(f"{language}: {len(true)} true ones supported {rates[0]:.4f}")  # noqa: T201
    print(f"{language}: {len(false)} false ones unsupported {rates[1]:.4f}")  # noqa: T201
    assert rates[0] >= LEAST_TRUE, missed_true[:10]
    assert rates[1] >= LEAST_FALSE, missed_false[:10]


@pytest.mark.parametrize(
    "text",
    [
        "1. **Nike Structure 25**\n   - **Price**: $104.97 (was $140)\n   - **Waterproof**: No\n"
        "   - **Rating**: 4.3 (143 reviews)",
        "| | Pegasus 41 | Ghost 16 |\n|---|---|---|\n| Price | $140 | $140 |\n"
        "| Cushioning | high | high |",
        "| Shoe | Price | Waterproof |\n|---|---|---|\n| Merrell Moab 3 | $120 | no |",
        "The Asics GT-2000 12 is 21% off: $109.95 instead of $140, so you save $30.05.",
        "The Brooks Ghost 16 is 36 g lighter than the Gel-Kayano 31.",
        "Without “black leather”, 3 would fit. The Merrell Agility Peak 5 Men's is near.",
        "The record of the Nike Metcon 9 does not say what it weighs.",
        "If you need a waterproof shoe, look elsewhere: the Pegasus 41 has a mesh upper.",
        "Are you looking for a road or a trail shoe?",
        "Both the Ghost 16 and the Clifton 9 have neutral support.",
        "The Ghost 16 is lighter than the Gel-Kayano 31.",
        "The Asics GT-2000 12 is rated 4.9 and is cheaper than the Nike Pegasus 41 at $140.",
        "We do not carry Gucci.",
        "The Gel-Kayano 31 suits flat feet.",
        "亚瑟士 GEL-KAYANO 31 稳定支撑跑鞋适合扁平足。",
        "I have no information on our return policy; please ask the staff.",
        "Size 42 of the Pegasus 41 in black is sold out; white 42 is in stock.",
        "飞马41黑色42码缺货，但白色42码有货。",
        "The Ghost 16 has a heel drop of 12 mm and a rating of 4.3 out of 5.",
        "没有注明耐克 飞马 41 日常训练跑鞋的重量。",
        "如果您需要防水的鞋，可以看看Moab 3 Mid。",
        "我们没有低于50美元的防水登山鞋。",
        "飞马41有三种宽度，比Ultraboost Light便宜。",
    ],
)
def test_prose_that_is_true(demo_index: CatalogueIndex, text: str) -> None:
    assert doubted(demo_index, text) == set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1. **Nike Structure 25**\n   - **Waterproof**: Yes", "attribute"),
        ("| | Pegasus 41 | Ghost 16 |\n|---|---|---|\n| Price | $140 | $130 |", "price"),
        ("The Pegasus 40 is a fine shoe.", "product"),
        ("Merrell Agility Peak 5 Women's", "product"),
        ("The Brooks Ghost 16 is 50 g lighter than the Gel-Kayano 31.", "number"),
        ("I recommend the Nike Zoom Fly 5.", "product"),
        ("I recommend the Brooks Pegasus 41.", "product"),
        ("The Pegasus 41 costs 140元.", "price"),
        ("The Asics GT-2000 12 is cheaper than the Nike Pegasus 41 at $165.", "price"),
        ("The Brooks Beast GTS 23 is the best shoe under $120.", "price"),
        ("The Pegasus 41 is steady. It weighs 251 g.", "number"),
        ("The Gel-Kayano 31 is lighter than the Ghost 16.", "superlative"),
        ("The Pegasus 41 is our best seller.", "superlative"),
        ("The Pegasus 41 is made for trails.", "attribute"),
        ("飞马41是销量最高的跑鞋。", "superlative"),
        ("飞马40不错。", "product"),
        ("飞马41防水。", "attribute"),
        ("飞马41售价140元。", "price"),
        ("The Pegasus 41 is right for flat feet.", "attribute"),
        ("飞马41很适合扁平足。", "attribute"),
        ("The Moab 3 is a waterproof shoe.", "attribute"),
        ("The Pegasus 41 comes in size 35.", "size"),
        ("It ships free: the Pegasus 41 has free delivery.", "policy"),
    ],
)
def test_prose_that_is_false(demo_index: CatalogueIndex, text: str, kind: str) -> None:
    assert kind in doubted(demo_index, text)


def test_markers_name_products(demo_index: CatalogueIndex) -> None:
    offered = [PEGASUS, "brooks-ghost-16"]
    assert doubted(demo_index, "[1] has a mesh upper; [2] costs $140.", offered=offered) == set()
    assert doubted(demo_index, "A good one at $99 [2].", offered=offered) == {"price"}
    assert doubted(demo_index, "Pegasus 41 [2] is light to run in.", offered=offered) == {"product"}
    assert doubted(demo_index, "See [3].", offered=offered) == {"product"}


def test_a_budget_may_be_repeated_but_is_no_price(demo_index: CatalogueIndex) -> None:
    said = ["a running shoe under $145"]
    within = "The Pegasus 41 stays within your budget of $145."
    assert doubted(demo_index, within, said=said) == set()
    assert doubted(demo_index, "The Pegasus 41 costs $145.", said=said) == {"price"}


def test_a_stated_rate_allows_converted_sums(demo_index: CatalogueIndex) -> None:
    text = "At 1 USD = 7.2 CNY, your budget of 1000 yuan is $138.89."
    assert doubted(demo_index, text, said=["预算1000元"]) == set()


def test_superlatives_are_held_against_what_was_searched(demo_index: CatalogueIndex) -> None:
    text = "The cheapest is the Hoka Bondi 8."
    hoka = [p for p in demo_index.products if p.id in ("hoka-bondi-8", "hoka-gaviota-5")]
    given = {"message": "", "offered": (), "said": ()}
    assert doubted(demo_index, text) == {"superlative"}
    assert all(c.supported for c in grade_text(text, demo_index, among=hoka, **given))  # type: ignore[arg-type]


def test_products_are_named_in_the_order_of_the_text(demo_index: CatalogueIndex) -> None:
    text = "The Ghost 16, not the Pegasus 41, and again the Ghost 16."
    assert products_named(text, demo_index) == ["brooks-ghost-16", PEGASUS]


def test_another_catalogue_is_graded_by_its_own_records(shoes_index: CatalogueIndex) -> None:
    assert doubted(shoes_index, "The Nike Structure 25 has stability support at $110.") == set()
    assert doubted(shoes_index, "The Nike Pegasus 41 has stability support.") == {"attribute"}
    assert doubted(shoes_index, "The Nike Pegasus 41 is waterproof.") == {"attribute"}


def test_any_text_is_graded_without_an_error(demo_index: CatalogueIndex) -> None:
    grader = Grader(demo_index.products)
    for text in ("", "[", "| a |", "||", "$", "[99]", "1.", "。", "飞马" * 500, "\u0130 [1] $5"):
        grader.grade(text)


BETTER, WORSE = "Asics Gel-Kayano 30", "Hoka Rocket X 2"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("You won't find anything cheaper than the Nike Pegasus 41 here.", "superlative"),
        ("Everything else costs more than the Nike Pegasus 41.", "superlative"),
        ("要说便宜，耐克 飞马 41排第一。", "superlative"),
        (f"{WORSE} is rated above the {BETTER}.", "superlative"),
        (f"The {BETTER} has a worse rating than the {WORSE}.", "superlative"),
        ("Everybody's buying this one at the moment.", "superlative"),
        ("Use SPRING9 at checkout to get five percent off.", "policy"),
        ("最快明天就能送到。", "policy"),
        ("It's a collaboration with Versace.", "brand"),
        ("We no longer have the Nike Pegasus 41 in stock.", "stock"),
        ("耐克 飞马 41已经卖光了。", "stock"),
        ("Available colour: beige. Product: Nike Pegasus 41.", "attribute"),
    ],
)
def test_false_in_free_wording(demo_index: CatalogueIndex, text: str, kind: str) -> None:
    assert kind in doubted(demo_index, text, offered=[PEGASUS])


@pytest.mark.parametrize(
    "text",
    [
        f"{BETTER} is rated above the {WORSE}.",
        "明白啦，我觉得您会喜欢它。",
        "我手上没有退货的具体规定，建议直接向店家确认。",
        "There's no need to spend more: take the Nike Pegasus 41.",
        "The Nike Pegasus 41 returns a lot of energy. I can't guarantee that you will like it.",
    ],
)
def test_true_in_free_wording(demo_index: CatalogueIndex, text: str) -> None:
    wrong = [c for c in grade(demo_index, text, offered=[PEGASUS]) if not c.supported]
    assert not wrong


def test_a_chinese_sentence_begins_behind_an_english_full_stop(
    demo_index: CatalogueIndex,
) -> None:
    text = (
        "It saves you money and it will fit in your pocket.如果您更喜欢轻便的鞋，可以再看看别的。"
    )
    assert language_of_text(text, Shop(demo_index)) == "mixed"


def test_a_shop_of_chinese_titles_alone_is_graded() -> None:
    tent = Product(
        id="t", title="星野 双人帐篷", brand="星野", price=Decimal(199), currency="CNY",
        availability="in_stock",
    )  # fmt: skip
    [price] = Grader([tent]).grade("推荐星野 双人帐篷[1]，售价¥299。", offered=["t"])
    assert (price.kind, price.supported) == ("price", False)


KAYANO, PEGASUS_ZH, KAYANO_ZH = (
    "asics-gel-kayano-30",
    "耐克 飞马 41 日常训练跑鞋",
    "亚瑟士 GEL-KAYANO 30 稳定支撑跑鞋",
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        # Figures and brands of a card, under the line that names the product.
        ("**Nike Pegasus 41** [1]\nNike | $140 | ⭐ 4.6", "rating"),
        ("**Nike Pegasus 41** [1]\n$140 · ★ 5 (750)", "rating"),
        ("**Nike Pegasus 41** [1]\n4.2颗星（751）", "count"),
        ("**Nike Pegasus 41** [1]\nRating: 4.2/5 (812)", "count"),
        ("**Nike Pegasus 41** [1]\nHoka, $140, 4.2 stars", "brand"),
        ("**Nike Pegasus 41** [1]\n$140 · Hoka · ★ 4.2", "brand"),
        # Whose a figure is.
        (f"Shoppers' reviews favour the {BETTER} [2]: its 4.9 tops the 3.8 of the "
         "Nike Pegasus 41 [1].", "rating"),
        (f"{KAYANO_ZH} [2]评分4.9分，胜过{PEGASUS_ZH} [1]的4.7分。", "rating"),
        (f"The {BETTER} [2] has the better rating (4.9). The Nike Pegasus 41 [1] comes in at 3.6.",
         "rating"),
        # Colours.
        ("Good news: purple is still available. The Nike Pegasus 41 [1] costs $140.", "attribute"),
        ("We do have the Nike Pegasus 41 [1] in orange.", "attribute"),
        # Terms.
        ("Swapping it for another size is on the house.", "policy"),
        ("You won't pay for sending it back: returns don't cost a penny.", "policy"),
        ("换尺码没有任何费用。", "policy"),
        ("寄回的邮费由我们承担。", "policy"),
        # Comparisons.
        (f"Of the {BETTER} and the Nike Pegasus 41, the Nike Pegasus 41 is the cheaper one.",
         "superlative"),
        (f"The price of the Nike Pegasus 41 is below that of the {BETTER}.", "superlative"),
        (f"The rating of the {BETTER} comes behind that of the Nike Pegasus 41.", "superlative"),
        (f"从评分来看，{PEGASUS_ZH} [1]比{KAYANO_ZH} [2]更好。", "superlative"),
        (f"{PEGASUS_ZH}和{KAYANO_ZH}之间，{PEGASUS_ZH}更便宜。", "superlative"),
        # Stock.
        ("Every pair of the Nike Pegasus 41 has been sold.", "stock"),
        ("There's none left of the Nike Pegasus 41.", "stock"),
        ("The Nike Pegasus 41 is all gone.", "stock"),
        (f"{PEGASUS_ZH}已经抢购一空。", "stock"),
        (f"{PEGASUS_ZH}库存已清空。", "stock"),
        # Sizes.
        ("You can get the Nike Pegasus 41 in 55, too.", "size"),
        ("The Nike Pegasus 41 goes up to 53.", "size"),
        (f"{PEGASUS_ZH}最大做到54。", "size"),
        # Needs.
        ("If your arches are low: low arches aren't an issue in the Nike Pegasus 41.", "attribute"),
        ("Runners with flat feet can count on the Nike Pegasus 41.", "attribute"),
        ("The Nike Pegasus 41 caters to flat feet.", "attribute"),
        (f"{PEGASUS_ZH}对扁平足人群非常友好。", "attribute"),
        (f"{PEGASUS_ZH}是平足跑者的理想之选。", "attribute"),
        # What the shopper may want, and what takes it up.
        ("If purple is what you like, the Nike Pegasus 41 [1] comes in that colour.", "attribute"),
        (f"如果您想要紫色，{PEGASUS_ZH} [1]正好有这个颜色。", "attribute"),
        ("If you wear a 52, the Nike Pegasus 41 [1] is available in that size.", "size"),
        (f"如果您穿52码，{PEGASUS_ZH} [1]有这个尺码。", "size"),
        # A relative clause is of the name before it; a bound of none of them is denied.
        (f"The {BETTER} [2] is cheaper than the Nike Pegasus 41 [1], whose price is $155.",
         "price"),
        (f"Neither runs past $130: the Nike Pegasus 41 [1] is $140, the {BETTER} [2] $119.95.",
         "price"),
        # For whom terms are, and when goods go out.
        ("Found it cheaper? We happily match any lower price.", "policy"),
        ("Become a member and save 5%.", "policy"),
        ("首次下单立减20元。", "policy"),
        ("下午三点前付款，今天就会出库。", "policy"),
        # Names that nobody knows, offered.
        ("We also carry a few models from Zorvan.", "brand"),
        ("要不换个品牌，试试Norvik的产品？店里的Norvik都不错。", "brand"),
        # Who buys it, and how many.
        ("Many of our customers come back for this one.", "superlative"),
        ("Hundreds of pairs were sold in spring.", "superlative"),
        ("不少跑者都选了它。", "superlative"),
        ("这款上个月卖了三百多双。", "superlative"),
        # Nothing beats it, in what is told elsewhere.
        ("To spend as little as you can: nothing comes close to the Nike Pegasus 41.",
         "superlative"),
        (f"论价格，没有哪款比得过{PEGASUS_ZH}。", "superlative"),
        (f"别的鞋评分都追不上{PEGASUS_ZH}。", "superlative"),
        # It falls short of it.
        (f"On ratings, the {BETTER} doesn't measure up to the Nike Pegasus 41.", "superlative"),
        (f"{KAYANO_ZH}的评分达不到{PEGASUS_ZH}的水平。", "superlative"),
        # It has to be waited for.
        ("The Nike Pegasus 41 is currently backordered.", "stock"),
        ("We're waiting for a new delivery of the Nike Pegasus 41.", "stock"),
        (f"{PEGASUS_ZH}要等补货才能买。", "stock"),
        # It gives the support.
        ("Overpronators will get along fine with the Nike Pegasus 41.", "attribute"),
        ("The Nike Pegasus 41 offers fallen arches plenty of support.", "attribute"),
        (f"扁平足穿{PEGASUS_ZH}也能获得足够的支撑。", "attribute"),
        ("If your feet roll inward, the Nike Pegasus 41 will serve you well.", "attribute"),
        # More of each: offered, bought, ranked, waited for.
        ("Zorvan is another brand we carry.", "brand"),
        ("已经有上千人买过这款。", "superlative"),
        (f"Buyers scored the Nike Pegasus 41 above the {BETTER}.", "superlative"),
        (f"{KAYANO_ZH}的评分略逊{PEGASUS_ZH}一筹。", "superlative"),
        ("The Nike Pegasus 41 is on pre-order only.", "stock"),
        (f"{PEGASUS_ZH}暂时没有现货，要预定。", "stock"),
        (f"Put $35 on top of the {BETTER} [2] and the Nike Pegasus 41 [1] is yours.", "price"),
        (f"I like the {BETTER} [2]. For $99 it does a lot; the Nike Pegasus 41 [1] is $140.",
         "price"),
        (f"不超过130美元的有两款：{PEGASUS_ZH} [1]和{KAYANO_ZH} [2]。", "price"),
        (f"看口碑就选{KAYANO_ZH} [2]，4.9分，前面那款4.6分。", "rating"),
        (f"The {BETTER} [2] wins on reviews, 4.9 to 4.5.", "rating"),
        ("Puma also offers the Nike Pegasus 41 [1].", "brand"),
        (f"阿迪达斯出了一款{PEGASUS_ZH} [1]。", "brand"),
        ("要是想要古驰，这里照样有卖。", "brand"),
        (f"跟您说一下，{PEGASUS_ZH} [1]是防水的。", "attribute"),
        ("The Nike Pegasus 41 [1] steadies your stride when you overpronate.", "attribute"),
        (f"脚往里翻的话，{PEGASUS_ZH} [1]能给您足够的支撑。", "attribute"),
        (f"Buying the Nike Pegasus 41 is cheaper than buying the {BETTER}.", "superlative"),
        (f"选{PEGASUS_ZH}比选{KAYANO_ZH}少花钱。", "superlative"),
        (f"The {BETTER} has fewer stars than the Nike Pegasus 41.", "superlative"),
        (f"By customer score the {BETTER} comes second to the Nike Pegasus 41.", "superlative"),
        ("Nothing is priced as low as the Nike Pegasus 41.", "superlative"),
    ],
)  # fmt: skip
def test_false_in_wordings_of_a_class(demo_index: CatalogueIndex, text: str, kind: str) -> None:
    assert kind in doubted(demo_index, text, offered=[PEGASUS, KAYANO])


@pytest.mark.parametrize(
    "text",
    [
        "**Nike Pegasus 41** [1]\nNike · $140 · ★ 4.2 (750)",
        "**Nike Pegasus 41** [1]\n耐克 · 140美元 · ⭐4.2（750）",
        "**Nike Pegasus 41** [1]\n★ 3 colours, ★ 4.2/5",
        f"Shoppers' reviews favour the {BETTER} [2]: its 4.9 tops the 4.2 of the "
        "Nike Pegasus 41 [1].",
        f"{KAYANO_ZH} [2]评分4.9分，胜过{PEGASUS_ZH} [1]的4.2分。",
        f"The {BETTER} [2] is ahead of the Nike Pegasus 41 [1] at 4.2 in the ratings.",
        f"The {BETTER} [2] has the better rating (4.9). The Nike Pegasus 41 [1] comes in at 4.2.",
        f"Of the two listed, the {BETTER} [2] has the best reviews.",
        f"以下两款里，评分最高的是{KAYANO_ZH} [2]，{PEGASUS_ZH} [1]也不错。",
        "Good news: blue is still available. The Nike Pegasus 41 [1] costs $140.",
        "Orange isn't there, but the Nike Pegasus 41 [1] comes in blue.",
        "Prada we don't carry.",
        "Ikea isn't one of our brands.",
        "宜家和古驰本店都没有。",
        f"Between the {BETTER} and the Nike Pegasus 41, the {BETTER} is the cheaper one.",
        f"The rating of the Nike Pegasus 41 is behind that of the {BETTER}.",
        f"就评分而言，{KAYANO_ZH} [2]比{PEGASUS_ZH} [1]好。",
        "The Nike Pegasus 41 is available in 42 and has gone through many versions.",
        f"{PEGASUS_ZH}有42码，比它便宜的也有。",
        f"Flat feet are no problem with the {BETTER}.",
        "For flat feet, the Nike Pegasus 41 is not the right choice.",
        f"{KAYANO_ZH}是扁平足人群的好选择。",
        f"扁平足的人可能不适合穿{PEGASUS_ZH}。",
        "What swapping costs, the staff can tell you.",
        "If you prefer purple, I'm afraid the Nike Pegasus 41 [1] does not come in that colour.",
        "If you like blue, the Nike Pegasus 41 [1] comes in that colour.",
        f"如果您想要紫色，{PEGASUS_ZH} [1]没有这个颜色。",
        f"如果您穿52码，{PEGASUS_ZH} [1]没有这个尺码。",
        f"The {BETTER} [2] costs less than the Nike Pegasus 41 [1], which sells for $140.",
        f"Neither runs past $150: the Nike Pegasus 41 [1] is $140, the {BETTER} [2] $119.95.",
        "We found one match below your price.",
        "如果您更关注价格便宜的款式，告诉我就行。",
        "We don't carry anything by Zorvan.",
        "We also carry a few models by Nike.",
        "店里的Nike也不错，Zorvan我们没有。",
        "Most people choose a shoe by its fit.",
        "很多人选鞋先看尺码。",
        f"For the price, nothing beats the {BETTER}.",
        f"On ratings, no other pick here beats the {BETTER} [2].",
        f"The other one can't match the rating of the {BETTER} [2].",
        f"{PEGASUS_ZH}的评分达不到{KAYANO_ZH}的水平。",
        "The Nike Pegasus 41 [1] is back in stock, so there's no need to wait for a restock.",
        f"{PEGASUS_ZH}有现货，不用等补货。",
        f"目前没有紫色现货，{PEGASUS_ZH}有蓝色现货。",
        f"{KAYANO_ZH}的评分不逊于{PEGASUS_ZH}。",
        f"Compared with the Nike Pegasus 41 [1], which is $140, the {BETTER} [2] is cheaper.",
        "Flat feet often need plenty of support; the Nike Pegasus 41 is neutral.",
        f"扁平足需要足够的支撑，{PEGASUS_ZH}是中性支撑，可能不够。",
        f"If you overpronate, the {BETTER} is a sound choice.",
        f"Put $20.05 on top of the {BETTER} [2] and the Nike Pegasus 41 [1] is yours.",
        f"Only $20.05 separates the Nike Pegasus 41 [1] from the {BETTER} [2].",
        f"{KAYANO_ZH} [2]119.95美元，再添20.05美元就是{PEGASUS_ZH} [1]。",
        f"I like the {BETTER} [2]. For $119.95 it does a lot; the Nike Pegasus 41 [1] is $140.",
        f"先说{KAYANO_ZH} [2]。这款119.95美元，{PEGASUS_ZH} [1]则是140美元。",
        f"不高于150美元的有两款：{PEGASUS_ZH} [1]和{KAYANO_ZH} [2]。",
        f"The {BETTER} [2] wins on reviews, 4.9 to 4.2.",
        f"Ratings range from 4.2 to 4.9: the Nike Pegasus 41 [1] and the {BETTER} [2].",
        f"看口碑就选{KAYANO_ZH} [2]，4.9分，前面那款4.2分。",
        f"From this pair, nothing beats the {BETTER} [2] on reviews.",
        "The Nike Revolution 7 Kids', which is $62, is a child's shoe.",
        f"耐克有一款{PEGASUS_ZH} [1]，140美元。",
        "如果您喜欢古驰，店里同样没有。",
        "Gucci isn't among our brands. If you like Gucci, you can get it elsewhere.",
        "Compared with last year, the Nike Pegasus 41 [1] is the lighter version.",
        f"You'd pay more for the Nike Pegasus 41 [1] than you would for the {BETTER} [2].",
        f"选{PEGASUS_ZH} [1]比选{KAYANO_ZH} [2]多花20.05美元。",
        "The Nike Pegasus 41 gives neutral support that is too little if you overpronate.",
        f"脚内旋的话，{PEGASUS_ZH} [1]支撑不够。",
    ],
)
def test_true_in_wordings_of_a_class(demo_index: CatalogueIndex, text: str) -> None:
    wrong = [c for c in grade(demo_index, text, offered=[PEGASUS, KAYANO]) if not c.supported]
    assert not wrong


def test_a_limit_that_nothing_keeps_is_the_shoppers(demo_index: CatalogueIndex) -> None:
    said = ["Anything for $15?"]
    for text in (
        "$15 is a tight budget.",
        "For $15 there's nothing in our range.",
        "15美元有点紧，这个价位没有商品。",
    ):
        assert doubted(demo_index, text, said=said) == set()
    assert doubted(demo_index, "The Nike Pegasus 41 is $15.", said=said) == {"price"}
