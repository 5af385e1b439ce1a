"""A record as the catalogue holds it, with the values lit that an answer rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from assistant.reply import Citation
from retrieval.advice import Advice
from retrieval.conditions import ConditionValue
from retrieval.money import format_price
from retrieval.product import Product
from ui.names import Names
from ui.pictures import picture_html
from ui.stock import availability, stock_html
from ui.web_link import web_link

# Numbers that are said of a price, by the field that a citation names.
_PRICES = {"price": "price", "sale_price": "price", "list_price": "price"}


def record_html(product: Product, names: Names, *, cited: Sequence[Citation] = ()) -> str:
    """A product's whole record.

    Args:
        product: the record.
        names: what things are called in the page's language.
        cited: what an answer rests on: their fields are lit; where the record says something else
            by now, that is told beside it.
    """
    fields = {citation.source.rpartition("#")[2] for citation in cited}
    wanted = {_PRICES.get(field, field) for field in fields}
    before = {
        _PRICES.get(field, field): names.citation(citation)[1]
        for citation in cited
        for field in [citation.source.rpartition("#")[2]]
        if _says_otherwise(product, citation)
    }
    rows = "".join(
        _row(field, label, value, field in wanted, before.get(field), names)
        for field, label, value in _rows(product, names)
    )
    picture = picture_html(product.id, product, product.image_url, names.picture_origins)
    sizes = stock_html(product, names, lit=bool(wanted & {"size", "availability", "in_stock"}))
    text = escape(product.description)
    told = " sg-lit" if "description" in wanted else ""
    description = f'<p class="sg-record-text{told}" dir="auto">{text}</p>' if text else ""
    return (
        f'<div class="sg-record">{picture}<dl class="sg-fields">{rows}</dl>{sizes}'
        f"{description}{_shop_link(product, names)}</div>"
    )


def advice_html(entry: Advice, names: Names) -> str:
    """An entry of the shop's advice, with what it rests on.

    Args:
        entry: of the advice file.
        names: what things are called in the page's language.
    """
    reason = entry.reason.get(names.language) or next(iter(entry.reason.values()))
    asks = [
        f"{names.field(c.field)}: {names.value(c.field, c.value)}"
        for c in (*entry.require, *entry.prefer)
    ]
    wants = "".join(f'<li dir="auto">{escape(ask)}</li>' for ask in dict.fromkeys(asks))
    return (
        f'<div class="sg-advice-entry"><h3 dir="auto">{escape(names.texts.from_advice)} – '
        f"{escape(entry.name(names.language))}</h3>"
        f'<p class="sg-lit" dir="auto">{escape(reason)}</p>'
        f'<ul class="sg-asks">{wants}</ul>'
        f'<p class="sg-quiet" dir="auto">{escape(entry.source)}</p></div>'
    )


def cited_html(citations: Sequence[Citation], names: Names) -> str:
    """What citations say, where no record of the catalogue can be opened: rules, orders.

    Args:
        citations: of one marker.
        names: what things are called in the page's language.
    """
    rows = "".join(
        f'<div class="sg-lit"><dt dir="auto">{escape(label)}</dt>'
        f'<dd dir="auto">{escape(value)}</dd></div>'
        for label, value in map(names.citation, citations)
    )
    return f'<dl class="sg-fields">{rows}</dl>'


def _rows(product: Product, names: Names) -> Iterable[tuple[str, str, str]]:
    """Field, name and value of what the record says."""
    price = format_price(float(product.effective_price), product.currency, names.language)
    if product.on_sale:
        was = format_price(float(product.price), product.currency, names.language)
        price = f"{price} ({names.texts.list_price} {was})"
    yield "price", names.field("price"), price
    if product.rating is not None:
        count = "" if product.rating_count is None else f" ({product.rating_count:,})"
        yield "rating", names.field("rating"), f"{product.rating:g}{count}"
    yield "availability", names.texts.stock, availability(product, names)
    if product.brand:
        yield "brand", names.field("brand"), names.value("brand", product.brand)
    if product.category:
        steps = [names.value("category", step) for step in product.category]
        yield "category", names.field("category"), " › ".join(steps)
    colors = dict.fromkeys(v.color for v in product.variants if v.color)
    for name in product.attributes:
        if name == "color" and colors:
            continue
        values: list[ConditionValue] = [*product.values(name)]
        yield name, names.field(name), ", ".join(names.value(name, value) for value in values)
    if colors:
        shown = ", ".join(names.value("color", color) for color in colors)
        yield "color", names.field("color"), shown


def _says_otherwise(product: Product, citation: Citation) -> bool:
    """Whether a record, which may have been changed, does not hold what was cited of it."""
    field, said = citation.source.rpartition("#")[2], citation.value
    held: list[ConditionValue] = [*product.values(field)]
    if field in _PRICES:
        held = [float(product.price), float(product.effective_price)]
    elif field in ("rating", "rating_count"):
        held = [getattr(product, field) or 0.0]
    if not said or not held:
        return False
    try:
        return float(said) not in [value for value in held if isinstance(value, float | int)]
    except ValueError:
        return not any(said in str(value) or str(value) in said for value in held)


def _row(field: str, label: str, value: str, lit: bool, said: str | None, names: Names) -> str:
    kind = ' class="sg-lit"' if lit else ""
    before = ""
    if said is not None:
        before = (
            f' <small class="sg-quiet">{escape(names.texts.said_then.format(value=said))}</small>'
        )
    return (
        f'<div{kind} data-field="{escape(field)}"><dt dir="auto">{escape(label)}</dt>'
        f'<dd dir="auto">{escape(value)}{before}</dd></div>'
    )


def _shop_link(product: Product, names: Names) -> str:
    link = web_link(product.url)
    if link is None:
        return ""
    return (
        f'<a class="sg-act" href="{escape(link)}" target="_blank" '
        f'rel="noopener noreferrer nofollow">{escape(names.texts.in_shop)}</a>'
    )
