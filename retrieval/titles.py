"""Which product a text names: "the Ghost 15", "Brooks Ghost"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from wordfreq import zipf_frequency

from retrieval.postings import Postings
from retrieval.product import Product
from retrieval.records import Records
from retrieval.text import TEXTS_KEPT, lowered, normalise, stem, stopwords, tokens

# A word that more titles share names a kind of product, not one.
_MOST_SHARED = 6
# Deleted rows are counted too until they are cleared away: beyond this nobody looks at each.
_MOST_LOOKED_AT = 200
_MOST_KEPT = 20_000
# One such word alone names a product only where at most this many titles have it.
_MOST_ALONE = 2
# Words of model names that shoppers also use plainly: alone and written small they name none.
_PLAIN = frozenset(
    stem(word)
    for word in "star old go way day walk run free light max air classic court force air new"
    " ride racer speed street club sport pro soft foam step jump"
    " kid child boy girl baby man woman men lady".split(" ")
)
# So is every word of the few hundred commonest; the scale is wordfreq's.
_EVERYDAY = 5.0
# A model's name has no more words than this.
_LONGEST_NAME = 5


@dataclass(frozen=True)
class TitleMention:
    """Words of a text that name products.

    Attributes:
        product_ids: the products that fit equally well, in catalogue order.
        start, end: where the words stand.
        exact: False where a number follows that no such title has: "Ghost 15", and the shop has
            the Ghost 16.
    """

    product_ids: tuple[str, ...]
    start: int
    end: int
    exact: bool = True


class TitleFinder:
    """Finds products by the telling words of their titles.

    Args:
        words: rows by each stem of their titles, deleted rows included.
        records: the products by row.
        live: False for a row that is deleted, shape (rows,).
        common: stems that name kinds and properties, which tell no product apart.
    """

    def __init__(
        self, words: Postings, records: Records, live: NDArray[np.bool_], common: frozenset[str]
    ) -> None:
        self._words = words
        self._records = records
        self._live = live
        self._common = common
        self._titles: dict[int, frozenset[str]] = {}

    def _telling(self, word: str) -> list[int]:
        """The rows that a word tells from others; none where it is a word of many or of a kind."""
        if word in self._common or word in stopwords() or word.isdigit() or len(word) < 2:
            return []
        if self._words.count(word) > _MOST_LOOKED_AT:
            return []
        rows, _ = self._words.rows_of(word, len(self._live))
        shared = [int(row) for row in rows if self._live[row]]
        if len(shared) > _MOST_SHARED:
            return []
        return [row for row in shared if word not in _stems(self._records[row].brand or "")]

    def _title(self, row: int) -> frozenset[str]:
        found = self._titles.get(row)
        if found is None:
            if len(self._titles) >= _MOST_KEPT:
                self._titles.clear()
            found = self._titles[row] = title_stems(self._records[row])
        return found

    def find(self, text: str) -> list[TitleMention]:
        """The products that a text names, in the order of the text."""
        return list(self._found(text))

    @cached_property
    def _found(self) -> Callable[[str], list[TitleMention]]:
        # Each tool and check of a turn looks at the same few sentences.
        return lru_cache(maxsize=TEXTS_KEPT)(self._find)

    def _find(self, text: str) -> list[TitleMention]:
        small = lowered(text)
        words: list[tuple[str, int, int]] = []
        for token in tokens(small):
            if token.cjk:
                words.append((token.stem, token.start, token.end))
                continue
            for part in re.finditer(r"[^-/]+", small[token.start : token.end]):
                at = token.start + part.start()
                words.append((stem(part.group()), at, token.start + part.end()))
        found: list[TitleMention] = []
        position = 0
        while position < len(words):
            if not self._telling(words[position][0]):
                numbered = self._numbered(words, text, position)
                if numbered:
                    mention, position = numbered
                    found.append(mention)
                else:
                    position += 1
                continue
            first = position
            mention, position = self._mention(words, position)
            named = text[mention.start : mention.end]
            alone = " " not in named and "-" not in named and not any(c.isdigit() for c in named)
            if alone and len(mention.product_ids) > _MOST_ALONE:
                continue
            if " " not in named and named.islower() and _is_plain(words[first][0], named):
                continue
            found.append(mention)
        return found

    def _mention(
        self, words: Sequence[tuple[str, int, int]], position: int
    ) -> tuple[TitleMention, int]:
        """The mention whose first telling word stands at a position, and where to read on."""
        word, start, end = words[position]
        rows = self._telling(word)
        first = position
        while (
            first > 0
            and words[first - 1][0] in self._near(rows)
            and start - words[first - 1][2] < 3
        ):
            first -= 1
            start = words[first][1]
            rows = self._keep(rows, words[first][0])
        last = position
        while last + 1 < len(words) and words[last + 1][1] - end < 3:
            kept = [row for row in rows if words[last + 1][0] in self._title(row)]
            if not kept:
                break
            rows, last = kept, last + 1
            end = words[last][2]
        ids = tuple(self._records[row].id for row in sorted(rows))
        follows = words[last + 1] if last + 1 < len(words) else None
        if follows and follows[0].isdigit() and follows[1] - end < 2:
            versions = any(w.isdigit() for row in rows for w in self._title(row))
            return TitleMention(ids, start, follows[2], exact=not versions), last + 2
        return TitleMention(ids, start, end), last + 1

    def _numbered(
        self, words: Sequence[tuple[str, int, int]], text: str, position: int
    ) -> tuple[TitleMention, int] | None:
        """A model named by words that tell nothing alone: the brand, a kind's word and a number.

        "Ostra Cabin 38" names one, where cabin backpacks are a kind. The words must stand in a
        title as they stand here, the brand among them or all but the number written large.
        """
        if words[position][0].isdigit() or words[position][0] in stopwords():
            return None
        for last in range(position + 1, min(position + _LONGEST_NAME, len(words))):
            stems = [word for word, _, _ in words[position : last + 1]]
            if words[last][1] - words[last - 1][2] > 2 or self._telling(words[last][0]):
                return None
            if not words[last][0].isdigit():
                continue
            rarest = min(stems, key=self._words.count)
            if not 0 < self._words.count(rarest) <= _MOST_LOOKED_AT:
                return None
            rows, _ = self._words.rows_of(rarest, len(self._live))
            start, end = words[position][1], words[last][2]
            large = _is_large(text[start:end]) and not self._goes_before(words, text, position)
            fitting = [
                row
                for row in map(int, rows)
                if self._live[row] and self._is_named(row, stems, large=large)
            ]
            if fitting and len(fitting) <= _MOST_SHARED:
                ids = tuple(self._records[row].id for row in sorted(fitting))
                return TitleMention(ids, start, end), last + 1
            return None
        return None

    @staticmethod
    def _goes_before(words: Sequence[tuple[str, int, int]], text: str, position: int) -> bool:
        """Whether the word before belongs to the name too: "Orla" of an "Orla Desk 20"."""
        if not position:
            return False
        word, start, end = words[position - 1]
        near = words[position][1] - end < 3
        return near and word not in stopwords() and text[start].isupper()

    def _is_named(self, row: int, stems: Sequence[str], *, large: bool) -> bool:
        if not self._title(row).issuperset(stems):
            return False
        product, size = self._records[row], len(stems)
        title = _stems(product.title)
        stands = any(title[at : at + size] == list(stems) for at in range(len(title) - size + 1))
        branded = size > 2 and bool(set(_stems(product.brand or "")) & set(stems))
        return stands and (large or branded)

    def _near(self, rows: Sequence[int]) -> set[str]:
        return {word for row in rows for word in self._title(row)}

    def _keep(self, rows: Sequence[int], word: str) -> list[int]:
        return [row for row in rows if word in self._title(row)] or list(rows)


def _is_large(written: str) -> bool:
    """Whether every word begins with a capital letter, or is a number."""
    return all(word[0].isupper() for word in written.split() if word[0].isalpha())


def _is_plain(word: str, written: str) -> bool:
    return word in _PLAIN or zipf_frequency(written, "en") >= _EVERYDAY


def title_stems(product: Product) -> frozenset[str]:
    """The stems of a title in both languages: what ``TitleFinder`` finds a product by."""
    return frozenset(_stems(f"{product.title} {_chinese(product.title_zh or '')}"))


def _chinese(title: str) -> str:
    """The Chinese words of a title that can name a product: 飞马, not 鞋."""
    return " ".join(t.stem for t in tokens(normalise(title)) if t.cjk and len(t.stem) > 1)


def _stems(text: str) -> list[str]:
    small = normalise(text)
    return [
        # A stem is not stemmed again: "wildhorse" would end as another word than in a message.
        token.stem if token.cjk else stem(part)
        for token in tokens(small)
        for part in re.split(r"[-/]", small[token.start : token.end])
        if part
    ]
