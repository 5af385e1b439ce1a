"""Which products each clause of a sentence speaks of, and how it speaks of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from assistant.claims.findings import Clause
from assistant.claims.names import Named
from assistant.claims.sentences import BLANK, clause_spans
from assistant.evidence import Evidence
from retrieval.product import Product

_THAN_BEFORE = re.compile(
    r"(?:\bthan|\bcompared\s+(?:to|with)|\bversus|\bvs\.?|\bfrom|\bunlike|\bover|\bagainst"
    r"|\babove|\bbelow|\bahead\s+of|\bbehind|[高低优]于|比"
    r"|相比于?"
    r"|(?<![于是])与|不同于|没有|相较于?|较之|对比)\s*(?:the\s+)?(?:\w+\s+){0,1}"
    r"(?:[$€£¥]?\d[\d.,]*\s+)?$",
    re.IGNORECASE,
)
_WITH_AFTER = re.compile(rf"^[\s{BLANK}]*(?:相比|比起来|比较|不同|的区别|的差别)")
_AND_BEFORE = re.compile(
    rf"^[\s{BLANK}]*(?:[,，]?\s*(?:and|or)\b|、|和|与|及|以及)[\s{BLANK}]*(?:and\s+)?(?:the\s+)?$",
    re.IGNORECASE,
)
_WANTS = re.compile(
    r"^\W*(?:(?:as|since|because|so|for|what|and|here(?:'s| is) what)\s+)?you(?:['’]re|\s+are"
    r"|\s+have|['’]ve)?\s+"
    r"(?:also\s+|only\s+)?(?:ask(?:ed|ing)?|want(?:ed)?|need(?:ed)?|look(?:ing|ed)?|wish(?:ed)?"
    r"|said|say|"
    r"mention(?:ed)?|prefer(?:red)?|specified|request(?:ed)?|search(?:ing|ed)?|after)\b"
    r"|^\W*(?:因为|既然|由于|如果说|按照|根据)?(?:您|你)(?:是|还|也|刚才|之前)?"
    r"(?:想要?|要求?的?|需要|希望|提到|说|在找|想找|想买|偏好|喜欢|提出)",
    re.IGNORECASE,
)
_PRODUCT_SPOKEN_OF = re.compile(
    r"\b(?:it|its|they|this|these|that|which|both|pick|choice|option|model|product|shoe)\b"
    r"|[它这那]|首选|推荐|款|双",
    re.IGNORECASE,
)
_UNTOLD = re.compile(
    r"(?:(?:does|do|is|are|was)\s*(?:n['’]t|\s*not)|not)\s+(?:\w+\s+)?(?:say|tell|state|mention"
    r"|list(?!ed)|"
    r"specify|specified|stated|mentioned|given|listed(?!\s+(?:for|under))|recorded|told|indicate|provide[ds]?)"
    r"|no\s+(?:information|details?|data|record)|没有(?:写|说明?|提到|提及|注明|相关|标明|记录"
    r"|给出|信息)"
    r"|未(?:写|说明|提到|提及|注明|标明|记录|给出)|不清楚|没写(?!适合)",
    re.IGNORECASE,
)
_LIKE_BEFORE = re.compile(
    rf"(?:\b(?:just\s+)?(?:like|as\s+with|as\s+does)|像|跟|同)[\s{BLANK}]*(?:the\s+)?$",
    re.IGNORECASE,
)
_LIKE_AFTER = re.compile(rf"[{BLANK}\s]一样")
_UNLIKE = re.compile(
    r"\bunlike\b|不同于|不像|[与和跟同][^，。]{0,60}不同|\bin\s+contrast\s+to\b", re.IGNORECASE
)
_NONE = re.compile(
    r"\bneither\b|\bnone\s+of\s+(?:these|those|them|the)\b|\bno\s+(?:product|option"
    r"|model)\s+here\b|没有(?:任何)?一[款双个件种]|哪[款双个]?都(?:不|没)",
    re.IGNORECASE,
)
_ONLY = re.compile(rf"(?:\bonly|只有|唯有|仅有|只)[\s{BLANK}]*(?:the\s+)?$", re.IGNORECASE)
_DIFFERS = re.compile(
    r"\b(?:differ\w*|compar\w*|matters?|important|care|than|terms|trade-?off|versus|depend\w*"
    r"|distinguish\w*)\b"
    r"|区别|差别|差异|不同|相比|比较|方面|取决于|看重|在意|在乎|重要",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"\ball\s+(?:(?P<en>two|three|four|five)\b|(?:of\s+)?(?:these|them)\b)|\bthey\s+all\b"
    r"|\b(?:these|the)\s+(?P<these>two|three|four|five)\s+(?:options|products|models|shoes"
    r"|picks|items)?\s*(?:are|have|all|both|come|cost)"
    r"|(?:这|以上|上面|上述)?(?P<zh>[两二三四五几])(?:款|双|个|件|者|种)(?:商品|产品"
    r"|鞋子?)?(?:都|均|全)|它们(?:全?都|均)",
    re.IGNORECASE,
)
_BOTH = re.compile(
    r"\bboth\b|\b(?:neither|either)\s+of\b|(?:两款|两双|两者|二者|两个|两件)(?:都|均)",
    re.IGNORECASE,
)
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5}


def read_clauses(
    named: Named, evidence: Evidence, before: Sequence[Product]
) -> tuple[list[Clause], tuple[Product, ...]]:
    """The clauses of a sentence.

    Args:
        named: the sentence with its names read.
        evidence: all that the answer may rest on.
        before: the products that the last sentence spoke of: what "it" means.

    Returns:
        The clauses, and the products that the next sentence's "it" means.
    """
    current = tuple(before) or _by_default(evidence)
    if named.places:
        firsts = [p for place, p in named.places if not _compared(named, place)]
        current = tuple(firsts[:1]) or current
    clauses: list[Clause] = []
    told: list[Product] = []
    wished = False
    standing: tuple[Product, ...] = ()
    like: tuple[Product, ...] = ()
    unlike: tuple[Product, ...] = ()
    if _UNLIKE.search(named.text):
        unlike = _unique(p for place, p in named.places if _compared(named, place))
        unlike = unlike or tuple(evidence.products)
    for start, end in clause_spans(named.text, [place for place, _ in named.places]):
        text = named.text[start:end]
        here = [(place, p) for place, p in named.places if start <= place < end]
        against = _unique(p for place, p in here if _compared(named, place))
        about = _unique(p for place, p in here if not _compared(named, place))
        alike = bool(here) and bool(
            _LIKE_BEFORE.search(named.text[: here[0][0]]) or _LIKE_AFTER.search(text)
        )
        about = _unique((*about, *like)) if about and like else about
        if alike and clauses:
            about = _unique((*current, *about))  # "the A, like the B, is …"
        like = about if alike and not clauses else ()
        about = about or _group(text, evidence, before or current) or ()
        if not about and _NONE.search(text):
            about = tuple(evidence.products)
        if about:
            current = about
            told.extend(about)
        standing = against or standing
        only = any(_ONLY.search(named.text[:place]) for place, _ in here)
        if only:
            unlike = tuple(evidence.products)
        spoken = bool(here) or bool(_PRODUCT_SPOKEN_OF.search(text))
        wished = bool(_WANTS.search(text)) or (wished and not spoken)
        untold = _UNTOLD.search(named.text, start, end)
        clauses.append(
            Clause(
                start,
                end,
                current,
                against=tuple(p for p in standing if p not in current),
                unlike=tuple(p for p in unlike if p not in current),
                denies=bool(_NONE.search(text)),
                wished=wished and not here,
                untold=untold.end() if untold else None,
                compares=bool(_DIFFERS.search(text)),
            )
        )
    return _topics_untold(named.text, clauses), _unique(told) or current


def _topics_untold(text: str, clauses: Sequence[Clause]) -> list[Clause]:
    """The clauses, where "its weight, the record does not say" tells nothing of the weight."""
    told = list(clauses)
    for at in range(1, len(told)):
        end = told[at].untold
        if end is not None and not text[end : told[at].end].strip(" .。"):
            told[at - 1] = replace(told[at - 1], untold=told[at - 1].start)
    return told


def _by_default(evidence: Evidence) -> tuple[Product, ...]:
    """What an answer's first "it" means: the pick, or the only product."""
    if len(evidence.products) == 1:
        return tuple(evidence.products)
    return tuple(p for p in evidence.products if p.id == evidence.pick)


def _compared(named: Named, place: int) -> bool:
    """Whether the product at a place is only what another one is compared with."""
    text = named.text
    if _THAN_BEFORE.search(text[max(0, place - 40) : place]):
        return True
    end = place
    while end < len(text) and text[end] == BLANK:
        end += 1
    if (
        _WITH_AFTER.match(text[end:])
        and place > 0
        and text[:place].rstrip(BLANK + " ")[-1:] in "与和跟同"
    ):
        return True
    earlier = [at for at, _ in named.places if at < place]
    if not earlier:
        return False
    left = earlier[-1]
    while left < place and text[left] == BLANK:
        left += 1
    between = text[left:place]
    if not between.strip(f" {BLANK}"):
        return _compared(named, earlier[-1])  # a name and its number are one
    return bool(_AND_BEFORE.match(between)) and _compared(named, earlier[-1])


def _group(text: str, evidence: Evidence, before: Sequence[Product]) -> tuple[Product, ...] | None:
    """The products that "both" or "all three" means; None where no such word stands there."""
    if match := _ALL.search(text):
        written = match["en"] or match["these"] or match["zh"]
        count = _COUNTS.get((written or "").lower(), len(evidence.products))
        if count == len(evidence.products):
            return tuple(evidence.products)
        return tuple(before) if count == len(before) else tuple(evidence.products)
    if _BOTH.search(text):
        return tuple(before) if len(before) == 2 else tuple(evidence.products)
    return None


def _unique(products: Iterable[Product]) -> tuple[Product, ...]:
    return tuple({p.id: p for p in products}.values())
