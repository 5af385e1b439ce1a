"""What a ranking weighs of a shopper's behaviour, with a clause for the shopper to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from assistant.profile.behaviour.affinity_shape import PRICE_BAND, Affinities, Affinity
from assistant.profile.behaviour.shares import Shares
from retrieval.conditions import Condition
from retrieval.fields import key
from retrieval.index import CatalogueIndex
from retrieval.vocabulary import Term, Vocabulary
from tools.leaning import Leaning

_MOST = 8
_MOST_OF_A_FIELD = 2
# Weaker ones are noise; a dislike must be plainer than a liking before anything is held back.
_LEAST, _LEAST_AGAINST = 0.1, 0.2
# What is only watched never weighs as much as what is said.
_STRONGEST = 0.8
# Prices of shoes say nothing of those of rain jackets: most of the evidence must be of one kind.
_MOSTLY = 0.6
_OFTEN = 3
_FIELDS_NAMED_BY_THEIR_VALUES = frozenset({"brand", "category"})

_TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "bought": {"en": "you bought {what}", "zh": "您买过{what}"},
        "cart": {"en": "you put {what} in your cart", "zh": "您把{what}加入过购物车"},
        "rated": {"en": "you rated {what} well", "zh": "您给{what}打过高分"},
        "searched": {"en": "you searched for {what}", "zh": "您搜过{what}"},
        "often": {"en": "you often look at {what}", "zh": "您常看{what}"},
        "looked": {"en": "you looked at {what}", "zh": "您看过{what}"},
        "unhappy": {"en": "you were not happy with {what}", "zh": "您对{what}不太满意"},
        "low": {"en": "you tend to choose lower prices", "zh": "您偏向较低的价位"},
        "high": {"en": "you tend to choose higher prices", "zh": "您偏向较高的价位"},
    }
)


def leanings_of_behaviour(
    affinities: Affinities,
    index: CatalogueIndex,
    *,
    kind: str | None = None,
    shares: Shares | None = None,
) -> list[Leaning]:
    """The strongest affinities as conditions that a ranking can weigh.

    Args:
        affinities: of a shopper.
        index: the catalogue that they were worked out over.
        kind: the category that is looked for; a leaning to prices is then of its prices. Without
            it there is one only where most of what the shopper liked is of one kind.
        shares: counts of the same snapshot, where they are kept.

    Returns:
        At most 8, the strongest first, each at most 0.8 strong.
    """
    found: list[Leaning] = []
    of_field: Counter[str] = Counter()
    for item in affinities.items:
        if of_field[item.field] >= _MOST_OF_A_FIELD:
            continue
        if item.field == PRICE_BAND:
            leaning = _of_price(item, affinities, shares or Shares(index), kind)
        else:
            leaning = _of_value(item, index.vocabulary)
        if leaning is not None:
            of_field[item.field] += 1
            found.append(leaning)
        if len(found) == _MOST:
            break
    return found


def _of_value(item: Affinity, vocabulary: Vocabulary) -> Leaning | None:
    against = item.score < 0
    # That a whole kind of product disappointed is seldom the kind's fault.
    if against and (item.score > -_LEAST_AGAINST or item.field == "category"):
        return None
    if not against and item.score < _LEAST:
        return None
    return Leaning(
        condition=Condition(field=item.field, op="!=" if against else "=", value=item.value),
        strength=_STRONGEST * abs(item.score),
        text=_text(item, vocabulary),
        source=f"behaviour:{item.field}={key(item.value) if item.value is True else item.value}",
    )


def _of_price(
    item: Affinity, affinities: Affinities, shares: Shares, kind: str | None
) -> Leaning | None:
    if item.score < _LEAST or item.value == "middle":
        return None
    if kind is None:
        main, part = affinities.kinds[0] if affinities.kinds else (None, 0.0)
        if part < _MOSTLY:
            return None
    else:
        main = key(kind)
    bands = shares.bands(main)
    if bands is None:
        return None
    low = item.value == "low"
    return Leaning(
        condition=Condition(
            field="price", op="<=" if low else ">=", value=bands.low if low else bands.high
        ),
        strength=_STRONGEST * item.score,
        text=dict(_TEXTS["low" if low else "high"]),
        source=f"behaviour:{PRICE_BAND}={item.value}",
    )


def _text(item: Affinity, vocabulary: Vocabulary) -> dict[str, str]:
    said = _TEXTS[_way(item)]
    term = Term(item.field, item.value)
    return {
        language: said[language].format(what=_what(term, vocabulary, language))
        for language in ("en", "zh")
    }


def _way(item: Affinity) -> str:
    if item.score < 0:
        return "unhappy"
    match item.shown_by:
        case "purchase":
            return "bought"
        case "cart":
            return "cart"
        case "rate":
            return "rated"
        case "search":
            return "searched"
        case _:
            return "often" if item.products >= _OFTEN else "looked"


def _what(term: Term, vocabulary: Vocabulary, language: str) -> str:
    """The products that have a value: a brand by its name, the rest with what the value is of."""
    value = vocabulary.display(term, language)
    if term.field in _FIELDS_NAMED_BY_THEIR_VALUES:
        return value
    if term.value is True:
        return f"products marked “{value}”" if language == "en" else f"标有“{value}”的商品"
    label = vocabulary.label(term.field, language)
    if language == "en":
        return f"products with “{label}: {value}”"
    return f"“{label}：{value}”的商品"
