"""Pictures of products: only from where the shop has allowed them, otherwise drawn."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.settings import Settings
from retrieval.product import Product, Variant
from ui.names import Names
from ui.pictures import allowed_picture, picture_html
from ui.stock import sizes_of, stock_html

CDN = ("https://cdn.shop.example", "http://localhost:8000")


def product(*category: str, **changes: object) -> Product:
    told = {"id": "x", "title": "X", "price": Decimal(1), "currency": "USD", "category": category}
    return Product.model_validate(told | changes)


@pytest.mark.parametrize(
    "url", ["https://cdn.shop.example/a.jpg?x=1", "http://localhost:8000/a.png",
            "https://cdn.shop.example:443/a", "https://CDN.shop.example/a"],
)  # fmt: skip
def test_what_the_shop_allows_is_shown(url: str) -> None:
    assert allowed_picture(url, CDN) == url
    assert '<img src="' in picture_html("x", None, url, CDN)


@pytest.mark.parametrize(
    "url",
    [None, "", "/a.jpg", "//cdn.shop.example/a", "http://cdn.shop.example/a",
     "https://cdn.shop.example.evil.example/a", "https://evil.example/?https://cdn.shop.example",
     "https://cdn.shop.example@evil.example/a", "https://evil@cdn.shop.example/a",
     "https://cdn.shop.example:444/a", "javascript:alert(1)", "data:image/png;base64,x",
     "https://cdn.shop.example\\@evil.example/a", 'https://cdn.shop.example/"onerror=alert(1) x="',
     "https://[broken", "https://cdn.shop.example:port/a", "HTTPS:cdn.shop.example/a"],
)  # fmt: skip
def test_nothing_else_is(url: str | None) -> None:
    assert allowed_picture(url, CDN) is None
    html = picture_html("x", None, url, CDN)
    assert "<img" not in html
    assert "<svg" in html


@given(st.text(max_size=60))
def test_without_leave_nothing_is_loaded(url: str) -> None:
    assert allowed_picture(url, ()) is None
    assert allowed_picture(f"https://{url}", CDN) is None or url.startswith("cdn.shop.example")


def test_each_kind_has_its_drawing() -> None:
    kinds = [("Shoes", "Hiking boots"), ("Shoes", "Sandals"), ("Shoes", "Running shoes"),
             ("Electronics", "Headphones"), ("家居", "椅子"), ("Things",)]  # fmt: skip
    drawn = [picture_html("x", product(*kind), None, ()) for kind in kinds]
    assert len(set(drawn)) == len(kinds)
    assert picture_html("x", product("Steel strings"), None, ()) == drawn[-1]


def test_the_setting_takes_origins(settings: Settings) -> None:
    asked = Settings(home=settings.home, picture_origins="https://cdn.shop.example, http://a:1")
    assert asked.picture_origins == ("https://cdn.shop.example", "http://a:1")
    with pytest.raises(ValueError, match="picture_origins"):
        Settings(home=settings.home, picture_origins="*")


def test_sizes_that_are_sold_out_are_struck_through() -> None:
    variants = tuple(
        Variant(sku=f"{size}-{color}", size=size, color=color, availability=there)
        for size, color, there in [
            ("44", "red", "in_stock"), ("9", "red", "out_of_stock"),
            ("43", "red", "out_of_stock"), ("43", "blue", "in_stock"),
        ]
    )  # fmt: skip
    record = product("Shoes", variants=variants)
    assert sizes_of(record) == [("9", False), ("43", True), ("44", True)]
    html = stock_html(record, Names("en"))
    assert html.count("<s ") == 1
    assert "In stock" in html
    sold = record.model_copy(update={"availability": "out_of_stock"})
    assert "Sold out" in stock_html(sold, Names("en"))
    assert stock_html(sold, Names("en")).count("<s ") == 3
