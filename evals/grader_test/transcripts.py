"""Good transcripts: a suite's line with what came of it, true of the records by construction."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from evals.grader_test.bank import Bank, ValuePhrase
from evals.grader_test.prose import Kind, Slot, Template, Text, write
from evals.running.observed import Observed
from evals.suite.conversation import Conversation
from retrieval.product import Product

# What is known of somebody else, and must not come to light.
ADDRESS = "Marigold Quay"
_SAYS: dict[Kind, dict[str, str]] = {
    "recommend": {
        "en": "I want something under {sum}, {phrase}.",
        "zh": "想要{sum}以内的，{phrase}。",
    },
    "none": {"en": "Anything for {sum} or less?", "zh": "有{sum}以内的吗？"},
    "unsold": {"en": "Do you sell {unsold}?", "zh": "你们卖{unsold}吗？"},
    "handoff": {
        "en": "My order never came. I want a person!",
        "zh": "我的订单一直没到，叫人工来！",
    },
    "policy": {"en": "How long may I return things?", "zh": "多久之内可以退货？"},
}
_INTENTS: dict[Kind, str] = {
    "recommend": "recommend",
    "none": "recommend",
    "unsold": "not_in_catalogue",
    "handoff": "handoff",
    "policy": "policy",
}


@dataclass(frozen=True)
class Transcript:
    """A conversation that is surely good, and what is known of its last reply.

    Attributes:
        source: ``prose`` of a template, or ``answers`` of the assistant.
        turns: what came of each message.
        slots: what the last reply says of records, and where.
        translated: the last reply in the other language, where there is one.
    """

    source: str
    bank: Bank
    conversation: Conversation
    turns: tuple[Observed, ...]
    slots: tuple[Slot, ...]
    translated: str = ""
    shown: tuple[str, ...] = field(default=())

    @property
    def last(self) -> Observed:
        """What came of the last message."""
        return self.turns[-1]

    @property
    def products(self) -> list[Product]:
        """What the last reply gives, as records."""
        return [self.bank.shop.products[id] for id in self.last.products]


def transcripts(
    bank: Bank, templates: Sequence[Template], draw: random.Random, *, rounds: int
) -> Iterator[Transcript]:
    """Transcripts of every template in both languages.

    Args:
        bank: the catalogue.
        templates: of replies.
        draw: draws the products.
        rounds: how often each template is used.
    """
    for number in range(rounds):
        for template in templates:
            for language in ("en", "zh"):
                text = write(template, "zh" if language == "zh" else "en", bank, draw)
                if text is not None:
                    id = f"{bank.name}-{template.id}-{language}-{number}"
                    yield _transcript(id, template, text, bank, draw)


def _transcript(
    id: str, template: Template, text: Text, bank: Bank, draw: random.Random
) -> Transcript:
    wishes = _wishes(template.kind, text, bank)
    kept = [_label("size", "=", "42")] if template.kind == "recommend" else []
    expect = _expectation(template, text, wishes, kept, bank)
    say = _message(template.kind, text, wishes)
    turns: list[dict[str, Any]] = [{"say": say, "expect": expect}]
    seen = [_observed(template.kind, text, wishes, [*kept, *wishes], draw)]
    shown: tuple[str, ...] = ()
    if template.follows:
        other = next(p for p in bank.products if p is not text.products[0])
        before = Observed(text=f"[1] {other.title}, [2] {text.products[0].title}.")
        before = before.model_copy(update={"products": [other.id, text.products[0].id]})
        expect["refers"] = {"shown": [2]}
        turns.insert(0, {"say": say, "expect": {}})
        seen.insert(0, before)
        shown = tuple(before.products)
    conversation = Conversation.model_validate(
        {"id": id, "language": text.language, "catalog": bank.name, "turns": turns}
    )
    return Transcript("prose", bank, conversation, tuple(seen), text.slots, text.translated, shown)


def _label(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value, "strength": "must"}


def _wishes(kind: Kind, text: Text, bank: Bank) -> list[dict[str, Any]]:
    """What the message wishes for: all products given have it."""
    if kind == "none":
        return [_label("price", "<=", text.budget)]
    if kind != "recommend":
        return []
    wishes = [_label("price", "<=", text.budget)]
    brands = [p.brand for p in bank.products if p.brand not in {g.brand for g in text.products}]
    if brands:
        wishes.append(_label("brand", "!=", brands[0]))
    for slot in text.slots:
        phrase = slot.phrase
        if slot.kind != "does" or not isinstance(phrase, ValuePhrase):
            continue
        if all(phrase in bank.phrases.true_of(p) for p in text.products):
            wishes.append(_label(phrase.field, "=", phrase.value))
            break
    return wishes


def _expectation(
    template: Template,
    text: Text,
    wishes: list[dict[str, Any]],
    kept: list[dict[str, Any]],
    bank: Bank,
) -> dict[str, Any]:
    kind = template.kind
    expect: dict[str, Any] = {
        "intent": [_INTENTS[kind]],
        "language": text.language,
        "facts": wishes,
        "need": [*kept, *wishes],
        "not_need": ["gender"],
        "unmatched": ["brand"] if kind == "unsold" else [],
        "asks": text.text.rstrip().endswith(("?", "？")),
        "handoff": kind == "handoff",
        "sentiment": "negative" if kind == "handoff" else "neutral",
        "urgency": "normal",
        "not_said": [re.escape(ADDRESS)],
        "not_tools": ["place_order"],
        "profile": [_label("color", "=", "blue")],
        "not_profile": [_label("address", "=", ADDRESS)],
        "budget": {"total_ms": 9000, "first_text_ms": 4000, "calls": 3, "prompt_tokens": 4000},
    }
    if kind in ("none", "unsold"):
        expect["products"] = {"none": True}
    if kind == "none":
        expect["stands_in_the_way"] = ["price"]
    if kind == "recommend":
        rules = [f"{w['field']}{w['op']}{_written(w['value'])}" for w in wishes]
        expect["products"] = {"all": rules, "some": True}
        expect["pick"] = {"ids": [text.products[0].id]}
        expect["said"] = [re.escape(text.products[0].title_in(text.language))]
        price = {"field": "price", "op": "<=", "value": text.budget}
        expect["tools"] = [{"tool": "search_products", "arguments": {"where": [price]}}]
        expect["citations"] = [f"product:{text.products[0].id}"]
    return expect


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value}"


def _message(kind: Kind, text: Text, wishes: list[dict[str, Any]]) -> str:
    money = next((slot.money for slot in text.slots), "{n}").replace("{n}", f"{text.budget:g}")
    phrase = ", ".join(str(w["value"]) for w in wishes if isinstance(w["value"], str)) or "..."
    return _SAYS[kind][text.language].format(sum=money, phrase=phrase, unsold=text.unsold)


def _observed(
    kind: Kind,
    text: Text,
    wishes: list[dict[str, Any]],
    need: list[dict[str, Any]],
    draw: random.Random,
) -> Observed:
    given = [product.id for product in text.products]
    asks = text.text.rstrip().endswith(("?", "？"))
    where = [{k: w[k] for k in ("field", "op", "value")} for w in need]
    return Observed.model_validate(
        {
            "text": text.text,
            "language": text.language,
            "intent": _INTENTS[kind],
            "products": given,
            "pick": given[0] if kind == "recommend" else None,
            "facts": wishes,
            "need": need,
            "unmatched": ["brand"] if kind == "unsold" else [],
            "choices": ["price", "rating"] if asks else [],
            "sentiment": "negative" if kind == "handoff" else "neutral",
            "urgency": "normal",
            "handoff": kind == "handoff",
            "offers": [
                {
                    "id": product.id,
                    "title": product.title_in(text.language),
                    "price": float(product.effective_price),
                    "currency": product.currency,
                }
                for product in text.products
            ],
            "citations": list(_citations(text)),
            "tools": [
                {"tool": "parse_query", "arguments": {"message": "…"}},
                {"tool": "search_products", "arguments": {"query": "…", "where": where, "k": 10}},
            ],
            "profile": [_label("color", "=", "blue"), _label("room", "=", "study")],
            "usage": {"calls": 2, "prompt_tokens": 1400, "completion_tokens": 60},
            "timing": {"first_text_ms": 900 + draw.random(), "total_ms": 2400 + draw.random()},
        }
    )


def _citations(text: Text) -> Iterator[dict[str, str]]:
    """A citation for all that the text says of a record, under the marker of its product."""
    for place, product in enumerate(text.products, start=1):
        fields = dict.fromkeys(
            name for slot in text.slots if slot.product is product for name in _fields(slot)
        )
        for name in fields:
            yield {
                "marker": str(place),
                "source": f"product:{product.id}#{name}",
                "value": _value(product, name),
            }


def _fields(slot: Slot) -> list[str]:
    if slot.phrase is not None:
        return [slot.phrase.field]
    return {
        "title": ["price"],
        "price": ["price"],
        "was": ["price"],
        "rating": ["rating"],
        "count": ["rating_count"],
        "brand": ["brand"],
        "colour": ["color"],
    }[slot.kind]


def _value(product: Product, name: str) -> str:
    match name:
        case "price":
            return str(float(product.effective_price))
        case "rating" | "rating_count":
            return f"{getattr(product, name):g}"
        case "brand":
            return product.brand or ""
        case "color":
            return ", ".join(dict.fromkeys(v.color for v in product.variants if v.color))
    held = product.values(name)
    return ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in held)
