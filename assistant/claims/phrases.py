"""Turns of speech that say nothing of a product, though their words alone might."""

from __future__ import annotations

import re

from assistant.claims.sentences import BLANK
from assistant.reply import Language

JUDGED = "\u0001"
"""Stands for each character that was judged and holds: what stands beside it rests on it."""

# That a fit is personal is no claim, and a trial in advance no policy.
PERSONAL = re.compile(
    r"\b(?:comfort|fit|feel|sizing)\s+is\s+(?:very\s+)?personal\b"
    r"|(?:舒适度|感受|脚感|尺码|合身度)(?:都)?因人而异",
    re.IGNORECASE,
)
_GOOD = (
    r"(?:good|great|nice|fine|decent|perfect|ideal|solid|strong|stronger|excellent|sensible|safe"
    r"|smart|fantastic|wonderful|worthy|sound|natural|clear|obvious|close|logical|straightforward"
    r"|reliable|attractive|compelling|likely|promising|easy|simple|balanced|right)"
)
_CHOICE = (
    r"(?:choice|option|pick|alternative|match|fit|candidate|bet|contender|points?|side|runner-up"
    r"|second|one)s?"
)
_ENGLISH = (
    PERSONAL.pattern,
    # What is said of a choice is said of the choosing: "a solid option", "its strong point".
    rf"\b{_GOOD}\s+{_CHOICE}\b",
    rf"\b(?:{_GOOD}|well)\s+(?:suited\s+)?(?:for|to)\s+(?:your\s+|the\s+|a\s+)?{JUDGED}",
    r"\bgood\s+(?:if|to\s+(?:know|note))\b",
    r"\bas\s+well(?:\s+as)?\b|\bwell\s+(?:within|under|below|inside)\b",
    r"\b(?:someone|anyone|people|those)\s+(?:who|with|looking|wanting|needing)\b",
    rf"(?:^|\bit|\bwhich|\band|\balso|\bthat|{BLANK})\s*{JUDGED}+\s+well\b|\b(?:plenty|lots)\s+of\s+(?={JUDGED})",
    rf"\bsomething\s+(?={JUDGED})",
    rf"\bfind\s+(?:it|{BLANK}+)\s+(?:at|for)\s+(?={JUDGED})",
    r"\b(?:one|its|the|a)\s+(?:\w+\s+)?(?:drawback|downside|trade-?off|compromise|advantage)s?"
    r"\s*(?=:|is\b|,|of\b)",
    r"\b(?:the|our|this)\s+shop['’]s\s+(?:records?|data|catalogu?e?)\b",
    r"\bhow\s+(?:much|many|well)\b",
)
_CHINESE = (
    PERSONAL.pattern,
    r"(?:都)?因人而异|(?:最好|建议|[\0\1]{2})(?:先)?试[穿用戴](?:一下)?",
    r"(?:很|较|比较|也)?(?:好|不错|良好|理想|完美)的?(?:选择|备选|选项|替代|候选)",
    rf"(?<={JUDGED})[的得]?(?:也|都|很|非常|比较|较)?(?:好|不错)",
    rf"(?:还|更|要)?[少多](?=\s*{JUDGED})",
    r"(?:不足|缺点|缺憾|优点|优势|长处|好处)(?:之处)?(?=是|在于|：|:|为)|不足之处",
)
_PHRASES = {
    "en": re.compile("|".join(_ENGLISH)),
    "zh": re.compile("|".join(_CHINESE)),
}
# A clause that only tells when something matters claims nothing by itself.
_CONDITION = re.compile(
    r"^\W*(?:(?:but|and|so|or)\s+)?(?:if|when|should|whether|unless)\b|\bdepends?\b"
    r"|\bmatters?\b|如果|要是|若是?|假如|的话|取决于|看重|在意|在乎|注重|^[\W\0]*(?:想|要看)",
    re.IGNORECASE,
)
# That others choose a product is told by no record.
_CHOSEN = re.compile(
    r"\b(?:they|others|some|those|these|ones|who)\s+(?:\w+\s+)?(?:choose|pick|prefer|favou?r|select"
    r"|recommend|take|buy|purchase|want|go\s+for)\b"
    r"|\b(?:(?!this|its|thus|plus|perhaps|always|besides|was|has|does|yes)\w{2,}s|people|men|women"
    r"|children|most|many|all|everyone)\s+(?:wear|use|trust|love|like|choose|pick|prefer|favou?r"
    r"|recommend|take|buy|want)\s+(?:the\s+)?(?:\0|it\b|this\b|them\b)"
    rf"|^[^\w]*{JUDGED}[\W]*(?:wear|use|trust|love|like|choose|pick|prefer|favou?r|recommend|buy)\b"
    r"|\b(?:is|are|was|were|be|been|being)\s+(?:\w+\s+)?(?:recommended|preferred|chosen|picked"
    rf"|selected|favou?red|wanted|sought|requested)\b(?!\s+(?:for\s+[{JUDGED}]|because|since|here"
    r"|as))"
    r"|(?:[它他她]们|别人|有人|人)[都也]?(?:选|买|推荐|喜欢|偏爱|首选)|被(?:选|推荐)",
    re.IGNORECASE,
)


def without_phrases(text: str, language: Language) -> str:
    """The text with such turns of speech blanked.

    Args:
        text: in lower case, with all that was judged marked.
        language: of the text.
    """
    return _PHRASES[language].sub(lambda m: BLANK * len(m.group()), text)


def is_condition(text: str) -> bool:
    """Whether a clause only says under what condition something matters."""
    return _CONDITION.search(text) is not None


def chosen_by_others(text: str) -> str | None:
    """The words that tell of others' choosing; None for none."""
    match = _CHOSEN.search(text)
    return match.group().strip() if match else None
