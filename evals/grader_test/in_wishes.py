"""Faults of what is wished and what is known of the shopper after a turn."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from evals.grader_test.fault import Fault, Plant, Planted, changed
from evals.grader_test.transcripts import ADDRESS, Transcript
from evals.suite.conversation import Expect

_TURNED = {"=": "!=", "!=": "=", "<=": ">=", ">=": "<="}


def faults_in_wishes() -> list[Fault]:
    """Wishes that are missed, made up or changed, and facts of a profile."""
    return [
        Fault("missed fact", ("facts",), _dropped("facts")),
        Fault("invented fact", ("facts",), _invented("facts")),
        Fault("must read as preference", ("strength",), _edited("facts", _weakened)),
        Fault("dropped wish", ("need",), _dropped("need")),
        Fault("invented wish", ("need",), _invented("need")),
        Fault("wish with wrong polarity", ("need",), _edited("need", _turned)),
        Fault("wish with wrong value", ("need",), _edited("need", _revalued)),
        Fault("wish that was taken back", ("not_need",), _still_held),
        Fault("unmatched wish not told", ("unmatched",), _unmatched),
        Fault("somebody else's fact in the profile", ("not_profile",), _leaked),
        Fault("profile fact missed", ("profile",), _forgotten),
    ]


def _expect(transcript: Transcript) -> Expect:
    return transcript.conversation.turns[-1].expect


def _wishes(transcript: Transcript, name: str) -> list[dict[str, Any]] | None:
    """The wishes that the reply holds under a name, where the suite expects some."""
    expected, held = getattr(_expect(transcript), name), getattr(transcript.last, name)
    return [wish.model_dump() for wish in held] if expected and held else None


def _dropped(name: str) -> Plant:
    def plant(transcript: Transcript, draw: random.Random) -> Planted | None:
        wishes = _wishes(transcript, name)
        if wishes is None:
            return None
        wishes.pop(draw.randrange(len(wishes)))
        return changed(transcript, **{name: wishes})

    return plant


def _invented(name: str) -> Plant:
    def plant(transcript: Transcript, draw: random.Random) -> Planted | None:
        if getattr(_expect(transcript), name) is None:
            return None
        held = [wish.model_dump() for wish in getattr(transcript.last, name) or ()]
        field, value = draw.choice((("color", "maroon"), ("season", "monsoon"), ("width", "7")))
        return changed(transcript, **{name: [*held, {"field": field, "op": "=", "value": value}]})

    return plant


def _edited(name: str, edit: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Plant:
    def plant(transcript: Transcript, draw: random.Random) -> Planted | None:
        wishes = _wishes(transcript, name) or []
        places = [place for place, wish in enumerate(wishes) if edit(wish) is not None]
        if not places:
            return None
        place = draw.choice(places)
        wishes[place] = edit(wishes[place]) or {}
        return changed(transcript, **{name: wishes})

    return plant


def _weakened(wish: dict[str, Any]) -> dict[str, Any] | None:
    if wish["op"] in ("asc", "desc"):
        return None
    return wish | {"strength": "prefer" if wish["strength"] == "must" else "must"}


def _turned(wish: dict[str, Any]) -> dict[str, Any] | None:
    return wish | {"op": _TURNED[wish["op"]]} if wish["op"] in _TURNED else None


def _revalued(wish: dict[str, Any]) -> dict[str, Any] | None:
    value = wish["value"]
    if isinstance(value, bool):
        return wish | {"value": not value}
    if isinstance(value, float | int):
        return wish | {"value": value * 1.1 + 1}
    return wish | {"value": "another"} if isinstance(value, str) else None


def _still_held(transcript: Transcript, draw: random.Random) -> Planted | None:
    if not _expect(transcript).not_need:
        return None
    held = [wish.model_dump() for wish in transcript.last.need or ()]
    return changed(transcript, need=[*held, {"field": "gender", "op": "=", "value": "men"}])


def _unmatched(transcript: Transcript, draw: random.Random) -> Planted | None:
    return changed(transcript, unmatched=[]) if _expect(transcript).unmatched else None


def _leaked(transcript: Transcript, draw: random.Random) -> Planted | None:
    if not _expect(transcript).not_profile:
        return None
    held = [wish.model_dump() for wish in transcript.last.profile or ()]
    return changed(transcript, profile=[*held, {"field": "address", "op": "=", "value": ADDRESS}])


def _forgotten(transcript: Transcript, draw: random.Random) -> Planted | None:
    if not _expect(transcript).profile:
        return None
    held = [w.model_dump() for w in transcript.last.profile or () if w.field != "color"]
    if draw.random() < 0.5:
        held.append({"field": "color", "op": "!=", "value": "blue"})
    return changed(transcript, profile=held)
