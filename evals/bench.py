"""``make bench``: what a shopper and a shop wait for, measured on the demo shop.

Prints one table in Markdown. Times of a shared machine wander: compare within one run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

QUESTIONS = (
    "Which running shoe under $120 is best for flat feet?",
    "扁平足跑步鞋,预算120美元以内,哪款最好?",
    "I need a waterproof hiking boot, not Merrell",
    "我想买一双好穿的运动鞋",
    "the lightest trail shoe for women",
    "推荐一双篮球鞋，42码，白色",
    "comfortable shoes for standing all day at work",
    "不要耐克，最好防水，适合下雨天穿",
    "cheap white sneakers in size 43",
    "膝盖不好，想要缓震好的跑鞋，150美元以内",
    "best rated walking shoe",
    "最便宜的越野跑鞋是哪双",
)
SEARCHES = (
    "stable running shoe",
    "防水徒步鞋",
    "white sneakers",
    "篮球鞋 42码",
    "light racing flat",
)
_READY = re.compile(r"ready: (http://\S+)")
_DEADLINE_SECONDS = 900


@dataclass(frozen=True)
class Running:
    """A ``shopguide run`` that answers.

    Attributes:
        url: where.
        process: the application, without the model server, which is its child.
        seconds: from its start until it was ready.
    """

    url: str
    process: psutil.Process
    seconds: float


@contextmanager
def running(home: Path) -> Iterator[Running]:
    """Starts the shop in a home of its own and ends it afterwards."""
    command = [sys.executable, "-m", "assistant.cli", "run", "--port", "0"]
    started = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 (every word of the command is ours)
        command,
        env=os.environ | {"SHOPGUIDE_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield Running(
                _wait(process), psutil.Process(process.pid), time.perf_counter() - started
            )
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _wait(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if match := _READY.search(line):
            return match[1]
    raise SystemExit("shopguide run ended before it was ready.")


def ask(url: str, message: str) -> dict[str, Any]:
    """One turn in a thread of its own; the Reply."""
    body = {"shopper_id": "bench", "thread_id": uuid.uuid4().hex, "message": message}
    answer = httpx.post(f"{url}/api/chat", json=body, timeout=_DEADLINE_SECONDS)
    answer.raise_for_status()
    reply: dict[str, Any] = answer.json()
    return reply


def search_times(url: str, rounds: int) -> list[float]:
    """Milliseconds of filtered searches over HTTP, the query's embedding included."""
    times = []
    with httpx.Client(base_url=url, timeout=60) as client:
        for number in range(rounds):
            body = {
                "query": SEARCHES[number % len(SEARCHES)],
                "where": [{"field": "price", "op": "<=", "value": 100 + number % 100}],
                "k": 10,
            }
            started = time.perf_counter()
            client.post("/api/search", json=body).raise_for_status()
            times.append((time.perf_counter() - started) * 1000)
    return times


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--json", type=Path, help="where the raw figures go")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with running(home) as first:
            first_start = first.seconds
        with running(home) as shop:
            _settle(shop.url)
            replies = [ask(shop.url, question) for question in QUESTIONS]
            searches = search_times(shop.url, arguments.searches)
            peak = _peak_memory(shop.process)
    rows = [
        ("start, first run (downloads, index)", f"{first_start:.0f} s"),
        ("start, second run", f"{shop.seconds:.1f} s"),
        *_turn_rows(replies),
        (
            "search over HTTP, filtered, embedding included: p50 / p95",
            f"{quantile(searches, 0.5):.1f} / {quantile(searches, 0.95):.1f} ms",
        ),
        ("peak memory of the app without the model server", f"{peak / 2**20:.0f} MiB"),
    ]
    print("| figure | value |\n|---|---|")
    for name, value in rows:
        print(f"| {name} | {value} |")
    if arguments.json:
        raw = {"rows": rows, "replies": replies, "searches_ms": searches}
        arguments.json.write_text(json.dumps(raw, ensure_ascii=False, indent=1), encoding="utf-8")


def _settle(url: str) -> None:
    """Waits until the prompts are in the engine's cache, as they are for every later shopper."""
    ask(url, "hello")
    ask(url, "你好")
    ask(url, QUESTIONS[0])
    ask(url, QUESTIONS[1])


def _turn_rows(replies: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    def median(values: Iterator[float]) -> float:
        return statistics.median(values)

    usage = [reply["usage"] for reply in replies]
    first = [reply["timing_ms"]["first_text"] / 1000 for reply in replies]
    total = [reply["timing_ms"]["total"] / 1000 for reply in replies]
    new = [u["prompt_tokens"] - u["cached_tokens"] for u in usage]
    return [
        ("turns measured", f"{len(replies)}, half Chinese"),
        ("LLM calls a turn, median", f"{median(u['llm_calls'] for u in usage):g}"),
        ("prompt tokens a turn, median", f"{median(u['prompt_tokens'] for u in usage):.0f}"),
        ("of them not from the cache, median", f"{statistics.median(new):.0f}"),
        (
            "completion tokens a turn, median",
            f"{median(u['completion_tokens'] for u in usage):.0f}",
        ),
        ("time to first text, median / p95", _seconds(first)),
        ("time a turn, median / p95", _seconds(total)),
    ]


def _seconds(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.1f} / {quantile(values, 0.95):.1f} s"


def _peak_memory(process: psutil.Process) -> int:
    """Peak resident bytes of one process, as Linux keeps it; elsewhere the present ones."""
    status = Path(f"/proc/{process.pid}/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return int(process.memory_info().rss)


if __name__ == "__main__":
    main()
