"""``/widget.js`` as it is sent, and the demo shop that has it."""

import gzip
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest
from pydantic import SecretStr

from assistant.app import Assistant
from assistant.server import create_http
from assistant.settings import Settings
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex
from ui.demo_shop.texts import texts as shop_texts
from ui.widget.serving import widget_script, widget_texts

LARGEST = 30_000


@pytest.fixture
async def client(assistant: Assistant, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_http(assistant, settings))
    base_url = "http://127.0.0.1:7860"
    async with httpx.AsyncClient(transport=transport, base_url=base_url) as client:
        yield client


@pytest.fixture
async def demo(
    assistant: Assistant, settings: Settings, indexes: IndexFolder, demo_index: CatalogueIndex
) -> AsyncIterator[httpx.AsyncClient]:
    """A server of the demo catalogue."""
    indexes.replace(demo_index)
    shop = settings.model_copy(update={"catalog": "demo"})
    transport = httpx.ASGITransport(create_http(assistant, shop))
    base_url = "http://127.0.0.1:7860"
    async with httpx.AsyncClient(transport=transport, base_url=base_url) as client:
        yield client


# the script -----------------------------------------------------------------------------------


async def test_the_script_is_small_and_packed(client: httpx.AsyncClient) -> None:
    async with client.stream("GET", "/widget.js", headers={"Accept-Encoding": "gzip"}) as answer:
        packed = b"".join([piece async for piece in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(packed) < LARGEST
    plain = await client.get("/widget.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(packed) == plain.content


@pytest.mark.parametrize(
    ("accepts", "packed"),
    [("gzip, deflate, br", True), ("br;q=1.0, GZIP;q=0.8", True), ("*", True), ("", False),
     ("br", False), ("gzip;q=0", False), ("gzip; q=0.0", False), ("identity", False)],
)  # fmt: skip
async def test_it_is_packed_for_who_takes_it(
    client: httpx.AsyncClient, accepts: str, packed: bool
) -> None:
    answer = await client.get("/widget.js", headers={"Accept-Encoding": accepts})
    assert (answer.headers.get("content-encoding") == "gzip") is packed
    assert answer.headers["vary"] == "Accept-Encoding"


async def test_any_shop_may_load_and_keep_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/widget.js")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert re.search(r"public, max-age=\d+", answer.headers["cache-control"])
    tag = answer.headers["etag"]
    for held in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = await client.get("/widget.js", headers={"If-None-Match": held})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == tag
    other = await client.get("/widget.js", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200
    head = await client.head("/widget.js")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == tag


def test_it_has_nothing_that_a_strict_policy_forbids() -> None:
    script = widget_script().plain.decode()
    for forbidden in (
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function",
        'setAttribute("style"', ".cookie", "import(", "srcdoc", "@import", "url(",
    ):  # fmt: skip
        assert forbidden not in script, forbidden
    # It asks its own server alone: no other address stands in it but that of SVG's names.
    assert set(re.findall(r"https?://[^\"'`\s\\]+", script)) == {"http://www.w3.org/2000/svg"}


def shape(texts: Any) -> Any:
    """The names and kinds of texts, without the words."""
    if isinstance(texts, dict):
        return {name: sorted(re.findall(r"\{\w+\}", str(text))) for name, text in texts.items()}
    return texts


def test_every_text_is_there_in_both_languages() -> None:
    texts = widget_texts()
    assert set(texts) == {"en", "zh"}
    fields = [language.pop("fields") for language in texts.values()]
    assert set(fields[0]) <= set(fields[1])
    assert shape(texts["en"]) == shape(texts["zh"])
    assert len(texts["en"]["starters"]) == len(texts["zh"]["starters"])
    assert set(shop_texts("en")) == set(shop_texts("zh"))
    same = {name for name, text in texts["en"].items() if text == texts["zh"][name]}
    assert same == set()


# the demo shop --------------------------------------------------------------------------------


async def test_only_the_demo_catalogue_has_a_demo_shop(
    client: httpx.AsyncClient, demo: httpx.AsyncClient
) -> None:
    assert (await client.get("/shop")).status_code == 404
    assert (await demo.get("/shop")).status_code == 200


async def test_the_demo_shop_shows_what_the_catalogue_holds(demo: httpx.AsyncClient) -> None:
    shelf = await demo.get("/shop", params={"kind": "Hiking shoes"})
    assert "<h1>Hiking shoes</h1>" in shelf.text
    assert shelf.text.count("<li>") == 10
    products = re.findall(r'href="/shop/([\w.-]+)\?lang=en"', shelf.text)
    assert len(products) == 10
    assert (await demo.get("/shop", params={"kind": "Hats"})).status_code == 200
    page = await demo.get(f"/shop/{products[0]}")
    assert "<h1>" in page.text
    assert '<script src="/widget.js" defer data-shop="Northside Shoes"' in page.text
    chinese = await demo.get(f"/shop/{products[0]}", params={"lang": "zh"})
    assert '<html lang="zh-Hans">' in chinese.text
    assert "北街鞋店" in chinese.text
    picture = await demo.get(f"/shop/pictures/{products[0]}.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    for missing in ("/shop/nothing", "/shop/pictures/nothing.svg"):
        answer = await demo.get(missing)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_demo_shopper_is_tried_out_where_everybody_is_believed(
    demo: httpx.AsyncClient, assistant: Assistant, settings: Settings
) -> None:
    anna = await demo.get("/shop", params={"as": "demo-anna"})
    [token] = re.findall(r'data-token="([\w.-]+)"', anna.text)
    assert jwt.decode(token, options={"verify_signature": False}) == {"sub": "demo-anna"}
    assert "lang=en&amp;as=demo-anna" in anna.text
    for somebody in ("", "ann", '"><script>'):
        assert "data-token" not in (await demo.get("/shop", params={"as": somebody})).text
    secret = SecretStr("a secret of the shop, long enough for HS256")
    shop = settings.model_copy(update={"catalog": "demo", "secret": secret})
    transport = httpx.ASGITransport(create_http(assistant, shop))
    async with httpx.AsyncClient(transport=transport, base_url="http://guide.test") as signed:
        page = await signed.get("/shop", params={"as": "demo-anna"})
        assert "demo-anna" not in page.text
        refused = await signed.get("/api/threads/t", headers={"Authorization": f"Bearer {token}"})
        assert refused.status_code == 401


async def test_its_policy_is_strict_and_its_texts_are_escaped(demo: httpx.AsyncClient) -> None:
    for path in ("/shop", "/shop?kind=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"):
        answer = await demo.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "alert(1)" not in answer.text
        assert not re.search(r"\son\w+=|\sstyle=|<style|javascript:", answer.text)
