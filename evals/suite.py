"""The format of a suite: JSON Lines, one conversation a line, each turn with what it must give."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evals.predicates import Predicate
from retrieval.errors import BadInput

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
SCHEMA_FILE = Path(__file__).parent / "suites" / "schema.json"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(_Strict):
    """One wish as a careful reader would note it.

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

    @model_validator(mode="after")
    def _superlatives_have_no_value(self) -> Label:
        if (self.op in ("asc", "desc")) != (self.value is None):
            raise ValueError("the value is null with asc and desc, and only with them")
        return self


class AnyLabel(_Strict):
    """Several readings that are equally right; one of them is enough."""

    any: tuple[Label, ...] = Field(min_length=2)
    optional: bool = False


def _which(data: Any) -> Any:
    """Lets a mistake be reported for the one shape that was meant."""
    if isinstance(data, Label | AnyLabel):
        return data
    return (AnyLabel if isinstance(data, dict) and "any" in data else Label).model_validate(data)


class ProductRule(_Strict):
    """What every product given must meet.

    Attributes:
        all: predicates of ``evals.predicates``.
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


class PickRule(_Strict):
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


class Shown(_Strict):
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


class Expect(_Strict):
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
    """

    intent: tuple[Intent, ...] | None = Field(default=None, min_length=1)
    language: Language | None = None
    facts: tuple[Label | AnyLabel, ...] | None = None
    unmatched: tuple[str, ...] | None = None
    need: tuple[Label | AnyLabel, ...] | None = None
    not_need: tuple[str, ...] | None = None
    products: ProductRule | None = None
    pick: PickRule | None = None
    refers: tuple[str, ...] | Shown | None = None
    stands_in_the_way: tuple[str, ...] | None = None
    asks: bool | None = None
    sentiment: Literal["positive", "neutral", "negative"] | None = None
    urgency: Literal["low", "normal", "high"] | None = None
    handoff: bool | None = None
    not_said: tuple[str, ...] | None = None

    @model_validator(mode="before")
    @classmethod
    def _labels(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        lists = {k: data[k] for k in ("facts", "need") if isinstance(data.get(k), list)}
        return data | {key: [_which(item) for item in items] for key, items in lists.items()}

    @model_validator(mode="after")
    def _readable(self) -> Expect:
        for pattern in self.not_said or ():
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"not_said has {pattern!r}: {error}") from error
        return self


class TurnSpec(_Strict):
    """One message and what must come of it."""

    say: str = Field(min_length=1)
    expect: Expect = Expect()


class Conversation(_Strict):
    """One shopper's conversation.

    Attributes:
        id: unique among all suites of a run.
        language: that the shopper mostly writes.
        catalog: the catalogue that is asked.
        rates: units of a currency that one US dollar is worth.
        tags: what it tests, for a reader.
    """

    id: str = Field(min_length=1, max_length=100, pattern=r"^[\w.:@+-]+$")
    language: Language
    catalog: str = "demo"
    rates: dict[str, Annotated[Decimal, Field(gt=0)]] = Field(default_factory=dict)
    tags: tuple[str, ...] = ()
    turns: tuple[TurnSpec, ...] = Field(min_length=1)


def load_suite(path: Path) -> list[Conversation]:
    """Reads a suite; empty lines are skipped.

    Args:
        path: a JSON Lines file.

    Raises:
        BadInput: the file cannot be read, is empty, or a line is not in the format; the sentence
            names the file, the line and the key.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise BadInput(f"Cannot read the suite {path}: {reason}.", field="suite") from error
    found: dict[str, Conversation] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            conversation = Conversation.model_validate(json.loads(line))
        except ValidationError as error:
            raise BadInput(f"{where}: {_told(error)}.", field="suite") from error
        except ValueError as error:
            raise BadInput(f"{where}: not JSON ({error}).", field="suite") from error
        if conversation.id in found:
            raise BadInput(f"{where}: the id {conversation.id!r} is there twice.", field="suite")
        found[conversation.id] = conversation
    if not found:
        raise BadInput(f"The suite {path} has no conversation.", field="suite")
    return list(found.values())


def load_suites(paths: Iterable[Path]) -> list[Conversation]:
    """Reads several suites; a folder stands for the ``.jsonl`` files in it.

    Raises:
        BadInput: as ``load_suite``; or an id is in two suites; or a folder has no suite.
    """
    found: dict[str, Conversation] = {}
    for given in paths:
        files = sorted(given.glob("*.jsonl")) if given.is_dir() else [given]
        if not files:
            raise BadInput(f"The folder {given} has no suite (*.jsonl).", field="suite")
        for path in files:
            for conversation in load_suite(path):
                if conversation.id in found:
                    raise BadInput(
                        f"{path}: the id {conversation.id!r} is in another suite too.",
                        field="suite",
                    )
                found[conversation.id] = conversation
    return list(found.values())


def schema_text() -> str:
    """The JSON Schema of one line, for editors and for tools in other languages."""
    schema = Conversation.model_json_schema()
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write_schema(path: Path = SCHEMA_FILE) -> None:
    """Writes the schema that lies beside the suites. A test says when it is out of date."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(schema_text(), encoding="utf-8")


def _told(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    reason = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{place}: {reason}" if place else reason
