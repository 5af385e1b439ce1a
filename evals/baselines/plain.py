"""What both baselines share: the model's client, the records as text, the errors."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import openai
from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from assistant.errors import BadModelOutput, ModelTooSlow, ModelUnavailable
from evals.grading import products_named
from evals.running.observed import Observed, SeenTiming, SeenUsage
from retrieval.index import CatalogueIndex
from retrieval.money import format_price
from retrieval.product import Product

FOUND = 3
"""How many products a search gives to the model: as many as ShopGuide shows."""
REMEMBERED = 4
"""How many earlier messages, the shopper's and its own, the model is shown again."""
_MOST_TOKENS = 200
_MOST_DESCRIPTION = 160


def chat_model(
    base_url: str,
    model: str,
    *,
    timeout: float,
    api_key: str = "none",
    temperature: float = 0.0,
    seed: int | None = None,
) -> ChatOpenAI:
    """LangChain's own client, as its documentation sets it up.

    Args:
        base_url: of an OpenAI-compatible server, with its version.
        model: the model's id.
        timeout: seconds that a request may take.
        api_key: sent as bearer token.
        temperature: 0 takes the likeliest token each time.
        seed: makes sampling repeatable where the engine can.
    """
    return ChatOpenAI(
        base_url=base_url,
        model=model,
        api_key=SecretStr(api_key),
        timeout=timeout,
        max_retries=1,
        temperature=temperature,
        seed=seed,
        max_completion_tokens=_MOST_TOKENS,
        stream_usage=True,
    )


def record_text(product: Product, language: str = "en") -> str:
    """A product as a model reads it, on one line.

    Args:
        product: the record.
        language: of the title, where the record has one in it.
    """
    price = format_price(product.effective_price, product.currency)
    if product.on_sale:
        price += f" (was {format_price(product.price, product.currency)})"
    parts = [
        product.title_in(language),
        f"category: {' > '.join(product.category)}",
        f"price: {price}",
        f"availability: {product.availability}",
    ]
    if product.rating is not None:
        parts.append(f"rating: {product.rating} ({product.rating_count or 0} ratings)")
    for name, value in product.attributes.items():
        listed = ", ".join(map(str, value)) if isinstance(value, list) else f"{value}"
        parts.append(f"{name}: {listed}")
    sizes: dict[str, list[str]] = defaultdict(list)
    for variant in product.variants:
        if variant.availability == "in_stock" and variant.size:
            sizes[variant.color or "any"].append(variant.size)
    if sizes:
        listed = "; ".join(f"{color} {' '.join(of)}" for color, of in sizes.items())
        parts.append(f"sizes in stock: {listed}")
    parts.append(product.description[:_MOST_DESCRIPTION])
    return " | ".join(part for part in parts if part)


class Watch:
    """Times one answer on the evaluator's clock.

    Args:
        clock: seconds of a clock that never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._started = clock()
        self._first: dict[str | None, float] = {}

    def text(self, piece: str, message_id: str | None) -> None:
        """Notes that a piece of text of a message has come."""
        if piece.strip():
            self._first.setdefault(message_id, self._now())

    def timing(self, message_id: str | None) -> SeenTiming:
        """What was measured up to now, for the message that is the answer."""
        return SeenTiming(first_text_ms=self._first.get(message_id), total_ms=self._now())

    def _now(self) -> float:
        return (self._clock() - self._started) * 1000


def observed(
    text: str, index: CatalogueIndex, answers: Sequence[AIMessage | AIMessageChunk], watch: Watch
) -> Observed:
    """An answer as the grader sees it: the products are those that the text names.

    Args:
        text: what the shopper reads.
        index: the catalogue.
        answers: every message that the model wrote for it, with the server's usage; the last one
            is the answer.
        watch: has timed it.
    """
    timing = watch.timing(answers[-1].id)
    named = products_named(text, index)
    return Observed(
        text=text,
        products=named,
        pick=named[0] if named else None,
        usage=usage_of(answers),
        timing=timing,
    )


def usage_of(answers: Sequence[AnyMessage]) -> SeenUsage:
    """Calls and tokens, as the server counted them.

    Raises:
        BadModelOutput: the server did not say.
    """
    seen = SeenUsage()
    for answer in answers:
        counted = answer.usage_metadata if isinstance(answer, AIMessage) else None
        if counted is None:
            raise BadModelOutput("The model server does not report its usage.")
        seen = SeenUsage(
            calls=seen.calls + 1,
            prompt_tokens=seen.prompt_tokens + counted["input_tokens"],
            cached_tokens=seen.cached_tokens
            + (counted.get("input_token_details", {}).get("cache_read") or 0),
            completion_tokens=seen.completion_tokens + counted["output_tokens"],
        )
    return seen


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns the client's errors into ours, which a runner counts as a failed turn."""
    try:
        yield
    except (openai.APITimeoutError, TimeoutError) as error:
        raise ModelTooSlow("The model server did not answer in time.") from error
    except openai.APIStatusError as error:
        raise ModelUnavailable(
            f"The model server refused the request with status {error.status_code}."
        ) from error
    except openai.APIError as error:
        raise ModelUnavailable("The model server failed.") from error
