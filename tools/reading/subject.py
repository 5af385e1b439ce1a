"""Whether a message turns to something else, or speaks for somebody else."""

from __future__ import annotations

import re

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
