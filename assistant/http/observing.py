"""Counts and logs turns and searches: ids and numbers, never what was said."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from assistant.orders.guessing import log_refused
from assistant.reply import Reply, ReplyEvent, TurnEvent
from retrieval.errors import ShopGuideError
from retrieval.index import CatalogueIndex

_SECONDS = (0.5, 1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128)
_SEARCH_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
_SERVER_FAULT = 500

_log = structlog.get_logger(__name__)


class Observer:
    """The metrics of one application, in a registry of its own.

    Args:
        clock: seconds of a clock that never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._registry = CollectorRegistry()
        self._turns = Counter(
            "shopguide_turns",
            "Turns by intent and outcome (answered, refused, failed, left, broken).",
            ["intent", "outcome"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "shopguide_turn_seconds",
            "How long answered turns took.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._tokens = Counter(
            "shopguide_llm_tokens",
            "Tokens of the language model (prompt, cached, completion).",
            ["kind"],
            registry=self._registry,
        )
        self._search_seconds = Histogram(
            "shopguide_search_seconds",
            "How long searches of the HTTP API took, embedding the query included.",
            ["catalog"],
            buckets=_SEARCH_SECONDS,
            registry=self._registry,
        )
        self._products = Gauge(
            "shopguide_products",
            "Products of a catalogue.",
            ["catalog"],
            registry=self._registry,
        )
        self._rows_added = Gauge(
            "shopguide_rows_added",
            "Rows added to a catalogue since its index was built or folded.",
            ["catalog"],
            registry=self._registry,
        )

        self._tokens_refused = Counter(
            "shopguide_tokens_refused",
            "Requests whose token was not believed, by reason.",
            ["reason"],
            registry=self._registry,
        )
        self._proofs_refused = Counter(
            "shopguide_order_proofs_refused",
            "Proofs of orders that were wrong, or one too many by address, shopper or order.",
            ["reason"],
            registry=self._registry,
        )
        self._limited = Counter(
            "shopguide_requests_limited",
            "Requests beyond a limit (shopper, address, shop).",
            ["limit"],
            registry=self._registry,
        )
        self._feedback = Counter(
            "shopguide_feedback",
            "Thumbs that shoppers gave to turns (up, down), changes of mind included.",
            ["thumb"],
            registry=self._registry,
        )

    def exposition(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    @contextmanager
    def search_of(self, index: CatalogueIndex) -> Iterator[None]:
        """Times a search of a catalogue; one that fails is not counted."""
        start = self._clock()
        yield
        self._search_seconds.labels(catalog=index.name).observe(self._clock() - start)
        self.saw(index)

    def saw(self, index: CatalogueIndex) -> None:
        """Notes how large a catalogue is now."""
        self._products.labels(catalog=index.name).set(len(index))
        added = index.columns.size - index.manifest.rows
        self._rows_added.labels(catalog=index.name).set(added)

    def token_refused(self, reason: str) -> None:
        """Notes that a request's token was not believed; never the token."""
        self._tokens_refused.labels(reason=reason).inc()
        _log.warning("token_refused", reason=reason)

    def proof_refused(self, reason: str) -> None:
        """Notes that somebody without an account did not prove an order; never who, or which."""
        self._proofs_refused.labels(reason=reason).inc()
        log_refused(reason)

    def limited(self, limit: str) -> None:
        """Notes that a request was beyond a limit; never whose."""
        self._limited.labels(limit=limit).inc()
        _log.info("request_limited", limit=limit)

    def thumbed(self, thumb: str) -> None:
        """Notes what a shopper thought of a turn."""
        self._feedback.labels(thumb=thumb).inc()

    async def watch(
        self, events: AsyncGenerator[TurnEvent, None]
    ) -> AsyncGenerator[TurnEvent, None]:
        """Hands a turn's events on, and counts how it ended."""
        start = self._clock()
        intent, outcome = "none", "broken"
        try:
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, ReplyEvent):
                        intent, outcome = event.reply.intent, "answered"
                        self._answered(event.reply, self._clock() - start)
                    yield event
        except ShopGuideError as error:
            outcome = "failed" if error.http_status >= _SERVER_FAULT else "refused"
            _log.info("turn_not_answered", error=type(error).__name__)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            # A client that leaves after the reply has had its answer.
            outcome = "answered" if outcome == "answered" else "left"
            raise
        finally:
            self._turns.labels(intent=intent, outcome=outcome).inc()

    def _answered(self, reply: Reply, seconds: float) -> None:
        self._seconds.observe(seconds)
        usage = reply.usage
        self._tokens.labels(kind="prompt").inc(usage.prompt_tokens)
        self._tokens.labels(kind="cached").inc(usage.cached_tokens)
        self._tokens.labels(kind="completion").inc(usage.completion_tokens)
        # A thread's id is the client's to choose, and an erasure does not reach the logs.
        _log.info(
            "turn_answered",
            turn_id=reply.turn_id,
            intent=reply.intent,
            language=reply.language,
            products=len(reply.products),
            llm_calls=usage.llm_calls,
            seconds=round(seconds, 2),
        )
