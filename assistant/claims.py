"""Whether a sentence of an answer stands on the records that it speaks of.

What is looked at: numbers of products, product and brand names, prices and other numbers,
attribute values and their denial, fitness for a need, superlatives, promises, words that claim a
property, and the language. A sentence with any claim that no record supports does not pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assistant.claim_figures import NUMBER, cite, read_figure, rests_on
from assistant.claim_words import claim_words
from assistant.evidence import Evidence
from assistant.language import language_of
from assistant.reply import Citation
from retrieval.columns import key
from retrieval.product import Product
from retrieval.text import count_cjk, has_cjk, normalise, search_terms, stem
from retrieval.vocabulary import Term
from tools.ranking import field_number
from tools.reading.polarity import excluded
from tools.reading.quotes import Span

_MARKER = re.compile(r"\[(\d{1,3})\]|［(\d{1,3})］|【(\d{1,3})】")
_SENTENCE = re.compile(r"(?:(?<=[。！？!?；])|(?<=[.!?])\s+(?=[^a-z])|\n+)")
_CLAUSE = re.compile(
    r"[;；,，。]|\b(?:while|whereas|but|and|though|although)\b|而|但|并且|同时|，?另外",
    re.IGNORECASE,
)

_SUPERLATIVES: tuple[tuple[str, str, str], ...] = (
    (
        "price",
        "asc",
        r"\bcheapest\b|lowest[\s-]price|least\s+expensive|most\s+affordable"
        r"|最便宜|最低价|价格最低|最实惠",
    ),
    ("price", "desc", r"most\s+expensive|priciest|highest[\s-]price|最贵|价格最高"),
    ("weight", "asc", r"\blightest\b|最轻"),
    ("weight", "desc", r"\bheaviest\b|最重"),
    ("rating", "desc", r"(?:best|highest|top)[\s-]+rat(?:ed|ing)|评分最高|评价最好|口碑最好"),
    ("rating_count", "desc", r"most\s+(?:popular|reviewed)|最受欢迎|最热门|评价最多"),
)
_COMPARATIVES: tuple[tuple[str, str, str], ...] = (
    (
        "price",
        "asc",
        r"\bcheaper\b|less\s+expensive|more\s+affordable|lower[\s-]+price"
        r"|更便宜|便宜一些|更实惠|价格更低",
    ),
    ("price", "desc", r"more\s+expensive|pricier|higher[\s-]+price|更贵|价格更高"),
    ("weight", "asc", r"\blighter\b|更轻"),
    ("weight", "desc", r"\bheavier\b|更重"),
    ("rating", "desc", r"(?:better|higher)[\s-]+rat(?:ed|ing)|评分更高"),
    ("price", "asc", r"\bcosts?\s+(?:[$€£]?[\d.,]+\s+)?less\b"),
    ("price", "desc", r"\bcosts?\s+(?:[$€£]?[\d.,]+\s+)?more\b"),
    ("weight", "asc", r"\bweighs?\s+(?:[\d.,]+\s*g\s+)?less\b"),
    ("weight", "desc", r"\bweighs?\s+(?:[\d.,]+\s*g\s+)?more\b"),
    ("price", "asc", r"比[^，。；]{0,40}?便宜"),
    ("price", "desc", r"比[^，。；]{0,40}?贵"),
    ("weight", "asc", r"比[^，。；]{0,40}?轻"),
    ("weight", "desc", r"比[^，。；]{0,40}?重"),
)
# Any other comparison is one that nobody computed.
_OTHER_COMPARISON = re.compile(
    r"\b(?!(?:other|rather)\b)\w+er\s+than\b|\b(?:less|more|fewer)\s+(?!than\b)\w+(?:\s+\w+)?\s+than\b"
    r"|\bas\s+\w+\s+as\b|\b(?:half|twice|double)\b|\bsame\s+\w+\s+as\b|\bunlike\b"
    r"|\b(?:hardly|barely|scarcely)\b|比[^，。；例如]{1,40}更?(?:宽|软|硬|高|低|好|稳|厚|薄|大|小|强|多|少)"
    r"|半价|[一二三四五六七八九\d]折|与众不同|不像",
    re.IGNORECASE,
)
_NUMBER_WORD = re.compile(
    r"\b(?:hundreds?|thousands?|dozens?|(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    r"twenty|thirty|forty|fifty)[\s-]+(?:\w+[\s-]+)?(?:dollars?|grams?|mm|millimet\w+|years?|months?|days?|"
    r"miles?|stars?))\b|[一二两三四五六七八九十百千]+\s*(?:多)?(?:块|元|美元|克|毫米|年|天|个月|公里|小时)",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?:|www\.|!?\[[^\]]*\]\(|<[a-z/!]", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z][A-Za-z'’]+")
# Latin words that are written large and name no product.
_UNNAMED = frozenset(
    {"eu", "us", "uk", "cn", "usd", "cny", "eur", "gbp", "i", "i'm", "i'd", "ok", "mm"}
)
_BEST = re.compile(
    r"\b(?:best|ideal|perfect|top\s+(?:pick|choice)|my\s+pick|first\s+choice|number\s+one)\b"
    r"|首选|最佳|最好|最合适|最适合|最推荐|完美|理想",
    re.IGNORECASE,
)
_OTHER_EXTREME = re.compile(
    r"\b(?:most|least|only|never|always|every|all|none|no\s+other|unmatched|unbeatable)\b|\b\w{3,}est\b"
    r"|\bhighly\b|\bwell[\s-](?:rated|reviewed)\b|评分(?:很|较|非常|都)?高|口碑(?:很|较)?好|好评"
    r"|最[^好佳终后近]|唯一|全部|所有|每一?款|任何|绝对|永远|第一",
    re.IGNORECASE,
)
_ORDINARY_EST = re.compile(
    r"\b(?:best|rest|west|test|request|interest|honest|suggest|nearest|latest|modest|latest|chest|"
    r"nest|guest|quest|forest|invest|arrest|contest|harvest|protest|digest)\b", re.IGNORECASE
)  # fmt: skip
_LONG_DENIAL = 60
_NOT_TOLD = re.compile(
    r"(?:does\s+not|doesn['’]t|do\s+not|not)\s+(?:say|tell|state|mention|list|specify|specified|stated|"
    r"mentioned|given)|no\s+information|没有(?:写|说明|提到|提及|注明|相关|标明)|未(?:写|说明|提到|提及|注明|标明)|不清楚",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Verdict:
    """What became of a sentence.

    Attributes:
        faults: why it does not pass; empty where it does.
        subjects: the products that it speaks of.
        citations: what its claims rest on.
    """

    faults: tuple[str, ...] = ()
    subjects: tuple[Product, ...] = ()
    citations: tuple[Citation, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether every claim is supported."""
        return not self.faults


@dataclass
class _Findings:
    faults: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)


def split_sentences(text: str) -> list[str]:
    """The sentences of a text, end marks kept; decimal points and abbreviations cut nothing."""
    return [part.strip() for part in _SENTENCE.split(text) if part and part.strip()]


class ClaimChecker:
    """Checks the sentences of one answer, in order.

    Args:
        evidence: all that the answer may rest on.
    """

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._vocabulary = evidence.index.vocabulary
        self._subjects: tuple[Product, ...] = ()
        self._titles = [
            (title, product)
            for product in evidence.products
            for title in (product.title, product.title_zh or "")
            if title
        ]
        self._words = {p.id: self._record_words(p) for p in evidence.products}
        self._known = self._known_words()
        advice = [text for entry in evidence.advice for text in entry.reason.values()]
        self._advised = frozenset(term for text in advice for term in search_terms(text))
        quotes = [wish.quote for wish in evidence.need.wishes()]
        labels = [w for ws in self._vocabulary.labels().values() for w in ws]
        self._said = frozenset(
            term for text in (*quotes, *labels, evidence.message) for term in search_terms(text)
        )

    def check(self, sentence: str) -> Verdict:
        """Holds one sentence against the records. What passes becomes context for "it"."""
        found = _Findings()
        if _LINK.search(sentence):
            found.faults.append("a link")
        self._check_language(sentence, found)
        masked, subjects = self._name_subjects(sentence, found)
        if not found.faults:
            self._check_brands(masked, subjects, found)
            self._check_names(masked, found)
            self._check_clauses(masked, subjects, found)
            self._check_extremes(masked, subjects, found)
        if not found.faults and subjects:
            self._subjects = subjects
        return Verdict(tuple(found.faults), subjects, tuple(found.citations))

    # Names ----------------------------------------------------------------------------------

    def _check_language(self, sentence: str, found: _Findings) -> None:
        plain = _MARKER.sub("", sentence)
        for title, _ in self._titles:
            plain = plain.replace(title, " ")
        wanted = self._evidence.language
        strange = language_of(plain, otherwise=wanted) != wanted
        if strange or (wanted == "en" and count_cjk(plain)):
            found.faults.append("language")

    def _name_subjects(self, sentence: str, found: _Findings) -> tuple[str, tuple[Product, ...]]:
        """The products of a sentence, and the sentence with their names and numbers blanked."""
        masked = sentence
        subjects: list[tuple[int, Product]] = []
        named: list[tuple[int, int, Product]] = []
        for title, product in sorted(self._titles, key=lambda pair: -len(pair[0])):
            for match in re.finditer(re.escape(title), masked, re.IGNORECASE):
                named.append((match.start(), match.end(), product))
            masked = re.sub(
                re.escape(title), lambda m: "\u0000" * len(m.group()), masked, flags=re.IGNORECASE
            )
        for mention in self._evidence.index.titles.find(masked):
            if not self._written_as_name(masked, mention.start, mention.end):
                continue
            among = [p for p in self._evidence.products if p.id in mention.product_ids]
            if not among:
                found.faults.append("a product that is not in the evidence")
            elif len(among) == 1:
                named.append((mention.start, mention.end, among[0]))
            masked = _blank(masked, mention.start, mention.end)
        subjects += [(start, product) for start, _, product in named]
        for match in _MARKER.finditer(masked):
            number = int(match[1] or match[2] or match[3])
            if not 1 <= number <= len(self._evidence.products):
                found.faults.append(f"no product has the number {number}")
                continue
            product = self._evidence.products[number - 1]
            before = [item for item in named if 0 <= match.start() - item[1] <= 2]
            if before and before[-1][2] is not product:
                found.faults.append("a name with another product's number")
            subjects.append((match.start(), product))
        places = sorted(subjects, key=lambda pair: pair[0])
        self._places = places
        for match in list(_MARKER.finditer(masked)):
            masked = _blank(masked, match.start(), match.end())
        unique = {p.id: p for _, p in places}
        return masked, tuple(unique.values())

    def _written_as_name(self, text: str, start: int, end: int) -> bool:
        """Whether English words are capitalised as a name is; a sentence's first word always is."""
        if self._evidence.language == "zh":
            # Chinese words of titles are also plain words: 控制, 稳定.
            return not has_cjk(text[start:end])
        words = re.findall(r"[A-Za-z0-9][\w'’]*", text[start:end])
        if not text[:start].strip(" \u0000"):
            words = words[1:] or ([] if not text[:start].count("\u0000") else words)
        return any(word[0].isupper() or word[0].isdigit() for word in words)

    def _check_names(self, masked: str, found: _Findings) -> None:
        """Names that stand in nothing that the answer may rest on are inventions."""
        for match in _NAME.finditer(masked):
            word = match.group()
            first = not masked[: match.start()].strip(" \u0000\"'“‘(")
            if self._evidence.language == "en" and (first or not word[0].isupper()):
                continue
            if normalise(word) not in self._known and stem(word.lower()) not in self._known:
                found.faults.append(f"the name {word}")

    def _check_brands(self, masked: str, subjects: Sequence[Product], found: _Findings) -> None:
        about = subjects or self._subjects or self._evidence.products
        brands = {key(p.brand) for p in about if p.brand}
        excludes = {w.value for w in self._evidence.need.exclude if w.field == "brand"}
        for mention in self._evidence.index.unsold.find(masked):
            if mention.exact and self._written_as_name(masked, mention.start, mention.end):
                found.faults.append(f"{mention.terms[0].value} is not sold here")
        for mention in self._vocabulary.find(masked):
            terms = [t for t in mention.terms if t.field == "brand"]
            if not terms or len(terms) < len(mention.terms):
                continue
            span = Span(mention.start, mention.end)
            if excluded(masked, span) and any(t.value in excludes for t in terms):
                continue
            if not any(key(t.value) in brands for t in terms):
                found.faults.append(f"brand {terms[0].value}")

    # Claims ---------------------------------------------------------------------------------

    def _check_clauses(self, masked: str, subjects: Sequence[Product], found: _Findings) -> None:
        """Each clause against the products that it speaks of, or those of the clause before."""
        current: tuple[Product, ...] = self._subjects or tuple(
            p for p in self._evidence.products if p.id == self._evidence.pick
        )
        if subjects:
            current = (self._places[0][1],)
        for start, end in _clauses(masked):
            here = tuple(dict.fromkeys(p.id for at, p in self._places if start <= at < end))
            if here:
                current = tuple(p for p in self._evidence.products if p.id in here)
            self._check_numbers(masked, start, end, current, found)
            self._check_values(masked, start, end, current, found)
            self._check_needs(masked, start, end, current, found)
            self._check_variant(masked[start:end], current, found)
            self._check_words(masked[start:end], current, found)

    def _check_numbers(
        self, masked: str, start: int, end: int, about: Sequence[Product], found: _Findings
    ) -> None:
        for match in NUMBER.finditer(masked, start, end):
            figure = read_figure(match, start, end, self._evidence.index.currency)
            if figure is None:
                continue
            if excluded(masked[start:end], Span(match.start() - start, match.end() - start)):
                written = "" if figure.currency else f"{figure.value:g}"
                self._check_denied_size(written, about, found)
                continue
            citations = rests_on(figure, about, self._evidence)
            if citations is None:
                found.faults.append(f"number {match.group().strip()}")
            else:
                found.citations.extend(citations)
        if spelt := _NUMBER_WORD.search(masked, start, end):
            found.faults.append(f"number {spelt.group()}")

    def _check_denied_size(self, written: str, about: Sequence[Product], found: _Findings) -> None:
        """Of numbers only a size can be denied: the record lists all that there are."""
        for product in about:
            sizes = {v.size for v in product.variants if v.size}
            if not (sizes and written) or written in self._evidence.sizes(product):
                found.faults.append(f"denies {written} of {product.id}")
                return
            found.citations.append(
                cite(self._evidence, product, "size", " ".join(self._evidence.sizes(product)))
            )
        if not about:
            found.faults.append(f"denies {written} of nothing")

    def _check_values(
        self, masked: str, start: int, end: int, about: Sequence[Product], found: _Findings
    ) -> None:
        clause = masked[start:end]
        for mention in self._vocabulary.find(clause):
            terms = [t for t in mention.terms if t.field not in ("brand", "size")]
            if not terms or len(terms) < len([t for t in mention.terms if t.field != "size"]):
                continue
            span = Span(start + mention.start, start + mention.end)
            denied = excluded(masked[start:end], Span(mention.start, mention.end))
            if denied and _NOT_TOLD.search(clause):
                if any(self._states(p, terms) is not None for p in about):
                    found.faults.append(f"says that nothing is said of {terms[0].field}")
                continue
            self._judge_value(masked[span.start : span.end], terms, denied, about, found)

    def _judge_value(
        self,
        words: str,
        terms: Sequence[Term],
        denied: bool,
        about: Sequence[Product],
        found: _Findings,
    ) -> None:
        for product in about:
            held = self._holding(product, terms)
            if held is None and not denied and key(words) in self._words[product.id]:
                continue  # the description says it in so many words
            if (held is None) == (not denied):
                found.faults.append(f"{words} of {product.id}")
                return
            if denied and not any(self._states(product, [term]) is not None for term in terms):
                found.faults.append(f"denies {words} of {product.id}, of which nothing is said")
                return
            if held is not None:
                found.citations.append(cite(self._evidence, product, held.field, str(held.value)))
        if not about and not denied and not self._wished(terms):
            found.faults.append(f"{words} of nothing")

    def _check_variant(self, clause: str, about: Sequence[Product], found: _Findings) -> None:
        """A colour and a size in one breath are one variant, and it is in stock."""
        sizes = set(re.findall(r"(?<![\d.$])\d{2}(?:\.5)?(?![\d.])", clause))
        colors = {
            key(term.value)
            for mention in self._vocabulary.find(clause)
            for term in mention.terms
            if term.field == "color"
        }
        for product in about:
            stocked = [v for v in product.variants if v.availability == "in_stock"]
            asked = sizes & {v.size for v in product.variants if v.size}
            for size in asked if colors else ():
                if not any(v.size == size and key(v.color or "") in colors for v in stocked):
                    found.faults.append(f"size {size} of {product.id} in that colour")

    def _wished(self, terms: Sequence[Term]) -> bool:
        return any(
            wish.field == term.field and wish.value == term.value
            for wish in self._evidence.need.wishes()
            for term in terms
        )

    def _holding(self, product: Product, terms: Iterable[Term]) -> Term | None:
        """The first of the terms that the record holds."""
        for term in terms:
            if term.field == "category":
                if any(key(step) == key(term.value) for step in product.category):
                    return term
            elif term.field == "color" and product.variants:
                if any(
                    v.color and key(v.color) == key(term.value) and v.availability == "in_stock"
                    for v in product.variants
                ):
                    return term
            elif any(key(v) == key(term.value) for v in product.values(term.field)):
                return term
        return None

    def _states(self, product: Product, terms: Sequence[Term]) -> Term | None:
        """The first of the terms on whose field the record says anything."""
        for term in terms:
            known = term.field in ("category", "color") or bool(product.values(term.field))
            if known:
                return term
        return None

    def _check_needs(
        self, masked: str, start: int, end: int, about: Sequence[Product], found: _Findings
    ) -> None:
        index = self._evidence.index
        clause = masked[start:end]
        for mention in index.advice.find(clause):
            entry = mention.advice
            if excluded(clause, Span(mention.start, mention.end)):
                continue
            fitting = index.suiting(entry)
            for product in about:
                row = index.row(product.id)
                if not fitting[row]:
                    found.faults.append(f"{entry.id} of {product.id}")
                    return
                marker = self._evidence.marker(product).strip("[]")
                found.citations.append(
                    Citation(marker=marker, source=f"advice:{entry.id}", value=entry.name("en"))
                )

    def _check_words(self, clause: str, about: Sequence[Product], found: _Findings) -> None:
        """Every telling word stands in the record, the advice, the wishes, or says nothing.

        This is the net under the other checks: a claim that none of them knows is made of words
        that no record has.
        """
        words = claim_words(self._evidence.language)
        untold = _NOT_TOLD.search(clause)
        if untold and any(clause[untold.end() :].strip(" .。")) and len(clause) > _LONG_DENIAL:
            found.faults.append("denies at length")
        for mention in self._vocabulary.find(clause):
            if any(t.field not in ("brand", "size") for t in mention.terms):
                clause = _blank(clause, mention.start, mention.end)  # judged by its value already
        for need in self._evidence.index.advice.find(clause):
            clause = _blank(clause, need.start, need.end)
        for word in words.claims(clause):
            if word in words.promises and self._promise_kept(word, about):
                continue
            if not about or not all(self._record_says(word, p) for p in about):
                found.faults.append(f"“{word}” is in no record")
        for word in words.unplain(clause):
            if word in self._said or (about and all(self._record_says(word, p) for p in about)):
                continue
            found.faults.append(f"“{word}” is in no record")

    def _record_says(self, word: str, product: Product) -> bool:
        title = normalise(f"{product.title} {product.title_zh or ''}")
        return word in self._words[product.id] or word in title or word in self._advised

    def _promise_kept(self, word: str, about: Sequence[Product]) -> bool:
        if word in {"sale", "discount", "deal", "save", "reduc", "优惠", "折扣", "打折"}:
            return bool(about) and all(p.on_sale for p in about)
        if word in {"stock", "现货", "库存"}:
            return bool(about) and all(self._evidence.sizes(p) or not p.variants for p in about)
        if word in {"review", "custom", "好评"}:
            return bool(about) and all(p.rating_count for p in about)
        return False

    def _known_words(self) -> frozenset[str]:
        """Every Latin word of the records, the advice and the shopper's own message."""
        evidence = self._evidence
        texts = [wish.quote for wish in evidence.need.wishes()]
        texts += [text for entry in evidence.advice for text in entry.reason.values()]
        texts += [word for entry in evidence.advice for ws in entry.words.values() for word in ws]
        words = {w for text in texts for w in search_terms(text)} | _UNNAMED
        for product in evidence.products:
            words |= self._words[product.id]
            words |= set(search_terms(f"{product.brand or ''} {' '.join(product.category)}"))
            words |= {normalise(str(v.size)) for v in product.variants}
            texts += [product.title, product.title_zh or ""]
        names = {n for text in texts for n in re.findall(r"[^\W_]+", normalise(text))}
        return frozenset(words | names)

    def _record_words(self, product: Product) -> frozenset[str]:
        """All terms that the record of a product has, labels and other words included."""
        texts = [product.title, product.title_zh or "", product.description]
        for name in product.attributes:
            for value in product.values(name):
                if value is False:
                    continue
                texts += [self._vocabulary.label(name, lang) for lang in ("en", "zh")]
                if not isinstance(value, float):
                    texts += self._vocabulary.words_for(Term(name, value))
        words = {term for text in texts for term in search_terms(text)}
        joined = normalise(" ".join(texts))
        chinese = claim_words("zh")
        return frozenset(words | {w for w in chinese.properties | chinese.promises if w in joined})

    # Extremes -------------------------------------------------------------------------------

    def _check_extremes(self, masked: str, subjects: Sequence[Product], found: _Findings) -> None:
        about = subjects or self._subjects
        rest = masked
        for name, direction, pattern in _SUPERLATIVES:
            for match in re.finditer(pattern, masked, re.IGNORECASE):
                rest = _blank(rest, match.start(), match.end())
                product = self._nearest(match.start()) or (about[0] if about else None)
                if product is None or not self._is_extreme(product, name, direction):
                    found.faults.append(f"superlative {match.group()}")
        for name, direction, pattern in _COMPARATIVES:
            for match in re.finditer(pattern, masked, re.IGNORECASE):
                rest = _blank(rest, match.start(), match.end())
                if not self._compares(name, direction, match.start()):
                    found.faults.append(f"comparison {match.group()}")
        if other := _OTHER_COMPARISON.search(rest):
            found.faults.append(f"comparison {other.group()}")
        for match in _BEST.finditer(rest):
            rest = _blank(rest, match.start(), match.end())
            product = self._nearest(match.start()) or (about[0] if about else None)
            if product is not None and product.id != self._evidence.pick:
                found.faults.append("calls another product than the pick the best")
        rest = _ORDINARY_EST.sub(lambda m: " " * len(m.group()), rest)
        if extreme := _OTHER_EXTREME.search(rest):
            found.faults.append(f"superlative {extreme.group()}")

    def _nearest(self, at: int) -> Product | None:
        """The product named last before a place, else the first one named."""
        before = [p for place, p in self._places if place <= at]
        if before:
            return before[-1]
        return self._places[0][1] if self._places else None

    def _is_extreme(self, product: Product, name: str, direction: str) -> bool:
        field_name = self._field(name)
        value = field_number(product, field_name) if field_name else None
        extremes = self._evidence.extremes.get(field_name) if field_name else None
        if value is None or extremes is None:
            return False
        return abs(value - extremes[0 if direction == "asc" else 1]) < 1e-6

    def _compares(self, name: str, direction: str, at: int) -> bool:
        field_name = self._field(name)
        product = self._nearest(at)
        if product is None and self._subjects:
            product = self._subjects[0]
        if field_name is None or product is None:
            return False
        others = [p for _, p in self._places if p is not product] or [
            p for p in self._evidence.products if p is not product
        ]
        value = field_number(product, field_name)
        if value is None or not others:
            return False
        for other in others:
            than = field_number(other, field_name)
            if than is None or not (value < than if direction == "asc" else value > than):
                return False
        return True

    def _field(self, name: str) -> str | None:
        if name != "weight":
            return name
        fields = sorted(
            f for f in self._evidence.index.vocabulary.numeric_fields if f.startswith("weight")
        )
        return fields[0] if fields else None


def with_markers(sentence: str, evidence: Evidence) -> str:
    """The sentence with a number after the first name of each product that has none yet."""
    for product in evidence.products:
        marker = evidence.marker(product)
        if marker in sentence:
            names = (product.title, product.title_zh or product.title)
            if len(evidence.products) > 1 and not any(name in sentence for name in names):
                title = evidence.title(product)
                if language_of(sentence) == "zh":  # "首选是 [1]": a number alone says little
                    sentence = sentence.replace(marker, f"{title} {marker}", 1)
            continue
        for name in (product.title_zh, product.title):
            at = sentence.find(name) if name else -1
            if name and at >= 0:
                end = at + len(name)
                sentence = f"{sentence[:end]} {marker}{sentence[end:]}"
                break
    return sentence


def _clauses(text: str) -> list[tuple[int, int]]:
    ends = [m.start() for m in _CLAUSE.finditer(text) if not _inside_number(text, m.start())]
    starts = [0, *ends]
    return list(zip(starts, [*ends, len(text)], strict=True))


def _inside_number(text: str, at: int) -> bool:
    return text[at] == "," and text[at - 1 : at].isdigit() and text[at + 1 : at + 2].isdigit()


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + "\u0000" * (end - start) + text[end:]
