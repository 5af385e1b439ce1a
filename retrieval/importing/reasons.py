"""Why a row was mended or refused, in words that a shop's staff can act on, English and Chinese."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class Reason(StrEnum):
    """Why a row was mended or refused."""

    # The row cannot be read.
    BAD_JSON = "bad_json"
    DUPLICATE_KEY = "duplicate_key"
    NOT_AN_OBJECT = "not_an_object"
    BAD_QUOTES = "bad_quotes"
    BAD_VALUE = "bad_value"
    RAGGED = "ragged"
    FIELD_TOO_LONG = "field_too_long"
    ROW_TOO_LONG = "row_too_long"
    TOO_DEEP = "too_deep"
    TOO_MANY_COLUMNS = "too_many_columns"
    TOO_MANY_VARIANTS = "too_many_variants"
    # The row is no product.
    NO_TITLE = "no_title"
    FORMULA_TITLE = "formula_title"
    BROKEN_TITLE = "broken_title"
    NO_PRICE = "no_price"
    ZERO_PRICE = "zero_price"
    NEGATIVE_PRICE = "negative_price"
    UNREADABLE_PRICE = "unreadable_price"
    OTHER_CURRENCY = "other_currency"
    UNREADABLE_CURRENCY = "unreadable_currency"
    DUPLICATE_ID = "duplicate_id"
    SCATTERED = "scattered"
    LONG_ID = "long_id"
    NOT_PUBLISHED = "not_published"
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
    BROKEN_TEXT = "broken_text"
    FORMULA_SIGN = "formula_sign"
    CUT = "cut"
    BRAND_DROPPED = "brand_dropped"
    LINK_DROPPED = "link_dropped"
    STOCK_UNREADABLE = "stock_unreadable"
    VARIANT_DROPPED = "variant_dropped"
    ATTRIBUTE_DROPPED = "attribute_dropped"


_SENTENCES = MappingProxyType(
    {
        Reason.BAD_JSON: ("it is not JSON", "该行不是有效的 JSON"),
        Reason.DUPLICATE_KEY: (
            "it gives one field twice, with different values",
            "同一字段出现两次且值不同",
        ),
        Reason.NOT_AN_OBJECT: ("it is not a JSON object", "该行不是 JSON 对象"),
        Reason.BAD_QUOTES: (
            "a quote is opened and not closed, or misplaced",
            "引号未闭合或位置不对",
        ),
        Reason.BAD_VALUE: ("a value in it cannot be read", "有无法读取的值"),
        Reason.RAGGED: ("it has another number of fields than the header", "字段数与表头不符"),
        Reason.FIELD_TOO_LONG: (
            "a field is longer than 100,000 characters",
            "有字段超过 10 万字符",
        ),
        Reason.ROW_TOO_LONG: ("it is longer than 1,000,000 characters", "该行超过 100 万字符"),
        Reason.TOO_DEEP: ("its parts lie too deep in each other", "嵌套层数过多"),
        Reason.TOO_MANY_COLUMNS: ("it has more than 1,000 fields", "字段超过 1000 个"),
        Reason.TOO_MANY_VARIANTS: (
            "its product has more than 1,000 variants",
            "该商品的规格超过 1000 个",
        ),
        Reason.NO_TITLE: ("it has no title", "没有标题"),
        Reason.FORMULA_TITLE: ("its title is a spreadsheet formula", "标题是电子表格公式"),
        Reason.BROKEN_TITLE: (
            "its title is in another encoding than the file",
            "标题的编码与文件不一致，成为乱码",
        ),
        Reason.NO_PRICE: ("it has no price", "没有价格"),
        Reason.ZERO_PRICE: ("its price is 0", "价格为 0"),
        Reason.NEGATIVE_PRICE: ("its price is negative", "价格为负数"),
        Reason.UNREADABLE_PRICE: ("its price cannot be read", "价格无法识别"),
        Reason.OTHER_CURRENCY: (
            "its price is in another currency than the catalogue's",
            "币种与目录不符",
        ),
        Reason.UNREADABLE_CURRENCY: ("its currency cannot be read", "币种无法识别"),
        Reason.DUPLICATE_ID: ("its id is that of an earlier row", "编号与前面的行重复"),
        Reason.SCATTERED: (
            "it is a variant whose product's other rows stand too far away in the file",
            "该规格与同一商品的其他行在文件中相距过远",
        ),
        Reason.LONG_ID: ("its id is longer than 200 characters", "编号超过 200 个字符"),
        Reason.NOT_PUBLISHED: ("it is a draft or not published", "草稿或未发布"),
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
            "control or hidden characters were taken out",
            "去除了控制字符或隐藏字符",
        ),
        Reason.BROKEN_TEXT: (
            "characters that cannot be decoded were taken out",
            "去除了无法解码的字符",
        ),
        Reason.FORMULA_SIGN: (
            "a sign that a spreadsheet takes for a formula was taken off",
            "去除了开头的公式符号",
        ),
        Reason.CUT: ("a text was cut to the length that a record holds", "过长的文字已截短"),
        Reason.BRAND_DROPPED: (
            "a brand that is too long or a formula was left out",
            "品牌过长或是公式，已略去",
        ),
        Reason.LINK_DROPPED: (
            "a link that is no public http or https address was left out",
            "不是公开 http(s) 地址的链接已略去",
        ),
        Reason.STOCK_UNREADABLE: (
            "its availability cannot be read: it counts as in stock",
            "库存状态无法识别，按有货处理",
        ),
        Reason.VARIANT_DROPPED: (
            "a variant that cannot be read was left out",
            "无法识别的规格已略去",
        ),
        Reason.ATTRIBUTE_DROPPED: (
            "an attribute without a plain value was left out",
            "非简单值的属性已略去",
        ),
    }
)


def sentence(reason: Reason, language: str = "en") -> str:
    """A reason in words, in English or Chinese."""
    return _SENTENCES[reason][1 if language.startswith("zh") else 0]
