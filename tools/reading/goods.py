"""Whether a shop has goods of a name that is none of its kinds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wordfreq import zipf_frequency

from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from retrieval.text import has_cjk, normalise, tokens

# Commoner words are asked for in any talk: "any ideas", "any questions". The scale is wordfreq's.
_COMMON = 4.0
# "Do you sell goggles?", "有泳镜卖吗": goods, whatever they are.
_SOLD = re.compile(
    r"\b(?:sell|stock)\s+(?:any\s+)?(?P<en>(?!online|wholesale|worldwide|abroad|here|to\b|in\b|it\b|them\b|these\b|those\b|this\b|that\b)[a-z]{3,}(?:\s[a-z]{3,})?)\s*(?:$|[?,.!])"
    r"|\b(?:have|got|carry)\s+any\s+(?P<any>[a-z]{3,}(?:\s[a-z]{3,})?)\s*(?:$|[?,.!])"
    r"|(?:有没有|有|卖不卖|有卖)(?P<zh>[\u4e00-\u9fff]{2,5}?)(?:卖(?:吗|么|的)?\s*(?:$|[?？，。]))",
    re.IGNORECASE,
)
_NO_GOODS = frozenset(
    "coupon coupons voucher vouchers discount discounts promotion promotions bargain bargains "
    "vacancy vacancies refund refunds leftover leftovers suggestion suggestions recommendation "
    "recommendations preference preferences alternative alternatives clue clues hint hints "
    "cheaper lighter nicer smaller bigger".split()
)


def named_in_title(word: str, index: CatalogueIndex) -> str | None:
    """How a word stands in titles of the catalogue, as it is or in the singular; None: nowhere."""
    small = normalise(word)
    single = re.sub(r"(?<=[sxz])es$|(?<=[cs]h)es$|s$", "", small)
    for written in dict.fromkeys([small, single]):
        for field in ("title", "title_zh"):
            if index.count([Condition(field=field, op="contains", value=written)]):
                return written
    return None


def goods_asked_for(message: str, index: CatalogueIndex) -> Iterator[tuple[int, int]]:
    """Where a message asks whether goods are sold that no title of the catalogue names.

    Args:
        message: as it is read, in simplified characters.
        index: the catalogue.
    """
    for match in _SOLD.finditer(message):
        group = next(name for name in ("en", "any", "zh") if match[name])
        head = _head(match[group])
        if group == "any" and (head in _NO_GOODS or zipf_frequency(head, "en") >= _COMMON):
            continue
        if not named_in_title(head, index):
            yield match.span(group)


def _head(name: str) -> str:
    """The last word of a name, which says what the thing is."""
    if not has_cjk(name):
        return name.lower().split()[-1]
    ends = [t for t in tokens(name) if t.end == len(name)]
    return min((name[t.start : t.end] for t in ends), key=len, default=name)
