"""Whether words are wanted or not wanted, and how strongly, by what stands around them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from tools.reading.asides import owned_or_compared, told_of_others, wants_another
from tools.reading.inability import unable
from tools.reading.quotes import Span

# wanted; refused; only: nothing else is wanted; free: said not to matter; untold: no wish at all.
Sign = Literal["wanted", "refused", "only", "free", "untold"]

CLAUSE_END = re.compile(
    r"[,.;:!?。，；：！？\n]|\b(?:but|however|though|although)\b(?!\s+(?:not|no|never|without|nothing)\b)"
    r"|但|不过|而是|就行|就好|即可"
)
_ANYTHING_BUT = re.compile(
    r"\b(?:anything|everything|everyone|all|any(?:\s+\w+)?)\s+(?:but|bar|except)\s*(?:for\s+)?$",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"(?:\b(?:not?|never|without|w/o|except(?:\s+for)?|excluding|exclud(?:e|ing)|other\s+than|apart\s+from|"
    r"aside\s+from|(?:other|others|else|brands?|anything)\s+besides|rather\s+than|instead\s+of|(?:prefer|rather|pick|choose|take)\b[^,.;]{1,25}\bover|as\s+opposed\s+to|avoid(?:ing)?|hate[sd]?|hating|dislike[sd]?|"
    r"despise|detest|loathe|can(?:['’]?t|not)\s+(?:stand|bear|wear|do)|rather\s+\w+(?:\s+\w+)?\s+than|skip|minus|sans|nothing|neither|nor|none|"
    r"(?:do|does|did|is|are|was|were|would|should|could|can|will|have|has|need|must)\s*(?:not|n['’]?t)|cannot|"
    r"dont|doesnt|isnt|arent|wont|cant|"
    r"tired\s+of|sick\s+of|fed\s+up\s+with|bored\s+(?:of|with)|done\s+with|enough\s+of|allergic\s+to|"
    r"(?:stay|steer|keep)\s+(?:away|clear)\s+(?:from|of)|rule\s+out|leave\s+out|forget(?:\s+about)?|"
    r"no\s+(?:more|fan\s+of)|not\s+(?:into|keen\s+on|a\s+fan\s+of|fond\s+of)|switch(?:ing)?\s+(?:away\s+)?from|free\s+of)\b|n['’]t\b|\bnon-?"
    r"|不要|不想要?|不用|(?<![特区性个分级识差类鉴派])别(?![的人家致])|不是|不喜欢|不太喜欢|不怎么喜欢|不爱|不买|不考虑|不能[有是用要带]?|不穿|不带|不选|不看|不接受|不可以|不含|不许"
    r"|除了|除去|除开|除(?=[^了去开外非湿臭味]{1,12}(?:以外|之外|外))"
    r"|换掉|非(?![常])|讨厌|烦(?=透)|避开|排除|拒绝|谢绝|受不了|没有|无(?![论所])|去掉|去除|过敏|勿|(?<![是要能会可好])不(?=$))",
    re.IGNORECASE,
)
# A question or a limit, not a refusal.
_NO_REFUSAL = re.compile(
    r"有没有|是不是|要不要|能不能|会不会|可不可以|不错|没有(?:货|库存|问题|关系)|不知道|不确定|不清楚|不懂|不太懂|不会|不超过|不低于|不高于|不少于|不好意思"
    r"|(?:我|家里|现在|目前|还)(?:[^，。,.]{0,3})没有|(?:从来?|还)?(?:没有?|未)[穿试买用]过"
    r"|不要求|没要求|不贵|不便宜|(?<!就)不行|非常|除非|不限|无所谓|没有?要求|不管|无论|不论|不仅|不只是?|不光|不止|不单|不一定|不介意|不在乎|不排斥|不反对|不讨厌|不拒绝"
    r"|是非|无非|莫非|not\s+(?:only|just|necessarily|specifically|strictly)|\bif\s+(?:there|you|they|it)\b(?:['’](?:s|ve|re)|\s+is|\s+are)?\s*(?:(?:do(?:es)?|is|are|have|has)?(?:n['’]?t|\s*not)\s+(?:have|carry|stock|sell|got|any)?|(?:have\s+|has\s+|got\s+)?no\b)|no\s+(?:more|less|fewer|higher|lower)\s+than|not\s+(?:more|less|over|above|under)\b(?:\s+than)?|why\s+not|if\s+not|whether\s+or\s+not"
    r"|not\s+(?:sure|certain|bad|opposed\s+to|against)|\bno\s+(?:problem|idea|doubt|worries|matter|rush|hurry|longer\s+sure)"
    r"|(?:do|does)(?:n['’]?t|\s+not)\s+(?:matter|mind|care|know|hate|dislike|understand|remember|find|see|have\s+to)"
    r"|(?:i|we|he|she|they)\s+(?:(?:do|does)(?:n['’]t|\s+not)\s+(?:have|own)|have\s+no(?!\s+interest)|haven['’]t)(?:\s+(?:any|a|got))?"
    r"|(?:never|haven['’]t|not|n['’]t)\s+(?:really\s+)?(?:tried|worn|owned|had|bought|used)"
    r"|(?:can|could)(?:['’]?t|not|\s+not)\s+(?:find|see|decide|wait|go\s+wrong|get\s+enough|complain)|isn['’]t\s+it|won['’]t\s+you"
    r"|can(?:['’]?t|not)\s+(?:do|live|go|be|manage)\s+without\b"
    r"|(?:don['’]t|do)\s+you(?:\s+not)?\s+(?:have|sell|carry|stock|got)|(?:are|is)n['’]t\s+there|\bover\s+(?:here|there|the|my|all|time|\d)",
    re.IGNORECASE,
)
_TWICE = re.compile(
    r"(?:不是|并非|没有?|也不是)(?:我|说|完全|就|真的)*(?:不(?:要|想要?|喜欢|爱|买|考虑|接受)|讨厌)"
    r"|\b(?:not\s+that\s+i|n['’]t\s+say\s+i|(?:it['’]?s\s+)?not\s+(?:like|because)\s+i)\s+(?:don['’]?t|do\s+not|hate|dislike)"
    r"|\bdo(?:n['’]?t|\s+not)\s+(?:hate|dislike|mind)\b|不讨厌|不排斥|不反对",
    re.IGNORECASE,
)
_NOT_AFTER = re.compile(
    r"^\s*(?:的|色|款|牌|家|这种|那种|这个|颜色|牌子|品牌|材质|类型|鞋子?|那些|系列)*\s*(?:我|我们)?\s*(?:都|就|也|真的?|一律|统统|实在|绝对|坚决|千万|可以|请)*\s*"
    r"(?:不要|不行|不喜欢|不太喜欢|不考虑|不想要?|不买|不穿|不选|不接受|不可以|不看|不感兴趣|不感冒|没兴趣|无感|除外|以外|之外|外(?![套观形底面])|算了|免了|不用了|不必了|免谈|别|勿|过敏|去掉|排除|pass|就?免)"
    r"|^[\s-]*(?:\w+\s+){0,1}(?:is|are)\s+(?:out\b|off\s+the\s+table|a\s+(?:big\s+|hard\s+)?no|not\s+(?:for\s+me|an?\s+option|my|what|ok|okay|acceptable|allowed)|a\s+deal-?\s?breaker)"
    r"|^[\s-]*(?:\w+\s+){0,1}(?:is|are)n['’]?t\s+(?:for\s+me|an?\s+option|my|what|ok|okay|acceptable)"
    r"|^-free\b|^\s+(?:free|excluded|excepted|aside)\b(?!\s+(?:shipping|returns?|delivery))|^[^,.;!?]{0,20}\b(?:gives?\s+me\s+(?:a\s+)?(?:rash|blisters)|puts?\s+me\s+off)",
    re.IGNORECASE,
)
# "非耐克不买", "only Nike", "除了耐克都不要", "nothing but Nike".
_ONLY_BEFORE = re.compile(
    r"(?:\b(?:only|nothing\s+(?:but|except|other\s+than)|no(?:thing)?\s+(?:brand|one|other\s+brand)\s+but|just|exclusively|strictly|solely)\b(?:\s+(?:want|wear|buy|like|need|interested\s+in|looking\s+(?:for|at)|from|in|by|the|a|an|brand|shoes\s+(?:from|by)))*"
    r"|只(?:要|想要|想买|买|穿|考虑|看|认|喜欢|接受|能是|能要|爱|选)|仅(?:限|要|考虑)|就(?:要|想要|认|爱|喜欢)|必须(?:是|要)|一定(?:是|要是))\s*$",
    re.IGNORECASE,
)
_NOT_ONLY = re.compile(r"(?:不|not|n['’]t)\s*$", re.IGNORECASE)
_UNLESS_BEFORE = re.compile(r"(?:非|除了|除去|除开|除)[^，。,.;；!?！？]{0,4}$")
_UNLESS_AFTER = re.compile(
    r"^\s*(?:的|鞋|牌子|这个牌子|品牌)*(?:以外|之外|外)?(?:的|其[他它]的?|别的|牌子|品牌|我|[,，])*(?:都|一概|一律|也|我)*\s*(?:不(?:买|要|可|行|穿|考虑|选|看|娶|喜欢|接受)|莫属)"
)
_ONLY_AFTER = re.compile(
    r"^\s+only\b(?!\s+if)|^\s+or\s+nothing\b|^\s*(?:的)?(?:以外|之外)(?:的)?(?:都|一概)?(?:不要|不考虑|不买|免谈)",
    re.IGNORECASE,
)
# What may stand between a refusal and the word it refuses: verbs and articles that belong to it,
# and members of a list that come before ("no Nike or Adidas"). Anything else ends its reach, as in
# "non-leather casual shoes", where the shoes are wanted.
_FILLER = (
    r"(?:\b(?:really|actually|particularly|especially|necessarily|exactly|usually|want|wanting|need|needing|like|liking|fond|of|wear|wearing|buy|buying|buys|be|being|"
    r"is|are|it|them|too|so|very|that|which|a|an|any|the|anything|something|stuff|brands?|from|by|in|on|with|made|to|have|having|has|get|getting|looking|look|for|"
    r"going|go|another|more|all|those|these|come|comes|size|sizes|available|cost|costs|weigh|see|show|me|recommend|suggest|give|consider|considering|considered|pair|pairs|shoes?|one|ones|keen|"
    r"fan|my|his|her|about|into|interested|trust|prefer|care|bother|do|colou?rs?|materials?|kind|sort|out|of|no|please|even|again|ever|anymore|i|you)\b"
    r"|任何|系|绑|打|那种|这种|那个|这个|那些|这些|什么|太|是|买|穿|要|有|带|用|给|我|推荐|推|看|牌子|品牌|颜色|想|再|又|选|考虑|喜欢|双|款|一|含|鞋面|是由|材质|的是|了)"
)
_LIST = re.compile(
    r"(?:\s*(?:\b(?:or|and|nor)\b|[、/&]|和|或者?|还是|跟|与|及|以及)\s*)", re.IGNORECASE
)
_REACHES = re.compile(
    rf"^[\s-]*(?:{_FILLER}[\s-]*)*(?:[^\s、，,]+(?:\s+[^\s、，,]+){{0,2}}?{_LIST.pattern}"
    rf"(?:{_FILLER}\s*)*)*$",
    re.IGNORECASE,
)
_REACH = 60
_FAR = 44
_BREAK = re.compile(r"[,.;:!?。，；：！？]")

_FREE_AFTER = re.compile(
    r"\s*(?:(?:is|are)n['’]?t|(?:is|are|was)\s+not|not|(?:is|are)\s+no\s+longer)\s+(?:\w+\s+){0,2}(?:important|needed|necessary|required|essential|a\s+must|an?\s+issue|critical)"
    r"|\s*(?:(?:does|do)(?:n['’]?t|\s+not)(?:\s+really)?\s+matter|no\s+longer\s+matters?|(?:is|are)\s+optional|(?:is|are)\s+irrelevant)"
    r"|\s*(?:的)?(?:也|都|就|已经)?(?:无所谓|不重要|不限|不用管|不是必须|不是必要|不做要求|没有?要求|没所谓|不强求|不用考虑|不讲究|不挑|可有可无|不需要了?|不必了?|不用了?(?=[\s,，。.!！]|$)|没关系)",
    re.IGNORECASE,
)
_FREE_BEFORE = re.compile(
    r"(?:\b(?:do|does|did)(?:n['’]?t|\s+not)(?:\s+(?:really|even|actually))?\s+(?:need|care|mind|have\s+to\s+be|need\s+to\s+be|necessarily)\b|\bneed(?:n['’]t|\s+not)\s+be\b|\bno\s+(?:longer\s+)?need\b(?:\s+(?:for|to\s+be))?"
    r"|\bno\s+longer\s+(?:need|care|want)\b|\bregardless\s+of\b|\bno\s+matter\s+(?:what|which|the|if)\b|\bwhether\s+(?:it['’]?s|it\s+is|they['’]re)?\b|\bnever\s+mind\b"
    r"|\bnot\s+(?:necessarily|specifically|strictly)\b|\bnot\s+(?:required|needed)\s+to\s+be\b|\bwith\s+or\s+without\b"
    r"|(?:不|没有?)(?:做|硬性|特别|强制)?要求|不一定(?:非|得)?要?|不需要|不必|不用|无需|无须|用不着|不在乎|不介意|不强求|不讲究|不挑|(?:不管|不论|无论)(?:是|有没有)?|防不|没必要|不考虑(?=[^，。]{0,8}了))[^,.;!?，。；！？]{0,16}$",
    re.IGNORECASE,
)
# "Waterproof or not", "防水不防水都可以", "有没有鞋带都行", "没有白的也行": either will do.
_WILL_DO = (
    r"的?(?:我)?(?:都|也)(?:行|可以|好(?!看|用|穿)|无所谓|没关系|没事|没问题|成|能接受|OK|ok)"
)
_EITHER_WAY = re.compile(
    rf"(?P<w>[\u4e00-\u9fff]{{1,4}})(?:的)?(?:还是|或者?|与|和|跟|、)?不(?P=w){_WILL_DO}"
    rf"|(?:要不要|有没有|是不是|带不带|防不防|能不能|会不会)[^，。,.;；]{{1,6}}?{_WILL_DO}",
    re.IGNORECASE,
)
_DONE_WITHOUT_BEFORE = re.compile(r"(?:没有?|不是|不带|不含|不)$")
_DONE_WITHOUT_AFTER = re.compile(rf"^(?:色|款|鞋|那种|现货)*{_WILL_DO}", re.IGNORECASE)
_OR_NOT_AFTER = re.compile(r"\s+or\s+not\b(?!\s*[?？])", re.IGNORECASE)
# "没有耐克的话阿迪也可以": what is done where there is none.
_CONDITION_AFTER = re.compile(
    rf"[^，。,.]{{0,3}}(?:的话|就(?!算|好了))|(?:的|色)*[,，]?[^，。,.]{{1,10}}{_WILL_DO}",
    re.IGNORECASE,
)
_ASKS_AFTER = re.compile(r"[^，。,.]{0,8}(?:吗|么|嘛|[?？])")


def sign(message: str, span: Span) -> Sign:
    """What is said of the words at a span.

    "Nike" is wanted in "I'd like Nike", refused in "no Nike", all that is wanted in "非耐克不买",
    said not to matter in "需不需要耐克无所谓", and untold in "不是不喜欢耐克" and "my old Nikes".
    """
    before = _before(message, span)
    if _says_twice(before) or told_of_others(message, span):
        return "untold"
    if says_only(message, span):
        return "only"
    if indifferent(message, span):
        return "free"
    if excluded(message, span):
        return "refused"
    if owned_or_compared(message, span):
        return "refused" if wants_another(message) else "untold"
    return "wanted"


def says_only(message: str, span: Span) -> bool:
    """Whether nothing but the words at a span is wanted: "非耐克不买", "nothing but Nike"."""
    before = _before(message, span)
    after = message[span.end : span.end + 24]
    if _UNLESS_BEFORE.search(before) and _UNLESS_AFTER.match(after):
        return True
    if match := _ONLY_BEFORE.search(before):
        return not _NOT_ONLY.search(before[: match.start()])
    return bool(_ONLY_AFTER.match(after))


def indifferent(message: str, span: Span) -> bool:
    """Whether the words at a span are said not to matter: "waterproof isn't important"."""
    before = message[max(0, span.start - _REACH) : span.start]
    if _FREE_AFTER.match(message, span.end) or _FREE_BEFORE.search(before):
        return True
    if _OR_NOT_AFTER.match(message, span.end):
        return True
    if _DONE_WITHOUT_BEFORE.search(before) and _DONE_WITHOUT_AFTER.match(message[span.end :]):
        return True
    return any(Span(m.start(), m.end()).overlaps(span) for m in _EITHER_WAY.finditer(message))


def excluded(message: str, span: Span) -> bool:
    """Whether the words at a span are said not to be wanted.

    "not Nike", "anything but leather", "不要白色", "皮的不要", "can't tie laces"; a list keeps
    the sign of its first member ("no Nike or Adidas"). "有没有白色" asks, and "不超过" limits:
    neither refuses.
    """
    before = _before(message, span)
    if _ANYTHING_BUT.search(before.rstrip() + " ") or _ANYTHING_BUT.search(before):
        return True
    if _NOT_AFTER.search(message[span.end : span.end + 32]) or unable(message, span):
        return True
    masked = _NO_REFUSAL.sub(lambda m: "＿" * len(m.group()), before)
    for match in _REFUSAL.finditer(masked):
        between = masked[match.end() :]
        if len(between) > _FAR or _BREAK.search(between) or not _REACHES.match(between):
            continue
        # "没有耐克吗" asks for it.
        if match.group() == "没有" and (
            _ASKS_AFTER.match(message, span.end) or _CONDITION_AFTER.match(message, span.end)
        ):
            continue
        return True
    return False


def signs(message: str, spans: Sequence[tuple[Span, str]]) -> list[Sign]:
    """What is said of each of several spans; a list keeps the sign of its members.

    "no Nike, Adidas or Puma" refuses three, "耐克和阿迪都不要" two; "white, not black" and
    "Nike or Asics but not Hoka" change the sign on the way.

    Args:
        message: as the shopper wrote it.
        spans: the spans in their order, each with the field that it names a value of.
    """
    alone = [sign(message, span) for span, _ in spans]
    for group in _lists(message, spans):
        whole = Span(spans[group[0]][0].start, spans[group[-1]][0].end)
        shared = sign(message, whole)
        if shared != "wanted":
            for i in group:
                alone[i] = shared
    return alone


def _lists(message: str, spans: Sequence[tuple[Span, str]]) -> list[list[int]]:
    """Runs of mentions of one field that only "or", "and" and commas stand between."""
    groups: list[list[int]] = []
    joins: list[str] = []
    for i in range(1, len(spans)):
        (left, field), (right, other) = spans[i - 1], spans[i]
        between = message[left.end : right.start].strip().removeprefix("的").strip()
        joined = re.fullmatch(
            rf"(?:[,，]\s*)?{_LIST.pattern}?(?:(?:a|an|the|any)\s+)?", between, re.IGNORECASE
        )
        if field != other or not between or not joined:
            continue
        if groups and groups[-1][-1] == i - 1:
            groups[-1].append(i)
            joins[-1] += between
        else:
            groups.append([i - 1, i])
            joins.append(between)
    return [
        group
        for group, join in zip(groups, joins, strict=True)
        if _LIST.search(join) or len(group) > 2
    ]


def _says_twice(before: str) -> bool:
    matches = list(_TWICE.finditer(before))
    return bool(matches) and len(before) - matches[-1].end() <= _FAR // 2


def _before(message: str, span: Span) -> str:
    text = message[max(0, span.start - _REACH) : span.start]
    ends = [m.end() for m in CLAUSE_END.finditer(text) if not _ANYTHING_BUT.search(text[: m.end()])]
    start = ends[-1] if ends else 0
    # "不要耐克、阿迪": the enumeration comma ends nothing, and is no member of the class above.
    return text[start:]
