"""Values and needs that a message names, each with its sign."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

import yaml

from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from retrieval.text import normalise
from retrieval.vocabulary import Mention, Term
from tools.reading.asides import complained, wants_another
from tools.reading.draft import Draft
from tools.reading.fact import Fact, HeldWish, ModelReading, Released
from tools.reading.kinds import drop_idle_refusals, refuse_kinds
from tools.reading.polarity import Sign, sign, signs
from tools.reading.quotes import Span, find_quote
from tools.reading.strength import strength
from tools.reading.subject import speaks_of_others

# Which of the catalogue's fields a model's field can mean; "feature" and "use" mean any attribute.
OWN_FIELD = {"category": "category", "brand": "brand", "color": "color", "gender": "gender"}
_FIELD_ORDER = ("category", "brand", "gender", "color", "size")
# Words that grade: they mean a value only next to what they grade ("high cushioning").
_GRADES = frozenset(
    "high low max maximum medium moderate minimal minimum standard normal regular basic full heavy "
    "good strong hard large small big short long none average mid premium "
    "高 低 中 大 小 标准 普通 一般 中等 适中 强 弱 长 短 无 基础".split(" ")
)
# Values that say nothing by themselves.
_EMPTY = frozenset(
    "yes no true false other others all any both n/a na unknown mixed 是 否 有 其他".split(" ")
)
_LABEL_REACH = 24
_CLAUSE = re.compile(r"[,.;:!?。，；：！？\n]")
_GIVEN_UP = re.compile(
    r"\b(?:any\s*more|no\s+longer|after\s+all|forget|never\s+mind|drop|scrap|skip|leave\s+out)\b|了(?!吗|么|解)",
    re.IGNORECASE,
)
_ALLOWED = re.compile(
    r"^\s*(?:的)?(?:is|are|would\s+be)\s+(?:actually\s+|also\s+|totally\s+|perfectly\s+)?(?:fine|ok|okay|alright|acceptable|allowed)|^(?:的|其实|那也)*(?:也|都|其实也)(?:行|可以|好|没关系|没事|能接受|OK|ok|没问题)|^(?:就)?不排除",
    re.IGNORECASE,
)
# Fields of which "also" allows a second value.
_EITHER = frozenset({"brand", "color", "size", "gender"})
_ALSO_BEFORE = re.compile(
    r"\b(?:also|or\s+(?:maybe\s+|perhaps\s+|even\s+)?|as\s+well\s+as)\s*(?:(?:like|want|consider|take|accept|see|show|me|be|fine|ok|okay|good|happy|open|to|with|in|the|a|some|ones?)\s+)*$"
    r"|(?:也|还)(?:可以|行|能|想|要|想要|喜欢|接受|考虑|看看|看|是)+(?:选|要|穿|买|考虑|接受)?(?:一下)?$|(?:或者?|再加上?|加上)$",
    re.IGNORECASE,
)
_ALSO_AFTER = re.compile(
    r"^\s*(?:ones?|shoes?)?\s*(?:,\s*)?(?:(?:is|are|would\s+be|works?)\s+(?:also\s+)?(?:fine|ok|okay|good|alright|acceptable|great)?\s*)?(?:,\s*)?(?:too\b(?!\s+\w)|as\s+well\b)"
    r"|^\s*(?:is|are|would\s+be)\s+also\b|^\s*(?:also\s+)?(?:is|are|would\s+be)\s+(?:fine|ok|okay|alright|acceptable)"
    r"|^(?:的|色|款|鞋|那种)*(?:我)?(?:也|都)(?:行|可以|好(?!看)|要|想要|喜欢|考虑|能接受|没问题|没关系|OK|ok|成|看看)",
    re.IGNORECASE,
)
_FORGET = re.compile(
    r"\b(?:forget(?:\s+about)?|never\s+mind|scrap|drop)\s+(?:the\s+)?$", re.IGNORECASE
)
# "My wife says": the one who speaks is not the one who wears.
_SPEAKS = re.compile(
    r"\b(?:wife|husband|girlfriend|boyfriend|mom|mum|dad|mother|father|sister|brother|son|daughter)\b(?=\s+(?:says?|said|thinks?|thought|told|tells|suggest|recommend|is\s+(?:reading|watching|here|asking|with)|asked|keeps|bought|has\s+told|will\s+(?:be|read)))"
    r"|(?:老婆|老公|女朋友|男朋友|女友|男友|妈妈|爸爸|我妈|我爸|姐姐|哥哥|儿子|女儿)(?=说|觉得|推荐我|告诉|让我|问我|在看|也在看|嫌)",
    re.IGNORECASE,
)
# A complaint tells nothing of these: whoever says "my boots hurt" may well look for boots.
_WISHED_ALL_THE_SAME = frozenset({"category", "gender", "size", "use"})
# "I don't have flat feet", "我没有扁平足": the need itself is denied.
_LACKS = re.compile(
    r"(?<!有)没有?(?:什么|任何|特别|明显|得过?)*$|(?:不是|不算)(?:什么|很|特别)*$"
    r"|(?:\b(?:not|no|never|neither)\b|n['’]t\b)(?:\s+(?:really|have|got|had|has|any|a|an|the|suffer|suffering|from|get|getting|with|exactly))*\s*$",
    re.IGNORECASE,
)
_GOODS_AFTER = re.compile(
    r"^(?:的|\s+(?:running\s+|walking\s+)?(?:shoes?|boots?|pairs?|ones?)\b)", re.IGNORECASE
)
# What a person is stands in many words for needs too: "shoes for my grandpa" tells both.
_BESIDE_NEEDS = frozenset({"category", "gender"})


@cache
def _idioms() -> re.Pattern[str]:
    text = files("tools.reading").joinpath("idioms.yaml").read_text(encoding="utf-8")
    words = yaml.safe_load(text)
    return re.compile("|".join([*words["en"], *words["zh"]]), re.IGNORECASE)


def idioms(message: str) -> Iterator[Span]:
    """Turns of phrase whose words are no wish: "does it work", 工作日."""
    for match in _idioms().finditer(message):
        yield Span(match.start(), match.end())


def unsaid_people(message: str) -> list[Span]:
    """People who are spoken of and not bought for."""
    return [Span(m.start(), m.end()) for m in _SPEAKS.finditer(message)]


def read_needs(draft: Draft, index: CatalogueIndex, held: Sequence[HeldWish]) -> None:
    """Adds the needs that a message names and the shop has advice on."""
    message = draft.message
    values = [Span(m.start, m.end) for m in index.vocabulary.find(message)]
    needs = [(Span(m.start, m.end), m.advice.id) for m in index.advice.find(message)]
    for span, id in [(span, id) for span, id in needs if not draft.is_taken(span)]:
        # "wide toe box" is a value of its own, and no wide toes.
        within = any(v.start <= span.start and span.end <= v.end and v != span for v in values)
        if within:
            continue
        told = sign(message, span)
        lacks = _LACKS.search(message, max(0, span.start - 40), span.start)
        if lacks and not _GOODS_AFTER.match(message[span.end :]):
            told = "refused"
            draft.spoken.append(span)
        if told in ("refused", "free"):
            # "No knee pain": nothing to advise on, but a need held before is over.
            if any(wish.field == "need" and wish.value == id for wish in held):
                draft.released.append(Released(field="need", value=id, quote=draft.quote(span)))
            continue
        draft.add(
            Fact(
                field="need",
                op="=",
                value=id,
                quote=draft.quote(span),
                strength=strength(message, span),
            ),
            span,
        )


def read_values(
    draft: Draft,
    index: CatalogueIndex,
    model: ModelReading,
    held: Sequence[HeldWish],
    labels: Mapping[str, Sequence[str]],
) -> None:
    """Adds the catalogue's values that a message names.

    Args:
        draft: gets the facts, and the fields that are said not to matter.
        index: the catalogue.
        model: the model's reading, which tells between two meanings of a word.
        held: the wishes that hold, which a message may take back.
        labels: what shoppers call the fields.
    """
    message = draft.message
    draft.hidden += unsaid_people(message)
    chosen: list[tuple[Span, str]] = []
    terms: list[Term] = []
    for mention in index.vocabulary.find(message):
        span = Span(mention.start, mention.end)
        term = _choose(mention, span, message, model, labels)
        if term is None or (draft.is_taken(span) and not _beside_need(draft, term, span)):
            continue
        chosen.append((span, term.field))
        terms.append(term)
    for (span, _), term, told in zip(chosen, terms, signs(message, chosen), strict=True):
        _add_term(draft, term, span, told, held, index)
    _drop_wider(draft, index)
    drop_idle_refusals(draft, index, held)


def _beside_need(draft: Draft, term: Term, span: Span) -> bool:
    if term.field not in _BESIDE_NEEDS:
        return False
    hidden = any(other.overlaps(span) for other in (*draft.hidden, *draft.spoken))
    return (
        not hidden
        and all(fact.field == "need" for fact in draft.covers(span))
        and not draft.laid_aside(span)
    )


def _add_term(
    draft: Draft,
    term: Term,
    span: Span,
    told: Sign,
    held: Sequence[HeldWish],
    index: CatalogueIndex,
) -> None:
    telling = told == "wanted" and term.field not in _WISHED_ALL_THE_SAME
    if telling and complained(draft.message, span):
        told = "refused" if wants_another(draft.message) else "untold"
    if told == "untold":
        return
    value = term.value
    after = draft.message[span.end : span.end + 24]
    if told == "wanted" and _ALLOWED.match(after):
        barred = [w for w in held if w.field == term.field and w.op == "!=" and w.value == value]
        if barred:
            # "Nike is fine after all" lets Nike back in, and asks for no Nike.
            quote = draft.quote(span)
            draft.released.append(Released(field=term.field, value=value, quote=quote))
            draft.spoken.append(span)
            return
        if value is False:
            told = "free"
    if told == "refused" and _FORGET.search(draft.message[max(0, span.start - 24) : span.start]):
        wanted = any(w.field == term.field and w.op == "=" and w.value == value for w in held)
        told = "free" if wanted else told
    refused = told == "refused"
    if isinstance(value, bool) and refused:
        wished = any(w.field == term.field and w.op == "=" and w.value == value for w in held)
        before = draft.message[max(0, span.start - 20) : span.start]
        if wished or _GIVEN_UP.search(after[:12]) or _GIVEN_UP.search(before):
            told = "free"
    if told == "free":
        draft.relax(term.field, span)
        return
    if refused and term.field == "category" and refuse_kinds(draft, str(term.value), span, index):
        return
    if isinstance(value, bool):
        # "not waterproof" wants the opposite value, which a record can state.
        value, refused = (value != refused), False
    draft.add(
        Fact(
            field=term.field,
            op="!=" if refused else "=",
            value=value,
            quote=draft.quote(span),
            strength="must" if refused or told == "only" else strength(draft.message, span),
            widens=told == "wanted" and _widens(draft.message, span, term.field),
        ),
        span,
    )


def _widens(message: str, span: Span, field: str) -> bool:
    """Whether a value is allowed beside what is wanted already: "also in white", "白色也可以".

    Who is bought for besides ("my wife wants one too", "我老婆也要一双") wears other goods.
    """
    before = message[max(0, span.start - 24) : span.start]
    if field not in _EITHER or (
        field == "gender" and speaks_of_others(before + message[span.start : span.end])
    ):
        return False
    return bool(_ALSO_BEFORE.search(before) or _ALSO_AFTER.match(message[span.end :]))


def _drop_wider(draft: Draft, index: CatalogueIndex) -> None:
    """Takes out a kind that another one names more narrowly: running shoes are shoes."""
    kinds = [f for f in draft.facts if f.field == "category" and f.op == "="]
    for wide in kinds:
        here = Condition(field="category", op="=", value=wide.value)
        for narrow in kinds:
            there = Condition(field="category", op="=", value=narrow.value)
            if narrow.value == wide.value or wide not in draft.facts:
                continue
            count = index.count([there])
            if index.count([here, there]) == count < index.count([here]):
                draft.facts.remove(wide)


def _choose(
    mention: Mention,
    span: Span,
    message: str,
    model: ModelReading,
    labels: Mapping[str, Sequence[str]],
) -> Term | None:
    """The likeliest of several meanings, or None where the words mean none here.

    The field whose name stands near, else the one that the model names, else the commonest.
    """
    words = normalise(message[span.start : span.end])
    if words in _EMPTY:
        return None
    grades = words in _GRADES
    if grades or len(mention.terms) > 1:
        for term in mention.terms:
            if _label_near(term.field, span, message, labels):
                return term
    if grades:
        return None
    if len(mention.terms) == 1:
        return mention.terms[0]
    for proposal in model.facts:
        quoted = find_quote(proposal.quote, message)
        if quoted and quoted.overlaps(span):
            for term in mention.terms:
                if term.field == OWN_FIELD.get(proposal.field, proposal.field):
                    return term
    ranked = sorted(
        mention.terms,
        key=lambda t: _FIELD_ORDER.index(t.field) if t.field in _FIELD_ORDER else 9,
    )
    return ranked[0]


def _label_near(field: str, span: Span, message: str, labels: Mapping[str, Sequence[str]]) -> bool:
    before = message[max(0, span.start - _LABEL_REACH) : span.start]
    after = message[span.end : span.end + _LABEL_REACH]
    near = f"{_CLAUSE.split(before)[-1]} \u0000 {_CLAUSE.split(after)[0]}".lower()
    return any(label.lower() in near for label in labels.get(field, (field.replace("_", " "),)))
