"""What a shopper's message states, as the model proposes it and as code keeps it."""

from __future__ import annotations

from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from retrieval.conditions import ConditionValue

ModelField = Literal[
    "category",
    "brand",
    "price",
    "size",
    "color",
    "gender",
    "use",
    "body",
    "feature",
    "rating",
    "product",
]
ModelOp = Literal["=", "!=", "<=", ">="]
Action = Literal["search", "compare", "details", "policy", "order", "person", "chat"]
Strength = Literal["must", "prefer"]


class Proposal(BaseModel):
    """One fact as the model writes it. Nothing of it is believed yet."""

    model_config = ConfigDict(extra="ignore")

    quote: str = Field(max_length=200)
    field: ModelField
    op: ModelOp
    value: str = Field(max_length=200)


class ModelReading(BaseModel):
    """The model's reading of one message."""

    model_config = ConfigDict(extra="ignore")

    action: Action
    facts: list[Proposal] = Field(default_factory=list, max_length=20)


class Fact(BaseModel):
    """One checked wish: it stands in the message and means something in the catalogue.

    Attributes:
        field: a field of the catalogue, or ``need`` for an entry of the advice file.
        op: how the field is held against the value.
        value: a value of the catalogue, a number, or the id of an advice entry.
        quote: the shopper's own words.
        strength: whether products must meet it, or had better.
        sort: ``asc`` or ``desc`` for a superlative ("cheapest"), which orders and filters nothing.
        note: what the shopper should be told of how it was read, such as a rate of exchange.
        widens: whether it is allowed beside what was wanted before, and takes no place of it:
            "also in white", "白色也可以".
    """

    model_config = ConfigDict(frozen=True)

    field: str
    op: Literal["=", "!=", "<", "<=", ">", ">=", "contains"]
    value: ConditionValue
    quote: str
    strength: Strength = "must"
    sort: Literal["asc", "desc"] | None = None
    note: str | None = None
    widens: bool = False

    @property
    def excludes(self) -> bool:
        """Whether it says what the shopper does not want."""
        return self.op == "!="


class HeldWish(Protocol):
    """A wish of an earlier turn that still holds, as far as a new message may change it."""

    @property
    def field(self) -> str:
        """A field of the catalogue, or ``need``."""

    @property
    def op(self) -> str:
        """How the field is held against the value."""

    @property
    def value(self) -> ConditionValue:
        """A value of the catalogue, a number, or the id of an advice entry."""

    @property
    def quote(self) -> str:
        """The shopper's own words."""


class Released(BaseModel):
    """A wish held before that is taken back."""

    model_config = ConfigDict(frozen=True)

    field: str
    value: ConditionValue
    quote: str


class Unmatched(BaseModel):
    """A wish that means nothing in this catalogue. The shopper is told."""

    model_config = ConfigDict(frozen=True)

    field: str
    value: str
    quote: str


class ParsedQuery(BaseModel):
    """What a message states, after all checks.

    Attributes:
        action: what the model takes the message to ask for.
        facts: the wishes that stand.
        unmatched: the wishes that mean nothing in the catalogue.
        products: ids of the products that the message speaks of.
        words: kinds of goods that are no category here and stand in products' texts, in words
            that those texts have.
        relaxed: fields that are said not to matter any more. Every wish on them is to go.
        released: single wishes held before that are taken back, where the field has others (one
            need of several). Only these are to go.
        loosened: fields whose bound may be passed ("I can pay a bit more"). Where a bound was
            held, ``facts`` has the new one, a fifth further out, with a note; the shopper is told.
        asked: what is asked of products that the message points at ("is it waterproof?"). No
            wish: it says what the reply must speak of, a size or a colour too.
        compares: whether two or more products are to be held against each other.
        undecided: whether the shopper leaves the choice to the shop ("随便", "you choose").
        wants_person: whether a human being is asked for.
        dropped: what the model proposed and no word of the message supports.
    """

    action: Action
    facts: tuple[Fact, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()
    products: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    relaxed: tuple[str, ...] = ()
    released: tuple[Released, ...] = ()
    loosened: tuple[str, ...] = ()
    asked: tuple[Fact, ...] = ()
    compares: bool = False
    undecided: bool = False
    wants_person: bool = False
    dropped: tuple[Proposal, ...] = ()
