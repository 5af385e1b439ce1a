"""Retrieve, then answer in one call: the products nearest to the message go into the prompt."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
)

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
        "You are the shopping assistant of an online shop. Answer in English, in at most 90 words."
        " Recommend only products from the list below that meet all of the shopper's wishes, name"
        " them by their titles, give the price and the reason, and state only what the list says."
        " If none fits, say so."
        " Our products that come closest to the question:\n{products}\nAnswer in English."
    ),
    "zh": (
        "你是一家网店的导购。请用中文回答，不超过160个字。只推荐下面列出的、符合顾客全部要求的商品，"
        "用商品名称来称呼，给出价格和推荐理由，只说列表里写明的信息。如果没有合适的，请直接说明。"
        "与问题最接近的商品：\n{products}\n请用中文回答。"
    ),
}
_CONTEXT = 3
"""How many of the shopper's messages the search is made with."""


class RetrieveThenAnswer:
    """One search and one streamed call a turn.

    Args:
        base_url: of an OpenAI-compatible server, with its version.
        model: the model's id.
        index: gives the catalogue of a name.
        timeout: seconds that a call may take.
        temperature: 0 takes the likeliest token each time.
        seed: makes sampling repeatable where the engine can.
        clock: seconds of a clock that never goes back.
    """

    name = "retrieve-then-answer"

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        index: Callable[[str], CatalogueIndex],
        timeout: float = 120.0,
        temperature: float = 0.0,
        seed: int | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._model = chat_model(
            base_url, model, timeout=timeout, temperature=temperature, seed=seed
        )
        self._index = index
        self._clock = clock
        self._history: dict[str, list[BaseMessage]] = defaultdict(list)

    async def begin(self, conversation: Conversation) -> None:
        """See ``System.begin``."""
        self._history[conversation.id].clear()

    async def answer(self, conversation: Conversation, turn: int, message: str) -> Observed:
        """See ``System.answer``."""
        history = self._history[conversation.id]
        index = self._index(conversation.catalog)
        watch = Watch(self._clock)
        asked = [HumanMessage(message)]
        whole: AIMessageChunk | None = None
        with plain_errors():
            async for chunk in self._model.astream(self._prompt(index, history, message)):
                if not isinstance(chunk, AIMessageChunk):
                    continue
                watch.text(str(chunk.text), chunk.id)
                whole = chunk if whole is None else whole + chunk
        if whole is None:
            raise BadModelOutput("The model server answered with nothing.")
        text = str(whole.text).strip()
        history += [*asked, AIMessage(text)]
        return observed(text, index, [whole], watch)

    def _prompt(
        self, index: CatalogueIndex, history: Sequence[BaseMessage], message: str
    ) -> list[BaseMessage]:
        earlier = [str(m.text) for m in history if isinstance(m, HumanMessage)]
        query = "\n".join([*earlier[-(_CONTEXT - 1) :], message])
        products = "\n".join(
            f"- {record_text(hit.product)}" for hit in index.search(query, k=FOUND)
        )
        system = _SYSTEM[language_of(message)].format(products=products)
        return [SystemMessage(system), *history[-REMEMBERED:], HumanMessage(message)]
