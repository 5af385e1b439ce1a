"""From a message to what the shop's policies say on it: quoted, with a citation, or not known."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from assistant.asked import Asked
from assistant.policy.deciding import Decided, decide, headed
from assistant.policy.parts import asking_parts
from assistant.policy.question import Question, questions_of
from assistant.policy.routing import (
    asks_for_goods,
    asks_for_rule,
    asks_the_shop,
    asks_what_is_sold,
    asks_yes_or_no,
)
from assistant.policy.units import Unit
from assistant.policy.words import Spans
from assistant.reply import Citation, Language, Reply
from assistant.scope import is_out_of_scope
from assistant.turn_state import TurnState
from prompts import phrases
from retrieval.index import CatalogueIndex
from retrieval.policies import Clause, Found
from retrieval.translation import Thesaurus
from tools.find_policy import MOST_QUESTION
from tools.reading.asides import has_come, is_ones_own, is_the_shops

MOST_CLAUSES = 60
MOST_QUESTIONS = 4
# Clauses that are named where none answers.
_MOST_NEAR = 3
# Fields by which a message asks for goods, whatever else it tells.
_NAME_GOODS = frozenset({"category", "brand", "title"})
# By so much messages on service are more like a clause where a wish was read out of their stories;
# messages that wish for goods are so by 0.07 at most (all the suites' first messages).
_CLEARLY = 0.1
_QUOTES = " \t\"'“”‘’「」《》.。!！"


class PolicyAnswer:
    """What the shop's policies say on one message. They are asked once, however often one looks.

    Args:
        state: of the turn.
    """

    def __init__(self, state: TurnState) -> None:
        self._asked = state["asked"]
        self._parsed = state["parsed"]
        self._toolbox = state["toolbox"]
        self._found: tuple[list[Decided] | None] | None = None
        self._near: list[Clause] = []
        self._left: list[Question] = []

    async def take(self) -> dict[str, Any]:
        """What the turn finds, as entries of its state: quotations, or that nothing is written.

        The need stays as it was: a question of service wishes for nothing.
        """
        asked = self._asked
        decided = await self._decided()
        found = {"intent": "policy", "need": asked.thread.need}
        if decided is None:
            said = [str(phrases(asked.language)["policy"])]
            return found | {"lead": said, "unanswered": True}
        told = _Told(asked.language)
        for one in decided:
            told.tell(one, alone=len(decided) == 1)
        near = list(dict.fromkeys(clause.title for clause in self._near))[:_MOST_NEAR]
        told.name(near)
        told.leave([question.text for question in self._left])
        unanswered = not told.citations
        found |= {"lead": told.lead, "cited": told.citations, "unanswered": unanswered}
        return found | {"choices": near}

    async def open(self, last: Reply | None) -> dict[str, Any] | None:
        """What the turn finds where the message is one of the clauses that the last reply named:
        all of it, quoted. None where it is not.

        Args:
            last: the reply before the message.
        """
        asked = self._asked
        if last is None or last.intent != "policy":
            return None
        named = {choice.strip(_QUOTES): choice for choice in last.choices}
        named |= {choice: choice for choice in last.choices}
        title = named.get(asked.message) or named.get(asked.message.strip(_QUOTES))
        if title is None:
            return None
        told = _Told(asked.language)
        for language in (asked.language, _other(asked.language)):
            found = await self._search(title[:MOST_QUESTION], language)
            clauses = [one.clause for one in found if one.clause.title == title]
            # A long clause has several parts, which are read as they stand.
            for clause in sorted(clauses, key=lambda c: (c.file, c.sentences[0].line, c.part)):
                told.read(clause, clause.text)
            if told.citations:
                read = {"intent": "policy", "need": asked.thread.need, "lead": told.lead}
                others = [choice for choice in last.choices if choice != title]
                return read | {"cited": told.citations, "choices": others}
        # Staff have taken it out meanwhile.
        said = [str(phrases(asked.language)["policy_unknown"])]
        return {"intent": "policy", "need": asked.thread.need, "lead": said, "unanswered": True}

    async def answers_rule(self) -> bool:
        """Whether they answer a message that asks for a rule and of nothing of one's own."""
        return asks_for_rule(self._asked.message) and _answered(await self._decided())

    async def answers_unasked(self, *, wished: bool) -> bool:
        """Whether a message that names no goods and no service is for them all the same: "can I
        bring my dog?", which they answer, or "do you repair umbrellas?", which they do not know.

        What they may answer is not known either, rather than looked for among the goods: where it
        is more like what they say than like anything that is sold.

        Args:
            wished: whether the message, naming no goods, was taken for a wish all the same: then
                what is asked of the shop is not known rather than looked for among its goods.
        """
        asked, parsed = self._asked, self._parsed
        goods = (parsed.products, parsed.words, parsed.relaxed, parsed.released)
        if any(goods) or parsed.undecided or not asked.thread.need.empty:
            return False
        if asks_what_is_sold(asked.message) or is_out_of_scope(asked.message, parsed):
            return False
        if parsed.facts:
            if all(has_come(asked.message, fact.quote) for fact in parsed.facts):
                return wished and not asks_for_goods(asked.message)
            if self._asks_of_all_goods():
                return wished and self._says_what(await self._decided())
            # A story has a child, a price, a walk in it: no wish where service is clearly meant.
            named = any(
                fact.field in _NAME_GOODS and not is_ones_own(asked.message, fact.quote)
                for fact in parsed.facts
            )
            return wished and not named and await self._nearer_than_goods(by=_CLEARLY)
        asks = bool(asking_parts(asked.message, asked.language))
        decided = await self._decided() if asks else None
        if decided is not None and _answered(decided):
            return True
        if not wished or parsed.unmatched:
            return False
        return (
            self._says_what(decided) and asks_the_shop(asked.message)
        ) or await self._nearer_than_goods()

    @staticmethod
    def _says_what(decided: Sequence[Decided] | None) -> bool:
        """Whether anything of a message says what it asks, beside its goods."""
        return any(not one.question.empty for one in decided or ())

    def _asks_of_all_goods(self) -> bool:
        """Whether nothing but the shop's goods as such is named: "are your shoes authentic?"."""
        message = self._asked.message
        return asks_yes_or_no(message) and all(
            fact.field == "category" and is_the_shops(message, fact.quote)
            for fact in self._parsed.facts
        )

    async def _nearer_than_goods(self, *, by: float = 0.0) -> bool:
        """Whether a message that asks for no goods is more like a clause than like any product.

        Nobody can write down all the words that service is asked for in: "opened the box and one
        of them is floating, what now?". What is looked for among goods without a wish finds some,
        whatever was said.

        Args:
            by: how much more, in likeness.
        """
        asked = self._asked
        if asks_for_goods(asked.message):
            return False
        found = await self._search(asked.message[-MOST_QUESTION:], asked.language)
        nearest = max((one.likeness for one in found), default=-1.0)
        return nearest > await asyncio.to_thread(asked.index.likeness, asked.message) + by

    async def _decided(self) -> list[Decided] | None:
        """What they say on each question of the message; None where there are no policies."""
        if self._found is None:
            self._found = (await self._decide(),)
        return self._found[0]

    async def _decide(self) -> list[Decided] | None:
        asked = self._asked
        questions = await asyncio.to_thread(questions_in, asked)
        self._left = list(questions[MOST_QUESTIONS:])
        decided: list[Decided] = []
        anything = False
        for question in questions[:MOST_QUESTIONS]:
            own = await self._find(question, asked.language)
            one = await asyncio.to_thread(decide, question, own, _thesaurus())
            near = one.near[:_MOST_NEAR]
            anything = anything or bool(own)
            # Where the shopper's own language has a heading on it, the other one says no more.
            told = any(headed(question, found.clause) for found in own)
            if not one.quoted and not told:
                other = await self._find(question, _other(asked.language))
                anything = anything or bool(other)
                if question.needs:
                    one = await asyncio.to_thread(
                        decide, question, other, _thesaurus(), foreign=True
                    )
            if not one.quoted:
                self._near += near
            decided.append(one)
        return decided if anything else None

    async def _find(self, question: Question, language: Language) -> list[Found]:
        return await self._search(question.whole[-MOST_QUESTION:], language)

    async def _search(self, text: str, language: Language) -> list[Found]:
        arguments = {"question": text, "language": language, "k": MOST_CLAUSES}
        found: list[Found] = await self._toolbox.call("find_policy", arguments)
        return found


def _other(language: Language) -> Language:
    return "en" if language == "zh" else "zh"


def _answered(decided: Sequence[Decided] | None) -> bool:
    return bool(decided) and all(one.whole and one.question.sure for one in decided or ())


def questions_in(asked: Asked) -> list[Question]:
    """What the message of a turn asks, its goods standing for any.

    Args:
        asked: the turn.
    """
    return questions_of(
        asked.message, asked.language, goods=lambda text: goods_in(text, asked.index)
    )


def goods_in(text: str, index: CatalogueIndex) -> Spans:
    """Where a text names products, kinds or brands of the catalogue: a rule for all holds for them.

    Args:
        text: of the shopper.
        index: the catalogue.
    """
    named = [(match.start, match.end) for match in index.titles.find(text)]
    named += [
        (mention.start, mention.end)
        for mention in index.vocabulary.find(text)
        if mention.exact and all(term.field in ("category", "brand") for term in mention.terms)
    ]
    return named


@cache
def _thesaurus() -> Thesaurus:
    return Thesaurus()


@dataclass
class _Told:
    """The sentences of an answer and what they rest on."""

    language: Language
    lead: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)

    def tell(self, decided: Decided, *, alone: bool) -> None:
        """Adds what was found on one question.

        Args:
            decided: what was found.
            alone: whether the message asks nothing else.
        """
        fixed = phrases(self.language)
        if not decided.quoted:
            name = "policy_unknown" if alone else "policy_unknown_part"
            sentence = str(fixed[name]).format(part=decided.question.text.strip(" ?？"))
            self.lead += [sentence] if sentence not in self.lead else []
            return
        if decided.against:
            one, other = decided.quoted[0], decided.against[0]
            self.lead.append(
                str(fixed["policy_differs"]).format(
                    title=_title(one),
                    quote=one.text,
                    marker=self._cite(one.clause.source, one.text),
                    other_title=_title(other),
                    other_quote=other.text,
                    other_marker=self._cite(other.clause.source, other.text),
                )
            )
            return
        quote = _joined(decided.quoted)
        first = decided.quoted[0]
        if any(c.source == first.clause.source and quote in c.value for c in self.citations):
            return  # the question before was answered by the same words
        self.read(first.clause, quote)

    def name(self, titles: Sequence[str]) -> None:
        """Names the clauses that come nearest to what none answers.

        Args:
            titles: of the clauses, the nearest first.
        """
        if titles:
            fixed = phrases(self.language)
            listed = str(fixed["join"]).join(str(fixed["quoted"]).format(text=t) for t in titles)
            self.lead.append(str(fixed["policy_near"]).format(titles=listed))

    def leave(self, questions: Sequence[str]) -> None:
        """Names the questions that were too many to be answered at once.

        Args:
            questions: as they were asked.
        """
        if questions:
            fixed = phrases(self.language)
            own = (text.strip(" ?？") for text in questions)
            listed = str(fixed["join"]).join(str(fixed["quoted"]).format(text=t) for t in own)
            self.lead.append(str(fixed["policy_left"]).format(questions=listed))

    def read(self, clause: Clause, quote: str) -> None:
        """Quotes a clause, or a part of it."""
        own = clause.language == self.language
        pattern = str(phrases(self.language)["policy_says" if own else "policy_other_language"])
        marker = self._cite(clause.source, quote)
        self.lead.append(pattern.format(title=_plain(clause.title), quote=quote, marker=marker))

    def _cite(self, source: str, quote: str) -> str:
        marker = str(len(self.citations) + 1)
        self.citations.append(Citation(marker=marker, source=source, value=quote))
        return f"[{marker}]"


def _joined(units: Sequence[Unit]) -> str:
    """The quotation of several sentences of one clause, each once, in their order."""
    sentences = [sentence for unit in units for sentence in unit.sentences]
    stop = "" if units[0].clause.language == "zh" else " "
    parts: list[str] = []
    for sentence in dict.fromkeys(sentences):
        if sentence.lead and sentence.lead not in parts:
            parts.append(sentence.lead)
        parts.append(sentence.text)
    return stop.join(parts)


def _title(unit: Unit) -> str:
    return _plain(unit.clause.title)


def _plain(title: str) -> str:
    return title.replace("“", "").replace("”", "")
