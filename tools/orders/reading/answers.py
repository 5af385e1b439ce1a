"""Whether a message is the yes that a change waits for. Code decides it, and no model."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files

import yaml

from retrieval.text import normalise
from tools.orders.reading.reader import plain
from tools.orders.reading.request import Kind

_MOST = 80  # characters; a longer message says more than yes
_QUESTION = re.compile(
    r"[?？]|[吗么嘛]|可以[^，。\s]{1,4}吧|\b(?:what|why|how|when|which|who|if|unless|but|except)\b"
)
# Signs of approval that may stand beside a yes.
_APPROVING = frozenset("👍🙏👌✅😊🙂")
# What was offered, said again as a wish: "取消吧".
_URGED = re.compile(r"[消退换改货款]吧\W*$")


class Answer(StrEnum):
    """What a message is to an offer."""

    YES = "yes"
    NO = "no"
    OTHER = "other"


def answer_of(message: str, kind: Kind) -> Answer:
    """What a message says to the offer of a change.

    A yes is a message all of whose words say yes, thank, or say again what was offered. Whatever
    else it has, a condition, a question, another wish, makes it no yes.

    Args:
        message: the shopper's, cleaned.
        kind: what was offered.
    """
    text = normalise(plain(message))
    if _is_yes(text, kind):
        return Answer.YES
    if _no().search(text) and not _QUESTION.search(text):
        return Answer.NO
    return Answer.OTHER


def _is_yes(text: str, kind: Kind) -> bool:
    if len(text) > _MOST or _QUESTION.search(text):
        return False
    affirmed, allowed = _patterns(kind)
    # Word by word: one pattern for the whole message would try every way to cut it.
    left = allowed.sub(" ", text)
    if any(unicodedata.category(c)[0] in "LNS" and c not in _APPROVING for c in left):
        return False
    return affirmed.search(text) is not None or _URGED.search(text) is not None


@cache
def _patterns(kind: Kind) -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = _words()
    restated = words.get(kind.value, {"en": [], "zh": []})
    affirmed = _either(words["affirmed"])
    parts = (_either(restated), affirmed, _either(words["beside"]))
    return re.compile(affirmed), re.compile("|".join(filter(None, parts)))


@cache
def _no() -> re.Pattern[str]:
    words = _words()["denied"]
    english, chinese = ("|".join(words[language]) for language in ("en", "zh"))
    return re.compile(
        rf"^\W*(?:(?:{english})(?![a-z])|[我那就先还是嗯，,]{{0,6}}(?:{chinese}))"
        rf"|(?<![a-z])(?:{english})(?![a-z])"
    )


def _either(words: Mapping[str, list[str]]) -> str:
    english = "|".join(f"(?:{word})" for word in words["en"])
    chinese = "|".join(f"(?:{word})" for word in words["zh"])
    parts = [rf"(?<![a-z])(?:{english})(?![a-z'])"] if english else []
    return "|".join([*parts, chinese] if chinese else parts)


@cache
def _words() -> Mapping[str, Mapping[str, list[str]]]:
    text = files("tools.orders.reading").joinpath("answers.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Mapping[str, list[str]]] = yaml.safe_load(text)
    return loaded
