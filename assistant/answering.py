"""Steps 3 and 4 of a turn: the model words the answer, and each sentence is checked."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

import structlog

from assistant.claims import ClaimChecker, Verdict, split_sentences, with_markers
from assistant.errors import BadModelOutput, ModelUnavailable
from assistant.evidence import Evidence
from assistant.llm.client import ChatModel, Message, Usage
from assistant.reply import Citation
from prompts import prompt
from retrieval.product import Product
from retrieval.text import count_cjk

_MAX_TOKENS = 220
# A reply is short unless details were asked for.
MOST_WORDS, MOST_CHARACTERS = 90, 160

_ABOUT_SHOPPER = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"\b[Tt]he (?:shopper|customer)['’]s\b", "your"),
        (r"\bThe (?:shopper|customer) (?:wants|needs|is looking for)\b", "You want"),
        (r"\b[Tt]he (?:shopper|customer)\b", "you"),
        (r"顾客", "您"),
    )
)

_log = structlog.get_logger(__name__)


@dataclass
class Answer:
    """An answer as far as it is written.

    Attributes:
        sentences: what passed or was made from records, in order.
        citations: what they rest on.
        usage: what the model cost.
        refused: sentences of the model that did not pass, with the faults.
        failed: whether the model broke off and the records spoke alone.
    """

    sentences: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    refused: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    failed: bool = False

    def text(self, stop: str) -> str:
        """The sentences joined."""
        return stop.join(self.sentences)


async def write_answer(
    model: ChatModel, evidence: Evidence, answer: Answer, *, detailed: bool = False
) -> AsyncGenerator[str, None]:
    """Streams the sentences of an answer, each when it has passed its checks.

    A sentence that does not pass is left out; the records then speak for its product. Every
    product of the evidence is spoken of, the pick first. Where the model fails, the records speak
    alone: the shopper gets an answer, and ``answer.failed`` says so.

    Args:
        model: the language model.
        evidence: all that may be said.
        answer: filled on the way.
        detailed: whether the whole record is laid before the model.

    Yields:
        Text to show, the space between sentences included.
    """
    checker = ClaimChecker(evidence)
    stop = evidence.phrases["stop"]
    spoken: set[str] = set()
    try:
        async with aclosing(_sentences(model, evidence, answer, detailed=detailed)) as sentences:
            async for sentence in sentences:
                if answer.sentences and not _fits(answer, sentence, stop):
                    break
                sentence = with_markers(_addressed(sentence), evidence)
                verdict = checker.check(sentence)
                faults = verdict.faults or _empty_talk(verdict)
                if faults:
                    answer.refused.append((sentence, faults))
                    continue
                # The pick comes first, whatever the model begins with.
                ids = [product.id for product in verdict.subjects]
                first = not spoken and evidence.pick and not detailed
                if first and evidence.pick and evidence.pick not in ids:
                    yield _say(answer, evidence, evidence.index.get(evidence.pick), stop)
                    spoken.add(evidence.pick)
                answer.citations.extend(verdict.citations)
                spoken.update(product.id for product in verdict.subjects)
                lead = stop if answer.sentences else ""
                answer.sentences.append(sentence)
                yield lead + sentence
    except (ModelUnavailable, BadModelOutput) as error:
        answer.failed = True
        _log.warning("answer_without_model", error=type(error).__name__)
    for product in evidence.products:
        if product.id not in spoken:
            yield _say(answer, evidence, product, stop)
    for product in evidence.products:
        _cite_at_least_price(answer, evidence, product)
    if answer.refused:
        _log.info("sentences_refused", faults=[list(faults) for _, faults in answer.refused])


def _addressed(sentence: str) -> str:
    """The sentence spoken to the shopper: small models speak about "the shopper" instead."""
    for pattern, words in _ABOUT_SHOPPER:
        sentence = pattern.sub(words, sentence)
    return sentence


def _empty_talk(verdict: Verdict) -> tuple[str, ...]:
    """Why a sentence that rests on nothing is left to the record: a pick needs its reason."""
    return () if verdict.citations else ("says nothing that a record says",)


async def _sentences(
    model: ChatModel, evidence: Evidence, answer: Answer, *, detailed: bool
) -> AsyncGenerator[str, None]:
    """Whole sentences of the model, as they become complete."""
    name = "details" if detailed else "answer"
    messages = [
        Message("system", prompt(evidence.language, name)),
        Message("user", _facts(evidence, detailed=detailed)),
    ]
    pending = ""
    async with aclosing(model.stream_text(messages, max_tokens=_MAX_TOKENS)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Usage):
                answer.usage += piece
                continue
            pending += piece
            *whole, pending = split_sentences_open(pending)
            for sentence in whole:
                yield sentence
    for sentence in split_sentences(pending):
        if sentence[-1] in ".。!！?？":  # a text cut by the token limit ends in mid-sentence
            yield sentence


def split_sentences_open(text: str) -> list[str]:
    """Whole sentences, then the rest that may still grow (empty where nothing is open)."""
    parts = split_sentences(text)
    if not parts:
        return [""]
    if text.rstrip()[-1] in "。！？":
        return [*parts, ""]
    # White space after a full stop tells that the sentence has ended once a word follows.
    return [*parts[:-1], parts[-1] + (" " if text[-1].isspace() else "")]


def _facts(evidence: Evidence, *, detailed: bool) -> str:
    """What the model is given: short, because each token is read anew."""
    phrases = evidence.phrases
    lines = [phrases["evidence_message"].format(message=evidence.message)]
    if not detailed:
        wishes = [wish.quote for wish in evidence.need.wishes()]
        if wishes:
            joined = phrases["join"].join(dict.fromkeys(wishes))
            lines.append(phrases["evidence_wishes"].format(wishes=joined))
    # Advice that requires nothing explains no product, and a small model only repeats it.
    for entry in (entry for entry in evidence.advice if entry.require):
        lines.append(
            phrases["evidence_advice"].format(
                name=entry.name(evidence.language), reason=entry.reason[evidence.language]
            )
        )
    lines.append(phrases["evidence_products"])
    for product in evidence.products:
        if detailed:
            lines.append("\n".join(evidence.record_lines(product)))
        else:
            lines.append(evidence.facts_line(product))
    if evidence.pick and not detailed:
        only = len(evidence.products) == 1
        lines.append(phrases["evidence_only" if only else "evidence_pick"])
    return "\n".join(lines)


def _say(answer: Answer, evidence: Evidence, product: Product, stop: str) -> str:
    """Adds the sentence that the record makes of itself."""
    sentence = evidence.describe(product)
    lead = stop if answer.sentences else ""
    answer.sentences.append(sentence)
    marker = evidence.marker(product).strip("[]")
    for reason in evidence.reasons(product):
        name = reason.source.partition("#")[2]
        answer.citations.append(
            Citation(marker=marker, source=reason.source, value=_value(product, name))
        )
    return lead + sentence


def _cite_at_least_price(answer: Answer, evidence: Evidence, product: Product) -> None:
    marker = evidence.marker(product).strip("[]")
    citation = Citation(
        marker=marker,
        source=f"product:{product.id}#price",
        value=str(float(product.effective_price)),
    )
    answer.citations.append(citation)
    unique = {(c.marker, c.source, c.value): c for c in answer.citations}
    answer.citations[:] = unique.values()


def _value(product: Product, name: str) -> str:
    values = product.values(name)
    return ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in values)


def _fits(answer: Answer, sentence: str, stop: str) -> bool:
    text = answer.text(stop) + stop + sentence
    if count_cjk(text) > len(text) / 4:
        return len(text) <= MOST_CHARACTERS
    return len(text.split()) <= MOST_WORDS
