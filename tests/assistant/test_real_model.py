"""Whole turns with the default model on the demo shop: what must hold whatever it says."""

import os
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import platformdirs
import pytest
import pytest_asyncio

from assistant.app import Assistant, indexes_folder
from assistant.database.connection import Database
from assistant.llm.client import OpenAIChatModel
from assistant.llm.local import LocalServer
from assistant.llm.weights import model_path
from assistant.reply import Reply
from assistant.settings import Settings
from retrieval.catalogues import open_catalogue
from retrieval.embedding import HashingEmbedder
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex
from retrieval.text import has_cjk

pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    cache = Path(os.environ.get("SHOPGUIDE_HOME") or platformdirs.user_cache_path("shopguide"))
    weights = model_path(cache / "weights")
    if not weights.is_file():
        pytest.skip("the default weights are not here: shopguide llm fetch")
    with LocalServer(weights, tmp_path_factory.mktemp("llm") / "llama.log") as server:
        yield server.url


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, IndexFolder]:
    """The demo shop under toy vectors: what must hold does not hang on the ranking."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), catalog="demo", llm_timeout=300)
    embedder = HashingEmbedder()
    folder = IndexFolder(indexes_folder(settings), embedder)
    open_catalogue(folder, "demo", embedder=embedder, now=datetime.now(UTC))
    return settings, folder


@pytest_asyncio.fixture
async def real(url: str, demo: tuple[Settings, IndexFolder]) -> AsyncIterator[Assistant]:
    settings, folder = demo
    model = OpenAIChatModel(url, timeout=300)
    database = Database(settings.database_url)
    made = Assistant(settings, indexes=folder, database=database, model=model)
    yield made
    made.close()
    await model.aclose()


def check_grounded(reply: Reply, index: CatalogueIndex) -> None:
    """Every product is cited, every citation resolves, every price is the record's."""
    cited = set()
    for citation in reply.citations:
        kind, _, rest = citation.source.partition(":")
        id, _, field = rest.partition("#")
        if kind == "advice":
            assert index.advice.get(id) is not None
        else:
            assert kind == "product"
            product = index.get(id)
            cited.add(id)
            if field == "price":
                assert float(citation.value) == float(product.price)
            elif field == "sale_price":
                assert float(citation.value) == float(product.effective_price)
    for offered in reply.products:
        assert offered.id in cited
        assert offered.price == float(index.get(offered.id).effective_price)


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("Which running shoe under $120 is best for flat feet?", "en"),
        ("扁平足跑步鞋,预算120美元以内,哪款最好?", "zh"),
    ],
)
async def test_flat_feet_under_120(
    real: Assistant, demo: tuple[Settings, IndexFolder], message: str, language: str
) -> None:
    index = demo[1].open("demo")
    thread = uuid.uuid4().hex
    reply = await real.reply(message, shopper_id="ann", thread_id=thread)
    assert reply.intent == "recommend"
    assert reply.language == language
    assert has_cjk(reply.text) == (language == "zh")
    assert reply.products
    assert all(product.price <= 120 for product in reply.products)
    assert reply.usage.llm_calls <= 3
    assert reply.pick == reply.products[0].id
    for offered in reply.products:
        support = set(index.get(offered.id).values("arch_support"))
        assert support & {"stability", "motion control"}
    check_grounded(reply, index)
    again = await real.reply(
        "and under $105?" if language == "en" else "105美元以内呢？",
        shopper_id="ann",
        thread_id=thread,
    )
    must = {(wish.field, wish.op, wish.value) for wish in again.need.must}
    assert ("need", "=", "flat-feet") in must
    assert ("price", "<=", 105.0) in must
    assert ("price", "<=", 120.0) not in must
    assert all(product.price <= 105 for product in again.products)
    check_grounded(again, index)


@pytest.mark.parametrize("message", ["do you sell laptops?", "你们卖笔记本电脑吗？"])
async def test_laptops_are_not_sold(real: Assistant, message: str) -> None:
    reply = await real.reply(message, shopper_id="ann")
    assert reply.intent == "not_in_catalogue"
    assert reply.products == []
    assert "not sell" in reply.text or "不卖" in reply.text


@pytest.mark.parametrize(
    "message", ["我想买一双好穿的运动鞋", "the lightest running shoe that is not Nike"]
)
async def test_no_wish_is_invented(
    real: Assistant, demo: tuple[Settings, IndexFolder], message: str
) -> None:
    reply = await real.reply(message, shopper_id="bob")
    for wish in reply.need.wishes():
        assert wish.quote in message
        assert wish.field != "price"
    assert not [w for w in reply.need.must if w.field == "brand"]
    assert "Nike" not in {demo[1].open("demo").get(p.id).brand for p in reply.products} or (
        "Nike" not in message
    )
    check_grounded(reply, demo[1].open("demo"))
