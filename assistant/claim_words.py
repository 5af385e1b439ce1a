"""Words that claim something of a thing, words that promise, and words that say nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml
from bm25s.stopwords import STOPWORDS_EN_PLUS

from retrieval.text import normalise, stem, tokens


@dataclass(frozen=True)
class ClaimWords:
    """The words of one language.

    Attributes:
        properties: claim a property: only of a product whose record has them.
        promises: claim something of the shop's service: only where a record proves them.
        plain: say nothing that could be untrue of a product.
    """

    language: str
    properties: frozenset[str]
    promises: frozenset[str]
    plain: frozenset[str]

    def claims(self, clause: str) -> list[str]:
        """The words of property and promise in a clause."""
        words = self.properties | self.promises
        if self.language == "zh":
            return sorted(word for word in words if word in clause)
        return sorted(_stems(clause) & words)

    def unplain(self, clause: str) -> list[str]:
        """The words that are neither plain nor known as claims: something must back them."""
        if self.language == "en":
            return sorted(
                word
                for word in _stems(clause) - self.plain - self.properties - self.promises
                if len(word) > 1 and not word.isdigit()
            )
        for word in sorted(self.plain, key=len, reverse=True):
            clause = clause.replace(word, " ")
        return sorted({t.stem for t in tokens(normalise(clause.replace("\u0000", " "))) if t.cjk})


@cache
def claim_words(language: str) -> ClaimWords:
    """The words of ``en`` or ``zh``."""
    text = files("assistant").joinpath("claim_words.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    plain = {str(word) for word in data[f"plain_{language}"]}
    if language == "en":
        plain = {stem(word) for word in (*plain, *STOPWORDS_EN_PLUS)}
    return ClaimWords(
        language=language,
        properties=frozenset(data[f"properties_{language}"]),
        promises=frozenset(data[f"promises_{language}"]),
        plain=frozenset(plain),
    )


def _stems(clause: str) -> set[str]:
    stems = {t.stem for t in tokens(normalise(clause.replace("\u0000", " "))) if not t.cjk}
    return {part for s in stems for part in (s, *re.split(r"[-/'’.]", s)) if part} - {
        s for s in stems if re.search(r"[-/'’.]", s)
    }
