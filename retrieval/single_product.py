"""One product that a shop sends by itself, cleaned as those of a file are."""

from __future__ import annotations

import json
from typing import Any

from retrieval.errors import BadInput
from retrieval.importing.guessing import FIELDS
from retrieval.importing.mapping import Mapping
from retrieval.importing.notes import Notes
from retrieval.importing.reading import Reading
from retrieval.importing.reasons import Reason, sentence
from retrieval.importing.report import Remark
from retrieval.importing.rows import Row
from retrieval.importing.values import plain_text
from retrieval.importing.variants import MOST_VARIANTS
from retrieval.product import Product


def clean_product(product: Product, currency: str) -> tuple[Product, list[Remark]]:
    """A product without HTML, hidden characters, formulas and links that lead inside.

    What the shop does not state and the variants tell, such as whether any is in stock, is taken
    from them, as in a file.

    Args:
        product: as it was sent.
        currency: the catalogue's ISO 4217 code.

    Returns:
        The product as the catalogue holds it, and what was changed of it.

    Raises:
        BadInput: it cannot be a product of the catalogue, naming the field.
    """
    if product.currency != currency:
        raise BadInput(
            f"It is priced in {product.currency}, and the catalogue in {currency}.",
            field="currency",
        )
    if len(product.variants) > MOST_VARIANTS:
        raise BadInput(f"It may have {MOST_VARIANTS:,} variants at most.", field="variants")
    notes = Notes()
    sent: dict[str, Any] = json.loads(
        product.model_dump_json(exclude_unset=True, exclude_none=True)
    )
    sent["attributes"] = attributes = {
        plain_text(name, "attributes", notes): value
        for name, value in sent.get("attributes", {}).items()
    }
    mapping = Mapping(fields={field: (field,) for field in FIELDS})
    reading = Reading(Row(1, cells=sent), mapping, currency, _no_attribute, notes)
    clean = reading.product()
    if clean is None:
        refusal = notes.refusal
        reason = sentence(refusal.reason) if refusal else sentence(Reason.NOT_A_PRODUCT)
        raise BadInput(
            f"{reason[:1].upper()}{reason[1:]}.", field=refusal.field if refusal else None
        )
    if clean.id != product.id:
        # Another id would be another product, and the shop could not ask for it by its own.
        raise BadInput(
            "An id has no HTML, no hidden characters, no sign of a formula and single spaces.",
            field="id",
        )
    noted = {remark.field for remark in notes.remarks}
    for name in attributes:
        if name not in clean.attributes and name not in noted:
            notes.mended(Reason.ATTRIBUTE_DROPPED, name)
    return clean, notes.remarks


def _no_attribute(column: str) -> None:
    """Attributes stand in a record of their own: no other column is one."""
