"""Which products a message speaks of: by place, name, property or pronoun."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.conditions import Condition
from retrieval.index import CatalogueIndex
from retrieval.vocabulary import Term
from tools.reading.quotes import Span

_EN_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_SHORT = ("1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th")
_CN = "一二三四五六七八"
_CIRCLED = "①②③④⑤⑥⑦⑧"
_THING = (
    r"(?:one|pair|shoes?|boots?|sneakers?|option|choice|product|item|model|suggestion|"
    r"recommendation)"
)
_KE = "[双款个件条只台部本种]"
# "first time", "my second marathon" order no products.
_AFTER_ORDINAL = (
    rf"(?=\s+(?:{_THING}\b|and\b|or\b|vs\b|versus\b|with\b|is\b|are\b|has\b|have\b|does\b|in\b"
    r"|to\b|come|look|seem|on\b|you\b|but\b|weigh|cost|please\b)|['’]s\b|\s*(?:[?.!,;&/)]|$))"
)
_COUNTED = re.compile(
    rf"\b(?:the\s+)?(?P<end>first|last|top)\s+(?P<n>two|three|four|2|3|4)\b(?!\s*(?:weeks|days|months|years|times))"
    rf"|(?P<zh>前|后|最后)(?P<zn>[两二三四234]){_KE}",
    re.IGNORECASE,
)
_COUNTS = {"two": 2, "three": 3, "four": 4, "两": 2, "二": 2, "三": 3, "四": 4}
_LAST = re.compile(
    rf"\bthe\s+last\s+{_THING}\b|\bthe\s+last(?=\s*[?.!,]|$)|最后(?:那)?(?:一)?{_KE}", re.IGNORECASE
)
_OTHER = re.compile(
    rf"\bthe\s+other\s+(?P<many>two|ones|three)?(?:{_THING}\b)?|(?:另外?|其[他它余])(?P<zh>[两二三几])?(?:那)?一?{_KE}",
    re.IGNORECASE,
)
_BOTH = re.compile(
    rf"\bboth\b(?!\s+(?:men|women|road|sides|feet))|\b(?:the|these|those)\s+two\b|[这那](?:两|二){_KE}?|两{_KE}(?=都|有|哪|之间|相比|比|的?区别|里|中|呢)|两者|二者",
    re.IGNORECASE,
)
_ALL = re.compile(
    rf"\b(?:all\s+(?:of\s+(?:them|these|those)|three|four)|(?:these|those|the)\s+(?:three|four)|of\s+(?:them|these|those)|between\s+them|which\s+one\b|they|them|their)\b"
    rf"|[这那](?:三|四|几|些){_KE}?|它们|其中|这里面|哪(?:一)?{_KE}(?=更|比较|最|好|便宜|轻|适合)",
    re.IGNORECASE,
)
_IT = re.compile(
    rf"\b(?:this|that)\s+{_THING}\b|(?<!make\s)(?<!call\s)\b(?:it|its|it['’]s)\b(?!\s+(?:must|should|shall|has\s+to|ha[sd]\s+to|needs?\s+to|needn['’]t|rain|snow|depends|would\s+be|for\b|a\s+gift|my\b|is\s+for|is\s+a\s+gift|is\s+my|possible|really\s+hot))"
    rf"|它(?!们)|[这那该]一?{_KE}",
    re.IGNORECASE,
)
_POINT_BEFORE = re.compile(r"\b(?:the|that|this|those|these)\s+$", re.IGNORECASE)
_ONE_AFTER = re.compile(r"^\s*(?P<one>ones?|pairs?)\b", re.IGNORECASE)
_SHOE_AFTER = re.compile(r"^\s*(?:shoes?|boots?|sneakers?)\b", re.IGNORECASE)
# "the Nike", and no kind of goods after it.
_NAME_ENDS = re.compile(
    r"^(?:['’]s)?\s*(?:$|[?.!,;&/)]|(?:is|are|has|have|does|and|or|vs|versus|with|seems?|looks?|costs?|weighs?|comes?|in|on|you|to|for|please|but|waterproof|any|still)\b)",
    re.IGNORECASE,
)
_VERB_BEFORE = re.compile(r"\b(?:is|does|are|has)\s+the\s+$", re.IGNORECASE)
# "I could go 170": what follows is a verb, and no name written small.
_ACTS_BEFORE = re.compile(
    r"\b(?:can|could|may|might|would|will|should|must|(?:willing|able|happy|ready|want|need|like|have|going|prepared)\s+to)\s+(?:also\s+|even\s+|only\s+)?$|(?:['’](?:ll|d)|n['’]t)\s+$",
    re.IGNORECASE,
)
# "which is the cheapest" asks for it, and points at none.
_ASKED_FOR = re.compile(r"\b(?:is|are|what['’]s|which)\s*$", re.IGNORECASE)
_EXTREME = re.compile(r"est\b|\bmost\b|\bof\s+(?:the|these|those|them)\b|最", re.IGNORECASE)
_IDLE = re.compile(
    r"(?:[\s,.!?，。！？]|\b(?:please|pls|then|here|there|you(?:\s+have|['’]ve|\s+got|['’]ve\s+got|\s+sell|\s+carry)|in\s+stock|that\s+you\s+have|available|"
    r"is|are|it|them|these|those|one|shoes?|pair)\b|是?哪一?[双款个件]|吧|呢|是|的|谢谢|啊)*",
    re.IGNORECASE,
)
_POINT_BEFORE_ZH = re.compile(rf"[那这]一?{_KE}\s*$")
_POINT_AFTER_ZH = re.compile(rf"^\s*色?的?\s*(?:鞋子?)?[那这]一?{_KE}")
_RELATIVE = (
    ("price", "asc", r"cheap(?:er|est)|less\s+expensive|least\s+expensive", "便宜"),
    ("price", "desc", r"pric(?:ier|iest)|(?:more|most)\s+expensive|dearer", "贵"),
    ("weight", "asc", r"light(?:er|est)", "轻"),
    ("weight", "desc", r"heav(?:ier|iest)", "重"),
    (
        "rating",
        "desc",
        r"(?:better|higher|best|highest|top)[\s-]+rated",
        "(?:评分|评价)(?:更|比较|最|较)?[高好]",
    ),
    ("rating", "asc", r"(?:worse|lower|worst|lowest)[\s-]+rated", "评分(?:更|比较|最|较)?低"),
)  # fmt: skip
_RELATIVES = tuple(
    (
        field,
        direction,
        re.compile(
            rf"\bthe\s+(?:{en})(?:\s+(?:{_THING}\b(?:\s+of\s+(?:the\s+two|these|those|them|the\s+three))?|of\s+(?:the\s+two|these|those|them|the\s+three)|(?=and\b|or\b|is\b))|(?=\s*(?:[?.!,]|$)))"
            rf"|(?:比较|更|较|稍微?|最)?{zh}(?:一?[点些])?的?[那这]一?{_KE}|[那这]一?{_KE}(?:比较|更|较|最){zh}的",
            re.IGNORECASE,
        ),
    )
    for field, direction, en, zh in _RELATIVE
)


@dataclass(frozen=True)
class References:
    """What a message points at.

    Attributes:
        products: ids, in the order of the words.
        spans: the words that point; what stands in them is no wish ("the white one").
        by_name: the spans that are names of products.
    """

    products: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    by_name: tuple[Span, ...] = ()


def find_references(
    message: str, shown: Sequence[str], pick: str | None, index: CatalogueIndex
) -> References:
    """The products that a message speaks of, with the words that say so.

    A property points only at products shown that have it: "the white one" is a wish where none
    of them is white.

    Args:
        message: as the shopper wrote it.
        shown: ids of the products shown last, in their order.
        pick: the one of them that was recommended.
        index: the catalogue.
    """
    shown = [id for id in shown if id in index]
    pick = pick if pick in shown else None
    finder = _Finder(message, shown, pick, index)
    finder.names()
    if shown:
        finder.places()
        finder.relatives()
        finder.properties()
        finder.others()
        if not finder.found:
            finder.groups()
        if not finder.found:
            finder.pronouns()
    ordered = [id for _, ids in sorted(finder.found, key=lambda f: f[0].start) for id in ids]
    return References(
        tuple(dict.fromkeys(ordered)),
        tuple(span for span, _ in finder.found),
        tuple(finder.by_name),
    )


class _Finder:
    """Looks for each kind of reference in turn; words once taken are not read again."""

    def __init__(
        self, message: str, shown: Sequence[str], pick: str | None, index: CatalogueIndex
    ) -> None:
        self._message = message
        self._shown = shown
        self._pick = pick
        self._index = index
        self.found: list[tuple[Span, list[str]]] = []
        self.by_name: list[Span] = []

    def names(self) -> None:
        for mention in self._index.titles.find(self._message):
            among = [id for id in mention.product_ids if id in self._shown]
            span = Span(mention.start, mention.end)
            named = self._message[span.start : span.end]
            acts = _ACTS_BEFORE.search(self._message, max(0, span.start - 24), span.start)
            if acts and named.islower() and len(re.findall(r"[^\W\d]+", named)) == 1:
                continue
            self.by_name.append(span)
            self.found.append((span, among[:1] or list(mention.product_ids[:1])))

    def places(self) -> None:
        for match in _COUNTED.finditer(self._message):
            written = (match["n"] or match["zn"]).lower()
            count = _COUNTS.get(written) or int(written)
            last = (match["end"] or match["zh"]).lower() in ("last", "后", "最后")
            self._take(match, self._shown[-count:] if last else self._shown[:count])
        for place, id in enumerate(self._shown[: len(_ORDINALS)]):
            for match in _ordinal(place).finditer(self._message):
                self._take(match, [id])
        for match in _LAST.finditer(self._message):
            self._take(match, [self._shown[-1]])

    def relatives(self) -> None:
        for field, direction, pattern in _RELATIVES:
            for match in pattern.finditer(self._message):
                if self._sought(match):
                    continue
                among = self._shown
                if re.search(r"two\b|两", match.group()):
                    among = among[:2]
                numbers = self._numbers(field, among)
                if numbers:
                    best = min(numbers) if direction == "asc" else max(numbers)
                    self._take(match, [numbers[best]])

    def _sought(self, match: re.Match[str]) -> bool:
        """Whether an extreme is what the message asks for, and not a name for what it is about.

        "The cheapest one, please" looks for it; "is the cheapest one waterproof?" points at it.
        """
        if not _IDLE.fullmatch(self._message, match.end()):
            return False
        asked = _ASKED_FOR.search(self._message, 0, match.start())
        return bool(asked or _EXTREME.search(match.group()))

    def properties(self) -> None:
        mentions = self._index.vocabulary.find(self._message)
        for first, mention in enumerate(mentions):
            start, end = mention.start, mention.end
            terms = [mention.terms]
            before = self._message[:start]
            # "the white Nike one": what is said of one thing goes together.
            for following in mentions[first + 1 :]:
                if self._message[end : following.start].strip(" 的") or following.start - end > 2:
                    break
                if not _SHOE_AFTER.match(self._message[following.start :]):
                    terms.append(following.terms)
                end = following.end
            after = self._message[end:]
            pointed, many, begin, stop = False, False, start, end
            if point := _POINT_BEFORE.search(before):
                begin = point.start()
                if one := _ONE_AFTER.match(after):
                    pointed, many, stop = True, one["one"].lower().endswith("s"), end + one.end()
                elif any(t.field == "brand" for t in terms[-1]) and (
                    _NAME_ENDS.match(after) or _VERB_BEFORE.search(before)
                ):
                    pointed = True
                elif re.match(r"(?:that|this|those|these)", point.group(), re.IGNORECASE):
                    shoe = _SHOE_AFTER.match(after)
                    kind = any(t.field == "category" for t in terms[-1])
                    if shoe or kind:
                        pointed, stop = True, end + (shoe.end() if shoe else 0)
            elif point := _POINT_BEFORE_ZH.search(before):
                pointed, begin = True, point.start()
            elif behind := _POINT_AFTER_ZH.match(after):
                pointed, stop = True, end + behind.end()
            if not pointed:
                continue
            fitting = [id for id in self._shown if all(self._has(id, t) for t in terms)]
            if fitting:
                self._add(Span(begin, stop), fitting if many else fitting[:1])

    def others(self) -> None:
        for match in _OTHER.finditer(self._message):
            if not match.group().strip():
                continue
            taken = {id for _, ids in self.found for id in ids} or {self._pick or self._shown[0]}
            rest = [id for id in self._shown if id not in taken]
            many = bool(match["many"] or match["zh"])
            if rest and (many or re.search(r"other\s+\w|[另其]", match.group(), re.IGNORECASE)):
                self._take(match, rest if many else rest[:1])

    def groups(self) -> None:
        if len(self._shown) < 2:
            return
        if match := _BOTH.search(self._message):
            self._take(match, self._shown[:2])
        elif match := _ALL.search(self._message):
            self._take(match, self._shown)

    def pronouns(self) -> None:
        match = _IT.search(self._message)
        if match is None and len(self._shown) == 1:
            match = _ALL.search(self._message)
        if match:
            self._take(match, [self._pick or self._shown[0]])

    def _take(self, match: re.Match[str], ids: Sequence[str]) -> None:
        self._add(Span(match.start(), match.end()), ids)

    def _add(self, span: Span, ids: Sequence[str]) -> None:
        if not any(taken.overlaps(span) for taken, _ in self.found):
            self.found.append((span, list(ids)))

    def _has(self, id: str, terms: Sequence[Term]) -> bool:
        here = Condition(field="id", op="=", value=id)
        return any(
            self._index.count([here, Condition(field=t.field, op="=", value=t.value)])
            for t in terms
            if t.field in self._index.columns.fields
        )

    def _numbers(self, field: str, ids: Sequence[str]) -> dict[float, str]:
        """The products by a number of theirs, the first where two share it."""
        numbers: dict[float, str] = {}
        for id in ids:
            product = self._index.get(id)
            value: float | None
            if field == "price":
                value = float(product.effective_price)
            elif field == "rating":
                value = product.rating
            else:
                told = [
                    float(v)
                    for name in product.attributes
                    if name == field or name.startswith(f"{field}_")
                    for v in product.values(name)
                    if isinstance(v, float)
                ]
                value = told[0] if told else None
            if value is not None:
                numbers.setdefault(value, id)
        return numbers


def _ordinal(place: int) -> re.Pattern[str]:
    number, word = place + 1, _EN_NUMBERS[place]
    en, short = _ORDINALS[place], _SHORT[place]
    return re.compile(
        rf"\b(?:the\s+)?(?<!my\s)(?<!at\s)(?:{en}|{short})(?:\s+{_THING}\b(?!\s+of\b))?{_AFTER_ORDINAL}"
        rf"|\b(?:number|no\.?|option|item)\s*(?:{number}\b|{word}\b)|#\s?{number}\b|\[{number}\]|{_CIRCLED[place]}"
        rf"|第(?:{_CN[place]}|{number})(?!次|天|年|名|时间)(?:{_KE})?|(?<![\d.]){number}号(?={_KE}|和|跟|[,，?？]|有|是|的|$)",
        re.IGNORECASE,
    )
