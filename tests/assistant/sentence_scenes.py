"""Answers to be: shown products, a pick and a need, drawn at random from a catalogue."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.evidence import Evidence
from assistant.need import Need, Wish, plan_search
from assistant.reply import Language
from retrieval.advice import Advice
from retrieval.index import CatalogueIndex
from retrieval.money import format_price
from retrieval.product import Product
from tools.ranking import field_number

_TRIES = 400


@dataclass(frozen=True)
class Scene:
    """What one answer rests on.

    Attributes:
        evidence: as a turn would make it.
        fitting: every product that meets the need, shown or not.
    """

    evidence: Evidence
    fitting: tuple[Product, ...]

    @property
    def shown(self) -> Sequence[Product]:
        """The products with a number."""
        return self.evidence.products


def draw_scenes(
    index: CatalogueIndex, language: Language, rng: random.Random, number: int
) -> list[Scene]:
    """Scenes of two to four products, with and without a budget and a need of the advice file.

    Raises:
        AssertionError: the catalogue has no two products of a kind.
    """
    scenes: list[Scene] = []
    for _ in range(_TRIES):
        scene = _draw(index, language, rng)
        if scene is not None:
            scenes.append(scene)
        if len(scenes) == number:
            break
    assert scenes, "No two products of this catalogue meet one need."
    return scenes


def _draw(index: CatalogueIndex, language: Language, rng: random.Random) -> Scene | None:
    kind = rng.choice(rng.choice(index.products).category)
    wishes = [Wish(field="category", op="=", value=kind, quote=kind, turn=1)]
    if rng.random() < 0.6:
        prices = [float(p.effective_price) for p in index.products if kind in p.category]
        budget = float(rng.choice(prices) // 10 * 10 + 20)
        amount = format_price(budget, index.currency, language)
        quote = f"{amount}以内" if language == "zh" else f"under {amount}"
        wishes.append(Wish(field="price", op="<=", value=budget, quote=quote, turn=1))
    advice: list[Advice] = []
    soft: list[Wish] = []
    if rng.random() < 0.5 and list(index.advice):
        entry = rng.choice(list(index.advice))
        wish = Wish(field="need", op="=", value=entry.id, quote=entry.name(language), turn=1)
        (wishes if rng.random() < 0.7 else soft).append(wish)
        advice.append(entry)
    need = Need(must=tuple(wishes), prefer=tuple(soft))
    plan = plan_search(need, index)
    mask = index.columns.mask(plan.conditions)
    fitting = [p for p, fits in zip(index.products, mask, strict=True) if fits]
    weighed = [p for p in fitting if "weight_g" in p.attributes]
    pool = weighed if len(weighed) >= 2 and rng.random() < 0.5 else fitting
    if len(pool) < 2:
        return None
    shown = rng.sample(pool, min(len(pool), rng.choice((2, 3, 3, 4))))
    return Scene(
        Evidence(
            index=index,
            products=shown,
            need=need,
            plan=plan,
            language=language,
            message=("，" if language == "zh" else ", ").join(w.quote for w in need.wishes()),
            advice=advice,
            extremes=_extremes(index, fitting),
            pick=shown[0].id,
        ),
        tuple(fitting),
    )


def _extremes(index: CatalogueIndex, products: Sequence[Product]) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for field in ("price", "rating", "rating_count", *index.vocabulary.numeric_fields):
        numbers = [n for p in products if (n := field_number(p, field)) is not None]
        if numbers:
            found[field] = (min(numbers), max(numbers))
    return found
