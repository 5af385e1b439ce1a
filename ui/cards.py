"""Product cards as HTML. Every text in them is escaped: it comes from catalogues."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import urlsplit
from zlib import crc32

from assistant.reply import OfferedProduct, Reason
from retrieval.money import format_price
from ui.names import Names

# Drawn here, so that the page asks no other host for pictures.
_SHOE = (
    '<path class="sole" d="M30 112h172c13 0 18-6 18-14l-1-4H27l-2 8c-1 6 1 10 5 10z"/>'
    '<path class="upper" d="M28 94c-4-22 0-42 12-45 8 10 24 10 34-3l10-6c17 19 42 33 74 38'
    ' 34 5 58 6 61 16z"/>'
    '<path class="line" d="M88 62l13-11M101 70l13-11M115 77l12-11"/>'
    '<path class="line" d="M40 78c22 10 52 13 88 11"/>'
)
_THING = (
    '<path class="upper" d="M70 52h100l10 68H60z"/>'
    '<path class="line" d="M96 66V46a24 24 0 0 1 48 0v20"/>'
    '<path class="sole" d="M60 120h120v8H60z"/>'
)

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
    """One card: picture, name, price, rating, reasons, and why it stands where it does.

    Args:
        product: as the reply carries it.
        names: what things are called in the page's language.
        pick: whether it is the recommended one.
        without: reasons that are told elsewhere.
    """
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
        f"{_picture(product, names)}{badge}"
        f'<div class="sg-card-body"><h3 class="sg-title" dir="auto">{_title(product, names)}</h3>'
        f'<p class="sg-price-line">{_price(product, names)}{_rating(product, names)}</p>'
        f"{reasons}{_place(product, names)}</div></li>"
    )


def web_link(url: str | None) -> str | None:
    """The URL where a browser may follow it: http or https with a host; otherwise None."""
    if url is None or any(char <= " " for char in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


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
        f'<span dir="auto">{escape(reason.text)} <small class="sg-source"'
        f' title="{escape(names.source(reason.source))}">{escape(tag)}</small></span></li>'
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


def _picture(product: OfferedProduct, names: Names) -> str:
    record = names.product(product.id)
    shoe = record is not None and any("shoe" in step.lower() for step in record.category)
    # The same product always has the same tint.
    hue = crc32(product.id.encode()) % 360
    return (
        f'<div class="sg-picture" style="--hue:{hue}" aria-hidden="true">'
        f'<svg viewBox="0 0 240 150" focusable="false">{_SHOE if shoe else _THING}</svg></div>'
    )
