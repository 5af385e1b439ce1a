"""What a turn does before it answers: looks up, compares, searches, or knows what to say."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Any

import numpy as np
from langgraph.config import get_stream_writer

from assistant.asked import Asked
from assistant.asking import ask_back
from assistant.careful import answer_with_care
from assistant.comparing.by_hand import MOST_COMPARED
from assistant.comparing.verdict import comparison_table, verdict
from assistant.desk.rules import Trigger
from assistant.evidence import Evidence
from assistant.facts_sheet import recommendation_sheet
from assistant.handoff import HandingOver
from assistant.nearest import nearest_offer
from assistant.need import Need, Plan, advice_for, plan_search, soften, update_need
from assistant.opening import opening
from assistant.ordering.outcome import Outcome
from assistant.placing import GROWN_UP
from assistant.policy.answering import PolicyAnswer, questions_in
from assistant.policy.routing import asks_yes_or_no
from assistant.query_words import query_of
from assistant.release import told_release
from assistant.remarks import remarks
from assistant.reply import Intent, Language, StatusEvent
from assistant.routing import Route, asked_fields, asked_variant, choose_route, picks_among
from assistant.store import Store
from assistant.turn_state import Opened, TurnState
from prompts import phrases
from retrieval.conditions import Condition, Scalar
from retrieval.index import CatalogueIndex
from retrieval.policies.notions import COUNTRY, names_in
from retrieval.text import simplified
from retrieval.vocabulary import Term
from tools.compare_products import Comparison
from tools.leaning import Leaning
from tools.lookup_profile import KnownShopper
from tools.orders.reading.reader import sets_deadline
from tools.reading.fact import ParsedQuery
from tools.reading.subject import read_clauses, speaks_of_others
from tools.search_products import SearchResult

_KINDS_NAMED = 6
_MOST_CHOICES = 4
# How much it counts that nobody asked for a child's things.
_GROWN_UP = 0.5
# A question to ask back is weighed over so many of the products that fit.
_MOST_ASKED_OVER = 2000
# Ways on which a message has been found to name no goods of the shop.
_UNSURE = frozenset({Route.CLARIFY, Route.REFUSAL, Route.NOT_SOLD, Route.SEARCH})
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
_QUESTION_END = re.compile(r"[?？]+")


_ELSEWHERE = frozenset(
    {
        Route.THANKS,
        Route.GREETING,
        Route.POLICY,
        Route.REFUSAL,
        Route.COMPARE,
        Route.NOT_SOLD,
    }
)


class Actions:
    """The ways that a turn can go, one method each.

    Each gives what it found as entries of the turn's state; tools are called through the state's
    toolbox.

    Args:
        products_shown: how many products an answer offers at most.
        handing_over: passes a talk on to a person.
        store: knows how the last turns went.
    """

    def __init__(self, products_shown: int, handing_over: HandingOver, store: Store) -> None:
        self._shown = products_shown
        self._handing_over = handing_over
        self._store = store

    async def take(self, state: TurnState) -> dict[str, Any]:
        """Chooses the way and goes it."""
        asked = state["asked"]
        found: dict[str, Any] = {"evidence": None, "lead": [], "cited": [], "choices": []}
        found |= {"handoff": None, "question": None, "comparison": None}
        found |= {"opened": None, "near": None, "confirmation": None, "unanswered": False}
        # An offer that gets no yes is off, whatever the message is about.
        found |= {"ordering": asked.thread.ordering.closed}
        if asked.release is not None:
            return found | await self.search_without(state)
        precaution, trigger = state["precaution"], state["trigger"]
        if precaution is not None:
            return found | await answer_with_care(precaution, state, self._handing_over)
        if trigger is not None:
            over = self._handing_over.over(asked, state["need"], state["mood"], trigger)
            return found | {"intent": "handoff", **over}
        found |= await self._answered(state, found)
        if found["unanswered"] and await self._in_vain(state, found["intent"]):
            over = self._handing_over.over(asked, state["need"], state["mood"], Trigger.FAILURES)
            found |= over | {"lead": [*found["lead"], *over["lead"]]}
        return found

    async def _in_vain(self, state: TurnState, intent: Intent) -> bool:
        """Whether this is the last of several replies in a row that did not help.

        Asking back is in vain where it was asked back before, too.
        """
        asked = state["asked"]
        rule = self._handing_over.desk.book.rules.rules[Trigger.FAILURES]
        if not rule.enabled or (asked.case is not None and asked.case.status == "waiting"):
            return False
        replies = await asyncio.to_thread(
            self._store.last_replies, asked.thread.id, rule.in_a_row - 1
        )
        if len(replies) < rule.in_a_row - 1 or any(reply.handoff for reply in replies):
            return False
        asks = [reply.intent == "clarify" for reply in replies]
        alike = all(asks) if intent == "clarify" else not any(asks)
        return alike and all(reply.unanswered for reply in replies)

    async def _answered(self, state: TurnState, found: dict[str, Any]) -> dict[str, Any]:
        """Chooses the way of a turn that the assistant answers itself, and goes it."""
        asked = state["asked"]
        # Who is to answer is settled by the shop's rules; what they let pass is the assistant's.
        parsed = state["parsed"].model_copy(update={"wants_person": False})
        mood = state["mood"].model_copy(update={"angry": False})
        route = choose_route(asked.message, parsed, mood, asked.thread.need, asked.index)
        talk, on_orders = state["orders"], state["on_orders"]
        # "Can I cancel an order?" is answered by the shop's rules where they say it.
        waits = talk is not None and talk.waits
        policies = PolicyAnswer(state)
        last = (
            await asyncio.to_thread(self._store.last_replies, asked.thread.id, 1)
            if asked.thread.turns
            else []
        )
        if (opened := await policies.open(last[0] if last else None)) is not None:
            return found | opened
        if (on_orders or route is Route.ORDER) and not waits and await policies.answers_rule():
            route, on_orders = Route.POLICY, False
        closed = []
        if talk is not None:
            meant = on_orders or route is Route.ORDER
            outcome = await (
                talk.take() if meant else talk.goes_on(elsewhere=_elsewhere(route, parsed))
            )
            found |= {"usage": state["usage"] + talk.usage}
            if outcome is not None and outcome.hands_over:
                over = self._handing_over.over(asked, asked.thread.need, mood, Trigger.MONEY)
                over["lead"] = [*outcome.sentences, *over["lead"]]
                return found | _on_orders(outcome, asked) | {"intent": "handoff", **over}
            if outcome is not None:
                found |= _on_orders(outcome, asked)
                return found | await _delivery_beside(found, state) if outcome.on_arrival else found
            closed = [talk.let_go] if talk.open_offer is not None else []
        wished = route in (Route.SEARCH, Route.CLARIFY)
        if route in _UNSURE and await policies.answers_unasked(wished=wished):
            route = Route.POLICY
        if _sets_deadline(state):
            route, policies = Route.POLICY, _on_delivery(state)
        found |= await self._go(route, state, policies)
        return found | {"lead": [*closed, *found["lead"]]}

    async def _go(self, route: Route, state: TurnState, policies: PolicyAnswer) -> dict[str, Any]:
        """Goes a way that is none to orders."""
        asked = state["asked"]
        found: dict[str, Any] = {}
        match route:
            case Route.THANKS:
                found |= {"intent": "smalltalk", "lead": [_say(asked, "welcome")]}
            case Route.PERSON:
                raise AssertionError("the shop's rules hand over before a way is chosen")
            case Route.POLICY:
                found |= await policies.take()
            case Route.ORDER:
                found |= {"intent": "order", "lead": [_say(asked, "order")]}
                found |= {"need": asked.thread.need, "unanswered": True}
            case Route.GREETING:
                found |= {"intent": "smalltalk", "lead": [_say(asked, "smalltalk")]}
            case Route.REFUSAL:
                found |= {"intent": "refuse", "lead": [_say(asked, "refuse")]}
                found |= {"need": asked.thread.need}
            case Route.COMPARE:
                found |= await self.compare(state)
            case Route.DETAILS:
                found |= await self.look_up(state)
            case Route.NOT_SOLD:
                found |= self.say_not_sold(state)
            case Route.CLARIFY:
                found |= self.clarify(asked)
            case Route.SEARCH:
                found |= await self.search(state)
        return found

    def clarify(self, asked: Asked) -> dict[str, Any]:
        """Asks what is wanted, where nothing is known yet, with the kinds that there are."""
        kinds = _kinds(asked.index, asked.language)
        text = _say(asked, "clarify" if kinds else "clarify_plain")
        listed = phrases(asked.language)["join"].join(kinds)
        return {
            "intent": "clarify",
            "unanswered": True,
            "choices": kinds[:_MOST_CHOICES],
            "lead": [text.format(kinds=listed)],
        }

    def say_not_sold(self, state: TurnState) -> dict[str, Any]:
        """Says that the kind of thing is not sold here, and what kinds are."""
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
            "unanswered": True,
            "lead": lead,
            "need": asked.thread.need.model_copy(update={"unmatched": parsed.unmatched}),
        }

    async def look_up(self, state: TurnState) -> dict[str, Any]:
        """Opens the record of the product that a question is about."""
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
        lead = remarks(parsed, asked.index, asked.language)
        named = evidence.asked or evidence.asked_variant
        if not named and await asyncio.to_thread(_asks_of_no_field, asked):
            lead.append(str(phrases(asked.language)["details_unsaid"]))
        return {"intent": "product_question", "evidence": evidence, "lead": lead}

    async def compare(self, state: TurnState) -> dict[str, Any]:
        """Holds two to four products against each other and the need."""
        asked, parsed = state["asked"], state["parsed"]
        ids = list(parsed.products[:MOST_COMPARED])
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
            advice=advice_for(need, asked.index),
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

    async def search(self, state: TurnState) -> dict[str, Any]:
        """Finds what fits, or what stands in the way; asks back where the wish is vague."""
        asked, need, parsed = state["asked"], state["need"], state["parsed"]
        fixed = phrases(asked.language)
        things = _sold(asked.index, asked.language) or fixed["things"]
        text = fixed["status_search"].format(count=len(asked.index), things=things)
        get_stream_writer()(StatusEvent(text=text))
        lead = remarks(parsed, asked.index, asked.language)
        if any(u.field == "size" for u in parsed.unmatched):
            # A size that nothing is made in rules everything out.
            return {"intent": "recommend", "lead": lead, "unanswered": True}
        known: KnownShopper = await state["toolbox"].call("lookup_profile", {})
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
                "query": asked.release.query(plan, held, asked.index)
                if asked.release
                else query_of(plan, parsed, held, asked.message, asked.index),
                "where": [*among, *plan.conditions, *self._unseen(state, plan)],
                "prefer": list(plan.prefer),
                "derived": _derived(held, asked.index),
                "leanings": [
                    *_grown_up(need, asked.index),
                    *([] if _for_other(asked) else known.leanings),
                ],
                "sort": plan.sort,
                "k": self._shown,
            },
        )
        if among and not result.products:
            lead.append(fixed["none_of_these"])
            return {"intent": "recommend", "lead": lead, "need": asked.thread.need}
        if not result.products:
            near = await nearest_offer(need, plan, asked.index, state["toolbox"], asked.language)
            lead += [fixed["nothing_fits"], *near.sentences]
            found = {"intent": "recommend", "lead": lead, "cited": near.citations}
            return found | {"near": near.product_id, "unanswered": True}
        evidence = Evidence(
            index=asked.index,
            products=[ranked.product for ranked in result.products],
            need=held,
            plan=plan,
            language=asked.language,
            message=asked.message,
            advice=advice_for(need, asked.index),
            extremes=result.extremes,
            among_shown=bool(among),
            pick=result.products[0].product.id,
            places={ranked.product.id: ranked for ranked in result.products},
        )
        question = None
        # One question is enough: a budget in an unknown currency is asked for already.
        priced = any(u.field == "price" for u in parsed.unmatched)
        if not (among or parsed.undecided or plan.sort or priced or asked.release):
            rows = np.flatnonzero(asked.index.columns.mask(plan.conditions))[:_MOST_ASKED_OVER]
            fitting = [asked.index.at(int(row)) for row in rows]
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

    async def search_without(self, state: TurnState) -> dict[str, Any]:
        """Searches, or compares, anew after the shopper took a wish away by hand."""
        asked, need = state["asked"], state["need"]
        assert asked.release is not None
        before = asked.thread.need
        told = told_release(asked.release, before, asked.index, asked.language)
        if len(asked.release.compares) > 1:
            found = await self.compare(state)
        elif need.empty:
            found = self.clarify(asked) | {"unanswered": False}
        else:
            found = await self.search(state)
        return found | {"lead": [told, *found["lead"]]}

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


def _elsewhere(route: Route, parsed: ParsedQuery) -> bool:
    """Whether a message after an offer is about something else: thanks, a rule, other goods."""
    if route in _ELSEWHERE:
        return True
    return bool(parsed.facts or parsed.products or parsed.words or parsed.unmatched)


def _sets_deadline(state: TurnState) -> bool:
    """Whether a message that names no goods says by when they must come, and asks nothing else."""
    asked, parsed = state["asked"], state["parsed"]
    if parsed.facts or parsed.words or not sets_deadline(asked.message):
        return False
    if len(_QUESTION_END.split(asked.message.rstrip("?？! ！"))) > 1:
        return False
    # "Can it be in Canada by Friday?" asks for more than the usual time.
    return not any(name.startswith(COUNTRY) for name in names_in(asked.message))


def _on_delivery(state: TurnState) -> PolicyAnswer:
    """What the shop's policies say on how long a delivery takes."""
    question = _say(state["asked"], "delivery_question")
    return PolicyAnswer({**state, "asked": replace(state["asked"], message=question)})


async def _delivery_beside(found: dict[str, Any], state: TurnState) -> dict[str, Any]:
    """An answer on orders with how long deliveries take, where the shop's policies say it."""
    usual = await _on_delivery(state).take()
    if usual["unanswered"]:
        return {}
    return {"lead": [*found["lead"], *usual["lead"]], "cited": [*found["cited"], *usual["cited"]]}


def _on_orders(outcome: Outcome, asked: Asked) -> dict[str, Any]:
    return {
        "intent": "order",
        "lead": list(outcome.sentences),
        "cited": list(outcome.citations),
        "choices": list(outcome.choices),
        "confirmation": outcome.confirmation,
        "ordering": outcome.ordering,
        "unanswered": outcome.unanswered,
        "need": asked.thread.need,
    }


def _say(asked: Asked, name: str) -> str:
    return str(phrases(asked.language)[name])


def _for_other(asked: Asked) -> bool:
    """Whether it is for somebody else, of whom the shopper's own profile says nothing."""
    _, other = read_clauses(simplified(asked.message), for_other=asked.thread.for_other)
    return other or speaks_of_others(asked.message)


def _derived(need: Need, index: CatalogueIndex) -> list[Condition]:
    """The preferences that follow from advice: nobody has stated them."""
    stated = {(wish.field, wish.op, str(wish.value)) for wish in need.prefer}
    entries = advice_for(need, index)
    return [
        condition
        for entry in entries
        for condition in entry.prefer
        if (condition.field, condition.op, str(condition.value)) not in stated
    ]


def _grown_up(need: Need, index: CatalogueIndex) -> list[Leaning]:
    """Who does not say for whom it is asks for a grown-up rather than a child."""
    if need.find("gender") or "kids" not in index.vocabulary.values("gender"):
        return []
    grown_up = Condition(field="gender", op="!=", value="kids")
    return [Leaning(condition=grown_up, strength=_GROWN_UP, source=GROWN_UP)]


def _open(evidence: Evidence) -> Opened:
    sentence, citations = opening(evidence)
    # Of a single product that no advice explains, the opening has said what there is to say.
    more = len(evidence.products) > 1 or evidence.explained
    sheet = recommendation_sheet(evidence, sentence) if more else None
    return Opened(sentence, citations, [evidence.products[0].id], sheet)


def _sold(index: CatalogueIndex, language: Language) -> str | None:
    """What a shop sells that sells one kind of goods; None for one that sells several."""
    tops = index.vocabulary.values("category")
    whole = next((top for top in tops if index.count([_of_kind(top)]) == len(index)), None)
    if whole is None:
        return None
    name = index.vocabulary.display(Term("category", whole), language)
    return name[:1].lower() + name[1:]


def _of_kind(kind: Scalar) -> Condition:
    return Condition(field="category", op="=", value=kind)


def _kinds(index: CatalogueIndex, language: Language) -> list[str]:
    """The largest kinds of goods, for a shopper who asked for another one."""
    counts: dict[str, int] = {}
    for product in index.products:
        for step in product.category[1:2] or product.category[:1]:
            counts[step] = counts.get(step, 0) + 1
    largest = sorted(counts, key=lambda kind: (-counts[kind], kind))[:_KINDS_NAMED]
    return [index.vocabulary.display(Term("category", kind), language) for kind in largest]


def _asks_of_no_field(asked: Asked) -> bool:
    """Whether a question on a product, of no field that the catalogue has, says what it asks: "is
    it vegan?" does, "is it any good?" does not.
    """
    return asks_yes_or_no(asked.message) and any(
        not question.empty for question in questions_in(asked)
    )
