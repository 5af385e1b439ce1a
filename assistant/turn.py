"""One turn as a graph: understand, act, answer with each sentence checked, commit."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict, cast

import numpy as np
from langchain_core.runnables import RunnableConfig
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph

from assistant.answering import Answer, Writer
from assistant.asking import ask_back
from assistant.comparison import comparison_table, verdict
from assistant.comparison_table import ComparisonTable
from assistant.evidence import Evidence
from assistant.facts_sheet import recommendation_sheet, record_sheet
from assistant.handoff import summarise
from assistant.llm.client import ChatModel, Usage
from assistant.nearest import nearest_offer
from assistant.need import Need, Plan, plan_search, soften, update_need
from assistant.opening import opening
from assistant.profile.facts import learn
from assistant.remarks import remarks
from assistant.reply import (
    Citation,
    DeltaEvent,
    Handoff,
    Intent,
    Language,
    ProductEvent,
    Reply,
    ReplyEvent,
    StatusEvent,
    TurnEvent,
    UsageReport,
)
from assistant.routing import (
    Route,
    asked_fields,
    asked_variant,
    choose_route,
    picks_among,
    products_meant,
)
from assistant.store import Store, ThreadState
from assistant.understanding import understand
from prompts import phrases
from retrieval.advice import Advice
from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from retrieval.vocabulary import Term
from tools.compare_products import Comparison, compare_products_tool
from tools.lookup_profile import KnownFact, lookup_profile_tool
from tools.parse_query import parse_query_tool
from tools.product_details import product_details_tool
from tools.reading.fact import ParsedQuery
from tools.reading.mood import Mood, read_mood
from tools.reading.subject import speaks_of_others
from tools.search_products import SearchResult, search_products_tool
from tools.toolbox import Toolbox

_MOST_COMPARED = 4
_KINDS_NAMED = 6
_MOST_CHOICES = 4
# A question to ask back is weighed over so many of the products that fit.
_MOST_ASKED_OVER = 2000
_OTHERS = re.compile(
    r"\b(?:more|others?|else|another|different|alternatives?|next)\b|别的|其[他它]|另外|换(?:一[批个双款]|几)|再(?:来|推荐|看)|还有(?:没有|吗|哪)",
    re.IGNORECASE,
)
_OF_THEM = re.compile(
    r"\b(?:them|these|those|which\s+one|of\s+the\s+(?:two|three|four))\b"
    r"|它们|[这那][几些两二三四][双款个]?|这些|哪一?[双款个](?=更|比|最|便|轻)|其中|里面?最"
    r"|^(?:那|那么)?[^，。]{2,10}呢[?？]?$|^(?:and|what\s+about)\b[^,.]{3,30}\?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Surroundings:
    """What every turn of a server shares.

    Attributes:
        model: the language model.
        store: the database.
        rates: units of a currency that one unit of the catalogue's is worth.
        products_shown: how many products an answer offers at most.
        clock: seconds of a clock that never goes back, for timings.
        now: the time of day.
        new_id: a fresh id.
    """

    model: ChatModel
    store: Store
    rates: Mapping[str, Decimal]
    products_shown: int
    clock: Callable[[], float]
    now: Callable[[], datetime]
    new_id: Callable[[], str]


@dataclass(frozen=True)
class Asked:
    """One message, with who asks, where and of what."""

    message: str
    language: Language
    thread: ThreadState
    index: CatalogueIndex
    turn_id: str


@dataclass(frozen=True)
class Opened:
    """The sentence that an answer opens with, made from records, and what the model goes on from.

    Attributes:
        citations: what the sentence rests on.
        spoken: ids of the products that it says enough of.
        sheet: the facts that the model is given to go on from; None where all is said.
    """

    sentence: str
    citations: Sequence[Citation]
    spoken: Sequence[str]
    sheet: str | None


class TurnState(TypedDict, total=False):
    """What the steps of a turn hand on."""

    asked: Asked
    toolbox: Toolbox
    started: float
    timing: dict[str, float]
    usage: Usage
    parsed: ParsedQuery
    mood: Mood
    need: Need
    intent: Intent
    evidence: Evidence | None
    lead: list[str]
    cited: list[Citation]
    near: str | None
    opened: Opened | None
    comparison: ComparisonTable | None
    question: str | None
    choices: list[str]
    handoff: Handoff | None
    answer: Answer
    reply: Reply


class Turn:
    """Answers messages. Holds no state of a conversation: that is in the store."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._around = surroundings
        graph = StateGraph(TurnState)
        graph.add_node("understand", self._understand)
        graph.add_node("act", self._act)
        graph.add_node("answer", self._answer)
        graph.add_node("commit", self._commit)
        graph.add_edge(START, "understand")
        graph.add_edge("understand", "act")
        graph.add_edge("act", "answer")
        graph.add_edge("answer", "commit")
        graph.add_edge("commit", END)
        # No checkpointer: LangGraph's keys on the thread id alone, and ours asks whose it is.
        self._graph = graph.compile()

    async def run(self, asked: Asked) -> AsyncGenerator[TurnEvent, None]:
        """The events of one turn; the last is the reply, sent when it is durable.

        Raises:
            ModelUnavailable: the model server does not answer. Nothing is stored.
            ThreadBusy: another turn of the thread was finished meanwhile.
        """
        around = self._around
        start: TurnState = {
            "asked": asked,
            "started": around.clock(),
            "timing": {},
            "usage": Usage(),
            "toolbox": Toolbox(
                [
                    parse_query_tool(
                        asked.index,
                        rates=around.rates,
                        shown=asked.thread.shown,
                        pick=asked.thread.pick,
                        held=asked.thread.need.wishes(),
                    ),
                    lookup_profile_tool(around.store, asked.thread.shopper_id),
                    search_products_tool(asked.index),
                    product_details_tool(asked.index),
                    compare_products_tool(asked.index),
                ],
                around.clock,
            ),
        }
        config = RunnableConfig(run_name="turn", recursion_limit=12)
        async with aclosing(
            self._graph.astream(start, config=config, stream_mode="custom")  # type: ignore[type-var]
        ) as events:
            async for event in events:
                yield cast("TurnEvent", event)

    # understand ------------------------------------------------------------------------------

    async def _understand(self, state: TurnState) -> dict[str, Any]:
        asked = state["asked"]
        tell = get_stream_writer()
        tell(StatusEvent(text=phrases(asked.language)["status_understand"]))
        shown = [asked.index.get(id).title for id in asked.thread.shown if id in asked.index]
        reading, usage = await understand(
            self._around.model,
            asked.message,
            asked.language,
            shown=shown,
        )
        parsed: ParsedQuery = await state["toolbox"].call(
            "parse_query", {"message": asked.message, "reading": reading}
        )
        meant = products_meant(asked.message, parsed, asked.thread.pick)
        parsed = parsed.model_copy(update={"products": meant})
        need = update_need(
            asked.thread.need,
            parsed.facts,
            parsed.unmatched,
            turn=asked.thread.turns + 1,
            index=asked.index,
            relaxed=parsed.relaxed,
            released=parsed.released,
            message=asked.message,
        )
        return {
            "parsed": parsed,
            "mood": read_mood(asked.message),
            "need": need,
            "usage": state["usage"] + usage,
            "timing": {**state["timing"], "understand": self._since(state["started"])},
        }

    # act -------------------------------------------------------------------------------------

    async def _act(self, state: TurnState) -> dict[str, Any]:
        start = self._around.clock()
        asked, parsed = state["asked"], state["parsed"]
        found: dict[str, Any] = {"evidence": None, "lead": [], "cited": [], "choices": []}
        found |= {"handoff": None, "question": None, "comparison": None}
        found |= {"opened": None, "near": None}
        match choose_route(asked.message, parsed, state["mood"], asked.thread.need, asked.index):
            case Route.THANKS:
                found |= {"intent": "smalltalk", "lead": [self._say(asked, "welcome")]}
            case Route.PERSON:
                found |= self._hand_off(state)
            case Route.POLICY | Route.ORDER as service:
                found |= {"intent": service.value, "lead": [self._say(asked, service.value)]}
                found |= {"need": asked.thread.need}
            case Route.GREETING:
                found |= {"intent": "smalltalk", "lead": [self._say(asked, "smalltalk")]}
            case Route.REFUSAL:
                found |= {"intent": "refuse", "lead": [self._say(asked, "refuse")]}
            case Route.COMPARE:
                found |= await self._compare(state)
            case Route.DETAILS:
                found |= await self._look_up(state)
            case Route.NOT_SOLD:
                found |= self._say_not_sold(state)
            case Route.CLARIFY:
                found |= self._clarify(asked)
            case Route.SEARCH:
                found |= await self._search(state)
        timing = {**state["timing"], "act": self._since(start)}
        return {**found, "timing": timing}

    def _clarify(self, asked: Asked) -> dict[str, Any]:
        """Asks what is wanted, where nothing is known yet, with the kinds that there are."""
        kinds = _kinds(asked.index, asked.language)
        text = self._say(asked, "clarify" if kinds else "clarify_plain")
        listed = phrases(asked.language)["join"].join(kinds)
        return {
            "intent": "clarify",
            "choices": kinds[:_MOST_CHOICES],
            "lead": [text.format(kinds=listed)],
        }

    def _say_not_sold(self, state: TurnState) -> dict[str, Any]:
        asked, parsed = state["asked"], state["parsed"]
        fixed = phrases(asked.language)
        # The shopper's own words: what the model calls them is not checked.
        things = list(dict.fromkeys(u.quote for u in parsed.unmatched if u.field == "category"))
        kinds = _kinds(asked.index, asked.language)
        lead = [
            fixed["not_sold"].format(things=fixed["join"].join(things)),
            fixed["not_sold_kinds"].format(kinds=fixed["join"].join(kinds)),
        ]
        # What is not sold here changes nothing of what was wanted before.
        return {
            "intent": "not_in_catalogue",
            "lead": lead,
            "need": asked.thread.need.model_copy(update={"unmatched": parsed.unmatched}),
        }

    def _hand_off(self, state: TurnState) -> dict[str, Any]:
        asked = state["asked"]
        titles = [asked.index.get(id).title for id in asked.thread.shown]
        handoff = summarise(asked.message, state["need"], titles, state["mood"], asked.language)
        return {"intent": "handoff", "lead": [self._say(asked, "handoff")], "handoff": handoff}

    async def _look_up(self, state: TurnState) -> dict[str, Any]:
        asked, parsed = state["asked"], state["parsed"]
        text = phrases(asked.language)["status_details"].format(count=1)
        get_stream_writer()(StatusEvent(text=text))
        product = await state["toolbox"].call("product_details", {"product_id": parsed.products[0]})
        evidence = Evidence(
            index=asked.index,
            products=[product],
            need=state["need"],
            plan=Plan(),
            language=asked.language,
            message=asked.message,
            asked=asked_fields(asked.message, parsed, asked.index),
            asked_variant=asked_variant(parsed),
        )
        return {
            "intent": "product_question",
            "evidence": evidence,
            "lead": remarks(parsed, asked.index, asked.language),
        }

    async def _compare(self, state: TurnState) -> dict[str, Any]:
        asked, parsed = state["asked"], state["parsed"]
        ids = list(parsed.products[:_MOST_COMPARED])
        text = phrases(asked.language)["status_compare"].format(count=len(ids))
        get_stream_writer()(StatusEvent(text=text))
        # "Which of the two is better for flat feet?" adds a wish; a field asked about does not.
        need = state["need"]
        plan = plan_search(need, asked.index)
        compared: Comparison = await state["toolbox"].call(
            "compare_products",
            {
                "product_ids": ids,
                "where": plan.conditions,
                "prefer": list(plan.prefer),
                "sort": plan.sort,
            },
        )
        evidence = Evidence(
            index=asked.index,
            products=compared.products,
            need=need,
            plan=plan,
            language=asked.language,
            message=asked.message,
            advice=_advice(need, asked.index),
            pick=compared.verdict.pick,
            asked=asked_fields(asked.message, parsed, asked.index),
        )
        told = verdict(compared, evidence)
        opened = evidence.with_titles(told.text)
        table = comparison_table(compared, evidence)
        return {
            "intent": "compare",
            "evidence": evidence,
            "lead": remarks(parsed, asked.index, asked.language),
            "comparison": table,
            "opened": Opened(
                opened,
                told.citations,
                [p.id for p in compared.products if evidence.marker(p) in opened],
                None,
            ),
        }

    async def _search(self, state: TurnState) -> dict[str, Any]:
        asked, need, parsed = state["asked"], state["need"], state["parsed"]
        fixed = phrases(asked.language)
        text = fixed["status_search"].format(count=len(asked.index))
        get_stream_writer()(StatusEvent(text=text))
        lead = remarks(parsed, asked.index, asked.language)
        if any(u.field == "size" for u in parsed.unmatched):
            # A size that nothing is made in rules everything out.
            return {"intent": "recommend", "lead": lead}
        known: list[KnownFact] = await state["toolbox"].call("lookup_profile", {})
        among = self._among_shown(state)
        if among:
            # "Which of these is leather?" asks of what was shown, and adds nothing to the need.
            need = update_need(Need(), parsed.facts, (), turn=1, index=asked.index)
        held = need if among else soften(need, asked.index)
        if held is not need:
            softened = [wish.quote for wish in need.must if wish not in held.must]
            quotes = fixed["join"].join(dict.fromkeys(softened))
            lead.append(fixed["not_listed_for"].format(quotes=quotes))
        plan = plan_search(held, asked.index)
        result: SearchResult = await state["toolbox"].call(
            "search_products",
            {
                "query": " ".join([*plan.words, *parsed.words, asked.message]),
                "where": [*among, *plan.conditions, *self._unseen(state, plan)],
                "prefer": list(plan.prefer),
                "traits": [] if speaks_of_others(asked.message) else _traits(known, asked.index),
                "sort": plan.sort,
                "k": self._around.products_shown,
            },
        )
        if among and not result.products:
            lead.append(fixed["none_of_these"])
            return {"intent": "recommend", "lead": lead, "need": asked.thread.need}
        if not result.products:
            near = await nearest_offer(need, plan, asked.index, state["toolbox"], asked.language)
            lead += [fixed["nothing_fits"], *near.sentences]
            found = {"intent": "recommend", "lead": lead, "cited": near.citations}
            return found | {"near": near.product_id}
        evidence = Evidence(
            index=asked.index,
            products=[ranked.product for ranked in result.products],
            need=held,
            plan=plan,
            language=asked.language,
            message=asked.message,
            advice=_advice(need, asked.index),
            extremes=result.extremes,
            among_shown=bool(among),
            pick=result.products[0].product.id,
        )
        question = None
        if not (among or parsed.undecided or plan.sort):
            rows = np.flatnonzero(asked.index.columns.mask(plan.conditions))[:_MOST_ASKED_OVER]
            fitting = [asked.index.products[row] for row in rows]
            question = ask_back(need, fitting, asked.index, asked.language)
        if question is not None:
            need = need.model_copy(update={"asked": (*need.asked, question.field)})
        return {
            "intent": "recommend",
            "evidence": evidence,
            "opened": _open(evidence),
            "lead": lead,
            "need": asked.thread.need if among else need,
            "question": question.text if question else None,
            "choices": list(question.choices) if question else [],
        }

    def _unseen(self, state: TurnState, plan: Plan) -> list[Condition]:
        """ "Show me others": not those that were shown, where others meet the same wishes."""
        asked, parsed = state["asked"], state["parsed"]
        if parsed.facts or parsed.products or not _OTHERS.search(asked.message):
            return []
        unseen = Condition(field="id", op="not_in", value=list(asked.thread.shown))
        others = asked.thread.shown and asked.index.count([*plan.conditions, unseen])
        return [unseen] if others else []

    def _among_shown(self, state: TurnState) -> list[Condition]:
        """ "Which of them is the lightest?" asks about what was shown, not about the shop."""
        asked, parsed = state["asked"], state["parsed"]
        if picks_among(asked.message, parsed, asked.index):
            return [Condition(field="id", op="in", value=list(parsed.products))]
        extreme = any(fact.sort for fact in parsed.facts)
        anew = any(fact.field in ("category", "brand", "title") for fact in parsed.facts)
        if len(asked.thread.shown) < 2 or not extreme or anew:
            return []
        if not _OF_THEM.search(asked.message):
            return []
        return [Condition(field="id", op="in", value=list(asked.thread.shown))]

    # answer ----------------------------------------------------------------------------------

    async def _answer(self, state: TurnState) -> dict[str, Any]:
        start = self._around.clock()
        asked, evidence = state["asked"], state["evidence"]
        fixed = phrases(asked.language)
        tell = get_stream_writer()
        timing = dict(state["timing"])
        answer = Answer()
        stop = fixed["stop"]

        def release(text: str) -> None:
            timing.setdefault("first_text", self._since(state["started"]))
            tell(DeltaEvent(text=text))

        for sentence in state["lead"]:
            release(answer.add(sentence, [], stop))
        answer.citations.extend(state["cited"])
        if evidence is not None:
            opened = state["opened"]
            if opened is not None:
                for product in evidence.products:
                    tell(ProductEvent(product=evidence.offered(product)))
                release(answer.add(opened.sentence, opened.citations, stop))
            writer = Writer(
                self._around.model,
                evidence,
                answer,
                opened.spoken if opened else (),
                state["question"] or "",
            )
            sheet = opened.sheet if opened else _question_sheet(evidence)
            if sheet is not None:
                tell(StatusEvent(text=fixed["status_answer"]))
                name = "answer" if opened else "details"
                async with aclosing(writer.write(name, sheet)) as pieces:
                    async for piece in pieces:
                        release(piece)
            for piece in writer.tell_records():
                release(piece)
        if state["question"]:
            release(answer.add(state["question"], [], stop))
        timing["answer"] = self._since(start)
        return {"answer": answer, "usage": state["usage"] + answer.usage, "timing": timing}

    # commit ----------------------------------------------------------------------------------

    async def _commit(self, state: TurnState) -> dict[str, Any]:
        around, asked, evidence = self._around, state["asked"], state["evidence"]
        answer, usage = state["answer"], state["usage"]
        now = around.now()
        facts, changes = learn(
            state["parsed"].facts if state["need"] is not asked.thread.need else (),
            around.store.profile(asked.thread.shopper_id),
            message=asked.message,
            advice=asked.index.advice,
            shopper_id=asked.thread.shopper_id,
            thread_id=asked.thread.id,
            turn_id=asked.turn_id,
            now=now,
            new_id=around.new_id,
        )
        offered = [evidence.offered(p) for p in evidence.products] if evidence else []
        timing = {**state["timing"], "total": self._since(state["started"])}
        reply = Reply(
            thread_id=asked.thread.id,
            turn_id=asked.turn_id,
            text=answer.text(phrases(asked.language)["stop"]),
            language=asked.language,
            intent=state["intent"],
            sentiment=state["mood"].sentiment,
            urgency=state["mood"].urgency,
            products=offered,
            citations=answer.citations,
            need=state["need"],
            facts=list(state["parsed"].facts),
            pick=evidence.pick if evidence else None,
            choices=state["choices"],
            comparison=state["comparison"],
            profile_changes=changes,
            actions=state["toolbox"].calls,
            handoff=state["handoff"],
            usage=UsageReport(
                llm_calls=usage.calls,
                prompt_tokens=usage.prompt_tokens,
                cached_tokens=usage.cached_tokens,
                completion_tokens=usage.completion_tokens,
            ),
            timing_ms=timing,
        )
        thread = asked.thread.model_copy(
            update={
                "turns": asked.thread.turns + 1,
                "need": state["need"],
                **_shown_after(asked.thread, reply, state["near"]),
            }
        )
        around.store.commit_turn(thread, message=asked.message, reply=reply, facts=facts, now=now)
        get_stream_writer()(ReplyEvent(reply=reply))
        return {"reply": reply}

    # ---------------------------------------------------------------------------------------

    def _say(self, asked: Asked, name: str) -> str:
        return str(phrases(asked.language)[name])

    def _since(self, start: float) -> float:
        """Milliseconds since a moment of the clock."""
        return round((self._around.clock() - start) * 1000, 1)


def _shown_after(thread: ThreadState, reply: Reply, near: str | None) -> dict[str, Any]:
    """What "the second one" and "it" mean in the next message.

    A question about one product leaves the list that it was asked of.
    """
    ids = [product.id for product in reply.products]
    if near is not None:
        return {"shown": [near], "pick": near}
    if not ids:
        return {}
    if reply.intent == "product_question":
        return {"shown": thread.shown if ids[0] in thread.shown else ids, "pick": ids[0]}
    return {"shown": ids, "pick": reply.pick}


def _traits(known: Sequence[KnownFact], index: CatalogueIndex) -> list[Condition]:
    """What a shopper's lasting facts ask of a product, as conditions that weigh little."""
    conditions: list[Condition] = []
    for fact in known:
        if fact.field == "brand" and fact.op == "!=":
            conditions.append(Condition(field="brand", op="!=", value=fact.value))
        for mention in index.advice.find(fact.value):
            conditions += mention.advice.require
    return list({str(condition): condition for condition in conditions}.values())


def _advice(need: Need, index: CatalogueIndex) -> list[Advice]:
    entries = [index.advice.get(str(w.value)) for w in need.wishes() if w.field == "need"]
    return [entry for entry in entries if entry is not None]


def _open(evidence: Evidence) -> Opened:
    sentence, citations = opening(evidence)
    sheet = recommendation_sheet(evidence, sentence)
    return Opened(sentence, citations, [evidence.products[0].id], sheet)


def _question_sheet(evidence: Evidence) -> str | None:
    """What the model is given for a question; None where fields are asked for, which the record
    answers by itself.
    """
    if evidence.asked or evidence.asked_variant:
        return None
    return record_sheet(evidence)


def _kinds(index: CatalogueIndex, language: Language) -> list[str]:
    """The largest kinds of goods, for a shopper who asked for another one."""
    counts: dict[str, int] = {}
    for product in index.products:
        for step in product.category[1:2] or product.category[:1]:
            counts[step] = counts.get(step, 0) + 1
    largest = sorted(counts, key=lambda kind: (-counts[kind], kind))[:_KINDS_NAMED]
    return [index.vocabulary.display(Term("category", kind), language) for kind in largest]
