"""The shop changes its catalogue over HTTP: who may, what is checked, what is found after."""

import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import structlog
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from served import served

from assistant.app import Assistant, indexes_folder
from assistant.folding import Folding
from assistant.http.gate import API_LIMIT, SHOP_LIMIT
from assistant.identity import Shoppers
from assistant.server import create_http
from assistant.settings import Settings
from retrieval.embedding import HashingEmbedder
from retrieval.errors import BadInput, IndexNotWritten
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex, as_json
from retrieval.product import Product
from retrieval.single_product import clean_product

SECRET = "a secret of the shop, long enough for HS256"


def product(id: str = "new-1", **fields: Any) -> dict[str, Any]:
    return {"id": id, "title": "Trail Runner", "price": 80, "currency": "USD", **fields}


def client_of(http: FastAPI, base_url: str = "http://127.0.0.1:7860") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(http, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=base_url)


def token(role: str | None) -> dict[str, str]:
    made = Shoppers(SECRET).token("ann", now=datetime.now(UTC), lasts=timedelta(hours=1), role=role)
    return {"Authorization": f"Bearer {made}"}


def check_problem(answer: httpx.Response, status: int, field: str | None = None) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem.get("field") == field, answer.text
    assert "Traceback" not in answer.text
    return problem


@pytest.fixture
async def client(assistant: Assistant, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_http(assistant, settings)) as client:
        yield client


@pytest.fixture
async def signed(assistant: Assistant, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A server with a secret."""
    shop = settings.model_copy(update={"secret": SecretStr(SECRET)})
    async with client_of(create_http(assistant, shop), "http://shop.test") as client:
        yield client


async def put(client: httpx.AsyncClient, *products: dict[str, Any]) -> httpx.Response:
    return await client.put("/api/products", json={"products": products})


async def found(client: httpx.AsyncClient, query: str = "", *where: Any, k: int = 100) -> list[str]:
    conditions = [dict(zip(("field", "op", "value"), each, strict=True)) for each in where]
    body = {"query": query, "where": conditions, "k": k}
    answer = await client.post("/api/search", json=body)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["products"]]


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < ends, "it did not happen within 10 seconds"
        time.sleep(0.01)


# what a change does --------------------------------------------------------------------------


async def test_put_adds_and_changes(client: httpx.AsyncClient) -> None:
    sent = [product(brand="Acme"), product("anta-kt", title="Anta KT 9 basketball", price=55.5)]
    answer = (await put(client, *sent)).json()
    assert (answer["added"], answer["changed"], answer["removed"]) == (1, 1, 0)
    assert answer["count"] == 7
    assert [each["id"] for each in answer["products"]] == ["new-1", "anta-kt"]
    assert answer["mended"] == []
    assert (await found(client, "trail runner"))[0] == "new-1"
    assert await found(client, "", ("price", "=", 55.5)) == ["anta-kt"]
    kept = (await client.get("/api/products/anta-kt")).json()
    assert kept == answer["products"][1]
    assert "rating" not in kept


async def test_patch_changes_price_and_stock(client: httpx.AsyncClient) -> None:
    path = "/api/products/nike-pegasus"
    before = (await client.get(path)).json()
    answer = (await client.patch(path, json={"sale_price": 99.95})).json()
    assert (answer["added"], answer["changed"], answer["count"]) == (0, 1, 6)
    assert answer["products"] == [{**before, "sale_price": 99.95}]
    assert await found(client, "", ("price", "=", 99.95)) == ["nike-pegasus"]
    answer = (await client.patch(path, json={"sale_price": None, "price": 120})).json()
    assert answer["products"] == [{**before, "price": 120.0}]

    one = {"variants": [{"sku": "nike-pegasus-black-42", "availability": "out_of_stock"}]}
    assert (await client.patch(path, json=one)).json()["products"][0]["availability"] == "in_stock"
    size = ("size", "=", "42"), ("in_stock", "=", True)
    assert "nike-pegasus" not in await found(client, "", *size)
    other = {"variants": [{"sku": "nike-pegasus-black-43", "availability": "out_of_stock"}]}
    sold = (await client.patch(path, json=other)).json()["products"][0]
    assert sold["availability"] == "out_of_stock"
    back = {"sku": "nike-pegasus-black-42", "availability": "in_stock", "price": 119}
    now = (await client.patch(path, json={"variants": [back]})).json()["products"][0]
    assert now["availability"] == "in_stock"
    assert now["variants"][0] == {
        "sku": back["sku"], "size": "42", "color": "black", "price": 119.0,
        "availability": "in_stock",
    }  # fmt: skip
    assert "nike-pegasus" in await found(client, "", *size)
    stated = {**other, "availability": "preorder"}
    assert (await client.patch(path, json=stated)).json()["products"][0]["availability"] == (
        "preorder"
    )


async def test_delete_takes_out(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/api/products/anta-kt")
    assert answer.json() == {
        "added": 0, "changed": 0, "removed": 1, "products": [], "mended": [], "count": 5,
    }  # fmt: skip
    assert "anta-kt" not in await found(client)
    check_problem(await client.get("/api/products/anta-kt"), 404)
    check_problem(await client.delete("/api/products/anta-kt"), 404)
    for id in await found(client):
        assert (await client.delete(f"/api/products/{id}")).status_code == 200
    assert await found(client, "shoe") == []
    assert (await put(client, product())).json()["count"] == 1


async def test_an_id_may_have_slashes_and_letters_of_any_script(client: httpx.AsyncClient) -> None:
    for id in ("a/b c", "鞋-1", "x?y#z", "%41"):
        assert (await put(client, product(id))).json()["added"] == 1, id
        path = httpx.URL("http://127.0.0.1:7860").copy_with(
            raw_path=b"/api/products/" + "".join(f"%{b:02x}" for b in id.encode()).encode()
        )
        assert (await client.patch(path, json={"price": 9})).json()["products"][0]["id"] == id
        assert (await client.delete(path)).json()["removed"] == 1


async def test_a_catalogue_by_its_name(client: httpx.AsyncClient) -> None:
    body = {"products": [product()], "catalog": "shoes"}
    assert (await client.put("/api/products", json=body)).json()["count"] == 7
    path = "/api/products/new-1?catalog="
    assert (await client.patch(f"{path}shoes", json={"price": 9})).status_code == 200
    for name, status in (("none", 404), ("../x", 422)):
        named = {**body, "catalog": name}
        check_problem(await client.put("/api/products", json=named), status, "catalog")
        check_problem(await client.patch(path + name, json={"price": 9}), status, "catalog")
        check_problem(await client.delete(path + name), status, "catalog")
    assert (await client.delete(f"{path}shoes")).status_code == 200


# what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "products"),
        ({"products": []}, "products"),
        ({"products": {}}, "products"),
        ({"products": [7]}, "products.0"),
        ({"products": [product(f"p{n}") for n in range(501)]}, "products"),
        ({"products": [product()], "more": 1}, "more"),
        ({"products": [product(colour="red")]}, "products.0.colour"),
        ({"products": [product(), product("b", price=-1)]}, "products.1.price"),
        ({"products": [product(), product("b", price=0)]}, "products.1.price"),
        ({"products": [product(price="much")]}, "products.0.price"),
        ({"products": [product(price=1e13)]}, "products.0.price"),
        ({"products": [product(price=1.23456)]}, "products.0.price"),
        ({"products": [product(currency="EUR")]}, "products.0.currency"),
        ({"products": [product(currency="dollars")]}, "products.0.currency"),
        ({"products": [product(title="")]}, "products.0.title"),
        ({"products": [product(title="x" * 501)]}, "products.0.title"),
        ({"products": [product(title="\u200b\u202e")]}, "products.0.title"),
        ({"products": [product(title="<script>x()</script>")]}, "products.0.title"),
        ({"products": [product(title="=HYPERLINK(1)")]}, "products.0.title"),
        ({"products": [product("")]}, "products.0.id"),
        ({"products": [product("a\u202eb")]}, "products.0.id"),
        ({"products": [product("<b>x</b>")]}, "products.0.id"),
        ({"products": [product("\u200b")]}, "products.0.id"),
        ({"products": [product("a"), product("b"), product("a")]}, "products.2.id"),
        ({"products": [product(availability="soon")]}, "products.0.availability"),
        ({"products": [product(rating=6)]}, "products.0.rating"),
        ({"products": [product(attributes={"x": {}})]}, "products.0.attributes.x"),
        ({"products": [product(variants=[{"size": "42"}])]}, "products.0.variants.0.sku"),
        (
            {"products": [product(variants=[{"sku": str(n)} for n in range(1_001)])]},
            "products.0.variants",
        ),
    ],
)
async def test_a_bad_product_names_its_field_and_nothing_is_put_in(
    client: httpx.AsyncClient, body: Any, field: str
) -> None:
    check_problem(await client.put("/api/products", json=body), 422, field)
    assert len(await found(client)) == 6


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ([], "body"),
        ({"price": 0}, "price"),
        ({"price": None}, "price"),
        ({"price": "NaN"}, "price"),
        ({"sale_price": -1}, "sale_price"),
        ({"sale_price": 141}, "sale_price"),
        ({"price": 100}, "sale_price"),
        ({"availability": None}, "availability"),
        ({"availability": "soon"}, "availability"),
        ({"title": "Another"}, "title"),
        ({"description": "<b>"}, "description"),
        ({"variants": [{"sku": "none", "price": 5}]}, "variants.0.sku"),
        ({"variants": [{"sku": "nike-structure-black-42", "price": 0}]}, "variants.0.price"),
        ({"variants": [{"sku": "nike-structure-black-42", "size": "9"}]}, "variants.0.size"),
    ],
)
async def test_a_bad_patch_names_its_field(
    client: httpx.AsyncClient, body: Any, field: str
) -> None:
    path = "/api/products/nike-structure"
    before = (await client.get(path)).json()
    check_problem(await client.patch(path, json=body), 422, field)
    assert (await client.get(path)).json() == before


async def test_an_unknown_product_cannot_be_patched(client: httpx.AsyncClient) -> None:
    check_problem(await client.patch("/api/products/none", json={"price": 5}), 404)


async def test_bodies_are_bounded(signed: httpx.AsyncClient) -> None:
    shop, shopper = token("shop"), token(None)
    many = [product(f"p{n}", description="long " * 400) for n in range(400)]
    body = json.dumps({"products": many}).encode()
    assert API_LIMIT < len(body) < SHOP_LIMIT
    headers = {"Content-Type": "application/json"}
    answer = await signed.put("/api/products", content=body, headers={**headers, **shop})
    assert answer.json()["added"] == 400
    answer = await signed.put("/api/products", content=body, headers={**headers, **shopper})
    check_problem(answer, 403)
    huge = b" " * (SHOP_LIMIT + 1)
    answer = await signed.put("/api/products", content=huge, headers={**headers, **shop})
    check_problem(answer, 413)
    for content in (b"{", b"[" * 100_000, b'{"products": "\xff"}'):
        answer = await signed.put("/api/products", content=content, headers={**headers, **shop})
        assert answer.status_code == 400


# what is cleaned -----------------------------------------------------------------------------


async def test_texts_and_links_are_cleaned_as_in_a_file(client: httpx.AsyncClient) -> None:
    hostile = product(
        title="Trail <b>Runner</b><script>alert(1)</script>",
        brand="Ac\u200bme",
        description="<p>Light.</p><img src=x onerror=alert(1)>&lt;script&gt;x()&lt;/script&gt;Dry.",
        category=["Shoes", "<i>Trail</i>"],
        image_url="javascript:alert(1)",
        url="http://127.0.0.1/admin",
        rating=0,
        sale_price=90,
        attributes={"fit<b>": "<em>wide</em>", "link": "file:///etc/passwd", "weight_g": 250},
        variants=[{"sku": "s-1", "size": "<u>42</u>", "availability": "out_of_stock"}],
    )
    answer = (await put(client, hostile)).json()
    kept = answer["products"][0]
    assert kept == {
        "id": "new-1", "title": "Trail Runner", "brand": "Acme", "category": ["Shoes", "Trail"],
        "price": 80.0, "currency": "USD", "availability": "out_of_stock",
        "description": "Light. Dry.", "attributes": {"fit": "wide", "weight_g": 250.0},
        "variants": [{"sku": "s-1", "size": "42", "availability": "out_of_stock"}],
    }  # fmt: skip
    told = {(each["id"], each["field"]) for each in answer["mended"]}
    for field in ("title", "brand", "image_url", "url", "sale_price", "link"):
        assert ("new-1", field) in told
    assert (await client.get("/api/products/new-1")).json() == kept


TEXTS = st.text(max_size=60) | st.sampled_from(
    ["<b>bold</b>", "<script>x()", "a &amp;lt;b&gt;", "=1+1", "\u202eabc", "https://a.example/x"]
)


@given(
    title=TEXTS.filter(bool),
    description=TEXTS,
    attributes=st.dictionaries(TEXTS, TEXTS | st.floats() | st.booleans(), max_size=4),
    price=st.decimals("0.01", "9999999", places=2),
)
def test_a_clean_product_stays_as_it_is(
    title: str, description: str, attributes: dict[str, Any], price: Decimal
) -> None:
    try:
        sent = Product(
            id="a", title=title, description=description, attributes=attributes, price=price,
            currency="USD",
        )  # fmt: skip
        clean, _ = clean_product(sent, "USD")
    except (BadInput, ValueError):
        return
    assert clean.price == price
    assert "<script" not in clean.model_dump_json().casefold()
    again, remarks = clean_product(clean, "USD")
    assert again == clean
    assert remarks == []


async def test_every_product_of_a_shop_can_be_put_back(client: httpx.AsyncClient) -> None:
    everything = (await client.post("/api/search", json={"k": 100})).json()["products"]
    for each in everything:
        del each["score"]
    answer = (await put(client, *everything)).json()
    assert answer["products"] == everything
    assert (answer["changed"], answer["mended"]) == (6, [])


# who may -------------------------------------------------------------------------------------


async def everything_that_changes(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> list[httpx.Response]:
    return [
        await client.put("/api/products", json={"products": [product()]}, headers=headers),
        await client.patch("/api/products/anta-kt", json={"price": 50}, headers=headers),
        await client.delete("/api/products/anta-kt", headers=headers),
    ]


async def test_only_the_shop_changes_its_catalogue(signed: httpx.AsyncClient) -> None:
    for role in (None, "shopper", "Shop", "admin"):
        for answer in await everything_that_changes(signed, token(role)):
            assert "shop" in check_problem(answer, 403)["detail"]
    expires = datetime.now(UTC) + timedelta(hours=1)
    claims = {"sub": "ann", "exp": expires, "role": ["shop"]}
    listed = {"Authorization": f"Bearer {jwt.encode(claims, SECRET, algorithm='HS256')}"}
    for answer in await everything_that_changes(signed, listed):
        check_problem(answer, 403)
    for headers in ({}, {"Authorization": "Bearer x"}):
        for answer in await everything_that_changes(signed, headers):
            check_problem(answer, 401)
    kept = await signed.get("/api/products/anta-kt", headers=token(None))
    assert kept.json()["price"] == 60.0
    for answer in await everything_that_changes(signed, token("shop")):
        assert answer.status_code == 200, answer.text
    # A path that no route has is closed all the same, before anything of it is read.
    check_problem(await signed.post("/api/products/x", json={}, headers=token(None)), 403)


async def test_pages_of_other_sites_change_nothing(client: httpx.AsyncClient) -> None:
    for origin in ("https://evil.test", "null", "http://127.0.0.1:9999", "http://localhost:7860"):
        for answer in await everything_that_changes(client, {"Origin": origin}):
            check_problem(answer, 403)
        asked = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
        before = await client.options("/api/products", headers=asked)
        assert not [name for name in before.headers if name.startswith("access-control")]
        assert before.status_code == 403
    for answer in await everything_that_changes(client, {"Host": "evil.test"}):
        check_problem(answer, 403)
    assert len(await found(client)) == 6
    for answer in await everything_that_changes(client, {"Origin": "http://127.0.0.1:7860"}):
        assert answer.status_code == 200


# search, as INTERFACES.md has it -------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        (("price", "=", 110), {"nike-structure"}),
        (("price", "!=", 110), {"nike-pegasus", "asics-kayano", "asics-excite", "lining-wade",
                                "anta-kt"}),
        (("price", "<", 75), {"anta-kt"}),
        (("price", "<=", 75), {"anta-kt", "asics-excite"}),
        (("price", ">", 165), {"lining-wade"}),
        (("price", ">=", 165), {"lining-wade", "asics-kayano"}),
        (("brand", "in", ["nike", "Anta"]), {"nike-structure", "nike-pegasus", "anta-kt"}),
        (("brand", "not_in", ["Nike", "Asics", "Anta"]), {"lining-wade"}),
        (("title", "contains", "kayano"), {"asics-kayano"}),
        (("color", "=", "white"), {"asics-excite", "anta-kt"}),
        (("arch_support", "=", "stability"), {"nike-structure", "asics-kayano", "asics-excite"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("query", ["", "shoe"])
async def test_search_takes_every_operator(
    client: httpx.AsyncClient, condition: tuple[str, str, Any], ids: set[str], query: str
) -> None:
    assert set(await found(client, query, condition)) == ids
    assert len(await found(client, query, condition, k=1)) == 1


# folding and metrics -------------------------------------------------------------------------


@pytest.fixture
def small(
    settings: Settings, shoes_index: CatalogueIndex, embedder: HashingEmbedder
) -> IndexFolder:
    """The shop's indexes, which are to be folded after three rows."""
    folder = IndexFolder(indexes_folder(settings), embedder, most_added=3)
    folder.replace(shoes_index)
    return folder


@pytest.fixture
def live(assistant: Assistant, settings: Settings, small: IndexFolder) -> Iterator[str]:
    """The address of a real server that folds after three rows."""
    assistant.indexes = small
    with served(create_http(assistant, settings)) as url:
        yield url
    assert not [each for each in threading.enumerate() if each.name.startswith("fold")]


def test_many_change_at_once_and_nothing_is_lost(live: str, small: IndexFolder) -> None:
    version = small.current_version("shoes")

    def change(number: int) -> None:
        body = {"products": [product(f"n-{number}", price=number + 1)]}
        httpx.put(f"{live}/api/products", json=body).raise_for_status()
        patch = {"price": 100 + number} if number % 2 else {"availability": "preorder"}
        httpx.patch(f"{live}/api/products/anta-kt", json=patch).raise_for_status()
        answer = httpx.post(f"{live}/api/search", json={"query": "trail", "k": 100})
        assert f"n-{number}" in {each["id"] for each in answer.json()["products"]}

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(change, range(24)))
    until(lambda: small.current_version("shoes") != version)
    kept = httpx.get(f"{live}/api/products/anta-kt").json()
    # Of two changes at once, neither was written over by the other.
    assert kept["availability"] == "preorder"
    assert kept["price"] > 100
    assert len(small.open("shoes")) == 30
    until(lambda: not small.fold_due("shoes"))


def test_metrics_tell_search_time_and_size(live: str, small: IndexFolder) -> None:
    httpx.post(f"{live}/api/search", json={"query": "trail"}).raise_for_status()
    httpx.post(f"{live}/api/search", json={"where": [{"field": "x", "op": "=", "value": 1}]})
    httpx.put(f"{live}/api/products", json={"products": [product()]}).raise_for_status()
    metrics = httpx.get(f"{live}/metrics").text
    assert 'shopguide_search_seconds_count{catalog="shoes"} 1.0' in metrics
    assert 'shopguide_products{catalog="shoes"} 7.0' in metrics
    assert 'shopguide_rows_added{catalog="shoes"} 1.0' in metrics
    for number in range(4):
        httpx.put(f"{live}/api/products", json={"products": [product(f"n-{number}")]})

    until(lambda: not small.fold_due("shoes"))

    def told() -> bool:
        index = small.open("shoes")
        added = index.columns.size - index.manifest.rows
        text = httpx.get(f"{live}/metrics").text
        return added < 4 and f'shopguide_rows_added{{catalog="shoes"}} {added}.0' in text

    until(told)
    assert len(small.open("shoes")) == 11


class FullDisk(IndexFolder):
    """A disk that has no room for a new version, and counts how often one was tried."""

    tried = 0

    def fold(self, name: str) -> CatalogueIndex:
        self.tried += 1
        raise IndexNotWritten("The disk is full.")


def test_a_fold_that_fails_is_logged_and_not_tried_at_once_again(
    settings: Settings, shoes_index: CatalogueIndex, shoes: list[Product]
) -> None:
    folder = FullDisk(indexes_folder(settings), HashingEmbedder(), most_added=0)
    folder.replace(shoes_index)
    time_now = [0.0]
    folding = Folding(folder, clock=lambda: time_now[0], retry_seconds=60)
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            folder.change("shoes", upserts=shoes[:1])
            folding.after_change("shoes")
            until(lambda: bool(logs))
        assert folder.tried == 1
        time_now[0] = 61.0
        until(lambda: folding.after_change("shoes") or folder.tried == 2)
        folding.close()
        folding.after_change("shoes")
    assert folder.tried == 2
    assert {log["event"] for log in logs} <= {"fold_failed", "waiting_for_fold"}
    assert logs[0]["why"] == "The disk is full."
    assert folder.open("shoes").get(shoes[0].id) == shoes[0]


def test_a_product_as_json_is_one_that_can_be_put(shoes: list[Product], tmp_path: Path) -> None:
    assert [clean_product(Product.model_validate(as_json(each)), "USD")[0] for each in shoes] == (
        shoes
    )
