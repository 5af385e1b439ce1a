"""A comparison as a reply carries it. It stands apart, since the reply itself is made of it."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ComparisonRow(BaseModel):
    """One field on which the products differ.

    Attributes:
        field: as the catalogue calls it.
        label: as the shopper reads it.
        values: by product, as the shopper reads them; None where the record does not say.
        best: position of the product that is better than the others here; None where none is.
    """

    field: str
    label: str
    values: list[str | None]
    best: int | None = None


class ComparisonTable(BaseModel):
    """Products side by side, in the language of the reply.

    Attributes:
        products: their ids, in the order of the columns.
        rows: the fields on which they differ, those that the need names first.
        verdict: one or two sentences: which is better for the need, or what it depends on.
        depends_on: the fields on which the choice depends; empty where one is better.
    """

    products: list[str]
    rows: list[ComparisonRow] = Field(default_factory=list)
    verdict: str = ""
    depends_on: list[str] = Field(default_factory=list)
