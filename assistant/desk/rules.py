"""The rules by which a talk goes to a person: a file that the shop's staff can edit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import regex
import structlog
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticSerializationError

from assistant.desk.hours import Hours
from assistant.errors import BadInput
from assistant.reply import Language
from assistant.worded import WordRule, Words, slow_one
from retrieval.text import simplified
from tools.reading.amounts import currency_of, read_amounts
from tools.reading.mood import negated, read_mood, words_of

_log = structlog.get_logger(__name__)


class Trigger(StrEnum):
    """Why a talk goes to a person, the weightiest first."""

    DANGER = "danger"
    SAFETY = "safety"
    LEGAL = "legal"
    PERSON = "person"
    ANGER = "anger"
    MONEY = "money"
    FAILURES = "failures"


# Read by their words, in this order. What is not wanted ("no human, thanks") is not asked for.
_WORDED = (Trigger.SAFETY, Trigger.LEGAL, Trigger.PERSON, Trigger.ANGER)
_IN_MOOD = {Trigger.PERSON: "person", Trigger.ANGER: "angry"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Said(_Strict):
    """A sentence in both languages."""

    en: str = ""
    zh: str = ""

    def of(self, language: Language) -> str:
        """The one in a language; empty where the shop says nothing."""
        return self.zh if language == "zh" else self.en


class Rule(_Strict):
    """One rule, as the file has it.

    Attributes:
        enabled: whether it counts.
        urgency: that the case has at least.
        reason: what staff read.
        said: what the shopper reads before they are told that a person is coming.
        in_a_row: of ``failures``: replies that did not help.
        above: of ``money``: what a message may ask back, in units of the catalogue's currency;
            None for no limit.
        changes_above: of ``money``: what a change of an order may move, by the order's record.
    """

    enabled: bool = True
    urgency: Literal["normal", "high"] = "normal"
    reason: Said = Said()
    said: Said = Said()
    words: Words = Words()
    in_a_row: int = Field(default=2, ge=2, le=10)
    above: Decimal | None = Field(default=None, ge=0, allow_inf_nan=False)
    changes_above: Decimal | None = Field(default=None, ge=0, allow_inf_nan=False)


class _File(_Strict):
    hours: Hours = Hours()
    rules: dict[Trigger, Rule]


@dataclass(frozen=True)
class Rules:
    """The rules of a shop.

    Attributes:
        hours: when staff are there.
        rules: by what they react to.
        patterns: their words, compiled.
    """

    hours: Hours
    rules: Mapping[Trigger, Rule]
    patterns: Mapping[Trigger, WordRule]

    def trigger(self, message: str, currency: str) -> Trigger | None:
        """The first rule that a message by itself sets off; None where it needs no person.

        Args:
            message: the shopper's.
            currency: of the catalogue.
        """
        found = self.first(message)
        if found is None and self.about_money(message, currency):
            return Trigger.MONEY
        return found

    def first(self, message: str) -> Trigger | None:
        """The first rule whose words a message has; None where it has none.

        Args:
            message: the shopper's.
        """
        text = simplified(message).replace("’", "'")
        for trigger in _WORDED:
            if self.rules[trigger].enabled and self._says(trigger, text):
                return trigger
        return None

    def about_money(self, message: str, currency: str) -> bool:
        """Whether a message asks for more money back than the assistant may decide on.

        Args:
            message: the shopper's.
            currency: of the catalogue; amounts in others are held against no limit.
        """
        text = simplified(message).replace("’", "'")
        if not self._has(Trigger.MONEY, lambda rule: rule.first(text) is not None):
            return False
        sums = [
            amount.value
            for amount in read_amounts(message)
            if amount.currency and currency_of(amount.currency, currency) == currency
        ]
        rule = self.rules[Trigger.MONEY]
        return rule.enabled and rule.above is not None and any(v > rule.above for v in sums)

    def too_much(self, amount: Decimal, of: str, *, currency: str) -> bool:
        """Whether a change of an order is for a person to decide.

        Args:
            amount: what it moves, in units of ``of``.
            of: the currency of the order.
            currency: of the catalogue, which the limit is in. An amount in another currency is
                always for a person, as nothing can be said of it.
        """
        rule = self.rules[Trigger.MONEY]
        if not rule.enabled or rule.changes_above is None:
            return False
        return of != currency or abs(amount) > rule.changes_above

    def reason(self, trigger: Trigger, language: Language) -> str:
        """What staff read."""
        return self.rules[trigger].reason.of(language)

    def _says(self, trigger: Trigger, text: str) -> bool:
        kind = _IN_MOOD.get(trigger)
        if kind is None:
            return self._has(trigger, lambda rule: rule.first(text) is not None)

        def said(rule: WordRule) -> bool:
            spans = [m.span() for m in words_of(kind, text)]
            spans += [m.span() for m in rule.found(text)]
            if trigger is Trigger.ANGER and not spans:
                return read_mood(text).angry  # shouted, in words that are not angry by themselves
            return any(not rule.excuses(at, text) and not negated(text, at[0]) for at in spans)

        return self._has(trigger, said)

    def _has(self, trigger: Trigger, said: Callable[[WordRule], bool]) -> bool:
        try:
            return said(self.patterns[trigger])
        except TimeoutError:
            # Nobody knows whether the rule holds: a person is to look.
            _log.error("handoff_rule_too_slow", rule=trigger.value)
            return True


class RuleBook:
    """The rules in force: the shop's file over the built-in one, read again when it changes.

    Args:
        path: the shop's file; None for the built-in rules alone.
        needed: whether the file must be there; else the built-in rules hold while it is not.

    Raises:
        BadInput: the file cannot be read, or is no such file.
    """

    def __init__(self, path: Path | None = None, *, needed: bool = True) -> None:
        self._path = path
        self._needed = needed
        self._lock = threading.Lock()
        self._seen = self._stamp()
        self._rules = self._load()

    @property
    def rules(self) -> Rules:
        """The rules. A changed file that cannot be used leaves those in force that were."""
        with self._lock:
            stamp = self._stamp()
            if stamp != self._seen:
                self._seen = stamp
                try:
                    self._rules = self._load()
                except BadInput as error:
                    _log.error("handoff_rules_unusable", error=error.sentence)
            return self._rules

    def _load(self) -> Rules:
        return load_rules(self._path if self._needed or self._seen else None)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat() if self._path else None
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_size) if found else None


def load_rules(path: Path | None = None) -> Rules:
    """The built-in rules, with what a shop's file says in their place.

    Args:
        path: the shop's file.

    Raises:
        BadInput: the file cannot be read, or is no such file.
    """
    data = parsed(files("assistant.desk").joinpath("rules.yaml").read_text(encoding="utf-8"))
    if path is not None:
        try:
            own = parsed(path.read_text(encoding="utf-8"))
        except BadInput as error:
            raise _bad(path, error.sentence) from error
        except (OSError, UnicodeDecodeError) as error:
            raise _bad(path, str(error).splitlines()[0]) from error
        data = _merged(data, own, path)
    try:
        read = _File.model_validate(data)
        # Half of a character, written as an escape, cannot be sent to anybody.
        read.model_dump_json()
        patterns = {trigger: WordRule.of(rule.words) for trigger, rule in read.rules.items()}
        slow = _slow(read.rules) if path is not None else None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _bad(path, f"{place}: {first['msg']}") from error
    except PydanticSerializationError as error:
        raise _bad(path, 'a text has half a character ("\\ud83d"): write the character') from error
    except regex.error as error:
        raise _bad(path, f"its words make no regular expression: {error}") from error
    if slow is not None:
        raise _bad(path, f"{slow!r} takes too long on some messages: write it plainer")
    return Rules(read.hours, read.rules, patterns)


def _slow(rules: Mapping[Trigger, Rule]) -> str | None:
    """An expression of the shop's that may take too long; the built-in ones are known not to."""
    ours = load_rules().rules
    changed = (rule.words for at, rule in rules.items() if rule.words != ours[at].words)
    return next((slow for words in changed if (slow := slow_one(words)) is not None), None)


def _merged(data: dict[str, Any], own: dict[str, Any], path: Path) -> dict[str, Any]:
    """Entry by entry of each rule: a shop that sets a limit keeps the sentences."""
    unknown = set(own) - {"hours", "rules"}
    rules = own.get("rules") or {}
    if unknown or not isinstance(rules, dict):
        raise _bad(path, "it has hours and rules, and nothing else")
    merged = dict(data["rules"])
    for name, rule in rules.items():
        if not isinstance(rule, dict):
            raise _bad(path, f"rules.{name} is no rule")
        merged[name] = {**merged.get(name, {}), **rule}
    return {"hours": own.get("hours", data["hours"]), "rules": merged}


def parsed(text: str) -> dict[str, Any]:
    """The entries of a file of rules; none where it holds something else.

    Args:
        text: of the file.

    Raises:
        BadInput: it is no YAML, or has a day or a number that there is not.
    """
    try:
        data = yaml.safe_load(text)
    except RecursionError as error:
        raise BadInput("it is nested too deep") from error
    # "2026-02-30" and "!!int two" are no YAMLError.
    except (ValueError, OverflowError, TypeError, yaml.YAMLError) as error:
        raise BadInput((str(error) or type(error).__name__).splitlines()[0]) from error
    return data if isinstance(data, dict) else {}


def _bad(path: Path | None, what: str) -> BadInput:
    return BadInput(f"The hand-off rules in {path} cannot be used: {what}.", field="handoff_rules")
