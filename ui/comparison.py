"""A comparison as a table. Every text in it is escaped: it comes from catalogues."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from assistant.comparing.table import ComparisonRow, ComparisonTable
from retrieval.product import Product
from ui.names import Names
from ui.pictures import picture_html


def comparison_html(
    table: ComparisonTable | None, names: Names, *, heads: Sequence[Product] = ()
) -> str:
    """The table of a comparison; nothing where there is none, or where nothing differs.

    The verdict is not in it: it is the text of the answer.

    Args:
        table: as the reply carries it; its columns have the numbers of the reply's products.
        names: what things are called in the page's language.
        heads: the records, where their pictures are to stand above the columns.
    """
    if table is None or not table.rows:
        return ""
    pictures = {
        product.id: picture_html(product.id, product, product.image_url, names.picture_origins)
        for product in heads
    }
    columns = "".join(
        f'<th scope="col">{pictures.get(product_id, "")}<span class="sg-number">{number}</span>'
        f'<span dir="auto">{escape(names.title(product_id, product_id))}</span></th>'
        for number, product_id in enumerate(table.products, start=1)
    )
    rows = "".join(_row(row, table, names) for row in table.rows)
    caption = escape(names.texts.comparison)
    # A wide table scrolls by itself, with the keyboard too.
    return (
        f'<div class="sg-compare" role="region" aria-label="{caption}" tabindex="0"><table>'
        f'<caption class="sg-hidden">{caption}</caption>'
        f"<thead><tr><td></td>{columns}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(row: ComparisonRow, table: ComparisonTable, names: Names) -> str:
    decides = ' class="sg-decides"' if row.field in table.depends_on else ""
    cells = "".join(
        _cell(value, at == row.best, names, lone=_alone(value, row.values))
        for at, value in enumerate(row.values)
    )
    return f'<tr{decides}><th scope="row" dir="auto">{escape(row.label)}</th>{cells}</tr>'


def _alone(value: str | None, values: Sequence[str | None]) -> bool:
    """Whether one of three or four differs from all the others."""
    return len(values) > 2 and values.count(value) == 1 and len(set(values)) < len(values)


def _cell(value: str | None, best: bool, names: Names, *, lone: bool) -> str:
    kind = ' class="sg-lone"' if lone else ""
    if value is None:
        return f'<td class="sg-quiet">{escape(names.texts.not_told)}</td>'
    shown = f'<span dir="auto">{escape(value)}</span>'
    if not best:
        return f"<td{kind}>{shown}</td>"
    said = escape(names.texts.best)
    mark = f'<span class="sg-mark" role="img" aria-label="{said}" title="{said}">✓</span>'
    return f'<td class="sg-best">{shown} {mark}</td>'
