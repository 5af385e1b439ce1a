"""What fields, values and sources are called on the page, in its language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.evidence import unit_of
from assistant.need import Wish
from assistant.reply import Citation, Language
from retrieval.conditions import ConditionValue
from retrieval.index import CatalogueIndex
from retrieval.money import format_price
from retrieval.product import Product
from retrieval.vocabulary import Term
from ui.texts import Texts, texts

_MONEY = frozenset({"price", "sale_price", "list_price"})


@dataclass(frozen=True)
class Names:
    """Names in one language.

    Attributes:
        language: of the page.
        index: the catalogue; None where it cannot be read, then fields keep their own names.
        picture_origins: from which pictures of products may be loaded.
    """

    language: Language
    index: CatalogueIndex | None = None
    picture_origins: Sequence[str] = ()

    @property
    def texts(self) -> Texts:
        """The page's texts."""
        return texts(self.language)

    def product(self, product_id: str) -> Product | None:
        """The record, where the catalogue still has it."""
        if self.index is None or product_id not in self.index:
            return None
        return self.index.get(product_id)

    def title(self, product_id: str, otherwise: str) -> str:
        """A product's title in the page's language.

        Args:
            product_id: the product.
            otherwise: shown where the catalogue does not have it any more.
        """
        product = self.product(product_id)
        if product is None:
            return otherwise
        return product.title_in(self.language)

    def field(self, name: str) -> str:
        """What a field is called."""
        if name in self.texts.fields:
            return self.texts.fields[name]
        if self.index is None:
            return name.replace("_", " ")
        return self.index.vocabulary.label(name, self.language)

    def value(self, field: str, value: ConditionValue) -> str:
        """A value as the shopper reads it, with its unit or currency."""
        if isinstance(value, list):
            return ", ".join(self.value(field, one) for one in value)
        if isinstance(value, bool):
            return self.texts.yes if value else self.texts.no
        if isinstance(value, float | int):
            if field in _MONEY and self.index is not None:
                return format_price(float(value), self.index.currency, self.language)
            return f"{value:g}{unit_of(field)}"
        if self.index is None:
            return value
        if field == "need":
            entry = self.index.advice.get(value)
            return entry.name(self.language) if entry else value
        return self.index.vocabulary.display(Term(field, value), self.language)

    def trait(self, field: str, value: str) -> str:
        """A value of the profile: the name of a need, or a value of the catalogue."""
        for entry in self.index.advice if self.index else ():
            if entry.field == field and entry.name("en") == value:
                return entry.name(self.language)
        return self.value(field, value)

    def wish(self, wish: Wish) -> str:
        """A wish in few words: ``price up to $120``, ``not Nike``."""
        field = self.field(wish.field)
        if wish.sort is not None:
            pattern = self.texts.sort_asc if wish.sort == "asc" else self.texts.sort_desc
            return pattern.format(field=field)
        shown = self.value(wish.field, wish.value)
        said = self.texts.ops[wish.op].format(value=shown)
        if isinstance(wish.value, str | list) and wish.field != "size":
            return said
        return f"{field} {said}" if self.language == "en" else f"{field}{said}"

    def source(self, source: str) -> str:
        """Where a reason comes from: ``product record: arch support``, ``shop's advice``."""
        kind, _, rest = source.partition(":")
        if kind == "advice":
            return self.texts.from_advice
        field = rest.partition("#")[2]
        return f"{self.texts.from_record}: {self.field(field)}" if field else self.texts.from_record

    def citation(self, citation: Citation) -> tuple[str, str]:
        """What a citation rests on, and the value that stands there."""
        kind, _, rest = citation.source.partition(":")
        if kind == "advice":
            entry = self.index.advice.get(rest) if self.index else None
            if entry is None:
                return self.texts.from_advice, citation.value
            reason = entry.reason.get(self.language) or next(iter(entry.reason.values()))
            return f"{self.texts.from_advice} – {entry.name(self.language)}", reason
        field = rest.partition("#")[2]
        return self.field(field), self.value(field, _read(citation.value))


def _read(written: str) -> ConditionValue:
    """A citation's value, which is always text, as what the record holds."""
    if written in ("True", "False"):
        return written == "True"
    try:
        return float(written)
    except ValueError:
        return written
