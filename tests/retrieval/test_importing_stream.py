"""Streaming: products come one at a time, the report is whole at the end, memory stays bounded."""

from __future__ import annotations

import json
import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import BadCatalogueFile, BadInput
from retrieval.importing import import_catalogue, open_catalogue_file
from retrieval.importing.json_rows import container
from retrieval.importing.names import empty_prefixes, without_prefix
from retrieval.importing.reasons import Reason
from retrieval.importing.seen import Seen


def write_rows(path: Path, count: int, length: int = 300) -> None:
    with path.open("w") as file:
        for number in range(count):
            row = {
                "id": str(number),
                "title": f"Shoe {number}",
                "price": 10 + number % 50,
                "brand": f"Brand {number % 90}",
                "category": f"Shoes > Kind {number % 40}",
                "description": "words-in-a-row-without-a-break " * (length // 31),
            }
            file.write(json.dumps(row) + "\n")


def test_products_come_before_the_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write_rows(path, 5_000)
    told: list[int] = []
    with open_catalogue_file(path, progress=lambda done, whole: told.append(done)) as file:
        products = file.products()
        assert next(products).id == "0"
        assert file.report.total == 1
        assert max(told) < path.stat().st_size / 2
        rest = sum(1 for _ in products)
    assert rest == 4_999
    assert file.report.total == file.report.products == 5_000
    assert told == sorted(told)
    assert told[-1] == path.stat().st_size


def test_an_import_may_be_left_halfway(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write_rows(path, 2_000)
    with open_catalogue_file(path) as file:
        next(file.products())
    path.unlink()


def test_streaming_and_whole_import_agree(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write_rows(path, 1_500)
    with path.open("a") as more:
        more.write('{"id": "3", "title": "Again", "price": 5}\n{broken\n')
    whole, report = import_catalogue(path)
    with open_catalogue_file(path) as file:
        assert list(file.products()) == whole
    assert file.report == report
    assert report.reasons == {Reason.DUPLICATE_ID: 1, Reason.BAD_JSON: 1}


def test_errors_come_at_opening_or_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,title,price\n1,A,0\n")
    with pytest.raises(BadInput, match="currency"):
        open_catalogue_file(path, default_currency="rupee")
    with open_catalogue_file(path) as file, pytest.raises(BadCatalogueFile, match="could be kept"):
        list(file.products())
    assert file.report.refused == 1
    assert file.report.findings
    path.write_text("foo,bar\n1,2\n")
    with pytest.raises(BadCatalogueFile, match="titles"):
        open_catalogue_file(path)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write_rows(path, 4_000, length=10_000)
    assert path.stat().st_size > 35_000_000
    with open_catalogue_file(path) as file:
        products = file.products()
        for _ in range(1_000):
            next(products)
        tracemalloc.start()
        count = sum(1 for _ in products)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert count == 3_000
    # Ids and titles as hashes, prices and rows as numbers: below 150 bytes a row.
    assert peak < 3_000 * 150 + 4_000_000


@given(st.lists(st.text(max_size=5), max_size=200))
def test_seen_is_a_map_of_texts_to_rows(texts: list[str]) -> None:
    seen, plain = Seen(), dict[str, int]()
    for row, text in enumerate(texts, start=1):
        assert seen.get(text) == plain.get(text)
        seen.put(text, row)
        plain[text] = row
    assert len(seen) == len(plain)
    assert all(seen.get(text) == row for text, row in plain.items())


def test_seen_grows(tmp_path: Path) -> None:
    seen = Seen()
    numbers = random.Random(3).sample(range(10**9), 20_000)
    for number in numbers:
        seen.put(str(number), number)
    assert [seen.get(str(number)) for number in numbers] == numbers
    assert seen.get("none") is None


@pytest.mark.parametrize(
    ("start", "path"),
    [
        ('{"products": [', ("products",)),
        ('{"data": {"x": {"items": [1]}, "products": [', ("data", "products")),
        ('{"a": {"products": []}, "items": {"1": {}', ("items",)),
        ('{"products": "none", "results": [', ("results",)),
        ('{"id": 1, "title": "x"}', None),
        ('{"a": "\\"products\\": [", "b', None),
    ],
)
def test_where_the_products_of_a_document_are(start: str, path: tuple[str, ...] | None) -> None:
    assert container(start) == path


def test_prefixes_that_say_nothing() -> None:
    columns = ["id", "name", *(f"p_{kind}_{n}" for kind in "ab" for n in range(10, 20))]
    prefixes = empty_prefixes(columns)
    assert prefixes == ("p_a_", "p_b_", "p_")
    assert without_prefix("p_a_10", prefixes) == "10"
    assert without_prefix("id", prefixes) == "id"
    assert empty_prefixes(["id", "title", "price", "brand"]) == ()
    assert empty_prefixes([f"product_{n}" for n in "abcdefghij"]) == ("product_",)
