"""What an answer may rest on: numbered records, advice, the need, and what was computed."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from assistant.need import Need, Plan, Wish
from assistant.placing import placed
from assistant.record_text import (
    all_name_something,
    names_something,
    plain_text,
    shown_title,
)
from assistant.reply import Citation, Language, OfferedProduct, Reason
from prompts import phrases
from retrieval.advice import Advice
from retrieval.conditions import Condition, ConditionValue
from retrieval.fields import VARIANT_FIELDS, key
from retrieval.index import CatalogueIndex
from retrieval.money import format_price
from retrieval.product import Product, Variant
from retrieval.text import has_cjk
from retrieval.vocabulary import Term
from retrieval.words import pick_language
from tools.ranking import Ranked

# Attributes that a short description names first, where the record has them.
_MOST_REASONS = 3
# Of two values of these that a shopper would rather have, either will do.
_EITHER = frozenset({"brand", "color", "size", "gender"})
# Characters of a text that the model is given; what a question asks for stands near its beginning.
_LONGEST_TEXT = 600
# Values that say that a product has none of a thing: no reason to take it.
_NOTHING = frozenset({"none", "no", "n/a"})
_BOUNDS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


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
        among_shown: whether only those that were shown before are meant by that.
        pick: id of the product that is recommended.
        language: of the answer.
        message: the shopper's message.
        asked: the fields that a question is about.
        asked_variant: the size and the colour that it names, where it does.
        places: what the products' places rest on, by id; empty where they were not ranked. The
            cards tell it; what is known of a shopper is no claim about a product.
    """

    index: CatalogueIndex
    products: Sequence[Product]
    need: Need
    plan: Plan
    language: Language
    message: str
    advice: Sequence[Advice] = ()
    extremes: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    among_shown: bool = False
    pick: str | None = None
    asked: tuple[str, ...] = ()
    asked_variant: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Ranked] = field(default_factory=dict)

    @cached_property
    def phrases(self) -> dict[str, Any]:
        """The fixed phrases of the answer's language."""
        return phrases(self.language)

    @cached_property
    def explained(self) -> list[Advice]:
        """The advice whose reason says why the first product is right for the need."""
        return [e for e in self.advice if e.require and self.suits(e, self.products[0])]

    def marker(self, product: Product) -> str:
        """The product's number in brackets."""
        return f"[{self.products.index(product) + 1}]"

    def title(self, product: Product) -> str:
        """The product's title in the language of the answer, with nothing hidden in it."""
        return shown_title(product, self.language)

    def label(self, name: str) -> str:
        """What a field is called: the shop's word for it, else a common one, else its name."""
        vocabulary = self.index.vocabulary
        own = pick_language(vocabulary.labels().get(name, ()), self.language)
        common = self.phrases["comparison"]["labels"].get(name)
        return own or common or vocabulary.label(name, self.language)

    def price(self, product: Product) -> str:
        """The effective price as the shopper reads it."""
        return format_price(product.effective_price, product.currency, self.language)

    def show(self, name: str, value: Any) -> str:
        """An attribute's value as the shopper reads it, with its unit or label."""
        return self.show_all(name, [value])

    def show_all(self, name: str, values: Sequence[Any]) -> str:
        """Several values of one attribute, as one phrase: "for walking and work"."""
        vocabulary = self.index.vocabulary
        if isinstance(values[0], bool):
            return vocabulary.display(Term(name, values[0]), self.language)
        label, pattern = (
            vocabulary.label(name, self.language),
            vocabulary.pattern(name, self.language),
        )
        if isinstance(values[0], float):
            if pattern:
                return pattern.format(value=f"{values[0]:g}")
            return f"{label} {values[0]:g}{unit_of(name)}"
        shown = self.listed([vocabulary.display(Term(name, v), self.language) for v in values])
        if pattern:
            # "wide fit fit" would say it twice.
            rest = pattern.replace("{value}", "").strip()
            return shown if rest and rest in shown else pattern.format(value=shown)
        if self.language == "zh":
            # "鞋楦宽度宽楦" says width twice.
            if set(label) & set(shown):
                return shown
            return f"{label}{shown}" if has_cjk(label) else f"{label} {shown}"
        return f"{shown} {label}" if label not in shown else shown

    def listed(self, items: Sequence[str]) -> str:
        """Things as a list in a sentence: "a, b and c"."""
        if len(items) < 2:
            return "".join(items)
        return str(self.phrases["and"]).join([self.phrases["join"].join(items[:-1]), items[-1]])

    def suits(self, entry: Advice, product: Product) -> bool:
        """Whether the product meets what an entry of the advice requires."""
        return bool(self.index.suiting(entry)[self.index.row(product.id)])

    def with_titles(self, text: str) -> str:
        """A text whose products are told by number alone, each with its title the first time."""
        for product in self.products:
            title, marker = self.title(product), self.marker(product)
            if title not in text:
                text = text.replace(marker, f"{title} {marker}", 1)
        return text

    def has(self, product: Product, name: str) -> bool:
        """Whether the record says anything of a field."""
        if name in ("rating", "rating_count"):
            return getattr(product, name) is not None
        if name in ("size", "color") and product.variants:
            return True
        return name == "price" or bool(product.values(name))

    def cite(self, product: Product, name: str) -> Citation:
        """A citation of a field of a product's record, with the value as the record has it."""
        marker = self.marker(product).strip("[]")
        if name == "price":
            return price_citation(product, marker)
        if name in ("rating", "rating_count"):
            value = f"{getattr(product, name):g}"
        elif name == "size":
            value = " ".join(self.sizes(product))
        elif name == "color" and product.variants:
            value = ", ".join(dict.fromkeys(v.color for v in product.variants if v.color))
        else:
            values = product.values(name)
            value = ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in values)
        return Citation(marker=marker, source=f"product:{product.id}#{name}", value=value)

    def record_lines(self, product: Product) -> list[str]:
        """The whole record as lines of the prompt; its texts stand apart, as data."""
        lines = [f"{self.marker(product)} {self.title(product)}", self.price(product)]
        lines += [
            f"{self.index.vocabulary.label(name, self.language)}: {self._all_values(product, name)}"
            for name in product.attributes
            if (name != "color" or not product.variants)
            and all_name_something(product.values(name))
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
            lines.append(self.rated(product))
        texts = [text for text in self._texts(product) if text]
        if texts:
            lines.append(str(self.phrases["evidence_texts"]))
            lines += [f"«{text}»" for text in texts]
        return lines

    def _texts(self, product: Product) -> Iterable[str]:
        """What a record tells in sentences, each in one line and without the fence's own signs."""
        written = [product.description] if self.language == "en" else []
        for name in product.attributes:
            written += [v for v in product.values(name) if isinstance(v, str)
                        and not names_something(v)]  # fmt: skip
        for text in written:
            yield plain_text(text).replace("«", " ").replace("»", " ")[:_LONGEST_TEXT].strip()

    def rated(self, product: Product) -> str:
        """A product's rating with its count, as the shopper reads it."""
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

        Where no wish names an attribute, those that set it apart tell what it is.
        """
        if self.asked_variant:
            others = [n for n in self.asked if n not in ("size", "color", "availability")]
            return [self._stocked(product), *(self._recorded(product, n) for n in others)]
        if self.asked:
            return [self._recorded(product, name) for name in self.asked]
        reasons: list[Reason] = []
        wanted: dict[str, list[Condition]] = {}
        for condition, _ in self._wanted():
            wanted.setdefault(condition.field, []).append(condition)
        for conditions in wanted.values():
            reason = self._reason(product, conditions)
            if reason is not None and reason not in reasons:
                reasons.append(reason)
        if not reasons:
            reasons = [
                Reason(text=self.show(name, value), source=f"product:{product.id}#{name}")
                for name, value in self._rarest(product)
            ]
        return reasons[: _MOST_REASONS + 1]

    def _rarest(self, product: Product) -> list[tuple[str, Any]]:
        """What sets a product apart: of each attribute the value that the fewest others have."""
        shares: list[tuple[int, str, Any]] = []
        for name in product.attributes:
            if name in ("gender", "color", "size") or not self._worth_saying(name):
                continue
            told = [
                value
                for value in product.values(name)
                if value is not False and value not in _NOTHING and names_something(value)
            ]
            # Numbers are nearly all rare, and tell little: they come last.
            counted = [
                (
                    len(self.index)
                    if isinstance(value, float)
                    else self.index.count([Condition(field=name, op="=", value=value)]),
                    name,
                    value,
                )
                for value in told
            ]
            shares += sorted(counted, key=lambda c: c[0])[:1]
        shares.sort(key=lambda c: c[0])
        return [(name, value) for _, name, value in shares[:_MOST_REASONS]]

    def _worth_saying(self, name: str) -> bool:
        """Whether a field tells a shopper something unasked.

        Bare numbers need a label, and values that hardly recur are codes or texts: anybody's.
        """
        vocabulary = self.index.vocabulary
        if name in vocabulary.labels():
            return True
        recurs = 0 < len(vocabulary.values(name)) <= max(2, len(self.index) / 2)
        return recurs and name not in vocabulary.numeric_fields

    def _stocked(self, product: Product) -> Reason:
        """Whether the size and colour that are asked for are in stock together."""
        size, color = self.asked_variant.get("size"), self.asked_variant.get("color")
        shown = self.index.vocabulary.display(Term("color", color), self.language) if color else ""
        words = self.phrases["comparison"]
        thing = shown if size is None else str(words["size"]).format(size=size).strip()
        if size and color:
            thing = str(words["size_and_color"]).format(size=size, color=shown)
        made = [
            v
            for v in product.variants
            if (size is None or v.size == size)
            and (color is None or key(v.color or "") == key(color))
        ]
        source = f"product:{product.id}#{'size' if size else 'color'}"
        if not product.variants:
            return self._recorded(product, "size" if size else "color")
        if not made:
            text = self.phrases["not_made"].format(thing=thing)
            return Reason(text=text, source=source, met=False)
        available = product.availability != "out_of_stock"
        if available and any(v.availability == "in_stock" for v in made):
            return Reason(text=self.phrases["in_stock"].format(thing=thing), source=source)
        sizes = " ".join(self.sizes(product)) or "-"
        text = self.phrases["sold_out"].format(thing=thing, sizes=sizes)
        return Reason(text=text, source=source, met=False)

    def _recorded(self, product: Product, name: str) -> Reason:
        """What the record says of a field that is asked about, its silence included."""
        label = self.label(name)
        source = f"product:{product.id}#{name}"
        if name == "price":
            return Reason(text=f"{label} {self.price(product)}", source=source)
        if name == "on_sale":
            text = self.price(product)
            if product.on_sale:
                was = format_price(product.price, product.currency, self.language)
                text = self.phrases["price_reduced"].format(price=text, was=was)
            price = self.label("price")
            return Reason(text=f"{price} {text}", source=f"product:{product.id}#price")
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
            text = self.rated(product)
            return Reason(text=text, source=source)
        if name == "color" and product.variants:
            colors = dict.fromkeys(v.color for v in product.variants if v.color)
            shown = [self.index.vocabulary.display(Term("color", c), self.language) for c in colors]
            return Reason(text=f"{label}: {self.phrases['join'].join(shown)}", source=source)
        values = product.values(name)
        if len(values) == 1 and isinstance(values[0], bool):
            return Reason(text=self.show(name, values[0]), source=source)
        if values and not all_name_something(values):
            text = self.phrases["told_at_length"].format(label=label)
            return Reason(text=text, source=source, met=False)
        if values:
            return Reason(text=f"{label}: {self._all_values(product, name)}", source=source)
        return Reason(text=self.phrases["not_told"].format(label=label), source=source, met=False)

    def _wanted(self) -> Iterable[tuple[Condition, Wish | None]]:
        """Conditions on what a record says of the product itself: an extreme, then hard ones."""
        plain = ("price", "brand", "category", "gender", "in_stock", "rating_count")
        if self.plan.sort and self.plan.sort.field != "price":
            yield Condition(field=self.plan.sort.field, op="!=", value="extreme"), None
        for condition, wish in self.plan.where:
            if condition.field not in plain:
                yield condition, wish
        for condition in self.plan.prefer:
            if condition.field not in plain:
                yield condition, None

    def _reason(self, product: Product, conditions: Sequence[Condition]) -> Reason | None:
        name = conditions[0].field
        source = f"product:{product.id}#{name}"
        if name in ("rating", "rating_count"):
            told = product.rating is not None and self.plan.sort is not None
            return Reason(text=self.rated(product), source=source) if told else None
        if name in ("size", "color") and product.variants:
            return self._variant_reason(product, conditions)
        sorted_by = self.plan.sort is not None and name == self.plan.sort.field
        wanted: list[ConditionValue] = []
        for condition in conditions:
            if condition.op not in ("!=", "not_in") or sorted_by:
                value = condition.value
                wanted.extend(value if isinstance(value, list) else [value])
        if not wanted:
            return None
        held = [
            value
            for value in product.values(name)
            if (value in wanted and names_something(value))
            or (isinstance(value, float) and (sorted_by or self._bounded(value, conditions)))
        ]
        return Reason(text=self.show_all(name, held), source=source) if held else None

    def _bounded(self, value: float, conditions: Sequence[Condition]) -> bool:
        """Whether a number is within every bound that is set on it."""
        for condition in conditions:
            bound = condition.value
            if not isinstance(bound, float | int) or isinstance(bound, bool):
                return False
            if condition.op not in _BOUNDS or not _BOUNDS[condition.op](value, bound):
                return False
        return True

    def _variant_reason(self, product: Product, conditions: Sequence[Condition]) -> Reason | None:
        """What is in stock of the sizes and colours that are wanted, as single variants.

        "In 42 and in white" of two variants would promise a pair that is not there.
        """
        name = conditions[0].field
        wanted = [c for c, _ in self.plan.where if c.field in ("size", "color")]
        fitting = [v for v in product.variants if _meets(v, [*wanted, *conditions])]
        values = dict.fromkeys(v.size if name == "size" else v.color for v in fitting)
        shown = [value for value in values if value]
        if not shown:
            return None
        source = f"product:{product.id}#{name}"
        if name == "size":
            if not any(c.op in ("=", "in") for c in conditions):
                return None
            name = "sizes_in_stock" if len(shown) > 1 else "size_in_stock"
            text = self.phrases[name].format(sizes=" ".join(shown))
            return Reason(text=text, source=source)
        colors = [self.index.vocabulary.display(Term("color", c), self.language) for c in shown]
        return Reason(text=self.listed(colors), source=source)

    def offered(self, product: Product) -> OfferedProduct:
        """The product as a reply carries it."""
        place = self.places.get(product.id)
        reasons = [
            *self.reasons(product),
            *(
                Reason(text=entry.reason[self.language], source=f"advice:{entry.id}")
                for entry in self.advice
                if self.suits(entry, product)
            ),
        ]
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
            score=place.score if place else None,
            reasons=placed(reasons, place, self.index, self.language) if place else reasons,
        )

    def describe(self, product: Product) -> str:
        """One sentence about the product, made from its record alone."""
        answers = bool(self.asked or self.asked_variant)
        told = [r for r in self.reasons(product) if answers or not r.source.endswith("#price")]
        reasons = self.phrases["join"].join(r.text for r in told[:_MOST_REASONS])
        pattern = "pick" if product.id == self.pick else "other"
        if reasons and answers:
            pattern = "answer"
        return str(self.phrases[pattern if reasons else f"{pattern}_plain"]).format(
            title=self.title(product),
            marker=self.marker(product),
            price=self.price(product),
            reasons=reasons,
        )


def price_citation(product: Product, marker: str) -> Citation:
    """A citation of what the shopper pays, under the field that has it."""
    name = "sale_price" if product.on_sale else "price"
    value = str(float(product.effective_price))
    return Citation(marker=marker, source=f"product:{product.id}#{name}", value=value)


def misses(
    wish: Wish, product: Product, evidence: Evidence, conditions: Sequence[Condition]
) -> bool:
    """Whether a product does not have what a wish asks for.

    Of two colours that are liked one is enough, and what is for everybody is for men. A size and
    a colour are asked of one variant in stock.

    Args:
        wish: of the need; an extreme is never missed.
        product: one of the evidence.
        evidence: its plan says what else the variant must have.
        conditions: those of the plan that the wish may have become.
    """
    index = evidence.index
    if wish.sort is not None:
        return False
    if wish.field == "need":
        entry = index.advice.get(str(wish.value))
        return entry is not None and not evidence.suits(entry, product)
    same = [c for c in conditions if c.field == wish.field and c.op == wish.op]
    if wish.field not in _EITHER:
        same = [c for c in same if c.value == wish.value]
    hard = [c for c in evidence.plan.conditions if c.field in (*VARIANT_FIELDS, "in_stock")]
    asked = hard if wish.field in VARIANT_FIELDS else []
    row = index.row(product.id)
    return bool(same) and not any(index.columns.mask([*asked, c])[row] for c in same)


def _meets(variant: Variant, conditions: Sequence[Condition]) -> bool:
    """Whether one variant is in stock and has the size and colour of all conditions."""
    if variant.availability != "in_stock":
        return False
    for condition in conditions:
        value = key((variant.size if condition.field == "size" else variant.color) or "")
        asked = condition.value if isinstance(condition.value, list) else [condition.value]
        held = value in {key(str(one)) for one in asked}
        if held != (condition.op in ("=", "in")):
            return False
    return True


def _by_number(size: str) -> tuple[float, str]:
    """Sizes in the order of their numbers; those without one as they are written."""
    match = re.search(r"\d+(?:\.\d+)?", size)
    return (float(match.group()) if match else 0.0, size)


def unit_of(name: str) -> str:
    """The unit that an attribute's name ends in, with the space before it; empty for none."""
    suffix = name.rsplit("_", 1)[-1] if "_" in name else ""
    return f" {suffix}" if suffix in {"g", "kg", "mm", "cm", "ml", "l", "inch", "hz", "gb"} else ""
