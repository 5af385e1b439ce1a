"""Whether a sentence denies the words at a place."""

from __future__ import annotations

import re

from assistant.claims.findings import Clause
from assistant.claims.sentences import BLANK
from tools.reading.polarity import excluded
from tools.reading.quotes import Span

_BEFORE = re.compile(
    r"(?:\b(?:not|no|without|lacks?|lacking|missing|misses|cannot)|n['’]t)\s+"
    r"(?:(?:a|an|any|the|in|with|come|comes|have|has|get|offer|offers|be|is|of|for|made|sold"
    r"|include|includes|provide|available|"
    r"feature|suit|suited|meant|really|actually|have|one|its|your|made\s+of|especially|\w+ed"
    r"|with|by|from|to|under|size|sizes|eu|color|colour|weigh|cost)\s+)*$"
    r"|(?:不|没有?|无|未|并非|缺少|缺乏|非)(?:再|能|会|太|怎么|够)?(?:提供|支持|具备|具有|带有?"
    r"|配有?|含有?|采用|使用|用|是|有|属于|可选"
    r"|设有?|来自|写?适合|做成)?(?:任何)?(?:的)?$",
    re.IGNORECASE,
)
_ONLY = re.compile(r"not\s+only|不仅|不但|不只|不光|没有(?:超|比)", re.IGNORECASE)
_CUT = re.compile(r"[,.;:!?。，；：！？]")


def denies(text: str, clause: Clause, start: int, end: int) -> bool:
    """Whether the words at a place of a sentence are denied.

    Args:
        text: the sentence, names blanked.
        clause: that the words stand in.
        start, end: of the words.
    """
    inside = text[clause.start : clause.end]
    before = text[clause.start : start].replace(BLANK, " ")
    near = _ONLY.sub(" ", before[-60:])
    direct = _BEFORE.search(_CUT.split(near)[-1]) is not None
    span = Span(start - clause.start, end - clause.start)
    return clause.denies or direct or excluded(inside.replace(BLANK, " "), span)
