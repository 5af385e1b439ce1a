"""What became of a catalogue file: kept, mended and refused rows, each with its reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, Field

from retrieval.importing.findings import Finding
from retrieval.importing.mapping import Mapping
from retrieval.importing.reasons import Reason, sentence

Outcome = Literal["kept", "mended", "refused"]

MAX_ROWS_REPORTED = 10_000
_MOST_SHOWN = 12
_MOST_NAMES = 40


class Remark(BaseModel):
    """One reason, with the field and the value that it is about."""

    reason: Reason
    field: str = ""
    detail: str = Field(default="", max_length=200)


class RowNote(BaseModel):
    """What became of one row.

    Attributes:
        row: the line that it begins at; in a JSON array or a Parquet file its place. From 1.
        id: the product's id, where one was found.
    """

    row: int
    id: str | None = None
    outcome: Outcome
    remarks: list[Remark]


class ImportReport(BaseModel):
    """What became of a catalogue file. It is complete when the last product has been taken.

    Attributes:
        format: ``csv``, ``jsonl``, ``json``, ``yaml``, ``google``, ``shopify``, ``jsonld`` or
            ``parquet``.
        mapping: which column was read as which field.
        kept: rows that came in as they are.
        mended: rows that came in with changes.
        joined: those of the kept and mended rows that are part of another row's product.
        reasons: how many rows each reason touched.
        findings: the faults of the data, with examples and advice.
        rows: every mended and refused row, up to 10,000; ``rows_not_listed`` counts the others.
        notes: what holds for the whole file, in English.
    """

    file: str
    format: str
    encoding: str
    currency: str
    mapping: Mapping
    kept: int = 0
    mended: int = 0
    refused: int = 0
    joined: int = 0
    reasons: dict[Reason, int] = Field(default_factory=dict)
    findings: list[Finding] = Field(default_factory=list)
    rows: list[RowNote] = Field(default_factory=list)
    rows_not_listed: int = 0
    notes: list[str] = Field(default_factory=list)

    @property
    def total(self) -> int:
        """The rows of the file, without its header and empty lines."""
        return self.kept + self.mended + self.refused

    @property
    def products(self) -> int:
        """The products that came of the rows."""
        return self.kept + self.mended - self.joined

    def add(self, note: RowNote) -> None:
        """Counts a row, and lists it where it was mended or refused."""
        match note.outcome:
            case "kept":
                self.kept += 1
                return
            case "mended":
                self.mended += 1
            case "refused":
                self.refused += 1
        for reason in sorted({remark.reason for remark in note.remarks}):
            self.reasons[reason] = self.reasons.get(reason, 0) + 1
        if len(self.rows) < MAX_ROWS_REPORTED:
            self.rows.append(note)
        else:
            self.rows_not_listed += 1

    def most_common(self) -> list[tuple[Reason, int]]:
        """The reasons, the most frequent first."""
        return Counter(self.reasons).most_common()

    def summary(self, language: str = "en") -> str:
        """The report in a few lines for a terminal.

        Args:
            language: ``zh`` for Chinese; any other gives English.
        """
        zh = language.startswith("zh")
        fields = ", ".join(
            f"{field} ← {' + '.join(columns)}" for field, columns in self.mapping.fields.items()
        )
        lines = [
            f"{self.file}：{self.format}，{self.encoding}，{self.currency}"
            if zh
            else f"{self.file}: {self.format}, {self.encoding}, {self.currency}",
            f"字段：{fields}" if zh else f"Fields: {fields}",
        ]
        if self.mapping.attributes:
            names = _listed(self.mapping.attributes.values())
            lines.append(f"属性：{names}" if zh else f"Attributes: {names}")
        if self.mapping.ignored:
            names = _listed(self.mapping.ignored)
            lines.append(f"未读取的列：{names}" if zh else f"Columns left out: {names}")
        lines.append(self._count_line(zh))
        shown = self.most_common()[:_MOST_SHOWN]
        lines.extend(f"  {count} × {sentence(reason, language)}" for reason, count in shown)
        if self.findings:
            lines.append("可改进之处：" if zh else "What could be better:")
            lines.extend(f"  {finding.line(language)}" for finding in self.findings)
        lines.extend(self.notes)
        return "\n".join(lines)

    def _count_line(self, zh: bool) -> str:
        if zh:
            line = f"共 {self.total} 行：保留 {self.kept}，修正 {self.mended}，拒绝 {self.refused}"
            return f"{line}；共 {self.products} 个商品" if self.joined else line
        line = f"{self.total} rows: {self.kept} kept, {self.mended} mended, {self.refused} refused"
        return f"{line}; {self.products} products" if self.joined else line


def _listed(names: Iterable[str]) -> str:
    listed = list(names)
    more = len(listed) - _MOST_NAMES
    return ", ".join(listed[:_MOST_NAMES]) + (f", … ({more} more)" if more > 0 else "")
