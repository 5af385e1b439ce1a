"""What the terms that are counted are called at the desk, in its language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import babel
import yaml

from assistant.desk.rules import Trigger
from assistant.insight.kinds import Kind
from assistant.insight.releases import Figure
from assistant.insight.terms import Part, parts_in
from assistant.insight.turns import OTHER
from assistant.reply import Language
from retrieval.index import CatalogueIndex
from retrieval.money import format_price
from retrieval.policies.notions import COUNTRY
from retrieval.vocabulary import Term

_MONEY = frozenset({"price", "sale_price", "list_price"})


@dataclass(frozen=True)
class Labels:
    """Names of terms in one language.

    Attributes:
        language: of the page.
        index: the catalogue; None where it cannot be read, then values keep their own names.
        words: the texts of insight in that language.
        reason: what staff read for a rule that hands over.
    """

    language: Language
    index: CatalogueIndex | None
    words: Mapping[str, Any]
    reason: Callable[[Trigger], str]

    def of(self, figure: Figure) -> str:
        """What a figure's term is called."""
        term = figure.term
        match figure.kind:
            case Kind.NEEDS | Kind.UNFIT:
                return " + ".join(self._part(part) for part in parts_in(term))
            case Kind.MISSING:
                return figure.wording
            case Kind.QUESTIONS:
                return self._question(term)
            case Kind.HANDOFFS:
                return self.reason(Trigger(term))
            case Kind.THUMBS:
                return self.intent(term.partition("/")[2])
            case Kind.TALKS | Kind.UNHELPED:
                return str(self.words["talks_all"])

    def intent(self, intent: str) -> str:
        """What an answer was about."""
        return str(self.words["intents"][intent])

    def _part(self, part: Part) -> str:
        field, op, value = part
        name = self._value(field, value)
        if op == "=" and isinstance(value, str):
            return name
        label = self._field(field)
        return f"{label} {self.words['ops'][op].format(value=name)}"

    def _field(self, field: str) -> str:
        if self.index is None or field in self.words["fields"]:
            return str(self.words["fields"].get(field, field.replace("_", " ")))
        return self.index.vocabulary.label(field, self.language)

    def _value(self, field: str, value: Any) -> str:
        if isinstance(value, bool):
            return str(self.words["yes" if value else "no"])
        if isinstance(value, int | float):
            if field in _MONEY and self.index is not None:
                return format_price(float(value), self.index.currency, self.language)
            return f"{value:g}"
        if self.index is None:
            return str(value)
        if field == "need":
            entry = self.index.advice.get(value)
            return entry.name(self.language) if entry is not None else str(value)
        return self.index.vocabulary.display(Term(field, value), self.language)

    def _question(self, term: str) -> str:
        if term == OTHER:
            return str(self.words["questions_other"])
        return str(self.words["questions_join"]).join(map(self._notion, term.split("/")))

    def _notion(self, name: str) -> str:
        if name.startswith(COUNTRY):
            code = name.removeprefix(COUNTRY)
            return str(babel.Locale(self.language).territories.get(code, code))
        named = _notions().get(name, {}).get(self.language)
        return str(named) if named else name.rpartition(":")[2].replace("_", " ")


@cache
def _notions() -> Mapping[str, Mapping[str, str]]:
    text = files("assistant.insight").joinpath("notions.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, str]] = yaml.safe_load(text)
    return loaded
