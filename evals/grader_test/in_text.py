"""Faults of a text against the records: each is made false by looking at the record."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations

from evals.grader_test.bank import MeasurePhrase, ValuePhrase
from evals.grader_test.falsehoods import CHECKED, PLAIN, Sentences, sentences
from evals.grader_test.fault import Fault, Plant, Planted, added, reworded
from evals.grader_test.prose import Slot, money
from evals.grader_test.transcripts import Transcript
from retrieval.product import Product

_GROUNDED = ("grounded",)
_OTHER_MONEY = {"USD": "€", "CNY": "$", "GBP": "¥", "EUR": "£"}
_RATING_STEPS = (-0.6, -0.3, 0.4, 0.7)


def faults_in_text(name: str) -> list[Fault]:
    """Wrong figures and values in the places that slots mark, and false sentences put behind."""
    found = [
        Fault("price in the text", _GROUNDED, _price),
        Fault("price before a sale", _GROUNDED, _was),
        Fault("currency", _GROUNDED, _currency),
        Fault("difference of prices", _GROUNDED, _gap),
        Fault("rating", _GROUNDED, _rating),
        Fault("number of ratings", _GROUNDED, _count),
        Fault("attribute value", _GROUNDED, _value),
        Fault("truth of an attribute", _GROUNDED, _truth),
        Fault("measure", _GROUNDED, _measure),
        Fault("brand of a product", _GROUNDED, _brand),
        Fault("colour that is not in stock", _GROUNDED, _colour),
        Fault("product that does not exist", _GROUNDED, _invented),
    ]
    banks = sentences(f"{name}_falsehoods")
    found += [Fault(name, _GROUNDED, _sentence(banks[name])) for name in PLAIN]
    found += [Fault(name, _GROUNDED, _checked_sentence(name, banks[name])) for name in CHECKED]
    return found


def _slot(transcript: Transcript, kinds: Sequence[str], draw: random.Random) -> Slot | None:
    slots = [slot for slot in transcript.slots if slot.kind in kinds]
    return draw.choice(slots) if slots else None


def _sums(transcript: Transcript) -> set[float]:
    """All sums that could be meant: prices, their differences, and what the shopper said."""
    prices = {
        float(price)
        for product in transcript.products
        for price in (product.price, product.effective_price)
    }
    said = "".join(turn.say for turn in transcript.conversation.turns)
    digits = {float(n) for n in "".join(c if c.isdigit() else " " for c in said).split()}
    return prices | {abs(a - b) for a, b in combinations(prices, 2)} | digits


def _false_sum(transcript: Transcript, near: float, draw: random.Random) -> float:
    taken = _sums(transcript)
    sums = [round(near * share) + extra for share in (0.7, 0.85, 1.15, 1.3) for extra in (0, 3)]
    free = [s for s in sums if s > 0 and all(abs(s - t) > 1 for t in taken)]
    return float(draw.choice(free)) if free else near + 1234.0


def _price(transcript: Transcript, draw: random.Random) -> Planted | None:
    slot = _slot(transcript, ("price",), draw)
    if slot is None or slot.product is None:
        return None
    amount = _false_sum(transcript, float(slot.product.effective_price), draw)
    return reworded(transcript, slot.start, slot.end, money(amount, slot.money))


def _was(transcript: Transcript, draw: random.Random) -> Planted | None:
    slot = _slot(transcript, ("was",), draw)
    if slot is None or slot.product is None:
        return None
    amount = _false_sum(transcript, float(slot.product.price), draw)
    return reworded(transcript, slot.start, slot.end, money(amount, slot.money))


def _currency(transcript: Transcript, draw: random.Random) -> Planted | None:
    slot = _slot(transcript, ("price",), draw)
    if slot is None or slot.product is None:
        return None
    amount = float(slot.product.effective_price)
    words = money(amount, _OTHER_MONEY[slot.product.currency] + "{n}")
    return reworded(transcript, slot.start, slot.end, words)


def _gap(transcript: Transcript, draw: random.Random) -> Planted | None:
    slot = _slot(transcript, ("gap",), draw)
    if slot is None:
        return None
    a, b = (float(p.effective_price) for p in transcript.products[:2])
    amount = _false_sum(transcript, abs(a - b) + 7, draw)
    return reworded(transcript, slot.start, slot.end, money(amount, slot.money))


def _rating(transcript: Transcript, draw: random.Random) -> Planted | None:
    slot = _slot(transcript, ("rating",), draw)
    if slot is None or slot.product is None or slot.product.rating is None:
        return None
    wrong = round(slot.product.rating + draw.choice(_RATING_STEPS), 1)
    others = {p.rating for p in transcript.products}
    if wrong in others or not 0 < wrong <= 5:
        return None
    return reworded(transcript, slot.start, slot.end, f"{wrong:g}")


def _count(transcript: Transcript, draw: random.Random) -> Planted | None:
    slot = _slot(transcript, ("count",), draw)
    if slot is None or slot.product is None or slot.product.rating_count is None:
        return None
    wrong = slot.product.rating_count + draw.choice((11, 40, 137))
    return reworded(transcript, slot.start, slot.end, f"{wrong}")


def _value(transcript: Transcript, draw: random.Random) -> Planted | None:
    slot = _slot(transcript, ("does", "also"), draw)
    if slot is None or slot.product is None or not isinstance(slot.phrase, ValuePhrase):
        return None
    if isinstance(slot.phrase.value, bool):
        return None
    false = [p for p in transcript.bank.phrases.false_of(slot.product) if p.value is not True]
    false = [p for p in false if p.field == slot.phrase.field]
    return _phrase(transcript, slot, false, draw)


def _truth(transcript: Transcript, draw: random.Random) -> Planted | None:
    slot = _slot(transcript, ("does", "also"), draw)
    if slot is None or slot.product is None:
        return None
    false = [p for p in transcript.bank.phrases.false_of(slot.product) if isinstance(p.value, bool)]
    return _phrase(transcript, slot, false, draw)


def _phrase(
    transcript: Transcript, slot: Slot, false: Sequence[ValuePhrase], draw: random.Random
) -> Planted | None:
    if not false:
        return None
    words = draw.choice(list(false)).said(transcript.last.language or "en")
    return reworded(transcript, slot.start, slot.end, words)


def _measure(transcript: Transcript, draw: random.Random) -> Planted | None:
    slot = _slot(transcript, ("measures",), draw)
    if slot is None or slot.product is None or not isinstance(slot.phrase, MeasurePhrase):
        return None
    number = slot.product.attributes[slot.phrase.field]
    assert isinstance(number, float)
    wrong = round(number + draw.choice((1, 2)) * slot.phrase.more, 3)
    if wrong in slot.product.attributes.values():
        return None
    words = slot.phrase.said(transcript.last.language or "en", wrong)
    return reworded(transcript, slot.start, slot.end, words)


def _brand(transcript: Transcript, draw: random.Random) -> Planted | None:
    slot = _slot(transcript, ("brand",), draw)
    if slot is None or slot.product is None:
        return None
    own = slot.product.brand
    brands = sorted({p.brand for p in transcript.bank.products if p.brand and p.brand != own})
    return reworded(transcript, slot.start, slot.end, draw.choice(brands))


def _colour(transcript: Transcript, draw: random.Random) -> Planted | None:
    slot = _slot(transcript, ("colour",), draw)
    if slot is None or slot.product is None:
        return None
    bank = transcript.bank
    stocked = {v.color for v in slot.product.variants if v.availability == "in_stock"}
    stocked |= set(map(str, slot.product.values("color")))
    others = sorted(
        {v.color for p in bank.products for v in p.variants if v.color and v.color.isalpha()}
        - stocked
    )
    if not others:
        return None
    words = bank.colour(draw.choice(others), transcript.last.language or "en")
    return reworded(transcript, slot.start, slot.end, words)


def _invented(transcript: Transcript, draw: random.Random) -> Planted | None:
    """A title with another number, or the brand with a name that nothing has."""
    slot = _slot(transcript, ("title",), draw)
    if slot is None or slot.product is None or not slot.product.brand:
        return None
    bank = transcript.bank
    title = transcript.last.text[slot.start : slot.end]
    words = f"{slot.product.brand} {draw.choice(('Zephyron 77', 'Quillane', 'Vantora X'))}"
    head, _, number = title.rpartition(" ")
    if number.isdigit() and draw.random() < 0.5:
        wrong = f"{head} {int(number) + draw.choice((2, 3))}"
        if all(wrong not in (p.title, p.title_zh) for p in bank.shop.products.values()):
            words = wrong
    return reworded(transcript, slot.start, slot.end, words)


def _sentence(texts: Sentences) -> Plant:
    def plant(transcript: Transcript, draw: random.Random) -> Planted | None:
        if not transcript.products:
            return None
        sentence = draw.choice(texts[transcript.last.language or "en"])
        return added(transcript, _filled(sentence, transcript.products[0], transcript))

    return plant


def _checked_sentence(name: str, texts: Sentences) -> Plant:
    def plant(transcript: Transcript, draw: random.Random) -> Planted | None:
        if not transcript.products:
            return None
        product = transcript.products[0]
        other = draw.choice([p for p in transcript.bank.products if p is not product])
        if not CHECKED[name](product, other, transcript):
            return None
        sentence = draw.choice(texts[transcript.last.language or "en"])
        return added(transcript, _filled(sentence, product, transcript, other))

    return plant


def _filled(
    sentence: str, product: Product, transcript: Transcript, other: Product | None = None
) -> str:
    language = transcript.last.language or "en"
    filled = sentence.replace("{a}", product.title_in(language))
    return filled if other is None else filled.replace("{other}", other.title_in(language))
