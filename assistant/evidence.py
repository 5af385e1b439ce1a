"""What an answer may rest on: numbered records, advice, the need, and what was computed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from assistant.need import Need, Plan, Wish
from assistant.reply import Language, OfferedProduct, Reason
from prompts import phrases
from retrieval.advice import Advice
from retrieval.columns import key
from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from retrieval.money import format_price
from retrieval.product import Product
from retrieval.vocabulary import Term

# Attributes that a short description names first, where the record has them.
_MOST_REASONS = 3


@dataclass(frozen=True)
class Evidence:
    """The records that one answer may speak of.

    Attributes:
        index: the catalogue.
        products: in the order of their numbers, from 1; the first is the pick where there is one.
        need: what the shopper wants.
        plan: how that was searched for.
        advice: entries that the need rests on.
        extremes: least and greatest value of numeric fields among all products that fit.
        pick: id of the product that is recommended.
        language: of the answer.
        message: the shopper's message.
        asked: the fields that a question is about.
        asked_variant: the size and the colour that it names, where it does.
    """

    index: CatalogueIndex
    products: Sequence[Product]
    need: Need
    plan: Plan
    language: Language
    message: str
    advice: Sequence[Advice] = ()
    extremes: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    pick: str | None = None
    asked: tuple[str, ...] = ()
    asked_variant: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def phrases(self) -> dict[str, Any]:
        """The fixed phrases of the answer's language."""
        return phrases(self.language)

    def marker(self, product: Product) -> str:
        """The product's number in brackets."""
        return f"[{self.products.index(product) + 1}]"

    def title(self, product: Product) -> str:
        """The product's title in the language of the answer."""
        return (product.title_zh if self.language == "zh" else None) or product.title

    def price(self, product: Product) -> str:
        """The effective price as the shopper reads it."""
        return format_price(product.effective_price, product.currency, self.language)

    def show(self, name: str, value: Any) -> str:
        """An attribute's value as the shopper reads it, with its unit or label."""
        vocabulary = self.index.vocabulary
        if isinstance(value, bool):
            return vocabulary.display(Term(name, value), self.language)
        if isinstance(value, float):
            label = vocabulary.label(name, self.language)
            return f"{label} {value:g}{unit_of(name)}"
        shown = vocabulary.display(Term(name, value), self.language)
        label = vocabulary.label(name, self.language)
        if self.language == "zh":
            # "鞋楦宽度宽楦" says width twice.
            return shown if set(label) & set(shown) else f"{label}{shown}"
        return f"{shown} {label}" if label not in shown else shown

    def facts_line(self, product: Product) -> str:
        """One line of the prompt: the product's number, name, price and telling attributes."""
        parts = [f"{self.marker(product)} {self.title(product)}", self.price(product)]
        if product.on_sale:
            was = format_price(product.price, product.currency, self.language)
            parts.append(self.phrases["reduced"].format(price=was))
        parts += [reason.text for reason in self.reasons(product)]
        if product.rating is not None:
            parts.append(self._rated(product))
        return " | ".join(parts)

    def record_lines(self, product: Product) -> list[str]:
        """The whole record as lines of the prompt."""
        lines = [f"{self.marker(product)} {self.title(product)}", self.price(product)]
        lines += [
            f"{self.index.vocabulary.label(name, self.language)}: {self._all_values(product, name)}"
            for name in product.attributes
            if name != "color" or not product.variants
        ]
        sizes = self.sizes(product)
        if sizes:
            lines.append(self.phrases["sizes_in_stock"].format(sizes=" ".join(sizes)))
        colors = sorted({v.color for v in product.variants if v.color})
        if colors:
            label = self.index.vocabulary.label("color", self.language)
            shown = [self.index.vocabulary.display(Term("color", c), self.language) for c in colors]
            lines.append(f"{label}: {', '.join(shown)}")
        if product.rating is not None:
            lines.append(self._rated(product))
        if product.description and self.language == "en":
            lines.append(product.description)
        return lines

    def _rated(self, product: Product) -> str:
        phrase = "rated" if product.rating_count else "rated_uncounted"
        return str(self.phrases[phrase]).format(
            rating=f"{product.rating:g}", count=product.rating_count
        )

    def sizes(self, product: Product) -> list[str]:
        """The sizes that are in stock, in the record's order."""
        stocked = [v.size for v in product.variants if v.size and v.availability == "in_stock"]
        return sorted(dict.fromkeys(stocked), key=_by_number)

    def _all_values(self, product: Product, name: str) -> str:
        values = product.values(name)
        if len(values) == 1 and isinstance(values[0], bool):
            return str(self.phrases["affirmed" if values[0] else "denied"])
        if len(values) == 1 and isinstance(values[0], float):
            return f"{values[0]:g}{unit_of(name)}"
        vocabulary = self.index.vocabulary
        return ", ".join(vocabulary.display(Term(name, v), self.language) for v in values)

    def reasons(self, product: Product) -> list[Reason]:
        """Why the product fits: the wishes that its record meets, the pressing ones first.

        Where no wish names an attribute, the record's first attributes tell what it is.
        """
        if self.asked_variant:
            others = [n for n in self.asked if n not in ("size", "color", "availability")]
            return [self._stocked(product), *(self._recorded(product, n) for n in others)]
        if self.asked:
            return [self._recorded(product, name) for name in self.asked]
        reasons: list[Reason] = []
        for condition, _ in self._wanted():
            reason = self._reason(product, condition)
            if reason is not None and reason not in reasons:
                reasons.append(reason)
        if not reasons:
            for name in product.attributes:
                if name in ("gender", "color", "size") or not self._worth_saying(name):
                    continue
                for value in product.values(name)[:1]:
                    if value is not False:
                        source = f"product:{product.id}#{name}"
                        reasons.append(Reason(text=self.show(name, value), source=source))
                if len(reasons) == _MOST_REASONS:
                    break
        return reasons[: _MOST_REASONS + 1]

    def _worth_saying(self, name: str) -> bool:
        """Whether a field tells a shopper something unasked: bare numbers need a label."""
        labelled = name in self.index.vocabulary.labels()
        return labelled or name not in self.index.vocabulary.numeric_fields

    def _stocked(self, product: Product) -> Reason:
        """Whether the size and colour that are asked for are in stock together."""
        size, color = self.asked_variant.get("size"), self.asked_variant.get("color")
        shown = (
            [self.index.vocabulary.display(Term("color", color), self.language)] if color else []
        )
        thing = " ".join([size, *shown] if size else shown)
        stocked = product.availability != "out_of_stock" and any(
            v.availability == "in_stock"
            and (size is None or v.size == size)
            and (color is None or key(v.color or "") == key(color))
            for v in product.variants
        )
        source = f"product:{product.id}#{'size' if size else 'color'}"
        if stocked:
            return Reason(text=self.phrases["in_stock"].format(thing=thing), source=source)
        sizes = " ".join(self.sizes(product)) or "-"
        text = self.phrases["sold_out"].format(thing=thing, sizes=sizes)
        return Reason(text=text, source=source, met=False)

    def _recorded(self, product: Product, name: str) -> Reason:
        """What the record says of a field that is asked about, its silence included."""
        label = self.index.vocabulary.label(name, self.language)
        source = f"product:{product.id}#{name}"
        if name == "price":
            return Reason(text=f"{label} {self.price(product)}", source=source)
        if name == "availability":
            stocked = product.availability != "out_of_stock" and (
                not product.variants or bool(self.sizes(product))
            )
            return Reason(
                text=self.phrases["available" if stocked else "unavailable"], source=source
            )
        if name == "size":
            sizes = " ".join(self.sizes(product))
            return Reason(text=self.phrases["sizes_in_stock"].format(sizes=sizes), source=source)
        if name == "rating" and product.rating is not None:
            text = self._rated(product)
            return Reason(text=text, source=source)
        if name == "color" and product.variants:
            colors = dict.fromkeys(v.color for v in product.variants if v.color)
            shown = [self.index.vocabulary.display(Term("color", c), self.language) for c in colors]
            return Reason(text=f"{label}: {self.phrases['join'].join(shown)}", source=source)
        values = product.values(name)
        if len(values) == 1 and isinstance(values[0], bool):
            return Reason(text=self.show(name, values[0]), source=source)
        if values:
            return Reason(text=f"{label}: {self._all_values(product, name)}", source=source)
        return Reason(text=self.phrases["not_told"].format(label=label), source=source, met=False)

    def _wanted(self) -> Iterable[tuple[Condition, Wish | None]]:
        """Conditions on what a record says of the product itself, hard ones first."""
        plain = ("price", "brand", "category", "gender", "in_stock", "rating_count")
        for condition, wish in self.plan.where:
            if condition.field not in plain:
                yield condition, wish
        for condition in self.plan.prefer:
            if condition.field not in plain:
                yield condition, None
        if self.plan.sort and self.plan.sort.field not in ("price", "rating", "rating_count"):
            yield Condition(field=self.plan.sort.field, op="!=", value="extreme"), None

    def _reason(self, product: Product, condition: Condition) -> Reason | None:
        name = condition.field
        source = f"product:{product.id}#{name}"
        if name == "rating":
            return None  # said with its count elsewhere
        if name in ("size", "color") and product.variants:
            return self._variant_reason(product, condition)
        values = product.values(name)
        if condition.op in ("!=", "not_in") and not (
            self.plan.sort and name == self.plan.sort.field
        ):
            return None
        wanted = condition.value if isinstance(condition.value, list) else [condition.value]
        for value in values:
            numeric = isinstance(value, float) and not isinstance(value, bool)
            if numeric or value in wanted:
                return Reason(text=self.show(name, value), source=source)
        return None

    def _variant_reason(self, product: Product, condition: Condition) -> Reason | None:
        if condition.op == "!=" and condition.field == "color":
            others = dict.fromkeys(
                v.color
                for v in product.variants
                if v.color and v.color != condition.value and v.availability == "in_stock"
            )
            shown = [self.index.vocabulary.display(Term("color", c), self.language) for c in others]
            text = self.phrases["join"].join(shown)
            return Reason(text=text, source=f"product:{product.id}#color") if shown else None
        if condition.op not in ("=", "in"):
            return None
        wanted = condition.value if isinstance(condition.value, list) else [condition.value]
        for variant in product.variants:
            value = variant.size if condition.field == "size" else variant.color
            if value in wanted and variant.availability == "in_stock":
                text = (
                    self.phrases["sizes_in_stock"].format(sizes=value)
                    if condition.field == "size"
                    else self.index.vocabulary.display(Term("color", value), self.language)
                )
                return Reason(text=text, source=f"product:{product.id}#{condition.field}")
        return None

    def offered(self, product: Product) -> OfferedProduct:
        """The product as a reply carries it."""
        return OfferedProduct(
            id=product.id,
            title=self.title(product),
            price=float(product.effective_price),
            currency=product.currency,
            list_price=float(product.price) if product.on_sale else None,
            rating=product.rating,
            rating_count=product.rating_count,
            image_url=product.image_url,
            url=product.url,
            reasons=[
                *self.reasons(product),
                *(
                    Reason(text=entry.reason[self.language], source=f"advice:{entry.id}")
                    for entry in self.advice
                ),
            ],
        )

    def describe(self, product: Product) -> str:
        """One sentence about the product, made from its record alone."""
        told = [r for r in self.reasons(product) if not r.source.endswith("#price")]
        reasons = self.phrases["join"].join(r.text for r in told[:_MOST_REASONS])
        pattern = "pick" if product.id == self.pick else "other"
        return str(self.phrases[pattern if reasons else f"{pattern}_plain"]).format(
            title=self.title(product),
            marker=self.marker(product),
            price=self.price(product),
            reasons=reasons,
        )


def _by_number(size: str) -> tuple[float, str]:
    """Sizes in the order of their numbers; those without one as they are written."""
    match = re.search(r"\d+(?:\.\d+)?", size)
    return (float(match.group()) if match else 0.0, size)


def unit_of(name: str) -> str:
    """The unit that an attribute's name ends in, with the space before it; empty for none."""
    suffix = name.rsplit("_", 1)[-1] if "_" in name else ""
    return f" {suffix}" if suffix in {"g", "kg", "mm", "cm", "ml", "l", "inch", "hz", "gb"} else ""
