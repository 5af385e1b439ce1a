"""Writes counts down while a server runs, and lets a week's last figures out when it is over."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog

from assistant.insight.counting import Counting
from assistant.insight.releases import Releases
from retrieval.errors import ShopGuideError

_SECONDS_BETWEEN = 60.0

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def running_insight(counting: Counting, releases: Releases) -> AsyncGenerator[None, None]:
    """Counts, and keeps what was counted, while a server runs.

    Args:
        counting: of this process.
        releases: of the shop.
    """
    counting.begin()
    task = asyncio.create_task(_keep(counting, releases))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await asyncio.to_thread(_once, counting, releases)


async def _keep(counting: Counting, releases: Releases) -> None:
    while True:
        await asyncio.sleep(_SECONDS_BETWEEN)
        await asyncio.to_thread(_once, counting, releases)


def _once(counting: Counting, releases: Releases) -> None:
    try:
        counting.flush()
        for release in releases.finish():
            _log.info("insight_released", week=str(release.week), figures=len(release.figures))
    except ShopGuideError as error:
        _log.error("insight_failed", error=error.sentence)
    except Exception:  # noqa: BLE001
        # Whatever it was, what was counted is held and tried again: no turn depends on it.
        _log.exception("insight_failed")
