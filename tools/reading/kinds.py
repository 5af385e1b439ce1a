"""Kinds of goods that share a head word: hiking boots and casual boots are boots."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from retrieval.text import has_cjk, normalise, tokens
from retrieval.vocabulary import Term
from tools.reading.draft import Draft
from tools.reading.fact import Fact, HeldWish
from tools.reading.quotes import Span

# 靴子 and 鞋子 end in no word of their own.
_ENDING = "子"
# A word for more of the goods than this tells none apart: "shoes" in a shoe shop.
_MOST = 0.5


def kinds_of(word: str, index: CatalogueIndex) -> list[str]:
    """The kinds of a catalogue whose names end in a word, in the catalogue's order.

    Args:
        word: a single word as a shopper wrote it; of several there is no such kind.
        index: the catalogue.
    """
    head = _head(word)
    if head is None:
        return []
    found = []
    for value in index.vocabulary.values("category"):
        names = {str(value), *(index.vocabulary.display(Term("category", value), "zh"),)}
        if any(_ends_in(name, head) for name in names):
            found.append(str(value))
    return [value for value in found if _count(value, index) <= _MOST * len(index)]


def refuse_kinds(draft: Draft, value: str, span: Span, index: CatalogueIndex) -> bool:
    """ "Not boots" refuses every kind of boots, whatever kind the word alone stands for.

    Args:
        draft: gets the facts.
        value: the kind that the word stands for.
        span: the word.
        index: the catalogue.

    Returns:
        Whether facts were added; there are none where a single kind is meant.
    """
    quote = draft.quote(span)
    kinds = kinds_of(quote, index)
    if not _is_everything(value, index):
        kinds = [value, *(kind for kind in kinds if kind != value)]
    if kinds in ([], [value]):
        return False
    for kind in kinds:
        fact = Fact(field="category", op="!=", value=kind, quote=quote, strength="must")
        draft.add(fact, span)
    return True


def drop_idle_refusals(draft: Draft, index: CatalogueIndex, held: Sequence[HeldWish]) -> None:
    """Takes out refused kinds that nothing wanted could be: "hiking, not boots" bars no cleats."""
    wanted = [
        Condition(field=wish.field, op="=", value=wish.value)
        for wish in (*draft.facts, *held)
        if wish.op == "=" and wish.field in ("use", "terrain", "brand")
    ]
    first: set[str] = set()
    for fact in [f for f in draft.facts if f.field == "category" and f.op == "!="]:
        if fact.quote not in first:
            first.add(fact.quote)
        elif not index.count([Condition(field="category", op="=", value=fact.value), *wanted]):
            draft.facts.remove(fact)


def _is_everything(value: str, index: CatalogueIndex) -> bool:
    return _count(value, index) == len(index)


def _count(value: str, index: CatalogueIndex) -> int:
    return index.count([Condition(field="category", op="=", value=value)])


def _head(word: str) -> str | None:
    text = normalise(word)
    if has_cjk(text):
        return text.removesuffix(_ENDING) or None
    words = list(tokens(text))
    return words[0].stem if len(words) == 1 else None


def _ends_in(name: str, head: str) -> bool:
    text = normalise(name)
    if has_cjk(head):
        return text.removesuffix(_ENDING).endswith(head)
    words = list(tokens(text))
    return bool(words) and words[-1].stem == head
