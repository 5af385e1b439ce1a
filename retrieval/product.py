"""A product as the catalogue holds it.

Names follow schema.org/Product and Google's product data specification where those have one.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, PlainSerializer

Money = Annotated[
    Decimal,
    Field(ge=0, max_digits=14, decimal_places=4),
    PlainSerializer(float, return_type=float, when_used="json"),
]
"""An amount in the catalogue's currency: exact inside, a plain number in JSON."""

Availability = Literal["in_stock", "out_of_stock", "preorder", "backorder"]

AttributeValue = bool | FiniteFloat | str | list[str]
"""Numbers carry their unit as a suffix of the attribute's name: ``weight_g``, ``drop_mm``."""


class Variant(BaseModel):
    """One thing that can be put into a cart: a size in a colour."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sku: str = Field(min_length=1, max_length=200)
    size: str | None = Field(default=None, max_length=60)
    color: str | None = Field(default=None, max_length=60)
    price: Money | None = None
    availability: Availability = "in_stock"


class Product(BaseModel):
    """One product. ``category`` is a path from the general to the special."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=500)
    title_zh: str | None = Field(default=None, max_length=500)
    brand: str | None = Field(default=None, max_length=120)
    category: tuple[str, ...] = ()
    price: Money
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    sale_price: Money | None = None
    availability: Availability = "in_stock"
    rating: float | None = Field(default=None, ge=0, le=5)
    rating_count: int | None = Field(default=None, ge=0)
    description: str = Field(default="", max_length=20_000)
    image_url: str | None = Field(default=None, max_length=2_000)
    url: str | None = Field(default=None, max_length=2_000)
    attributes: dict[str, AttributeValue] = Field(default_factory=dict)
    variants: tuple[Variant, ...] = ()

    @property
    def effective_price(self) -> Decimal:
        """What the shopper pays: the sale price where there is one."""
        return self.price if self.sale_price is None else self.sale_price

    @property
    def on_sale(self) -> bool:
        """Whether the shopper pays less than the list price."""
        return self.sale_price is not None and self.sale_price < self.price

    def title_in(self, language: str) -> str:
        """The title in ``en`` or ``zh``; the only one where there is no other."""
        return (self.title_zh if language == "zh" else None) or self.title

    def values(self, name: str) -> list[bool | float | str]:
        """The values of an attribute, as a list; empty where the record does not say."""
        value = self.attributes.get(name)
        if value is None:
            return []
        return list(value) if isinstance(value, list) else [value]
