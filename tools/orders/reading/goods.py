"""Which of the things that were bought a message speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterable

from retrieval.index import CatalogueIndex
from retrieval.text import search_terms, stem, stopwords
from retrieval.vocabulary import Term
from tools.orders.order import Line

# A word of a name counts as one; that of a kind alone for less, one that is both for more, and a
# whole name for most.
_KIND, _HEAD, _TITLE = 0.5, 0.5, 2.0
# Words of any shop talk, whatever is sold.
_PLAIN = frozenset(
    stem(word)
    for word in "order item thing product buy return exchange cancel size color colour new one two"
    " pair set my want refund change kind type address card payment".split()
) | frozenset("订单 商品 东西 退货 换货 取消 尺码 颜色 一双 一个 一件".split())
_SIZE = re.compile(r"\d{1,2}")


def without_titles(text: str, index: CatalogueIndex, *, of: str | None = None) -> str:
    """A text without products' names, at the same length: GT-2000 is no order.

    Args:
        text: in simplified characters.
        index: the catalogue.
        of: a product whose names alone go; by default all names.
    """
    blanked = text
    for mention in index.titles.find(text):
        if of is None or of in mention.product_ids:
            blank = " " * (mention.end - mention.start)
            blanked = blanked[: mention.start] + blank + blanked[mention.end :]
    return blanked


class Goods:
    """The words for what orders hold, in both languages.

    Args:
        index: the catalogue; an order may hold products that it does not have (any more).
    """

    def __init__(self, index: CatalogueIndex) -> None:
        self._index = index

    def title(self, line: Line, language: str) -> str:
        """What an item is called."""
        if language == "zh" and line.product_id in self._index:
            return self._index.get(line.product_id).title_in("zh")
        return line.title

    def without_titles(self, message: str, line: Line) -> str:
        """A message without the names of an item: the 5 of "Cloud 5" is no size.

        Args:
            message: in simplified characters.
            line: the item.
        """
        text = without_titles(message, self._index, of=line.product_id)
        words = [re.escape(word) for word in line.title.split()]
        for size in range(len(words), 1, -1):
            for start in range(len(words) - size + 1):
                run = r"\s+".join(words[start : start + size])
                text = re.sub(rf"(?<!\w){run}(?!\w)", " ", text, flags=re.IGNORECASE)
        return text

    def named(self, message: str, lines: Iterable[Line]) -> list[Line]:
        """The lines that a message names, those alike all together; empty where it names none.

        A word counts by how few of the products it fits: of two kinds of boots "the hiking ones"
        tells them apart, and "the boots" means both.

        Args:
            message: in simplified characters.
            lines: of the orders that may be meant.
        """
        lines = list(lines)
        terms = frozenset(search_terms(message)) - stopwords() - _PLAIN
        # In "a size 41" the number is a size, though a "Pegasus 41" was bought.
        said = frozenset(term for term in terms if not _SIZE.fullmatch(term))
        products = {line.product_id: self._words(line) for line in lines}
        titled = {id for m in self._index.titles.find(message) for id in m.product_ids}
        scores: dict[str, float] = {}
        for id, (names, kinds) in products.items():
            own, kind = said & names, (said & kinds) - names
            if own or kind or id in titled:
                score = sum(1 / sum(hit in n for n, _ in products.values()) for hit in own)
                score += _KIND * sum(
                    1 / sum(hit in k for _, k in products.values()) for hit in kind
                )
                scores[id] = score + _HEAD * bool(own & kinds) + _TITLE * (id in titled)
        chosen: list[Line] = []
        for id, score in scores.items():
            own = said & products[id][0] - _shared(products, id)
            # Several things may be named at once, each by a word of its own.
            if score == max(scores.values()) or own or id in titled:
                chosen += self._told_apart(terms, [line for line in lines if line.product_id == id])
        return chosen

    def _told_apart(self, said: frozenset[str], lines: list[Line]) -> list[Line]:
        """Of lines of one product those whose options are named best."""
        fit = [
            len(said & {t for value in line.options.values() for t in search_terms(value)})
            for line in lines
        ]
        return [line for line, count in zip(lines, fit, strict=True) if count == max(fit)]

    def _words(self, line: Line) -> tuple[frozenset[str], frozenset[str]]:
        """The stems of an item's names, and those of the kinds that it is of."""
        names = [line.title]
        kinds = search_terms(line.title)[-1:]
        if line.product_id in self._index:
            product = self._index.get(line.product_id)
            names += [product.title, product.title_zh or ""]
            for kind in product.category:
                called = self._index.vocabulary.words_for(Term("category", kind))
                kinds += [t for word in (kind, *called) for t in search_terms(word)]
        drop = stopwords() | _PLAIN
        words = frozenset(term for name in names for term in search_terms(name))
        return words - drop, frozenset(kinds) - drop


def _shared(products: dict[str, tuple[frozenset[str], frozenset[str]]], id: str) -> frozenset[str]:
    """The words that a product has in common with another one."""
    return frozenset().union(*(words for other, (words, _) in products.items() if other != id))
