"""``shopguide events``: a file of events, in whatever shape, its bad lines told and left out."""

import csv
import gzip
import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import structlog

from assistant.cli import main
from assistant.commands.profile import opened_memory
from assistant.database.connection import Database
from assistant.profile.behaviour.event_store import EventStore
from assistant.profile.behaviour.events import Event
from assistant.settings import Settings
from retrieval.embedding import HashingEmbedder
from retrieval.folder import IndexFolder

Run = Callable[..., tuple[int, str, str]]
COLUMNS = list(Event.model_fields)


def event(id: str = "e-1", **fields: Any) -> dict[str, Any]:
    given = {"event_id": id, "shopper_id": "ann", "type": "view", "product_id": "anta-kt"}
    return {**given, "time": "2026-03-01T11:59:00+08:00", **fields}


EVENTS = [
    event("a"),
    event("b", type="search", product_id=None, query="跑鞋, “white”"),
    event("c", type="rate", value=4.5),
    event("d", shopper_id="bob", type="purchase", value=2.0, session_id="s-1"),
]


@pytest.fixture
def shopguide(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    embedder: HashingEmbedder,
    indexes: IndexFolder,
) -> Iterator[Run]:
    """Runs commands in the shop of shoes."""
    monkeypatch.setenv("SHOPGUIDE_HOME", str(settings.home))
    monkeypatch.setenv("SHOPGUIDE_CATALOG", "shoes")
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    # The only part that would fetch weights.
    monkeypatch.setattr("assistant.commands.shop.ready_embedder", lambda settings, steps: embedder)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def kept(settings: Settings, shopper: str = "ann") -> list[str]:
    with closing(Database(settings.database_url)) as database:
        return sorted(
            each.event_id
            for each in EventStore(database.engine).recent(shopper, 99, catalog="shoes")
        )


def lines(events: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in events)


def table(events: list[dict[str, Any]], delimiter: str = ",") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(events)
    return text.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        lines(EVENTS).encode(),
        b"\xef\xbb\xbf" + lines(EVENTS).encode(),
        gzip.compress(lines(EVENTS).encode()),
        json.dumps(EVENTS, indent=1).encode(),
        table(EVENTS).encode(),
        table(EVENTS, ";").encode("utf-8-sig"),
        gzip.compress(table(EVENTS).encode()),
        table(EVENTS).encode("utf-16"),
    ],
)
def test_every_shape_of_file(
    shopguide: Run, settings: Settings, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "events.data"
    file.write_bytes(content)
    status, said, errors = shopguide("events", file, "--consented")
    assert (status, said) == (
        0,
        "4 events were stored, 0 were known already, 0 are of shoppers who had not agreed to be "
        "remembered, 0 lines were refused.\n",
    ), errors
    with closing(Database(settings.database_url)) as database:
        found = {
            each.event_id: each
            for each in EventStore(database.engine).recent("ann", 99, catalog="shoes")
        }
    assert found["b"].query == EVENTS[1]["query"]
    assert found["c"].value == 4.5
    status, said, _ = shopguide("events", file)
    assert status == 0
    assert said.startswith("0 events were stored, 4 were known already")


def test_without_consent_nothing_is_kept(
    shopguide: Run, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(lines(EVENTS), encoding="utf-8")
    status, said, _ = shopguide("events", file)
    assert status == 0
    assert "0 events were stored, 0 were known already, 4 are of shoppers" in said
    assert kept(settings) == []


def test_bad_lines_are_told_and_the_rest_goes_in(
    shopguide: Run, settings: Settings, tmp_path: Path
) -> None:
    bad = [
        json.dumps(event("x", product_id="no-such")),
        "{broken",
        json.dumps(event("y", time="2126-01-01T00:00:00Z")),
        json.dumps(event("z", type="rate", value=11)),
        json.dumps(event("w", shopper_id="../ann")),
        '"text"',
    ]
    good = lines(EVENTS[:2])
    file = tmp_path / "events.jsonl"
    raw = good + "\n" + "\n".join(bad) + "\n"
    file.write_bytes(raw.encode() + b'{"event_id": "\xff\xfe"}\n' + lines(EVENTS[2:]).encode())
    status, said, errors = shopguide("events", file, "--consented")
    assert status == 0
    assert said.startswith("4 events were stored")
    assert said.endswith("7 lines were refused.\n")
    for number, reason in (
        (4, "product_id: The catalogue has no product 'no-such'."),
        (5, "Invalid JSON"),
        (6, "time: It lies in the future."),
        (7, "value: A rating has from 1 to 5."),
        (8, "shopper_id"),
        (9, "Input should be an object"),
        (10, ""),
    ):
        assert f"Line {number}: {reason}" in errors
    assert kept(settings) == ["a", "b", "c"]


def test_bad_rows_of_a_table(shopguide: Run, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    rows = [*EVENTS, event("e", type="rate", value="many"), event("f", type="rate", value="nan")]
    file.write_text(table(rows) + "one,cell\n", encoding="utf-8")
    status, said, errors = shopguide("events", file, "--consented")
    assert status == 0
    assert "3 lines were refused" in said
    assert "Line 6: value: Input should be a valid number" in errors
    assert "Line 7: value: Input should be a finite number" in errors
    assert "Line 8: " in errors


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nothing but text",
        b"a,b\n1,2\n",
        table([]).encode(),
        (table([]).splitlines()[0] + ",colour\n").encode(),
        b"[]",
        b"[7]",
        b"{broken\n",
        b"\x1f\x8b broken",
        b"PK\x03\x04",
        bytes(range(256)) * 9,
        lines([event(product_id="no-such")]).encode(),
    ],
)
def test_a_file_without_a_good_line(
    shopguide: Run, settings: Settings, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(content)
    status, _, errors = shopguide("events", file, "--consented")
    assert status == 2
    assert errors.strip()
    assert "Traceback" not in errors


def test_files_and_catalogues_that_are_not_there(shopguide: Run, tmp_path: Path) -> None:
    assert shopguide("events", tmp_path / "none.jsonl")[0] == 2
    assert shopguide("events", tmp_path)[0] == 2
    file = tmp_path / "events.jsonl"
    file.write_text(lines(EVENTS), encoding="utf-8")
    assert shopguide("events", file, "--catalog", "none")[0] == 2
    assert shopguide("events")[0] == 2


def test_the_shops_terms_do_not_undo_an_own_consent(
    shopguide: Run, settings: Settings, tmp_path: Path
) -> None:
    with opened_memory(settings) as memory:
        memory.give_consent("ann")
    file = tmp_path / "events.jsonl"
    file.write_text(lines(EVENTS), encoding="utf-8")
    status, said, _ = shopguide("events", file, "--consented")
    assert status == 0
    # What ann did before she agreed here may have been erased since; bob has only the terms.
    assert said.startswith("1 events were stored, 0 were known already, 3 are of shoppers")
    assert kept(settings) == []
