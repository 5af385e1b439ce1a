"""Values that a sentence gives a product, held against its record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from evals.grading.claim import Claim
from evals.grading.phrases import phrases, unhedged
from evals.grading.subjects import Speech, Subject
from evals.grading.words import Meaning, Said, WordTable, generic
from retrieval.product import Product
from retrieval.text import has_cjk

_WINDOW_WORDS, _WINDOW_CJK = 5, 6
_TEXT_FIELDS = frozenset({"category"})
_LISTED_FOR = re.compile(r"\s+(?:for|as|with|under)\b")
# What stands between a field's name and its value: "neutral arch support", "upper: mesh".
_BESIDE = re.compile(r"[\s*]*(?:[:：=]|是|为|\b(?:is|of)\b)?[\s*]*")
# "It comes in natural": what goods come in, and nothing behind it, is a colour.
_COMES_IN = re.compile(
    r"\b(?:comes?|available|offered|sold|stocked|(?:get|have|got) (?:it|this)) in\s*$"
)
_ENDS = re.compile(r"\s*(?:$|[.;!)]|,?\s?(?:and|or|which|with|too|as|now|right)\b)")
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
        every = self._table.find(text)
        for said in every:
            if self._names_field(said, every, text):
                continue
            meanings = self._meant(said, speech)
            left, right = speech.clause(said.start, said.end)
            # "Slip-on, but does not state its weight" is silent on the weight alone.
            untold = found("record_silent", text[left:right])
            silent = untold is not None and not re.search(
                r"\b(?:and|but)\b|，|但", text[said.end : left + untold.start()]
            )
            # "Not listed for trails" says more than silence: no record with another use denies it.
            listed = untold is not None and _LISTED_FOR.match(text, left + untold.end()) is not None
            wished = found("about_shopper", text[left : said.start]) is not None
            taken_up = wished and speech.taken_up(right)
            if not meanings or (wished and not taken_up):
                continue
            subject = speech.subject(said.start, said.end)
            if not subject.items and introduces:
                subject = Subject(speech.before.all)
            elif (
                not subject.items
                and any(m.field == "color" for m in meanings)
                and found("told_of_any", text[left:right])
            ):
                subject = Subject(speech.before.all, every=False)
            products = [[self._get(id) for id in ids] for ids in subject.items]
            if not products:
                continue
            denied = negated(text, said.start, said.end, left)
            # "You can get it in black" is more than that its record lists black.
            there = taken_up or found("buyable", text[left:right]) is not None
            buyable = there and not denied
            # "It is not listed for trails": so far as the record says, it is for others.
            behind = untold is not None and said.start >= left + untold.end()

            def met(
                product: Product,
                meaning: Meaning,
                *,
                word: str = said.text,
                denied: bool = denied,
                silent: bool = silent,
                listed: bool = listed,
                buyable: bool = buyable,
                behind: bool = behind,
            ) -> bool:
                if not silent:
                    if buyable and meaning.field == "color" and not _buyable(product, meaning):
                        return False
                    return holds(product, meaning, denied, word)
                unknown = not values_of(product, meaning.field)
                purpose = behind and meaning.field in phrases().purpose_fields
                return unknown or ((listed or purpose) and holds(product, meaning, True, word))

            yield _claim(said, meanings, speech, products, subject.every, denied, met)

    def _names_field(self, said: Said, every: Sequence[Said], text: str) -> bool:
        """Whether words that can be a value name the field of the value beside them.

        "Arch support" alone is the supported kind; in "neutral arch support" it is the label.
        """
        fields = {
            m.field
            for m in said.meanings
            if _is_label(said.text, self._table.labels.get(m.field, ()))
        }
        return any(
            other is not said
            and any(m.field in fields for m in other.meanings)
            and _BESIDE.fullmatch(
                text[other.end : said.start]
                if other.end <= said.start
                else text[said.end : other.start]
                if said.end <= other.start
                else "-"
            )
            for other in every
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
            alone = _COMES_IN.search(text[: said.start]) and _ENDS.match(text, said.end)
            return [m for m in said.meanings if alone and m.field == "color"]
        left, _ = speech.clause(said.start, said.end)
        cued = phrases().found("purpose_cue", text[left : said.start]) is not None or re.match(
            r"\s*[:：]", text[said.end :]
        )
        return [m for m in said.meanings if m.field not in phrases().purpose_fields or cued]


def _claim(
    said: Said,
    meanings: Sequence[Meaning],
    speech: Speech,
    products: Sequence[Sequence[Product]],
    every: bool,
    denied: bool,
    met: Callable[[Product, Meaning], bool],
) -> Claim:
    of_each = [any(met(p, m) for p in alike for m in meanings) for alike in products]
    supported = all(of_each) if every else any(of_each)
    both = zip(products, of_each, strict=True)
    shown = next((alike[0] for alike, ok in both if ok == supported), None)
    field = meanings[0].field
    return Claim(
        "attribute",
        ("not " if denied else "") + said.text,
        speech.text,
        shown.id if shown else None,
        supported,
        f"{shown.id}: {field} = {_shown(shown, field)}" if shown else "",
    )


def holds(product: Product, meaning: Meaning, denied: bool, word: str) -> bool:
    """Whether a record bears out that a product has a value, or, denied, that it has not.

    Where the record is silent on the field, its free text may still say the word.
    """
    known = values_of(product, meaning.field)
    if isinstance(meaning.value, bool):
        if not known:
            return not denied and meaning.value and text_says(product, word)
        return (meaning.value in known) != denied
    wanted = {meaning.value.lower(), *_more(meaning.value)}
    has = any(str(value).lower() in wanted for value in known)
    covers = _COVERS.get(meaning.value, ())
    has = has or any(value in covers for value in known)
    if denied:
        return bool(known) and not any(str(v).lower() == meaning.value.lower() for v in known)
    purposes = _TEXT_FIELDS | phrases().purpose_fields
    return has or ((not known or meaning.field in purposes) and text_says(product, word))


def _buyable(product: Product, meaning: Meaning) -> bool:
    """Whether a variant of a colour is to be had, or none of the variants has a colour."""
    coloured = [v for v in product.variants if v.color]
    stocked = {(v.color or "").lower() for v in coloured if v.availability != "out_of_stock"}
    return not coloured or str(meaning.value).lower() in stocked


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
    if patterns["denied_after"].match(text[end : end + 24]):
        return True
    before = text[left:start]
    before = unhedged(before)
    if has_cjk(text[start:end]):
        before = before[-_WINDOW_CJK:]
    else:
        before = "".join(re.findall(r"\S+\s*", before)[-_WINDOW_WORDS:])
    ends = [match.end() for match in patterns["denial_ends"].finditer(before)]
    before = before[ends[-1] :] if ends else before
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


def _shown(product: Product, field: str) -> str:
    values = dict.fromkeys(str(v) for v in values_of(product, field))
    return ", ".join(values) or "not stated"


def text_says(product: Product, word: str) -> bool:
    """Whether the free text of a record says a word, and does not deny it."""
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
