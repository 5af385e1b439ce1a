"""What a shopper takes from an answer: products, questions, a no."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evals.checks.wording import Shop, says_no, sentences_of
from evals.running.observed import Observed
from evals.shoppers.goal import GoalWish
from evals.shoppers.phrases import phrases
from retrieval.text import has_cjk

_QUESTION = re.compile(r"[?？]")
_NO_SEARCH = ("policy", "order", "handoff", "smalltalk", "refuse")
"""Intents of answers that speak of something else than what the shop has."""


@dataclass(frozen=True)
class Heard:
    """One answer as a shopper takes it.

    Attributes:
        nothing: there is no answer.
        shown: ids of the products, the recommended one first.
        prices: as the cards show them, by id.
        question: what is asked, as it is written; empty where nothing is.
        asked: the fields that the question is about.
        offered: the choices that come with it.
        open: the question names nothing, and leaves it to the shopper what to speak of.
        no: it says that there is nothing, or not quite that.
    """

    nothing: bool = False
    shown: tuple[str, ...] = ()
    prices: tuple[tuple[str, float], ...] = ()
    question: str = ""
    asked: frozenset[str] = frozenset()
    offered: tuple[str, ...] = ()
    open: bool = False
    no: bool = False

    def asks_for(self, wish: GoalWish, shop: Shop) -> bool:
        """Whether the question is about a wish: its fields, or a choice that names its value."""
        if self.open or _or_alike(wish.fields) & self.asked:
            return True
        return any(
            shop.names_field(choice, predicate.field, predicate.values)
            for choice in self.offered
            for predicate in wish.predicates
            if predicate.op in ("=", "!=")
        )


def hear(observed: Observed, shop: Shop) -> Heard:
    """Reads an answer as a shopper does.

    Args:
        observed: of it only what a shopper sees is looked at, and the intent.
        shop: the catalogue, for the names of its fields and values.
    """
    if observed.error is not None or not (observed.text.strip() or observed.products):
        return Heard(nothing=True)
    question = " ".join(s for s in sentences_of(observed.text) if _QUESTION.search(s))
    shown = list(dict.fromkeys(observed.products))
    if observed.pick is not None:
        shown = [observed.pick, *(id for id in shown if id != observed.pick)]
    asked = _fields_asked(question, observed.choices, shop)
    return Heard(
        shown=tuple(shown),
        prices=tuple((offer.id, offer.price) for offer in observed.offers or ()),
        question=question,
        asked=asked,
        offered=tuple(observed.choices),
        open=not asked and _is_open(question),
        no=_says_no(observed, shop),
    )


def _says_no(observed: Observed, shop: Shop) -> bool:
    """Where products are shown, only the first sentence counts: later ones say what they lack."""
    if observed.intent == "not_in_catalogue":
        return True
    if observed.intent in _NO_SEARCH:
        return False
    sentences = sentences_of(shop.without_names(observed.text))
    if observed.products:
        sentences = sentences[:1]
    return any(says_no(sentence) for sentence in sentences if not _QUESTION.search(sentence))


def _is_open(question: str) -> bool:
    return any(re.search(p, question, re.IGNORECASE) for p in phrases().open_questions)


def _fields_asked(question: str, choices: Sequence[str], shop: Shop) -> frozenset[str]:
    vocabulary = shop.index.vocabulary
    named: set[str] = set()
    if question:
        labels = vocabulary.labels()
        for field in {*vocabulary.fields(), *labels, *phrases().questions}:
            words = (*labels.get(field, ()), field.replace("_", " "))
            if any(_has_word(question, word) for word in words) or any(
                re.search(pattern, question, re.IGNORECASE)
                for pattern in phrases().questions.get(field, ())
            ):
                named.add(field)
    # A choice may be a value of several fields; the question is about one that all can be.
    of_choices = [{term.field for term in vocabulary.resolve(choice)} for choice in choices]
    common = set.intersection(*of_choices) if of_choices else set()
    return frozenset(common & named or common or named)


def _has_word(text: str, word: str) -> bool:
    if has_cjk(word):
        return word in text
    return re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) is not None


def _or_alike(fields: frozenset[str]) -> frozenset[str]:
    return fields.union(*(group for group in phrases().alike if group & fields))
