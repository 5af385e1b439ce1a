"""How a shopper feels, how pressed they are, and whether they leave the choice to the shop."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

Sentiment = Literal["positive", "neutral", "negative"]
Urgency = Literal["low", "normal", "high"]

_NEGATED_EN = re.compile(
    r"(?:\b(?:not|never|hardly|no|isn|wasn|aren|don|doesn|didn|won|can|cannot|without)(?:['’]?t)?(?:\s+(?:really|very|so|that|too|a|at\s+all|exactly|particularly|all\s+that|be|am|is|feel|feeling|get|getting|been|have|any))*)\s*$",
    re.IGNORECASE,
)
_NEGATED_ZH = re.compile(
    r"(?:不[用要必想需]?要?|没有?|别|未|并非|毫不|不太|不怎么|不是很?|不那么|没那么)$"
)
# What is a wish of its own must be all that a clause says: "anything in white" is one of colour.
_WHOLE = frozenset({"undecided"})
_CLAUSE = re.compile(r"[,.;:!?。，；：！？~～…\n]+|\s+-\s+")
_SHOUT = re.compile(r"[!！]{2,}|[?？!！]{3,}")


class Mood(BaseModel):
    """How a message sounds.

    Attributes:
        sentiment: what the words tell of the shopper's feelings.
        urgency: ``high`` where something is needed soon, ``low`` where there is said to be time.
        angry: anger at the shop or the assistant; dislike of a product is none.
    """

    model_config = ConfigDict(frozen=True)

    sentiment: Sentiment = "neutral"
    urgency: Urgency = "normal"
    angry: bool = False


def read_mood(message: str) -> Mood:
    """The mood of a message, by words of both languages and what negates them.

    Args:
        message: as the shopper wrote it.
    """
    text = message.replace("’", "'")
    unhurried = _says("unhurried", text)
    urgent = _says("urgent", text) and not unhurried
    angry = bool(_unnegated("angry", text))
    # "Not happy" is displeased, but "not angry" is not yet pleased.
    positive, turned = _felt("positive", text)
    bad, _ = _felt("negative", text)
    negative = bad + turned + (2 if angry else 0)
    sentiment: Sentiment = "neutral"
    if negative and negative >= positive:
        sentiment = "negative"
    elif positive > negative:
        sentiment = "positive"
    angry = angry or bool(bad and _SHOUT.search(text) and _says("negative", text) and bad > 1)
    return Mood(
        sentiment=sentiment,
        urgency="high" if urgent else "low" if unhurried else "normal",
        angry=angry,
    )


def wants_person(message: str) -> bool:
    """Whether a human being is asked for: "talk to a human", "转人工", "找你们经理"."""
    return bool(_unnegated("person", message.replace("’", "'")))


def words_of(kind: str, text: str) -> list[re.Match[str]]:
    """Where the words of a kind stand, those included that are negated.

    Args:
        kind: an entry of the file of words, such as ``angry`` or ``person``.
        text: with straight apostrophes.
    """
    return list(_patterns()[kind].finditer(text))


def undecided(message: str) -> bool:
    """Whether a clause leaves the choice to the shop: "随便", "you choose", "no preference"."""
    clauses = (c.strip().lower() for c in _CLAUSE.split(message.replace("’", "'")))
    return any(_patterns()["undecided"].match(clause) for clause in clauses if clause)


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    text = files("tools.reading").joinpath("mood.yaml").read_text(encoding="utf-8")
    compiled = {}
    for name, words in yaml.safe_load(text).items():
        english, chinese = ("|".join(f"(?:{word})" for word in words[k]) for k in ("en", "zh"))
        whole = rf"^(?:{english}|{chinese})$"
        some = rf"(?<![a-z])(?:{english})(?![a-z])|{chinese}"
        compiled[name] = re.compile(whole if name in _WHOLE else some, re.IGNORECASE)
    return compiled


def _says(name: str, text: str) -> bool:
    return _patterns()[name].search(text) is not None


def _unnegated(name: str, text: str) -> list[re.Match[str]]:
    return [m for m in _patterns()[name].finditer(text) if not negated(text, m.start())]


def _felt(name: str, text: str) -> tuple[int, int]:
    """How many words of a feeling stand plainly, and how many are turned round."""
    matches = list(_patterns()[name].finditer(text))
    turned = sum(negated(text, match.start()) for match in matches)
    return len(matches) - turned, turned


def negated(text: str, at: int) -> bool:
    """Whether what stands at a place of a text is negated just before it."""
    before = text[max(0, at - 30) : at]
    return bool(_NEGATED_EN.search(before) or _NEGATED_ZH.search(before))
