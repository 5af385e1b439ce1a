"""Which products a message speaks of: by number among those shown, or by name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.index import CatalogueIndex

_ORDINALS = {
    1: r"\bfirst\b|\b1st\b|第一|\[1\]|\b(?:number|no\.?|option|#)\s*(?:1|one)\b|①",
    2: r"\bsecond\b|\b2nd\b|第二|\[2\]|\b(?:number|no\.?|option|#)\s*(?:2|two)\b|②",
    3: r"\bthird\b|\b3rd\b|第三|\[3\]|\b(?:number|no\.?|option|#)\s*(?:3|three)\b|③",
    4: r"\bfourth\b|\b4th\b|第四|\[4\]|\b(?:number|no\.?|option|#)\s*(?:4|four)\b|④",
    5: r"\bfifth\b|\b5th\b|第五|\[5\]|\b(?:number|no\.?|option|#)\s*(?:5|five)\b|⑤",
}
_COMPILED = {number: re.compile(p, re.IGNORECASE) for number, p in _ORDINALS.items()}
_LAST = re.compile(
    r"\bthe\s+last\s+(?:one|shoe|pair|product)\b|最后(?:一)?[个双款件]", re.IGNORECASE
)
_BOTH = re.compile(
    r"\b(?:both|the\s+two|these\s+two|those\s+two)\b|这两|那两|两[个双款]都?", re.IGNORECASE
)
_ALL = re.compile(
    r"\b(?:all\s+three|these\s+three|all\s+of\s+them)\b|这三|这几[个双款]", re.IGNORECASE
)
_CHEAPER = re.compile(
    r"\bthe\s+(?:cheaper|cheapest)\s+(?:one|of)|便宜的那|最便宜的那", re.IGNORECASE
)
_IT = re.compile(
    r"\b(?:it|its|it['’]s|that\s+(?:one|pair|shoe)|this\s+(?:one|pair|shoe))\b"
    r"|它|这[双款个件]|那[双款个件]",
    re.IGNORECASE,
)


def read_references(
    message: str, shown: Sequence[str], pick: str | None, index: CatalogueIndex
) -> list[str]:
    """The ids of the products that a message speaks of, in the order of its words.

    Args:
        message: as the shopper wrote it.
        shown: ids of the products shown last, in their order.
        pick: the one of them that was recommended.
        index: the catalogue.
    """
    places: list[tuple[int, str]] = []
    for number, pattern in _COMPILED.items():
        if number <= len(shown) and (match := pattern.search(message)):
            places.append((match.start(), shown[number - 1]))
    for mention in index.titles.find(message):
        among = [id for id in mention.product_ids if id in shown] or list(mention.product_ids)
        places.append((mention.start, among[0]))
    if shown and (match := _LAST.search(message)):
        places.append((match.start(), shown[-1]))
    if shown and (match := _CHEAPER.search(message)):
        cheapest = min(shown, key=lambda id: index.get(id).effective_price)
        places.append((match.start(), cheapest))
    if not places and len(shown) >= 2 and _BOTH.search(message):
        places += [(0, shown[0]), (1, shown[1])]
    if not places and shown and _ALL.search(message):
        places += list(enumerate(shown))
    if not places and shown and (match := _IT.search(message)):
        places.append((match.start(), pick or shown[0]))
    ordered = [id for _, id in sorted(places)]
    return list(dict.fromkeys(ordered))
