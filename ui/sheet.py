"""What opens above the page: a record, or products side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from assistant.comparing.table import ComparisonTable
from retrieval.product import Product
from ui.comparison import comparison_html
from ui.names import Names
from ui.panel import CROSS

_NUMBER = re.compile(r"\[(\d)\]")


def sheet_html(title: str, inside: str, names: Names) -> str:
    """A dialog; the page's script opens it, and closes it with Escape too.

    Args:
        title: plain text.
        inside: HTML.
        names: give the language.
    """
    close = escape(names.texts.memory.close)
    return (
        f'<dialog class="sg-sheet" aria-label="{escape(title)}"><div class="sg-sheet-head">'
        f'<h2 dir="auto">{escape(title)}</h2><button type="button" class="sg-round" data-close '
        f'aria-label="{close}" title="{close}">{CROSS}</button></div>'
        f'<div class="sg-sheet-body">{inside}</div></dialog>'
    )


def comparison_sheet(table: ComparisonTable, products: Sequence[Product], names: Names) -> str:
    """Products side by side: where they differ, which is better, and what all have alike.

    Args:
        table: of the products.
        products: the records, in the order of its columns.
        names: what things are called in the page's language.
    """
    told = _NUMBER.sub(r'<span class="sg-number">\1</span>', escape(table.verdict))
    verdict = f'<p class="sg-verdict" dir="auto">{told}</p>' if told else ""
    alike = _alike(products, names)
    return sheet_html(
        names.texts.comparison,
        verdict + comparison_html(table, names, heads=products) + alike,
        names,
    )


def _alike(products: Sequence[Product], names: Names) -> str:
    first, *others = products
    same = [
        f"{names.field(name)}: {', '.join(names.value(name, v) for v in first.values(name))}"
        for name in first.attributes
        if first.values(name) and all(other.values(name) == first.values(name) for other in others)
    ]
    if not same:
        return ""
    items = "".join(f'<li dir="auto">{escape(one)}</li>' for one in same)
    return (
        f'<section class="sg-alike"><h3>{escape(names.texts.alike)}</h3><ul>{items}</ul></section>'
    )
