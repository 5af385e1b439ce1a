"""Which products a sentence names, and whether every name in it is one of a record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.claims.denial import denies
from assistant.claims.findings import Clause, Findings
from assistant.claims.records import Records
from assistant.claims.sentences import BLANK, MARKER, blank
from assistant.evidence import Evidence
from assistant.language import language_of
from retrieval.fields import key
from retrieval.product import Product
from retrieval.text import count_cjk, has_cjk
from retrieval.titles import TitleMention
from retrieval.vocabulary import Mention, Term

_NAME = re.compile(r"[A-Za-z][A-Za-z'’]+")
# Units are written alike in both languages.
NUMBER_AND_UNIT = re.compile(r"\d[\d.,]*\s*[A-Za-z]{0,3}(?![A-Za-z])")
_MEASURED = re.compile(
    r"\s*(?:usd|dollars?|eur|euros?|mm|cm|kg|g|grams?|ml|l|stars?|美元|元|欧元|块|克|毫米|厘米"
    r"|公斤|升"
    r"|分)(?![a-z])",
    re.IGNORECASE,
)
# How far after a name its number may stand.
_NEAR = 2


@dataclass(frozen=True)
class Named:
    """A sentence with its names read.

    Attributes:
        text: the sentence, names and numbers of products blanked at the same length.
        places: where each product is named, in the order of the text.
    """

    text: str
    places: tuple[tuple[int, Product], ...]

    @property
    def subjects(self) -> tuple[Product, ...]:
        """The products that are named, each once."""
        return tuple({product.id: product for _, product in self.places}.values())


def read_names(sentence: str, evidence: Evidence, records: Records, found: Findings) -> Named:
    """The products of a sentence, by title, by part of a title, and by number."""
    text = sentence
    named: list[tuple[int, int, Product]] = []
    for title, product in sorted(records.titles, key=lambda pair: -len(pair[0])):
        pattern = rf"(?<![A-Za-z0-9]){re.escape(title)}(?![A-Za-z0-9])"
        for match in list(re.finditer(pattern, text, re.IGNORECASE)):
            if title.isdigit() and not _stands_as_name(text, match):
                continue
            owner = _owner(title, product, match.end(), text, evidence, records)
            named.append((match.start(), match.end(), owner))
            text = blank(text, match.start(), match.end())
    numbers = list(MARKER.finditer(text))
    for match in numbers:
        text = blank(text, match.start(), match.end())
    values = records.value_spans(text)
    for mention in evidence.index.titles.find(text):
        if any(start < mention.end and mention.start < end for start, end in values):
            continue  # a word of an attribute that other titles have too
        if not _written_as_name(text, mention.start, mention.end, evidence.language):
            continue
        mention = _without_figure(mention, text, evidence)
        words = text[mention.start : mention.end]
        among = [p for p in evidence.products if p.id in mention.product_ids]
        if not among or not mention.exact:
            found.fault(f"“{words}” is none of the numbered products")
        elif len(among) == 1:
            named.append((mention.start, mention.end, among[0]))
        text = blank(text, mention.start, mention.end)
    text = _before_numbers(text, numbers, named, evidence, sentence)
    places = [(start, product) for start, _, product in named]
    for match in numbers:
        number = int(match[1] or match[2] or match[3])
        if not 1 <= number <= len(evidence.products):
            found.fault(f"there is no product [{number}]")
            continue
        product = evidence.products[number - 1]
        before = [item for item in named if _right_before(sentence, item[1], match.start())]
        after = [item for item in named if 0 <= item[0] - match.end() <= 1]
        near = before[-1:] or [item for item in after if not _numbered(sentence, item[1], numbers)]
        if near and near[0][2] is not product:
            found.fault(f"the name beside [{number}] is not that product's")
        places.append((match.start(), product))
    return Named(text, tuple(sorted(places, key=lambda pair: pair[0])))


def check_language(text: str, evidence: Evidence, found: Findings) -> None:
    """The sentence, its names blanked, is in the language of the answer."""
    plain = NUMBER_AND_UNIT.sub(" ", text.replace(BLANK, " "))
    wanted = evidence.language
    strange = language_of(plain, otherwise=wanted) != wanted
    if strange or (wanted == "en" and count_cjk(plain)):
        found.fault("another language than the shopper's")


def check_names(
    text: str, clause: Clause, evidence: Evidence, records: Records, found: Findings
) -> None:
    """Names that stand in nothing that the answer may rest on are inventions."""
    for match in _NAME.finditer(text, clause.start, clause.end):
        word = match.group()
        first = not text[: match.start()].strip(f" {BLANK}\"'“‘(*-")
        if evidence.language == "en" and (first or not word[0].isupper()):
            continue
        if not records.known_name(word, clause.about or evidence.products):
            found.fault(f"the name “{word}” is in no record")


def check_brands(
    text: str,
    clause: Clause,
    mentions: Sequence[Mention],
    evidence: Evidence,
    found: Findings,
) -> None:
    """A brand is the one of the product that the clause speaks of."""
    about = (*clause.about, *clause.against) or tuple(evidence.products)
    brands = {key(p.brand) for p in about if p.brand}
    for mention in (m for m in mentions if clause.holds(m.start)):
        terms = [t for t in mention.terms if t.field == "brand"]
        if not terms or len(terms) < len(mention.terms):
            continue
        words = text[mention.start : mention.end]
        if not mention.exact and not words[0].isupper():
            continue  # a small word that is only spelt like a brand
        denied = denies(text, clause, mention.start, mention.end)
        wished = any(
            w.field == "brand" and any(w.value == t.value for t in terms)
            for w in evidence.need.wishes()
        )
        if (clause.wished and wished) or (denied and not _any_of(terms, about)):
            continue
        if denied or not any(key(str(t.value)) in brands for t in terms):
            found.fault(f"the brand {terms[0].value} is not the product's")


def check_unsold(text: str, evidence: Evidence, records: Records, found: Findings) -> None:
    """Brands and kinds that the shop does not have are no names of its products."""
    values = records.value_spans(text)
    for mention in evidence.index.unsold.find(text):
        if any(start < mention.end and mention.start < end for start, end in values):
            continue
        if mention.exact and _written_as_name(text, mention.start, mention.end, evidence.language):
            found.fault(f"{mention.terms[0].value} is not sold here")


def _right_before(sentence: str, end: int, start: int) -> bool:
    return 0 <= start - end <= _NEAR and not sentence[end:start].strip(" (（")


def _without_figure(mention: TitleMention, text: str, evidence: Evidence) -> TitleMention:
    """A name without a figure that only stands behind it: "Mach 6, 140 dollars"."""
    words = text[mention.start : mention.end]
    figure = re.search(r"([\s，,、:：(（]*)(\d[\d.,]*)$", words)
    if figure is None:
        return mention
    titles = [evidence.index.get(id).title for id in mention.product_ids]
    if any(re.search(rf"(?<!\d){re.escape(figure[2])}(?!\d)", title) for title in titles):
        return mention
    if mention.exact or figure[1].strip() or _MEASURED.match(text, mention.end):
        return TitleMention(mention.product_ids, mention.start, mention.start + figure.start())
    return mention


def _stands_as_name(text: str, match: re.Match[str]) -> bool:
    """Whether a bare number is a model ("the 574", "574 [2]") and not a figure."""
    return bool(
        re.search(r"\bthe\s+$", text[: match.start()], re.IGNORECASE)
        or MARKER.match(text, match.end() + 1)
    )


def _before_numbers(
    text: str,
    numbers: Sequence[re.Match[str]],
    named: list[tuple[int, int, Product]],
    evidence: Evidence,
    sentence: str,
) -> str:
    """Words of a title right before its number name it, though they name others too."""
    for match in numbers:
        number = int(match[1] or match[2] or match[3])
        if not 1 <= number <= len(evidence.products):
            continue
        product = evidence.products[number - 1]
        words = set(re.findall(r"[\w'’.-]+", product.title.casefold()))
        start = end = len(text[: match.start()].rstrip(" "))
        for word in reversed(list(re.finditer(r"[A-Z0-9][\w'’.-]*", text[:end]))):
            if text[word.end() : start].strip(" ") or word.group().casefold() not in words:
                break
            start = word.start()
        if start < end and not sentence[start:end].isdigit():
            named.append((start, end, product))
            text = blank(text, start, end)
    return text


def _numbered(sentence: str, end: int, numbers: Sequence[re.Match[str]]) -> bool:
    """Whether a name that ends somewhere has a number of its own behind it."""
    return any(_right_before(sentence, end, match.start()) for match in numbers)


def _any_of(terms: Sequence[Term], about: Sequence[Product]) -> bool:
    brands = {key(p.brand) for p in about if p.brand}
    return any(key(str(term.value)) in brands for term in terms)


def _owner(
    title: str, product: Product, end: int, text: str, evidence: Evidence, records: Records
) -> Product:
    """Of products with one title, the one whose number follows."""
    same = [p for t, p in records.titles if t.casefold() == title.casefold()]
    follows = MARKER.match(text, end) or MARKER.match(text, end + 1)
    if len(same) > 1 and follows:
        number = int(follows[1] or follows[2] or follows[3])
        if 1 <= number <= len(evidence.products) and evidence.products[number - 1] in same:
            return evidence.products[number - 1]
    return product


def _written_as_name(text: str, start: int, end: int, language: str) -> bool:
    """Whether English words are capitalised as a name is; a sentence's first word always is."""
    if language == "zh":
        # Chinese words of titles are also plain words: 控制, 稳定.
        return not has_cjk(text[start:end])
    words = re.findall(r"[A-Za-z0-9][\w'’]*", text[start:end])
    if not text[:start].strip(f" {BLANK}"):
        words = words[1:] or ([] if not text[:start].count(BLANK) else words)
    return any(word[0].isupper() or word[0].isdigit() for word in words)
