"""The sentence gate against generated lies and truths, with no model."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal

import pytest
from conftest import START
from scripted_model import ScriptedModel, reading
from sentences import Said, lies, truths

from assistant.app import Assistant
from assistant.claims import ClaimChecker
from assistant.reply import DeltaEvent, Language
from retrieval.building import build_index
from retrieval.embedding import HashingEmbedder
from retrieval.index import CatalogueIndex
from retrieval.product import Product, Variant
from retrieval.words import Words

LANGUAGES: tuple[Language, ...] = ("en", "zh")
SEED = 20
LEAST = 260
PASSING = 0.97

_WORDS = Words.model_validate(
    {
        "labels": {
            "grinder": ["grinder", "磨豆器"],
            "milk_frother": ["milk frother", "奶泡器"],
            "tank_l": ["water tank", "水箱"],
            "weight_g": ["weight", "重量"],
            "hood": ["hood", "帽子"],
            "fill": ["fill", "填充"],
        },
        "values": {
            "category": {
                "Coffee machines": ["coffee machines", "coffee machine", "咖啡机"],
                "Jackets": ["jackets", "jacket", "外套"],
            },
            "brand": {
                "Moltano": ["莫塔诺"],
                "Verdin": ["维尔丁"],
                "Alpenrose": ["阿尔彭"],
                "Norrvik": ["诺维克"],
            },
            "grinder": {"burr": ["burr grinder", "锥刀磨豆器", "锥刀"]},
            "milk_frother": {"true": ["milk frother", "奶泡器"], "false": ["没有奶泡器"]},
            "hood": {"true": ["hood", "hooded", "帽子"], "false": ["without a hood", "没有帽子"]},
            "waterproof": {
                "true": ["waterproof", "防水"],
                "false": ["not waterproof", "不防水"],
            },
            "fill": {"down": ["羽绒"], "synthetic": ["synthetic fibre", "化纤"]},
            "color": {"black": ["黑色"], "red": ["红色"], "silver": ["银色"], "blue": ["蓝色"]},
        },
    }
)


def _machine(id: str, title: str, zh: str, price: str, rating: float, **has: object) -> Product:
    return Product.model_validate(
        {
            "id": id,
            "title": title,
            "title_zh": zh,
            "brand": title.split(" ")[0],
            "category": ("Kitchen", "Coffee machines"),
            "price": Decimal(price),
            "currency": "EUR",
            "rating": rating,
            "rating_count": 40 + len(title),
            "description": "Brews coffee at the press of a button.",
            "attributes": {"color": ["black", "silver"], **has},
        }
    )


def _jacket(id: str, title: str, zh: str, price: str, rating: float, **has: object) -> Product:
    sizes = (("S", "in_stock"), ("M", "in_stock"), ("L", "out_of_stock"))
    return Product.model_validate(
        {
            "id": id,
            "title": title,
            "title_zh": zh,
            "brand": title.split(" ")[0],
            "category": ("Clothing", "Jackets"),
            "price": Decimal(price),
            "sale_price": Decimal(price) - 20 if rating < 4.3 else None,
            "currency": "EUR",
            "rating": rating,
            "rating_count": 60 + len(title),
            "description": "A jacket for cool days.",
            "attributes": dict(has),
            "variants": [
                Variant.model_validate(
                    {"sku": f"{id}-{c}-{s}", "size": s, "color": c, "availability": a}
                )
                for c in ("red", "blue")
                for s, a in sizes
                if (c, s) != ("blue", "S")
            ],
        }
    )


@pytest.fixture(scope="module")
def goods_index(embedder: HashingEmbedder) -> CatalogueIndex:
    """Three coffee machines and three jackets, priced in euros."""
    products = [
        _machine("duo", "Moltano Barista Duo", "莫塔诺 Barista Duo 全自动咖啡机", "449", 4.6,
                 grinder="burr", milk_frother=True, tank_l=1.8, weight_g=9200.0),
        _machine("one", "Moltano Barista One", "莫塔诺 Barista One 咖啡机", "199", 4.1,
                 grinder="none", milk_frother=False, tank_l=1.2, weight_g=4100.0),
        _machine("piccola", "Verdin Piccola", "维尔丁 Piccola 咖啡机", "129.90", 4.4,
                 milk_frother=False, tank_l=0.8, weight_g=3300.0),
        _jacket("gletscher", "Alpenrose Gletscher", "阿尔彭 Gletscher 羽绒外套", "259", 4.7,
                fill="down", hood=True, waterproof=False, weight_g=410.0),
        _jacket("firn", "Alpenrose Firn", "阿尔彭 Firn 外套", "159", 4.2,
                fill="synthetic", hood=False, waterproof=True, weight_g=520.0),
        _jacket("sund", "Norrvik Sund", "诺维克 Sund 外套", "189", 4.0,
                fill="synthetic", hood=True, weight_g=610.0),
    ]  # fmt: skip
    return build_index(
        products, name="goods", embedder=embedder, source="tests", now=START, words=_WORDS
    )


@pytest.fixture(params=["demo", "shoes", "goods"])
def index(
    request: pytest.FixtureRequest,
    demo_index: CatalogueIndex,
    shoes_index: CatalogueIndex,
    goods_index: CatalogueIndex,
) -> CatalogueIndex:
    """Each catalogue in turn."""
    return {"demo": demo_index, "shoes": shoes_index, "goods": goods_index}[request.param]


def passes(said: Said) -> bool:
    """Whether the gate lets a sentence through, after the one that stands before it."""
    checker = ClaimChecker(said.evidence)
    if said.before:
        checker.check(said.before)
    return checker.check(said.sentence).passes


def listed(wrong: Sequence[Said], among: Sequence[Said]) -> str:
    """The sentences by kind, with how many of the kind there are."""
    total = Counter(said.kind for said in among)
    by_kind: dict[str, list[Said]] = defaultdict(list)
    for said in wrong:
        by_kind[said.kind].append(said)
    lines = [f"{len(wrong)} of {len(among)}"]
    for kind, group in by_kind.items():
        lines.append(f"{kind}: {len(group)} of {total[kind]}")
        lines += [f"    {said.sentence}    <- {said.note}" for said in group]
    return "\n".join(lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_of_either(demo_index: CatalogueIndex, language: Language) -> None:
    for say in (lies, truths):
        said = say(demo_index, language, SEED)
        assert len({one.sentence for one in said}) >= LEAST
        assert len({one.note for one in said}) >= 60
    assert lies(demo_index, language, SEED) == lies(demo_index, language, SEED)


def amounts(text: str) -> set[float]:
    """The sums of money in the demo shop's currency that a text names."""
    found = re.findall(r"\$(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)美元", text)
    return {float(sign or word) for sign, word in found}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_called_true_and_false_is_so(
    demo_index: CatalogueIndex, language: Language
) -> None:
    for said in truths(demo_index, language, SEED):
        shown = said.evidence.products
        paid = {float(p.effective_price) for p in shown}
        known = paid | {float(p.price) for p in shown if p.on_sale}
        known |= {w.value for w in said.evidence.need.find("price") if isinstance(w.value, float)}
        known |= {round(abs(a - b), 2) for a in known for b in known}
        if "{above}" not in said.note:
            assert amounts(said.sentence) <= known, said.sentence
        if "[" in said.sentence:
            markers = {int(n) for n in re.findall(r"\[(\d+)\]", said.sentence)}
            assert markers <= {*range(1, len(shown) + 1)}, said.sentence
    for said in lies(demo_index, language, SEED):
        if said.note.count("{") == 2 and "{bad_price}" in said.note:
            paid = {float(p.effective_price) for p in said.evidence.products}
            assert not amounts(said.sentence) & paid, said.sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_lie_passes(index: CatalogueIndex, language: Language) -> None:
    said = lies(index, language, SEED)
    through = [one for one in said if passes(one)]
    assert len(through) == 0, f"Lies let through: {listed(through, said)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_truths_pass(index: CatalogueIndex, language: Language) -> None:
    if index.name == "shoes" and language == "zh":
        pytest.skip("That shop has no Chinese words of its own.")
    said = truths(index, language, SEED)
    stopped = [one for one in said if not passes(one)]
    assert len(stopped) <= (1 - PASSING) * len(said), f"Truths stopped: {listed(stopped, said)}"


@pytest.mark.parametrize(
    ("language", "message"),
    [("en", "running shoes under $150"), ("zh", "150美元以内的跑鞋")],
)
async def test_a_model_that_lies_is_never_heard(
    assistant: Assistant,
    model: ScriptedModel,
    shoes_index: CatalogueIndex,
    language: Language,
    message: str,
) -> None:
    told = [
        one.sentence
        for one in lies(shoes_index, language, SEED)
        if one.kind in ("policy", "medical", "popularity", "origin", "no_record")
    ]
    assert len(told) > 40
    model.will_say(reading("search"))
    model.otherwise = " ".join(told)  # where it is asked to mend a lie, it lies again
    shown = ""
    async for event in assistant.chat(message, shopper_id="ann", thread_id="t"):
        if isinstance(event, DeltaEvent):
            shown += event.text
    assert shown.strip()
    heard = [sentence for sentence in told if sentence in shown]
    assert not heard, "\n".join(heard)
