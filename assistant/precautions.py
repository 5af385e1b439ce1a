"""Messages that rules answer before any model is asked: danger, harm, personal data, tampering.

A small model takes "laces strong enough to hang myself with" for a wish. What such words mean is
settled by the file beside this one, and whatever a model would say does not count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files

import regex
import yaml
from pydantic import RootModel

from assistant.worded import WordRule, Words
from retrieval.index import CatalogueIndex
from retrieval.text import simplified

_SENTENCE = re.compile(r"[^.?!。？！;；:：\n]+")
_POINTS = re.compile(r"\b(?:its?|this|that|these|those|them)\b|这[双个款件]|那[双个款件]|它", re.I)


class Precaution(StrEnum):
    """What a message is, where it is one that a rule answers.

    ``reprice`` and ``tamper`` are answered alike; the one must name a product.
    """

    DANGER = "danger"
    HARM = "harm"
    OWN = "own"
    OTHERS = "others"
    REPRICE = "reprice"
    TAMPER = "tamper"


# A wish that stands in a sentence of its own is served beside these, and nothing of them is done.
_YIELDS = frozenset({Precaution.OWN, Precaution.OTHERS, Precaution.REPRICE, Precaution.TAMPER})


class _Kinds(RootModel[dict[Precaution, Words]]):
    pass


def precaution_of(message: str, index: CatalogueIndex) -> Precaution | None:
    """The rule that answers a message, by its words in both languages; None: it is for a model.

    Args:
        message: the shopper's, cleaned.
        index: the catalogue, for what the message names of it.
    """
    text = simplified(message).replace("’", "'")
    for kind, rule in _rules().items():
        match = rule.first(text)
        if match is None:
            continue
        if kind is Precaution.REPRICE and not (
            index.titles.find(text) or _POINTS.search(match.group())
        ):
            continue
        if kind in _YIELDS and _wishes_elsewhere(text, match, index):
            continue
        return kind
    return None


def _wishes_elsewhere(text: str, match: regex.Match[str], index: CatalogueIndex) -> bool:
    """Whether a sentence outside the match names a kind of goods."""
    for part in _SENTENCE.finditer(text):
        if part.start() < match.end() and match.start() < part.end():
            continue
        named = (t for m in index.vocabulary.find(part.group()) for t in m.terms)
        if any(term.field == "category" for term in named):
            return True
    return False


@cache
def _rules() -> Mapping[Precaution, WordRule]:
    """The rules in the order of ``Precaution``: the first that matches decides."""
    text = files("assistant").joinpath("precautions.yaml").read_text(encoding="utf-8")
    kinds = _Kinds.model_validate(yaml.safe_load(text)).root
    return {kind: WordRule.of(kinds[kind]) for kind in Precaution}
