"""Mends words that are typed wrongly, without touching ordinary ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz.distance import OSA
from wordfreq import zipf_frequency

# A word that people write more often than about once in three million words is meant as it
# stands ("books" is not Brooks); the logarithmic scale is that of wordfreq.
_ORDINARY = 2.5
# "sho", "trial": known words that are one slip away from a better one, believed inside a phrase.
_RATHER_RARE = 3.3
_SHORTEST = 4
# From this length on, two slips are one too few to make another word.
_LONG = 8


@dataclass(frozen=True)
class Mended:
    """A word put right.

    Attributes:
        word: the word that was meant.
        sure: False where the typed word is a word too, so that only its neighbours tell.
    """

    word: str
    sure: bool


class Speller:
    """Finds the word of a list that a misspelt word stands for.

    Args:
        words: words in lower case that may be meant.
        known: further words in lower case that are never taken for misspelt ones.
        shortest: letters that a misspelt word must have at least.
    """

    def __init__(
        self, words: Iterable[str], known: Iterable[str] = (), *, shortest: int = _SHORTEST
    ) -> None:
        listed = {word for word in words if word.isascii() and word.isalpha() and len(word) > 3}
        self._known = listed | set(known)
        self._shortest = shortest
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word in sorted(listed):
            self._by_length[len(word)].append(word)

    def mend(self, word: str) -> Mended | None:
        """The word that was meant, or None where the typed word may stand.

        Args:
            word: one word in lower case, letters only.
        """
        if word in self._known or not word.isascii() or not word.isalpha() or len(word) < 3:
            return None
        frequency = zipf_frequency(word, "en")
        if frequency < _ORDINARY and len(word) >= self._shortest:
            near = self._nearest(word)
            return Mended(near, sure=True) if near else None
        if self._shortest > _SHORTEST:
            return None
        slip = self._slip(word, frequency)
        return Mended(slip, sure=False) if slip else None

    def _nearest(self, word: str) -> str | None:
        most = 2 if len(word) >= _LONG else 1
        best: list[tuple[int, bool, str]] = []
        for length in range(len(word) - most, len(word) + most + 1):
            for other in self._by_length.get(length, ()):
                distance = OSA.distance(word, other, score_cutoff=most)
                if distance <= most and (distance == 1 or word[0] == other[0]):
                    best.append((distance, word[0] != other[0], other))
        if not best:
            return None
        best.sort()
        # Two words equally near, and not forms of one: nobody can tell which was meant.
        rivals = [w for d, f, w in best if (d, f) == best[0][:2]]
        if any(w[:4] != rivals[0][:4] for w in rivals[1:]):
            return None
        return rivals[0]

    def _slip(self, word: str, frequency: float) -> str | None:
        """A swap of two letters, or the last letter left out of a short rare word."""
        for other in self._by_length.get(len(word), ()):
            if sorted(other) == sorted(word) and OSA.distance(word, other, score_cutoff=1) == 1:
                return other
        if len(word) == 3 and frequency < _RATHER_RARE:
            for other in self._by_length.get(4, ()):
                if other.startswith(word):
                    return other
        return None
