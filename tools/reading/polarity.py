"""Whether words are wanted or not wanted, and how strongly, by what stands around them."""

from __future__ import annotations

import re

from tools.reading.fact import Strength
from tools.reading.quotes import Span

_CLAUSE_END = re.compile(
    r"[,.;:!?。，；：！？\n]|\b(?:but|however|though)\b(?!\s+(?:not|no)\b)|但|不过|而是"
)
_ANYTHING_BUT = re.compile(r"\b(?:anything|everything|all|any\s+\w+)\s+but\s*$")
_REFUSAL = re.compile(
    r"(?:\b(?:not?|never|without|except(?:\s+for)?|other\s+than|apart\s+from|rather\s+than|"
    r"instead\s+of|avoid(?:ing)?|hated?|disliked?|can(?:['’]?t|not)\s+stand|"
    r"rather\s+\w+(?:\s+\w+)?\s+than|skip|exclud(?:e|ing)|nothing|neither|nor|"
    r"do(?:es)?\s+not|is\s+not|are\s+not|tired\s+of|sick\s+of)\b|n['’]t\b|\bnon-?"
    r"|不要|不想要?|不用|别|不是|不喜欢|不爱|不买|不考虑|不能是|不穿|不带|除了|除去"
    r"|之前(?:穿|买|用)(?:的是|过)?|换掉|非|讨厌|避开|无|没有)",
    re.IGNORECASE,
)
# A question or a limit, not a refusal.
_NO_REFUSAL = re.compile(
    r"有没有|是不是|要不要|能不能|不错|没有(?:货|库存)|not\s+only|no\s+more\s+than|not\s+more\s+than|"
    r"no\s+less|不超过|不低于|不高于|不少于|why\s+not|not\s+sure|doesn['’]t\s+matter|don['’]t\s+mind|"
    r"don['’]t\s+care|非常|不限|无所谓|没有要求|no\s+problem|isn['’]t\s+it",
    re.IGNORECASE,
)
_NOT_AFTER = re.compile(
    r"^\s*(?:的|色的|款)?\s*(?:都|就|也)?\s*(?:不要|不行|不喜欢|不考虑|除外|以外|之外|算了|免了)"
    r"|^[\s-]*(?:is|are)\s+(?:out|a\s+no|not\s+for\s+me)\b|^-free\b",
    re.IGNORECASE,
)
# What may stand between a refusal and the word it refuses: verbs and articles that belong to it,
# and members of a list that come before ("no Nike or Adidas"). Anything else ends its reach, as in
# "non-leather casual shoes", where the shoes are wanted.
_FILLER = (
    r"(?:\b(?:really|want|wanting|need|like|fond|of|wear|wearing|buy|buying|be|being|is|are|too|so|"
    r"very|that|a|an|any|the|anything|something|from|by|in|with|made|to|have|having|get|looking|for|"
    r"another|more|all|those|these|come|comes|size|sizes|available|cost|costs|weigh)\b|任何|那种|那个|这种|太|是|买|穿|要|有|带|用|给我|推荐|牌子|品牌|想|再)"
)
_REACHES = re.compile(
    rf"^[\s-]*(?:{_FILLER}[\s-]*)*(?:[^\s、，]+(?:\s+[^\s、，]+){{0,2}}?\s*(?:\b(?:or|and|nor)\b|[、/&和或跟与及])\s*"
    rf"(?:{_FILLER}\s*)*)*$",
    re.IGNORECASE,
)

_SOFT = re.compile(
    r"\b(?:prefer(?:abl[ey]|red|ring)?|ideally|if\s+possible|nice\s+to\s+have|would\s+be\s+nice|"
    r"hopefully|maybe|perhaps|a\s+plus|bonus|lean(?:ing)?\s+towards?)\b"
    r"|最好(?:是|能|有|要|带|可以)?(?=[^\s,.;:!?。，；：！？的呢吗])|尽量|优先|如果可以|可以的话|能…?就更好|偏向|倾向",
    re.IGNORECASE,
)
_HARD = re.compile(
    r"\b(?:must|have\s+to|has\s+to|need(?:s|ed)?\s+to\s+be|only|definitely|required?)\b"
    r"|一定要?|必须|只要|务必|得是",
    re.IGNORECASE,
)
_REACH = 60
_FAR = 40
_BREAK = re.compile(r"[,.;:!?。，；：！？]")


_INDIFFERENT_AFTER = re.compile(
    r"\s*(?:(?:is|are)n['’]t|(?:is|are|was)\s+not|not)\s+(?:\w+\s+)?(?:important|needed|necessary|required|a\s+must)"
    r"|\s*(?:does|do)(?:n['’]t|\s+not)\s+matter|\s*(?:的)?(?:也|都)?(?:无所谓|都行|都可以|不重要|不限|随便|随意|不用管)",
    re.IGNORECASE,
)
_INDIFFERENT_BEFORE = re.compile(
    r"(?:\b(?:do|does)(?:n['’]t|\s+not)\s+(?:need|care|mind|have\s+to\s+be|need\s+to\s+be)\b|\bno\s+need\s+(?:for|to\s+be)\b"
    r"|\bany\b|不一定(?:非)?要?|不需要|不必|无需|不在乎|不介意|防不)[^,.;!?，。；！？]{0,16}$",
    re.IGNORECASE,
)
_ASKS_AFTER = re.compile(r"[^，。,.]{0,8}(?:吗|么|嘛|[?？])")


def indifferent(message: str, span: Span) -> bool:
    """Whether the words at a span are said not to matter: "waterproof isn't important"."""
    before = message[max(0, span.start - _REACH) : span.start]
    return bool(_INDIFFERENT_AFTER.match(message, span.end) or _INDIFFERENT_BEFORE.search(before))


def excluded(message: str, span: Span) -> bool:
    """Whether the words at a span are said not to be wanted.

    "not Nike", "anything but leather", "不要白色", "皮的不要"; a list keeps the sign of its first
    member ("no Nike or Adidas"). "有没有白色" asks, and "不超过" limits: neither refuses.
    """
    before = _before(message, span)
    if _ANYTHING_BUT.search(before.rstrip() + " ") or _ANYTHING_BUT.search(before):
        return True
    if _NOT_AFTER.search(message[span.end : span.end + 24]):
        return True
    masked = _NO_REFUSAL.sub(lambda m: "＿" * len(m.group()), before)
    for match in _REFUSAL.finditer(masked):
        between = masked[match.end() :]
        if len(between) > _FAR or _BREAK.search(between) or not _REACHES.match(between):
            continue
        # "没有耐克吗" asks for it.
        if not (match.group() == "没有" and _ASKS_AFTER.match(message, span.end)):
            return True
    return False


def strength(message: str, span: Span) -> Strength:
    """Whether the words at a span are a condition or only a preference."""
    clause = _clause(message, span)
    if _HARD.search(clause):
        return "must"
    return "prefer" if _SOFT.search(clause) else "must"


def _before(message: str, span: Span) -> str:
    text = message[max(0, span.start - _REACH) : span.start]
    ends = [
        m.end() for m in _CLAUSE_END.finditer(text) if not _ANYTHING_BUT.search(text[: m.end()])
    ]
    start = ends[-1] if ends else 0
    # "不要耐克、阿迪": the enumeration comma ends nothing, and is no member of the class above.
    return text[start:]


def _clause(message: str, span: Span) -> str:
    far = max(0, span.start - _REACH)
    ends = [m.end() for m in _CLAUSE_END.finditer(message, far, span.start)]
    start = ends[-1] if ends else far
    end = _CLAUSE_END.search(message, span.end)
    return message[start : end.start() if end else len(message)]
