"""Words that stand for a product by its place: "the second one", "the former", 前者."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from evals.grading.naming import Named

_PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3}
_CHINESE = {"一": 0, "二": 1, "两": 1, "三": 2, "四": 3}
_PLACE = re.compile(
    r"\bthe (?P<place>first|second|third|fourth)"
    r"(?: (?:one|option|pick|model|item)\b"
    r"|(?= (?:is|was|has|does|can|will|[a-z]{3,}s)\b|\s*[;,.!?)]|$))"
    r"|第(?P<chinese>[一二两三四])(?:款|个|双|台|部|件|种)"
    r"|\bthe (?P<pair>former|latter)\b"
    r"|(?P<pair_zh>(?:前|后)(?:者|[一面]?[那这]?一?[款个双台件部张把]))(?!月|星期|世纪|人|小时)",
    re.IGNORECASE,
)
# "The second one, the X [1]" is named, and its place is one of an earlier reply.
_NAMED_AFTER = re.compile(r"[\s,，:：(（*]*(?:is |是|the )?(?:the )?[\s*]*$", re.IGNORECASE)


def ordinals(
    text: str,
    named: Sequence[Named],
    listed: Sequence[tuple[str, ...]],
    last: Sequence[tuple[str, ...]],
) -> Iterator[Named]:
    """Places of a sentence that stand for products, as names of them.

    Args:
        text: the sentence.
        named: the products that it names.
        listed: the products of the reply, in their order.
        last: those that the sentence before named, in their order.
    """
    for match in _PLACE.finditer(text):
        following = next((name for name in named if name.start >= match.end()), None)
        if following and _NAMED_AFTER.fullmatch(text[match.end() : following.start]):
            continue
        if match["pair"] or match["pair_zh"]:
            here = list(dict.fromkeys(n.ids for n in named if n.end <= match.start()))[-2:]
            both = list(dict.fromkeys([*last, *here]))
            two = next((t for t in (here, last, both, listed) if len(t) == 2), ())
            place = int(
                (match["pair"] or "").lower() == "latter" or "后" in (match["pair_zh"] or "")
            )
            items: Sequence[tuple[str, ...]] = two
        else:
            word = match["place"]
            place = _PLACES[word.lower()] if word else _CHINESE[match["chinese"]]
            items = listed
        if place < len(items):
            yield Named(items[place], match.start(), match.end())
