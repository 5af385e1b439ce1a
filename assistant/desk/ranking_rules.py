"""The shop's ranking rules as staff edit them: what they put forward, back or first."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.desk.files import Meaning, ShopFile
from assistant.desk.showing import texts
from assistant.errors import BadInput
from assistant.record_text import shown_title
from assistant.reply import Language
from retrieval.conditions import Condition
from retrieval.errors import ShopGuideError
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex
from retrieval.rules import ShopRule, load_rules

RANKING = "ranking-rules.yaml"
_MOST_TITLES = 5


def ranking_file(indexes: IndexFolder, catalog: str) -> ShopFile:
    """The ranking rules of a catalogue as a file of the shop.

    Args:
        indexes: the catalogues.
        catalog: the one that they are of.
    """

    def meaning(text: str, language: Language) -> list[Meaning]:
        try:
            index = indexes.open(catalog)
        except ShopGuideError as error:
            raise BadInput(error.sentence, field="text") from error
        return rules_meaning(text, language, index)

    return ShopFile(
        RANKING,
        indexes.rules_file(catalog),
        meaning,
        needed=True,
        otherwise=lambda: indexes.imported_rules(catalog),
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
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / RANKING
        path.write_text(text, encoding="utf-8", newline="\n")
        rules = load_rules(path, index.columns)
    words = texts(language)["ranking"]
    return [_told(rule, words, language, index) for rule in rules]


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
