"""How sure a fact still is after some time: by half with each half-life of its field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, Field

from assistant.profile.facts import ProfileFact

_DAY = 86_400.0


class _HalfLife(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    days: float = Field(gt=0)
    fields: tuple[str, ...]


class _Fading(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    half_lives: tuple[_HalfLife, ...]
    default_days: float = Field(gt=0)
    least_confidence: float = Field(gt=0, lt=1)


def half_life_days(field: str) -> float:
    """In how many days a fact of a field is half as sure.

    Args:
        field: a field of a profile.
    """
    return _by_field().get(field, _table().default_days)


def confidence_at(fact: ProfileFact, now: datetime) -> float:
    """How sure a fact is at a time, from 0 to 1.

    ``confidence * 0.5 ** (age / half_life)``, the age counted from when it was last seen. A pinned
    fact does not fade, and a clock that runs behind makes none surer.

    Args:
        fact: of a profile.
        now: the time, with its zone.
    """
    if fact.pinned:
        return fact.confidence
    days = max(0.0, (now - fact.last_seen).total_seconds() / _DAY)
    return float(fact.confidence * 0.5 ** (days / half_life_days(fact.field)))


def still_counts(fact: ProfileFact, now: datetime) -> bool:
    """Whether a fact holds and is sure enough to be used.

    Args:
        fact: of a profile.
        now: the time, with its zone.
    """
    if fact.ended is not None and fact.ended <= now:
        return False
    return fact.pinned or confidence_at(fact, now) >= _table().least_confidence


@cache
def _table() -> _Fading:
    text = files("assistant.profile").joinpath("fading.yaml").read_text(encoding="utf-8")
    return _Fading.model_validate(yaml.safe_load(text))


@cache
def _by_field() -> Mapping[str, float]:
    return {field: entry.days for entry in _table().half_lives for field in entry.fields}
