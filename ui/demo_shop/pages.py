"""``/shop``: a shop's pages as any shop has them, with the widget in them by one script tag."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote
from zlib import crc32

import jwt
from fastapi import APIRouter, Query, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from assistant.reply import Language
from retrieval.index import CatalogueIndex
from retrieval.money import format_price
from retrieval.product import Product
from retrieval.vocabulary import Term
from ui.demo_shop.texts import texts

DEMO = "demo"
_SHOWN = 24
# Two of those who have orders in the demo shop, and nobody.
_SHOPPERS = {"": "", "demo-anna": "Anna", "demo-wei": "陈伟"}
# What the widget asks of a shop's policy is the script and the connection; it is 'self' here since
# the demo shop and the assistant are one server.
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_COLOURS = {
    "black": "#2b2d30", "white": "#f7f5f0", "blue": "#2f6fb0", "grey": "#8d939a",
    "green": "#3d7d55", "red": "#b8372f", "pink": "#dd8aa2", "orange": "#dd7a33",
    "brown": "#7a5236", "purple": "#71559c", "yellow": "#e0b53c", "navy": "#26365c",
    "beige": "#cdb896",
}  # fmt: skip


def demo_shop_routes(opened: Callable[[], CatalogueIndex], *, signs_in: bool) -> APIRouter:
    """The routes of the demo shop.

    Args:
        opened: the catalogue as it is now.
        signs_in: whether a visitor may be one of the demo shoppers: only where the server believes
            everybody.
    """
    router = APIRouter(prefix="/shop", include_in_schema=False)
    # In a request they run in threads: the catalogue may have to be read.

    shoppers = _SHOPPERS if signs_in else {}

    @router.get("")
    def shelf(
        lang: str = "en", kind: str = "", shopper: str = Query(default="", alias="as")
    ) -> Response:
        """The products of a kind."""
        index, language = opened(), _language(lang)
        kinds = list(dict.fromkeys(_kind(product) for product in index.products))
        chosen = kind if kind in kinds else kinds[0] if kinds else ""
        shown = [product for product in index.products if _kind(product) == chosen]
        return _page(
            "shelf.html",
            index,
            language,
            shoppers,
            shopper,
            kinds=kinds,
            kind=chosen,
            products=shown[:_SHOWN],
            here=f"/shop?kind={quote(chosen)}",
        )

    @router.get("/shop.css")
    def style() -> Response:
        """The shop's own style."""
        return Response(_file("shop.css"), media_type="text/css", headers=_HEADERS)

    @router.get("/pictures/icon.svg")
    def icon() -> Response:
        """The shop's icon."""
        return _picture(_COLOURS["green"])

    @router.get("/pictures/{product_id}.svg")
    def picture(product_id: str) -> Response:
        """A drawing in one of the product's colours, always the same one."""
        held = opened().get(product_id).values("color")
        colours = [_COLOURS[c] for c in held if isinstance(c, str) and c in _COLOURS]
        colours = colours or [_COLOURS["grey"]]
        return _picture(colours[crc32(product_id.encode()) % len(colours)])

    @router.get("/{product_id}")
    def product(
        product_id: str, lang: str = "en", shopper: str = Query(default="", alias="as")
    ) -> Response:
        """One product."""
        index, language = opened(), _language(lang)
        found = index.get(product_id)
        return _page(
            "product.html",
            index,
            language,
            shoppers,
            shopper,
            product=found,
            facts=_facts(found, index, language),
            here=f"/shop/{quote(product_id)}?",
        )

    return router


def _page(
    name: str,
    index: CatalogueIndex,
    language: Language,
    shoppers: Mapping[str, str],
    shopper: str,
    **values: Any,
) -> Response:
    shopper = shopper if shopper in shoppers else ""

    def called(kind: str) -> str:
        return index.vocabulary.display(Term("category", kind), language)

    page = (
        _pages()
        .get_template(name)
        .render(
            lang="zh-Hans" if language == "zh" else "en",
            language=language,
            texts=texts(language),
            shoppers=shoppers,
            shopper=shopper,
            # No server with a secret believes a token that nobody has signed.
            token=jwt.encode({"sub": shopper}, "", algorithm="none") if shopper else "",
            query=f"lang={language}" + (f"&as={shopper}" if shopper else ""),
            called=called,
            price=lambda amount, currency: format_price(amount, currency, language),
            **values,
        )
    )
    return Response(page, media_type="text/html; charset=utf-8", headers=_HEADERS)


def _picture(colour: str) -> Response:
    drawn = _pages().get_template("picture.svg").render(colour=colour)
    return Response(drawn, media_type="image/svg+xml", headers=_HEADERS)


def _facts(product: Product, index: CatalogueIndex, language: Language) -> list[tuple[str, str]]:
    facts = []
    for field in product.attributes:
        values = product.values(field)
        told = [value for value in values if isinstance(value, str)]
        if told:
            shown = [index.vocabulary.display(Term(field, value), language) for value in told]
            facts.append((index.vocabulary.label(field, language), ", ".join(shown)))
    return facts


def _kind(product: Product) -> str:
    return product.category[min(1, len(product.category) - 1)] if product.category else ""


def _language(wanted: str) -> Language:
    return "zh" if wanted.lower().startswith("zh") else "en"


@cache
def _file(name: str) -> str:
    return files("ui.demo_shop").joinpath(name).read_text(encoding="utf-8")


@cache
def _pages() -> Environment:
    return Environment(
        loader=PackageLoader("ui.demo_shop", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
