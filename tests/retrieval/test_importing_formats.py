"""Feeds as other programs write them: Google, Shopify, schema.org, Parquet, YAML, wrapped JSON."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from retrieval.errors import BadCatalogueFile
from retrieval.importing import ImportReport, import_catalogue
from retrieval.importing.reasons import Reason
from retrieval.product import Product


def imported(
    folder: Path, text: str | bytes, name: str, **options: Any
) -> tuple[list[Product], ImportReport]:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return import_catalogue(path, **options)


def reasons(report: ImportReport) -> dict[int, Reason]:
    return {note.row: note.remarks[-1].reason for note in report.rows}


# Google


ITEM = """
<item>
  <g:id>{id}</g:id><g:item_group_id>{group}</g:item_group_id>
  <title>Ridge 2 Trail Shoe - {color} - {size}</title>
  <description><![CDATA[<p>Grips on <b>wet</b> rock.</p>]]></description>
  <link>https://shop.example/p/{id}</link>
  <g:image_link>https://shop.example/i/{id}.jpg</g:image_link>
  <g:additional_image_link>https://shop.example/i/{id}-2.jpg</g:additional_image_link>
  <g:price>{price}</g:price>{sale}
  <g:availability>{stock}</g:availability>
  <g:brand>Ridge &amp; Co</g:brand><g:color>{color}</g:color><g:size>{size}</g:size>
  <g:google_product_category>187</g:google_product_category>
  <g:product_type>Shoes &gt; Trail</g:product_type>
  <g:material>mesh</g:material>
  <g:shipping><g:country>US</g:country><g:price>9.00 USD</g:price></g:shipping>
  <g:product_detail>
    <g:section_name>General</g:section_name>
    <g:attribute_name>Heel drop</g:attribute_name><g:attribute_value>6 mm</g:attribute_value>
  </g:product_detail>
</item>"""


def item(id: str, group: str = "", **cells: str) -> str:
    given = {"color": "Black", "size": "42", "price": "120.00 EUR", "stock": "in_stock", "sale": ""}
    return ITEM.format(id=id, group=group, **given | cells)


def rss(*items: str) -> str:
    space = 'xmlns:g="http://base.google.com/ns/1.0"'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {space}><channel>'
        f"<title>Shop</title><link>https://shop.example</link>{''.join(items)}</channel></rss>"
    )


def test_google_rss_joins_the_variants_of_a_group(tmp_path: Path) -> None:
    sale = "<g:sale_price>99.00 EUR</g:sale_price>"
    feed = rss(
        item("r-1", "ridge", size="42", stock="out of stock", price="80.00 EUR"),
        item("r-2", "ridge", size="43", color="White", sale=sale),
        item("r-3", "ridge", size="44", price="0 EUR"),
        item("r-4", "ridge", size="45", price="130 EUR"),
        item("s-1", "", size="40"),
    )
    products, report = imported(tmp_path, feed, "feed.xml")
    assert report.format == "google"
    assert report.currency == "EUR"
    ridge, single = products
    assert ridge.id == "ridge"
    assert ridge.title == "Ridge 2 Trail Shoe"
    assert ridge.description == "Grips on wet rock."
    assert ridge.brand == "Ridge & Co"
    assert ridge.category == ("Shoes", "Trail")
    # The cheapest one that is in stock, with its reduction.
    assert (ridge.price, ridge.sale_price) == (120, 99)
    assert [(v.sku, v.size, v.color, v.price, v.availability) for v in ridge.variants] == [
        ("r-1", "42", "Black", 80, "out_of_stock"),
        ("r-2", "43", "White", 99, "in_stock"),
        ("r-4", "45", "Black", 130, "in_stock"),
    ]
    assert ridge.attributes["color"] == ["Black", "White"]
    assert ridge.attributes["heel_drop_mm"] == 6.0
    assert ridge.image_url == "https://shop.example/i/r-1.jpg"
    assert "9" not in json.dumps(list(ridge.attributes))
    assert (single.id, single.price, single.variants) == ("s-1", 120, ())
    assert single.attributes["size"] == "40"
    # r-3 is refused by its line; its product is not.
    assert (report.total, report.products, report.joined, report.refused) == (5, 2, 2, 1)
    line = next(n for n, text in enumerate(feed.splitlines(), 1) if "<g:id>r-3" in text) - 1
    assert reasons(report)[line] is Reason.ZERO_PRICE


def test_variants_that_stand_far_apart_are_told(tmp_path: Path) -> None:
    feed = rss(
        item("a-1", "a"),
        item("b-1", "b"),
        item("a-2", "a", size="43"),
        *(item(f"x-{n}") for n in range(600)),
        item("a-3", "a", size="44"),
    )
    products, report = imported(tmp_path, feed, "feed.xml")
    assert [p.id for p in products[:2]] == ["a", "b"]
    assert [v.sku for v in products[0].variants] == ["a-1", "a-2"]
    assert report.reasons[Reason.SCATTERED] == 1
    assert any("item_group_id" in note for note in report.notes)


def test_google_atom(tmp_path: Path) -> None:
    feed = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
    <title>Shop</title><link rel="self" href="https://shop.example"/>
    <entry><g:id>1</g:id><g:title>Lamp</g:title><link href="https://shop.example/1"/>
    <g:price>12.50 GBP</g:price><g:availability>preorder</g:availability></entry></feed>"""
    (lamp,), report = imported(tmp_path, feed, "feed.atom")
    assert (lamp.title, lamp.url, lamp.price) == ("Lamp", "https://shop.example/1", Decimal("12.5"))
    assert (lamp.availability, report.currency) == ("preorder", "GBP")


@pytest.mark.parametrize("format", ["auto", "google"])
def test_google_tsv(tmp_path: Path, format: str) -> None:
    rows = [
        *("id\ttitle\tprice\timage link\titem group id\tcolor\tsize\tavailability\tlink\tgtin",),
        "1\tTee White S\t9.00 USD\thttps://shop.example/1.png\ttee\tWhite\tS\tin stock\t\t0012",
        "2\tTee White M\t9.00 USD\thttps://shop.example/1.png\ttee\tWhite\tM\tout of stock\t\t0013",
    ]
    (tee,), report = imported(tmp_path, "\n".join(rows), "feed.tsv", format=format)
    assert report.format == "google"
    assert (tee.id, tee.title) == ("tee", "Tee White")
    assert [(v.size, v.availability) for v in tee.variants] == [
        ("S", "in_stock"),
        ("M", "out_of_stock"),
    ]
    assert tee.attributes["gtin"] == "0012"


def test_google_xml_in_chinese_encodings(tmp_path: Path) -> None:
    feed = rss(item("1")).replace("Ridge 2 Trail Shoe - Black - 42", "越野跑鞋 黑色 防滑耐磨")
    feed = feed.replace('encoding="UTF-8"', 'encoding="GBK"').replace("Grips on", "湿滑岩面 抓地")
    (shoe,), report = imported(tmp_path, feed.encode("gb18030"), "feed.xml.gz")
    assert shoe.title == "越野跑鞋 黑色 防滑耐磨"
    assert report.encoding == "gb18030"


# Shopify

SHOPIFY = """\
Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,\
Option2 Name,Option2 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,\
Variant Inventory Policy,Variant Price,Variant Compare At Price,Image Src,Image Position,\
Cost per item,Status
tee,Cotton Tee,"<p>Soft &amp; light</p><script>x()</script>",Acme,Clothing > Tops,Tee,"summer, \
new",TRUE,Size,S,Color,Red,T-S-R,shopify,3,deny,19.00,25.00,https://cdn.example/a.jpg,1,7.10,active
tee,,,,,,,,,M,,Red,T-M-R,shopify,0,deny,21.00,,https://cdn.example/b.jpg,2,,
tee,,,,,,,,,L,,Blue,T-L-B,shopify,0,continue,,,,,,
tee,,,,,,,,,,,,,,,,,,https://cdn.example/c.jpg,3,,
mug,Mug,,Acme,,Kitchen,,TRUE,Title,Default Title,,,M-1,,,deny,8.50,,,,,active
new,Not Yet,,Acme,,Kitchen,,FALSE,Title,Default Title,,,N-1,,,deny,8.50,,,,,draft
new,,,,,,,,,Other,,,N-2,,,deny,8.50,,,,,
off,Hidden,,Acme,,Kitchen,,false,Title,Default Title,,,O-1,,,deny,8.50,,,,,active
"""


@pytest.mark.parametrize("format", ["auto", "shopify"])
def test_shopify(tmp_path: Path, format: str) -> None:
    products, report = imported(tmp_path, SHOPIFY, "products_export.csv", format=format)
    assert report.format == "shopify"
    tee, mug = products
    assert (tee.id, tee.title, tee.brand) == ("tee", "Cotton Tee", "Acme")
    assert tee.description == "Soft & light"
    assert tee.category == ("Clothing", "Tops")
    assert (tee.price, tee.sale_price) == (25, 19)
    assert [(v.sku, v.size, v.color, v.price, v.availability) for v in tee.variants] == [
        ("T-S-R", "S", "Red", 19, "in_stock"),
        ("T-M-R", "M", "Red", 21, "out_of_stock"),
    ]
    assert tee.image_url == "https://cdn.example/a.jpg"
    assert tee.attributes == {"tags": ["summer", "new"], "size": ["S", "M", "L"],
                              "color": ["Red", "Blue"]}  # fmt: skip
    assert (mug.price, mug.sale_price, mug.category) == (Decimal("8.5"), None, ("Kitchen",))
    assert [v.sku for v in mug.variants] == ["M-1"]
    assert (report.total, report.products, report.joined) == (8, 2, 2)
    assert reasons(report) == {
        2: Reason.HTML,
        4: Reason.NO_PRICE,
        7: Reason.NOT_PUBLISHED,
        8: Reason.NOT_PUBLISHED,
        9: Reason.NOT_PUBLISHED,
    }
    assert "7.1" not in "".join(product.model_dump_json() for product in products)


def test_shopify_is_refused_by_name_where_it_is_none(tmp_path: Path) -> None:
    with pytest.raises(BadCatalogueFile, match="no Shopify"):
        imported(tmp_path, "id,title,price\n1,A,2\n", "a.csv", format="shopify")


# schema.org

PAGE = """<!doctype html><html><head><script>var a = "<b>";</script>
<script type="application/ld+json">
{"@context": "https://schema.org", "@graph": [
 {"@type": "WebSite", "name": "Shop"},
 {"@type": "Product", "sku": "k1", "name": "Kettle", "brand": {"@type": "Brand", "name": "Boil"},
  "image": [{"@type": "ImageObject", "url": "https://shop.example/k.jpg"}],
  "category": "Kitchen > Kettles", "color": "Steel",
  "additionalProperty": [{"@type": "PropertyValue", "name": "Volume", "value": 1.7}],
  "aggregateRating": {"@id": "#r"},
  "offers": {"@type": "AggregateOffer", "lowPrice": "29.90", "highPrice": 49,
             "priceCurrency": "EUR", "availability": "http://schema.org/InStock"}},
 {"@id": "#r", "@type": "AggregateRating", "ratingValue": 9, "bestRating": 10, "reviewCount": "12"}
]}
</script></head><body><p>Buy now</p></body></html>"""


def test_jsonld_of_a_page(tmp_path: Path) -> None:
    (kettle,), report = imported(tmp_path, PAGE, "kettle.html")
    assert report.format == "jsonld"
    assert (kettle.id, kettle.title, kettle.brand) == ("k1", "Kettle", "Boil")
    assert (kettle.price, kettle.currency) == (Decimal("29.9"), "EUR")
    assert (kettle.rating, kettle.rating_count) == (4.5, 12)
    assert kettle.category == ("Kitchen", "Kettles")
    assert kettle.image_url == "https://shop.example/k.jpg"
    assert kettle.attributes == {"Volume": 1.7, "color": "Steel"}
    assert reasons(report) == {}


def test_jsonld_group_and_offers(tmp_path: Path) -> None:
    offer = {"@type": "Offer", "priceCurrency": "USD", "availability": "InStock"}
    spec = {"priceType": "https://schema.org/ListPrice", "price": 80}
    group = {
        "@context": "https://schema.org/",
        "@type": "ProductGroup",
        "productGroupID": "coat",
        "name": "Rain Coat",
        "brand": "Acme",
        "variesBy": "https://schema.org/size",
        "hasVariant": [
            {"@type": "Product", "sku": "c-s", "size": "S", "color": "Blue",
             "offers": offer | {"price": 70, "priceSpecification": spec}},
            {"@type": "Product", "sku": "c-m", "size": {"@type": "SizeSpecification", "name": "M"},
             "offers": [offer | {"price": "65.00", "availability": "OutOfStock"}]},
        ],
    }  # fmt: skip
    (coat,), report = imported(tmp_path, json.dumps(group, indent=1), "coat.jsonld")
    assert (coat.id, coat.title, coat.price, coat.sale_price) == ("coat", "Rain Coat", 80, 70)
    assert [(v.sku, v.size, v.price, v.availability) for v in coat.variants] == [
        ("c-s", "S", 70, "in_stock"),
        ("c-m", "M", 65, "out_of_stock"),
    ]
    assert report.kept == 1
    lines = "\n".join(
        json.dumps({"@type": ["Product"], "@id": f"urn:{n}", "name": f"Thing {n}", "offers": offer
                    | {"price": n}}) for n in (1, 2, 3)
    )  # fmt: skip
    things, report = imported(tmp_path, lines, "things.json")
    assert [(p.id, p.price) for p in things] == [("urn:1", 1), ("urn:2", 2), ("urn:3", 3)]
    assert report.format == "jsonld"


def test_jsonld_variants_that_point_to_their_group(tmp_path: Path) -> None:
    nodes: list[dict[str, Any]] = [
        {"@type": "ProductGroup", "@id": "#g", "name": "Boot", "productGroupID": "boot"},
        *(
            {"@type": "Product", "sku": f"b-{size}", "name": f"Leather Boot {size}", "size": size,
             "isVariantOf": {"@id": "#g"}, "offers": {"price": 90, "priceCurrency": "EUR"}}
            for size in ("41", "42")
        ),
    ]  # fmt: skip
    document = json.dumps({"@context": "https://schema.org", "@graph": nodes})
    (boot,), report = imported(tmp_path, document, "boot.jsonld")
    assert (boot.title, boot.price) == ("Leather Boot", 90)
    assert [(v.sku, v.size) for v in boot.variants] == [("b-41", "41"), ("b-42", "42")]
    assert report.joined == 1


def test_a_page_without_products_says_so(tmp_path: Path) -> None:
    page = '<html><script type="application/ld+json">{"@type": "WebSite"}</script></html>'
    with pytest.raises(BadCatalogueFile, match="has no rows"):
        imported(tmp_path, page, "a.html")


# Parquet and others


def test_parquet(tmp_path: Path) -> None:
    rows = [
        {"id": n, "title": f"Chair {n}", "price": Decimal(n) + Decimal("0.50"),
         "brand": {"name": "Sit"}, "specs": {"size": {"height_cm": 80 + n}},
         "variants": [{"sku": f"{n}-a", "color": "Oak"}], "tags": ["wood"], "raw": b"\xff"}
        for n in range(1, 601)
    ]  # fmt: skip
    path = tmp_path / "chairs.bin"
    pq.write_table(pa.Table.from_pylist(rows), path)
    seen: list[tuple[int, int]] = []
    products, report = import_catalogue(
        path, progress=lambda done, whole: seen.append((done, whole))
    )
    assert (len(products), report.format, report.encoding) == (600, "parquet", "binary")
    first = products[0]
    assert (first.id, first.price, first.brand) == ("1", Decimal("1.5"), "Sit")
    assert first.attributes["height_cm"] == 81.0
    assert [v.color for v in first.variants] == ["Oak"]
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)
    assert seen == sorted(seen)
    with pytest.raises(BadCatalogueFile, match="Parquet"):
        import_catalogue(path, format="csv")
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BadCatalogueFile, match="damaged Parquet"):
        import_catalogue(cut)


def test_yaml_list(tmp_path: Path) -> None:
    text = (
        "# Products\n- id: a\n  name: Cup\n  price: 3\n  since: 2020-01-31\n  note: one\n    two\n"
        "- id: b\n  name: 'Bowl: deep'\n  price: 4.5\n- [1, 2]\n"
        '- id: c\n  name: "open\n  price: 1\n'
    )
    products, report = imported(tmp_path, gzip.compress(text.encode()), "shop.yaml.gz")
    assert [(p.id, p.title, p.price) for p in products] == [
        ("a", "Cup", 3),
        ("b", "Bowl: deep", Decimal("4.5")),
    ]
    assert products[0].attributes == {"since": "2020-01-31", "note": "one two"}
    assert reasons(report) == {11: Reason.NOT_AN_OBJECT, 12: Reason.BAD_VALUE}


@pytest.mark.parametrize("indent", [None, 2])
def test_a_list_inside_a_document(tmp_path: Path, indent: int | None) -> None:
    rows = [{"id": n, "title": f'T "{n}" {{', "price": n} for n in range(1, 4)]
    wrapped = {"total": 3, "meta": {"items": "no list"}, "data": {"x": [1], "products": rows}}
    products, _ = imported(tmp_path, json.dumps(wrapped, indent=indent), "a.json")
    assert [(p.id, p.title) for p in products] == [(str(n), f'T "{n}" {{') for n in (1, 2, 3)]
    by_id = {"products": {f"k{n}": {"title": f"T{n}", "price": n} for n in (1, 2)}, "users": {}}
    products, _ = imported(tmp_path, json.dumps(by_id, indent=indent), "b.json")
    assert [(p.id, p.title) for p in products] == [("k1", "T1"), ("k2", "T2")]


def test_prices_in_cents_by_a_mapping_file(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("price_divisor: 100\ncurrency: EUR\n")
    text = "id,title,price,sale price\n1,A,4995,3990\n2,B,100,\n"
    products, _ = imported(tmp_path, text, "a.csv", mapping=mapping)
    assert [(p.price, p.sale_price) for p in products] == [
        (Decimal("49.95"), Decimal("39.9")),
        (1, None),
    ]


def test_rows_joined_by_a_stated_column(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("group: Style\n")
    text = "SKU,Style,Name,Price,Size\n1,x,Boot Tall,90,41\n2,x,Boot Tall,90,42\n3,,Sock,5,\n"
    products, report = imported(tmp_path, text, "a.csv", mapping=mapping)
    assert [(p.id, [v.size for v in p.variants]) for p in products] == [
        ("x", ["41", "42"]),
        ("3", []),
    ]
    assert report.joined == 1


def test_columns_behind_a_shared_prefix(tmp_path: Path) -> None:
    columns = [f"attr_{kind}_{name}" for kind in "tn" for name in ("colour", "fit", "heel", "sole")]
    row: dict[str, Any] = {"id": "1", "title": "Clog", "price": 5, "supplier": "Ho"}
    row |= {column: f"v{n}" for n, column in enumerate(columns)}
    row |= {"attr_t_product_type": "Clogs", "attr_b_vegan": True, "attr_b_new": False,
            "released": "2020-02-03T00:00:00Z"}  # fmt: skip
    (clog,), _ = imported(tmp_path, json.dumps(row), "a.jsonl")
    assert (clog.brand, clog.category) == ("Ho", ("Clogs",))
    assert {"color", "fit", "heel", "sole", "vegan", "new"} <= set(clog.attributes)
    assert clog.attributes["released"] == "2020-02-03"
