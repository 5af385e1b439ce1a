"""Whether erased means erased: what of erased shoppers is left in any file of a running shop.

Each of many shoppers has strings that stand nowhere else, in their ids, messages, searches,
corrections and conversations, with which they use a real server. Half of them erase themselves.
Then every byte of every file is read for their strings, while the server runs and after it ended.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from assistant.profile.notice import notice
from evals.profile.live_shop import live_shop
from evals.retrieval.tables import Row

_AT_ONCE = 4
_SECONDS_TO_CLEAN = 120.0
_EVENTS = 6
_KNOWN = ("43", "44", "wide", "roomy toe box", "Trail Runner Club", "green")


@dataclass(frozen=True)
class Canary:
    """The strings of one shopper.

    Attributes:
        latin: letters and digits, for ids.
        chinese: characters which JSON and web addresses write otherwise.
        name: what may pass for a name.
    """

    latin: str
    chinese: str
    name: str

    @property
    def shopper(self) -> str:
        """The shopper's id."""
        return f"s-{self.latin}"

    def forms(self) -> list[bytes]:
        """All ways in which a file might hold them."""
        escaped = self.chinese.encode("ascii", "backslashreplace")
        ways = {escaped, escaped.upper().replace(b"\\U", b"\\u"), quote(self.chinese).encode()}
        for text in (self.latin, self.chinese, self.name):
            ways |= {text.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")}
        return sorted(ways)


def run(
    *, shoppers: int = 200, rounds: int = 4, seed: int = 11, without_scrub: bool = True
) -> dict[str, int]:
    """Lets shoppers use a shop, erases half of them, and looks for what is left.

    Args:
        shoppers: how many agree to be remembered; a tenth as many more do not.
        rounds: how often each of them comes.
        seed: of what they do.
        without_scrub: whether the same is done once more with the files left as they are after
            the erasures, which shows that there is something to be found.

    Returns:
        ``canary_bytes`` is the figure: bytes of erased shoppers in any file, server running or
        ended. ``before``: erased shoppers found before they were erased, which must be all.
        ``kept_found`` and ``kept_whole`` of ``kept``: the others, found in the files, and with all
        of their data unchanged. ``passing_bytes``: of those who never agreed.
    """
    figures = _measured(shoppers, rounds, seed, scrubs=True)
    if without_scrub:
        left = _measured(shoppers, rounds, seed, scrubs=False)
        figures["canary_bytes_without_scrub"] = left["canary_bytes"]
        figures["shoppers_left_without_scrub"] = left["shoppers_left"]
    return figures


def rows_of_table(figures: dict[str, int]) -> list[Row]:
    """The figures as rows of a table."""
    read = f"{figures['files']} files, {figures['bytes'] / 1e6:.1f} MB, server running and ended"
    without = figures.get("canary_bytes_without_scrub")
    found = f"of {figures['erased']} erased; before it {figures['before']} were found; {read}"
    if without is not None:
        found += f"; without rewriting the files {without} bytes"
    return [
        Row("canary bytes left after erasure", figures["canary_bytes"], 0, note=found),
        Row(
            "others' data whole after it",
            figures["kept_whole"],
            figures["kept"],
            "higher",
            note=f"{figures['kept_found']} found by the same search",
        ),
        Row("bytes in files of who never agreed", figures["passing_bytes"], 0, note=read),
    ]


def _measured(shoppers: int, rounds: int, seed: int, *, scrubs: bool) -> dict[str, int]:
    dice = random.Random(seed)  # noqa: S311 (made-up shoppers)
    canaries = [_canary(dice) for _ in range(shoppers)]
    passing = [_canary(dice) for _ in range(max(1, shoppers // 10))]
    erased = dice.sample(canaries, shoppers // 2)
    kept = [canary for canary in canaries if canary not in erased]
    with tempfile.TemporaryDirectory(prefix="shopguide-erasure-") as folder:
        home = Path(folder) / "home"
        with live_shop(home, scrubs=scrubs) as url:
            asyncio.run(_use(url, canaries, passing, rounds, dice))
            before = _found(home, erased)
            whole = asyncio.run(_exports(url, kept))
            asyncio.run(_erase(url, erased, scrubs=scrubs))
            running = _found(home, erased)
            unchanged = asyncio.run(_exports(url, kept))
            files = [path for path in home.rglob("*") if path.is_file()]
            size = sum(path.stat().st_size for path in files)
        ended = _found(home, erased)
        return {
            "shoppers": shoppers,
            "erased": len(erased),
            "before": sum(1 for count in before if count),
            "canary_bytes": sum(running) + sum(ended),
            "shoppers_left": sum(1 for a, b in zip(running, ended, strict=True) if a or b),
            "kept": len(kept),
            "kept_found": sum(1 for count in _found(home, kept) if count),
            "kept_whole": sum(1 for canary in kept if whole[canary] == unchanged[canary]),
            "passing_bytes": sum(_found(home, passing)),
            "files": len(files),
            "bytes": size,
        }


def _canary(dice: random.Random) -> Canary:
    chinese = "".join(chr(dice.randrange(0x4E00, 0x9F00)) for _ in range(8))
    name = "".join(dice.choices("aeioudgklmnprstvz", k=14)).capitalize()
    return Canary(latin=f"{dice.getrandbits(64):016x}", chinese=chinese, name=name)


def _found(home: Path, canaries: Sequence[Canary]) -> list[int]:
    """How many bytes of each shopper's strings the files hold."""
    counts = [0] * len(canaries)
    for path in home.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        for number, canary in enumerate(canaries):
            counts[number] += sum(len(f) * content.count(f) for f in canary.forms())
            counts[number] += len(canary.latin) * str(path).count(canary.latin)
    return counts


async def _use(
    url: str,
    canaries: Sequence[Canary],
    passing: Sequence[Canary],
    rounds: int,
    dice: random.Random,
) -> None:
    async with _client(url) as client:
        products = await _products(client)
        for canary in canaries:
            answer = await client.put(
                f"/api/profile/{canary.shopper}/consent", json={"notice": notice().version}
            )
            answer.raise_for_status()
        gate = asyncio.Semaphore(_AT_ONCE)

        async def visit(canary: Canary, round: int, choice: random.Random) -> None:
            async with gate:
                await _visit(client, canary, round, products, choice)

        for round in range(rounds):
            everyone = [*canaries, *passing]
            dice.shuffle(everyone)
            # Each visit has dice of its own: they run at once, in no certain order.
            seeds = [dice.getrandbits(32) for _ in everyone]
            await asyncio.gather(
                *(
                    visit(canary, round, random.Random(own))  # noqa: S311
                    for canary, own in zip(everyone, seeds, strict=True)
                )
            )


async def _visit(
    client: httpx.AsyncClient,
    canary: Canary,
    round: int,
    products: Sequence[str],
    dice: random.Random,
) -> None:
    """One shopper talks, looks around, and corrects what is known of them."""
    shopper, said = canary.shopper, canary.chinese
    messages = [
        f"I have flat feet and want running shoes from {canary.latin}, says {canary.name}",
        f"我叫{said}（{canary.name}），我穿43码，不要耐克，想买跑鞋 {canary.latin}",
        f"I always wear size {dice.choice((42, 43, 44))}. {said}" + " blue" * dice.randrange(300),
        f"最近想买越野鞋，{said}，500元以内",
    ]
    thread = f"t-{canary.latin}-{dice.choice((0, round))}"
    for message in dice.sample(messages, 2):
        body = {"shopper_id": shopper, "thread_id": thread, "message": message}
        (await client.post("/api/chat", json=body)).raise_for_status()
    search = {"query": f"shoes {canary.latin} {said}", "k": 3}
    (await client.post("/api/search", json=search)).raise_for_status()
    events = [_event(canary, round, number, products, dice) for number in range(_EVENTS)]
    taken = (await client.post("/api/events", json=events)).raise_for_status().json()
    profile = (await client.get(f"/api/profile/{shopper}")).raise_for_status().json()
    if taken["stored"] != (len(events) if profile["consent"] else 0):
        raise AssertionError(f"not what was to be stored: {taken}")
    for fact in dice.sample(profile["facts"], min(2, len(profile["facts"]))):
        place = f"/api/profile/{shopper}/facts/{fact['id']}"
        value = f"{dice.choice(_KNOWN)} {dice.choice((canary.latin, said))} {round}"
        if dice.random() < 0.2:
            (await client.delete(place)).raise_for_status()
        elif not await _corrected(client, place, value):
            raise AssertionError(f"{value} was not taken")


async def _corrected(client: httpx.AsyncClient, place: str, value: str) -> bool:
    answer = await client.patch(place, json={"value": value})
    # The other fact may have been corrected to the same.
    return answer.is_success or answer.json().get("field") == "value"


def _event(
    canary: Canary, round: int, number: int, products: Sequence[str], dice: random.Random
) -> dict[str, Any]:
    # What was done before the consent would not be kept.
    when = datetime.now(UTC)
    common = {
        "event_id": f"e-{canary.latin}-{round}-{number}",
        "shopper_id": canary.shopper,
        "session_id": f"v-{canary.latin}",
        "time": when.isoformat(),
    }
    if dice.random() < 0.5:
        query = f"shoes {canary.latin} {canary.chinese}"
        return {**common, "type": "search", "query": query}
    return {**common, "type": "view", "product_id": dice.choice(products)}


async def _products(client: httpx.AsyncClient) -> list[str]:
    found = await client.post("/api/search", json={"query": "shoes", "k": 50})
    return [result["id"] for result in found.raise_for_status().json()["products"]]


async def _exports(url: str, canaries: Sequence[Canary]) -> dict[Canary, dict[str, Any]]:
    """All data of shoppers, but for the audit, which each export adds to."""
    exports = {}
    async with _client(url) as client:
        for canary in canaries:
            answer = await client.get(f"/api/profile/{canary.shopper}/export")
            exported = answer.raise_for_status().json()
            del exported["audit"]
            exports[canary] = exported
    return exports


async def _erase(url: str, canaries: Sequence[Canary], *, scrubs: bool) -> None:
    """Erases shoppers; where files are rewritten, until they are said to be clean of the last."""
    async with _client(url) as client:

        async def erased(canary: Canary) -> dict[str, bool]:
            answer = await client.delete(f"/api/profile/{canary.shopper}")
            done: dict[str, bool] = answer.raise_for_status().json()
            return done

        for canary in canaries:
            if not (await erased(canary))["erased"]:
                raise AssertionError("there was nothing to erase")
        until = time.monotonic() + _SECONDS_TO_CLEAN
        while scrubs and not (await erased(canaries[-1]))["files_clean"]:
            if time.monotonic() > until:
                raise AssertionError("the files are not rewritten")
            await asyncio.sleep(0.2)


def _client(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, timeout=120.0, trust_env=False)
