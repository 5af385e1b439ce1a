"""What is wrong in a catalogue file as a whole, and what a shop can do about it."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from pydantic import BaseModel, Field

MOST_EXAMPLES = 10


class Flaw(StrEnum):
    """A fault of the data; each row shows it once or not at all."""

    UNREADABLE_ROW = "unreadable_row"
    MISSING_PRICE = "missing_price"
    ZERO_PRICE = "zero_price"
    NEGATIVE_PRICE = "negative_price"
    UNREADABLE_PRICE = "unreadable_price"
    MIXED_CURRENCY = "mixed_currency"
    PRICE_OUTLIER = "price_outlier"
    SALE_ABOVE_PRICE = "sale_above_price"
    MAYBE_CENTS = "maybe_cents"
    MISSING_ID = "missing_id"
    DUPLICATE_ID = "duplicate_id"
    SCATTERED_VARIANT = "scattered_variant"
    MISSING_TITLE = "missing_title"
    REPEATED_TITLE = "repeated_title"
    ZERO_RATING = "zero_rating"
    HTML_IN_TEXT = "html_in_text"
    BROKEN_ENCODING = "broken_encoding"
    DOUBLE_ENCODING = "double_encoding"
    HIDDEN_CHARACTERS = "hidden_characters"
    FORMULA = "formula"
    UNSAFE_LINK = "unsafe_link"
    MISSING_BRAND = "missing_brand"
    MISSING_CATEGORY = "missing_category"
    MISSING_IMAGE = "missing_image"
    MISSING_DESCRIPTION = "missing_description"
    OUT_OF_STOCK = "out_of_stock"


_TEXTS: MappingProxyType[Flaw, tuple[str, str, str, str]] = MappingProxyType(
    {
        Flaw.UNREADABLE_ROW: (
            "rows cannot be read",
            "Look at these lines of the file: mostly a quote or a bracket is missing.",
            "行无法读取",
            "请检查这些行：多半缺少引号或括号。",
        ),
        Flaw.MISSING_PRICE: (
            "rows have no price",
            "Give them a price, or take them out of the feed: they cannot be sold.",
            "行没有价格",
            "请补上价格，或从数据中去掉：没有价格无法销售。",
        ),
        Flaw.ZERO_PRICE: (
            "prices are 0",
            "Put the real price in place of 0; where a product is not for sale, leave the row out.",
            "行的价格为 0",
            "请把 0 改为真实价格；不出售的商品请不要导出。",
        ),
        Flaw.NEGATIVE_PRICE: (
            "prices are negative",
            "Refunds and discounts do not belong into the price column: put the price itself.",
            "行的价格为负数",
            "退款和折扣不应写在价格列，请填写价格本身。",
        ),
        Flaw.UNREADABLE_PRICE: (
            "prices are no single plain amount",
            "Write one amount a cell, such as 1299.00, without a range or words.",
            "行的价格不是单一金额",
            "每格只写一个金额，例如 1299.00，不要写区间或文字。",
        ),
        Flaw.MIXED_CURRENCY: (
            "rows are priced in another currency than the catalogue",
            "Export one file for each currency, or state the currency in the mapping file.",
            "行的币种与目录不同",
            "请按币种分别导出，或在映射文件中注明币种。",
        ),
        Flaw.PRICE_OUTLIER: (
            "prices are over 100 times, or under a hundredth of, what is usual in their category",
            "Check for a slipped decimal point or a price in cents.",
            "个价格是同类常见价格的 100 倍以上或不到百分之一",
            "请检查小数点是否错位，或价格是否以分为单位。",
        ),
        Flaw.SALE_ABOVE_PRICE: (
            "sale prices are above the list price",
            "Swap the two columns, or correct the list price.",
            "个促销价高于原价",
            "请检查两列是否颠倒，或更正原价。",
        ),
        Flaw.MAYBE_CENTS: (
            "prices are whole numbers that look like cents",
            "If they are, state price_divisor: 100 in a mapping file; "
            "if they are in another currency, state currency.",
            "个价格是整数，可能以分为单位",
            "如果确实如此，请在映射文件中写 price_divisor: 100；如果是别的币种，请写 currency。",
        ),
        Flaw.MISSING_ID: (
            "rows have no id",
            "Give each product a lasting id: without it a new price cannot be matched to it.",
            "行没有编号",
            "请为每个商品设置固定编号，否则改价时无法对应。",
        ),
        Flaw.DUPLICATE_ID: (
            "rows repeat the id of an earlier row",
            "Keep one row for each product; the first one counts.",
            "行的编号与前面的行重复",
            "每个商品只保留一行；以第一行为准。",
        ),
        Flaw.SCATTERED_VARIANT: (
            "variants stand far from the other rows of their product",
            "Sort the file so that the rows of one product follow each other.",
            "个规格与同一商品的其他行相距过远",
            "请排序文件，使同一商品的各行相邻。",
        ),
        Flaw.MISSING_TITLE: (
            "rows have no title",
            "Give them the name that a shopper would look for.",
            "行没有标题",
            "请填写顾客会搜索的名称。",
        ),
        Flaw.REPEATED_TITLE: (
            "products have the title of an earlier product",
            "If they are sizes or colours of one product, join them by an item_group_id; "
            "otherwise say in the title what sets them apart.",
            "个商品的标题与前面的商品相同",
            "如果是同一商品的尺码或颜色，请用 item_group_id 归为一组；否则请在标题中写明区别。",
        ),
        Flaw.ZERO_RATING: (
            "ratings are 0",
            "Leave the cell empty where nobody has rated: 0 was read as no rating.",
            "个评分为 0",
            "无人评分时请留空：0 按没有评分处理。",
        ),
        Flaw.HTML_IN_TEXT: (
            "rows have HTML in their text",
            "Nothing needs to be done: it, or the text, was left out. Plain text is safer.",
            "行的文字含有 HTML",
            "无需处理：标签已去除，或该文字未采用。导出纯文本更稳妥。",
        ),
        Flaw.BROKEN_ENCODING: (
            "rows have characters that cannot be decoded",
            "Export the file again as UTF-8, from a source that is not broken already.",
            "行含有无法解码的字符",
            "请从未损坏的来源以 UTF-8 重新导出。",
        ),
        Flaw.DOUBLE_ENCODING: (
            "rows have text that was decoded wrongly before (Ã© for é)",
            "Open the source as UTF-8 and export it again; the texts were left as they are.",
            "行的文字在导出前已被错误解码（如 Ã©）",
            "请以 UTF-8 打开来源并重新导出；文字未作改动。",
        ),
        Flaw.HIDDEN_CHARACTERS: (
            "rows have control or hidden characters",
            "They were taken out. Look where they come from: such text may be made to mislead.",
            "行含有控制字符或隐藏字符",
            "已去除。请查明来源：这类文字可能用于误导。",
        ),
        Flaw.FORMULA: (
            "rows have a spreadsheet formula in place of text",
            "Paste the values, not the formulas, before exporting.",
            "行用电子表格公式代替文字",
            "导出前请粘贴为数值，而不是公式。",
        ),
        Flaw.UNSAFE_LINK: (
            "rows have a link that no shopper can or should open",
            "Give whole public addresses that begin with https://.",
            "行含有顾客无法或不应打开的链接",
            "请填写以 https:// 开头的完整公开地址。",
        ),
        Flaw.MISSING_BRAND: (
            "rows have no brand",
            "Fill the brand in: shoppers ask for it and filter by it.",
            "行没有品牌",
            "请补上品牌：顾客会按品牌查找和筛选。",
        ),
        Flaw.MISSING_CATEGORY: (
            "rows have no category",
            "Fill the category in, such as Shoes > Running: comparisons stay within it.",
            "行没有类目",
            "请补上类目，例如 鞋 > 跑鞋：比较在同类中进行。",
        ),
        Flaw.MISSING_IMAGE: (
            "rows have no picture that can be shown",
            "Give the address of a picture, beginning with https://.",
            "行没有可显示的图片",
            "请填写以 https:// 开头的图片地址。",
        ),
        Flaw.MISSING_DESCRIPTION: (
            "rows have no description",
            "A few sentences on use and material make a product easier to find.",
            "行没有描述",
            "写几句用途和材质，更容易被找到。",
        ),
        Flaw.OUT_OF_STOCK: (
            "products are out of stock",
            "Nothing is wrong with that; if it surprises you, check the stock column.",
            "个商品无货",
            "这不一定是错误；如与实际不符，请检查库存列。",
        ),
    }
)


class Finding(BaseModel):
    """One fault of the file.

    Attributes:
        flaw: which.
        count: the rows that show it.
        of: the rows that could have shown it.
        share: ``count / of``, from 0 to 1.
        rows: the first of these rows, by line; in a JSON array or Parquet file by place.
        text: what was found, by language.
        advice: what to do about it, by language.
    """

    flaw: Flaw
    count: int
    of: int
    share: float
    rows: list[int] = Field(default_factory=list)
    text: dict[str, str] = Field(default_factory=dict)
    advice: dict[str, str] = Field(default_factory=dict)

    def line(self, language: str = "en") -> str:
        """The finding as one line of a report."""
        places = ", ".join(map(str, self.rows[:5]))
        share = f"{self.share:.1%}" if self.share >= 0.001 or not self.count else "<0.1%"
        if language.startswith("zh"):
            where = f"，如第 {places} 行" if places else ""
            return f"{self.count}（{share}）{self.text['zh']}{where}。{self.advice['zh']}"
        where = f", such as row {places}" if places else ""
        return f"{self.count} ({share}) {self.text['en']}{where}. {self.advice['en']}"


def finding(flaw: Flaw, count: int, of: int, rows: list[int]) -> Finding:
    """A finding with its texts.

    Args:
        flaw: which.
        count: the rows that show it.
        of: the rows that could have.
        rows: the first of them.
    """
    text, advice, text_zh, advice_zh = _TEXTS[flaw]
    return Finding(
        flaw=flaw,
        count=count,
        of=of,
        share=round(count / of, 6) if of else 0.0,
        rows=rows[:MOST_EXAMPLES],
        text={"en": text, "zh": text_zh},
        advice={"en": advice, "zh": advice_zh},
    )
