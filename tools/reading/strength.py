"""Whether a wish is a condition or only a preference, by what stands around its words."""

from __future__ import annotations

import re

from tools.reading.fact import Strength
from tools.reading.polarity import CLAUSE_END
from tools.reading.quotes import Span

_SOFT = re.compile(
    r"\b(?:prefer(?:abl[ey]|red|ring|ence|s)?|ideally|if\s+(?:possible|you\s+can|available|you\s+have)|nice\s+to\s+have|(?:nice|great|good|lovely)\s+if|hopefully|maybe|perhaps|possibly|"
    r"lean(?:ing)?\s+towards?)\b"
    r"|最好(?!的)(?=[^\s,.;:!?。，；：！？的呢吗看卖穿])|最好(?=\s*[a-zA-Z])|尽量|尽可能|优先|如果可以|可以的话|有的话|偏向|倾向|偏好|更喜欢|更想要?|比较喜欢",
    re.IGNORECASE,
)
_SOFT_AFTER = re.compile(
    r"\b(?:preferred|preferably|if\s+(?:possible|available|you\s+have|you\s+can)|ideally|(?:would|['’]d)\s+be\s+(?:nice|great|good|lovely|ideal|a\s+bonus|a\s+plus)|"
    r"(?:is|are)\s+(?:a\s+)?(?:plus|bonus|nice\s+to\s+have)|nice\s+to\s+have|a\s+(?:plus|bonus)|but\s+not\s+(?:essential|required|necessary|a\s+must))"
    r"|优先|更好|最好(?![的看])|就更好|更佳|加分|为佳|为宜|可以的话|的话更|也不错",
    re.IGNORECASE,
)
_HARD = re.compile(
    r"\b(?:must(?:['’]ve|\s+have)?|have\s+to|has\s+to|got\s+to|need(?:s|ed)?(?:\s+to\s+be)?|only|definitely|required?|essential|absolutely|has\s+got\s+to)\b"
    r"|一定要?|必须|只要|务必|得是|非得|硬性",
    re.IGNORECASE,
)
# ", but not essential" and ", if possible" belong to the words before their comma.
_TAIL = re.compile(
    r"\s*,?\s*(?:if\s+possible|if\s+you\s+have|if\s+available|"
    r"but\s+(?:it['’]?s\s+)?not\s+(?:essential|required|necessary|a\s+must)|"
    r"preferably(?=\s*(?:$|[.!?]))|可以的话|有的话)",
    re.IGNORECASE,
)
_REACH = 60


def strength(message: str, span: Span) -> Strength:
    """Whether the words at a span are a condition or only a preference.

    The marker that stands nearest before them counts, else one behind them in the same clause.
    """
    start, end = _clause(message, span)
    before = message[start : span.start]
    soft = max(
        (
            m.end()
            for m in _SOFT.finditer(message[start : span.start + 2])
            if m.start() < len(before)
        ),
        default=-1,
    )
    hard = max((m.end() for m in _HARD.finditer(before)), default=-1)
    if soft != hard:
        return "prefer" if soft > hard else "must"
    after = message[span.end : end]
    if _HARD.search(after) and not _SOFT_AFTER.search(after):
        return "must"
    return "prefer" if _SOFT_AFTER.search(message, span.end, _after(message, span, end)) else "must"


def _after(message: str, span: Span, end: int) -> int:
    """How far a soft word behind the words may stand."""
    match = _TAIL.match(message, end)
    return match.end() if match else end


def _clause(message: str, span: Span) -> tuple[int, int]:
    far = max(0, span.start - _REACH)
    ends = [m.end() for m in CLAUSE_END.finditer(message, far, span.start)]
    start = ends[-1] if ends else far
    end = CLAUSE_END.search(message, span.end)
    return start, end.start() if end else len(message)
