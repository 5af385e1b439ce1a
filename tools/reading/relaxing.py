"""Wishes that are loosened or let go: "colour doesn't matter", "any brand", "价格可以高一点"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files

import yaml

from retrieval.index import CatalogueIndex
from retrieval.text import has_cjk
from tools.reading.draft import Draft
from tools.reading.fact import Fact, HeldWish
from tools.reading.quotes import Span

# How much further out a bound is put that the shopper lets go a little.
LOOSENED = Decimal("0.2")

_FREE_BEFORE = re.compile(
    r"(?:\b(?:any|whatever|whichever|all)|\b(?:regardless\s+of|no\s+matter|irrespective\s+of|forget(?:\s+about)?|ignore|scrap|drop|lift|remove|never\s+mind|skip|"
    r"(?:do|does|did)(?:n['’]?t|\s+not)(?:\s+(?:really|even|actually|particularly))?\s+(?:care|mind|worry|bother)(?:\s+(?:about|for|which|what))?|not\s+(?:fussed|fussy|picky|bothered|worried|concerned)\s+about|"
    r"no\s+(?:preference|preferences|requirements?|strong\s+(?:feelings|preference))\s+(?:on|for|about|in|as\s+to|regarding|when\s+it\s+comes\s+to)|flexible\s+(?:on|about|with)|open\s+(?:on|about|to\s+any)|"
    r"(?:i\s+have|there['’]?s|there\s+is|have)?\s*no(?:\s+(?:particular|specific|fixed|set|real|more))?)(?:\s+(?:the|my|which|what|a|any|specific|particular|exact))*"
    r"|(?:不在乎|不在意|不介意|不管|不限|无所谓|不考虑|不挑|不计较|忘掉?了?|别管|不用(?:管|考虑|在意)|不看|不论|无论|没有?)(?:什么|是|的|啥|哪个)?|什么|任何|啥|哪个|哪种|任意)\s*$",
    re.IGNORECASE,
)
_FREE_AFTER = re.compile(
    r"^(?:\s+(?:limit|range|cap|constraint|restriction|preference|requirement)s?)?\s*(?:(?:really|actually|also|now|just|honestly)\s+)*(?:(?:does|do)(?:n['’]?t|\s+not)(?:\s+(?:really|actually))?\s+matter|(?:is|are)(?:n['’]?t|\s+not)\s+(?:(?:really|so|that|very|too|as)\s+)?(?:important|an?\s+(?:issue|problem|concern|factor|priority)|crucial|relevant)|"
    r"no\s+longer\s+matters?|(?:is|are)\s+(?:irrelevant|flexible|open|unimportant|negotiable|no\s+(?:object|issue|problem|concern)|not\s+(?:important|an?\s+issue)|up\s+to\s+you|optional|whatever)|can\s+be\s+any(?:thing)?|whatever\b|not\s+important|unimportant|any\b(?=\s*(?:$|[,.;!]))|makes\s+no\s+difference|unlimited|no\s+object)"
    r"|^(?:的话|方面|什么的|上面?|呢|嘛|吧|是|限制|要求|[,，:：\s])*(?:我|都|也|已经|现在|就|真的|其实|可以|对我来说|完全|这块|倒|还)*(?:(?<=都)(?:行|可以|好|OK|成)|无所谓|没所谓|不限|不重要|不那么重要|随便|随意|任意|任选|不是(?:问题|重点|关键)|没有?(?:特别|特殊|什么|硬性)*(?:的)?(?:要求|限制|关系|上限|问题|偏好|讲究)|不(?:用)?管|不用考虑|不考虑|不在乎|不在意|不挑|不讲究|不做要求|不限制|不设限|你们?定|你们?看着办|好商量|不计较|放开|不用限制|取消|不介意)",
    re.IGNORECASE,
)
# After "any", "什么" and "没有" something must say that it is a permission and no question.
_OPEN = re.compile(r"(?:\b(?:any|all)|什么|啥|哪个|哪种|任何|任意)\s*$", re.IGNORECASE)
_NO = re.compile(r"(?:\bno(?:\s+\w+)?|没有?)\s*$", re.IGNORECASE)
_PERMITS = re.compile(
    r"^(?:s|es)?\s*(?:at\s+all\s*)?(?:(?:you\s+(?:like|have|want)\s*)?(?:(?:is|are|['’]s|would\s+be)\s+(?:also\s+|all\s+|totally\s+|perfectly\s+)?(?:fine|ok|okay|good|great|alright|acceptable|welcome|possible)|will\s+do|works|goes|would\s+(?:do|work)|can\s+work|suits\s+me)|(?=\s*(?:$|[,.;!])))"
    r"|^(?:的|鞋子?)*(?:我)?(?:都|也)(?:行|可以|好|无所谓|OK|ok|成|没关系|没问题|接受|能接受|要|喜欢|考虑|不限)",
    re.IGNORECASE,
)
_NO_LIMIT = re.compile(
    r"^\s*(?:limit|cap|constraint|restriction|preference|requirement|ceiling)?s?\s*(?:$|[,.;!]|any\s?more|now|really|at\s+all|for\s+me|here|and\b|just\b)|^(?:的)?(?:限制|要求|上限|偏好|讲究|概念)",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\b(?:can|could|willing\s+to|happy\s+to|able\s+to|may|might|ready\s+to|prepared\s+to|['’]?ll|would|i['’]d)\s+(?:also\s+|even\s+)?(?:pay|spend|go|stretch|afford)\s+(?:(?:to\s+)?(?:a\s+(?:bit|little|touch|tad)|slightly|somewhat|some)\s*)?(?:more|higher|up|over|further|extra|above)\b(?!\s+(?:than|to)\b)(?!\s*[$€£¥\d])"
    r"|\b(?:can|could|willing\s+to|happy\s+to)\s+stretch\b(?:\s+(?:a\s+(?:bit|little)|(?:it|my\s+budget|the\s+budget)(?:\s+a\s+(?:bit|little))?))?(?!\s+to\b)"
    r"|\b(?:price|budget)\s+(?:can|could|may|might)\s+(?:be|go|stretch)\s+(?:(?:a\s+(?:bit|little)|slightly|somewhat)\s+)?(?:higher|up|more|over)(?!\s+(?:than|to)\b)"
    r"|\b(?:raise|increase|extend|up|stretch|bump\s+up)\s+(?:the|my|our)\s+budget\b(?:\s+(?:a\s+(?:bit|little)|slightly))?(?!\s+(?:to|by)\b)"
    r"|\b(?:(?:a\s+(?:bit|little)|slightly|somewhat)\s+)(?:more\s+(?:expensive|money)|pricier|dearer|over(?:\s+(?:the|my))?\s+budget|above(?:\s+(?:the|my))?\s+budget|more)\s+(?:is|would\s+be)\s+(?:fine|ok|okay|alright|acceptable|no\s+problem)"
    r"|\bmore\s+expensive\s+(?:is|would\s+be|ones?\s+(?:is|are))\s+(?:fine|ok|okay|alright)"
    r"|(?:价格|预算|价位|价钱)(?:上|方面)?(?:可以|能|能够|还能|也可以|也能|还可以)?(?:再|稍微|适当|略微|往|向|上)*(?:高|多|加|提|放宽|涨|上浮|上调|提高|增加|贵)(?:一?[点些]|出?一点)?(?!于|过)"
    r"|(?:可以|能|愿意|能够|也行)(?:接受)?(?:再|稍微|稍)?(?:贵|多花|多出|加|多付)(?:一?[点些])(?:钱|的)?|(?:再|稍微|稍)?(?:贵|多花)(?:一?[点些])(?:钱)?(?:的)?(?:也|都)?(?:没|可以|行|能接受|OK|ok|无所谓)",
    re.IGNORECASE,
)

_A_LITTLE = re.compile(
    r"\b(?:bit|little|touch|tad|slightly|somewhat|some|stretch|over|above)\b|[点些]|稍|适当|略|再",
    re.IGNORECASE,
)


@cache
def _field_words() -> Mapping[str, Sequence[str]]:
    text = files("tools.reading").joinpath("field_words.yaml").read_text(encoding="utf-8")
    words: Mapping[str, Sequence[str]] = yaml.safe_load(text)
    return words


def field_labels(index: CatalogueIndex) -> Mapping[str, Sequence[str]]:
    """What shoppers call the fields that a catalogue has, longest words first."""
    vocabulary = index.vocabulary
    named = dict.fromkeys([*vocabulary.labels(), *_field_words(), *vocabulary.fields()])
    labels: dict[str, Sequence[str]] = {}
    for name in named:
        if name not in vocabulary.labels() and name not in index.columns.fields:
            continue
        own = (*vocabulary.labels().get(name, ()), *_field_words().get(name, ()))
        words = dict.fromkeys([*own, vocabulary.label(name, "en")])
        labels[name] = sorted(words, key=lambda word: -len(word))
    return labels


def read_relaxed(draft: Draft, index: CatalogueIndex) -> None:
    """Notes the fields that are said not to matter: "colour doesn't matter", "品牌不限"."""
    for name, words in field_labels(index).items():
        for word in words:
            for span in _occurrences(word, draft.message):
                if _let_go(draft.message, span):
                    draft.relax(name, span)


def read_loosened(draft: Draft, held: Sequence[HeldWish]) -> None:
    """Puts a held limit of the price further out: "I can pay a bit more", "价格可以高一点"."""
    match = _MORE.search(draft.message)
    if match is None or any(fact.field == "price" and not fact.sort for fact in draft.facts):
        return
    span = Span(match.start(), match.end())
    if not _A_LITTLE.search(match.group()):
        # "The price can be higher": nobody said how much, and the limit goes.
        draft.relax("price", span)
        return
    draft.loosened.append("price")
    draft.spoken.append(span)
    for wish in held:
        if wish.field == "price" and wish.op in ("<", "<=") and isinstance(wish.value, float | int):
            lifted = (Decimal(str(wish.value)) * (1 + LOOSENED)).quantize(Decimal("0.01"))
            note = f"{wish.value:g} + {LOOSENED * 100:.0f} %"
            quote = draft.quote(span)
            draft.add(
                Fact(field="price", op="<=", value=float(lifted), quote=quote, note=note), span
            )
            return


def _let_go(message: str, span: Span) -> bool:
    after = message[span.end : span.end + 48]
    if _FREE_AFTER.match(after):
        return True
    before = message[max(0, span.start - 48) : span.start]
    if not _FREE_BEFORE.search(before):
        return False
    if opened := _OPEN.search(before):
        permits = _PERMITS.match(after)
        # "有什么颜色" asks; only "什么颜色都行" permits.
        return permits is not None and (
            bool(permits.group().strip()) or not has_cjk(opened.group())
        )
    if _NO.search(before):
        return _NO_LIMIT.match(after) is not None
    return True


def _occurrences(word: str, message: str) -> list[Span]:
    name = re.escape(word)
    pattern = name if has_cjk(word) else rf"(?<![a-z]){name}(?![a-z])"
    return [Span(m.start(), m.end()) for m in re.finditer(pattern, message, re.IGNORECASE)]
