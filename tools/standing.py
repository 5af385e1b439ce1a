"""How a product stands to a need: which of its conditions the record meets."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from retrieval.conditions import Condition
from retrieval.fields import VARIANT_FIELDS
from retrieval.index import CatalogueIndex
from retrieval.product import Product

_STOCKED = Condition(field="in_stock", op="=", value=True)


class Standing(BaseModel):
    """One product against a need.

    Attributes:
        met, missed: conditions that must hold, and do or do not.
        liked, disliked: conditions that had better hold, and do or do not.
    """

    model_config = ConfigDict(frozen=True)

    product_id: str
    met: tuple[Condition, ...] = ()
    missed: tuple[Condition, ...] = ()
    liked: tuple[Condition, ...] = ()
    disliked: tuple[Condition, ...] = ()

    def meets(self, field: str) -> bool | None:
        """Whether all conditions on a field hold; None where there are none."""
        if any(c.field == field for c in (*self.missed, *self.disliked)):
            return False
        return True if any(c.field == field for c in (*self.met, *self.liked)) else None


def stand(
    index: CatalogueIndex,
    product: Product,
    where: Sequence[Condition],
    prefer: Sequence[Condition],
) -> Standing:
    """Holds a record against the conditions of a need. What it does not tell, it does not meet.

    Raises:
        BadCondition: a field that the catalogue does not have.
    """
    missed = _missed(index, product, where)
    disliked = [c for c in prefer if _missed(index, product, [c])]
    return Standing(
        product_id=product.id,
        met=tuple(c for c in where if c not in missed),
        missed=tuple(missed),
        liked=tuple(c for c in prefer if c not in disliked),
        disliked=tuple(disliked),
    )


def _missed(
    index: CatalogueIndex, product: Product, conditions: Sequence[Condition]
) -> list[Condition]:
    """The conditions that do not hold; a size or a colour counts only where it is in stock."""
    row = index.row(product.id)

    def hold(*together: Condition) -> bool:
        return bool(index.columns.mask(together)[row])

    of_variant = [c for c in conditions if c.field in VARIANT_FIELDS]
    missed = [c for c in conditions if not hold(c, *([_STOCKED] if c in of_variant else []))]
    # Size 42 and black, each in stock, and yet no black 42.
    if of_variant and not any(c in missed for c in of_variant) and not hold(*of_variant, _STOCKED):
        missed += of_variant
    return missed
