"""Recommendations as a turn makes them, for tests of what is said of them; no model."""

from collections.abc import Sequence
from datetime import UTC, datetime

from coffee_machines import coffee_index
from hypothesis import strategies as st

from assistant.evidence import Evidence
from assistant.need import Need, Wish, plan_search
from assistant.reply import Citation, Language
from retrieval.building import build_index
from retrieval.conditions import ConditionValue
from retrieval.embedding import HashingEmbedder
from retrieval.index import CatalogueIndex
from retrieval.product import Product
from retrieval.vocabulary import Term
from retrieval.words import Words
from tools.ranking import field_number
from tools.search_products import SearchResult, search_products_tool

LANGUAGES: tuple[Language, ...] = ("en", "zh")


def wish(
    field: str, value: ConditionValue, quote: str | None = None, *, op: str = "=", turn: int = 1
) -> Wish:
    """A wish in the words of its value."""
    return Wish.model_validate(
        {"field": field, "op": op, "value": value, "quote": quote or str(value), "turn": turn}
    )


def extreme(field: str, direction: str, quote: str = "the most") -> Wish:
    """A wish for the least or the greatest of a field."""
    made = {"field": field, "op": "=", "value": direction, "quote": quote, "turn": 1}
    return Wish.model_validate({**made, "sort": direction})


def fitting(need: Need, index: CatalogueIndex) -> list[Product]:
    """Every product that meets the hard wishes and is in stock."""
    mask = index.columns.mask(plan_search(need, index).conditions)
    return [product for product, fits in zip(index.products, mask, strict=True) if fits]


def recommend(
    index: CatalogueIndex, need: Need, language: Language, *, query: str = "", k: int = 3
) -> Evidence | None:
    """The evidence of a search; None where nothing fits."""
    plan = plan_search(need, index)
    result: SearchResult = search_products_tool(index).invoke(
        {
            "query": query,
            "where": plan.conditions,
            "prefer": list(plan.prefer),
            "sort": plan.sort,
            "k": k,
        }
    )
    if not result.products:
        return None
    entries = [index.advice.get(str(w.value)) for w in need.wishes() if w.field == "need"]
    return Evidence(
        index=index,
        products=[ranked.product for ranked in result.products],
        need=need,
        plan=plan,
        language=language,
        message=query,
        advice=[entry for entry in entries if entry],
        extremes=result.extremes,
        pick=result.products[0].product.id,
    )


def wishes(index: CatalogueIndex) -> list[Wish]:
    """Every wish on a named value or a need that the catalogue knows."""
    pool = [wish("need", entry.id, entry.name("en")) for entry in index.advice]
    for field in sorted(index.vocabulary.fields()):
        for value in index.vocabulary.values(field):
            pool.append(wish(field, value, index.vocabulary.display(Term(field, value), "en")))
    return pool


def needs(
    index: CatalogueIndex, *, most_hard: int = 2, most_soft: int = 2
) -> st.SearchStrategy[Need]:
    """Needs of a few hard and soft wishes, no two of one field."""
    pool = st.sampled_from(wishes(index))
    most = most_hard + most_soft

    def split(drawn: list[Wish], hard: int) -> Need:
        at = max(min(hard, len(drawn)), len(drawn) - most_soft)
        return Need(must=tuple(drawn[:at]), prefer=tuple(drawn[at:]))

    drawn = st.lists(pool, max_size=most, unique_by=lambda w: w.field)
    return st.builds(split, drawn, st.integers(0, most_hard))


def many_machines() -> CatalogueIndex:
    """A shop of other goods that is large enough to ask back: each coffee machine four times."""
    small = coffee_index()
    machines = [
        product.model_copy(
            update={
                "id": f"{product.id}-{year}",
                "title": f"{product.title} {year}",
                "price": product.price + 10 * (year - 2020),
            }
        )
        for product in small.products
        for year in (2021, 2022, 2023, 2024)
    ]
    labels = {field: list(words) for field, words in small.vocabulary.labels().items()}
    return build_index(
        machines,
        name="machines",
        embedder=HashingEmbedder(),
        source="tests",
        now=datetime(2026, 3, 1, tzinfo=UTC),
        words=Words(labels=labels),
    )


def recorded(citation: Citation, index: CatalogueIndex) -> object:
    """What the record that a citation points at says; fails where it points at nothing."""
    source, _, field = citation.source.partition("#")
    kind, _, id = source.partition(":")
    if kind == "advice":
        entry = index.advice.get(id)
        assert entry is not None, citation
        return entry.name("en")
    product = index.get(id)
    if field == "sale_price":
        assert product.on_sale, citation
        return str(float(product.effective_price))
    if field == "price":
        return str(float(product.price))
    if field in ("rating", "rating_count"):
        number = field_number(product, field)
        assert number is not None, citation
        return f"{number:g}"
    if field in ("size", "color") and product.variants:
        held = {getattr(v, field) for v in product.variants}
        split = citation.value.split(" " if field == "size" else ", ")
        assert set(split) <= held, citation
        return citation.value
    values: Sequence[object] = product.values(field)
    assert values, citation
    return ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in values)
