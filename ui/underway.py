"""Messages that are being answered, whether or not somebody watches: a reload loses none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import timedelta

import structlog
from cachetools import TTLCache

from assistant.reply import DeltaEvent, ProductEvent, Reply, ReplyEvent, StatusEvent, TurnEvent
from retrieval.errors import ShopGuideError
from ui.conversation import TurnView
from ui.talk import Talk

# How long what came of a message waits for a page that was away.
_KEPT = timedelta(minutes=30)
_MOST_KEPT = 10_000
# A shopper with more tabs than that waits.
_MOST_OF_ONE = 4
_SILENT_SECONDS = 10.0

_log = structlog.get_logger(__name__)


class Underway:
    """One message that is being answered.

    Attributes:
        view: the turn as far as it has come.
        talk: the conversation before it.
        reply: the answer, once it is durable.
        stopped: whether the shopper stopped it.
    """

    def __init__(self, view: TurnView, events: AsyncGenerator[TurnEvent, None], talk: Talk) -> None:
        self.view = view
        self.talk = talk
        self.reply: Reply | None = None
        self.stopped = False
        self._news, self._changed = 0, asyncio.Event()
        self._task = asyncio.create_task(self._run(events))

    @property
    def ended(self) -> bool:
        """Whether nothing more comes."""
        return self._task.done()

    @property
    def error(self) -> BaseException | None:
        """What went wrong, where something did."""
        if not self._task.done() or self._task.cancelled():
            return None
        return self._task.exception()

    async def watch(self) -> AsyncGenerator[TurnView, None]:
        """The turn each time that it has come further, until it has ended.

        Of what comes faster than it is taken, only the last is given. What has not come further
        for long is given again: proxies take a connection that is silent for dead.
        """
        told = 0
        while not self.ended:
            if told == self._news:
                try:
                    async with asyncio.timeout(_SILENT_SECONDS):
                        await self._changed.wait()
                except TimeoutError:
                    yield self.view
            else:
                told = self._news
                yield self.view

    async def stop(self) -> None:
        """Ends it, and with it the model's work, where it has not ended."""
        if not self.ended:
            self.stopped = True
            self._task.cancel()
        await asyncio.wait([self._task])

    def when_over(self, told: Callable[[], None]) -> None:
        """Has something called when it is over."""
        self._task.add_done_callback(lambda _: told())

    async def _run(self, events: AsyncGenerator[TurnEvent, None]) -> None:
        try:
            async with aclosing(events):
                async for event in events:
                    self._take(event)
                    self._tell()
        finally:
            self.view.status = None
            asyncio.get_running_loop().call_soon(self._tell)

    def _take(self, event: TurnEvent) -> None:
        view = self.view
        if isinstance(event, StatusEvent):
            view.status = event.text
        elif isinstance(event, DeltaEvent):
            view.text += event.text
        elif isinstance(event, ProductEvent):
            view.products.append(event.product)
        elif isinstance(event, ReplyEvent):
            view.finish(event.reply)
            self.reply = event.reply

    def _tell(self) -> None:
        self._news += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


Place = tuple[str, str]
"""Whose thread, and which."""


class UnderwayMessages:
    """All messages of a server's pages that are being answered."""

    def __init__(self) -> None:
        self._running: dict[Place, Underway] = {}
        # What ended badly while nobody watched is told to the page that comes next.
        self._failed: TTLCache[Place, Underway] = TTLCache(_MOST_KEPT, _KEPT.total_seconds())

    def of(self, shopper: str, thread_id: str) -> Underway | None:
        """What is being answered in a thread."""
        underway = self._running.get((shopper, thread_id))
        return None if underway is None or underway.ended else underway

    def takes(self, shopper: str, thread_id: str) -> bool:
        """Whether one more message of a shopper can be answered now, in this thread.

        Args:
            shopper: whose.
            thread_id: where; empty for a new one.
        """
        of_one = sum(place[0] == shopper for place in self._running)
        return self.of(shopper, thread_id) is None and of_one < _MOST_OF_ONE

    def begin(
        self,
        shopper: str,
        thread_id: str,
        view: TurnView,
        events: AsyncGenerator[TurnEvent, None],
        talk: Talk,
    ) -> Underway:
        """Begins to answer a message, which goes on whoever leaves."""
        place = (shopper, thread_id)
        self._failed.pop(place, None)
        underway = self._running[place] = Underway(view, events, talk)

        def over() -> None:
            error = underway.error
            if error is not None and not isinstance(error, ShopGuideError):
                # Nobody foresaw it: the shopper gets a plain sentence and the message back.
                _log.error("page_turn_failed", exc_info=error)
            if self._running.get(place) is underway:
                del self._running[place]
            if underway.reply is None:
                self._failed[place] = underway

        underway.when_over(over)
        return underway

    def take_failed(self, shopper: str, thread_id: str) -> Underway | None:
        """What ended without an answer in a thread and was not told yet; it is given once."""
        return self._failed.pop((shopper, thread_id), None)
