"""Replies written from patterns, with the places of all that a record bears out in them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from typing import Literal

import yaml

from evals.grader_test.bank import Bank, MeasurePhrase, ValuePhrase
from evals.suite.predicates import can_be_bought
from evals.suite.strict import Strict
from retrieval.product import Product

Language = Literal["en", "zh"]
Kind = Literal["recommend", "none", "unsold", "handoff", "policy"]
_PLACE = re.compile(r"\{(?:([abc])(?:\.(\w+))?|(gap|budget|limit|unsold))\}")
_TRIES = 60
_MONEY: dict[str, dict[Language, tuple[str, ...]]] = {
    "USD": {"en": ("${n}",), "zh": ("{n}美元", "${n}")},
    "CNY": {"en": ("¥{n}", "{n} yuan"), "zh": ("{n}元", "¥{n}")},
    "GBP": {"en": ("£{n}",), "zh": ("{n}英镑", "£{n}")},
    "EUR": {"en": ("€{n}", "{n} euros"), "zh": ("{n}欧元", "€{n}")},
}
UNSOLD: dict[Language, tuple[str, ...]] = {
    "en": ("Gucci", "Ikea", "Samsung", "Zara"),
    "zh": ("古驰", "宜家", "三星", "飒拉"),
}


class Template(Strict):
    """A reply with places for what records hold.

    Attributes:
        products: how many it speaks of.
        when: what must be true of them; keys of ``CONDITIONS``.
        kind: what the shopper is told.
        follows: answers a question about the second of the products shown before.
    """

    id: str
    products: int
    en: str
    zh: str
    when: tuple[str, ...] = ()
    kind: Kind = "recommend"
    follows: bool = False


@dataclass(frozen=True)
class Slot:
    """What a reply says of a record, and where.

    Attributes:
        kind: the name of the place.
        product: of which; None for sums that are the shopper's.
        phrase: what is said, where it is a phrase.
        money: how sums are written in the reply.
    """

    kind: str
    start: int
    end: int
    product: Product | None
    phrase: ValuePhrase | MeasurePhrase | None = None
    money: str = "{n}"


@dataclass(frozen=True)
class Text:
    """A reply that its records bear out.

    Attributes:
        budget: the shopper's bound on the price, in the catalogue's currency.
        translated: the same in the other language.
    """

    text: str
    language: Language
    products: tuple[Product, ...]
    slots: tuple[Slot, ...]
    budget: float
    unsold: str = ""
    translated: str = ""


def templates(name: str) -> list[Template]:
    """The templates of a packaged file."""
    text = files("evals.grader_test").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return [Template.model_validate(item) for item in yaml.safe_load(text)]


def _price(product: Product) -> Decimal:
    return product.effective_price


CONDITIONS: dict[str, Callable[[Sequence[Product]], bool]] = {
    "a-on-sale": lambda p: p[0].on_sale,
    "a-colour": lambda p: bool(_colours(p[0])),
    "a-cheapest": lambda p: all(_price(p[0]) < _price(x) for x in p[1:]),
    "a-best-rated": lambda p: all((p[0].rating or 0) > (x.rating or 0) for x in p[1:]),
    "b-cheaper": lambda p: _price(p[1]) < _price(p[0]),
    "b-dearer": lambda p: _price(p[1]) > _price(p[0]),
    "b-rated-higher": lambda p: (p[1].rating or 0) > (p[0].rating or 0),
}


def write(template: Template, language: Language, bank: Bank, draw: random.Random) -> Text | None:
    """A reply made from a template and drawn products; None where the catalogue has none for it.

    Args:
        template: what is said.
        language: of the reply.
        bank: the catalogue.
        draw: draws the products and what is said of them.
    """
    for _ in range(_TRIES):
        products = draw.sample(list(bank.products), template.products)
        if template.kind == "none":
            cheapest = min(bank.products, key=_price)
            products = [cheapest, *(p for p in products[1:] if p is not cheapest)]
        if not all(CONDITIONS[name](products) for name in template.when):
            continue
        writing = _Writing(bank, products, language, draw)
        if (text := writing.fill(template)) is not None:
            return text
    return None


class _Writing:
    """One reply in the making."""

    def __init__(
        self, bank: Bank, products: Sequence[Product], language: Language, draw: random.Random
    ) -> None:
        self.bank, self.products, self.language = bank, products, language
        self.money: dict[Language, str] = {
            lang: draw.choice(_MONEY[bank.currency][lang]) for lang in ("en", "zh")
        }
        self.unsold = draw.randrange(len(UNSOLD["en"]))
        top = max((float(_price(p)) for p in products), default=100.0)
        step = 10 if top < 1000 else 100
        self.budget = float((int(top) // step + 1 + draw.randrange(2)) * step)
        low = min(float(_price(p)) for p in bank.products)
        self.limit = float(max(5, int(low * 0.5)))
        self.told = {
            product.id: draw.sample(phrases, len(phrases))
            for product in products
            for phrases in [bank.phrases.true_of(product)]
        }
        self.measured = {
            product.id: draw.sample(held, len(held))
            for product in products
            for held in [
                [m for m in bank.phrases.measures if product.attributes.get(m.field) is not None]
            ]
        }

    def fill(self, template: Template) -> Text | None:
        written = self._write(template.en if self.language == "en" else template.zh, self.language)
        other: Language = "zh" if self.language == "en" else "en"
        translated = self._write(template.en if other == "en" else template.zh, other)
        if written is None or translated is None:
            return None
        return Text(
            text=written[0],
            language=self.language,
            products=tuple(self.products),
            slots=written[1],
            budget=self.limit if template.kind == "none" else self.budget,
            unsold=UNSOLD[self.language][self.unsold] if template.kind == "unsold" else "",
            translated=translated[0],
        )

    def _write(self, pattern: str, language: Language) -> tuple[str, tuple[Slot, ...]] | None:
        text, at = "", 0
        slots: list[Slot] = []
        for match in _PLACE.finditer(pattern):
            text += pattern[at : match.start()]
            at = match.end()
            product = self.products["abc".index(match[1])] if match[1] else None
            name = match[2] or match[3] or "title"
            said = self._said(name, product, language)
            if said is None:
                return None
            words, phrase = said
            slots.append(
                Slot(name, len(text), len(text) + len(words), product, phrase, self.money[language])
            )
            text += words
        return text + pattern[at:], tuple(slots)

    def _said(
        self, name: str, product: Product | None, language: Language
    ) -> tuple[str, ValuePhrase | MeasurePhrase | None] | None:
        if product is None:
            if name == "unsold":
                return UNSOLD[language][self.unsold], None
            gap = abs(float(_price(self.products[0]) - _price(self.products[-1])))
            sum = {"gap": gap, "budget": self.budget, "limit": self.limit}[name]
            return self._sum(sum, language), None
        if name in ("does", "also"):
            told = self.told[product.id]
            others = [p for p in told if p.field != told[0].field] if told else []
            chosen = told[:1] if name == "does" else others[:1]
            return (chosen[0].said(language), chosen[0]) if chosen else None
        if name == "measures":
            measured = self.measured[product.id]
            if not measured:
                return None
            number = product.attributes[measured[0].field]
            assert isinstance(number, float)
            return measured[0].said(language, number), measured[0]
        words = self._plain(name, product, language)
        return None if words is None else (words, None)

    def _plain(self, name: str, product: Product, language: Language) -> str | None:
        match name:
            case "title":
                return product.title_in(language)
            case "price":
                return self._sum(float(product.effective_price), language)
            case "was":
                return self._sum(float(product.price), language)
            case "rating":
                return None if product.rating is None else f"{product.rating:g}"
            case "count":
                return None if product.rating_count is None else f"{product.rating_count}"
            case "brand":
                return product.brand
            case "colour":
                colours = _colours(product)
                return self.bank.colour(colours[0], language) if colours else None
        raise AssertionError(f"no place is called {name}")

    def _sum(self, amount: float, language: Language) -> str:
        return money(amount, self.money[language])


def money(amount: float, pattern: str) -> str:
    """A sum as the reply writes sums."""
    return pattern.replace("{n}", f"{amount:,.2f}".removesuffix(".00").replace(",", ""))


def _colours(product: Product) -> list[str]:
    """Colours that are in stock and are one word."""
    if not can_be_bought(product):
        return []
    stocked = [v.color for v in product.variants if v.color and v.availability == "in_stock"]
    return [colour for colour in dict.fromkeys(stocked) if colour.isalpha()]
