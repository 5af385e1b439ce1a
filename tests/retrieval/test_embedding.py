"""Embedding models by setting, over a tiny real model that is made here, and the default one."""

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.app import default_embedder
from assistant.settings import Settings
from retrieval.building import build_index
from retrieval.embedding_prompts import Prompts, prompts_of
from retrieval.embedding_source import embedding_source
from retrieval.embedding_weights import EMBEDDING_MODEL, embedding_path
from retrieval.errors import BadInput, DownloadFailed, IndexBroken
from retrieval.fingerprint import fingerprint, model_files
from retrieval.folder import IndexFolder
from retrieval.hub_model import fetch_from_hub
from retrieval.product import Product
from retrieval.sentence_embedder import SentenceEmbedder

TEXTS = ["red shoe", "blue boot warm light", "warm", "light red boot"]


@pytest.fixture
def model(tiny_bert: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model that a test may change."""
    return Path(shutil.copytree(tiny_bert, tmp_path / "tiny"))


def embedder(folder: Path, cache: Path, **more: Any) -> SentenceEmbedder:
    return SentenceEmbedder(embedding_source(str(folder), cache), **more)


def ship(folder: Path, prompts: dict[str, str]) -> None:
    path = folder / "config_sentence_transformers.json"
    held = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**held, "prompts": prompts}), "utf-8")


class TestVectors:
    def test_they_are_those_of_the_library(self, tiny_bert: Path, tmp_path: Path) -> None:
        from sentence_transformers import SentenceTransformer

        plain = SentenceTransformer(str(tiny_bert), device="cpu").encode(
            TEXTS, normalize_embeddings=True, show_progress_bar=False
        )
        ours = embedder(tiny_bert, tmp_path)
        assert ours.dimensions == 16
        assert ours.documents(TEXTS) == pytest.approx(plain, abs=1e-5)
        assert ours.query(TEXTS[1]) == pytest.approx(plain[1], abs=1e-5)

    def test_many_keep_their_order(self, tiny_bert: Path, tmp_path: Path) -> None:
        ours = embedder(tiny_bert, tmp_path)
        many = [f"{TEXTS[i % 4]} {'warm ' * (i % 7)}" for i in range(100)]
        vectors = ours.documents(many)
        assert vectors.dtype == np.float32
        for row in (0, 41, 99):
            assert vectors[row] == pytest.approx(ours.documents([many[row]])[0], abs=1e-5)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(100), abs=1e-5)

    def test_none_at_all(self, tiny_bert: Path, tmp_path: Path) -> None:
        assert embedder(tiny_bert, tmp_path).documents([]).shape == (0, 16)

    def test_threads_may_ask_at_once(self, tiny_bert: Path, tmp_path: Path) -> None:
        alone = [embedder(tiny_bert, tmp_path).query(text) for text in TEXTS]
        ours = embedder(tiny_bert, tmp_path)
        found: dict[int, Any] = {}

        def ask(number: int) -> None:
            found[number] = [ours.query(text) for text in TEXTS * 5]

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        ours.documents(TEXTS * 40)
        for thread in threads:
            thread.join()
        for answers in found.values():
            assert np.stack(answers) == pytest.approx(np.stack(alone * 5), abs=1e-5)
        assert len(found) == 4

    def test_a_query_that_is_asked_again_is_not_embedded_again(
        self, tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ours = embedder(tiny_bert, tmp_path)
        first = ours.query("red shoe")
        assert ours.query("red") != pytest.approx(first)
        with pytest.raises(ValueError, match="read-only"):
            first[0] = 1.0  # it is others' too
        monkeypatch.setattr(ours, "_ready", lambda: pytest.fail("it embeds"))
        assert ours.query("red shoe") is first
        assert "red" not in repr(ours._queries), "of what shoppers ask nothing stays"

    def test_texts_are_cut_at_the_tokens_asked_for(self, tiny_bert: Path, tmp_path: Path) -> None:
        short = embedder(tiny_bert, tmp_path, max_tokens=4)
        assert short.query("red shoe warm light") == pytest.approx(short.query("red shoe"))
        # The model itself takes 32 tokens.
        long = embedder(tiny_bert, tmp_path, max_tokens=500)
        assert long.query("red " * 400) == pytest.approx(long.query("red " * 30), abs=1e-5)


class TestPrompts:
    def test_what_the_model_ships(self, model: Path, tmp_path: Path) -> None:
        plain = embedder(model, tmp_path, query_prompt="", document_prompt="")
        ship(model, {"query": "query : ", "passage": "passage : "})
        ours = embedder(model, tmp_path)
        assert ours.prompts == Prompts("query : ", "passage : ")
        assert ours.query("red shoe") == pytest.approx(plain.query("query : red shoe"), abs=1e-5)
        assert ours.documents(["red shoe"]) == pytest.approx(
            plain.documents(["passage : red shoe"]), abs=1e-5
        )

    def test_what_the_shop_sets_comes_first(self, model: Path, tmp_path: Path) -> None:
        ship(model, {"query": "query : ", "document": "passage : "})
        ours = embedder(model, tmp_path, query_prompt="", document_prompt="warm ")
        assert ours.prompts == Prompts("", "warm ")

    @pytest.mark.parametrize(
        ("label", "query", "document"),
        [
            ("intfloat/multilingual-e5-small", "query: ", "passage: "),
            ("intfloat/multilingual-e5-large-instruct", "Instruct: ", ""),
            ("BAAI/bge-small-en-v1.5", "Represent this sentence", ""),
            ("BAAI/bge-base-zh-v1.5", "为这个句子", ""),
            ("Snowflake/snowflake-arctic-embed-m-v2.0", "query: ", ""),
            ("nomic-ai/nomic-embed-text-v1.5", "search_query: ", "search_document: "),
            ("BAAI/bge-m3", "", ""),
            ("all-MiniLM-L6-v2", "", ""),
        ],
    )
    def test_what_its_family_wants(
        self, tmp_path: Path, label: str, query: str, document: str
    ) -> None:
        prompts = prompts_of(tmp_path, label)
        assert prompts.query.startswith(query)
        assert bool(prompts.query) == bool(query)
        assert prompts.document == document

    def test_empty_ones_that_saving_wrote_say_nothing(self, model: Path) -> None:
        ship(model, {"query": "", "document": ""})
        assert prompts_of(model, "my-e5-base-shoes") == Prompts("query: ", "passage: ")

    def test_the_family_by_what_the_model_calls_itself(self, model: Path) -> None:
        path = model / "config.json"
        held = json.loads(path.read_text("utf-8"))
        path.write_text(json.dumps({**held, "_name_or_path": "intfloat/e5-base-v2"}), "utf-8")
        assert prompts_of(model, "shoes").document == "passage: "


class TestName:
    def test_it_has_the_hash_of_the_weights(self, tiny_bert: Path, tmp_path: Path) -> None:
        digest = hashlib.sha256((tiny_bert / "model.safetensors").read_bytes()).hexdigest()
        assert f"tiny@{digest[:12]} " in embedder(tiny_bert, tmp_path).name

    @pytest.mark.parametrize(
        "file", ["model.safetensors", "tokenizer.json", "1_Pooling/config.json"]
    )
    def test_one_changed_byte_changes_it(self, model: Path, tmp_path: Path, file: str) -> None:
        before = embedder(model, tmp_path).name
        data = bytearray((model / file).read_bytes())
        data[-2] ^= 1
        (model / file).write_bytes(data)
        assert embedder(model, tmp_path).name != before

    def test_what_is_beside_the_model_does_not(self, model: Path, tmp_path: Path) -> None:
        before = embedder(model, tmp_path).name
        (model / "README.md").write_text("A model.", "utf-8")
        (model / "onnx").mkdir()
        (model / "onnx" / "config.json").write_text("{}", "utf-8")
        (model / "pytorch_model.bin").write_bytes(b"the same weights")
        assert embedder(model, tmp_path).name == before

    def test_prompts_and_tokens_are_part_of_it(self, tiny_bert: Path, tmp_path: Path) -> None:
        names = {
            embedder(tiny_bert, tmp_path, **more).name
            for more in ({}, {"query_prompt": "query: "}, {"document_prompt": "query: "},
                         {"max_tokens": 64})
        }  # fmt: skip
        assert len(names) == 4

    def test_hashes_are_computed_once(self, model: Path, tmp_path: Path) -> None:
        cache = tmp_path / "hashes"
        first = fingerprint(model, cache)
        (kept,) = cache.iterdir()
        held = json.loads(kept.read_text("utf-8"))
        held["model.safetensors"][3] = "0" * 64
        kept.write_text(json.dumps(held), "utf-8")
        assert fingerprint(model, cache).weights == "0" * 64  # taken from the cache
        (model / "model.safetensors").touch()
        assert fingerprint(model, cache) == first

    def test_a_cache_that_cannot_be_written_is_done_without(
        self, tiny_bert: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_text("", "utf-8")
        assert fingerprint(tiny_bert, tmp_path / "file") == fingerprint(
            tiny_bert, tmp_path / "fine"
        )

    def test_an_index_of_other_weights_is_refused(
        self, model: Path, tmp_path: Path, shoes: list[Product]
    ) -> None:
        built = embedder(model, tmp_path / "cache")
        index = build_index(
            shoes,
            name="shoes",
            embedder=built,
            source="tests",
            now=datetime(2026, 3, 1, tzinfo=UTC),
        )
        IndexFolder(tmp_path / "catalogs", built).replace(index)
        again = embedder(model, tmp_path / "cache")
        assert len(IndexFolder(tmp_path / "catalogs", again).open("shoes")) == len(shoes)
        data = bytearray((model / "model.safetensors").read_bytes())
        data[-2] ^= 1
        (model / "model.safetensors").write_bytes(data)
        other = embedder(model, tmp_path / "cache")
        with pytest.raises(IndexBroken, match=r"was built with tiny@.+, not with tiny@"):
            IndexFolder(tmp_path / "catalogs", other).open("shoes")

    def test_the_default_is_known_without_its_files(self, tmp_path: Path) -> None:
        ours = default_embedder(Settings(home=tmp_path)).model
        assert ours.name.startswith("all-MiniLM-L6-v2@53aa51172d14 files=")
        assert ours.dimensions == 384
        assert list(tmp_path.iterdir()) == []


class TestSetting:
    def test_a_folder(self, tiny_bert: Path, tmp_path: Path) -> None:
        settings = Settings(home=tmp_path, embedding=str(tiny_bert), embedding_query_prompt="red ")
        ours = default_embedder(settings).model
        assert 'prompts=["red ", ""]' in ours.name
        assert ours.documents(["red shoe"]).shape == (1, 16)

    @pytest.mark.parametrize(
        ("setting", "repo", "revision"),
        [
            ("intfloat/e5-small", "intfloat/e5-small", "main"),
            ("intfloat/e5-small@v1.0", "intfloat/e5-small", "v1.0"),
            ("all-mpnet-base-v2", "sentence-transformers/all-mpnet-base-v2", "main"),
        ],
    )
    def test_an_id_of_the_hub(self, tmp_path: Path, setting: str, repo: str, revision: str) -> None:
        source = embedding_source(setting, tmp_path)
        assert (source.repo, source.revision) == (repo, revision)
        assert source.folder.parent == tmp_path / "hub"
        with pytest.raises(DownloadFailed, match="not been fetched"):
            source.fingerprint()

    @pytest.mark.parametrize("setting", ["/no/such/folder", "../model", "a/b/c", "a b", "x/../y"])
    def test_neither(self, tmp_path: Path, setting: str) -> None:
        with pytest.raises(BadInput) as caught:
            embedding_source(setting, tmp_path)
        assert caught.value.field == "embedding"

    def test_a_folder_without_a_model(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        with pytest.raises(BadInput, match="cannot be loaded") as caught:
            embedder(tmp_path / "empty", tmp_path).load()
        assert caught.value.field == "embedding"

    def test_damaged_weights(self, model: Path, tmp_path: Path) -> None:
        (model / "model.safetensors").write_bytes(b"cut short")
        with pytest.raises(BadInput, match="cannot be loaded"):
            embedder(model, tmp_path).load()


@pytest.fixture
def hub(tiny_bert: Path) -> Iterator[tuple[str, list[str]]]:
    """A hub that has the tiny model as shop/tiny; its address, and the files asked of it."""
    asked: list[str] = []
    commit = "b" * 40
    files = {
        path.relative_to(tiny_bert).as_posix(): path.read_bytes() for path in model_files(tiny_bert)
    }
    more = {"README.md": b"# tiny", "onnx/model.bin": b"onnx", "pytorch_model.bin": b"the same"}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, status: int, data: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(data)

        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            if path == "/api/models/shop/tiny/revision/main":
                siblings = [
                    {"rfilename": name, "size": len(data)}
                    for name, data in {**files, **more}.items()
                ]
                body = {"id": "shop/tiny", "sha": commit, "siblings": siblings}
                self.answer(200, json.dumps(body).encode(), {"Content-Type": "application/json"})
            elif path.startswith(f"/shop/tiny/resolve/{commit}/"):
                name = path.partition(f"/resolve/{commit}/")[2]
                asked.append(name)
                data = files[name]
                etag = hashlib.sha256(data).hexdigest()
                self.answer(200, data, {"ETag": f'"{etag}"', "X-Repo-Commit": commit})
            elif path.startswith("/api/models/shop/tiny"):
                self.answer(404, b"", {"X-Error-Code": "RevisionNotFound"})
            elif path.startswith("/api/models/shop/busy"):
                self.answer(418, b"", {})
            else:
                self.answer(401, b"", {"X-Error-Code": "RepoNotFound"})

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join()


class TestHub:
    def test_a_model_comes_whole_and_once(
        self, tmp_path: Path, tiny_bert: Path, hub: tuple[str, list[str]]
    ) -> None:
        url, asked = hub
        told: list[tuple[int, int, str]] = []
        source = embedding_source("shop/tiny", tmp_path / "cache")
        folder = source.fetch(lambda *step: told.append(step), hub_endpoint=url)
        assert {path.name for path in folder.iterdir()} == {
            path.name for path in tiny_bert.iterdir() if path.name != "README.md"
        }
        assert told[-1][0] == told[-1][1]
        assert source.fingerprint() == fingerprint(tiny_bert, tmp_path / "hashes")
        assert SentenceEmbedder(source).query("red").shape == (16,)
        asked.clear()
        assert source.fetch(hub_endpoint="http://127.0.0.1:1") == folder
        assert asked == []

    @pytest.mark.parametrize(
        ("repo", "revision", "said"),
        [("shop/none", "main", "no model shop/none"), ("shop/tiny", "v9", "no revision 'v9'")],
    )
    def test_what_the_hub_does_not_have(
        self, tmp_path: Path, hub: tuple[str, list[str]], repo: str, revision: str, said: str
    ) -> None:
        with pytest.raises(BadInput, match=said):
            fetch_from_hub(repo, revision, tmp_path / "m", lambda *_: None, endpoint=hub[0])
        assert not (tmp_path / "m").exists()

    def test_a_hub_that_refuses(self, tmp_path: Path, hub: tuple[str, list[str]]) -> None:
        with pytest.raises(DownloadFailed, match="status 418"):
            fetch_from_hub("shop/busy", "main", tmp_path / "m", lambda *_: None, endpoint=hub[0])

    def test_a_hub_that_is_away(self, tmp_path: Path) -> None:
        source = embedding_source("shop/tiny", tmp_path)
        with pytest.raises(DownloadFailed, match="does not answer"):
            source.fetch(hub_endpoint="http://127.0.0.1:1")


@pytest.mark.model
def test_the_default_model() -> None:
    settings = Settings()
    folder = embedding_path(settings.cache / "weights")
    ours = default_embedder(settings).model
    shoe, sofa = ours.documents(["a running shoe for flat feet", "a sofa of grey cloth"])
    query = ours.query("trainers for overpronation")
    assert query @ shoe > query @ sofa + 0.2
    known = {file.path: file.sha256 for file in EMBEDDING_MODEL.files}
    for path in model_files(folder):
        data = path.read_bytes()
        assert hashlib.sha256(data).hexdigest() == known[path.relative_to(folder).as_posix()]
