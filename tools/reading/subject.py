"""Whether a message turns to something else, and of whom each of its clauses speaks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from tools.reading.quotes import Span
from tools.reading.word_lists import load_word_lists

_TURNS = re.compile(
    r"\b(?:now|next|also|then)\b[^.!?]{0,16}\b(?:something|anything)\b(?!\s+(?:cheaper|lighter|similar|like))"
    r"|\b(?:something|anything)\s+(?:completely|entirely|totally)?\s*(?:else|different)\b"
    r"|\b(?:another|one\s+more|different)\s+(?:thing|question|topic|subject|matter)\b"
    r"|\b(?:i\s+)?also\s+(?:need|want|looking|am\s+looking|have\s+to\s+(?:buy|get))\b(?!\s+(?:it|them|to\s+be)\b)"
    r"|\b(?:by\s+the\s+way|on\s+another\s+note|separately|forget\s+(?:that|those|it|all\s+that))\b"
    r"|另外|换个话题|顺便|顺带|对了|还(?:想|要|需要)(?:再)?(?:给|买|看|找|来)|再(?:看|买|找|来)(?:看|一)?(?:个|款|双|件|条|台|点)",
    re.IGNORECASE,
)

_OTHERS = re.compile(
    r"\b(?:gift|present\s+for)\b|\b(?:her|his)\s"
    r"|\bmy\s+(?:\w+\s+)?(?:wife|husband|partner|spouse|son|daughter|kids?|child(?:ren)?|baby|toddler|boy|girl|"
    r"mother|mom|mum|father|dad|parents?|grand\w+|gran|nan|brother|sister|uncle|aunt|niece|nephew|cousin|"
    r"(?:girl|boy)?friend|fianc\w+|colleague|boss|teacher|neighbou?r|\d+[\s-]year[\s-]old)\b"
    r"|送(?!货|到|达)|给(?!我(?:推荐|找|看|来|介绍|发|挑|选))我|[我他她](?:的)?(?:老婆|老公|妻子|丈夫|妈|爸|儿子|女儿|孩子|爷爷|奶奶|外公|外婆|弟|妹|哥|姐|对象)"
    r"|女朋友|男朋友|女友|男友|朋友|给(?:爸|妈|老婆|老公|孩子|儿子|女儿|老人|父母|爷爷|奶奶|宝宝|对象)|礼物",
    re.IGNORECASE,
)


def speaks_of_others(message: str) -> bool:
    """Whether a message asks for somebody else: a gift, a wife, a son.

    Args:
        message: as the shopper wrote it.
    """
    return _OTHERS.search(message) is not None


def turns_to_another(message: str) -> bool:
    """Whether words of a message begin a new subject: "now something for…", "另外再看…".

    Args:
        message: as the shopper wrote it.
    """
    return _TURNS.search(message) is not None


_SENTENCE_END = frozenset(".!?。！？;；\n")
# "I'm a 43 and my wife is a 38": the second half speaks of somebody else.
_CLAUSE_END = re.compile(
    r"[!?。，！？;；\n]+|[,:：](?!\d)|\.(?!\d)|\s[-–—]+\s|—+"
    r"|(?<!thing)\s(?=(?:but|because|so|while|whereas|although|though|since)\s)"
    r"|\s(?=and\s+my\b(?![^,.;]{0,30}\b(?:both|all)\b))"
    r"|\s(?=and\s+(?:also\s+|now\s+)?(?:i\b|she\b|he\b|we\b|it\b|the\b|need\b|want\b|am\b|looking\b|show\b|find\b|mine\b|his\b|hers\b|one\b|(?:an?|one|another|size|\d\d(?:\.5)?)\s[^,.;]{0,24}?\bfor\b))"
    r"|(?<=[\u4e00-\u9fff])(?=但是?|不过|可是|而且|所以|因为|而(?=[我他她]))"
    r"|(?<=[\d码])\s*(?=[我他她](?:穿|是|要)?\s*\d)",
    re.IGNORECASE,
)
# "给我推荐", "给我自己": for the shopper; "给我妈" is not.
_FOR_ME = re.compile(
    r"(?:给|帮|替)(?:我)?自己"
    r"|(?:给|帮|替)我(?![妈爸爹娘弟妹哥姐嫂爷奶叔姑姨舅婶侄孙们]|[老女男]|儿|孩|宝|家|媳妇|朋友|同|爱人|对象|的|俩?"
    r"[外岳公婆]|室友|闺|邻|表|堂|先生|太太|领导|客户|伴侣|学生|徒|师)"
)


@dataclass(frozen=True)
class Clause:
    """A part of a message that says one thing of one person.

    Attributes:
        span: where it stands.
        text: its words, with the mark that ends it.
        sentence: which sentence it belongs to, from 0.
        other: whether it speaks of or for somebody else than the shopper.
        heard: whether it gives what others say.
        supposed: whether it holds only if something is so, or speaks of people in general.
        asks: whether it asks about a thing or a meaning, and states nothing.
        forgets: whether it asks to forget what it names.
    """

    span: Span
    text: str
    sentence: int
    other: bool
    heard: bool
    supposed: bool
    asks: bool
    forgets: bool = False

    @property
    def of_shopper(self) -> bool:
        """Whether it states or asks something of the shopper, in earnest."""
        return not (self.other or self.heard or self.supposed or self.forgets)

    @property
    def own(self) -> bool:
        """Whether it states something of the shopper."""
        return self.of_shopper and not self.asks


def read_clauses(message: str, *, for_other: bool) -> tuple[list[Clause], bool]:
    """The clauses of a message with whom each speaks of.

    A talk that began with a gift for somebody goes on about them ("she has flat feet", "size 38")
    until the shopper turns to themselves ("for me", "I wear a 43", 我自己).

    Args:
        message: as the shopper wrote it, in simplified characters.
        for_other: whether the talk was about somebody else before.

    Returns:
        The clauses in their order, and whether the talk is about somebody else after them.
    """
    clauses: list[Clause] = []
    sentence, heard, supposed = 0, False, False
    for start, end in _cut(message):
        text = message[start:end]
        own = _FOR_ME.sub(lambda m: "我自己", text)
        turned = _says("self", own)
        mine = turned or _says("own", own)
        others = _FOR_ME.sub("", text)
        # "We both wear 38" says it of the shopper too.
        named = not _says("together", text) and (
            _OTHERS.search(others) is not None or _says("other", others) or _says("named", others)
        )
        tells = _says("hearsay", text)
        expert = tells and _says("expert", text)
        # What others say reaches to the end of the sentence, or to the shopper's own words.
        heard = (heard and not mine) or (tells and not expert)
        supposed = (supposed and not mine) or _says("supposed", text)
        if named and not expert:
            # Who only speaks is not bought for.
            for_other = for_other or (
                not tells and (_says("about_other", others) or _says("named", others))
            )
        elif turned:
            for_other = False
        about = (named and not expert) or (for_other and not mine)
        anybody = _says("anybody", text) and not mine
        clauses.append(
            Clause(
                span=Span(start, end),
                text=text,
                sentence=sentence,
                other=about,
                heard=heard,
                supposed=supposed or anybody,
                asks=_says("asks", text.strip()),
                forgets=_says("forgets", text),
            )
        )
        if text.rstrip(" ")[-1:] in _SENTENCE_END:
            sentence, heard, supposed = sentence + 1, False, False
    return clauses, for_other


def _cut(message: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in [*(m.end() for m in _CLAUSE_END.finditer(message)), len(message)]:
        if message[start:end].strip():
            yield start, end
            start = end


def _says(name: str, text: str) -> bool:
    return _patterns()[name].search(text.replace("’", "'")) is not None


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    return load_word_lists("tools.reading", "subject.yaml")
