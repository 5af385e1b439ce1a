"""Makes a product of a row, or says why not; what is mended on the way is noted."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from collections.abc import Mapping as MappingOf
from decimal import Decimal
from urllib.parse import urlsplit

from pydantic import ValidationError

from retrieval.importing.mapping import Mapping
from retrieval.importing.measures import parse_measure
from retrieval.importing.report import Reason, Remark, RowNote
from retrieval.importing.rows import Cell, Row
from retrieval.importing.text import (
    breaks_as_spaces,
    has_html,
    single_spaces,
    strip_hidden,
    strip_html,
)
from retrieval.money import UnreadablePrice, exact_amount, parse_currency, parse_price
from retrieval.product import AttributeValue, Availability, Product, Variant

_LONGEST = {"title": 500, "title_zh": 500, "description": 20_000, "variants": 60}
_LONGEST_BRAND = 120
_LONGEST_ID = 200
_LONGEST_LINK = 2_000
_LONGEST_STEP = 120
_MOST_STEPS = 10
# Beyond this a text is prose, and prose belongs in the description.
_LONGEST_ATTRIBUTE = 300
_LONGEST_RAW_ATTRIBUTE = 1_000
_MOST_VALUES = 100
_MOST_ATTRIBUTES = 200
_MOST_VARIANTS = 1_000

# A call, a cell or a text: =SUM(…), =$A$1, ="…".
_FORMULA = re.compile(r"^[=+\-@]\s*[A-Za-z_][\w.]*\(|^=\s*(?:\$?[A-Z]{1,3}\$?\d+(?:\W|$)|\")")
_FORMULA_SIGN = re.compile(r"^[=+@\-]+(?=[A-Za-z])")
_RATING = re.compile(
    r"^(\d(?:[.,]\d{1,4})?)\s*(?:(?:out of|of|/)\s*5(?:\.0)?\s*(?:stars?)?|stars?|星|分|★)?$",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"^\(?\s*(\d{1,9}|\d{1,3}(?:,\d{3}){1,2})(?:\.0)?\s*"
    r"(?:reviews?|ratings?|global ratings?|条评论|条评价|条|人评价)?\s*\)?\+?$",
    re.IGNORECASE,
)
_PLAIN_NUMBER = re.compile(r"^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,6})?$")
# Nobody asks for a shoe by the address of its pictures.
_LINKS = re.compile(r"^\W*https?://", re.IGNORECASE)
_STOCK_COUNT = re.compile(r"^-?\d{1,9}(?:\.0+)?$")
# Digits under these names are labels: 00420 is not 420, and a size 42 is not forty-two things.
_LABELS = re.compile(
    r"(?:^|_)(?:id|sku|code|sn|ean|gtin|upc|isbn|mpn|barcode|size|color|model|version|style|article)$"
    r"|码$|号$"
)
_SPLIT = {"color": re.compile(r"[|;；、]"), "size": re.compile(r"[|;；、,，]")}
_SPLIT_OTHER = re.compile(r"[|]")
_TRUTH = {"yes": True, "true": True, "是": True, "no": False, "false": False, "否": False}

_STOCK_WORDS: dict[str, Availability] = {
    **dict.fromkeys(
        ("in stock", "instock", "available", "low stock", "limited stock", "limited availability"),
        "in_stock",
    ),
    **dict.fromkeys(("yes", "true", "y", "有货", "现货", "有", "是", "充足", "紧张"), "in_stock"),
    **dict.fromkeys(
        ("out of stock", "outofstock", "sold out", "soldout", "unavailable", "discontinued"),
        "out_of_stock",
    ),
    **dict.fromkeys(
        ("no", "false", "n", "无货", "缺货", "售罄", "无", "否", "断货"), "out_of_stock"
    ),
    **dict.fromkeys(("preorder", "pre order", "presale", "预售", "预订"), "preorder"),
    **dict.fromkeys(("backorder", "back order", "on backorder", "补货中"), "backorder"),
}


class _Refused(Exception):
    """The row cannot be a product."""

    def __init__(self, reason: Reason, field: str = "", detail: str = "") -> None:
        super().__init__(reason)
        self.remark = Remark(reason=reason, field=field[:100], detail=strip_hidden(detail)[:200])


class Cleaner:
    """Cleans the rows of one file.

    Args:
        mapping: which column is which field.
        currency: the catalogue's ISO 4217 code.
    """

    def __init__(self, mapping: Mapping, currency: str) -> None:
        self._mapping = mapping
        self._currency = currency
        self._rows_by_id: dict[str, int] = {}
        self._names: dict[str, str | None] = {}

    def clean(self, row: Row) -> tuple[Product | None, RowNote]:
        """Makes a product of a row.

        Returns:
            The product, or None where the row is refused; and what became of the row.
        """
        if row.problem is not None:
            remark = Remark(reason=row.problem, detail=row.detail)
            return None, RowNote(row=row.number, outcome="refused", remarks=[remark])
        cleaning = _RowCleaning(row, self._mapping, self._currency, self._attribute_name)
        try:
            product = cleaning.product()
            earlier = self._rows_by_id.get(product.id)
            if earlier is not None:
                raise _Refused(Reason.DUPLICATE_ID, "id", f"row {earlier}")
        except _Refused as refused:
            remarks = [*cleaning.remarks, refused.remark]
            return None, RowNote(row=row.number, id=cleaning.id, outcome="refused", remarks=remarks)
        self._rows_by_id[product.id] = row.number
        remarks = cleaning.remarks
        return product, RowNote(
            row=row.number,
            id=product.id,
            outcome="mended" if remarks else "kept",
            remarks=remarks,
        )

    def _attribute_name(self, column: str) -> str | None:
        if column not in self._names:
            if len(self._names) > 10_000:
                return None
            self._names[column] = self._mapping.attribute_name(column)
        return self._names[column]


class _RowCleaning:
    """One row on its way to a product; the remarks gather as it goes."""

    def __init__(
        self,
        row: Row,
        mapping: Mapping,
        currency: str,
        attribute_name: Callable[[str], str | None],
    ) -> None:
        self._cells = row.cells
        self._mapping = mapping
        self._currency = currency
        self._attribute_name = attribute_name
        self.remarks: list[Remark] = []
        self.id: str | None = None

    def product(self) -> Product:
        """Makes the product.

        Raises:
            _Refused: the row cannot be one.
        """
        self._check_currency()
        self.id = self._id()
        title = self._title()
        brand = self._brand()
        price, sale_price = self._prices()
        identity = self.id or self._made_id(title, brand)
        self.id = identity
        rating = self._rating()
        try:
            return Product(
                id=identity,
                title=title,
                title_zh=self._text("title_zh") or None,
                brand=brand,
                category=self._category(),
                price=price,
                currency=self._currency,
                sale_price=sale_price,
                availability=self._availability(self._cell("availability")),
                rating=rating,
                rating_count=self._rating_count(),
                description=self._text("description"),
                image_url=self._link("image_url"),
                url=self._link("url"),
                attributes=self._attributes(),
                variants=self._variants(identity),
            )
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise _Refused(Reason.NOT_A_PRODUCT, place, str(first["msg"])) from None

    def _note(self, reason: Reason, field: str = "", detail: str = "") -> None:
        self.remarks.append(
            Remark(reason=reason, field=field[:100], detail=strip_hidden(detail)[:200])
        )

    def _cell(self, field: str) -> Cell:
        columns = self._mapping.fields.get(field)
        return self._cells.get(columns[0]) if columns else None

    def _plain(self, value: Cell, field: str) -> str:
        """The text of a cell, cleaned; empty where it holds no plain value."""
        text = _as_text(value)
        if not text:
            return ""
        plain = strip_hidden(text)
        changed = plain != breaks_as_spaces(text)
        if changed:
            self._note(Reason.HIDDEN_CHARACTERS, field)
        if has_html(plain):
            without = strip_hidden(strip_html(plain))
            if without != plain:
                changed = True
                self._note(Reason.HTML, field)
            plain = without
        plain = single_spaces(plain)
        # Descriptions are wrapped and indented as a matter of course: no news to anyone.
        if not changed and plain != text and field != "description":
            self._note(Reason.SPACES, field)
        most = _LONGEST.get(field)
        if most is not None and len(plain) > most:
            self._note(Reason.CUT, field)
            plain = plain[:most].rstrip()
        return plain

    def _text(self, field: str) -> str:
        columns = self._mapping.fields.get(field, ())
        parts = [self._plain(self._cells.get(column), field) for column in columns]
        joined = " ".join(part for part in parts if part)
        return joined[: _LONGEST.get(field, _LONGEST_ATTRIBUTE)].rstrip()

    def _id(self) -> str | None:
        text = self._plain(self._cell("id"), "id")
        if len(text) > _LONGEST_ID:
            raise _Refused(Reason.LONG_ID, "id")
        return text or None

    def _made_id(self, title: str, brand: str | None) -> str:
        if "id" in self._mapping.fields:
            self._note(Reason.MADE_ID, "id")
        identity = f"{brand or ''}\n{title}".casefold().encode("utf-8", "replace")
        return "p-" + hashlib.sha256(identity).hexdigest()[:16]

    def _title(self) -> str:
        title = self._text("title")
        if _FORMULA.match(title):
            raise _Refused(Reason.FORMULA_TITLE, "title", title)
        plain = _FORMULA_SIGN.sub("", title)
        if plain != title:
            self._note(Reason.FORMULA_SIGN, "title", title)
        columns = self._mapping.fields.get("title", ())
        only_brand = len(columns) > 1 and not any(
            _as_text(self._cells.get(column)).strip() for column in columns[1:]
        )
        if not plain or only_brand:
            raise _Refused(Reason.NO_TITLE, "title")
        return plain

    def _brand(self) -> str | None:
        brand = self._plain(self._cell("brand"), "brand")
        if len(brand) > _LONGEST_BRAND:
            self._note(Reason.BRAND_DROPPED, "brand")
            return None
        return brand or None

    def _category(self) -> tuple[str, ...]:
        steps = list(self._mapping.category)
        for column in self._mapping.fields.get("category", ()):
            cell = self._cells.get(column)
            parts = cell if isinstance(cell, list) else [cell]
            for part in parts:
                text = self._plain(part, "category")
                pieces = [text] if isinstance(cell, list) else text.split(self._mapping.separator)
                steps.extend(step.strip()[:_LONGEST_STEP] for step in pieces)
        return tuple(dict.fromkeys(step for step in steps if step))[:_MOST_STEPS]

    def _check_currency(self) -> None:
        text = _as_text(self._cell("currency")).strip()
        if not text:
            return
        try:
            found = parse_currency(text, currency=self._currency)
        except UnreadablePrice as error:
            raise _Refused(Reason.UNREADABLE_CURRENCY, "currency", error.reason) from None
        if found != self._currency:
            raise _Refused(Reason.OTHER_CURRENCY, "currency", found)

    def _amount(self, value: Cell, field: str) -> Decimal | None:
        """The amount of a cell; None where it is blank.

        Raises:
            UnreadablePrice: it is no price.
            _Refused: it is in another currency.
        """
        if isinstance(value, int | float) and not isinstance(value, bool):
            return exact_amount(value)
        text = strip_hidden(_as_text(value)).strip()
        if not text:
            if isinstance(value, list | dict | bool):
                raise UnreadablePrice("it is not a plain value")
            return None
        price = parse_price(text, currency=self._currency)
        if price.currency not in (None, self._currency):
            raise _Refused(Reason.OTHER_CURRENCY, field, text)
        return price.amount

    def _prices(self) -> tuple[Decimal, Decimal | None]:
        sale: Decimal | None = None
        sale_problem = ""
        try:
            sale = self._amount(self._cell("sale_price"), "sale_price") or None
        except UnreadablePrice as error:
            sale_problem = error.reason
        try:
            price = self._amount(self._cell("price"), "price")
            problem = _Refused(Reason.NO_PRICE if price is None else Reason.ZERO_PRICE, "price")
        except UnreadablePrice as error:
            price = None
            problem = _Refused(Reason.UNREADABLE_PRICE, "price", error.reason)
        if not price:
            if sale is None:
                raise problem
            self._note(Reason.PRICE_FROM_SALE, "price", problem.remark.detail)
            return sale, None
        if sale_problem:
            self._note(Reason.SALE_UNREADABLE, "sale_price", sale_problem)
        if sale is not None and sale > price:
            self._note(Reason.SALE_ABOVE_PRICE, "sale_price", f"{sale} > {price}")
            sale = None
        return price, sale

    def _rating(self) -> float | None:
        value = self._cell("rating")
        text = _as_text(value).strip()
        if not text and not isinstance(value, int):
            return None
        match = _RATING.match(text)
        rating: float | None = float(match[1].replace(",", ".")) if match else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            rating = _finite(value)
        if rating == 0:
            self._note(Reason.RATING_ZERO, "rating")
            return None
        if rating is None or not 0 < rating <= 5:
            self._note(Reason.RATING_UNREADABLE, "rating", text)
            return None
        return rating

    def _rating_count(self) -> int | None:
        text = _as_text(self._cell("rating_count")).strip()
        if not text:
            return None
        match = _COUNT.match(text)
        if match is None:
            self._note(Reason.COUNT_UNREADABLE, "rating_count", text)
            return None
        return int(match[1].replace(",", ""))

    def _availability(self, value: Cell, field: str = "availability") -> Availability:
        text = _as_text(value).strip()
        if not text:
            return "in_stock"
        if _STOCK_COUNT.match(text):
            return "in_stock" if float(text) > 0 else "out_of_stock"
        # schema.org writes https://schema.org/InStock.
        word = single_spaces(re.sub(r"[_\-]+", " ", text.rsplit("/", 1)[-1])).casefold()
        known = _STOCK_WORDS.get(word)
        if known is None:
            self._note(Reason.STOCK_UNREADABLE, field, text)
            return "in_stock"
        return known

    def _link(self, field: str) -> str | None:
        value = self._cell(field)
        if isinstance(value, list):
            value = next((part for part in value if isinstance(part, str)), None)
        text = _as_text(value).strip()
        if not text:
            return None
        if not _is_link(text):
            self._note(Reason.LINK_DROPPED, field, text)
            return None
        return text

    def _attributes(self) -> dict[str, AttributeValue]:
        attributes: dict[str, AttributeValue] = {}
        own = self._cell("attributes")
        if isinstance(own, dict):
            for name, value in own.items():
                held = self._as_it_is(value, name)
                if held is None:
                    self._note(Reason.ATTRIBUTE_DROPPED, name)
                elif name and len(name) <= 80:
                    attributes[name] = held
        for column, value in self._cells.items():
            name_or_none = self._attribute_name(column)
            if name_or_none is None or len(attributes) >= _MOST_ATTRIBUTES:
                continue
            read = self._attribute(name_or_none, value)
            if read is not None and read[0] not in attributes:
                attributes[read[0]] = read[1]
        return attributes

    def _as_it_is(self, value: Cell, name: str) -> AttributeValue | None:
        """The value of an attribute that a record gives by itself: cleaned, not reinterpreted."""
        if isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return _finite(value)
        if isinstance(value, list):
            texts = [_as_text(part) for part in value[:_MOST_VALUES]]
            parts = [self._plain(text, name) for text in texts if not _LINKS.match(text)]
            return [part for part in parts if part] or None
        return self._plain(value, name)[:_LONGEST_ATTRIBUTE] or None

    def _attribute(self, name: str, value: Cell) -> tuple[str, AttributeValue] | None:
        """A column's value as an attribute, with its name; None where it says nothing."""
        if not isinstance(value, str):
            held = self._as_it_is(value, name)
            return None if held is None else (name, held)
        if len(value) > _LONGEST_RAW_ATTRIBUTE or _LINKS.match(value):
            return None
        text = self._plain(value, name)
        if not text or len(text) > _LONGEST_ATTRIBUTE:
            return None
        if text.casefold() in _TRUTH:
            return name, _TRUTH[text.casefold()]
        if not _LABELS.search(name):
            if _PLAIN_NUMBER.match(text):
                return name, float(text)
            measure = parse_measure(name, text)
            if measure is not None:
                return measure
        parts = [part.strip() for part in _SPLIT.get(name, _SPLIT_OTHER).split(text)]
        several = [part for part in dict.fromkeys(parts) if part][:_MOST_VALUES]
        return name, several if len(several) > 1 else text

    def _variants(self, identity: str) -> tuple[Variant, ...]:
        value = self._cell("variants")
        if not isinstance(value, list):
            return ()
        variants: dict[str, Variant] = {}
        for place, part in enumerate(value[:_MOST_VARIANTS], start=1):
            variant = self._variant(part, f"{identity}-{place}") if isinstance(part, dict) else None
            if variant is None or variant.sku in variants:
                self._note(Reason.VARIANT_DROPPED, "variants", f"no. {place}")
            else:
                variants[variant.sku] = variant
        return tuple(variants.values())

    def _variant(self, part: MappingOf[str, Cell], sku: str) -> Variant | None:
        try:
            price = self._amount(part.get("price"), "variants.price")
            return Variant(
                sku=self._plain(part.get("sku") or part.get("id"), "variants.sku") or sku,
                size=self._plain(part.get("size"), "variants") or None,
                color=self._plain(part.get("color"), "variants") or None,
                price=price or None,
                availability=self._availability(part.get("availability"), "variants.availability"),
            )
        except (UnreadablePrice, _Refused, ValidationError):
            return None


def _as_text(value: Cell) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        # Python refuses to write out numbers of thousands of digits.
        return str(value) if abs(value) < 10**30 else ""
    if isinstance(value, float):
        return f"{value:g}" if value.is_integer() and abs(value) < 1e15 else repr(value)
    return ""


def _finite(value: float) -> float | None:
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _is_link(text: str) -> bool:
    if len(text) > _LONGEST_LINK or not text.isprintable() or any(map(str.isspace, text)):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username
