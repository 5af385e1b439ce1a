"""Makes a product of a row, or says why not; what is mended on the way is noted."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from retrieval.importing.findings import Flaw
from retrieval.importing.mapping import Mapping
from retrieval.importing.names import AttributeNames, is_technical
from retrieval.importing.notes import Notes, remark
from retrieval.importing.prices import PRICE_FLAWS
from retrieval.importing.quality import Quality
from retrieval.importing.reading import Reading
from retrieval.importing.reasons import Reason, sentence
from retrieval.importing.report import Outcome, RowNote
from retrieval.importing.rows import Row
from retrieval.importing.seen import Seen
from retrieval.importing.variants import Variants
from retrieval.product import Product

_MOST_COLUMNS = 10_000
_ROW_FLAWS: MappingProxyType[Reason, Flaw | None] = MappingProxyType(
    {
        Reason.NOT_PUBLISHED: None,
        Reason.SCATTERED: Flaw.SCATTERED_VARIANT,
        Reason.TOO_MANY_VARIANTS: None,
    }
)


@dataclass(frozen=True)
class Cleaned:
    """What became of a row, and of those that were joined into it.

    Attributes:
        product: None where the row is refused.
        notes: one for each row of the file that it stands for.
    """

    product: Product | None
    notes: tuple[RowNote, ...]


class Cleaner:
    """Cleans the rows of one file.

    Args:
        mapping: which column is which field.
        currency: the catalogue's ISO 4217 code.
        quality: is told of every row and product.
    """

    def __init__(self, mapping: Mapping, currency: str, quality: Quality) -> None:
        self._mapping = mapping
        self._currency = currency
        self._quality = quality
        self._ids = Seen()
        self._names: dict[str, str | None] = dict(mapping.attributes)
        self._names_of = AttributeNames(
            prefixes=mapping.prefixes, taken=mapping.attributes.values()
        )
        fields = {column for columns in mapping.fields.values() for column in columns}
        self._unread = fields.union(mapping.ignored)
        if mapping.group is not None:
            self._unread.add(mapping.group)

    def clean(self, row: Row) -> Cleaned:
        """Makes a product of a row."""
        if row.problem is not None:
            return self._unreadable(row)
        notes = Notes()
        reading = Reading(row, self._mapping, self._currency, self._attribute_name, notes)
        product = reading.product()
        identity = reading.id
        own = "id" in self._mapping.fields and not reading.made_id
        if identity:
            self._check_id(identity, row, notes, own)
        if notes.refusal is not None:
            product = None
        elif row.parts:
            for number, reason, _ in reading.variants.dropped:
                if number == row.number:
                    notes.mended(Reason.VARIANT_DROPPED, "variants", sentence(reason))
                    notes.flaws.update(flaw for flaw in [_part_flaw(reason)] if flaw)
        if identity and (product is not None or self._ids.get(identity) is None):
            # The row of a refused product is kept as a negative number: another may have its id.
            self._ids.put(identity, row.number if product is not None else -row.number)
        self._quality.add_row(row.number, notes.flaws, record=True)
        if product is not None:
            self._quality.add_product(row.number, product)
        remarks = [*notes.remarks, *([notes.refusal] if notes.refusal else [])]
        first = RowNote(
            row=row.number,
            id=identity or None,
            outcome=_outcome(product is not None, bool(remarks)),
            remarks=remarks,
        )
        return Cleaned(product, (first, *self._of_parts(row, identity, notes, reading.variants)))

    def _check_id(self, identity: str, row: Row, notes: Notes, own: bool) -> None:
        earlier = self._ids.get(identity)
        if earlier is None:
            return
        scattered = bool(row.parts) and self._mapping.group is not None
        if own:
            notes.flaws.add(Flaw.SCATTERED_VARIANT if scattered else Flaw.DUPLICATE_ID)
        if earlier > 0:
            reason = Reason.SCATTERED if scattered else Reason.DUPLICATE_ID
            notes.refuse(reason, "id", f"row {earlier}")

    def _unreadable(self, row: Row) -> Cleaned:
        problem = row.problem or Reason.BAD_VALUE
        flaw = _ROW_FLAWS.get(problem, Flaw.UNREADABLE_ROW)
        notes = []
        for part in row.parts or (row,):
            self._quality.add_row(part.number, [flaw] if flaw else [], record=False)
            notes.append(
                RowNote(
                    row=part.number,
                    outcome="refused",
                    remarks=[remark(problem, detail=row.detail)],
                )
            )
        return Cleaned(None, tuple(notes))

    def _of_parts(self, row: Row, identity: str, notes: Notes, variants: Variants) -> list[RowNote]:
        """What became of the rows that were joined into the first one."""
        dropped = {number: (reason, detail) for number, reason, detail in variants.dropped}
        listed = []
        for part in row.parts[1:]:
            remarks = []
            flaws = []
            if part.number in dropped:
                reason, detail = dropped[part.number]
                remarks = [remark(reason, "variants", detail)]
                flaws = [flaw for flaw in [_part_flaw(reason)] if flaw]
            elif notes.refusal is not None:
                remarks = [notes.refusal]
            self._quality.add_row(part.number, flaws, record=False)
            outcome: Outcome = "refused" if remarks else "kept"
            listed.append(
                RowNote(row=part.number, id=identity or None, outcome=outcome, remarks=remarks)
            )
        return listed

    def _attribute_name(self, column: str) -> str | None:
        """The attribute that a column is read as, also where the sample did not have the column."""
        if column in self._names:
            return self._names[column]
        if len(self._names) >= _MOST_COLUMNS:
            return None
        unread = column in self._unread or is_technical(column)
        self._names[column] = None if unread else self._names_of.name(column)
        return self._names[column]


def _part_flaw(reason: Reason) -> Flaw | None:
    return Flaw.DUPLICATE_ID if reason is Reason.DUPLICATE_ID else PRICE_FLAWS.get(reason)


def _outcome(kept: bool, remarked: bool) -> Outcome:
    if not kept:
        return "refused"
    return "mended" if remarked else "kept"
