"""One turn as a graph: understand, act, answer with each sentence checked, commit."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypedDict, cast

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph

from assistant.answering import Answer, write_answer
from assistant.evidence import Evidence
from assistant.llm.client import ChatModel, Usage
from assistant.need import Need, Plan, plan_search, standing_in_the_way, update_need
from assistant.profile.facts import learn, speaks_of_others
from assistant.reply import (
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
from assistant.store import Store, ThreadState
from assistant.understanding import understand
from prompts import phrases
from retrieval.advice import Advice
from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from retrieval.money import format_price
from retrieval.product import Product
from retrieval.text import has_cjk, normalise, search_terms
from retrieval.vocabulary import Term
from tools.lookup_profile import KnownFact, lookup_profile_tool
from tools.parse_query import parse_query_tool
from tools.product_details import product_details_tool
from tools.ranking import Sort
from tools.reading.fact import ParsedQuery
from tools.reading.reader import currency_name
from tools.search_products import SearchResult, search_products_tool
from tools.toolbox import Toolbox

_MOST_COMPARED = 4
_KINDS_NAMED = 6
_MOST_CHOICES = 4
_MOST_DIFFERENCES = 3
_SERVICE = re.compile(
    r"\b(?:return|refund|exchange|ship|deliver|warrant|guarantee|pay(?:ment|ing)?\b|order|parcel|track)"
    r"|退|换货|发货|送货|快递|物流|保修|质保|付款|支付|运费|订单",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"\b(?:hello|hi|hey|thanks?|thank\s+you|good\s+(?:morning|evening|afternoon)|how\s+are\s+you|bye)\b"
    r"|你好|您好|谢|早上好|晚上好|在吗|再见|拜拜|嗨",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"(?:ok[,\s]*)?(?:thanks?(?:\s+(?:a\s+lot|so\s+much))?|thank\s+you(?:\s+(?:very|so)\s+much)?|谢谢[您你]?|多谢|好的谢谢)",
    re.IGNORECASE,
)
_OF_THEM = re.compile(
    r"\b(?:them|these|those|which\s+one|of\s+the\s+(?:two|three))\b|它们|这几|这些|哪一?[双款个](?=更|比|最|便|轻)|其中",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"\b(?:compare|versus|vs\.?|difference|or)\b|比较|对比|区别|哪个好|哪款好|还是", re.IGNORECASE
)
_ASKS = re.compile(
    r"^\W*(?:is|are|does|do|can|has|have|will|what|how)\b|[吗么](?:\s*[?？:：，,。]|\s*$)|多少|多重|几",
    re.IGNORECASE,
)
# How people ask for a field without naming it.
_ASKING: Mapping[str, Sequence[str]] = {
    "price": ("how much", "cost", "多少钱", "什么价"),
    "weight": ("heavy", "weigh", "how light", "多重", "重吗", "轻吗"),
    "size": ("sizes", "尺码", "码数", "几码", "多大"),
    "color": ("colors", "colours", "颜色"),
    "rating": ("rating", "reviews", "评分", "评价"),
}


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


class TurnState(TypedDict, total=False):
    """What the steps of a turn hand on."""

    asked: Asked
    toolbox: Toolbox
    started: float
    timing: dict[str, float]
    usage: Usage
    parsed: ParsedQuery
    need: Need
    plan: Plan
    intent: Intent
    evidence: Evidence | None
    lead: list[str]
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
                    ),
                    lookup_profile_tool(around.store, asked.thread.shopper_id),
                    search_products_tool(asked.index),
                    product_details_tool(asked.index),
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
        need = update_need(
            asked.thread.need,
            parsed.facts,
            parsed.unmatched,
            turn=asked.thread.turns + 1,
            index=asked.index,
            relaxed=parsed.relaxed,
        )
        return {
            "parsed": parsed,
            "need": need,
            "usage": state["usage"] + usage,
            "timing": {**state["timing"], "understand": self._since(state["started"])},
        }

    # act -------------------------------------------------------------------------------------

    async def _act(self, state: TurnState) -> dict[str, Any]:
        start = self._around.clock()
        asked, parsed = state["asked"], state["parsed"]
        found: dict[str, Any] = {"evidence": None, "lead": [], "choices": []}
        found |= {"handoff": None, "plan": Plan()}
        pressing = [
            u for u in parsed.unmatched if u.field in ("category", "brand", "price", "size")
        ]
        wants_products = bool(parsed.facts or pressing or parsed.words or parsed.relaxed)
        thanks = _THANKS.fullmatch(asked.message.strip(" .!。！~")) is not None
        if thanks and not parsed.facts:
            found |= {"intent": "smalltalk", "lead": [self._say(asked, "welcome")]}
        elif parsed.action == "person":
            found |= self._hand_off(state)
        elif parsed.action in ("policy", "order") and (
            not parsed.facts or _SERVICE.search(asked.message)
        ):
            found |= {"intent": parsed.action, "lead": [self._say(asked, parsed.action)]}
            found |= {"need": asked.thread.need}
        elif parsed.action == "chat" and not wants_products:
            greeting = "smalltalk" if _GREETING.search(asked.message) else "refuse"
            found |= {"intent": greeting, "lead": [self._say(asked, greeting)]}
        elif len(parsed.products) >= 2 and (
            parsed.action == "compare" or _COMPARES.search(asked.message)
        ):
            found |= await self._look_up(state, "compare")
        elif parsed.products and (
            parsed.action in ("details", "compare")
            # "第二双多重？": it asks about one that was shown, whatever the model takes it for.
            or (not parsed.facts and _asked_fields(asked, parsed))
            or (
                _ASKS.search(asked.message)
                and not any(f.field in ("category", "price") or f.sort for f in parsed.facts)
            )
        ):
            found |= await self._look_up(state, "product_question")
        elif self._not_sold(parsed):
            found |= self._say_not_sold(state)
        elif not wants_products and asked.thread.need.empty:
            kinds = _kinds(asked.index, asked.language)
            text = phrases(asked.language)["clarify" if kinds else "clarify_plain"]
            join = phrases(asked.language)["join"]
            found |= {"intent": "clarify", "choices": kinds[:_MOST_CHOICES]}
            found |= {"lead": [text.format(kinds=join.join(kinds))]}
        else:
            found |= await self._search(state)
        timing = {**state["timing"], "act": self._since(start)}
        return {**found, "timing": timing}

    def _not_sold(self, parsed: ParsedQuery) -> bool:
        """Whether the message asks for a kind of thing that the shop does not have."""
        asks = any(u.field == "category" for u in parsed.unmatched)
        return asks and not any(f.field == "category" for f in parsed.facts)

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
        fixed = phrases(asked.language)
        wishes = fixed["join"].join(w.quote for w in state["need"].wishes()) or "-"
        shown = fixed["join"].join(asked.thread.shown) or "-"
        summary = fixed["handoff_summary"].format(message=asked.message, wishes=wishes, shown=shown)
        return {
            "intent": "handoff",
            "lead": [fixed["handoff"]],
            "handoff": Handoff(reason=fixed["handoff_reason"], summary=summary),
        }

    async def _look_up(self, state: TurnState, intent: Intent) -> dict[str, Any]:
        asked, parsed = state["asked"], state["parsed"]
        fixed = phrases(asked.language)
        ids = parsed.products[: _MOST_COMPARED if intent == "compare" else 1]
        key = "status_compare" if intent == "compare" else "status_details"
        get_stream_writer()(StatusEvent(text=fixed[key].format(count=len(ids))))
        products = [
            await state["toolbox"].call("product_details", {"product_id": id}) for id in ids
        ]
        evidence = Evidence(
            index=asked.index,
            products=products,
            # A question about a product adds no wish: "is it waterproof?" wants to know.
            need=asked.thread.need,
            plan=Plan(),
            language=asked.language,
            message=asked.message,
            pick=None,
            asked=_asked_fields(asked, parsed) or _differing(asked.index, products),
            asked_variant=_asked_variant(parsed),
        )
        return {
            "intent": intent,
            "evidence": evidence,
            "need": asked.thread.need,
            "lead": self._remarks(state),
        }

    async def _search(self, state: TurnState) -> dict[str, Any]:
        asked, need = state["asked"], state["need"]
        fixed = phrases(asked.language)
        text = fixed["status_search"].format(count=len(asked.index))
        get_stream_writer()(StatusEvent(text=text))
        lead = self._remarks(state)
        if any(u.field == "size" for u in state["parsed"].unmatched):
            # A size that nothing is made in rules everything out.
            return {"intent": "recommend", "lead": lead}
        known: list[KnownFact] = await state["toolbox"].call("lookup_profile", {})
        plan = plan_search(need, asked.index)
        among = self._among_shown(state)
        result: SearchResult = await state["toolbox"].call(
            "search_products",
            {
                "query": " ".join([*plan.words, *state["parsed"].words, asked.message]),
                "where": among or plan.conditions,
                "prefer": list(plan.prefer),
                "traits": [] if speaks_of_others(asked.message) else _traits(known, asked.index),
                "sort": plan.sort,
                "k": self._around.products_shown,
            },
        )
        if not result.products:
            lead.append(fixed["nothing_fits"])
            lead += await self._what_is_near(state, plan)
            return {"intent": "recommend", "plan": plan, "lead": lead}
        evidence = Evidence(
            index=asked.index,
            products=[ranked.product for ranked in result.products],
            need=need,
            plan=plan,
            language=asked.language,
            message=asked.message,
            advice=_advice(need, asked.index),
            extremes=result.extremes,
            pick=result.products[0].product.id,
        )
        return {"intent": "recommend", "plan": plan, "evidence": evidence, "lead": lead}

    def _among_shown(self, state: TurnState) -> list[Condition]:
        """ "Which of them is the lightest?" asks about what was shown, not about the shop."""
        asked, parsed = state["asked"], state["parsed"]
        extreme = any(fact.sort for fact in parsed.facts)
        anew = any(fact.field in ("category", "brand", "title") for fact in parsed.facts)
        if len(asked.thread.shown) < 2 or not extreme or anew:
            return []
        if not _OF_THEM.search(asked.message):
            return []
        return [Condition(field="id", op="in", value=list(asked.thread.shown))]

    async def _what_is_near(self, state: TurnState, plan: Plan) -> list[str]:
        """Which wish stands in the way, and what would fit without it. Computed, not guessed."""
        asked = state["asked"]
        fixed = phrases(asked.language)
        wish, count = next(iter(standing_in_the_way(plan, asked.index)), (None, 0))
        if wish is None or not count:
            return []
        rest = [c for c, w in plan.where if w is not wish]
        # Nearest to a bound is what lies least beyond it.
        direction: Literal["asc", "desc"] = "asc" if wish.op in ("<", "<=") else "desc"
        bounded = wish.op not in ("=", "!=")
        result: SearchResult = await state["toolbox"].call(
            "search_products",
            {
                "query": " ".join(plan.words),
                "where": rest,
                "prefer": list(plan.prefer),
                "sort": Sort(field=wish.field, direction=direction) if bounded else None,
                "k": 1,
            },
        )
        nearest = result.products[0].product
        title = (nearest.title_zh if asked.language == "zh" else None) or nearest.title
        price = format_price(nearest.effective_price, nearest.currency, asked.language)
        return [
            fixed["in_the_way"].format(quote=wish.quote, count=count),
            fixed["nearest"].format(title=title, price=price),
        ]

    def _remarks(self, state: TurnState) -> list[str]:
        """What the shopper must be told of how the message was read."""
        asked, parsed = state["asked"], state["parsed"]
        fixed = phrases(asked.language)
        remarks = []
        for fact in parsed.facts:
            if fact.note:
                remarks.append(fixed["rate"].format(quote=fact.quote, rate=fact.note))
        for unmatched in parsed.unmatched:
            if unmatched.field == "price":
                code = asked.index.currency
                name = currency_name(code, asked.language)
                remarks.append(
                    fixed["unmatched_money"].format(quote=unmatched.quote, currency=name)
                )
            elif unmatched.field == "brand":
                remarks.append(fixed["unmatched_brand"].format(value=unmatched.quote))
            elif unmatched.field == "product":
                remarks.append(fixed["unmatched_product"].format(value=unmatched.quote))
            elif unmatched.field == "size":
                remarks.append(fixed["unmatched_size"].format(value=unmatched.value))
            else:
                remarks.append(fixed["unmatched"].format(quote=unmatched.quote))
        return list(dict.fromkeys(remarks))

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
            release((stop if answer.sentences else "") + sentence)
            answer.sentences.append(sentence)
        if evidence is not None:
            if state["intent"] in ("recommend", "compare"):
                for product in evidence.products:
                    tell(ProductEvent(product=evidence.offered(product)))
            tell(StatusEvent(text=fixed["status_answer"]))
            detailed = state["intent"] in ("product_question", "compare")
            async with aclosing(
                write_answer(self._around.model, evidence, answer, detailed=detailed)
            ) as pieces:
                async for piece in pieces:
                    release(piece)
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
            products=offered,
            citations=answer.citations,
            need=state["need"],
            pick=evidence.pick if evidence else None,
            choices=state["choices"],
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
                **_shown_after(asked.thread, reply),
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


def _shown_after(thread: ThreadState, reply: Reply) -> dict[str, Any]:
    """What "the second one" and "it" mean in the next message.

    A question about one product leaves the list that it was asked of.
    """
    ids = [product.id for product in reply.products]
    if not ids:
        return {}
    if reply.intent == "product_question" and ids[0] in thread.shown:
        return {"pick": ids[0]}
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


def _asked_fields(asked: Asked, parsed: ParsedQuery) -> tuple[str, ...]:
    """The fields that a question is about: those whose values or labels it names."""
    vocabulary = asked.index.vocabulary
    fields = [f.field for f in parsed.facts if f.field in asked.index.columns.fields]
    fields += [u.field for u in parsed.unmatched if u.field in ("size", "color")]
    text = normalise(asked.message)
    stems = set(search_terms(asked.message))
    for name, words in (*vocabulary.labels().items(), *_ASKING.items()):
        for word in words:
            named = normalise(word) in text if has_cjk(word) else set(search_terms(word)) <= stems
            known = [f for f in asked.index.columns.fields if f == name or f.startswith(f"{name}_")]
            if named and known:
                fields += [name] if name in known else known[:1]
    return tuple(dict.fromkeys(f for f in fields if f not in ("brand", "category", "in_stock")))


def _asked_variant(parsed: ParsedQuery) -> dict[str, str]:
    """The size and colour that a question names; a size that is nowhere made counts too."""
    named = {f.field: str(f.value) for f in parsed.facts if f.field in ("size", "color")}
    return named | {u.field: u.value for u in parsed.unmatched if u.field == "size"}


def _differing(index: CatalogueIndex, products: Sequence[Product]) -> tuple[str, ...]:
    """The labelled fields on which products to compare differ; none for a single one."""
    if len(products) < 2:
        return ()
    labelled = [n for n in index.vocabulary.labels() if n not in ("brand", "category", "color")]
    told = [n for n in labelled if all(p.values(n) for p in products)]
    differing = [n for n in told if len({str(p.values(n)) for p in products}) > 1]
    return tuple(differing[:_MOST_DIFFERENCES])


def _kinds(index: CatalogueIndex, language: Language) -> list[str]:
    """The largest kinds of goods, for a shopper who asked for another one."""
    counts: dict[str, int] = {}
    for product in index.products:
        for step in product.category[1:2] or product.category[:1]:
            counts[step] = counts.get(step, 0) + 1
    largest = sorted(counts, key=lambda kind: (-counts[kind], kind))[:_KINDS_NAMED]
    return [index.vocabulary.display(Term("category", kind), language) for kind in largest]
