"""The words that a catalogue understands, and where they stand in a text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from itertools import product as combinations

from retrieval.conditions import Scalar
from retrieval.held import HeldValues
from retrieval.spelling import Mended, Speller
from retrieval.text import TEXTS_KEPT, Token, has_cjk, lowered, normalise, stem, tokens
from retrieval.words import Words, lexicon, own_words, pick_language

Phrase = tuple[str, ...]

# Fields that the lexicon knows under another name than some catalogues do.
_SAME_FIELD = {"material": ("material", "upper", "fabric"), "color": ("color", "colour")}
_LONGEST_PHRASE = 6
_LONGEST_VALUE_WORDS = 5
# Brands that are everyday words (On, Next, Gap) are meant only where they are written as names.
_EVERYDAY = frozenset(
    "a all an and any apple as at be best by do for from go gap good he if in is it like me most "
    "keen peak champion "
    "my new next no not of off on one or our out own she so some that the theory they this to up "
    "us was we what with you your".split(" ")
)
# A brand shares its stem with forms of the word: "ones" and "going" are no names either.
_EVERYDAY_STEMS = frozenset(stem(word) for word in _EVERYDAY)
# Among names that this catalogue does not hold, only a long word is taken for a misspelt one.
_SHORTEST_UNHELD = 6
_SHORTEST = 4
# Fields whose values are the catalogue's own marks, and no words of shoppers.
_UNSAID = frozenset({"availability", "currency"})


# Last characters of Chinese words for things, as 机 is of 跑步机.
_OTHER_THINGS = frozenset("机器仪垫毯袋包袜服衣裤裙帽表杆拍架车椅桌灯盒刀锅壶笔书")


@dataclass(frozen=True)
class Term:
    """A value of the catalogue: ``brand`` = ``Nike``, ``waterproof`` = True."""

    field: str
    value: Scalar


@dataclass(frozen=True)
class Mention:
    """Words of a text that name a value.

    Attributes:
        terms: what they can mean; several where fields share a word.
        start, end: where they stand in the text as given, in characters.
        exact: False for a misspelling that was mended.
    """

    terms: tuple[Term, ...]
    start: int
    end: int
    exact: bool = True


class Vocabulary:
    """Values by the words for them, in English and Chinese."""

    def __init__(self, held: HeldValues, words: Words | None = None) -> None:
        self._values: dict[str, dict[str, Scalar]] = defaultdict(dict)
        self._aliases: dict[Term, list[str]] = defaultdict(list)
        self._by_phrase: dict[Phrase, list[Term]] = defaultdict(list)
        self._by_chinese: dict[str, list[Term]] = defaultdict(list)
        self._labels: Mapping[str, Sequence[str]] = words.labels if words else {}
        self._patterns: Mapping[str, Mapping[str, str]] = words.patterns if words else {}
        self._written: set[str] = set()
        self._single: set[str] = set()
        self._known: set[str] = set()
        self._shortest = _SHORTEST
        self.numeric_fields: frozenset[str] = frozenset()
        self._collect(held)
        self._name_all(words)

    @cached_property
    def _speller(self) -> Speller:
        return Speller(self._written, self._known, shortest=self._shortest)

    def fields(self) -> frozenset[str]:
        """The fields that have named values."""
        return frozenset(self._values)

    def values(self, field: str) -> list[Scalar]:
        """The values of a field, as the catalogue writes them."""
        return list(self._values.get(field, {}).values())

    def label(self, field: str, language: str) -> str:
        """What a field is called in ``en`` or ``zh``; its own name where nobody said."""
        found = pick_language(self._labels.get(field, ()), language)
        return found or re.sub(r"_(g|mm|cm|kg|ml|l|inch|in)$", "", field).replace("_", " ")

    def pattern(self, field: str, language: str) -> str | None:
        """How a value of the field reads in a sentence, with ``{value}``; None: nobody said."""
        return self._patterns.get(field, {}).get(language)

    def labels(self) -> Mapping[str, Sequence[str]]:
        """The words for each field, in both languages, as the shop wrote them."""
        return self._labels

    def display(self, term: Term, language: str) -> str:
        """What a value is called in ``en`` or ``zh``; as the catalogue has it where nobody said."""
        written = str(term.value)
        if isinstance(term.value, bool):
            name = pick_language(self._aliases.get(term, ()), language)
            return name or f"{self.label(term.field, language)}: {'yes' if term.value else 'no'}"
        if has_cjk(written) == (language == "zh"):
            return written
        return pick_language(self._aliases.get(term, ()), language) or written

    def words_for(self, term: Term) -> list[str]:
        """Every word that names the value, its own first."""
        own = [] if isinstance(term.value, bool) else [str(term.value)]
        return own + list(self._aliases.get(term, ()))

    def unheld(self, fields: Sequence[str]) -> Vocabulary:
        """The meanings of the shared lexicon that this catalogue holds no value for."""
        others = Vocabulary(HeldValues())
        others._shortest = _SHORTEST_UNHELD
        for field in fields:
            for group in lexicon()[field]:
                held = [term for word in group for term in self._exact(normalise(word))]
                if not any(term.field == field for term in held):
                    others._aliases[Term(field, group[0])].extend(group[1:])
                    for word in group:
                        others._name(Term(field, group[0]), word)
        return others

    def resolve(self, text: str, fields: Sequence[str] = ()) -> list[Term]:
        """The values that a short text names as a whole; those of ``fields`` where any is named."""
        terms = self._exact(normalise(text))
        if not terms and (not fields or "brand" in fields):
            terms = self._misspelt(normalise(text))
        preferred = [term for term in terms if term.field in fields]
        return preferred or ([] if fields else terms)

    def find(self, text: str, *, skip: Callable[[Term], bool] | None = None) -> list[Mention]:
        """The values that a text names, longest words first, none overlapping another.

        Args:
            text: any text; positions refer to it as given.
            skip: terms to leave out.
        """
        return list(self._found(text)) if skip is None else self._find(text, skip)

    @cached_property
    def _found(self) -> Callable[[str], list[Mention]]:
        # Each tool and check of a turn looks at the same few sentences.
        return lru_cache(maxsize=TEXTS_KEPT)(self._find)

    def _find(self, text: str, skip: Callable[[Term], bool] | None = None) -> list[Mention]:
        small = lowered(text)
        found: list[Mention] = []
        words = list(tokens(small))
        latin = [part for token in words if not token.cjk for part in _parts(small, token)]
        mended = [self._speller.mend(small[part.start : part.end]) for part in latin]
        for size in range(min(_LONGEST_PHRASE, len(latin)), 0, -1):
            for first in range(len(latin) - size + 1):
                window = latin[first : first + size]
                if not _adjacent(small, window) or (size == 1 and _everyday(text, window[0])):
                    continue
                phrase = tuple(part.stem for part in window)
                terms: Sequence[Term] | None = self._by_phrase.get(phrase)
                if terms and not self._inflected(small, window):
                    terms = None
                exact = terms is not None
                if not exact:
                    terms = self._mended(window, mended[first : first + size])
                for mention in _mention(terms, window[0].start, window[-1].end, skip):
                    found.append(Mention(mention.terms, mention.start, mention.end, exact))
        found.extend(self._find_chinese(small, words, skip))
        return sorted(_longest_first(found), key=lambda mention: mention.start)

    def _inflected(self, text: str, window: Sequence[Token]) -> bool:
        """Whether one word is a form of a written one: "fit" shares a stem with "fitness" only."""
        if len(window) > 1:
            return True
        typed = text[window[0].start : window[0].end]
        if typed in self._single or not typed.isalpha():
            return True
        forms = [w for w in self._single if w[:2] == typed[:2] and stem(w) == window[0].stem]
        return not forms or any(_same_word(typed, form) for form in forms)

    def _mended(
        self, window: Sequence[Token], mended: Sequence[Mended | None]
    ) -> Sequence[Term] | None:
        """What a phrase means when its misspelt words are put right."""
        if not any(mended):
            return None
        choices = [
            [(token.stem, None), *([(stem(m.word), m)] if m else [])]
            for token, m in zip(window, mended, strict=True)
        ]
        for chosen in combinations(*choices):
            used = [m for _, m in chosen if m]
            # A word that is a word too is put right only by its neighbours: "trial running".
            if not used or (not any(m.sure for m in used) and len(used) == len(window)):
                continue
            phrase = tuple(word for word, _ in chosen)
            if terms := self._by_phrase.get(phrase):
                return terms
        return None

    def _find_chinese(
        self, text: str, words: Sequence[Token], skip: Callable[[Term], bool] | None
    ) -> list[Mention]:
        found: list[Mention] = []
        whole = {(token.start, token.end) for token in words if token.cjk}
        # 跑步机 is a machine, whatever 跑步 means alone: words that end in the head of another
        # thing are not looked into.
        others = [
            (token.start, token.end)
            for token in words
            if token.cjk
            and text[token.end - 1] in _OTHER_THINGS
            and text[token.start : token.end] not in self._by_chinese
        ]
        for start in range(len(text)):
            if not has_cjk(text[start]) and not text[start].isalnum():
                continue
            for end in range(min(len(text), start + 12), start, -1):
                terms = self._by_chinese.get(text[start:end])
                # One character is a word only where the segmenter says so: 皮 in 调皮 is none.
                if terms and (end - start > 1 or (start, end) in whole):
                    if any(first <= start and end < last for first, last in others):
                        continue
                    found.extend(_mention(terms, start, end, skip))
        return found

    def _exact(self, text: str) -> list[Term]:
        if has_cjk(text):
            return list(self._by_chinese.get(text.replace(" ", ""), ()))
        return list(self._by_phrase.get(_phrase(text), ()))

    def _misspelt(self, word: str) -> list[Term]:
        mended = self._speller.mend(word) if len(word) >= _SHORTEST else None
        if mended is None or not mended.sure:
            return []
        return list(self._by_phrase.get((stem(mended.word),), ()))

    def _collect(self, held: HeldValues) -> None:
        self._known.update(held.title_words)
        # Lists of them: a writer may add values meanwhile.
        for field, values in list(held.values.items()):
            if field in _UNSAID or not held.said(field):
                continue
            for value in list(values.values()):
                if isinstance(value, bool):
                    self._values[field][str(value)] = value
                elif field == "size":
                    self._values[field].setdefault(normalise(str(value)), value)
                else:
                    self._add(field, str(value))
        self.numeric_fields = frozenset(held.numeric)

    def _add(self, field: str, value: str) -> None:
        if len(value.split()) <= _LONGEST_VALUE_WORDS and len(value) <= 60:
            self._values[field].setdefault(normalise(value), value)

    def _name_all(self, words: Words | None) -> None:
        synonyms = _synonyms()
        for field, written, others in own_words(words):
            held = self._held(field, written)
            if held is not None:
                self._aliases[Term(field, held)].extend(others)
        for field, values in self._values.items():
            for value in values.values():
                term = Term(field, value)
                if isinstance(value, str):
                    self._name(term, value)
                    for other in synonyms.get(field, {}).get(_group_key(value), ()):
                        if other not in self._aliases[term]:
                            self._aliases[term].append(other)
                elif value and not self._aliases.get(term):
                    self._aliases[term].append(field.replace("_", " "))
        own = set(self._by_phrase) | {(word,) for word in self._by_chinese}
        claimed: set[tuple[str, Phrase]] = set()
        for term, others in self._aliases.items():
            for word in others:
                phrase = (_chinese_key(word),) if has_cjk(word) else _phrase(word)
                # A value's own name means that value, whatever else would like to be called so.
                if phrase in own and any(
                    t.field == term.field and t != term for t in self._terms(phrase)
                ):
                    continue
                if (term.field, phrase) in claimed:
                    continue
                claimed.add((term.field, phrase))
                self._name(term, word)

    def _terms(self, phrase: Phrase) -> list[Term]:
        chinese = self._by_chinese.get(phrase[0], []) if len(phrase) == 1 else []
        return [*self._by_phrase.get(phrase, []), *chinese]

    def _held(self, field: str, value: str) -> Scalar | None:
        if value in {"true", "false"} and {"True", "False"} & set(self._values.get(field, {})):
            return value == "true"
        return self._values.get(field, {}).get(normalise(value))

    def _name(self, term: Term, word: str) -> None:
        if has_cjk(word):
            terms = self._by_chinese[_chinese_key(word)]
        else:
            phrase = _phrase(word)
            # Bare numbers ("42") name nothing by themselves: sizes are read with their unit.
            if not phrase or all(part.replace(".", "").isdigit() for part in phrase):
                return
            terms = self._by_phrase[phrase]
            self._written.update(_latin_words(word))
            self._single.update([word.lower()] if len(phrase) == 1 else [])
        if term not in terms:
            terms.append(term)


@cache
def _synonyms() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """The groups of the shared lexicon, by field and by each of their words."""
    found: dict[str, dict[str, Sequence[str]]] = defaultdict(dict)
    for field, sets in lexicon().items():
        for same in _SAME_FIELD.get(field, (field,)):
            for group in sets:
                for word in group:
                    found[same].setdefault(_group_key(word), group)
    return found


def _parts(text: str, token: Token) -> list[Token]:
    """A compound as its parts, so that "leather" is found in "non-leather"."""
    return [
        Token(stem(match.group()), token.start + match.start(), token.start + match.end(), False)
        for match in re.finditer(r"[^-/]+", text[token.start : token.end])
    ]


def _same_word(one: str, other: str) -> bool:
    """Whether two words differ by an ending of number or tense alone."""
    shared = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    at = min(len(one), len(other)) if shared is None else shared
    return all(_ENDING.fullmatch(word[at:]) for word in (one, other))


_ENDING = re.compile(r"(?:e?s|[a-z]?ing|[a-z]?ed|d|y|ies|e|[a-z]?ers?)?")


def _latin_words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def _chinese_key(word: str) -> str:
    return normalise(word).replace(" ", "")


def _phrase(word: str) -> Phrase:
    """Stems, compounds taken apart: "gore-tex" is written "gore tex" by many.

    A stem is never stemmed again: "only" would become "on".
    """
    small = normalise(word)
    return tuple(part.stem for token in tokens(small) for part in _parts(small, token))


def _group_key(word: str) -> str:
    return " ".join(_phrase(word)) if not has_cjk(word) else _chinese_key(word)


def _adjacent(text: str, window: Sequence[Token]) -> bool:
    """Whether only spaces and hyphens stand between the words: "white, running" is no phrase."""
    return all(
        not text[left.end : right.start].strip(" -\u00a0'’") for left, right in pairwise(window)
    )


def _everyday(text: str, token: Token) -> bool:
    """Whether a word is an everyday one and not written as a name inside a sentence."""
    written = text[token.start : token.end]
    if written.lower() not in _EVERYDAY and token.stem not in _EVERYDAY_STEMS:
        return False
    if not written[0].isupper():
        return True
    follows = text[token.end :].lstrip()
    return not text[: token.start].strip() and not follows[:1].isupper()


def _mention(
    terms: Sequence[Term] | None,
    start: int,
    end: int,
    skip: Callable[[Term], bool] | None,
) -> list[Mention]:
    kept = tuple(term for term in terms or () if skip is None or not skip(term))
    return [Mention(kept, start, end)] if kept else []


def _longest_first(found: Iterable[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in sorted(found, key=lambda m: (m.start - m.end, m.start)):
        if not any(k.start < mention.end and mention.start < k.end for k in kept):
            kept.append(mention)
    return kept
