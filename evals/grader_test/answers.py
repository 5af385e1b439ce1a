"""The assistant's own answers as good transcripts.

Its language model is silent here, so every text is written by code from the records that it
speaks of, and what a suite's line expects of it is taken from the answer itself. That makes them
good whatever the grader says; the few that a reader found wanting are left out by name.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from assistant.app import Assistant, indexes_folder
from assistant.database.connection import Database
from assistant.reply import ReplyEvent
from assistant.settings import Settings
from evals.grader_test.bank import Bank
from evals.grader_test.prose import Slot
from evals.grader_test.transcripts import Transcript
from evals.profile.silent_model import SilentModel
from evals.running.observed import Observed, SeenTiming, SeenWish
from evals.running.systems import observe
from evals.suite.conversation import Conversation
from evals.suite.files import load_suites
from retrieval.embedding import HashingEmbedder
from retrieval.folder import IndexFolder
from retrieval.product import Product

_SUITES = ("single_en", "single_zh", "multi_en", "multi_zh")
# Two markers of its verdict "level" have no citation.
_NOT_GOOD = frozenset({"zh-single-146"})
_SUM = re.compile(r"\$(\d[\d,]*(?:\.\d+)?)")
_BEFORE_SALE = re.compile(r"(?:\bwas|原价)\s*$")
_GAP_BEFORE = re.compile(r"(?:便宜|贵)\s*$")
_GAP_AFTER = re.compile(r"\s*(?:cheaper|more expensive)")
_RATING = re.compile(r"(?<=[(（])\d(?:\.\d)?(?=[)）])|(?<=\brated )\d(?:\.\d)?(?= by)")


def answers(bank: Bank, every: int = 1) -> list[Transcript]:
    """Answers to the published suites of the demo shop.

    Args:
        bank: the demo shop.
        every: takes one conversation of this many.
    """
    with as_file(files("evals") / "suites") as folder:
        conversations = load_suites([folder / f"{name}.jsonl" for name in _SUITES])
    chosen = [c for c in conversations[::every] if c.id not in _NOT_GOOD]
    with tempfile.TemporaryDirectory() as home:
        return asyncio.run(_held(bank, chosen, Path(home)))


async def _held(bank: Bank, conversations: Sequence[Conversation], home: Path) -> list[Transcript]:
    settings = Settings(home=home, catalog=bank.name)
    indexes = IndexFolder(indexes_folder(settings), HashingEmbedder())
    with as_file(files("retrieval.demo")) as demo:
        indexes.replace(
            bank.shop.index, words_file=demo / "words.yaml", advice_file=demo / "advice.yaml"
        )
    database = Database(settings.database_url)
    assistant = Assistant(settings, indexes=indexes, database=database, model=SilentModel())
    try:
        return [t for c in conversations async for t in _conversation(bank, assistant, c)]
    finally:
        assistant.close()


async def _conversation(
    bank: Bank, assistant: Assistant, conversation: Conversation
) -> AsyncIterator[Transcript]:
    for number, turn in enumerate(conversation.turns, start=1):
        seen = await _answered(assistant, conversation.id, turn.say)
        language = turn.expect.language or conversation.language
        line = {
            "id": f"{conversation.id}-{number}",
            "language": language,
            "catalog": bank.name,
            "turns": [
                *({"say": earlier.say} for earlier in conversation.turns[: number - 1]),
                {"say": turn.say, "expect": _expectation(seen, language)},
            ],
        }
        yield Transcript(
            source="answers",
            bank=bank,
            conversation=Conversation.model_validate(line),
            turns=(seen,),
            slots=tuple(_slots(seen, bank)),
        )


async def _answered(assistant: Assistant, thread: str, message: str) -> Observed:
    events = assistant.chat(message, shopper_id=thread, thread_id=thread, catalog=None)
    async with aclosing(events):
        async for event in events:
            if isinstance(event, ReplyEvent):
                return observe(event.reply, timing=SeenTiming())
    raise AssertionError("a turn ends with a reply or an error")


def _expectation(seen: Observed, language: str) -> dict[str, Any]:
    """What the answer says of itself."""
    expect: dict[str, Any] = {
        "intent": [seen.intent],
        "language": language,
        "facts": [label for wish in seen.facts or () for label in _labels(wish)],
        "need": [label for wish in seen.need or () for label in _labels(wish)],
        "unmatched": seen.unmatched,
        "sentiment": seen.sentiment,
        "urgency": seen.urgency,
        "handoff": seen.handoff,
    }
    if seen.pick is not None:
        expect["pick"] = {"ids": [seen.pick]}
    if seen.products:
        expect["refers"] = seen.products
    return expect


def _labels(wish: SeenWish) -> Iterator[dict[str, Any]]:
    for value in wish.value if isinstance(wish.value, list) else [wish.value]:
        op = "=" if wish.op == "contains" else wish.op
        yield {"field": wish.field, "op": op, "value": value, "strength": wish.strength}


def _slots(seen: Observed, bank: Bank) -> Iterator[Slot]:
    """Where the text tells titles, sums and ratings that its records have."""
    products = [bank.shop.products[id] for id in seen.products]
    text = seen.text
    for product in products:
        for title in (product.title, product.title_zh or product.title):
            if text.count(title) == 1:
                at = text.find(title)
                yield Slot("title", at, at + len(title), product)
                break
    for match in _SUM.finditer(text):
        amount = float(match[1].replace(",", ""))
        gap = _GAP_BEFORE.search(text[: match.start()]) or _GAP_AFTER.match(text[match.end() :])
        kind = "was" if _BEFORE_SALE.search(text[: match.start()]) else "price"
        if gap:
            if len(products) > 1:
                yield Slot("gap", *match.span(), None, money="${n}")
        elif (of := _costing(products, amount, kind)) is not None:
            yield Slot(kind, *match.span(), of, money="${n}")
    for match in _RATING.finditer(text):
        rated = [p for p in products if p.rating == float(match[0])]
        if len(rated) == 1:
            yield Slot("rating", *match.span(), rated[0])


def _costing(products: Sequence[Product], amount: float, kind: str) -> Product | None:
    return next(
        (
            product
            for product in products
            if float(product.price if kind == "was" else product.effective_price) == amount
        ),
        None,
    )
