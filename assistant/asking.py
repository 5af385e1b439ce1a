"""Asking back: the one question whose answer would narrow what fits the most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from assistant.need import Need
from assistant.record_text import names_something
from assistant.reply import Language
from prompts import phrases
from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from retrieval.product import Product
from retrieval.vocabulary import Term

# So few products need no question: they can be looked through.
_FEW = 6
# A shopper who has said this much has been clear.
_CLEAR_WISHES = 2
_MOST_CHOICES, _FEWEST_CHOICES = 4, 2
# A question that would leave most of the products is not worth a shopper's time.
_LEAST_GAIN = 0.25
# Who it is for leaves everything else open.
_ABOUT_PERSON = frozenset({"gender", "size"})
# Answers to these are known only once a shoe is chosen, or would not be asked by a salesperson.
_NEVER_ASKED = frozenset({"size", "color", "title", "id", "in_stock"})


class Question(BaseModel):
    """A question with the answers that the catalogue has.

    Attributes:
        field: what it asks for.
        text: the question.
        choices: two to four answers, the commonest first, as a shopper would write them.
        gain: the share of products that an answer is expected to rule out.
    """

    model_config = ConfigDict(frozen=True)

    field: str
    text: str
    choices: tuple[str, ...]
    gain: float


def ask_back(
    need: Need, fitting: Sequence[Product], index: CatalogueIndex, language: Language
) -> Question | None:
    """The question worth asking, or None where the wish is clear, few fit, or all was asked.

    The expected gain of a field is the share of the fitting products that have one of its
    choices, times the share that an answer rules out, each choice as likely as it is common.

    Args:
        need: what is wanted; its ``asked`` fields are not asked again.
        fitting: the products that meet it.
        index: the catalogue.
        language: of the question.
    """
    answered = {wish.field for wish in need.wishes()}
    if need.asked and need.asked[-1] not in answered:
        return None  # a shopper who passes over a question is not pressed with another
    if len(fitting) <= _FEW or len(_telling(need, index)) >= _CLEAR_WISHES:
        return None
    best: Question | None = None
    for field in sorted(_askable(need, index)):
        question = _question(field, fitting, index, language)
        if question and (best is None or question.gain > best.gain):
            best = question
    return best if best and best.gain >= _LEAST_GAIN else None


def _telling(need: Need, index: CatalogueIndex) -> list[str]:
    """The fields of wishes that narrow what fits: a kind that is the whole shop tells nothing."""
    telling = []
    for wish in need.wishes():
        if wish.field in _ABOUT_PERSON:
            continue
        kind = Condition(field="category", op="=", value=wish.value)
        if wish.field == "category" and 2 * index.count([kind]) >= len(index):
            continue
        if wish.field == "need":
            entry = index.advice.get(str(wish.value))
            if entry is None or not entry.require:
                continue
        telling.append(wish.field)
    return telling


def _askable(need: Need, index: CatalogueIndex) -> Iterable[str]:
    settled = {wish.field for wish in need.wishes() if wish.field != "category"} | set(need.asked)
    for wish in need.find("need"):
        # What the advice looks for is known without asking.
        entry = index.advice.get(str(wish.value))
        if entry is not None:
            settled |= {condition.field for condition in (*entry.require, *entry.prefer)}
    labelled = set(index.vocabulary.labels()) | {"category"}
    fields = index.vocabulary.fields() & labelled
    return fields - settled - _NEVER_ASKED


def _question(
    field: str, fitting: Sequence[Product], index: CatalogueIndex, language: Language
) -> Question | None:
    counts: Counter[str] = Counter()
    holders: dict[str, set[str]] = {}
    depth = _parting(fitting) if field == "category" else 0
    for product in fitting:
        for value in _values(product, field, depth):
            counts[value] += 1
            holders.setdefault(value, set()).add(product.id)
    choices = [
        value
        for value, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        if count < len(fitting) and _answerable(Term(field, value), index, language)
    ][:_MOST_CHOICES]
    if len(choices) < _FEWEST_CHOICES:
        return None
    total = len(fitting)
    covered = len(set().union(*(holders[value] for value in choices))) / total
    likely = sum(counts[value] for value in choices)
    left = sum(counts[value] / likely * counts[value] / total for value in choices)
    shown = tuple(index.vocabulary.display(Term(field, value), language) for value in choices)
    fixed = phrases(language)
    listed = fixed["or"].join([fixed["join"].join(shown[:-1]), shown[-1]])
    name = "ask_kind" if field == "category" else "ask"
    text = fixed[name].format(label=index.vocabulary.label(field, language), choices=listed)
    return Question(field=field, text=text, choices=shown, gain=covered * (1 - left))


def _values(product: Product, field: str, depth: int) -> Iterable[str]:
    """The values of a field that can be chosen; of a category path the step at that depth."""
    if field != "category":
        texts = (v for v in product.values(field) if isinstance(v, str))
        return dict.fromkeys(v for v in texts if names_something(v))
    return product.category[depth : depth + 1]


def _parting(fitting: Sequence[Product]) -> int:
    """How many steps of the category path all products share."""
    paths = [product.category for product in fitting]
    return next(
        (depth for depth, steps in enumerate(zip(*paths, strict=False)) if len({*steps}) > 1),
        min(map(len, paths)),
    )


def _answerable(term: Term, index: CatalogueIndex, language: Language) -> bool:
    """Whether the choice, written as it is shown, would be understood as this value."""
    shown = index.vocabulary.display(term, language)
    return term in index.vocabulary.resolve(shown, (term.field,))
