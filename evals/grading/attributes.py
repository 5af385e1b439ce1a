"""Values that a sentence gives a product, held against its record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from evals.grading.claim import Claim
from evals.grading.phrases import phrases
from evals.grading.subjects import Speech, Subject
from evals.grading.words import Meaning, Said, WordTable, generic
from retrieval.product import Product
from retrieval.text import has_cjk

_WINDOW_WORDS, _WINDOW_CJK = 5, 6
_TEXT_FIELDS = frozenset({"category"})
_COVERS = {"men": ("unisex",), "women": ("unisex",)}


class Attributes:
    """Checks of attribute values.

    Args:
        table: the words for values.
        get: the product of an id.
    """

    def __init__(self, table: WordTable, get: Callable[[str], Product]) -> None:
        self._table = table
        self._get = get

    def claims(self, speech: Speech) -> Iterator[Claim]:
        """Every value that the sentence gives a product."""
        text = speech.small
        found = phrases().found
        if text.rstrip(' *"”').endswith(("?", "？")) or found("about_shop", text):
            return
        introduces = found("introduces", text) is not None
        for said in self._table.find(text):
            meanings = self._meant(said, speech)
            left, right = speech.clause(said.start, said.end)
            # "Slip-on, but does not state its weight" is silent on the weight alone.
            untold = found("record_silent", text[left:right])
            silent = untold is not None and not re.search(
                r"\b(?:and|but)\b|，|但", text[said.end : left + untold.start()]
            )
            if not meanings or found("about_shopper", text[left : said.start]):
                continue
            subject = speech.subject(said.start, said.end)
            if not subject.items and introduces:
                subject = Subject(speech.before.all)
            products = [[self._get(id) for id in ids] for ids in subject.items]
            if not products:
                continue
            denied = negated(text, said.start, said.end, left)
            yield self._claim(said, meanings, speech, products, subject.every, denied, silent)

    def _claim(
        self,
        said: Said,
        meanings: Sequence[Meaning],
        speech: Speech,
        products: Sequence[Sequence[Product]],
        every: bool,
        denied: bool,
        silent: bool,
    ) -> Claim:
        if silent:
            met = [
                any(not _known(p, m.field) for p in alike for m in meanings) for alike in products
            ]
        else:
            met = [
                any(holds(p, m, denied, said.text) for p in alike for m in meanings)
                for alike in products
            ]
        supported = all(met) if every else any(met)
        shown = next((a[0] for a, ok in zip(products, met, strict=True) if ok == supported), None)
        field = meanings[0].field
        return Claim(
            "attribute",
            ("not " if denied else "") + said.text,
            speech.text,
            shown.id if shown else None,
            supported,
            f"{shown.id}: {field} = {_shown(shown, field)}" if shown else "",
        )

    def _meant(self, said: Said, speech: Speech) -> list[Meaning]:
        """Which of the meanings are stated; none where the words only happen to stand there."""
        text = speech.small
        near = [
            m
            for m in said.meanings
            if self._table.label_near(m.field, text, said.start, said.end)
            and not _is_label(said.text, self._table.labels.get(m.field, ()))
        ]
        if near:
            return near
        word = re.sub(r"[\s-]+", " ", said.text)
        if word in phrases().telling_of_kind and re.match(
            r"\s*(fit\b|shoes?\b|pair\b|的?鞋|版|楦)", text[said.end :]
        ):
            return list(said.meanings)
        if generic(word):
            return []
        left, _ = speech.clause(said.start, said.end)
        cued = phrases().found("purpose_cue", text[left : said.start]) is not None or re.match(
            r"\s*[:：]", text[said.end :]
        )
        return [m for m in said.meanings if m.field not in phrases().purpose_fields or cued]


def holds(product: Product, meaning: Meaning, denied: bool, word: str) -> bool:
    """Whether a record bears out that a product has a value, or, denied, that it has not.

    Where the record is silent on the field, its free text may still say the word.
    """
    known = values_of(product, meaning.field)
    if isinstance(meaning.value, bool):
        if not known:
            return not denied and meaning.value and _text_says(product, word)
        return (meaning.value in known) != denied
    wanted = {meaning.value.lower(), *_more(meaning.value)}
    has = any(str(value).lower() in wanted for value in known)
    covers = _COVERS.get(meaning.value, ())
    has = has or any(value in covers for value in known)
    if denied:
        return bool(known) and not any(str(v).lower() == meaning.value.lower() for v in known)
    purposes = _TEXT_FIELDS | phrases().purpose_fields
    return has or ((not known or meaning.field in purposes) and _text_says(product, word))


def values_of(product: Product, field: str) -> list[bool | float | str]:
    """What a record holds for a field of named values."""
    if field == "category":
        return list(product.category)
    if field == "color":
        of_variants: list[bool | float | str] = [v.color for v in product.variants if v.color]
        return of_variants + product.values("color")
    return product.values(field)


def negated(text: str, start: int, end: int, left: int) -> bool:
    """Whether the words at a place are denied by what stands around them in their clause."""
    patterns = phrases().patterns
    if patterns["denied_after"].match(text[end : end + 14]):
        return True
    before = text[left:start]
    before = re.sub(patterns["negation_is_none"], " ", before)
    if has_cjk(text[start:end]):
        before = before[-_WINDOW_CJK:]
    else:
        words = re.findall(r"\S+\s*", before)[-_WINDOW_WORDS:]
        before = "".join(words)
        cut = re.split(r"\bbut\b|\u25a1", before)[-1]
        before = cut
    return patterns["negation"].search(before) is not None


def _more(value: str) -> list[str]:
    """Values that a word for a lower degree is true of as well."""
    return [
        higher
        for scale in phrases().scales
        if value.lower() in scale
        for higher in scale[scale.index(value.lower()) + 1 :]
    ]


def _is_label(word: str, labels: Sequence[str]) -> bool:
    return word in {label.lower() for label in labels}


def _known(product: Product, field: str) -> bool:
    return bool(values_of(product, field))


def _shown(product: Product, field: str) -> str:
    values = dict.fromkeys(str(v) for v in values_of(product, field))
    return ", ".join(values) or "not stated"


def _text_says(product: Product, word: str) -> bool:
    text = " ".join(
        [product.title, product.title_zh or "", product.description, *product.category]
    ).lower()
    if has_cjk(word):
        at = text.find(word)
        return at >= 0 and not re.search(r"[不没无非]$", text[:at])
    match = re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text)
    return match is not None and not re.search(
        r"\b(no|not|without|never|isn't|non)\b[^.]{0,20}$", text[: match.start()]
    )
