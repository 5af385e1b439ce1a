"""The shop's ranking rules as staff edit them: what they put forward, back or first."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from copy import copy
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from assistant.desk.files import ShopFile, Trial
from assistant.desk.meanings import Meaning
from assistant.desk.showing import texts
from assistant.errors import BadInput
from assistant.record_text import shown_title
from assistant.reply import Language
from retrieval.conditions import Condition
from retrieval.errors import ShopGuideError
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex
from retrieval.rules import RuleBook, ShopRule, load_rules
from tools.search_products import MOST_QUERY, SearchResult, search_products_tool

RANKING = "ranking-rules.yaml"
_MOST_TITLES, _MOST_FOUND = 5, 8


def ranking_file(indexes: IndexFolder, catalog: str, *, now: Callable[[], datetime]) -> ShopFile:
    """The ranking rules of a catalogue as a file of the shop.

    Args:
        indexes: the catalogues.
        catalog: the one that they are of.
        now: the time of day, on which rules with dates hang.
    """

    def opened() -> CatalogueIndex:
        try:
            return indexes.open(catalog)
        except ShopGuideError as error:
            raise BadInput(error.sentence, field="text") from error

    def meaning(text: str, language: Language) -> list[Meaning]:
        return rules_meaning(text, language, opened())

    def tried(text: str, query: str, language: Language) -> Trial:
        return trial(text, query, language, opened(), now().date())

    return ShopFile(
        RANKING,
        indexes.rules_file(catalog),
        meaning,
        needed=True,
        otherwise=lambda: indexes.imported_rules(catalog),
        tried=tried,
    )


def rules_meaning(text: str, language: Language, index: CatalogueIndex) -> list[Meaning]:
    """What each rule does, and to which products.

    Args:
        text: of the file.
        language: of what is said.
        index: the catalogue.

    Raises:
        BadInput: an entry is wrong, or asks for what the catalogue cannot tell.
    """
    words = texts(language)["ranking"]
    return [_told(rule, words, language, index) for rule in _read(text, index)]


def trial(text: str, query: str, language: Language, index: CatalogueIndex, today: date) -> Trial:
    """What a search gives now, and with other rules.

    Args:
        text: of the file.
        query: what a shopper would look for.
        language: of the titles.
        index: the catalogue, with the rules that hold.
        today: the day.

    Raises:
        BadInput: an entry is wrong, or asks for what the catalogue cannot tell.
    """
    drafted = copy(index)
    drafted.rules = _read(text, index)

    def titles(of: CatalogueIndex) -> tuple[str, ...]:
        search = search_products_tool(of, today=today)
        found: SearchResult = search.invoke({"query": query[:MOST_QUERY], "k": _MOST_FOUND})
        return tuple(shown_title(ranked.product, language) for ranked in found.products)

    return Trial(titles(index), titles(drafted))


def _read(text: str, index: CatalogueIndex) -> RuleBook:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / RANKING
        path.write_text(text, encoding="utf-8", newline="\n")
        return load_rules(path, index.columns)


def _told(rule: ShopRule, words: Any, language: Language, index: CatalogueIndex) -> Meaning:
    rows = np.flatnonzero(index.columns.mask(rule.which))
    titles = [shown_title(index.at(int(row)), language) for row in rows[:_MOST_TITLES]]
    more = len(rows) - len(titles)
    lines = [
        words[rule.effect].format(strength=f"{rule.strength:g}", count=len(rows)),
        words["which"].format(which=_joined(rule.which)),
        ", ".join(titles) + (words["more"].format(more=more) if more else ""),
    ]
    said = [phrase for phrases in rule.when.words.values() for phrase in phrases]
    lines += [words["words"].format(words=", ".join(said))] if said else []
    lines += [words["where"].format(where=_joined(rule.when.where))] if rule.when.where else []
    if rule.first or rule.last:
        lines.append(words["days"].format(first=rule.first or "…", last=rule.last or "…"))
    reason = rule.reason.get(language)
    lines += [words["reason"].format(reason=reason)] if reason else []
    return Meaning(rule.id, tuple(line for line in lines if line))


def _joined(conditions: Sequence[Condition]) -> str:
    return ", ".join(f"{one.field} {one.op} {one.value}" for one in conditions)
