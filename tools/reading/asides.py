"""Words that a message speaks of and does not wish for: what one owns, or complains of."""

from __future__ import annotations

import re

from tools.reading.quotes import Span

_REACH = 60
_BEHIND = 48
_NUMBER = (
    r"(?:\d+|two|three|four|five|six|several|many|some|enough|plenty\s+of|lots?\s+of|too\s+many|"
    r"(?:a\s+)?few|(?:a\s+)?couple\s+of)"
)
# What one had before says nothing of what one wants.
_PAST_BEFORE = re.compile(
    r"(?:\b(?:used\s+to\s+(?:wear|have|run\s+in|own|buy|use)|(?:my|his|her)\s+(?:old|last|previous|current|first)(?:\s+(?:pair|shoes|ones))?(?:\s+(?:was|were|are|is))?|"
    r"(?:i|he|she|we)(?:['’]ve|\s+have)\s+(?:been\s+wearing|worn|had|tried|owned|used)|(?:i|we)\s+(?:just\s+|recently\s+)?(?:bought|ordered|purchased|returned|received)|(?:currently|now|already|always)\s+(?:wear|have|own|use|run\s+in)(?:ing)?|"
    r"(?:similar|close|comparable)\s+to|coming\s+from|came\s+from|replac(?:e|ing)(?:\s+my)?(?:\s+old)?)(?:\s+(?:my|a|an|the|some|pairs?|of|old|two|three|\d+|several))*"
    r"|(?:之前|以前|上次|原来|现在|目前|一直|过去|从前|上一双)[^，。,.]{0,4}(?:穿|买|用|是|有)(?:的是|过|着|的)*|(?:穿|买|用|试)过|(?:昨天|前天|上周|上个?月|去年|前几天|前段时间|刚刚?|最近|上次|之前|以前)(?:在你们?(?:家|这))?[^，。,.]{0,4}(?:买|入|收|下单|换)(?:的|了|到的)(?:这双|那双|一双)?"
    # "I have 3 pairs of", "I've got two", "我有两双", "家里已经有".
    rf"|\b(?:i|we|he|she)(?:\s+already)?(?:['’]ve|\s+have|\s+has|\s+own)(?:\s+(?:already|got|owned|now|at\s+home|about))*\s+(?:{_NUMBER}|a|one)\s+pairs?\s+of\s+(?:old\s+)?"
    r"|(?:我|家里|已经)[^，。,.没]{0,4}有(?:了|过)?(?:[一二两三四五六七八九十几\d]+|好多|很多|不少|好几)(?:双|件|条|台|款)(?:旧的?)?|已经有(?:了|过)?)\s*$",
    re.IGNORECASE,
)
_BOUGHT_AFTER = re.compile(
    r"^\s*(?:(?:shoes?|boots?|pair|ones?)\s+)?(?:that\s+|which\s+)?(?:i|we)(?:['’]ve|\s+have)?\s+(?:just\s+|recently\s+)?(?:bought|got|ordered|purchased|returned|received)\b",
    re.IGNORECASE,
)
# "I have Nike already", "耐克我已经有了".
_HAVE_BEFORE = re.compile(r"\b(?:i|we)(?:['’]ve|\s+(?:have|own|got))\s+(?:got\s+)?$", re.IGNORECASE)
_ALREADY_AFTER = re.compile(
    r"^\s*(?:(?:shoes?|boots?|pairs?|ones?)\s+)?already\b|^(?:的|鞋子?)*我?(?:已经|家里|早就)(?:都|也)?有",
    re.IGNORECASE,
)
# "My white running shoes", "我的白色跑鞋".
_OWN_BEFORE = re.compile(
    r"\b(?:my|our|his|her)\s+(?:(?!(?:for|in|of|to|with|and|or|is|are|on|at|from|(?:want|need|like|love|prefer|wear|use)(?:s|ed)?|would)\b)[\w-]+\s+){0,3}$"
    r"|(?<![给跟和帮替])(?:我|他|她)(?:们)?(?:家)?的[^，。,.:：!?！？]{0,5}$",
    re.IGNORECASE,
)
# "Are your shoes authentic?", "你们的鞋是正品吗".
_THE_SHOPS_BEFORE = re.compile(
    r"\b(?:your|the|all(?:\s+the)?)\s+(?:(?!(?:best|cheapest|own)\b)[\w-]+\s+){0,2}$|(?:你们|您|贵店|店里|这里|这些)(?:家|店)?(?:卖?的)?[^，。,.:：!?！？]{0,3}$",
    re.IGNORECASE,
)
# "The boots you sent me", "shoes that came in the wrong colour", "收到的鞋子", "鞋子发错了".
_CAME_BEFORE = re.compile(
    r"\b(?:i|we)(?:['’]ve|\s+have)?\s+(?:just\s+|recently\s+)?(?:bought|ordered|purchased|received|returned)\s+(?:[\w-]+\s+){0,4}$"
    r"|\byou\s+(?:sent|delivered|shipped)\s+(?:(?:me|us)\s+)?(?:[\w-]+\s+){0,4}$"
    r"|(?:^|[，。,.!?！？\s]|我们?|你们?|在你们?(?:家|这里?|店里?)|[昨前]天|刚刚?|上周|上个?月)(?:刚刚?|才)?(?:收到|买到|拿到|寄来|送来|发来|发给我)(?:的|了)?[^，。,.!?！？是]{0,5}$"
    r"|(?:我们?|在你们?(?:家|这里?|店里?)|[昨前]天|刚刚?|上周|上个?月)(?:在你们?(?:家|这里?|店里?))?(?:刚刚?|才)?(?:买|订|下单)的[^，。,.!?！？是]{0,5}$",
    re.IGNORECASE,
)
_CAME_AFTER = re.compile(
    r"^\s*(?:(?:shoes?|boots?|pair|ones?)\s+)?(?:(?:that|which)\s+)?(?:(?:you|they)\s+(?:sent|delivered|shipped)|(?:have|has|had)?\s*(?:just|finally|already)?\s*(?:arrived|came|turned\s+up|showed\s+up|got\s+here|(?:was|were)\s+(?:delivered|damaged|shipped)))\b"
    r"|^[^，。,.!?！？吗]{0,4}(?:到了|到货|收到|送到|寄到|[发送寄]错|[寄送]来)",
    re.IGNORECASE,
)
_SWITCH = re.compile(
    r"\b(?:switch|different\s+brand|another\s+brand|other\s+brands?|something\s+(?:else|different)|a\s+change|new\s+brand|(?:want|try|need|prefer|like|for)\s+(?:others\b|a\s+different|different))\b"
    r"|想换(?!一?双|新)|换个|换一个|换别的|(?:要|买|试试?|看看?)(?:点)?(?:别的|其[他它]的?)|别的牌子|其[他它]牌子|换牌子",
    re.IGNORECASE,
)
# "That don't look like dad shoes", "不要像耐克那种硬的": a picture of what is meant, and no value.
_LIKE_BEFORE = re.compile(
    r"(?:(?:\b(?:not|no|never|nothing|less|without)\b|n['’]t\b)[^,.;!?]{0,24}?\b(?:looks?|looking|feels?|feeling|fits?|be|being|are|is|ones?|anything|something|stuff|shoes?|nothing|much)\s+|\bnothing\s+|(?<!do\s)(?<!did\s)(?<!does\s)(?<!would\s)\bnot\s+)like\s+(?:(?:my|the|an?|those|these|old|your|typical)\s+)*$"
    r"|\bunlike\s+(?:(?:my|the|an?|those|these|old)\s+)*$"
    r"|(?:不要?|别|不想要?|不能|不用)(?:太|再|弄)?(?:像|跟|和)(?:我的?|那种|那些|什么)*$",
    re.IGNORECASE,
)
# "I'm not a runner", "我不是专业运动员".
_SELF_BEFORE = re.compile(
    r"\b(?:i['’]?m|i\s+am|we['’]re|(?:s?he|who|wife|husband|mom|mum|dad|mother|father|son|daughter|brother|sister|friend)(?:['’]s|\s+is))(?:n['’]t|\s+not|\s+no|\s+never|\s+hardly)\s+(?:(?:really|exactly|much\s+of|even)\s+)*(?:an?\s+)?(?:(?:serious|professional|real|big|regular|hardcore|pro)\s+)?$"
    r"|(?:我|他|她)(?:们)?(?:又|也|并)?(?:不是|不算)(?:什么|个|专业的?|职业的?|资深的?|经常)*$",
    re.IGNORECASE,
)
_NOT_SELF_AFTER = re.compile(r"^\s*(?:fan|lover|person|guy)\b", re.IGNORECASE)
# "Cheaper than Nike", "比耐克便宜".
_THAN_BEFORE = re.compile(
    r"\b(?!rather\b|other\b)(?:\w+er|(?:more|less)\s+\w+|better|worse)\s+than\s+(?:(?:my|the|an?|those|these|old|current)\s+)*$"
    r"|(?<![对相好])比(?:起)?(?:我的?|那双)?$",
    re.IGNORECASE,
)

_MUCH = (
    r"(?:expensive|pricey|dear|narrow|tight|small|big|large|wide|heavy|stiff|hard|soft|loud|flashy|boring|"
    r"slippery|warm|hot|thin|thick|much|plain|bright|bulky|short|long|low|high|fiddly|dirty|delicate|easily|fragile)"
)
_BAD = (
    r"(?:uncomfortable|overpriced|expensive|pricey|ugly|bad|terrible|awful|horrible|painful|rubbish|garbage|trash|crap|"
    r"disappointing|overrated|annoying|impractical|poor|boring|stiff|a\s+(?:real\s+)?(?:pain|hassle|nuisance|rip-?off)|hard\s+to|difficult\s+to|cheaply\s+made|not\s+(?:worth|comfortable|durable|good))"
)
_COMPLAINT_AFTER = re.compile(
    r"^(?:['’]?s)?(?:\s+(?!(?:that|which|who|so|to|and|but|not|never|without|if|for|with|in|on|or|my|no|nothing|cannot)\b)[a-z-]+){0,2}?\s+"
    r"(?:hurt(?:s|ing)?\b|kill(?:s|ed|ing)?\s+my|f(?:all(?:s|ing)?|ell)\s+(?:apart|to\s+pieces)|w(?:ear(?:s|ing)?|ore)\s+(?:out|down|through)|rub(?:s|bed|bing)?\b|pinch(?:es|ed|ing)?\b|squeez\w+|chaf\w+|"
    r"(?:dig|cut)s?\s+into|g[ia]ves?\s+me\s+(?:\w+\s+)?(?:rash|blister|pain|cramp|sore|trouble|problem)\w*|(?:do|does|did|have|has)(?:n['’]t|\s+not)\s+(?:fit|last|hold|suit|breathe|work)\w*|never\s+(?:fit|last)\w*|"
    r"runs?\s+too\s+(?:small|narrow|large|big|tight)|br(?:eaks?|oke)\b(?!\s+in)|lets?\s+me\s+down|sucks?\b|disappoint\w*|gets?\s+(?:\w+\s+)?dirty|shows?\s+(?:every|all|dirt|stains?)|stains?\b|peel\w*|stinks?|smells?|"
    rf"(?:is|are|was|were|feels?|felt|seems?|looks?|gets?)\s+(?:(?!not\b|never\b)\w+\s+){{0,2}}?(?:too\s+{_MUCH}|{_BAD})\b|(?:feels?|looks?|seems?)\s+(?:\w+\s+)?cheap\b|too\s+{_MUCH}\b)"
    r"|^(?:的|鞋子?|牌子|品牌|这个|那种|款|双|色|我|他|她|孩子|每次|上次|对我来说|穿着|穿起来|穿了?|穿上|戴着|用着|用起来|感觉|觉得|老是?|总是?|一直|会|都|就|真的|实在|确实|有一?点|有些|也|很|非常|特别|比较|挺)*"
    r"(?:太(?![好棒美赞爱香帅酷]|重要|需要|喜欢|合适|适合|舒服|关键|有必要|漂亮|可爱|阳|空|极)[\u4e00-\u9fff]|[磨打硌挤夹卡顶捂闷勒臭]脚|磨后?跟|不合脚|不舒服|不耐[穿用脏磨]|不透气|脚?疼|不好(?:打理|穿|看|用)|难(?:打理|洗|看|清理|系|穿)|开胶|掉色|掉皮|容易[脏坏松散掉]|显脏|麻烦|断底|不值|质量(?:不好|不行|很?差)|贵了|(?<=[点些很挺蛮])贵(?!不贵)|(?<=[点些])偏?[小大紧挤松硬重窄沉](?![一点些]))",
    re.IGNORECASE,
)
_COMPLAINT_BEFORE = re.compile(
    r"(?<!no\s)(?<!any\s)\b(?:blisters?|rash(?:es)?|(?:hurts?|sore)(?:\s+\w+)?|trouble|problems?|issues?|bad\s+experiences?|disappointed|unhappy|annoyed)\s+(?:from|in|with|by|about)\s+(?:(?:my|the|these|those|wearing|old|some|all)\s+)*$",
    re.IGNORECASE,
)
_ASKED = re.compile(r"^[^，。,.!！]{0,6}(?:吗|么(?!样)|嘛|[?？])")


def told_of_others(message: str, span: Span) -> bool:
    """Whether the words at a span picture what is not meant: "don't look like dad shoes"."""
    before = message[max(0, span.start - _REACH) : span.start]
    if _LIKE_BEFORE.search(before):
        return True
    after = message[span.end : span.end + _BEHIND]
    return bool(_SELF_BEFORE.search(before)) and not _NOT_SELF_AFTER.match(after)


def owned_or_compared(message: str, span: Span) -> bool:
    """Whether the words at a span name what one had, has or holds others against."""
    before = message[max(0, span.start - _REACH) : span.start]
    after = message[span.end : span.end + _BEHIND]
    if _PAST_BEFORE.search(before) or _THAN_BEFORE.search(before) or _BOUGHT_AFTER.match(after):
        return True
    owned = _ALREADY_AFTER.match(after)
    return bool(owned and (_HAVE_BEFORE.search(before) or not owned.group().isascii()))


def is_ones_own(message: str, words: str) -> bool:
    """Whether a message speaks of goods that one has: "my running shoes".

    They may be what is wished for all the same: "my running shoes are worn out, what now?".

    Args:
        message: the shopper's.
        words: of it, that name the goods or say what they are like.
    """
    before, _ = _around(message, words)
    return _OWN_BEFORE.search(before) is not None or has_come(message, words)


def has_come(message: str, words: str) -> bool:
    """Whether a message tells of goods that one has bought, or that have come: "the boots you sent
    me".

    Args:
        message: the shopper's.
        words: of it, that name the goods or say what they are like.
    """
    before, after = _around(message, words)
    if _CAME_BEFORE.search(before) or _BOUGHT_AFTER.match(after):
        return True
    return _CAME_AFTER.match(after) is not None


def is_the_shops(message: str, words: str) -> bool:
    """Whether a message speaks of all that the shop has of a kind: "are your shoes authentic?".

    Args:
        message: the shopper's.
        words: of it, that name the goods.
    """
    before, _ = _around(message, words)
    return _THE_SHOPS_BEFORE.search(before) is not None


def _around(message: str, words: str) -> tuple[str, str]:
    start = message.find(words)
    if start < 0:
        return "", ""
    return message[max(0, start - _REACH) : start], message[start + len(words) :][:_BEHIND]


def complained(message: str, span: Span) -> bool:
    """Whether a message complains of the words at a span: "Nike hurts my feet", "耐克太贵了"."""
    if _COMPLAINT_BEFORE.search(message, max(0, span.start - _REACH), span.start):
        return True
    found = _COMPLAINT_AFTER.match(message[span.end : span.end + 2 * _BEHIND])
    return bool(found) and not _ASKED.match(message[span.end + found.end() :] if found else "")


def wants_another(message: str) -> bool:
    """Whether a message asks for something else than what it speaks of: "想换别的"."""
    return _SWITCH.search(message) is not None
