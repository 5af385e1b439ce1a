"""The names of attributes in a sentence: "weight", "arch support", 鞋面."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.evidence import Evidence
from retrieval.text import has_cjk, normalise
from retrieval.vocabulary import Vocabulary

# Every product has one; to name it claims nothing.
_ALWAYS = frozenset(
    {"brand", "category", "price", "sale_price", "rating", "rating_count", "size", "color",
     "availability", "use", "gender"}
)  # fmt: skip


@dataclass(frozen=True)
class LabelMention:
    """Words that name attributes.

    Attributes:
        fields: what they can mean.
        start, end: where they stand.
        always: whether every product has such a one.
        numeric: whether its value is a number.
    """

    fields: tuple[str, ...]
    start: int
    end: int
    always: bool
    numeric: bool


class Labels:
    """The names of the attributes that the records of an answer can have.

    Args:
        evidence: all that the answer may rest on.
    """

    def __init__(self, evidence: Evidence) -> None:
        vocabulary = evidence.index.vocabulary
        self._numeric = vocabulary.numeric_fields | {"price", "rating", "rating_count"}
        fields = {name for p in evidence.products for name in p.attributes}
        fields |= set(vocabulary.labels()) | _ALWAYS
        self._fields: dict[str, list[str]] = defaultdict(list)
        for name in sorted(fields):
            for word in label_words(name, vocabulary):
                self._fields[normalise(word)].append(name)
        self._pattern = _any_of(self._fields)

    def find(self, text: str) -> list[LabelMention]:
        """The attributes that a text names, the longest names first, none overlapping."""
        if self._pattern is None:
            return []
        found = []
        for match in self._pattern.finditer(text):
            written = match.group().lower()
            fields = tuple(self._fields.get(written) or self._fields.get(written[:-1]) or ())
            if fields:
                always = any(field in _ALWAYS for field in fields)
                numeric = any(field in self._numeric for field in fields)
                found.append(LabelMention(fields, match.start(), match.end(), always, numeric))
        return found


def label_words(name: str, vocabulary: Vocabulary) -> list[str]:
    """Every word for a field, the shop's own first."""
    words = [*vocabulary.labels().get(name, ())]
    words += [vocabulary.label(name, language) for language in ("en", "zh")]
    if name.startswith("weight"):
        words += ["weight", "重量", "weigh", "how heavy", "多重"]
    return list(dict.fromkeys(words))


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    parts = [
        re.escape(word) if has_cjk(word) else rf"(?<![a-z0-9]){re.escape(word)}s?(?![a-z0-9])"
        for word in sorted(words, key=lambda word: (-len(word), word))
        if word
    ]
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None
