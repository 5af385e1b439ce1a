"""The parts of sentences on orders: amounts, items, addresses, ways of paying, days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date

from assistant.record_text import plain_text
from assistant.reply import Language
from prompts import order_phrases
from retrieval.index import CatalogueIndex
from retrieval.money import format_price
from retrieval.text import has_cjk
from retrieval.vocabulary import Term
from tools.orders.order import Address, Item, Line, PaymentKind, PaymentMethod
from tools.orders.reading.goods import Goods

_BRANDS = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "paypal": "PayPal",
    "alipay": "Alipay",
    "wechat": "WeChat Pay",
    "wechat pay": "WeChat Pay",
    "unionpay": "UnionPay",
}


class Wording:
    """Words for orders in one language.

    Args:
        language: of the shopper.
        index: the catalogue, for names in that language.
    """

    def __init__(self, language: Language, index: CatalogueIndex) -> None:
        self.language = language
        self.fixed: dict[str, Any] = order_phrases(language)
        self._index = index
        self._goods = Goods(index)

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount, never below zero."""
        return format_price(abs(amount), currency, self.language)

    def item(self, line: Line | Item) -> str:
        """A thing with what tells it from others of its kind."""
        as_line = line if isinstance(line, Line) else line.as_line()
        title = plain_text(self._goods.title(as_line, self.language)) or as_line.product_id
        options = self.options(line.options)
        return str(self.fixed["item"]).format(title=title, options=options) if options else title

    def options(self, options: dict[str, str]) -> str:
        """The options of a variant, each as it is called in this language."""
        shown = []
        for name, value in options.items():
            told = plain_text(self._index.vocabulary.display(Term(name, value), self.language))
            pattern = self.fixed["options"].get(name, self.fixed["options"]["other"])
            label = self._index.vocabulary.label(name, self.language)
            shown.append(str(pattern).format(name=label, value=told))
        return str(self.fixed["join"]).join(shown)

    def items(self, lines: Iterable[Line | Item]) -> str:
        """Several things."""
        counts = Counter(self.item(line) for line in lines)
        pattern = str(self.fixed["several"])
        return self.listed(
            [pattern.format(count=n, item=name) if n > 1 else name for name, n in counts.items()]
        )

    def listed(self, parts: Sequence[str]) -> str:
        """ "a, b and c"."""
        if len(parts) < 2:
            return "".join(parts)
        return str(self.fixed["join"]).join(parts[:-1]) + str(self.fixed["and"]) + parts[-1]

    def either(self, parts: Sequence[str]) -> str:
        """ "a or b"; with commas in them, or more of them, told apart by more than that."""
        words = self.fixed["either"]
        *before, last = parts
        if not before:
            return last
        plain = len(parts) == 2 and str(self.fixed["join"]).strip() not in "".join(parts)
        pattern = words["two"] if plain else words["more"]
        return str(pattern).format(first=str(words["between"]).join(before), last=last)

    def address(self, address: Address) -> str:
        """An address in one line, as it is written in the country's way."""
        if self.language == "zh" and has_cjk(address.line1 + address.city):
            # A town that is a country or a region too is named once.
            named = [address.country] if has_cjk(address.country) else []
            for name in (address.region, address.city):
                if not any(larger.endswith(name) for larger in named):
                    named.append(name)
            country = "" if has_cjk(address.country) else f"，{address.country}"
            line = f"{''.join(named)}{address.line1}{address.line2}"
            return f"{line}（{address.postcode}{country}）"
        place = " ".join(filter(None, (address.region, address.postcode)))
        parts = (address.line1, address.line2, address.city, place, address.country)
        return ", ".join(filter(None, parts))

    def method(self, method: PaymentMethod | None) -> str:
        """A way of paying, with no more digits than tell it from others."""
        if method is None:
            return str(self.fixed["method_unknown"])
        name = _BRANDS.get(method.brand.casefold(), plain_text(method.brand))
        pattern = self.fixed["methods"][method.kind.value]
        if method.kind is PaymentKind.CARD and not method.last_four:
            pattern = self.fixed["methods"]["card_plain"]
        if self.language == "zh":
            name = self.fixed["brands"].get(name, name)
        return str(pattern).format(brand=name or self.fixed["card"], last_four=method.last_four)

    def day(self, day: date) -> str:
        """A day."""
        locale = "zh_CN" if self.language == "zh" else "en_US"
        return str(format_date(day, format="long", locale=locale))
