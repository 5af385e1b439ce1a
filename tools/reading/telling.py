"""The words of a message that tell one product from another."""

from __future__ import annotations

import jieba
from wordfreq import zipf_frequency

from retrieval.text import has_cjk, normalise, tokens

# From here on a word is everybody's ("something", "best", "不错"); the scale is wordfreq's.
_COMMON = 5.0
# Rarer ones that ask without saying what for.
_ASKING = frozenset(
    "recommend recommends recommendation recommendations suggest suggestion suggestions advise "
    "pair pairs nice pretty cool item items product products browse browsing surprise "
    "推荐 建议 看看 随便 好看 介绍 适合 一双 一款 一件 商品 产品 有没有 想找 想买 逛逛".split()
)


def telling_words(message: str) -> list[str]:
    """The less common words of a message, in their order.

    Args:
        message: as the shopper wrote it, in any language.
    """
    text = normalise(message)
    words = [text[token.start : token.end] for token in tokens(text) if not token.cjk]
    if has_cjk(text):
        words += [word for word in jieba.cut(text) if has_cjk(word)]
    return [
        word
        for word in words
        if word not in _ASKING and zipf_frequency(word, "zh" if has_cjk(word) else "en") < _COMMON
    ]
