"""Which product a text names: "the Ghost 15", "Brooks Ghost"."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bm25s.stopwords import STOPWORDS_EN_PLUS

from retrieval.product import Product
from retrieval.text import lowered, normalise, stem, tokens

# A word that more titles share names a kind of product, not one.
_MOST_SHARED = 6
# One such word alone names a product only where at most this many titles have it.
_MOST_ALONE = 2
# Words of model names that shoppers also use plainly: alone and written small they name none.
_PLAIN = frozenset(
    stem(word)
    for word in "star old go way day walk run free light max air classic court force air new"
    " ride racer speed street club sport pro soft foam step jump".split(" ")
)
_STOPWORDS = frozenset(stem(word) for word in STOPWORDS_EN_PLUS)


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
        products: all products of the catalogue.
        common: stems that name kinds and properties, which tell no product apart.
    """

    def __init__(self, products: Sequence[Product], common: frozenset[str]) -> None:
        self._titles = [_stems(f"{p.title} {_chinese(p.title_zh or '')}") for p in products]
        self._brands = [set(_stems(product.brand or "")) for product in products]
        self._ids = [product.id for product in products]
        shared = Counter(word for title in self._titles for word in set(title))
        self._rows: dict[str, list[int]] = defaultdict(list)
        for row, title in enumerate(self._titles):
            for word in set(title) - self._brands[row]:
                telling = word not in common | _STOPWORDS and not word.isdigit() and len(word) > 1
                if telling and shared[word] <= _MOST_SHARED:
                    self._rows[word].append(row)

    def find(self, text: str) -> list[TitleMention]:
        """The products that a text names, in the order of the text."""
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
            if words[position][0] not in self._rows:
                position += 1
                continue
            first = position
            mention, position = self._mention(words, position)
            named = text[mention.start : mention.end]
            alone = " " not in named and "-" not in named and not any(c.isdigit() for c in named)
            if alone and len(mention.product_ids) > _MOST_ALONE:
                continue
            if words[first][0] in _PLAIN and " " not in named and named.islower():
                continue
            found.append(mention)
        return found

    def _mention(
        self, words: Sequence[tuple[str, int, int]], position: int
    ) -> tuple[TitleMention, int]:
        """The mention whose first telling word stands at a position, and where to read on."""
        word, start, end = words[position]
        rows = self._rows[word]
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
            kept = [row for row in rows if words[last + 1][0] in self._titles[row]]
            if not kept:
                break
            rows, last = kept, last + 1
            end = words[last][2]
        ids = tuple(self._ids[row] for row in sorted(rows))
        follows = words[last + 1] if last + 1 < len(words) else None
        if follows and follows[0].isdigit() and follows[1] - end < 2:
            versions = any(w.isdigit() for row in rows for w in self._titles[row])
            return TitleMention(ids, start, follows[2], exact=not versions), last + 2
        return TitleMention(ids, start, end), last + 1

    def _near(self, rows: Sequence[int]) -> set[str]:
        return {word for row in rows for word in self._titles[row]}

    def _keep(self, rows: Sequence[int], word: str) -> list[int]:
        return [row for row in rows if word in self._titles[row]] or list(rows)


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
