"""Whom the goods are for: men, women or children, by words and by age."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.index import CatalogueIndex
from retrieval.vocabulary import Term
from tools.reading.draft import Draft
from tools.reading.fact import Fact, HeldWish
from tools.reading.numbers import CHINESE, read_number
from tools.reading.quotes import Span
from tools.reading.size_chart import Wearer

_AGE = re.compile(
    rf"\b(?P<a>\d{{1,2}})[\s-]*(?:years?|yrs?)[\s-]*olds?\b|\b(?P<b>\d{{1,2}})\s?(?:yo|y/o)\b|\baged?\s+(?P<c>\d{{1,2}})\b"
    rf"|(?P<d>\d{{1,2}}|[{CHINESE}]{{1,3}})\s*(?:周岁|岁)|\b(?P<e>two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)[\s-]+years?[\s-]+olds?\b",
    re.IGNORECASE,
)
_OLDEST_CHILD = 13
_YOUNGEST_ADULT = 16
_OLD = 60
_WEARER_WORDS: Sequence[tuple[Wearer, re.Pattern[str]]] = (
    ("women", re.compile(r"\b(?:wom[ae]n|ladies|female)|女", re.IGNORECASE)),
    ("men", re.compile(r"\b(?:m[ae]n|male)\b|男", re.IGNORECASE)),
    ("kids", re.compile(r"\b(?:kid|child|youth|junior|toddler)|童|孩", re.IGNORECASE)),
)


def read_age(draft: Draft, index: CatalogueIndex) -> None:
    """Adds what an age says: goods for children, or the advice for the old.

    Args:
        draft: gets the fact.
        index: the catalogue, whose words for children and for the old are used.
    """
    for match in _AGE.finditer(draft.message):
        written = next(group for group in match.groups() if group)
        number = read_number(written)
        span = Span(match.start(), match.end())
        if number is None or draft.is_taken(span):
            continue
        if number.value <= _OLDEST_CHILD:
            term = _children(index)
            if term and not any(
                f.field == term.field and f.value == term.value for f in draft.facts
            ):
                quote = draft.quote(span)
                draft.add(Fact(field=term.field, op="=", value=term.value, quote=quote), span)
        elif number.value >= _OLD:
            for word in ("elderly", "老人"):
                for mention in index.advice.find(word)[:1]:
                    id, quote = mention.advice.id, draft.quote(span)
                    draft.add(Fact(field="need", op="=", value=id, quote=quote), span)
        elif number.value >= _YOUNGEST_ADULT:
            _grown_up(draft, index)


def wearer_of(facts: Sequence[Fact], held: Sequence[HeldWish]) -> Wearer | None:
    """Whom the sizes are for, where one kind of wearer is named, in this message or before."""
    for wishes in (facts, held):
        named = {
            who
            for wish in wishes
            if wish.field == "gender" and wish.op == "="
            if (who := _wearer(str(wish.value)))
        }
        if len(named) == 1:
            return named.pop()
    return None


def _wearer(value: str) -> Wearer | None:
    return next((who for who, words in _WEARER_WORDS if words.search(value)), None)


def _children(index: CatalogueIndex) -> Term | None:
    """The catalogue's value for children: of gender or age first, else a category."""
    fields = [f for f in ("gender", "age_group", "age", "audience") if f in index.columns.fields]
    for word in ("kids", "children", "儿童", "kids' shoes", "童鞋"):
        terms = index.vocabulary.resolve(word)
        for field in (*fields, "category"):
            found = [term for term in terms if term.field == field]
            if found:
                return found[0]
    return None


def _grown_up(draft: Draft, index: CatalogueIndex) -> None:
    """A son of twenty is a man: what was read as "children" of words such as 儿子 is undone."""
    children = _children(index)
    for fact in list(draft.facts):
        if children is None or (fact.field, fact.value) != (children.field, children.value):
            continue
        adult = "women" if re.search(r"daughter|girl|女", fact.quote, re.IGNORECASE) else "men"
        terms = [t for t in index.vocabulary.resolve(adult) if t.field == fact.field]
        draft.facts.remove(fact)
        if terms:
            draft.facts.append(fact.model_copy(update={"value": terms[0].value}))
