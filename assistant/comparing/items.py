"""The smallest things that a comparison says of a product, each made from its record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from assistant.comparing.stock import Stock, of_stock, stock_told
from assistant.evidence import Evidence, unit_of
from assistant.record_text import all_name_something
from assistant.reply import Citation
from retrieval.conditions import ORDER_OPS, Condition
from retrieval.fields import key
from retrieval.money import format_price
from retrieval.product import Product
from retrieval.vocabulary import Term
from retrieval.words import pick_language
from tools.differences import comparable, held, is_weight
from tools.ranking import field_number

_LONGEST_VALUE = 60


@dataclass(frozen=True)
class Item:
    """Something that a record says of a product, or of one product beside another.

    Attributes:
        field: what it is about.
        text: without its verb.
        verb: what it follows in languages that need one; empty where it brings its own.
        citations: what it rests on.
    """

    field: str
    text: str
    verb: Literal["is", "has", ""]
    citations: tuple[Citation, ...]


@dataclass(frozen=True)
class Wording:
    """Says in one language what records hold.

    Attributes:
        evidence: the records, their numbers and the language.
    """

    evidence: Evidence

    @property
    def phrases(self) -> dict[str, Any]:
        """The patterns of a comparison."""
        patterns: dict[str, Any] = self.evidence.phrases["comparison"]
        return patterns

    def label(self, field: str) -> str:
        """What a field is called: the shop's word for it, else a common one, else its name."""
        return self.evidence.label(field)

    def sayable(self, product: Product, field: str) -> bool:
        """Whether what a record holds of a field can be said: no text of sentences or markup."""
        return all_name_something(product.values(field))

    def cell(self, product: Product, field: str) -> str | None:
        """A field of a record as a table shows it; None where the record does not say."""
        evidence = self.evidence
        value = held(product, field)
        if value is None:
            return None
        if field == "price":
            return evidence.price(product)
        if field == "rating":
            count = product.rating_count
            return f"{product.rating:g} ({count:,})" if count else f"{product.rating:g}"
        if field == "in_stock":
            return str(evidence.phrases["available" if value else "unavailable"])
        if isinstance(value, bool):
            return str(evidence.phrases["affirmed" if value else "denied"])
        if isinstance(value, float):
            return f"{value:g}{unit_of(field)}"
        if not value:
            return str(self.phrases["none_in_stock"])
        if field == "size":
            value = tuple(evidence.sizes(product)) or value
        return str(evidence.phrases["join"]).join(self._display(field, one) for one in value)

    # One product beside another --------------------------------------------------------------

    def gap(self, one: Product, other: Product, field: str) -> Item | None:
        """How one product differs from another in a number; None where it does not."""
        ours, theirs = field_number(one, field), field_number(other, field)
        if ours is None or theirs is None or ours == theirs:
            return None
        less = ours < theirs
        cited = (self.cite(one, field), self.cite(other, field))
        told = {"ours": f"{ours:g}", "theirs": f"{theirs:g}"}
        if field == "price":
            gap = abs(one.effective_price - other.effective_price)
            shown = format_price(gap, one.currency, self.evidence.language)
            return Item(field, self._say("cheaper" if less else "dearer", gap=shown), "is", cited)
        if field == "rating":
            return Item(
                field, self._say("rated_lower" if less else "rated_higher", **told), "is", cited
            )
        unit = unit_of(field)
        if is_weight(field) and unit:
            number = abs(Decimal(str(ours)) - Decimal(str(theirs)))
            shown = f"{float(number):g}{unit}"
            return Item(
                field,
                self._say("lighter" if less else "heavier", gap=shown, ours=f"{ours:g}{unit}"),
                "is",
                cited,
            )
        told = {name: number + unit for name, number in told.items()}
        pattern = "lower" if less else "higher"
        return Item(field, self._say(pattern, label=self.label(field), **told), "has", cited)

    def first(self, one: Product, others: Sequence[Product], field: str) -> Item | None:
        """That one product of three or more is the cheapest, the lightest or the best rated."""
        numbers = [field_number(product, field) for product in others]
        ours = field_number(one, field)
        known = [number for number in numbers if number is not None]
        if ours is None or len(known) < len(numbers):
            return None
        cited = tuple(self.cite(product, field) for product in (one, *others))
        if field == "rating" and ours > max(known):
            return Item(field, self._say("rated_highest", ours=f"{ours:g}"), "is", cited)
        if field == "price" and ours < min(known):
            return Item(field, self._say("cheapest"), "is", cited)
        if is_weight(field) and ours < min(known):
            return Item(field, self._say("lightest"), "is", cited)
        return None

    def nature(self, one: Product, others: Sequence[Product], field: str) -> Item | None:
        """What a product is, in a field in which it is not like the others."""
        value = held(one, field)
        if isinstance(value, tuple):
            shared = [comparable(v) for v in (held(p, field) for p in others) if v is not None]
            own = [v for v in value if not all(key(v) in keys for keys in shared)]
            return self._texts(one, field, own) if own else None
        return None if value is None else self.plain(one, field)

    # One product and a need ------------------------------------------------------------------

    def wishes(
        self, product: Product, conditions: Iterable[Condition], *, hold: bool
    ) -> Iterator[Item]:
        """What the record says to conditions that all hold, or all do not.

        Of a condition that holds only because something is not so ("not white") nothing is said.
        """
        conditions = list(conditions)
        of_variants = [c for c in conditions if of_stock(product, c)]
        stock = [self._stocked(product, s) for s in stock_told(product, of_variants, hold=hold)]
        told: set[str] = set()
        for condition in conditions:
            if condition in of_variants:
                items, stock = stock, []
            else:
                item = self._wish(product, condition, hold=hold)
                items = [] if item is None else [item]
            for item in items:
                if item.text not in told:
                    told.add(item.text)
                    yield self._for_need(item, product, condition) if hold else item

    def _wish(self, product: Product, condition: Condition, *, hold: bool) -> Item | None:
        field, value = condition.field, held(product, condition.field)
        if value is None:
            return None if hold else self._item(product, field, "", "untold")
        if field == "in_stock":
            if hold and not value:
                return None  # it can be ordered in advance
            stock = self.evidence.phrases["available" if value else "unavailable"]
            return Item(field, stock, "is", (self.cite(product, field),))
        if field == "price" and condition.op in ORDER_OPS:
            bound = condition.value if isinstance(condition.value, float) else 0.0
            shown = format_price(round(bound, 2), product.currency, self.evidence.language)
            pattern = self.phrases["within" if hold else "beyond"][condition.op]
            return Item(field, pattern.format(value=shown), "is", (self.cite(product, field),))
        if isinstance(value, bool | float):
            return self.plain(product, field)
        wanted = condition.value if isinstance(condition.value, list) else [condition.value]
        keys = [key(one) for one in wanted]
        if condition.op == "contains":
            named = [v for v in value if any(k in key(v) for k in keys)]
        else:
            named = [v for v in value if key(v) in keys]
        if condition.op in ("!=", "not_in"):
            if hold or not named:
                return None
            return self._texts(product, field, named)
        if hold:
            return self._texts(product, field, named[:1])
        if len(value) == 1 and field not in self.phrases["unsaid"]:
            return self._texts(product, field, value)
        return self._texts(product, field, [str(wanted[0])], denied=True)

    def plain(self, product: Product, field: str) -> Item | None:
        """A number or a truth value of a record."""
        value = held(product, field)
        if isinstance(value, bool):
            name = None
            if self.evidence.language == "zh":
                words = self.evidence.index.vocabulary.words_for(Term(field, value))
                name = pick_language(words, "zh")
            if name:
                return Item(field, name, "has", (self.cite(product, field),))
            return self._item(product, field, "has", "affirmed" if value else "negated")
        if not isinstance(value, float):
            return None
        if field == "price":
            price = self.evidence.price(product)
            return self._item(product, field, "is", "costs", price=price)
        if field == "rating":
            return self._item(product, field, "is", "rated", rating=f"{value:g}")
        unit = unit_of(field)
        pattern = "measure" if unit else "number"
        return self._item(product, field, "has", pattern, value=f"{value:g}{unit}")

    def _texts(
        self, product: Product, field: str, values: Sequence[str], *, denied: bool = False
    ) -> Item | None:
        if not all_name_something(values):
            return None
        shown = self.phrases["and"].join(self._display(field, value) for value in values)
        if not shown or len(shown) > _LONGEST_VALUE:
            return None
        pattern = self.phrases["unsaid" if denied else "said"].get(field)
        if pattern is not None:
            return Item(field, pattern.format(value=shown), "is", (self.cite(product, field),))
        label = self.label(field)
        # "宽楦" tells that it is about "鞋楦宽度", as "no plate" tells of the plate.
        named = set(label) & set(shown) if self.evidence.language == "zh" else label in shown
        name = ("denied" if denied else "attribute") + ("_named" if named else "")
        return self._item(product, field, "has", name, value=shown)

    def _stocked(self, product: Product, stock: Stock) -> Item:
        color = self.phrases["and"].join(self._display("color", c) for c in stock.colors)
        thing = color
        if stock.size:
            pattern = "size_and_color" if color else "size"
            thing = self._say(pattern, size=stock.size, color=color)
        fields = [f for f, told in (("size", stock.size), ("color", stock.colors)) if told]
        cited = tuple(self.cite(product, field) for field in fields)
        text = self._say(stock.pattern, thing=thing)
        if stock.size and stock.pattern == "only_in_stock":
            text = self._say("size_only_in", size=stock.size, color=color)
        return Item(stock.field, text, "has", cited)

    def _for_need(self, item: Item, product: Product, condition: Condition) -> Item:
        """The item with the need that it answers, where the whole product suits that need."""
        index = self.evidence.index
        for entry in self.evidence.advice:
            if condition not in entry.require or not index.suiting(entry)[index.row(product.id)]:
                continue
            name = entry.name(self.evidence.language)
            cited = Citation(
                marker=self.evidence.marker(product).strip("[]"),
                source=f"advice:{entry.id}",
                value=entry.name("en"),
            )
            text = self._say("for_need", item=item.text, need=name)
            return Item(item.field, text, item.verb, (*item.citations, cited))
        return item

    # ---------------------------------------------------------------------------------------

    def cite(self, product: Product, field: str) -> Citation:
        """A citation of a field as the record holds it."""
        if field == "price":
            return self.evidence.cite(product, field)
        value = held(product, field)
        if isinstance(value, tuple):
            written = ", ".join(value)
        elif isinstance(value, bool):
            written = str(value)
        else:
            written = "" if value is None else f"{value:g}"
        return Citation(
            marker=self.evidence.marker(product).strip("[]"),
            source=f"product:{product.id}#{field}",
            value=written,
        )

    def _display(self, field: str, value: str) -> str:
        return self.evidence.index.vocabulary.display(Term(field, value), self.evidence.language)

    def _say(self, pattern: str, /, **words: str) -> str:
        return str(self.phrases[pattern]).format(**words)

    def _item(
        self, product: Product, field: str, verb: Literal["is", "has", ""], name: str, **words: str
    ) -> Item:
        text = self._say(name, label=self.label(field), **words)
        return Item(field, text, verb, (self.cite(product, field),))
