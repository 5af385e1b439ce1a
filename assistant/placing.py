"""Why a product stands where it does: the parts of its score as reasons, with their points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.reply import Language, Reason
from prompts import phrases
from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from retrieval.vocabulary import Term
from tools.ranking import Ranked
from tools.ranking_parts import POINTS, Point

GROWN_UP = "ranking:grown_up"
"""The source of the leaning that holds for whoever does not say for whom it is."""


def placed(
    reasons: Sequence[Reason], place: Ranked, index: CatalogueIndex, language: Language
) -> list[Reason]:
    """Reasons with the points that each adds; those of all make up the score.

    A reason that the record gives already takes the points of the wish that it is about; every
    other part of the score gets a reason of its own after them.

    Args:
        reasons: what the records and the advice say.
        place: what the product's place rests on.
        index: the catalogue.
        language: of the reasons.
    """
    told = list(reasons)
    rest: list[Reason] = []
    for point in place.points:
        at = next((i for i, r in enumerate(told) if r.source == point.source), None)
        if point.part == "wishes" and at is not None:
            points = (round(told[at].points * POINTS) + round(point.points * POINTS)) / POINTS
            told[at] = told[at].model_copy(update={"part": "wishes", "points": points})
        else:
            rest.append(
                Reason(
                    text=_text(point, index, language),
                    source=point.source,
                    met=point.points > 0,
                    part=point.part,
                    points=point.points,
                )
            )
    return [*told, *rest]


def _text(point: Point, index: CatalogueIndex, language: Language) -> str:
    """What a part of the score says, in the shopper's words where it has some."""
    words: dict[str, Any] = phrases(language)["placing"]
    if point.source == GROWN_UP:
        return str(words["grown_up"])
    said = point.text.get(language) or next(iter(point.text.values()), None)
    if point.part == "rules":
        return (
            str(words["rules_less" if point.points < 0 else "rules"])
            .format(reason=said or "")
            .rstrip(" :：")
        )
    if said:
        return said
    if point.condition is not None:
        return str(words[point.part]).format(what=_shown(point.condition, index, language))
    return str(words[point.part])


def _shown(condition: Condition, index: CatalogueIndex, language: Language) -> str:
    """What a condition asks for, as the shop calls it."""
    vocabulary = index.vocabulary
    values = condition.value if isinstance(condition.value, list) else [condition.value]
    shown = [
        f"{value:g}"
        if isinstance(value, float | int) and not isinstance(value, bool)
        else vocabulary.display(Term(condition.field, value), language)
        for value in values
    ]
    label = vocabulary.label(condition.field, language)
    sign = "" if condition.op in ("=", "in", "contains") else f"{condition.op} "
    return f"{label}: {sign}{phrases(language)['any_of'].join(shown)}"
