"""Steps 3 and 4 of a turn: the model words the answer, and each sentence is checked."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import structlog
from rapidfuzz.fuzz import ratio

from assistant.claims import ClaimChecker, Verdict, split_sentences, with_markers
from assistant.comparing.draft import Told
from assistant.errors import BadModelOutput, ModelUnavailable
from assistant.evidence import Evidence
from assistant.llm.client import ChatModel, Message, Usage
from assistant.record_sentence import plain_sentence, record_sentence
from assistant.reply import Citation, Language
from prompts import phrases, prompt
from retrieval.product import Product
from retrieval.text import count_cjk

_MAX_TOKENS = 160
_MAX_REPAIR_TOKENS = 90
# A reply is short unless details were asked for.
MOST_WORDS, MOST_CHARACTERS = 90, 160
_LATIN_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9.,'’%-]*")

# A sentence so like one that was said already, in hundredths, is left out.
_REPEATS = 85

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


@dataclass(frozen=True)
class Refusal:
    """A sentence of the model that did not pass, and why."""

    sentence: str
    faults: tuple[str, ...]


@dataclass
class Answer:
    """An answer as far as it is written.

    Attributes:
        sentences: what passed or was made from records, in order.
        citations: what they rest on.
        usage: what the model cost.
        refused: sentences of the model that did not pass.
        repaired: how many of those passed after the model had mended them.
        failed: whether the model broke off and the records spoke alone.
    """

    sentences: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    refused: list[Refusal] = field(default_factory=list)
    repaired: int = 0
    failed: bool = False

    def text(self, stop: str) -> str:
        """The sentences joined."""
        return stop.join(self.sentences)

    def add(self, sentence: str, citations: Sequence[Citation], stop: str) -> str:
        """Appends a sentence; returns it as a stream goes on, with the space before it."""
        lead = stop if self.sentences else ""
        self.sentences.append(sentence)
        for citation in citations:
            if citation not in self.citations:
                self.citations.append(citation)
        return lead + sentence


class Writer:
    """Lets the model word one answer, sentence by sentence.

    A sentence that does not pass its check is left out. Where a product is then left unspoken of,
    the model may mend what it wrote, once; after that the record speaks for itself. Where the
    model fails, the records speak alone: the shopper gets an answer, and ``answer.failed`` says so.

    Args:
        model: the language model.
        evidence: all that may be said.
        answer: filled on the way.
        spoken: ids of the products that the answer has spoken of already.
        after: what the answer will end with (a question asked back), for which room is kept.
    """

    def __init__(
        self,
        model: ChatModel,
        evidence: Evidence,
        answer: Answer,
        spoken: Sequence[str] = (),
        after: str = "",
    ) -> None:
        self._model = model
        self._evidence = evidence
        self._answer = answer
        self._spoken = set(spoken)
        self._after = after
        self._records: dict[str, Told] = {}
        self._checker = ClaimChecker(evidence)
        self._stop: str = evidence.phrases["stop"]

    async def write(self, name: str, sheet: str) -> AsyncGenerator[str, None]:
        """Streams the sentences of an answer, each when it has passed its checks.

        Args:
            name: of the prompt.
            sheet: the facts that the model is given.

        Yields:
            Text to show, the space between sentences included.
        """
        evidence, answer = self._evidence, self._answer
        messages = [*prompt_messages(evidence.language, name), Message("user", sheet)]
        draft: list[str] = []
        try:
            async with aclosing(self._passing(messages, _MAX_TOKENS, draft)) as pieces:
                async for piece in pieces:
                    yield piece
            if answer.refused and self._unspoken():
                before = len(answer.sentences)
                messages.append(Message("assistant", " ".join(draft)))
                messages.append(Message("user", self._complaint()))
                mended = self._passing(messages, _MAX_REPAIR_TOKENS, [], repairing=True)
                async with aclosing(mended) as pieces:
                    async for piece in pieces:
                        yield piece
                answer.repaired = len(answer.sentences) - before
        except (ModelUnavailable, BadModelOutput) as error:
            answer.failed = True
            answer.usage += Usage(failed=1)
            _log.warning("answer_without_model", error=type(error).__name__)
        if answer.refused:
            # What is wrong with them would name words that may be the shopper's.
            refused = len(answer.refused)
            _log.info("sentences_refused", refused=refused, repaired=answer.repaired)

    def tell_records(self) -> Iterator[str]:
        """A sentence from the record of each product that the answer has not spoken of yet."""
        for product in self._unspoken():
            told = self._record(product)
            if not self._evidence.asked and not self._has_room(told.text):
                told = plain_sentence(self._evidence, product)
            self._spoken.add(product.id)
            yield self._answer.add(told.text, told.citations, self._stop)

    def _unspoken(self) -> list[Product]:
        return [p for p in self._evidence.products if p.id not in self._spoken]

    def _record(self, product: Product) -> Told:
        if product.id not in self._records:
            self._records[product.id] = record_sentence(self._evidence, product)
        return self._records[product.id]

    def _has_room(self, sentence: str) -> bool:
        """Whether a sentence leaves room for the products that are not spoken of with it."""
        evidence = self._evidence
        rest = [
            self._record(product).text
            for product in self._unspoken()
            if evidence.marker(product) not in sentence
        ]
        text = self._stop.join([*self._answer.sentences, sentence, *rest, self._after])
        most = MOST_CHARACTERS if evidence.language == "zh" else MOST_WORDS
        return length_of(text, evidence.language) <= most

    def _complaint(self) -> str:
        """Asks for the refused sentences again, saying what no record supports."""
        fixed = self._evidence.phrases
        lines = [
            fixed["repair_line"].format(
                sentence=refusal.sentence, faults=fixed["join"].join(refusal.faults)
            )
            for refusal in self._answer.refused[:2]
        ]
        return "\n".join([*lines, fixed["repair"]])

    async def _passing(
        self, messages: Sequence[Message], most: int, draft: list[str], *, repairing: bool = False
    ) -> AsyncGenerator[str, None]:
        """The model's sentences that pass, as a stream; ``draft`` gets all of them."""
        answer, evidence = self._answer, self._evidence
        async with aclosing(self._sentences(messages, most)) as sentences:
            async for written in sentences:
                draft.append(written)
                sentence = with_markers(_plainly_named(_addressed(written), evidence), evidence)
                if any(_same(sentence, told) for told in answer.sentences):
                    continue
                if not self._has_room(sentence):
                    if not self._unspoken():
                        break
                    continue
                verdict = self._checker.check(sentence)
                if repairing and {p.id for p in verdict.subjects} <= self._spoken:
                    continue  # it is a product that still lacks a sentence
                faults = verdict.faults or _empty_talk(verdict)
                if faults:
                    answer.refused.append(Refusal(written, faults))
                    continue
                if self._repeats(verdict):
                    continue
                self._spoken.update(product.id for product in verdict.subjects)
                yield answer.add(sentence, verdict.citations, self._stop)

    def _repeats(self, verdict: Verdict) -> bool:
        """Whether a sentence is only on what the answer opened with, and no advice explains it.

        Asked for more on a pick whose reasons are told, a small model ties them together at will:
        "its leather upper is for work".
        """
        if self._evidence.pick is None or self._evidence.explained:
            return False
        return {product.id for product in verdict.subjects} <= {self._evidence.pick}

    async def _sentences(self, messages: Sequence[Message], most: int) -> AsyncGenerator[str, None]:
        """Whole sentences of the model, as they become complete."""
        pending = ""
        async with aclosing(self._model.stream_text(messages, max_tokens=most)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Usage):
                    self._answer.usage += piece
                    continue
                pending += piece
                *whole, pending = split_sentences_open(pending)
                for sentence in whole:
                    yield sentence
        for sentence in split_sentences(pending):
            if sentence[-1] in ".。!！?？":  # a text cut by the token limit ends in mid-sentence
                yield sentence


def prompt_messages(language: Language, name: str) -> list[Message]:
    """A prompt with its own example as turns before: a small model follows one better than rules.

    Args:
        language: of the prompt.
        name: ``answer``, ``others`` or ``details``.
    """
    messages = [Message("system", prompt(language, name))]
    example = phrases(language).get(f"example_{name}")
    if example:
        messages.append(Message("user", str(example["sheet"]).strip()))
        messages.append(Message("assistant", str(example["answer"]).strip()))
    return messages


def _addressed(sentence: str) -> str:
    """The sentence spoken to the shopper: small models speak about "the shopper" instead."""
    for pattern, words in _ABOUT_SHOPPER:
        sentence = pattern.sub(words, sentence)
    # Small models open quotation marks that they never close.
    for left, right in ('""', "“”", "「」"):
        if sentence.count(left) != sentence.count(right) or left == right:
            sentence = sentence.strip(left + right)
    return sentence


def _empty_talk(verdict: Verdict) -> tuple[str, ...]:
    """Why a sentence that rests on nothing is left to the record: a pick needs its reason."""
    return () if verdict.citations else ("says nothing that a record says",)


def _plainly_named(sentence: str, evidence: Evidence) -> str:
    """Names as the records have them: "Ghost 16 Men's [2]" of a shoe for all is "Ghost 16 [2]".

    What stands between a name and its number is taken for a part of the name.
    """
    for product in evidence.products:
        marker = evidence.marker(product)
        for title in filter(None, (product.title, product.title_zh)):
            between = r"\s+[^\[\]，。,.;；：:!?！？$\d]{1,40}?\s*"
            named = re.escape(title) + between + re.escape(marker)
            plain = f"{title} {marker}".replace("\\", r"\\")
            sentence = re.sub(named, plain, sentence)
    return sentence


def _same(sentence: str, told: str) -> bool:
    """Whether a sentence was said already, as a whole or as a part of another."""
    return sentence.strip(" .。") in told or ratio(sentence, told) > _REPEATS


def split_sentences_open(text: str) -> list[str]:
    """Whole sentences, then the rest that may still grow (empty where nothing is open)."""
    parts = split_sentences(text)
    if not parts:
        return [""]
    if text.rstrip()[-1] in "。！？":
        return [*parts, ""]
    # White space after a full stop tells that the sentence has ended once a word follows.
    return [*parts[:-1], parts[-1] + (" " if text[-1].isspace() else "")]


def length_of(text: str, language: Language) -> int:
    """Words of an English text; characters of a Chinese one, a word of another script as one."""
    if language == "zh":
        return count_cjk(text) + len(_LATIN_WORD.findall(text))
    return len(text.split())
