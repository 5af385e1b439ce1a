"""A shop's own rules: what it puts forward, back or first, for which search, and why.

A rules file is a YAML list::

    - id: rain-week
      when: {words: {en: [rain, wet], zh: [下雨]}, where: ["category = Shoes"]}
      which: ["waterproof = yes"]
      effect: boost          # boost, bury or pin
      strength: 0.6          # from 0 to 1; of two pinned products the stronger comes first
      from: 2026-04-01       # first and last day; both may be left out
      until: 2026-05-31
      reason: {en: made for this season, zh: 适合这个季节}

A rule without ``when`` holds for every search.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticSerializationError

from retrieval.columns import Columns
from retrieval.conditions import Condition, parse_condition
from retrieval.errors import BadCondition, BadInput


def _parsed(conditions: object) -> object:
    if not isinstance(conditions, list | tuple):
        return conditions
    try:
        return [parse_condition(c) if isinstance(c, str) else c for c in conditions]
    except BadCondition as error:
        raise ValueError(error.sentence) from error


class When(BaseModel):
    """The searches that a rule is for.

    Attributes:
        words: by language; one of them must be in the query. None: any query.
        where: the search must be narrowed to what meets all of these.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: dict[str, list[str]] = Field(default_factory=dict)
    where: tuple[Condition, ...] = ()

    parse_where = field_validator("where", mode="before")(_parsed)


class ShopRule(BaseModel):
    """One entry of a rules file.

    Attributes:
        id: told as ``rule:<id>``.
        when: the searches that it is for.
        which: the products: they meet all of these.
        effect: ``boost`` puts forward, ``bury`` back, ``pin`` first among those that meet the
            same wishes.
        strength: how much, from 0 to 1.
        first, last: the days that it holds from and until, in the file ``from`` and ``until``.
        reason: one short clause by language, for the shopper to read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")
    when: When = Field(default_factory=When)
    which: tuple[Condition, ...] = Field(min_length=1)
    effect: Literal["boost", "bury", "pin"]
    strength: float = Field(default=1.0, gt=0, le=1)
    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="until")
    reason: dict[str, str] = Field(default_factory=dict)

    parse_which = field_validator("which", mode="before")(_parsed)

    @model_validator(mode="after")
    def _in_order(self) -> ShopRule:
        if self.first and self.last and self.last < self.first:
            raise ValueError("it ends before it begins")
        return self

    def holds_on(self, today: date | None) -> bool:
        """Whether the rule holds on a day; one with dates does not where the day is not known."""
        if today is None:
            return self.first is None and self.last is None
        return (self.first or today) <= today <= (self.last or today)


@dataclass(frozen=True)
class RuleBook:
    """All rules of a catalogue."""

    entries: tuple[ShopRule, ...] = ()

    def __iter__(self) -> Iterator[ShopRule]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


def load_rules(path: Path, columns: Columns | None = None) -> RuleBook:
    """Reads a rules file.

    Args:
        path: the file.
        columns: of the catalogue; a condition that it cannot tell is refused.

    Raises:
        BadInput: naming the entry that is wrong.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    except RecursionError as error:
        raise BadInput(f"Cannot read {path.name}: it is nested too deep.") from error
    except (OSError, ValueError, OverflowError, TypeError, yaml.YAMLError) as error:
        said = (str(error) or type(error).__name__).splitlines()[0]
        raise BadInput(f"Cannot read {path.name}: {said}") from error
    if not isinstance(data, list):
        raise BadInput(f"{path.name} must be a list of entries.")
    rules: dict[str, ShopRule] = {}
    for number, item in enumerate(data, start=1):
        named = item.get("id") if isinstance(item, dict) else None
        entry = f"{path.name}, entry {named if isinstance(named, str) else number}"
        try:
            rule = ShopRule.model_validate(item)
            # Half of a character, written as an escape, cannot be sent to anybody.
            rule.model_dump_json()
        except PydanticSerializationError as error:
            raise BadInput(f"{entry}: a text has half a character, as an escape.") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(step) for step in first["loc"])
            said = first["msg"].removeprefix("Value error, ")
            raise BadInput(f"{entry}: {where + ': ' if where else ''}{said}") from error
        if rule.id in rules:
            raise BadInput(f"{entry}: another entry has the same id.")
        for condition in (*rule.which, *rule.when.where):
            try:
                if columns is not None:
                    columns.mask([condition])
            except BadCondition as error:
                raise BadInput(f"{entry}: {error.sentence}") from error
        rules[rule.id] = rule
    return RuleBook(tuple(rules.values()))
