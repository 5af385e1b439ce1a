"""What became of a catalogue file: kept, mended and refused rows, each with its reasons."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field

from retrieval.importing.mapping import Mapping

Outcome = Literal["kept", "mended", "refused"]

MAX_ROWS_REPORTED = 10_000
_MOST_SHOWN = 12


class Reason(StrEnum):
    """Why a row was mended or refused, or what is to be known of the whole file."""

    # The row cannot be read.
    BAD_JSON = "bad_json"
    NOT_AN_OBJECT = "not_an_object"
    BAD_QUOTES = "bad_quotes"
    RAGGED = "ragged"
    FIELD_TOO_LONG = "field_too_long"
    ROW_TOO_LONG = "row_too_long"
    TOO_MANY_COLUMNS = "too_many_columns"
    # The row is no product.
    NO_TITLE = "no_title"
    FORMULA_TITLE = "formula_title"
    NO_PRICE = "no_price"
    ZERO_PRICE = "zero_price"
    UNREADABLE_PRICE = "unreadable_price"
    OTHER_CURRENCY = "other_currency"
    UNREADABLE_CURRENCY = "unreadable_currency"
    DUPLICATE_ID = "duplicate_id"
    LONG_ID = "long_id"
    NOT_A_PRODUCT = "not_a_product"
    # The row was mended.
    PRICE_FROM_SALE = "price_from_sale"
    SALE_ABOVE_PRICE = "sale_above_price"
    SALE_UNREADABLE = "sale_unreadable"
    RATING_ZERO = "rating_zero"
    RATING_UNREADABLE = "rating_unreadable"
    COUNT_UNREADABLE = "count_unreadable"
    MADE_ID = "made_id"
    SPACES = "spaces"
    HTML = "html"
    HIDDEN_CHARACTERS = "hidden_characters"
    FORMULA_SIGN = "formula_sign"
    CUT = "cut"
    BRAND_DROPPED = "brand_dropped"
    LINK_DROPPED = "link_dropped"
    STOCK_UNREADABLE = "stock_unreadable"
    VARIANT_DROPPED = "variant_dropped"
    ATTRIBUTE_DROPPED = "attribute_dropped"


_SENTENCES: dict[Reason, tuple[str, str]] = {
    Reason.BAD_JSON: ("the line is not JSON", "该行不是有效的 JSON"),
    Reason.NOT_AN_OBJECT: ("the line is not a JSON object", "该行不是 JSON 对象"),
    Reason.BAD_QUOTES: ("a quote is opened and not closed, or misplaced", "引号未闭合或位置不对"),
    Reason.RAGGED: ("it has another number of fields than the header", "字段数与表头不符"),
    Reason.FIELD_TOO_LONG: ("a field is longer than 100,000 characters", "有字段超过 10 万字符"),
    Reason.ROW_TOO_LONG: ("it is longer than 1,000,000 characters", "该行超过 100 万字符"),
    Reason.TOO_MANY_COLUMNS: ("it has more than 1,000 fields", "字段超过 1000 个"),
    Reason.NO_TITLE: ("it has no title", "没有标题"),
    Reason.FORMULA_TITLE: ("its title is a spreadsheet formula", "标题是电子表格公式"),
    Reason.NO_PRICE: ("it has no price", "没有价格"),
    Reason.ZERO_PRICE: ("its price is 0", "价格为 0"),
    Reason.UNREADABLE_PRICE: ("its price cannot be read", "价格无法识别"),
    Reason.OTHER_CURRENCY: (
        "its price is in another currency than the catalogue's",
        "币种与目录不符",
    ),
    Reason.UNREADABLE_CURRENCY: ("its currency cannot be read", "币种无法识别"),
    Reason.DUPLICATE_ID: ("its id is that of an earlier row", "编号与前面的行重复"),
    Reason.LONG_ID: ("its id is longer than 200 characters", "编号超过 200 个字符"),
    Reason.NOT_A_PRODUCT: ("it does not fit the product record", "不符合商品记录的要求"),
    Reason.PRICE_FROM_SALE: (
        "no list price: the sale price was taken for the price",
        "没有原价，以促销价为价格",
    ),
    Reason.SALE_ABOVE_PRICE: (
        "a sale price above the list price was left out",
        "促销价高于原价，已略去",
    ),
    Reason.SALE_UNREADABLE: (
        "a sale price that cannot be read was left out",
        "促销价无法识别，已略去",
    ),
    Reason.RATING_ZERO: ("a rating of 0 means that it has none", "评分为 0，视为无评分"),
    Reason.RATING_UNREADABLE: (
        "a rating that is not between 0 and 5 was left out",
        "评分不在 0 到 5 之间，已略去",
    ),
    Reason.COUNT_UNREADABLE: (
        "a number of reviews that cannot be read was left out",
        "评论数无法识别，已略去",
    ),
    Reason.MADE_ID: (
        "it has no id: one was made from title and brand",
        "没有编号，由标题和品牌生成",
    ),
    Reason.SPACES: ("white space was tidied", "整理了空白字符"),
    Reason.HTML: ("HTML was taken out of its text", "去除了文字中的 HTML"),
    Reason.HIDDEN_CHARACTERS: (
        "control, hidden or undecodable characters were taken out",
        "去除了控制字符、隐藏字符或乱码",
    ),
    Reason.FORMULA_SIGN: (
        "a sign that a spreadsheet takes for a formula was taken off the title",
        "去除了标题开头的公式符号",
    ),
    Reason.CUT: ("a text was cut to the length that a record holds", "过长的文字已截短"),
    Reason.BRAND_DROPPED: ("a brand of more than 120 characters was left out", "品牌过长，已略去"),
    Reason.LINK_DROPPED: ("a link that is not http or https was left out", "非 http(s) 链接已略去"),
    Reason.STOCK_UNREADABLE: (
        "its availability cannot be read: it counts as in stock",
        "库存状态无法识别，按有货处理",
    ),
    Reason.VARIANT_DROPPED: ("a variant that cannot be read was left out", "无法识别的规格已略去"),
    Reason.ATTRIBUTE_DROPPED: (
        "an attribute without a plain value was left out",
        "非简单值的属性已略去",
    ),
}


class Remark(BaseModel):
    """One reason, with the field and the value that it is about."""

    reason: Reason
    field: str = ""
    detail: str = Field(default="", max_length=200)


class RowNote(BaseModel):
    """What became of one row.

    Attributes:
        row: the line that it begins at; in a JSON array its place. Both from 1.
        id: the product's id, where one was found.
    """

    row: int
    id: str | None = None
    outcome: Outcome
    remarks: list[Remark]


class ImportReport(BaseModel):
    """What became of a catalogue file.

    Attributes:
        mapping: which column was read as which field.
        kept: rows that came in as they are.
        mended: rows that came in with changes.
        reasons: how many rows each reason touched.
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
    reasons: dict[Reason, int] = Field(default_factory=dict)
    rows: list[RowNote] = Field(default_factory=list)
    rows_not_listed: int = 0
    notes: list[str] = Field(default_factory=list)

    @property
    def total(self) -> int:
        """The rows of the file, without its header and empty lines."""
        return self.kept + self.mended + self.refused

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
            names = ", ".join(self.mapping.attributes.values())
            lines.append(f"属性：{names}" if zh else f"Attributes: {names}")
        if self.mapping.ignored:
            names = ", ".join(self.mapping.ignored)
            lines.append(f"未读取的列：{names}" if zh else f"Columns left out: {names}")
        lines.append(
            f"共 {self.total} 行：保留 {self.kept}，修正 {self.mended}，拒绝 {self.refused}"
            if zh
            else f"{self.total} rows: {self.kept} kept, {self.mended} mended, "
            f"{self.refused} refused"
        )
        shown = self.most_common()[:_MOST_SHOWN]
        lines.extend(f"  {count} × {sentence(reason, language)}" for reason, count in shown)
        lines.extend(self.notes)
        return "\n".join(lines)


def sentence(reason: Reason, language: str = "en") -> str:
    """A reason in words, in English or Chinese."""
    return _SENTENCES[reason][1 if language.startswith("zh") else 0]
