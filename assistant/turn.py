"""One turn as a graph: understand, act, answer with each sentence checked, commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import structlog
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import StructuredTool
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph

from assistant.actions import Actions
from assistant.answering import Answer, Writer
from assistant.asked import Asked
from assistant.desk.desk import Desk
from assistant.desk.rules import Trigger
from assistant.errors import BadModelOutput
from assistant.evidence import Evidence
from assistant.facts_sheet import record_sheet
from assistant.guest import is_guest
from assistant.handoff import HandingOver
from assistant.llm.client import ChatModel, Usage
from assistant.need import update_need
from assistant.ordering.dialogue import OrderTalk
from assistant.ordering.proving import Proving, prove_order_tool
from assistant.ordering.records import Records
from assistant.ordering.telling import Teller
from assistant.ordering.turn import OrderTurn
from assistant.orders.guessing import OrderGuard
from assistant.policy.rooms import PolicyRooms
from assistant.precautions import Precaution, precaution_of
from assistant.pressing import as_asked
from assistant.profile.behaviour.events import Event
from assistant.profile.behaviour.learnt import LearntFolder
from assistant.profile.dialogue.learning import Learnt, learn
from assistant.profile.facts import ProfileFact
from assistant.profile.known import Profiles
from assistant.record_text import shown_title
from assistant.reply import (
    DeltaEvent,
    ProductEvent,
    Reply,
    ReplyEvent,
    StatusEvent,
    TurnEvent,
    UsageReport,
)
from assistant.routing import (
    products_meant,
)
from assistant.store import Store
from assistant.thread import ThreadState
from assistant.turn_state import TurnState
from assistant.understanding import understand
from prompts import phrases
from tools.compare_products import compare_products_tool
from tools.find_policy import find_policy_tool
from tools.lookup_profile import lookup_profile_tool
from tools.orders.desk import Asker, OrderDesk
from tools.orders.tools import order_tools
from tools.parse_query import parse_query_tool
from tools.product_details import product_details_tool
from tools.reading.fact import ModelReading, ParsedQuery
from tools.reading.mood import Mood, read_mood
from tools.search_products import search_products_tool
from tools.toolbox import Toolbox

# Characters of a search that are kept as behaviour.
_MOST_QUERY = 200
# Handed over by these words a message is no wish, and no model need read it.
_UNREAD = frozenset({Trigger.SAFETY, Trigger.LEGAL, Trigger.MONEY})

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Surroundings:
    """What every turn of a server shares.

    Attributes:
        model: the language model.
        store: the conversations.
        profiles: what is known of shoppers.
        learnt: what many shoppers' events have taught.
        people: the desk at which people of the shop answer.
        policies: the shop's rules, as its staff wrote them.
        rates: units of a currency that one unit of the catalogue's is worth.
        products_shown: how many products an answer offers at most.
        desk: the shop's orders; None where it has none here.
        guard: counts who guesses at the proof of an order.
        clock: seconds of a clock that never goes back, for timings.
        now: the time of day.
        new_id: a fresh id.
        count: is told of each finished turn, and the rule that hands it to a person.
    """

    model: ChatModel
    store: Store
    profiles: Profiles
    learnt: LearntFolder
    people: Desk
    policies: PolicyRooms
    rates: Mapping[str, Decimal]
    products_shown: int
    desk: OrderDesk | None
    guard: OrderGuard
    clock: Callable[[], float]
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    count: Callable[[Asked, Reply, Trigger | None], None]


class Turn:
    """Answers messages. Holds no state of a conversation: that is in the store."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._around = surroundings
        handing_over = HandingOver(
            surroundings.people, now=surroundings.now, new_id=surroundings.new_id
        )
        self._actions = Actions(surroundings.products_shown, handing_over, surroundings.store)
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
            ModelUnavailable: the model server does not answer. Nothing is stored. Output of it that
            cannot be used is no error: rules and records then speak alone.
            ThreadBusy: another turn of the thread was finished meanwhile.
        """
        around = self._around
        toolbox = Toolbox(
            [
                parse_query_tool(
                    asked.index,
                    rates=around.rates,
                    shown=asked.thread.shown,
                    pick=asked.thread.pick,
                    held=asked.thread.need.wishes(),
                ),
                lookup_profile_tool(around.profiles, asked.thread.shopper_id, asked.index),
                search_products_tool(
                    asked.index,
                    today=around.now().date(),
                    weights=around.learnt.of(asked.index.name).weights,
                ),
                product_details_tool(asked.index),
                compare_products_tool(asked.index),
                find_policy_tool(around.policies.of(asked.index)),
            ],
            around.clock,
        )
        start: TurnState = {
            "asked": asked,
            "started": around.clock(),
            "timing": {},
            "usage": Usage(),
            "toolbox": toolbox,
            "orders": self._order_talk(asked, toolbox),
        }
        config = RunnableConfig(run_name="turn", recursion_limit=12)
        async with aclosing(
            self._graph.astream(start, config=config, stream_mode="custom")  # type: ignore[type-var]
        ) as events:
            async for event in events:
                yield cast("TurnEvent", event)

    def _order_talk(self, asked: Asked, toolbox: Toolbox) -> OrderTalk | None:
        """The talk about orders, its tools bound to whoever the server says is asking."""
        around, desk = self._around, self._around.desk
        if desk is None:
            return None
        shopper_id, held = asked.thread.shopper_id, asked.thread.ordering
        account_id = None if is_guest(shopper_id) else shopper_id
        proving = Proving(around.guard, shopper_id, asked.address)
        currency = asked.index.currency

        def tools(proven: Sequence[str]) -> list[StructuredTool]:
            asker = Asker(account_id=account_id, proven=frozenset(proven))
            return [*order_tools(desk, asker), prove_order_tool(desk, proving)]

        async def claim() -> None:
            await asyncio.to_thread(around.store.claim, asked.thread, asked.turn_id, around.now())

        toolbox.bind(tools(held.proven))
        turn = OrderTurn(
            asked=asked,
            held=held,
            records=Records(toolbox),
            teller=Teller(asked.language, asked.index),
            now=around.now(),
            new_id=around.new_id,
            claim=claim,
            too_much=lambda amount, of: around.people.book.rules.too_much(
                amount, of, currency=currency
            ),
        )
        return OrderTalk(turn, around.model, tools)

    # understand ------------------------------------------------------------------------------

    async def _understand(self, state: TurnState) -> dict[str, Any]:
        asked = state["asked"]
        mood = read_mood(asked.message)
        if asked.release is not None:
            read = {"parsed": asked.release.parsed, "need": asked.release.need(asked.thread.need)}
            return self._unread(state, mood) | read
        tell = get_stream_writer()
        tell(StatusEvent(text=phrases(asked.language)["status_understand"]))
        precaution = precaution_of(asked.message, asked.index)
        if precaution is not None:
            urgent = {"urgency": "high"} if precaution is Precaution.DANGER else {}
            return self._unread(state, mood.model_copy(update=urgent), precaution=precaution)
        trigger = self._around.people.book.rules.trigger(asked.message, asked.index.currency)
        if trigger in _UNREAD:
            return self._unread(state, mood, trigger=trigger)
        orders = state["orders"]
        on_orders = orders is not None and await orders.about_orders()
        # A yes, a number, "cancel it": what the words say, no model need say again.
        reading, usage = (
            (ModelReading(action="order"), Usage()) if on_orders else await self._read(asked)
        )
        parsed: ParsedQuery = await state["toolbox"].call(
            "parse_query", {"message": asked.message, "reading": reading}
        )
        meant = products_meant(asked.message, parsed, asked.thread.pick)
        parsed = as_asked(asked.message, parsed.model_copy(update={"products": meant}), asked.index)
        need = (
            asked.thread.need
            if on_orders
            else update_need(
                asked.thread.need,
                parsed.facts,
                parsed.unmatched,
                turn=asked.thread.turns + 1,
                index=asked.index,
                relaxed=parsed.relaxed,
                released=parsed.released,
                message=asked.message,
            )
        )
        return {
            "parsed": parsed,
            "mood": mood,
            "precaution": None,
            "trigger": trigger,
            "on_orders": on_orders,
            "need": need,
            "usage": state["usage"] + usage,
            "timing": {**state["timing"], "understand": self._since(state["started"])},
        }

    def _unread(
        self,
        state: TurnState,
        mood: Mood,
        *,
        precaution: Precaution | None = None,
        trigger: Trigger | None = None,
    ) -> dict[str, Any]:
        """A message that neither a model nor the rules for wishes read: nothing of it is a wish."""
        return {
            "parsed": ParsedQuery(action="chat"),
            "mood": mood,
            "precaution": precaution,
            "trigger": trigger,
            "need": state["asked"].thread.need,
            "timing": {**state["timing"], "understand": self._since(state["started"])},
        }

    async def _read(self, asked: Asked) -> tuple[ModelReading, Usage]:
        """The model's reading of the message."""
        shown = [
            shown_title(asked.index.get(id), "en") for id in asked.thread.shown if id in asked.index
        ]
        try:
            return await understand(self._around.model, asked.message, asked.language, shown=shown)
        except BadModelOutput as error:
            # What has a form, rules read without the model: a shopper is answered all the same.
            _log.warning("reading_without_model", error=error.sentence)
            return ModelReading(action="search"), Usage(failed=1)

    # act -------------------------------------------------------------------------------------

    async def _act(self, state: TurnState) -> dict[str, Any]:
        start = self._around.clock()
        found = await self._actions.take(state)
        return {**found, "timing": {**state["timing"], "act": self._since(start)}}

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
            if sheet is not None and asked.release is None:
                count = len(evidence.products)
                doing = fixed["status_weigh" if count > 1 else "status_answer"]
                tell(StatusEvent(text=doing.format(count=count)))
                name = "details"
                if opened is not None:
                    name = "answer" if evidence.explained else "others"
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
        thread = asked.thread

        def learnt(known: Sequence[ProfileFact]) -> Learnt:
            return learn(
                state["parsed"].facts if state["need"] is not thread.need else (),
                known,
                message=asked.message,
                index=asked.index,
                for_other=thread.for_other,
                shopper_id=thread.shopper_id,
                thread_id=thread.id,
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
            released=[asked.release.wish] if asked.release else [],
            facts=list(state["parsed"].facts),
            pick=evidence.pick if evidence else None,
            choices=state["choices"],
            confirmation=state["confirmation"],
            comparison=state["comparison"],
            actions=state["toolbox"].calls,
            handoff=state["handoff"],
            unanswered=state["unanswered"],
            usage=UsageReport(
                llm_calls=usage.calls,
                prompt_tokens=usage.prompt_tokens,
                cached_tokens=usage.cached_tokens,
                completion_tokens=usage.completion_tokens,
                llm_failures=usage.failed,
            ),
            timing_ms=timing,
        )
        after = thread.followed(
            asked.message,
            need=state["need"],
            language=asked.language,
            ordering=state["ordering"],
            **_shown_after(thread, reply, state["near"]),
        )
        handing = state["trigger"] if reply.handoff is not None else None
        # Others are answered while the database writes, or waits for one that writes.
        reply = await asyncio.to_thread(
            around.store.commit_turn,
            after,
            message=asked.message,
            reply=reply,
            learn=learnt,
            event=_searched(reply, after, now),
            now=now,
            also=around.people.taking(asked, handing, around.store),
        )
        around.count(asked, reply, handing)
        get_stream_writer()(ReplyEvent(reply=reply))
        return {"reply": reply}

    # ---------------------------------------------------------------------------------------

    def _since(self, start: float) -> float:
        """Milliseconds since a moment of the clock."""
        return round((self._around.clock() - start) * 1000, 1)


def _searched(reply: Reply, thread: ThreadState, now: datetime) -> Event | None:
    """The search that a turn was, as behaviour: what was newly wanted, in the catalogue's words."""
    wanted = [
        str(wish.value)
        for wish in (*reply.need.must, *reply.need.prefer)
        if wish.turn == thread.turns and wish.op == "=" and wish.field not in ("need", "size")
    ]
    if reply.intent != "recommend" or not wanted:
        return None
    return Event(
        event_id=f"turn:{reply.turn_id}",
        shopper_id=thread.shopper_id,
        session_id=thread.id,
        type="search",
        query=" ".join(wanted)[:_MOST_QUERY],
        time=now,
    )


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


def _question_sheet(evidence: Evidence) -> str | None:
    """What the model is given for a question; None where fields are asked for, which the record
    answers by itself.
    """
    if evidence.asked or evidence.asked_variant:
        return None
    return record_sheet(evidence)
