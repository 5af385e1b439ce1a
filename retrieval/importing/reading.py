"""Reads the fields of a product from the cells of a row."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from decimal import Decimal

from pydantic import ValidationError

from retrieval.importing.attributes import read_attributes
from retrieval.importing.findings import Flaw
from retrieval.importing.links import read_link
from retrieval.importing.mapping import Mapping
from retrieval.importing.notes import Notes
from retrieval.importing.prices import PRICE_FLAWS, Amount, read_amount, settle_prices
from retrieval.importing.ratings import read_count, read_rating
from retrieval.importing.reasons import Reason
from retrieval.importing.rows import Cell, Row
from retrieval.importing.stock import read_availability
from retrieval.importing.values import (
    LONGEST,
    LONGEST_ATTRIBUTE,
    as_text,
    is_formula,
    mostly_broken,
    plain_text,
    without_sign,
)
from retrieval.importing.variants import Variants, read_variants
from retrieval.money import UnreadablePrice, parse_currency
from retrieval.product import Product

_LONGEST_BRAND = 120
_LONGEST_ID = 200
_LONGEST_STEP = 120
_MOST_STEPS = 10


class Reading:
    """One row on its way to a product; every field is read, also where the row is refused.

    Args:
        row: the row; it can be read.
        mapping: which column is which field.
        currency: the catalogue's ISO 4217 code.
        attribute_name: the attribute that a column is read as; None where it is none.
        notes: is told what is mended, wrong or missing.

    Attributes:
        id: the product's id; empty where there is neither an id nor a title.
        made_id: whether it was made from title and brand.
        variants: those that could be read.
    """

    def __init__(
        self,
        row: Row,
        mapping: Mapping,
        currency: str,
        attribute_name: Callable[[str], str | None],
        notes: Notes,
    ) -> None:
        self._cells = row.cells
        self._mapping = mapping
        self._currency = currency
        self._attribute_name = attribute_name
        self._notes = notes
        self.id = ""
        self.made_id = False
        self.variants = Variants()

    def product(self) -> Product | None:
        """The product; None where the notes say why there is none."""
        notes, cell = self._notes, self._cell
        self._check_currency()
        self.id = self._id()
        title = self._title()
        brand = self._brand()
        if not self.id:
            self.id = self._made_id(title, brand)
        self.variants = read_variants(
            cell("variants"), self.id, self._currency, self._mapping.price_divisor, notes
        )
        price, sale_price = self._prices()
        rating = read_rating(cell("rating"), notes)
        rating_count = read_count(cell("rating_count"), notes)
        stock = cell("availability")
        if self.variants.read and not as_text(stock).strip():
            availability = self.variants.availability()
        else:
            availability = read_availability(stock, "availability", notes)
        category = self._category()
        description = self._description()
        image_url = read_link(cell("image_url"), "image_url", notes)
        url = read_link(cell("url"), "url", notes)
        attributes = read_attributes(cell("attributes"), self._cells, self._attribute_name, notes)
        for name, value in (self.variants.extra or {}).items():
            attributes.setdefault(name, value)
        self._count_missing(brand, category, image_url, description)
        if notes.refusal is not None:
            return None
        try:
            return Product(
                id=self.id,
                title=title,
                title_zh=self._text("title_zh") or None,
                brand=brand,
                category=category,
                price=price,
                currency=self._currency,
                sale_price=sale_price,
                availability=availability,
                rating=rating,
                rating_count=rating_count,
                description=description,
                image_url=image_url,
                url=url,
                attributes=attributes,
                variants=tuple(each.variant for each in self.variants.read),
            )
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            notes.refuse(Reason.NOT_A_PRODUCT, place, str(first["msg"]))
            return None

    def _count_missing(
        self, brand: str | None, category: tuple[str, ...], image: str | None, description: str
    ) -> None:
        for flaw, value in (
            (Flaw.MISSING_BRAND, brand),
            (Flaw.MISSING_CATEGORY, category),
            (Flaw.MISSING_IMAGE, image),
            (Flaw.MISSING_DESCRIPTION, description),
        ):
            if not value:
                self._notes.flaws.add(flaw)

    def _cell(self, field: str) -> Cell:
        columns = self._mapping.fields.get(field)
        return self._cells.get(columns[0]) if columns else None

    def _plain(self, field: str) -> str:
        return plain_text(self._cell(field), field, self._notes)

    def _text(self, field: str) -> str:
        columns = self._mapping.fields.get(field, ())
        parts = [plain_text(self._cells.get(column), field, self._notes) for column in columns]
        joined = " ".join(part for part in parts if part)
        return joined[: LONGEST.get(field, LONGEST_ATTRIBUTE)].rstrip()

    def _id(self) -> str:
        text = self._plain("id")
        if is_formula(text):
            self._notes.flaws.add(Flaw.FORMULA)
            self._notes.mended(Reason.FORMULA_SIGN, "id", text)
            text = text.lstrip("=+-@ ")
        if len(text) > _LONGEST_ID:
            self._notes.refuse(Reason.LONG_ID, "id")
            return text[:_LONGEST_ID]
        return text

    def _made_id(self, title: str, brand: str | None) -> str:
        self.made_id = True
        self._notes.flaws.add(Flaw.MISSING_ID)
        if not title:
            return ""
        if "id" in self._mapping.fields:
            self._notes.mended(Reason.MADE_ID, "id")
        identity = f"{brand or ''}\n{title}".casefold().encode("utf-8", "replace")
        return "p-" + hashlib.sha256(identity).hexdigest()[:16]

    def _title(self) -> str:
        title = self._text("title")
        columns = self._mapping.fields.get("title", ())
        if any(mostly_broken(self._cells.get(column)) for column in columns):
            self._notes.refuse(Reason.BROKEN_TITLE, "title", title)
        if is_formula(title):
            self._notes.flaws.add(Flaw.FORMULA)
            self._notes.refuse(Reason.FORMULA_TITLE, "title", title)
        plain = without_sign(title)
        if plain != title:
            self._notes.mended(Reason.FORMULA_SIGN, "title", title)
        only_brand = len(columns) > 1 and not any(
            as_text(self._cells.get(column)).strip() for column in columns[1:]
        )
        if not plain or only_brand:
            self._notes.flaws.add(Flaw.MISSING_TITLE)
            self._notes.refuse(Reason.NO_TITLE, "title")
        return plain

    def _brand(self) -> str | None:
        brand = self._plain("brand")
        formula = is_formula(brand)
        if formula:
            self._notes.flaws.add(Flaw.FORMULA)
        if formula or len(brand) > _LONGEST_BRAND:
            self._notes.mended(Reason.BRAND_DROPPED, "brand", brand)
            return None
        return brand or None

    def _description(self) -> str:
        description = self._text("description")
        if is_formula(description):
            self._notes.flaws.add(Flaw.FORMULA)
            self._notes.mended(Reason.FORMULA_SIGN, "description", description)
            return description.lstrip("=+-@ ")
        return description

    def _category(self) -> tuple[str, ...]:
        steps = list(self._mapping.category)
        for column in self._mapping.fields.get("category", ()):
            cell = self._cells.get(column)
            parts = cell if isinstance(cell, list) else [cell]
            for part in parts:
                text = plain_text(part, "category", self._notes)
                pieces = [text] if isinstance(cell, list) else text.split(self._mapping.separator)
                steps.extend(step.strip()[:_LONGEST_STEP] for step in pieces)
        named = (step for step in steps if step and not step.isdigit() and not is_formula(step))
        return tuple(dict.fromkeys(named))[:_MOST_STEPS]

    def _check_currency(self) -> None:
        text = as_text(self._cell("currency")).strip()
        if not text:
            return
        try:
            found = parse_currency(text, currency=self._currency)
        except UnreadablePrice as error:
            self._notes.refuse(Reason.UNREADABLE_CURRENCY, "currency", error.reason)
            return
        if found != self._currency:
            self._notes.flaws.add(Flaw.MIXED_CURRENCY)
            self._notes.refuse(Reason.OTHER_CURRENCY, "currency", found)

    def _prices(self) -> tuple[Decimal, Decimal | None]:
        divisor = self._mapping.price_divisor
        price = read_amount(self._cell("price"), self._currency, divisor)
        sale = read_amount(self._cell("sale_price"), self._currency, divisor)
        if price.problem is Reason.NO_PRICE and sale.problem is Reason.NO_PRICE:
            price, sale = self.variants.prices()
            if price.value is None and self.variants.dropped:
                # None of its variants' rows has a price: the first of them says why.
                _, reason, detail = self.variants.dropped[0]
                price = Amount(None, reason if reason in PRICE_FLAWS else Reason.NO_PRICE, detail)
        return settle_prices(price, sale, self._notes)
