"""The data-quality report: what it says of a file is counted again here, by other means."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import yaml

from retrieval.importing import ImportReport, import_catalogue
from retrieval.importing.findings import Finding, Flaw
from retrieval.product import Product

DATA = Path(__file__).parents[2].parent / "shared" / "data"


def shared(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"needs ../shared/data/{name}")
    return path


def counts(report: ImportReport) -> dict[Flaw, int]:
    return {finding.flaw: finding.count for finding in report.findings}


def found(report: ImportReport, flaw: Flaw) -> Finding:
    return next(finding for finding in report.findings if finding.flaw is flaw)


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def repeated(values: list[str]) -> int:
    return len(values) - len(set(values))


def outliers(products: list[Product]) -> int:
    prices: dict[tuple[str, ...], list[float]] = {}
    for product in products:
        prices.setdefault(product.category, []).append(float(product.price))
    if len(prices) > 1:
        prices.pop((), None)
    return sum(
        not usual / 100 <= price <= usual * 100
        for group in prices.values()
        if len(group) >= 5
        for usual in [median(group)]
        for price in group
    )


# A small shop with one of each


SHOP = """\
id,title,price,currency,brand,category,image,description,rating,stock
1,Lamp A,10.00,USD,Lux,Lamps,https://shop.example/1.png,Warm,4.5,3
2,Lamp B,12.00,USD,Lux,Lamps,https://shop.example/2.png,<b>Warm</b> light,0,0
3,Lamp C,0,USD,,Lamps,https://shop.example/3.png,Warm,4,1
4,Lamp D,,USD,Lux,Lamps,file:///etc/passwd,Warm,4,1
5,Lamp E,-4,USD,Lux,,,,4,1
6,Lamp F,9.00,EUR,Lux,Lamps,https://shop.example/6.png,Warm,0,1
1,Lamp G,11.00,USD,Lux,Lamps,https://shop.example/7.png,Warm,4,1
8,lamp a,11.00,USD,Lux,Lamps,https://shop.example/8.png,CafÃ© light,4,1
9,Lamp H,9999.00,USD,Lux,Lamps,https://shop.example/9.png,Warm,4,0
10,Lamp I,10.00,USD,Lux,Lamps,https://shop.example/10.png,Warm,4,1
11,Lamp J,1-2,USD,Lux,Lamps,https://shop.example/11.png,=HYPERLINK("x"),4,1
"""


@pytest.fixture
def shop(tmp_path: Path) -> ImportReport:
    path = tmp_path / "shop.csv"
    path.write_text(SHOP)
    return import_catalogue(path)[1]


def test_each_flaw_with_its_rows(shop: ImportReport) -> None:
    assert {finding.flaw: (finding.rows, finding.of) for finding in shop.findings} == {
        Flaw.MISSING_PRICE: ([5], 11),
        Flaw.ZERO_PRICE: ([4], 11),
        Flaw.NEGATIVE_PRICE: ([6], 11),
        Flaw.UNREADABLE_PRICE: ([12], 11),
        Flaw.MIXED_CURRENCY: ([7], 11),
        Flaw.PRICE_OUTLIER: ([10], 5),
        Flaw.DUPLICATE_ID: ([8], 11),
        Flaw.REPEATED_TITLE: ([9], 5),
        Flaw.ZERO_RATING: ([3, 7], 11),
        Flaw.HTML_IN_TEXT: ([3], 11),
        Flaw.DOUBLE_ENCODING: ([9], 11),
        Flaw.FORMULA: ([12], 11),
        Flaw.UNSAFE_LINK: ([5], 11),
        Flaw.MISSING_BRAND: ([4], 11),
        Flaw.MISSING_CATEGORY: ([6], 11),
        Flaw.MISSING_IMAGE: ([5, 6], 11),
        Flaw.MISSING_DESCRIPTION: ([6], 11),
        Flaw.OUT_OF_STOCK: ([3, 10], 5),
    }
    assert found(shop, Flaw.ZERO_RATING).share == pytest.approx(2 / 11, abs=1e-6)


def test_the_report_in_words_and_as_json(shop: ImportReport) -> None:
    english, chinese = shop.summary("en"), shop.summary("zh")
    assert "2 (18.2%) ratings are 0, such as row 3, 7. Leave the cell empty" in english
    assert "2（18.2%）个评分为 0，如第 3, 7 行。无人评分时请留空" in chinese
    held = json.loads(shop.model_dump_json())["findings"]
    assert [each["flaw"] for each in held] == [finding.flaw for finding in shop.findings]
    for each in held:
        assert each["text"].keys() == each["advice"].keys() == {"en", "zh"}
    assert ImportReport.model_validate_json(shop.model_dump_json()) == shop


def test_a_clean_file_has_nothing_to_find(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "id,title,price,brand,category,image,description\n"
        "1,Lamp,9.50,Lux,Lamps,https://shop.example/1.png,Warm\n"
    )
    _, report = import_catalogue(path)
    assert report.findings == []
    assert "could be better" not in report.summary()


def test_a_blank_list_price_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,title,list price,price\n1,Lamp A,12,9\n2,Lamp B,,9\n3,Lamp C,0,9\n")
    products, report = import_catalogue(path)
    assert [(p.price, p.sale_price) for p in products] == [(12, 9), (9, None), (9, None)]
    assert (report.kept, report.mended) == (2, 1)
    assert found(report, Flaw.ZERO_PRICE).rows == [4]
    assert Flaw.MISSING_PRICE not in counts(report)


# Real feeds


def test_adidas_vs_nike() -> None:
    path = shared("adidas_vs_nike/Adidas Vs Nike.csv")
    rows = read_csv(path)
    products, report = import_catalogue(path, default_currency="INR")
    told = counts(report)
    assert report.total == len(rows)
    assert told[Flaw.ZERO_PRICE] == sum(float(row["Listing Price"]) == 0 for row in rows)
    assert told[Flaw.ZERO_RATING] == sum(float(row["Rating"]) == 0 for row in rows)
    assert told[Flaw.DUPLICATE_ID] == repeated([row["Product ID"] for row in rows])
    assert told[Flaw.MISSING_DESCRIPTION] == sum(not row["Description"].strip() for row in rows)
    assert told[Flaw.MISSING_IMAGE] == told[Flaw.MISSING_CATEGORY] == len(rows)
    assert told[Flaw.REPEATED_TITLE] == repeated([p.title.casefold() for p in products])
    assert told.get(Flaw.PRICE_OUTLIER, 0) == outliers(products)
    twice = sum("\u00c2\u00ae" in row["Description"] for row in rows)
    assert told[Flaw.DOUBLE_ENCODING] >= twice > 0
    free = [line for line, row in enumerate(rows, 2) if float(row["Listing Price"]) == 0]
    assert found(report, Flaw.ZERO_PRICE).rows == free[:10]
    assert {p.currency for p in products} == {"INR"}
    assert Flaw.MAYBE_CENTS not in told


def test_amazon_running_shoes() -> None:
    path = shared("amazon_running_shoes/Running Shoes.csv")
    rows = read_csv(path)
    _, report = import_catalogue(path)
    told = counts(report)
    assert report.total == len(rows)
    zero = sum(float(row["Product Price"]) == 0 for row in rows)
    assert told[Flaw.ZERO_PRICE] == report.refused == zero
    assert told[Flaw.ZERO_RATING] == sum(float(row["AVG Rating"]) == 0 for row in rows)
    assert told[Flaw.MISSING_DESCRIPTION] == len(rows)
    assert found(report, Flaw.ZERO_PRICE).share == pytest.approx(zero / len(rows), abs=1e-5)


def test_aws_retail_demo_store() -> None:
    path = shared("aws_retail_demo_store/products.yaml.gz")
    with gzip.open(path) as file:
        rows = yaml.load(file.read(), Loader=yaml.CSafeLoader)
    products, report = import_catalogue(path)
    told = counts(report)
    assert [p.id for p in products] == [str(row["id"]) for row in rows]
    assert [float(p.price) for p in products] == [float(row["price"]) for row in rows]
    assert told[Flaw.MISSING_BRAND] == len(rows)
    # Its pictures are bare names of files.
    assert told[Flaw.UNSAFE_LINK] == told[Flaw.MISSING_IMAGE] == len(rows)
    out = sum(row["current_stock"] <= 0 for row in rows)
    assert told.get(Flaw.OUT_OF_STOCK, 0) == out
    names = [" ".join(row["name"].split()).casefold() for row in rows]
    assert told[Flaw.REPEATED_TITLE] == repeated(names)
    assert told.get(Flaw.PRICE_OUTLIER, 0) == outliers(products)


def test_running_shoe_finder() -> None:
    path = shared("running_shoe_finder/shoes.json")
    rows = json.loads(path.read_text("utf-8"))
    products, report = import_catalogue(path)
    told = counts(report)
    names = [f"{row['brand']} {row['model']} {row['version']}".casefold() for row in rows]
    assert report.total == len(rows) == told[Flaw.MISSING_ID]
    assert len(products) == len(set(names)) == len(rows) - report.refused
    assert told[Flaw.MISSING_IMAGE] == len(rows)


def test_litemall_zh() -> None:
    path = shared("litemall_zh/goods.json")
    rows = json.loads(path.read_text("utf-8"))
    products, report = import_catalogue(path, default_currency="CNY")
    told = counts(report)
    tag = re.compile(r"<[a-z/!][^<>]*>|&[a-z]+;|&#\d+;", re.IGNORECASE)
    read = ("name", "brief", "detail", "keywords", "unit", "goods_sn")
    html = sum(any(tag.search(str(row[column] or "")) for column in read) for row in rows)
    assert told[Flaw.HTML_IN_TEXT] == html
    assert len(products) == report.total == len(rows)
    assert told[Flaw.MISSING_BRAND] == told[Flaw.MISSING_CATEGORY] == len(rows)


def test_dummyjson() -> None:
    path = shared("dummyjson/products.json")
    rows = json.loads(path.read_text("utf-8"))
    products, report = import_catalogue(path)
    told = counts(report)
    assert told[Flaw.MISSING_BRAND] == sum(not row.get("brand") for row in rows)
    out = sum(row["availabilityStatus"] == "Out of Stock" for row in rows)
    assert told[Flaw.OUT_OF_STOCK] == out == sum(p.availability == "out_of_stock" for p in products)
    assert told[Flaw.REPEATED_TITLE] == repeated([row["title"].casefold() for row in rows])
    assert told.get(Flaw.PRICE_OUTLIER, 0) == outliers(products)


def test_tau2_retail() -> None:
    path = shared("tau2_retail/db.json")
    rows: list[dict[str, Any]] = list(json.loads(path.read_text("utf-8"))["products"].values())
    products, report = import_catalogue(path)
    assert [(p.id, p.title) for p in products] == [(r["product_id"], r["name"]) for r in rows]
    for product, row in zip(products, rows, strict=True):
        variants = row["variants"].values()
        assert [v.sku for v in product.variants] == [v["item_id"] for v in variants]
        stocked = [v["price"] for v in variants if v["available"]]
        assert float(product.price) == min(stocked or [v["price"] for v in variants])
        assert (product.availability == "in_stock") == bool(stocked)
        colors = [v["options"].get("color") for v in variants]
        assert [v.color for v in product.variants] == colors
    assert report.refused == 0


def test_chorus_icecat() -> None:
    path = shared("chorus_icecat/products.jsonl.gz")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    products, report = import_catalogue(path)
    told = counts(report)
    fields = report.mapping.fields
    assert (fields["brand"], fields["title"]) == (("supplier",), ("title",))
    assert fields["category"] == ("attr_t_product_type",)
    assert fields["image_url"] == ("img_high",)
    assert len(products) == len(rows)
    assert told[Flaw.MAYBE_CENTS] == len(rows)
    assert told[Flaw.MISSING_DESCRIPTION] == sum(not row.get("short_description") for row in rows)
    assert told[Flaw.REPEATED_TITLE] == repeated([p.title.casefold() for p in products])
    assert found(report, Flaw.MISSING_CATEGORY).count == sum(not p.category for p in products)
    names = Counter(name for product in products for name in product.attributes)
    assert not [name for name in names if name.startswith("attr_")]
    assert names["country_of_origin"] == sum("attr_t_country_of_origin" in row for row in rows)
