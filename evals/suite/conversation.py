"""The format of a suite: JSON Lines, one conversation a line, each turn with what it must give."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

import regex
from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from evals.shoppers.goal import Goal
from evals.suite.orders import (
    KnownAccount,
    OrderAfter,
    PastOrder,
    Several,
    expected_order_faults,
    order_faults,
)
from evals.suite.predicates import OPERATOR_SIGNS, Predicate, read_number
from evals.suite.strict import Strict, Words

Intent = Literal[
    "recommend",
    "compare",
    "product_question",
    "policy",
    "order",
    "clarify",
    "not_in_catalogue",
    "handoff",
    "smalltalk",
    "refuse",
]
Language = Literal["en", "zh"]
LabelValue = bool | float | str | None
ShopperId = Annotated[str, Field(pattern=r"^[\w.:@+-]{1,128}$")]
_LABELLED = ("facts", "need", "profile", "not_profile")


LABEL_TEXT = re.compile(
    r"^((?:(?:prefer|optional) )*)([\w.]+)(?: (asc|desc)|\s*(!=|<=|>=|=|<|>)\s*([^\s<>=!≤≥≠].*))$"
)


def _read_label(text: str) -> dict[str, Any]:
    match = LABEL_TEXT.match(text)
    if match is None:
        raise ValueError(f"{text!r} is no wish of the form FIELD OP VALUE")
    words, field, direction, op, value = match.groups()
    return {
        "field": field,
        "op": direction or op,
        "value": None if direction else _read_value(value),
        "strength": "prefer" if "prefer" in words else "must",
        "optional": "optional" in words,
    }


def _read_value(text: str) -> LabelValue:
    small = text.strip().casefold()
    if small in ("yes", "true", "no", "false"):
        return small in ("yes", "true")
    return text.strip()


class Label(Strict):
    """One wish as a careful reader would note it, as text or as an object.

    As text it is ``FIELD OP VALUE``, such as ``price<=120``, ``brand!=Nike`` or ``waterproof=yes``;
    ``price asc`` for a superlative; ``prefer`` or ``optional`` before it where that holds.

    Attributes:
        field: a field of the catalogue, or ``need`` for an entry of the advice file.
        op: ``asc`` and ``desc`` are superlatives, whose value is null.
        value: as the catalogue writes it; money in the catalogue's currency.
        strength: whether the shopper insists.
        optional: a good reader may leave it out, and is not charged for giving it.
    """

    field: str = Field(min_length=1)
    op: Literal["=", "!=", "<", "<=", ">", ">=", "asc", "desc"]
    value: LabelValue
    strength: Literal["must", "prefer"] = "must"
    optional: bool = False

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        return _read_label(data) if isinstance(data, str) else data

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        text = {"type": "string", "pattern": LABEL_TEXT.pattern}
        return {"anyOf": [text, handler(core_schema)]}

    @model_validator(mode="after")
    def _superlatives_have_no_value(self) -> Label:
        if (self.op in ("asc", "desc")) != (self.value is None):
            raise ValueError("the value is null with asc and desc, and only with them")
        if self.op in ("<", "<=", ">", ">=") and read_number(self.value) is None:
            raise ValueError(f"{self.field} {self.op} {self.value!r} is held against no number")
        if isinstance(self.value, str):
            if not self.value.strip():
                raise ValueError("the value is blank")
            if self.value.lstrip()[0] in OPERATOR_SIGNS:
                raise ValueError(f"the value {self.value!r} begins with an operator")
        return self


class AnyLabel(Strict):
    """Several readings that are equally right; one of them is enough."""

    any: tuple[Label, ...] = Field(min_length=2)
    optional: bool = False


def _which(data: Any) -> Any:
    """Lets a mistake be reported for the one shape that was meant."""
    if isinstance(data, Label | AnyLabel):
        return data
    return (AnyLabel if isinstance(data, dict) and "any" in data else Label).model_validate(data)


class ProductRule(Strict):
    """What every product given must meet.

    Attributes:
        all: predicates of ``evals.suite.predicates``.
        some: at least one product must be given, because the catalogue has one.
        none: no product may be given as fitting.
    """

    all: tuple[str, ...] = ()
    some: bool = False
    none: bool = False

    @model_validator(mode="after")
    def _readable(self) -> ProductRule:
        for text in self.all:
            Predicate.parse(text)
        if self.some and self.none:
            raise ValueError("some and none exclude each other")
        return self

    @property
    def predicates(self) -> tuple[Predicate, ...]:
        """The conditions, parsed."""
        return tuple(Predicate.parse(text) for text in self.all)


class PickRule(Strict):
    """Which product must be the pick.

    Attributes:
        extreme: a field and a direction: the best of all that can be bought and meet
            ``products.all``.
        ids: any of these.
    """

    extreme: tuple[str, Literal["asc", "desc"]] | None = None
    ids: tuple[str, ...] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _one_rule(self) -> PickRule:
        if (self.extreme is None) == (self.ids is None):
            raise ValueError("either extreme or ids")
        return self


class Shown(Strict):
    """Products by what the turn before showed.

    Attributes:
        shown: their places, from 1.
        shown_where: predicates; the first product shown that meets them all.
    """

    shown: tuple[Annotated[int, Field(ge=1)], ...] = ()
    shown_where: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_rule(self) -> Shown:
        for text in self.shown_where:
            Predicate.parse(text)
        if bool(self.shown) == bool(self.shown_where):
            raise ValueError("either shown or shown_where")
        return self

    @property
    def predicates(self) -> tuple[Predicate, ...]:
        """The conditions of ``shown_where``, parsed."""
        return tuple(Predicate.parse(text) for text in self.shown_where)


class ToolRule(Strict):
    """A tool that must have been called in the turn.

    Attributes:
        tool: its name.
        arguments: what the call must have among its arguments, at any depth: a value, or an
            object of values; of a list each wanted item must be there.
    """

    tool: str = Field(min_length=1)
    arguments: dict[str, Any] = Field(default_factory=dict)


class Budget(Strict):
    """What a turn may cost at most; a key that is absent is not looked at.

    Attributes:
        first_text_ms, total_ms: milliseconds on the evaluator's clock.
        calls: of the language model.
        prompt_tokens, completion_tokens: of all its calls together.
    """

    first_text_ms: float | None = Field(default=None, gt=0)
    total_ms: float | None = Field(default=None, gt=0)
    calls: int | None = Field(default=None, ge=0)
    prompt_tokens: int | None = Field(default=None, ge=0)
    completion_tokens: int | None = Field(default=None, ge=0)


class Expect(Strict):
    """What the answer to one message must be. A key that is absent is not looked at.

    Attributes:
        intent: the intents that are right.
        language: of the text.
        facts: the wishes that this message states.
        unmatched: fields of wishes that the catalogue has no value for.
        need: all wishes that hold after the turn.
        not_need: fields on which no wish may be held after the turn.
        products: what the products given must meet.
        pick: which product must be the pick.
        refers: the products that the reply must be about.
        stands_in_the_way: nothing fits; the fields that the reply must name as the cause.
        asks: whether the reply asks back with choices.
        not_said: regular expressions that the text must not match.
        said: regular expressions that the text must match.
        tools: calls that the turn must have made.
        not_tools: names of tools that it must not have called.
        citations: what the text must cite: ``price`` stands for that field of any product,
            ``product:ID#field`` for one of one product, ``advice`` or ``advice:ID`` for advice.
        policy: clauses of the shop's policies, ``file#heading``, of which each must be cited;
            ``|`` stands between those of which any will do. Empty: the policies do not answer, and
            the text must say so and cite none.
        profile: what must be known of the shopper after the turn.
        not_profile: what must not be known of them.
        orders: how orders must stand after the turn, by their numbers. What no turn so far says
            of an order must be as it was before the conversation.
        account_address: texts that the account's address must contain after the turn.
        confirmation: whether an offer waits for the shopper's yes after the turn.
        budget: what the turn may cost.
    """

    intent: tuple[Intent, ...] | None = Field(default=None, min_length=1)
    language: Language | None = None
    facts: tuple[Label | AnyLabel, ...] | None = None
    unmatched: tuple[str, ...] | None = None
    need: tuple[Label | AnyLabel, ...] | None = None
    not_need: tuple[str, ...] | None = Field(default=None, min_length=1)
    products: ProductRule | None = None
    pick: PickRule | None = None
    refers: tuple[str, ...] | Shown | None = None
    stands_in_the_way: tuple[str, ...] | None = Field(default=None, min_length=1)
    asks: bool | None = None
    sentiment: Literal["positive", "neutral", "negative"] | None = None
    urgency: Literal["low", "normal", "high"] | None = None
    handoff: bool | None = None
    not_said: tuple[str, ...] | None = None
    said: tuple[str, ...] | None = None
    tools: tuple[ToolRule, ...] | None = Field(default=None, min_length=1)
    not_tools: tuple[str, ...] | None = Field(default=None, min_length=1)
    citations: tuple[str, ...] | None = Field(default=None, min_length=1)
    policy: tuple[str, ...] | None = None
    profile: tuple[Label | AnyLabel, ...] | None = Field(default=None, min_length=1)
    not_profile: tuple[Label | AnyLabel, ...] | None = Field(default=None, min_length=1)
    orders: dict[str, OrderAfter] | None = Field(default=None, min_length=1)
    account_address: Several | None = None
    confirmation: bool | None = None
    budget: Budget | None = None

    @model_validator(mode="before")
    @classmethod
    def _labels(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        lists = {k: data[k] for k in _LABELLED if isinstance(data.get(k), list)}
        return data | {key: [_which(item) for item in items] for key, items in lists.items()}

    @model_validator(mode="after")
    def _readable(self) -> Expect:
        if self.budget is not None and not self.budget.model_dump(exclude_none=True):
            raise ValueError("budget limits nothing")
        for name in ("said", "not_said"):
            for pattern in getattr(self, name) or ():
                try:
                    regex.compile(pattern)
                except regex.error as error:
                    raise ValueError(f"{name} has {pattern!r}: {error}") from error
        return self


class Recorded(Strict):
    """What was answered when a real conversation was recorded, for a replay to differ from.

    Attributes:
        thumb: what the shopper thought of it, where they said so.
        reason: why, in their words.
    """

    text: str = ""
    intent: Intent | None = None
    products: tuple[str, ...] = ()
    pick: str | None = None
    need: tuple[Label, ...] = ()
    thumb: Literal["up", "down"] | None = None
    reason: str | None = None


class TurnSpec(Strict):
    """One message and what must come of it.

    Attributes:
        recorded: what came of it once; nothing is checked against it.
    """

    say: Words
    expect: Expect = Expect()
    recorded: Recorded | None = None


class KnownFact(Strict):
    """A fact of a shopper's profile before the conversation."""

    field: str = Field(min_length=1)
    op: Literal["=", "!=", "<=", ">="] = "="
    value: Words
    strength: Literal["must", "prefer"] = "prefer"
    quote: Words


class PastEvent(Strict):
    """Something that a shopper did in the shop before the conversation.

    Attributes:
        days_ago: whole or parts of days before the conversation; a hundred years at most.
    """

    type: Literal["view", "search", "click", "cart", "purchase", "rate", "return"]
    product_id: str | None = None
    query: str | None = None
    value: float | None = None
    days_ago: float = Field(default=1.0, ge=0, le=36500)


class KnownShopper(Strict):
    """A shopper who has agreed to be remembered, and what is known of them beforehand.

    Attributes:
        said: earlier messages, in a conversation of their own that is not graded: a running
            server learns what it knows from these alone.
        facts: put into the profile as they stand, where the assistant runs in this process.
    """

    said: tuple[Words, ...] = ()
    facts: tuple[KnownFact, ...] = ()
    events: tuple[PastEvent, ...] = ()


class Conversation(Strict):
    """One shopper's conversation: its turns are written down, or a goal is pursued.

    Attributes:
        id: unique among all suites of a run.
        language: that the shopper mostly writes.
        catalog: the catalogue that is asked: one in ``catalogs/`` beside the suite, or the shop's.
        rates: units of a currency that one US dollar is worth.
        tags: what it tests, for a reader; reports have figures by each.
        group: conversations of one group say the same in other words or another language.
        shopper: who is known before; None is a stranger, of whom nothing is kept.
        others: other shoppers, of whom nothing may come to light; by their ids.
        account: the shopper's account with the shop; of a guest, the one that the orders are of.
        orders: how they stand before the conversation.
        guest: the shopper is not signed in: orders are theirs by number, e-mail and postcode.
        turns: what is said, and what must come of it.
        goal: what a simulated shopper is after.
    """

    id: str = Field(min_length=1, max_length=100, pattern=r"^[\w.:@+-]+$")
    language: Language
    catalog: str = "demo"
    rates: dict[str, Annotated[Decimal, Field(gt=0)]] = Field(default_factory=dict)
    tags: tuple[str, ...] = ()
    group: str | None = None
    shopper: KnownShopper | None = None
    others: dict[ShopperId, KnownShopper] = Field(default_factory=dict)
    account: KnownAccount | None = None
    orders: tuple[PastOrder, ...] = ()
    guest: bool = False
    turns: tuple[TurnSpec, ...] = ()
    goal: Goal | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Conversation:
        if bool(self.turns) == (self.goal is not None):
            raise ValueError("either turns, at least one, or a goal")
        return self

    @model_validator(mode="after")
    def _orders_possible(self) -> Conversation:
        simulated = self.goal is not None
        faults = order_faults(self.account, self.orders, guest=self.guest, simulated=simulated)
        for fault in faults:
            raise ValueError(fault)
        for number, turn in enumerate(self.turns, start=1):
            expect = turn.expect
            expected = expect.orders or {}
            for fault in expected_order_faults(expected, self.account, self.orders):
                raise ValueError(f"turn {number}: {fault}")
            if expect.account_address is not None and (self.account is None or self.guest):
                raise ValueError(f"turn {number}: only who is signed in has an account's address")
        return self
