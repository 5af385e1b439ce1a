"""A product and another beside it: their names, and the parts of sentences found so far."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from sentence_scenes import Scene
from sentence_wordings import Wordings

from retrieval.money import format_price
from retrieval.product import Product
from retrieval.vocabulary import Term

_KIND_WORD = re.compile(r"(?:鞋|靴|机|外套|夹克|羽绒服|[男女童]款)$")


class Couple:
    """What a sentence may be about, and what fills its braces.

    Attributes:
        scene: the answer that the sentence belongs to.
        p, q: the product that it is about, and another that is shown.
        slots: the fillings by name.
        conditions: what holds of the two.
    """

    def __init__(
        self, scene: Scene, p: Product, q: Product, wordings: Wordings, rng: random.Random
    ) -> None:
        self.scene, self.p, self.q, self.rng = scene, p, q, rng
        self.wordings = wordings
        self.language = wordings.language
        self.zh = self.language == "zh"
        self.evidence = scene.evidence
        self.index = scene.evidence.index
        self.slots: dict[str, str] = {}
        self.conditions: set[str] = set()
        self._names()

    def pick(self, name: str, choices: Sequence[str]) -> None:
        """Fills a slot with one of the choices, if there is any."""
        if choices:
            self.slots[name] = self.rng.choice(choices)

    def when(self, **conditions: bool) -> None:
        """Notes the conditions that hold."""
        self.conditions |= {name for name, holds in conditions.items() if holds}

    def price(self, amount: float) -> str:
        """An amount in the catalogue's currency, as one of the ways to write it."""
        shown = format_price(amount, self.index.currency, self.language)
        named = {"USD": "美元", "EUR": "欧元"}.get(self.index.currency)
        if self.zh and named and self.rng.random() < 0.3:
            return f"{amount:g}{named}"
        return shown

    def _names(self) -> None:
        e, p, q = self.evidence, self.p, self.q
        self.slots |= {
            "P": self._named(p),
            "Q": self._named(q),
            "m": e.marker(p),
            "n": e.marker(q),
            "title": e.title(p),
            "short": self.short(p),
            "model": self._model(p),
            "S": f"{'' if self.zh else 'the '}{self.short(p)} {e.marker(p)}",
            "thing": _thing(p, self.zh),
        }
        self.when(
            pick=p.id == e.pick,
            other=p.id != e.pick,
            second=p == e.products[1],
            beside_pick=q.id == e.pick,
            shoe=_thing(p, zh=False) == "shoe",
        )
        category = self.index.vocabulary.display(Term("category", p.category[-1]), self.language)
        if p.brand:
            self.slots["brand"] = self._brand(p.brand)
        if p.category[-1] == q.category[-1]:
            self.slots["category"] = category if self.zh else category[0].lower() + category[1:]
        titles = [text_of(x) for x in self.scene.shown]
        shown = {x.brand for x in self.scene.shown if x.brand}
        others = sorted({x.brand for x in self.index.products if x.brand} - shown)
        if q.brand and q.brand != p.brand and self.rng.random() < 0.4:
            others = [q.brand]
        self.pick("wrong_brand", [self._brand(b) for b in others])
        invented = self.wordings.data["invented"]
        self.pick("fake", invented["products"])
        self.pick("fake_brand", invented["brands"])
        unshown = [
            e.title(x)
            for x in self.index.products
            if not any(x.title.casefold() in t or _overlap(x, y) for t in titles
                       for y in self.scene.shown)
        ]  # fmt: skip
        self.pick("unshown", unshown)

    def _brand(self, brand: str) -> str:
        return self.index.vocabulary.display(Term("brand", brand), self.language)

    def _model(self, product: Product) -> str:
        title, brand = self.evidence.title(product), product.brand or ""
        for name in (brand, *self.index.vocabulary.words_for(Term("brand", brand))):
            if title.casefold().startswith(f"{name.casefold()} "):
                return title[len(name) + 1 :]
        return title

    def short(self, product: Product) -> str:
        """The model's name without brand and kind, where no other shown product has it too."""
        words = self._model(product).split(" ")
        while len(words) > 1 and (
            _KIND_WORD.search(words[-1]) or words[-1] in ("Men's", "Women's", "Kids'")
        ):
            words.pop()
        name = " ".join(words)
        if self.zh and not re.search(r"[A-Za-z]|[^\W\d]\d", name):
            return self.evidence.title(product)
        others = [text_of(x) for x in self.scene.shown if x.id != product.id]
        if any(name.casefold() in text for text in others):
            return self.evidence.title(product)
        return name

    def _named(self, product: Product) -> str:
        title, short = self.evidence.title(product), self.short(product)
        marker = self.evidence.marker(product)
        if self.zh:
            return self.rng.choice(
                [f"{title} {marker}", f"{short} {marker}", f"{title}{marker}", f"{marker} {short} "]
            )
        stem = re.sub(r" v?\d+$", "", short)
        others = [text_of(x) for x in self.scene.shown if x.id != product.id]
        if not re.search("[A-Za-z]{4}", stem) or any(stem.casefold() in text for text in others):
            stem = short
        return self.rng.choice(
            [
                f"{title} {marker}",
                f"the {title} {marker}",
                f"the {short} {marker}",
                f"the {short}",
                f"the {stem} {marker}",
            ]
        )


def text_of(product: Product) -> str:
    """All free text of a record, in small letters."""
    return f"{product.title} {product.title_zh or ''} {product.description}".casefold()


def mentions(text: str, word: str) -> bool:
    """Whether a word begins somewhere in a text in small letters."""
    if not word.isascii():
        return word in text
    return re.search(rf"\b{re.escape(word.casefold())}", text) is not None


def _overlap(a: Product, b: Product) -> bool:
    return b.title.casefold() in a.title.casefold() or a.title.casefold() in b.title.casefold()


def _thing(product: Product, zh: bool) -> str:
    words = " ".join(product.category).casefold()
    for sign, en, chinese in (("jacket", "jacket", "外套"), ("machine", "machine", "咖啡机")):
        if sign in words:
            return chinese if zh else en
    return "鞋" if zh else "shoe"
