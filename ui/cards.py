"""Product cards as HTML. Every text in them is escaped: it comes from catalogues."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from assistant.reply import OfferedProduct, Reason
from retrieval.money import format_price
from ui.names import Names
from ui.panel import button
from ui.pictures import picture_html
from ui.stock import stock_html
from ui.web_link import web_link

_OF_SHOPPER = ("profile:", "behaviour:")


def cards_html(products: Sequence[OfferedProduct], pick: str | None, names: Names) -> str:
    """The products of a reply as a list of cards.

    Args:
        products: in the reply's order.
        pick: id of the recommended one, which is marked.
        names: what things are called in the page's language.
    """
    if not products:
        return ""
    shared = _shared_advice(products)
    cards = "".join(
        card_html(product, names, pick=product.id == pick, without=shared) for product in products
    )
    advice = "".join(_advice(reason, names) for reason in shared)
    return f'<ul class="sg-cards" aria-label="{escape(names.texts.products)}">{cards}</ul>{advice}'


def card_html(
    product: OfferedProduct, names: Names, *, pick: bool = False, without: Sequence[Reason] = ()
) -> str:
    """One card: picture, name, price, rating, stock, reasons, and why it stands where it does.

    Args:
        product: as the reply carries it.
        names: what things are called in the page's language.
        pick: whether it is the recommended one.
        without: reasons that are told elsewhere.
    """
    record = names.product(product.id)
    badge = f'<span class="sg-badge">{escape(names.texts.pick)}</span>' if pick else ""
    told = [r for r in product.reasons if _is_of_records(r) and r not in without]
    reasons = "".join(_reason(reason, names) for reason in told)
    reasons += "".join(_known(r, names) for r in product.reasons if _speaks_for(r))
    if reasons:
        reasons = (
            f'<ul class="sg-reasons" aria-label="{escape(names.texts.reasons)}">{reasons}</ul>'
        )
    return (
        f'<li class="sg-card{" sg-pick" if pick else ""}" data-product="{escape(product.id)}">'
        f"{picture_html(product.id, record, product.image_url, names.picture_origins)}{badge}"
        f'<div class="sg-card-body"><h3 class="sg-title" dir="auto">{_title(product, names)}</h3>'
        f'<p class="sg-price-line">{_price(product, names)}{_rating(product, names)}</p>'
        f"{stock_html(record, names) if record else ''}{reasons}{_place(product, names)}"
        f"{_acts(product, names) if record else ''}</div></li>"
    )


def _title(product: OfferedProduct, names: Names) -> str:
    title = escape(names.title(product.id, product.title))
    link = web_link(product.url)
    if link is None:
        return title
    return (
        f'<a href="{escape(link)}" target="_blank" rel="noopener noreferrer nofollow"'
        f' title="{escape(names.texts.opens_new)}">{title}</a>'
    )


def _price(product: OfferedProduct, names: Names) -> str:
    now = escape(format_price(product.price, product.currency, names.language))
    shown = f'<span class="sg-price">{now}</span>'
    if product.list_price is None or product.list_price <= product.price:
        return shown
    was = escape(format_price(product.list_price, product.currency, names.language))
    label = escape(names.texts.list_price)
    return f'{shown} <s class="sg-was"><span class="sg-hidden">{label} </span>{was}</s>'


def _rating(product: OfferedProduct, names: Names) -> str:
    if product.rating is None:
        return ""
    texts, rating = names.texts, f"{product.rating:g}"
    count = "" if product.rating_count is None else f" ({product.rating_count:,})"
    said = (
        texts.rated.format(rating=rating, count=f"{product.rating_count:,}")
        if count
        else texts.rated_alone.format(rating=rating)
    )
    return (
        f'<span class="sg-rating" role="img" aria-label="{escape(said)}" title="{escape(said)}">'
        f'<span class="sg-star">★</span> {rating}<span class="sg-quiet">{count}</span></span>'
    )


def _reason(reason: Reason, names: Names) -> str:
    texts = names.texts
    mark, said = ("✓", texts.met) if reason.met else ("–", texts.not_met)
    advice = reason.source.startswith("advice:")
    tag = texts.from_advice if advice else texts.from_record
    return (
        f'<li class="{"sg-met" if reason.met else "sg-unmet"}">'
        f'<span class="sg-mark" role="img" aria-label="{escape(said)}">{mark}</span>'
        f'<span dir="auto">{escape(reason.text)} {_source(reason, tag, names)}</span></li>'
    )


def _source(reason: Reason, tag: str, names: Names) -> str:
    """What a reason rests on: a button that opens it."""
    told = escape(names.source(reason.source))
    return (
        f'<button type="button" class="sg-source" data-act="record" '
        f'data-fact="{escape(reason.source)}" title="{told}" '
        f'aria-label="{told}">{escape(tag)}</button>'
    )


def _acts(product: OfferedProduct, names: Names) -> str:
    """What can be done with a card: open its record, choose it for a comparison."""
    title = names.title(product.id, product.title)
    told = escape(f"{names.texts.compare}: {title}")
    return (
        '<div class="sg-acts sg-card-acts">'
        f'<button type="button" class="sg-act" data-compare="{escape(product.id)}" '
        f'aria-pressed="false" aria-label="{told}">{escape(names.texts.compare)}</button>'
        f"{button('record', names.texts.record, fact=f'product:{product.id}#', of=title)}</div>"
    )


def _is_of_records(reason: Reason) -> bool:
    """Whether a reason is what records or advice say, rather than a part of the ranking."""
    return reason.part in (None, "wishes")


def _speaks_for(reason: Reason) -> bool:
    """Whether what is known of the shopper, or the shop itself, speaks for the product."""
    return reason.points > 0 and reason.source.startswith((*_OF_SHOPPER, "rule:"))


def _known(reason: Reason, names: Names) -> str:
    of_shopper = reason.source.startswith(_OF_SHOPPER)
    text = names.texts.because.format(text=reason.text) if of_shopper else reason.text
    return f'<li class="sg-known"><small class="sg-quiet" dir="auto">{escape(text)}</small></li>'


def _place(product: OfferedProduct, names: Names) -> str:
    """The parts of the score with their points, folded away."""
    if product.score is None:
        return ""
    parts = [(r.text, r.points) for r in product.reasons if r.points]
    rows = "".join(
        f'<div><dt dir="auto">{escape(text)}</dt><dd>{_signed(points)}</dd></div>'
        for text, points in parts
    )
    total = f"<div><dt>{escape(names.texts.score)}</dt><dd>{product.score:.2f}</dd></div>"
    summary = escape(names.texts.why_here)
    return (
        f'<details class="sg-citations sg-place"><summary>{summary}</summary>'
        f"<dl>{rows}{total}</dl></details>"
    )


def _signed(points: float) -> str:
    """Points with their sign: ``+0.40``, ``−0.10``."""
    return f"{points:+.2f}".replace("-", "−")


def _shared_advice(products: Sequence[OfferedProduct]) -> list[Reason]:
    """The shop's advice that speaks for every card alike; it is told once, below them."""
    if len(products) < 2:
        return []
    return [
        reason
        for reason in products[0].reasons
        if reason.source.startswith("advice:") and all(reason in p.reasons for p in products)
    ]


def _advice(reason: Reason, names: Names) -> str:
    return (
        f'<p class="sg-advice" dir="auto"><b>{escape(names.texts.from_advice)}</b> '
        f"{escape(reason.text)}</p>"
    )
