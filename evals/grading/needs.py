"""What a sentence calls a product right for, held against the shop's advice file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from evals.grading.alternatives import one_of
from evals.grading.attributes import negated, values_of
from evals.grading.claim import Claim
from evals.grading.phrases import phrases, unhedged
from evals.grading.subjects import Speech
from retrieval.advice import Advice
from retrieval.conditions import Condition
from retrieval.product import Product
from retrieval.text import has_cjk

_DENIED_WITHIN = 9  # characters


class Needs:
    """Checks that products suit what the advice says of them.

    Args:
        advice: the entries of the shop's file.
        get: the product of an id.
    """

    def __init__(self, advice: Sequence[Advice], get: Callable[[str], Product]) -> None:
        self._get = get
        self._advice = {
            word.lower(): entry
            for entry in advice
            for words in entry.words.values()
            for word in words
        }
        for known, *others in phrases().needs:
            if known in self._advice:
                self._advice |= dict.fromkeys(others, self._advice[known]) | self._advice
        self._advice |= {word.replace(" ", "-"): entry for word, entry in self._advice.items()}
        chinese = one_of(word for word in self._advice if has_cjk(word))
        latin = one_of(word for word in self._advice if not has_cjk(word))
        self._words = re.compile(rf"(?P<zh>{chinese})|(?<![a-z])(?P<en>{latin})s?(?![a-z])")

    def claims(self, speech: Speech) -> Iterator[Claim]:
        """Every need that the sentence calls a product right for."""
        text = speech.small
        found = phrases().found
        if text.rstrip(" *").endswith(("?", "？")) or found("about_shop", text):
            return
        if found("record_silent", text):
            return
        for match in self._words.finditer(text):
            left, _ = speech.clause(match.start(), match.end())
            before = text[left : match.start()]
            # "With flat feet, you will do well in it" names the need first.
            follows = bool(speech.groups) and _told("suits_after", text[match.end() :])
            precedes = _told("suits_if", before) or (
                found("suits_cue", before) and not found("about_shopper", before)
            )
            if not follows and (not precedes or _unsuited(text[match.end() :])):
                continue
            if negated(text, match.start(), match.end(), left):
                continue
            subject = speech.subject(match.start(), match.end())
            products = [[self._get(id) for id in ids] for ids in subject.items]
            if not products:
                continue
            word = match["zh"] or match["en"]
            entry = self._advice[word]
            met = [any(_suits(p, entry, word) for p in alike) for alike in products]
            supported = all(met) if subject.every else any(met)
            shown = next(a[0] for a, ok in zip(products, met, strict=True) if ok == supported)
            wanted = "; ".join(map(str, entry.require or entry.prefer))
            told = f"{shown.id}: advice {entry.id} wants {wanted}"
            yield Claim("attribute", match[0], speech.text, shown.id, supported, told)


def _told(name: str, text: str) -> bool:
    """Whether a text calls a product right; "not a good choice" does not."""
    said = phrases().found(name, text)
    ahead = text[: said.start()][-_DENIED_WITHIN:] if said else ""
    return said is not None and phrases().found("negation", unhedged(ahead)) is None


def _unsuited(behind: str) -> bool:
    """Whether a sentence that begins with a need denies that it is met."""
    said = phrases().found("unsuited", behind)
    return said is not None and re.search(r"\bbut\b|但", behind[: said.start()]) is None


def _suits(product: Product, entry: Advice, word: str) -> bool:
    if entry.require:
        meets = all(_meets(product, condition) for condition in entry.require)
    else:
        meets = any(_meets(product, condition) for condition in entry.prefer)
    return meets or word in f"{product.title_zh or ''} {product.description}".lower()


def _meets(product: Product, condition: Condition) -> bool:
    held: list[bool | float | str]
    if condition.field == "price":
        held = [float(product.effective_price)]
    elif condition.field in {"rating", "rating_count", "brand", "availability"}:
        value = getattr(product, condition.field)
        held = [] if value is None else [value]
    else:
        held = values_of(product, condition.field)
    wanted = condition.value if isinstance(condition.value, list) else [condition.value]
    if condition.op in {"<", "<=", ">", ">="}:
        numbers = [float(v) for v in held if isinstance(v, int | float)]
        limit = float(wanted[0])
        return any(_compares(number, condition.op, limit) for number in numbers)
    has = any(_key(value) in {_key(w) for w in wanted} for value in held)
    return not has if condition.op in {"!=", "not_in"} else has


def _compares(number: float, op: str, limit: float) -> bool:
    if op.startswith("<"):
        return number < limit or (op == "<=" and number == limit)
    return number > limit or (op == ">=" and number == limit)


def _key(value: bool | float | str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, int | float) else value.lower()
