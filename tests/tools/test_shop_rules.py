"""A shop's own rules: how they are read, when they hold, and what they may not do."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.catalogues import index_file
from retrieval.conditions import parse_condition
from retrieval.embedding import HashingEmbedder
from retrieval.errors import BadInput
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex, Hit
from retrieval.product import Product
from retrieval.rules import RuleBook, ShopRule, load_rules
from tools.ranking import Ranked, rank
from tools.ranking_weights import DEFAULT_WEIGHTS
from tools.search_products import SearchResult, search_products_tool
from tools.shop_rules import rules_for

_FILE = """\
- id: spring
  when: {words: {en: [running shoes], zh: [跑鞋]}, where: ["category = Shoes"]}
  which: ["brand = Anta"]
  effect: boost
  strength: 0.5
  from: 2026-03-01
  until: 2026-03-31
  reason: {en: made for spring, zh: 适合春天}
- id: old-stock
  which: ["brand = Nike"]
  effect: bury
"""

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a rules file."""

    def written(text: str) -> Path:
        path = tmp_path / "rules.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def rule(which: str, effect: str, strength: float = 1.0) -> ShopRule:
    return ShopRule.model_validate(
        {"id": effect, "which": [which], "effect": effect, "strength": strength}
    )


def ranked_with(index: CatalogueIndex, *rules: ShopRule, prefer: str = "") -> list[Ranked]:
    """All six shoes, equally relevant."""
    hits = [Hit(index.at(row), row, 0.5) for row in range(len(index))]
    wanted = [parse_condition(prefer)] if prefer else []
    return rank(hits, index, rules=rules, prefer=wanted)


def test_a_file_is_read(write: Write) -> None:
    spring, old = load_rules(write(_FILE))
    assert (spring.first, spring.last) == (date(2026, 3, 1), date(2026, 3, 31))
    assert str(spring.which[0]) == "brand = Anta"
    assert (old.effect, old.strength, old.when.where) == ("bury", 1.0, ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: b", "rules.yaml must be a list of entries."),
        ("- [", "Cannot read rules.yaml"),
        ("- 3", "rules.yaml, entry 1"),
        ("- {id: x, which: ['brand = Nike'], effect: lift}", "entry x: effect"),
        ("- {id: x, which: ['brand'], effect: pin}", "entry x: which: Cannot read"),
        ("- {id: x, which: [], effect: pin}", "entry x: which"),
        ("- {id: x, which: ['brand = A'], effect: pin, strength: 2}", "entry x: strength"),
        ("- {id: x, which: ['brand = A'], effect: pin, extra: 2}", "entry x: extra"),
        ("- {id: x, which: ['brand = A'], effect: pin, from: 2026-02-02, until: 2026-01-01}",
         "entry x: it ends before it begins"),
        ("- {id: x, which: ['brand = A'], effect: pin, from: 2026-02-31}", "Cannot read"),
        ("[" * 2000, "Cannot read rules.yaml: it is nested too deep"),
        ('- {id: x, which: [\'brand = A\'], effect: pin, reason: {en: "\\ud83d\\ude00"}}',
         "entry x: a text has half a character"),
        ("- {id: x, which: ['brand = A'], effect: pin}\n"
         "- {id: x, which: ['brand = B'], effect: pin}",
         "entry x: another entry has the same id"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_in_one_sentence(write: Write, text: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        load_rules(write(text))
    assert said in refused.value.sentence
    assert "\n" not in refused.value.sentence


def test_a_condition_that_the_catalogue_cannot_tell_is_refused(
    write: Write, shoes_index: CatalogueIndex
) -> None:
    for which, why in (("screen_inch >= 40", "no field 'screen_inch'"), ("price <= low", "needs")):
        file = write(f"- {{id: tv, which: ['{which}'], effect: boost}}")
        with pytest.raises(BadInput, match=f"entry tv: .*{why}"):
            load_rules(file, shoes_index.columns)


@pytest.mark.parametrize(
    ("query", "where", "today", "held"),
    [
        ("good running shoes", "category = Shoes", date(2026, 3, 31), True),
        ("Running Shoe please", "category = Running shoes", date(2026, 3, 1), True),
        ("想买双跑鞋", "category = Shoes", date(2026, 3, 1), True),
        ("shoes for a run", "category = Shoes", date(2026, 3, 1), False),
        ("running shoes", "category = Shoes", date(2026, 4, 1), False),
        ("running shoes", "category = Shoes", None, False),
    ],
)
def test_a_rule_holds_for_its_searches_and_days(
    write: Write,
    shoes_index: CatalogueIndex,
    query: str,
    where: str,
    today: date | None,
    held: bool,
) -> None:
    index = with_rules(shoes_index, load_rules(write(_FILE)))
    fitting = index.columns.mask([parse_condition(where)])
    ids = [found.id for found in rules_for(index, query, fitting, today)]
    assert ids == (["spring", "old-stock"] if held else ["old-stock"])


def test_a_rule_waits_for_a_search_that_is_narrowed_to_its_kind(
    shoes_index: CatalogueIndex,
) -> None:
    runners = ShopRule.model_validate(
        {
            "id": "runners",
            "when": {"where": ["category = Running shoes"]},
            "which": ["brand = Nike"],
            "effect": "pin",
        }
    )
    index = with_rules(shoes_index, RuleBook((runners,)))
    everything = np.ones(index.columns.size, dtype=bool)
    assert rules_for(index, "", everything, None) == []
    structure = index.columns.mask([parse_condition("title contains structure")])
    assert rules_for(index, "", structure, None) == [runners]


def test_boost_and_bury_are_bounded(shoes_index: CatalogueIndex) -> None:
    boosts = [rule("brand = Anta", "boost"), rule("price <= 70", "boost", 0.8)]
    ranked = ranked_with(shoes_index, *boosts, rule("brand = Nike", "bury"))
    assert ranked[0].parts["rules"] == DEFAULT_WEIGHTS.rules
    assert {r.product.brand: r.parts.get("rules", 0.0) for r in ranked}["Nike"] == (
        -DEFAULT_WEIGHTS.rules
    )


def test_a_pin_comes_first_among_those_that_meet_the_same_wishes(
    shoes_index: CatalogueIndex,
) -> None:
    assert ranked_with(shoes_index, rule("brand = Anta", "pin"))[0].product.brand == "Anta"
    wished = ranked_with(
        shoes_index, rule("brand = Anta", "pin"), prefer="arch_support = stability"
    )
    assert [r.product.id for r in wished][3] == "anta-kt"
    assert all(r.met for r in wished[:3])


def test_of_two_pins_the_stronger_comes_first(shoes_index: CatalogueIndex) -> None:
    pins = [rule("brand = Anta", "pin", 0.4), rule("brand = Nike", "pin", 0.9)]
    brands = [r.product.brand for r in ranked_with(shoes_index, *pins)]
    assert brands[:3] == ["Nike", "Nike", "Anta"]


@given(effect=st.sampled_from(["boost", "bury", "pin"]), strength=st.floats(0.01, 1))
def test_a_rule_brings_in_nothing_that_a_wish_filters_out(
    shoes_index: CatalogueIndex, effect: str, strength: float
) -> None:
    index = with_rules(shoes_index, RuleBook((rule("brand = Anta", effect, strength),)))
    found: SearchResult = search_products_tool(index).invoke(
        {"where": [{"field": "brand", "op": "!=", "value": "Anta"}], "k": 6}
    )
    assert "Anta" not in [r.product.brand for r in found.products]
    assert len(found.products) == 5


def test_rules_are_indexed_with_a_catalogue(
    tmp_path: Path, write: Write, shoes: list[Product], embedder: HashingEmbedder
) -> None:
    catalogue = tmp_path / "shoes.jsonl"
    catalogue.write_text(
        "\n".join(product.model_dump_json() for product in shoes), encoding="utf-8"
    )
    folder = IndexFolder(tmp_path / "catalogs", embedder)

    def indexed(rules: Path) -> CatalogueIndex:
        done = index_file(
            folder,
            catalogue,
            name="shoes",
            embedder=embedder,
            now=START,
            rules=rules,
        )
        return done.index

    index = indexed(write(_FILE))
    assert [held.id for held in index.rules] == ["spring", "old-stock"]
    assert [held.id for held in folder.fold("shoes").rules] == ["spring", "old-stock"]
    with pytest.raises(BadInput, match="entry tv"):
        indexed(write("- {id: tv, which: ['screen_inch >= 40'], effect: boost}"))
    assert len(folder.open("shoes").rules) == 2
    folder.close()


def with_rules(index: CatalogueIndex, rules: RuleBook) -> CatalogueIndex:
    """The same catalogue under other rules."""
    return CatalogueIndex(
        index.manifest, index.parts, index.columns.live, index.embedder,
        words=index.words, advice=index.advice, rules=rules,
    )  # fmt: skip
