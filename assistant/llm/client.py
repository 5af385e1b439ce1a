"""One client for every engine that speaks the OpenAI protocol: llama.cpp, vLLM, a hosted one.

All calls only read, so a failed one may be repeated: a JSON call as a whole, a streamed
answer until its first token has come. After that nothing is repeated, because the shopper
has seen it.
"""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Literal, Protocol, cast
from urllib.parse import urlsplit

import httpx
import openai
from langchain_core.messages import AIMessageChunk
from langchain_openai import ChatOpenAI
from pydantic import SecretStr
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential

from assistant.errors import BadModelOutput, ModelTooSlow, ModelUnavailable

# A grammar lets a model write white space between two JSON tokens for ever; real output has
# a line break and an indentation at most.
MAX_BLANKS = 64

# Statuses after which the same request may well pass a moment later.
TRANSIENT = frozenset({408, 409, 425, 429})

# Engines known to hand `chat_template_kwargs` to the model's own template, by the
# `owned_by` of their list of models. Others may refuse a field that they do not know.
TEMPLATE_ENGINES = frozenset({"vllm", "llamacpp"})


@dataclass(frozen=True)
class Message:
    """One message of a prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Usage:
    """What calls cost, in calls and tokens.

    Attributes:
        calls: finished LLM calls.
        prompt_tokens: tokens of the prompts, cached ones included.
        cached_tokens: those of them that the engine's prefix cache served.
        completion_tokens: tokens that were written.
        failed: calls that gave nothing that could be used.
    """

    calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    failed: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.completion_tokens + other.completion_tokens,
            self.failed + other.failed,
        )


class ChatModel(Protocol):
    """What the assistant needs of a language model."""

    async def complete_json(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        *,
        name: str,
        max_tokens: int,
    ) -> tuple[dict[str, Any], Usage]:
        """Answers with one JSON object that keeps to ``schema``.

        Args:
            messages: the prompt.
            schema: a JSON Schema of type object.
            name: what the schema is called, letters, digits and ``_``.
            max_tokens: the most tokens that the answer may have.

        Raises:
            ModelUnavailable: the engine does not answer.
            ModelTooSlow: it does not answer in time.
            BadModelOutput: it answers with something else than such an object.
        """
        ...

    def stream_text(
        self, messages: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[str | Usage, None]:
        """Streams an answer in pieces of text; the last item is the ``Usage``.

        A text that ran into ``max_tokens`` ends in mid-sentence; its usage then counts that
        many completion tokens. Leave it through ``contextlib.aclosing``, so that a consumer that
        stops early also stops the engine.

        Raises:
            ModelUnavailable: the engine does not answer, or breaks off.
            ModelTooSlow: it does not answer in time, or stalls.
            BadModelOutput: it answers with no text, or with something unreadable.
        """
        ...

    async def ready(self) -> bool:
        """Tells within seconds whether the engine would answer."""
        ...


class OpenAIChatModel:
    """A ``ChatModel`` behind an OpenAI-compatible URL.

    Args:
        base_url: with its version, such as ``http://127.0.0.1:8000/v1``.
        model: the model's id; by default the first that the engine lists.
        api_key: sent as bearer token where given.
        timeout: seconds that a JSON call may take with all its repeats, and that a stream
            may take until its first token. Reading a long prompt on a CPU takes most of it.
        connect_timeout: seconds to open a connection.
        stall_timeout: seconds between two tokens.
        attempts: how often a call is tried at most.
        backoff: seconds before the second try; doubled for each further one.
        temperature: 0 takes the likeliest token each time.
        seed: makes sampling repeatable where the engine can.
        thinking: whether models that can think before they answer do so. Only said to
            engines that are known to understand it.
    """

    def __init__(
        self,
        base_url: str,
        model: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float = 120.0,
        connect_timeout: float = 5.0,
        stall_timeout: float = 30.0,
        attempts: int = 3,
        backoff: float = 0.5,
        temperature: float = 0.0,
        seed: int = 7,
        thinking: bool = False,
    ) -> None:
        self._url = base_url.rstrip("/")
        self._model = model
        self._timeout = timeout
        self._stall_timeout = stall_timeout
        self._attempts = attempts
        self._backoff = backoff
        self._thinking = thinking
        self._about: _Engine | None = None
        # A client of our own: LangChain's is shared between event loops and keeps sockets of
        # a loop that has ended. A proxy of the environment must not get between us and an
        # engine on this machine.
        self._http = openai.DefaultAsyncHttpxClient(
            timeout=openai.Timeout(timeout, connect=connect_timeout),
            trust_env=not _is_loopback(self._url),
        )
        self._probe = httpx.AsyncClient(
            timeout=2.0,
            trust_env=not _is_loopback(self._url),
            headers={"Authorization": f"Bearer {api_key}"} if api_key else None,
        )
        self._chat = ChatOpenAI(
            base_url=self._url,
            model=model or "default",
            api_key=SecretStr(api_key or "none"),
            http_async_client=self._http,
            timeout=openai.Timeout(timeout, connect=connect_timeout),
            max_retries=0,
            temperature=temperature,
            seed=seed,
            stream_usage=True,
            # The waits below are ours, because the first token may take longer than others.
            stream_chunk_timeout=0,
            use_responses_api=False,
        )

    async def complete_json(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        *,
        name: str,
        max_tokens: int,
    ) -> tuple[dict[str, Any], Usage]:
        """See ``ChatModel.complete_json``."""
        shape = {
            "type": "json_schema",
            "json_schema": {"name": name, "schema": dict(schema), "strict": True},
        }
        with self._plain_errors():
            async with asyncio.timeout(self._timeout):
                async for attempt in self._tries():
                    with attempt:
                        text, usage = await self._collect(messages, shape, max_tokens)
        return _json_object(text, schema), usage

    async def stream_text(
        self, messages: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[str | Usage, None]:
        """See ``ChatModel.stream_text``."""
        with self._plain_errors():
            async with asyncio.timeout(self._timeout):
                async for attempt in self._tries():
                    with attempt:
                        pieces = self._pieces(messages, {}, max_tokens)
                        first = await anext(pieces, None)
            if first is None or isinstance(first, Usage):
                raise BadModelOutput("The model server answered without any text.")
            async with aclosing(pieces):
                yield first
                async for piece in pieces:
                    yield piece

    async def ready(self) -> bool:
        """See ``ChatModel.ready``."""
        try:
            answer = await self._probe.get(f"{self._url.removesuffix('/v1')}/health")
            # Hosted engines have no such path, but all list their models.
            if answer.status_code == httpx.codes.NOT_FOUND:
                answer = await self._probe.get(f"{self._url}/models")
        except (httpx.TransportError, httpx.InvalidURL):
            return False
        return answer.is_success

    def sampled(self, *, temperature: float, seed: int) -> OpenAIChatModel:
        """The same engine, asked with another temperature and seed over the same connections.

        Args:
            temperature: 0 takes the likeliest token each time.
            seed: makes sampling repeatable where the engine can.
        """
        other = copy.copy(self)
        other._chat = self._chat.model_copy(update={"temperature": temperature, "seed": seed})
        return other

    @property
    def url(self) -> str:
        """Of the engine, with its version."""
        return self._url

    async def model_id(self) -> str:
        """Names the model that answers, as the engine calls it.

        Raises:
            ModelUnavailable: the engine does not answer or has no model.
        """
        with self._plain_errors():
            async with asyncio.timeout(self._timeout):
                async for attempt in self._tries():
                    with attempt:
                        engine = await self._engine()
        return engine.model

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._http.aclose()
        await self._probe.aclose()

    async def _collect(
        self, messages: Sequence[Message], shape: Mapping[str, Any], max_tokens: int
    ) -> tuple[str, Usage]:
        """Streams a JSON answer, so that a stall or endless white space is seen early."""
        text = ""
        usage = Usage()
        async with aclosing(
            self._pieces(messages, {"response_format": shape}, max_tokens, cut_is_error=True)
        ) as pieces:
            async for piece in pieces:
                if isinstance(piece, Usage):
                    usage = piece
                    continue
                text += piece
                if len(text) - len(text.rstrip()) > MAX_BLANKS:
                    raise BadModelOutput("The model wrote white space instead of an answer.")
        return text, usage

    async def _pieces(
        self,
        messages: Sequence[Message],
        body: Mapping[str, Any],
        max_tokens: int,
        *,
        cut_is_error: bool = False,
    ) -> AsyncGenerator[str | Usage, None]:
        """One attempt: pieces of text that are not empty, then the usage."""
        engine = await self._engine()
        extra = dict(body)
        if engine.takes_template_arguments:
            extra["chat_template_kwargs"] = {"enable_thinking": self._thinking}
        # LangChain declares an iterator, and gives a generator, which can be closed.
        chunks = cast(
            "AsyncGenerator[AIMessageChunk, None]",
            self._chat.astream(
                [(message.role, message.content) for message in messages],
                model=engine.model,
                max_tokens=max_tokens,
                extra_body=extra,
            ),
        )
        usage = Usage(calls=1)
        wait = self._timeout
        async with aclosing(chunks):
            while True:
                async with asyncio.timeout(wait):
                    with _protocol(self._url):
                        chunk = await anext(chunks, None)
                if chunk is None:
                    break
                usage = _usage(chunk) or usage
                if cut_is_error and chunk.response_metadata.get("finish_reason") == "length":
                    raise BadModelOutput("The model's answer was cut off: it is too long.")
                if text := chunk.text:
                    wait = self._stall_timeout
                    yield text
        yield usage

    async def _engine(self) -> _Engine:
        if self._about is None:
            with _protocol(self._url):
                try:
                    listed = (await self._chat.root_async_client.models.list()).data
                except openai.NotFoundError:
                    listed = []
                wanted = [entry for entry in listed if self._model in (None, entry.id)] or listed
                model = self._model or (wanted[0].id if wanted else None)
                owner = wanted[0].owned_by if wanted else ""
            if not model:
                raise ModelUnavailable(f"The model server at {self._url} has no model loaded.")
            self._about = _Engine(model, owner in TEMPLATE_ENGINES)
        return self._about

    def _tries(self) -> AsyncRetrying:
        return AsyncRetrying(
            stop=stop_after_attempt(self._attempts),
            wait=wait_exponential(multiplier=self._backoff, max=8),
            retry=retry_if_exception(_may_pass),
            reraise=True,
        )

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        """Turns what the libraries raise into our own errors, one plain sentence each."""
        try:
            yield
        except (TimeoutError, openai.APITimeoutError) as error:
            raise ModelTooSlow(
                f"The model server at {self._url} did not answer in time."
            ) from error
        except openai.APIStatusError as error:
            raise ModelUnavailable(_refusal(self._url, error)) from error
        except openai.APIConnectionError as error:
            raise ModelUnavailable(
                f"No model server answers at {self._url}, or it broke off."
            ) from error
        except openai.APIError as error:
            raise ModelUnavailable(f"The model server at {self._url} failed.") from error


@dataclass(frozen=True)
class _Engine:
    """What the engine said about itself."""

    model: str
    takes_template_arguments: bool


@contextmanager
def _protocol(url: str) -> Iterator[None]:
    """Holds what LangChain and the SDK raise on a body that does not follow the protocol."""
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise BadModelOutput(
            f"The server at {url} does not answer as an OpenAI-compatible one does."
        ) from error


def _may_pass(error: BaseException) -> bool:
    """Whether the same request may succeed when it is sent again."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code in TRANSIENT or error.status_code >= 500
    return isinstance(error, openai.APIConnectionError)


def _refusal(url: str, error: openai.APIStatusError) -> str:
    if error.status_code in (401, 403):
        return f"The model server at {url} does not accept the API key."
    if error.status_code == 404:
        return f"The model server at {url} does not know the model or the path."
    return f"The model server at {url} refused the request with status {error.status_code}."


def _usage(chunk: AIMessageChunk) -> Usage | None:
    counted = chunk.usage_metadata
    if counted is None:
        return None
    # Engines leave the cached tokens out or send null where none were cached.
    cached = counted.get("input_token_details", {}).get("cache_read") or 0
    return Usage(1, counted["input_tokens"], cached, counted["output_tokens"])


def _json_object(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Reads the answer; the engine's grammar has already held it to the schema in depth."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise BadModelOutput("The model's answer is not JSON.") from error
    if not isinstance(value, dict):
        raise BadModelOutput("The model's answer is JSON, but no object.")
    missing = [key for key in schema.get("required", []) if key not in value]
    if missing:
        raise BadModelOutput(f"The model's answer lacks {', '.join(missing)}.")
    return value


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
