from __future__ import annotations

import csv
import gzip
import io
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.errors import BadCatalogueFile, BadInput
from retrieval.importing import ImportReport, import_catalogue
from retrieval.importing.json_rows import array_rows
from retrieval.importing.measures import parse_measure
from retrieval.importing.reasons import Reason
from retrieval.importing.report import RowNote
from retrieval.importing.text import has_html, strip_hidden, strip_html
from retrieval.product import Product

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
DEMO = ROOT / "retrieval" / "demo" / "products.jsonl"


def imported(
    folder: Path, text: str | bytes, name: str = "shop.csv", **options: Any
) -> tuple[list[Product], ImportReport]:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return import_catalogue(path, **options)


def one(folder: Path, **cells: Any) -> tuple[Product, list[Reason]]:
    """The product of a single JSON row, beside the reasons for which it was mended."""
    row = {"id": "1", "title": "Pegasus 41", "price": 140, **cells}
    products, report = imported(folder, json.dumps(row), "shop.jsonl")
    return products[0], sorted(report.reasons)


def refused(folder: Path, **cells: Any) -> Reason:
    """Why a JSON row was refused, beside a good one."""
    rows = [{"id": "0", "title": "Good", "price": 1}, {"id": "1", "title": "T", "price": 2} | cells]
    lines = "\n".join(map(json.dumps, rows))
    _, report = imported(folder, lines, "shop.jsonl")
    assert report.refused == 1
    return report.rows[-1].remarks[-1].reason


# Reading


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    rows = [
        ["Product Name", "Price", "Brand"],
        ["Ghost 16", "$140", "Brooks"],
        ["Ride", "$130", ""],
    ]
    text = "\n".join(delimiter.join(row) for row in rows)
    products, report = imported(tmp_path, text)
    assert [p.title for p in products] == ["Ghost 16", "Ride"]
    assert products[0].brand == "Brooks"
    assert report.mapping.fields["title"] == ("Product Name",)


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_encodings_of_chinese(tmp_path: Path, encoding: str, found: str) -> None:
    text = "编号,商品名称,价格,品牌\n1,李宁赤兔跑步鞋男款,399元,李宁\n2,安踏马赫鞋,￥459元,安踏\n"
    products, report = imported(tmp_path, text.encode(encoding))
    assert report.encoding == found
    assert report.currency == "CNY"
    assert [p.title for p in products] == ["李宁赤兔跑步鞋男款", "安踏马赫鞋"]
    assert [p.brand for p in products] == ["李宁", "安踏"]


def test_latin_encoding(tmp_path: Path) -> None:
    rows = "".join(
        f"{i},Chaussures légères été n° {i},12,Père Noël à Orléans où\n" for i in range(1, 40)
    )
    products, report = imported(tmp_path, ("id,title,price,brand\n" + rows).encode("cp1252"))
    assert products[0].title == "Chaussures légères été n° 1"
    assert any("not UTF-8" in note for note in report.notes)


def test_a_few_bad_bytes_do_not_change_the_encoding(tmp_path: Path) -> None:
    good = "".join(f"{i},跑步鞋第{i}款,12\n" for i in range(1, 30)).encode()
    products, report = imported(tmp_path, b"id,title,price\n" + good + b"99,Gho\xffst,12\n")
    assert report.encoding == "utf-8"
    assert products[-1].title == "Ghost"
    assert report.reasons == {Reason.BROKEN_TEXT: 1}


def test_csv_rows_that_cannot_be_read_are_refused_by_line(tmp_path: Path) -> None:
    text = (
        "id,title,price\n"
        "1,Good,10\n"
        "2,Too,few,fields,10\n"
        "3,Short\n"
        '4,"Stray quote,10\n'
        "5,After it,10\n"
        f"6,{'x' * 120_000},10\n"
        f"7,{'x' * 1_200_000},10\n"
        "8,NUL\0 byte,10,,\n"
        "\n"
        "9,Last,10\n"
    )
    products, report = imported(tmp_path, text)
    assert [p.id for p in products] == ["1", "5", "8", "9"]
    assert products[2].title == "NUL byte"
    reasons = {note.row: note.remarks[-1].reason for note in report.rows}
    assert reasons == {
        3: Reason.RAGGED,
        4: Reason.RAGGED,
        5: Reason.BAD_QUOTES,
        7: Reason.FIELD_TOO_LONG,
        8: Reason.ROW_TOO_LONG,
        9: Reason.HIDDEN_CHARACTERS,
    }
    assert (report.kept, report.mended, report.refused) == (3, 1, 5)


def test_a_cell_may_span_lines(tmp_path: Path) -> None:
    products, _ = imported(
        tmp_path, 'id,title,price,description\r\n1,A,2,"one\r\ntwo"\r\n2,B,3,\r\n'
    )
    assert products[0].description == "one two"
    assert products[1].title == "B"


def test_quotes_that_never_end_do_not_cost_the_square_of_the_file(tmp_path: Path) -> None:
    hostile = 'a","\n' * 200_000
    begin = time.monotonic()
    products, report = imported(tmp_path, "id,title,price\n1,Good,10\n" + hostile)
    assert [p.id for p in products] == ["1"]
    assert report.refused > 0
    assert time.monotonic() - begin < 30


def test_jsonl(tmp_path: Path) -> None:
    lines = [
        '{"id": 7, "title": "Ghost", "price": 140, "brand": {"name": "Brooks"}, "x": {"drop": 8}}',
        "{broken",
        "[1, 2]",
        "",
        '{"id": 8, "title": "Deep", "price": 1, "x": ' + "[" * 5000 + "]" * 5000 + "}",
        '{"id": 9, "title": "Digits", "price": ' + "9" * 5000 + "}",
        '{"id": 10, "title": "Nan", "price": NaN}',
        '{"id": 11, "title": "Infinite", "price": 1e999}',
    ]
    products, report = imported(tmp_path, "\n".join(lines), "shop.jsonl")
    assert [(p.id, p.title, p.brand) for p in products] == [("7", "Ghost", "Brooks")]
    assert products[0].attributes == {"drop": 8.0}
    assert [note.row for note in report.rows] == [2, 3, 5, 6, 7, 8]


def test_json_array_and_gzip(tmp_path: Path) -> None:
    rows = [{"id": str(i), "title": f'Shoe "{i}" ]}},', "price": 10 + i} for i in range(20)]
    rows.insert(3, "text")  # type: ignore[arg-type]
    text = json.dumps(rows, indent=1)
    products, report = imported(tmp_path, gzip.compress(text.encode()), "shop.json.gz")
    assert len(products) == 20
    assert products[5].title == 'Shoe "5" ]},'
    assert report.rows[0].row == 4
    assert report.rows[0].remarks[0].reason is Reason.NOT_AN_OBJECT


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(), JSON_VALUES, max_size=3), max_size=5), st.booleans())
def test_each_element_of_an_array_is_one_row(rows: list[dict[str, Any]], indented: bool) -> None:
    text = json.dumps(rows, indent=2 if indented else None, ensure_ascii=False)
    # One character at a time, so that every state is met at the border of a piece.
    stream = io.StringIO(text)
    stream.read = lambda size=-1, read=stream.read: read(1)  # type: ignore[method-assign,misc]
    assert [row.number for row in array_rows(stream)] == list(range(1, len(rows) + 1))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\xef\xbb\xbf \r\n\n", "is empty"),
        ("header.csv", b"id,title,price\n", "has no rows"),
        ("binary.csv", bytes(range(256)) * 20, "not a text file"),
        ("sheet.csv", b"PK\x03\x04" + b"\x00" * 50, "save the sheet as CSV"),
        ("feed.xml", b"<?xml version='1.0'?><rss/>", "has no rows"),
        ("page.xml", b"<!doctype html><html><p>Shoes</p></html>", "looks like HTML"),
        ("cut.csv.gz", gzip.compress(b"id,title,price\n1,A,2\n" * 999)[:-20], "damaged gzip"),
        ("no_title.csv", b"foo,bar\n1,2\n", "No column looks like titles"),
        ("no_price.csv", b"id,title\n1,Shoe\n", "No column looks like prices"),
        (
            "none.csv",
            b"id,title,price\n1,A,0\n2,B,free\n3,C,0\n",
            "most often because its price is 0",
        ),
        ("broken.jsonl", b"{\n{\n", "is not JSON"),
        ("array.json", b"[]", "has no rows"),
    ],
)
def test_files_that_are_no_catalogue(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(BadCatalogueFile, match=said) as caught:
        imported(tmp_path, content, name)
    assert "\n" not in caught.value.sentence


def test_paths_and_formats_that_are_not_read(tmp_path: Path) -> None:
    with pytest.raises(BadCatalogueFile, match="no file"):
        import_catalogue(tmp_path / "nowhere.csv")
    with pytest.raises(BadCatalogueFile, match="folder"):
        import_catalogue(tmp_path)
    for format in ("xml", "json", "xlsx"):
        with pytest.raises(BadCatalogueFile, match="auto, csv, jsonl"):
            import_catalogue(tmp_path / "shop.csv", format=format)


# Mapping


def test_guesses_over_english_and_chinese_names(tmp_path: Path) -> None:
    text = (
        "SKU,ProductName,MRP,Special Price,Vendor,Avg. Rating,Total Reviews,Stock,Colour,鞋面材质\n"
        'A1,Ride 17,150,120,Saucony,4.5,"1,127",0,Red|Blue,网布\n'
    )
    products, report = imported(tmp_path, text)
    product = products[0]
    assert report.mapping.fields == {
        "id": ("SKU",),
        "title": ("ProductName",),
        "brand": ("Vendor",),
        "price": ("MRP",),
        "sale_price": ("Special Price",),
        "availability": ("Stock",),
        "rating": ("Avg. Rating",),
        "rating_count": ("Total Reviews",),
    }
    assert (product.price, product.sale_price) == (150, 120)
    assert (product.rating, product.rating_count) == (4.5, 1127)
    assert product.availability == "out_of_stock"
    assert product.attributes == {"color": ["Red", "Blue"], "鞋面材质": "网布"}


def test_a_list_and_a_plain_price(tmp_path: Path) -> None:
    products, _ = imported(tmp_path, "商品编号,标题,原价,现价,币种\n1,飞影,699,499,CNY\n")
    assert (products[0].price, products[0].sale_price, products[0].currency) == (699, 499, "CNY")


def test_a_lone_sale_price_is_the_price(tmp_path: Path) -> None:
    products, _ = imported(
        tmp_path, "id,title,sale price (USD)\n1,Ride,99\n", default_currency="EUR"
    )
    assert (products[0].price, products[0].sale_price, products[0].currency) == (99, None, "USD")


def test_a_misspelt_name_is_found_and_an_unlike_one_is_not(tmp_path: Path) -> None:
    text = "id,Produt Name,Price,Descripton,Brandy\n1,A,2,Text,x\n"
    products, report = imported(tmp_path, text)
    assert report.mapping.fields["title"] == ("Produt Name",)
    assert report.mapping.fields["description"] == ("Descripton",)
    assert "brand" not in report.mapping.fields
    assert products[0].attributes == {"brandy": "x"}


def test_mapping_file(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        'fields: {title: [Line, Model], price: "Our", category: Path}\n'
        "currency: INR\n"
        "category: [Shoes]\n"
        "attributes: {weight_g: W}\n"
        "ignore: [Secret]\n"
        'separator: "/"\n'
    )
    text = 'Line,Model,Our,List Price,Path,W,Secret\nGel,Kayano 31,"4,999",5999,Run/Road,286 g,x\n'
    products, report = imported(tmp_path, text, mapping=mapping)
    product = products[0]
    assert product.title == "Gel Kayano 31"
    assert (product.price, product.currency) == (4999, "INR")
    assert product.category == ("Shoes", "Run", "Road")
    assert product.attributes == {"weight_g": 286.0, "list_price": 5999.0}
    assert report.mapping.ignored == ("Secret",)
    assert report.mapping.guessed == ()


@pytest.mark.parametrize(
    ("mapping", "said", "field"),
    [
        ("fields: {titel: Name}", "'titel'", "fields.titel"),
        ("fields: {title: Nane}", "'Nane'.*'Name'", "fields.title"),
        ("fields: {price: [Name, Price]}", "several columns", "fields.price"),
        ("attributes: {weight_g: W}", "'W'", "attributes.weight_g"),
        ("attributes: {price: Price}", "'price'", "attributes.price"),
        ("ignore: [Nothing]", "'Nothing'", "ignore"),
        ("colour: red", "colour", "mapping"),
        ("currency: rupees", "currency", "mapping"),
        ("currency: ZZZ", "'ZZZ'", "currency"),
        ("fields: [", "not YAML", "mapping"),
        ("- a", "mistake", "mapping"),
    ],
)
def test_mistakes_in_a_mapping_file(tmp_path: Path, mapping: str, said: str, field: str) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(mapping)
    with pytest.raises(BadInput, match=said) as caught:
        imported(tmp_path, "Name,Price\nRide,12\n", mapping=path)
    assert caught.value.field == field
    with pytest.raises(BadInput, match="cannot be read"):
        imported(tmp_path, "Name,Price\nRide,12\n", mapping=tmp_path / "none.yaml")


# Cleaning


def test_text_is_made_plain(tmp_path: Path) -> None:
    product, reasons = one(
        tmp_path,
        title="  Air\u202e Max\u200b &amp; <b>Co</b>\x07 ",
        description="<p>Soft.</p><script>x()</script><p>Light &lt;i&gt;and&lt;/i&gt; fast.</p>",
        brand="Ni\u200dke\U000e0041",
    )
    assert product.title == "Air Max & Co"
    assert product.description == "Soft. Light and fast."
    assert product.brand == "Nike"
    assert reasons == [Reason.HIDDEN_CHARACTERS, Reason.HTML]


@given(st.text(alphabet="<>/!-abipscript &;ltgm#60x\"'= ", max_size=200))
def test_no_tag_survives(text: str) -> None:
    plain = strip_html(text)
    assert "<script" not in plain.lower()
    if not has_html(text):
        assert plain == text


@pytest.mark.parametrize("piece", ["<!--", "<script>", "<b ", "&lt;", "<", '<a href="', "<b <i>"])
def test_hostile_html_costs_no_more_than_its_length(piece: str) -> None:
    begin = time.monotonic()
    strip_html(piece * (100_000 // len(piece)))
    assert time.monotonic() - begin < 2


def test_joiners_stay_where_they_join() -> None:
    assert strip_hidden("👩\u200d👧 می\u200cخواهم") == "👩\u200d👧 می\u200cخواهم"
    assert strip_hidden("a\u200db\u200d") == "ab"


def test_ratings(tmp_path: Path) -> None:
    assert one(tmp_path, rating="4.5 out of 5 stars", reviews="(1,127)")[0].rating == 4.5
    assert one(tmp_path, rating=0, reviews=0) == (
        Product(id="1", title="Pegasus 41", price=140, currency="USD", rating_count=0),  # type: ignore[arg-type]
        [Reason.RATING_ZERO],
    )
    for rating in ("8.5", "9/10", "4 or 5", -1, 10**400):
        product, reasons = one(tmp_path, rating=rating)
        assert (product.rating, reasons) == (None, [Reason.RATING_UNREADABLE])


def test_prices(tmp_path: Path) -> None:
    product, reasons = one(tmp_path, price=0, sale_price="99.50")
    assert (product.price, product.sale_price, reasons) == (99.5, None, [Reason.PRICE_FROM_SALE])
    product, reasons = one(tmp_path, sale_price=150)
    assert (product.price, product.sale_price, reasons) == (140, None, [Reason.SALE_ABOVE_PRICE])
    product, reasons = one(tmp_path, sale_price="soon 9")
    assert (product.sale_price, reasons) == (None, [Reason.SALE_UNREADABLE])
    assert one(tmp_path, sale_price=0)[1] == []
    assert refused(tmp_path, price=0) is Reason.ZERO_PRICE
    assert refused(tmp_path, price="") is Reason.NO_PRICE
    assert refused(tmp_path, price="$10 - $20") is Reason.UNREADABLE_PRICE
    assert refused(tmp_path, price=-3) is Reason.NEGATIVE_PRICE
    assert refused(tmp_path, price=[3]) is Reason.UNREADABLE_PRICE


def test_one_currency(tmp_path: Path) -> None:
    lines = "id,title,price\n1,A,€10\n2,B,€12\n3,C,$9\n4,D,15\n"
    products, report = imported(tmp_path, lines)
    assert report.currency == "EUR"
    assert [p.id for p in products] == ["1", "2", "4"]
    assert report.reasons == {Reason.OTHER_CURRENCY: 1}
    products, report = imported(
        tmp_path, "id,title,price,currency\n1,A,1,USD\n2,B,1,EUR\n3,C,1,x\n"
    )
    assert report.reasons == {Reason.OTHER_CURRENCY: 1, Reason.UNREADABLE_CURRENCY: 1}
    _, report = imported(tmp_path, "id,title,price\n1,A,1\n", default_currency="INR")
    assert report.currency == "INR"
    assert any("names no currency" in note for note in report.notes)
    with pytest.raises(BadInput, match="currency"):
        imported(tmp_path, "id,title,price\n1,A,1\n", default_currency="rupee")
    with pytest.raises(BadCatalogueFile, match="price cannot be read"):
        imported(tmp_path, "id,title,price\n1,A,¥99\n")


def test_ids(tmp_path: Path) -> None:
    text = "id,title,price,brand\n1,A,1,X\n1,B,2,X\n,C,3,X\n,C,4,X\n"
    products, report = imported(tmp_path, text)
    assert [p.title for p in products] == ["A", "C"]
    assert products[1].id.startswith("p-")
    assert report.reasons[Reason.DUPLICATE_ID] == 2
    again, _ = imported(tmp_path, "brand,title,price\nX,C,99\n")
    assert again[0].id == products[1].id
    assert refused(tmp_path, id="x" * 201) is Reason.LONG_ID


def test_titles(tmp_path: Path) -> None:
    assert refused(tmp_path, title=" \u200b ") is Reason.NO_TITLE
    for formula in ('=HYPERLINK("http://x","y")', "=A1", "@SUM(1)", '="Nike"', "+cmd(1)"):
        assert refused(tmp_path, title=formula) is Reason.FORMULA_TITLE
    product, reasons = one(tmp_path, title="=Nike Air")
    assert (product.title, reasons) == ("Nike Air", [Reason.FORMULA_SIGN])
    assert one(tmp_path, title="-10 °C Jacket")[1] == []
    product, reasons = one(tmp_path, title="x" * 600)
    assert (len(product.title), reasons) == (500, [Reason.CUT])


def test_links(tmp_path: Path) -> None:
    product, reasons = one(tmp_path, image="javascript:alert(1)", url="https://shop.example/1")
    assert (product.image_url, product.url, reasons) == (
        None,
        "https://shop.example/1",
        [Reason.LINK_DROPPED],
    )
    for link in ("/a.png", "http://", "https://[x", "http://a b", "data:x", "https://u:p@h/"):
        assert one(tmp_path, url=link)[0].url is None


@pytest.mark.parametrize(
    ("value", "availability"),
    [
        ("In Stock", "in_stock"),
        ("https://schema.org/OutOfStock", "out_of_stock"),
        ("out-of-stock", "out_of_stock"),
        ("售罄", "out_of_stock"),
        ("有货", "in_stock"),
        (12, "in_stock"),
        ("0", "out_of_stock"),
        (False, "out_of_stock"),
        ("preorder", "preorder"),
        ("", "in_stock"),
    ],
)
def test_availability(tmp_path: Path, value: Any, availability: str) -> None:
    product, reasons = one(tmp_path, availability=value)
    assert (product.availability, reasons) == (availability, [])


def test_availability_that_is_not_understood_is_noted(tmp_path: Path) -> None:
    assert one(tmp_path, availability="ask us")[1] == [Reason.STOCK_UNREADABLE]


def test_attributes(tmp_path: Path) -> None:
    text = (
        "id,title,price,Weight,Drop (mm),Waterproof,Release Year,Model Code,Empty,Size,Updated\n"
        '1,A,2,286 g,8,yes,2023,00420,,"41,42",2020-01-01\n'
    )
    products, _ = imported(tmp_path, text)
    assert products[0].attributes == {
        "weight_g": 286.0,
        "drop_mm": 8.0,
        "waterproof": True,
        "release_year": 2023.0,
        "model_code": "00420",
        "size": ["41", "42"],
    }


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("weight", "286 g", ("weight_g", 286.0)),
        ("weight", "286克", ("weight_g", 286.0)),
        ("weight_g", "286 g", ("weight_g", 286.0)),
        ("weight_oz", "286 g", None),
        ("drop", "8.5mm", ("drop_mm", 8.5)),
        ("drop", "8 to 10 mm", None),
        ("width", "2E", None),
        ("size", "42", None),
    ],
)
def test_measures(name: str, text: str, found: tuple[str, float] | None) -> None:
    assert parse_measure(name, text) == found


def test_variants(tmp_path: Path) -> None:
    good = {"sku": "a", "size": "42", "price": "$99", "availability": "in stock"}
    product, reasons = one(
        tmp_path, variants=[good, {"sku": "b", "price": "?"}, good, "text", {"size": 43}]
    )
    assert [(v.sku, v.size) for v in product.variants] == [("a", "42"), ("1-5", "43")]
    assert reasons == [Reason.VARIANT_DROPPED]


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(["0", "-1", "$5", "¥5", "<b>", "=A1", "yes", "http://x/", "5 g", "\ud800"]),
    st.lists(st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
)
NAMES = st.sampled_from(
    [
        *("id", "title", "price", "sale_price", "rating", "reviews", "stock", "image", "url"),
        *("attributes", "variants", "category", "currency", "brand", "weight", "x.y", ""),
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.lists(st.dictionaries(NAMES, CELLS, max_size=10), max_size=4))
def test_any_rows_give_products_or_reasons(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    rows = [{"id": "good", "title": "Good", "price": 5}, *rows]
    try:
        products, report = imported(tmp_path, "\n".join(map(json.dumps, rows)), "any.jsonl")
    except BadCatalogueFile:
        return
    assert report.total == len(rows)
    assert len(products) == report.kept + report.mended
    assert len({p.id for p in products}) == len(products)
    assert all(p.effective_price > 0 for p in products)
    assert ImportReport.model_validate_json(report.model_dump_json()) == report


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_catalogue_or_an_error(tmp_path: Path, content: bytes) -> None:
    try:
        imported(tmp_path, b"id,title,price\n1,A,2\n" + content)
        imported(tmp_path, content)
    except BadCatalogueFile:
        return


# Report


def test_summary_in_both_languages(tmp_path: Path) -> None:
    _, report = imported(tmp_path, "id,title,price\n1,A,1\n2,B,0\n3, C,1\n")
    assert (report.kept, report.mended, report.refused) == (1, 1, 1)
    assert "3 rows: 1 kept, 1 mended, 1 refused" in report.summary()
    assert "1 × its price is 0" in report.summary("en")
    assert "共 3 行：保留 1，修正 1，拒绝 1" in report.summary("zh")
    assert "1 × 价格为 0" in report.summary("zh-CN")


def test_the_report_is_bounded(tmp_path: Path) -> None:
    rows = "".join(f"{i},T,0\n" for i in range(10_050))
    _, report = imported(tmp_path, "id,title,price\n" + rows + "x,T,1\n")
    assert (report.refused, len(report.rows), report.rows_not_listed) == (10_050, 10_000, 50)
    assert isinstance(report.rows[0], RowNote)


def test_progress_ends_at_the_whole_file(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    text = "id,title,price\n" + "".join(f"{i},T,1\n" for i in range(2_000))
    imported(tmp_path, text, progress=lambda done, whole: calls.append((done, whole)))
    assert calls[-1] == (len(text), len(text))
    assert len(calls) >= 4


# Real files


def shared(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"needs ../shared/data/{name}")
    return path


def test_the_demo_shop_passes_unharmed() -> None:
    written = [Product.model_validate_json(line) for line in DEMO.read_text("utf-8").splitlines()]
    products, report = import_catalogue(DEMO)
    assert products == written
    assert (report.kept, report.mended, report.refused) == (len(written), 0, 0)


def test_adidas_vs_nike(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("currency: INR")
    products, report = import_catalogue(
        shared("adidas_vs_nike/Adidas Vs Nike.csv"), mapping=mapping
    )
    assert report.total == 3_268
    assert len(products) == 3_179
    assert report.reasons == {
        Reason.PRICE_FROM_SALE: 426,
        Reason.RATING_ZERO: 302,
        Reason.DUPLICATE_ID: 89,
    }
    first = products[0]
    assert (first.id, first.price, first.sale_price, first.currency) == (
        "AH2430",
        14999,
        7499,
        "INR",
    )
    assert first.brand == "Adidas Adidas ORIGINALS"
    assert (first.rating, first.rating_count) == (4.8, 41)


def test_amazon_running_shoes_need_no_mapping() -> None:
    path = shared("amazon_running_shoes/Running Shoes.csv")
    products, report = import_catalogue(path)
    assert report.total == 4_108
    assert report.reasons[Reason.ZERO_PRICE] == report.refused == 352
    with path.open(encoding="utf-8-sig", newline="") as file:
        whole = list(csv.DictReader(file))
    rows = [row for row in whole if float(row["Product Price"]) > 0]
    assert [p.title for p in products] == [" ".join(row["Product Name"].split()) for row in rows]
    assert [float(p.price) for p in products] == [float(row["Product Price"]) for row in rows]
    unrated = sum(float(row["AVG Rating"]) == 0 for row in whole)
    assert report.reasons[Reason.RATING_ZERO] == unrated
    assert len({p.brand for p in products}) > 250
    assert {p.attributes["gender"] for p in products} == {"Men's", "Women's"}


def test_dummyjson() -> None:
    products, report = import_catalogue(shared("dummyjson/products.json"))
    assert (report.kept, report.mended, report.refused) == (194, 0, 0)
    assert products[0].title == "Essence Mascara Lash Princess"
    assert float(products[0].price) == 9.99
    assert "reviews" in report.mapping.ignored


def test_litemall_in_chinese(tmp_path: Path) -> None:
    products, report = import_catalogue(shared("litemall_zh/goods.json"), default_currency="CNY")
    assert len(products) == 239
    assert report.currency == "CNY"
    first = products[0]
    assert (first.id, first.title) == ("1006002", "轻奢纯棉刺绣水洗四件套")
    assert (first.price, first.sale_price) == (919, 899)
    assert not any(has_html(p.title + p.description) for p in products)


def test_running_shoe_finder_titles_are_joined() -> None:
    products, _ = import_catalogue(shared("running_shoe_finder/shoes.json"))
    assert products[0].title == "Brooks Ghost 15"
    assert products[0].attributes["drop_mm"] == 12.0
    assert all(p.image_url is None for p in products)
