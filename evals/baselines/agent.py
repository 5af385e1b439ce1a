"""LangChain's ``create_agent`` with one retriever tool."""

from __future__ import annotations

import json
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolCall
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import tool
from langgraph.errors import GraphRecursionError

from assistant.errors import BadModelOutput
from assistant.language import language_of
from evals.baselines.plain import (
    FOUND,
    REMEMBERED,
    Watch,
    chat_model,
    observed,
    plain_errors,
    record_text,
)
from evals.running.observed import Observed
from evals.suite.conversation import Conversation
from retrieval.index import CatalogueIndex

_SYSTEM = {
    "en": (
        "You are the shopping assistant of an online shop. First call the tool search_products"
        " with the shopper's wishes; do not write about the call. Then answer in English, in at"
        " most 90 words. Recommend only products that the tool returned and that meet all of the"
        " shopper's wishes, name them by their titles, give the price and the reason, and state"
        " only what their records say. If none fits, say so."
    ),
    "zh": (
        "你是一家网店的导购。先用顾客的要求调用工具 search_products，不要描述调用过程；"
        "然后用中文回答，不超过160个字。只推荐工具返回的、符合顾客全部要求的商品，用商品名称来称呼，"
        "给出价格和推荐理由，只说记录里写明的信息。如果没有合适的，请直接说明。"
    ),
}
_TOOL = "search_products"
_CALL = re.compile(
    r'"name"\s*:\s*"[^"]*"\s*,\s*"arguments"\s*:\s*\{\s*"query"\s*:\s*("(?:[^"\\]|\\.)*")'
)
# Each step of the graph is a call of the model or of its tools: four calls at most.
_MOST_STEPS = 8


class AgentBaseline:
    """An agent that decides by itself when to search.

    Args:
        base_url: of an OpenAI-compatible server that can call tools, with its version.
        model: the model's id.
        index: gives the catalogue of a name.
        mend_calls: whether a call that the model writes as text is taken for a call. Without it
            a small model behind llama.cpp hardly ever searches.
        timeout: seconds that a call may take.
        temperature: 0 takes the likeliest token each time.
        seed: makes sampling repeatable where the engine can.
        clock: seconds of a clock that never goes back.
    """

    name = "create-agent"

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        index: Callable[[str], CatalogueIndex],
        mend_calls: bool = True,
        timeout: float = 120.0,
        temperature: float = 0.0,
        seed: int | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._model = chat_model(
            base_url, model, timeout=timeout, temperature=temperature, seed=seed
        )
        self._index = index
        self._mend_calls = mend_calls
        self._clock = clock
        self._history: dict[str, list[BaseMessage]] = defaultdict(list)

    async def begin(self, conversation: Conversation) -> None:
        """See ``System.begin``."""
        self._history[conversation.id].clear()

    async def answer(self, conversation: Conversation, turn: int, message: str) -> Observed:
        """See ``System.answer``."""
        history = self._history[conversation.id]
        index = self._index(conversation.catalog)
        agent = self._agent(index, language_of(message))
        before = [*history[-REMEMBERED:], HumanMessage(message)]
        watch = Watch(self._clock)
        state: dict[str, Any] = {}
        config = RunnableConfig(recursion_limit=_MOST_STEPS)
        with plain_errors():
            try:
                async for mode, part in agent.astream(
                    {"messages": before}, config, stream_mode=["messages", "values"]
                ):
                    if mode == "values":
                        state = part
                    elif isinstance(part[0], AIMessageChunk):
                        watch.text(str(part[0].text), part[0].id)
            except GraphRecursionError as error:
                raise BadModelOutput("The agent went on searching without an answer.") from error
        written = [m for m in state.get("messages", [])[len(before) :] if isinstance(m, AIMessage)]
        if not written:
            raise BadModelOutput("The agent answered with nothing.")
        text = str(written[-1].text).strip()
        # What a search gave stays out of the history: a small model's context has no room for it.
        history += [HumanMessage(message), AIMessage(text)]
        return observed(text, index, written, watch)

    def _agent(self, index: CatalogueIndex, language: str) -> Any:
        @tool(parse_docstring=True)
        def search_products(query: str) -> str:
            """Search the shop's products. Returns those that fit the query best.

            Args:
                query: what the shopper wants, in a few words.
            """
            hits = index.search(query, k=FOUND)
            return "\n".join(f"- {record_text(hit.product, language)}" for hit in hits)

        return create_agent(
            self._model,
            [search_products],
            system_prompt=_SYSTEM[language],
            middleware=[_CallsInText()] if self._mend_calls else [],
        )


class _CallsInText(AgentMiddleware[Any, Any]):
    """Takes a call that a small model wrote as plain text for the call that it is."""

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        """Reads the answer of the model before the agent does."""
        response = await handler(request)
        messages = [
            _mended(message) if isinstance(message, AIMessage) else message
            for message in response.result
        ]
        return ModelResponse(messages, response.structured_response)


def _mended(message: AIMessage) -> AIMessage:
    match = None if message.tool_calls else _CALL.search(str(message.text))
    if match is None:
        return message
    try:
        query = str(json.loads(match[1]))
    except ValueError:
        return message
    call = ToolCall(name=_TOOL, args={"query": query}, id=f"call-{message.id}", type="tool_call")
    return message.model_copy(update={"content": "", "tool_calls": [call]})
