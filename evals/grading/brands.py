"""Brands of a text: carried or not, and whose the product is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from bm25s.stopwords import STOPWORDS_EN_PLUS

from evals.grading.claim import Claim
from evals.grading.phrases import phrases
from evals.grading.subjects import Speech
from retrieval.product import Product
from retrieval.text import has_cjk, lowered
from retrieval.words import Words, lexicon

_EVERYDAY = frozenset(STOPWORDS_EN_PLUS) | {"apple", "columbia", "next", "gap", "warrior", "on"}
_OF_BRAND = re.compile(
    r"(\bby|\bfrom|\bbrand\**\s*(?:[:：]|is|=)|\bmade by"
    r"|品牌\**\s*[:：]?(?:是|为)?|来自|出自)\s*\**\s*(?:the )?$"
)
_NOT_OF = re.compile(r"(?:\bnot|n['’]t|不是|并非)\s+(?:\w+\s+)?(?:by|from)?\s*(?:the )?$")
_MODEL = re.compile(r"^[\s*]*((?:(?:[A-Z][A-Za-z-]*|\d[\w.]*|[A-Z0-9]{2,}\w*)[ -]?){1,5})")


class Brands:
    """Knows the brands that a catalogue carries and those that shoppers know besides.

    Args:
        products: all products of the catalogue.
        words: the shop's own words.
    """

    def __init__(self, products: Sequence[Product], words: Words) -> None:
        own = words.values.get("brand", {})
        carried = dict.fromkeys(p.brand for p in products if p.brand)
        self.carried: dict[str, list[str]] = {b: [b, *own.get(b, ())] for b in carried}
        known = {w.lower(): b for b, listed in self.carried.items() for w in listed}
        self._unsold: dict[str, str] = {}
        for group in lexicon().get("brand", ()):
            brand = next((known[w.lower()] for w in group if w.lower() in known), None)
            for word in group:
                if brand is not None:
                    known.setdefault(word.lower(), brand)
                    if word.lower() not in (w.lower() for w in self.carried[brand]):
                        self.carried[brand].append(word)
                else:
                    self._unsold[word.lower()] = group[0]
        self._known = known
        self._carried_words = _finder(known)
        self._unsold_words = _finder(self._unsold)

    def named(self, text: str) -> list[str]:
        """The carried brands that a text names, as the catalogue writes them."""
        return [self._known[m[1].lower()] for m in self._carried_words.finditer(lowered(text))]

    def claims(
        self, speech: Speech, get: Callable[[str], Product], plain: re.Pattern[str]
    ) -> Iterator[Claim]:
        """Brands that are not carried, brands of another product, names that no product has.

        Args:
            speech: the sentence.
            get: the product of an id.
            plain: finds words that name kinds and properties.
        """
        text = lowered(speech.text)
        refused = phrases().found("not_carried", text) or phrases().found("about_shopper", text)
        question = text.rstrip(" *").endswith(("?", "？"))
        for match in self._unsold_words.finditer(speech.small):
            word = speech.text[match.start() : match.end()]
            if not _written_as_name(speech.text, match.start(), match.end()):
                continue
            supported = bool(refused) or question
            yield Claim("brand", word, speech.text, None, supported, "not carried")
        for match in self._carried_words.finditer(speech.small):
            brand = self._known[match[1]]
            word = speech.text[match.start() : match.end()]
            if _OF_BRAND.search(text[: match.start()]):
                subject = speech.subject(match.start(), match.end())
                products = [[get(id) for id in ids] for ids in subject.items]
                if products:
                    met = [any(p.brand == brand for p in alike) for alike in products]
                    supported = all(met) if subject.every else any(met)
                    if _NOT_OF.search(text[: match.start()]):
                        supported = not any(met)
                    first = products[0][0]
                    yield Claim(
                        "brand", word, speech.text, first.id, supported, f"brand {first.brand}"
                    )
            elif not has_cjk(word) and not refused and not question:
                yield from self._model(match, speech, plain)

    def _model(
        self, match: re.Match[str], speech: Speech, plain: re.Pattern[str]
    ) -> Iterator[Claim]:
        """A brand and a name behind it that no title has."""
        after = re.split(r"[\[(]", speech.text[match.end() :])[0]
        masked = speech.small[match.end() : match.end() + len(after)]
        end = masked.find("\u25a1")
        name = _MODEL.match(after if end < 0 else after[:end])
        if name is None or speech.text[match.start()].islower():
            return
        said = name[1].strip()
        left = plain.sub(" ", said.lower())
        telling = [w for w in re.findall(r"[a-z0-9.]+", left) if w not in STOPWORDS_EN_PLUS]
        if not telling or (len(telling) == 1 and telling[0].isdigit() and len(said.split()) == 1
                           and len(telling[0]) < 2):  # fmt: skip
            return
        if end >= 0 and not after[:end][name.end() :].strip(" *-"):
            return
        words = f"{match[1]} {said}"
        yield Claim("product", words, speech.text, None, False, "no product is called that")


def _finder(words: dict[str, str]) -> re.Pattern[str]:
    parts = [
        re.escape(w) if has_cjk(w) else rf"(?<![a-z0-9-]){re.escape(w)}(?![a-z0-9])"
        for w in sorted(words, key=len, reverse=True)
    ]
    return re.compile(f"({'|'.join(parts)})" if parts else r"(?!)()")


def _written_as_name(text: str, start: int, end: int) -> bool:
    word = text[start:end]
    if has_cjk(word):
        return True
    if word.lower() not in _EVERYDAY and len(word) > 2:
        return True
    return word[0].isupper() and bool(re.sub(r"[\W_]", "", text[:start])) and len(word) > 1
