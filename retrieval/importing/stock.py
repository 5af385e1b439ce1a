"""Availability as feeds write it: words of two languages, schema.org addresses, counts."""

from __future__ import annotations

import re
from types import MappingProxyType

from retrieval.importing.notes import Notes
from retrieval.importing.reasons import Reason
from retrieval.importing.rows import Cell
from retrieval.importing.text import single_spaces
from retrieval.importing.values import as_text
from retrieval.product import Availability

_COUNT = re.compile(r"^-?\d{1,9}(?:\.0+)?$")
_MARKS = re.compile(r"[_\-]+")
_WORDS: MappingProxyType[str, Availability] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                *("in stock", "instock", "available", "low stock", "limited stock", "yes", "y"),
                *("limited availability", "limitedavailability", "instoreonly", "onlineonly"),
                *("in store only", "online only", "true", "有货", "现货", "有", "是"),
                *("充足", "紧张"),
            ),
            "in_stock",
        ),
        **dict.fromkeys(
            (
                *("out of stock", "outofstock", "sold out", "soldout", "unavailable", "n"),
                *("discontinued", "no", "false", "无货", "缺货", "售罄", "无", "否", "断货"),
            ),
            "out_of_stock",
        ),
        **dict.fromkeys(
            ("preorder", "pre order", "presale", "pre sale", "预售", "预订"), "preorder"
        ),
        **dict.fromkeys(("backorder", "back order", "on backorder", "补货中"), "backorder"),
    }
)


def read_availability(value: Cell, field: str, notes: Notes) -> Availability:
    """The availability that a cell tells; a blank one counts as in stock.

    Args:
        value: the cell.
        field: what the note names.
        notes: is told of a word that is not understood.
    """
    text = as_text(value).strip()
    if not text:
        return "in_stock"
    if _COUNT.match(text):
        return "in_stock" if float(text) > 0 else "out_of_stock"
    # schema.org writes https://schema.org/InStock.
    last = re.split(r"[/:]", text[:200])[-1]
    known = _WORDS.get(single_spaces(_MARKS.sub(" ", last)).casefold())
    if known is None:
        notes.mended(Reason.STOCK_UNREADABLE, field, text)
        return "in_stock"
    return known
