"""Fixtures that all tests share: a scripted model, a toy embedder, a small catalogue."""

import itertools
import logging
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
from scripted_model import ScriptedModel
from tiny_bert import save_tiny_bert
from tiny_engine import tiny_engine

from assistant.app import Assistant, indexes_folder
from assistant.cli import main
from assistant.database.connection import Database
from assistant.settings import Settings
from retrieval.advice import AdviceBook, load_advice
from retrieval.building import build_index
from retrieval.embedding import HashingEmbedder
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex
from retrieval.product import Product, Variant
from retrieval.words import load_words

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Command = Callable[..., tuple[int, str, str]]
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

_ADVICE = """\
- id: flat-feet
  words:
    en: [flat feet, flat-footed]
    zh: [扁平足]
  trait: true
  field: foot_type
  require: ["arch_support in stability"]
  prefer: ["width in wide"]
  reason:
    en: Many people with flat feet find a shoe with a supported inner side steadier.
    zh: 很多扁平足的人觉得内侧有支撑的鞋更稳。
  source: Common shoe-fitting practice.
"""


def _shoe(
    id: str,
    title: str,
    title_zh: str,
    kind: str,
    price: str,
    *,
    sale: str | None = None,
    support: str = "neutral",
    rating: float = 4.0,
    color: str = "black",
) -> Product:
    return Product(
        id=id,
        title=title,
        title_zh=title_zh,
        brand=title.split(" ")[0],
        category=("Shoes", kind),
        price=Decimal(price),
        currency="USD",
        sale_price=None if sale is None else Decimal(sale),
        rating=rating,
        rating_count=120,
        description=f"A {support} shoe for every day.",
        attributes={"arch_support": support, "width": ["standard", "wide"], "weight_g": 280.0},
        variants=tuple(
            Variant(sku=f"{id}-{color}-{size}", size=size, color=color) for size in ("42", "43")
        ),
    )


@pytest.fixture(scope="session")
def shoes() -> list[Product]:
    """Six shoes of four brands in two categories, priced from 60 to 180 US dollars."""
    return [
        _shoe("nike-structure", "Nike Structure 25", "耐克 支撑跑鞋", "Running shoes", "140",
              sale="110", support="stability", rating=4.5),
        _shoe("nike-pegasus", "Nike Pegasus 41", "耐克 飞马跑鞋", "Running shoes", "130"),
        _shoe("asics-kayano", "Asics Kayano 31", "亚瑟士 稳定跑鞋", "Running shoes", "165",
              support="stability", rating=4.7),
        _shoe("asics-excite", "Asics Excite 10", "亚瑟士 入门跑鞋", "Running shoes", "75",
              support="stability", rating=3.9, color="white"),
        _shoe("lining-wade", "Li-Ning Wade 11", "李宁 篮球鞋", "Basketball shoes", "180"),
        _shoe("anta-kt", "Anta KT 9", "安踏 篮球鞋", "Basketball shoes", "60", color="white"),
    ]  # fmt: skip


@pytest.fixture(scope="session")
def advice(tmp_path_factory: pytest.TempPathFactory) -> AdviceBook:
    """One entry: flat feet want stability."""
    path = tmp_path_factory.mktemp("advice") / "advice.yaml"
    path.write_text(_ADVICE, encoding="utf-8")
    return load_advice(path)


@pytest.fixture(scope="session")
def embedder() -> HashingEmbedder:
    return HashingEmbedder()


@pytest.fixture(scope="session")
def shoes_index(
    shoes: list[Product], advice: AdviceBook, embedder: HashingEmbedder
) -> CatalogueIndex:
    """The six shoes, indexed in memory under the name ``shoes``."""
    return build_index(
        shoes, name="shoes", embedder=embedder, source="tests", now=START, advice=advice
    )


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a shop in an empty folder, whatever the environment says."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"SHOPGUIDE_{name.upper()}", raising=False)
    return Settings(home=tmp_path / "home", catalog="shoes")


@pytest.fixture
def indexes(
    settings: Settings, shoes_index: CatalogueIndex, embedder: HashingEmbedder, tmp_path: Path
) -> IndexFolder:
    """The indexes of that shop on disk: ``shoes``."""
    folder = IndexFolder(indexes_folder(settings), embedder)
    advice_file = tmp_path / "advice.yaml"
    advice_file.write_text(_ADVICE, encoding="utf-8")
    folder.replace(shoes_index, advice_file=advice_file)
    return folder


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    """A model with an empty script; a test that leaves answers unasked for fails."""
    scripted = ScriptedModel()
    yield scripted
    assert not scripted.queue, "The model was not asked for all of its script."


@pytest.fixture
def now() -> Callable[[], datetime]:
    """A time of day that goes on by a minute each time it is asked."""
    minutes = itertools.count()
    return lambda: START + timedelta(minutes=next(minutes))


@pytest.fixture
def new_id() -> Callable[[], str]:
    """Ids ``id-1``, ``id-2``, …"""
    numbers = itertools.count(1)
    return lambda: f"id-{next(numbers)}"


@pytest.fixture
def assistant(
    settings: Settings,
    indexes: IndexFolder,
    model: ScriptedModel,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> Iterator[Assistant]:
    """An assistant of that shop, with the scripted model and clocks that are exact."""
    ticks = itertools.count()
    made = Assistant(
        settings,
        indexes=indexes,
        database=Database(settings.database_url),
        model=model,
        clock=lambda: next(ticks) / 1000,
        now=now,
        new_id=new_id,
    )
    yield made
    made.close()


@pytest.fixture(scope="session")
def demo_index(embedder: HashingEmbedder) -> CatalogueIndex:
    """The demo shop, with its words and advice, over toy vectors."""
    folder = Path(__file__).parent.parent / "retrieval" / "demo"
    lines = (folder / "products.jsonl").read_text(encoding="utf-8").splitlines()
    return build_index(
        [Product.model_validate_json(line) for line in lines],
        name="demo",
        embedder=embedder,
        source="tests",
        now=START,
        words=load_words(folder / "words.yaml"),
        advice=load_advice(folder / "advice.yaml"),
    )


@pytest.fixture(scope="session")
def demo_folder(
    tmp_path_factory: pytest.TempPathFactory,
    demo_index: CatalogueIndex,
    embedder: HashingEmbedder,
) -> IndexFolder:
    """The demo shop's index on disk, for tests that change nothing of it."""
    folder = IndexFolder(tmp_path_factory.mktemp("demo") / "catalogs", embedder)
    demo = Path(__file__).parent.parent / "retrieval" / "demo"
    folder.replace(demo_index, words_file=demo / "words.yaml", advice_file=demo / "advice.yaml")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Chromium without a window."""
    # Most tests open no page, and Playwright is slow to import.
    from evals.browser import NoBrowser, opened_browser

    try:
        with opened_browser() as started:
            yield started
    except NoBrowser:
        pytest.skip("no Chromium on the PATH")


@pytest.fixture
def tiny() -> Iterator[str]:
    """The URL of an engine that answers the same to everybody."""
    with tiny_engine() as url:
        yield url


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an embedding model that loads at once."""
    return save_tiny_bert(tmp_path_factory.mktemp("models"))


@pytest.fixture
def command(
    settings: Settings,
    embedder: HashingEmbedder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Command]:
    """Runs a command in this process, in the shop of the ``settings`` fixture."""
    monkeypatch.setenv("SHOPGUIDE_HOME", str(settings.home))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    # The only part that would fetch weights.
    for module in ("shop", "eval"):
        name = f"assistant.commands.{module}.ready_embedder"
        monkeypatch.setattr(name, lambda settings, steps: embedder)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def call(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    yield call
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
