"""Words that say nothing of a product, and words of policy; the net under the other checks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import jieba
import yaml
from bm25s.stopwords import STOPWORDS_EN_PLUS

from assistant.claims.denial import denies
from assistant.claims.findings import Clause, Findings
from assistant.claims.phrases import JUDGED, chosen_by_others, is_condition, without_phrases
from assistant.claims.records import Records
from assistant.claims.sentences import BLANK
from assistant.evidence import Evidence
from assistant.reply import Language
from retrieval.text import has_cjk, lowered, stem

_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_LATIN = re.compile(r"[^\W_\u3400-\u9fff]+")
# What an inflected word has more than its stem; any other ending makes another word of it:
# "fitness" is no form of "fit".
_INFLECTED = re.compile(r"(?:e?s|e?d|ing|ies|y|e|[a-z]?(?:ed|ing))?$")
_LONGEST = 60
_OF_RATINGS = frozenset({"rating", "rating_count"})
_OF_PRICES = frozenset({"price", "sale_price"})


@dataclass(frozen=True)
class ClaimWords:
    """The words of one language.

    Attributes:
        language: ``en`` or ``zh``.
        promises: claim something of the shop's service: only where a record has them in the same
            company.
        plain: say nothing that could be untrue of a product, or seldom do.
        telling: those among them that tell something all the same: "many", "well".
        of_ratings, of_prices: say nothing beside the figure of a rating or a price.
        empty: those of which a clause may consist that rests on nothing.
        glue: Chinese words of which longer ones are made without a meaning of their own.
    """

    language: Language
    promises: frozenset[str]
    plain: frozenset[str]
    stems: frozenset[str]
    telling: frozenset[str]
    of_ratings: frozenset[str]
    of_prices: frozenset[str]
    empty: frozenset[str]
    glue: frozenset[str]

    def is_plain(self, word: str) -> bool:
        """Whether a word in lower case says nothing of a product."""
        if word in self.plain or word.isdigit():
            return True
        if has_cjk(word):
            return all(c in self.glue for c in word) or (
                not jieba.dt.FREQ.get(word, 0) and self._made_of_plain(word)
            )
        root = stem(word)
        return (
            root in self.stems
            and _INFLECTED.fullmatch(word[len(_shared(word, root)) :]) is not None
        )

    def tells(self, word: str) -> bool:
        """Whether a word that looks plain tells something of a product."""
        return word in self.telling

    def needs_field(self, word: str) -> frozenset[str]:
        """The fields of which one must be told beside a word; empty for any."""
        if word in self.of_ratings:
            return _OF_RATINGS
        return _OF_PRICES if word in self.of_prices else frozenset()

    def is_empty(self, word: str) -> bool:
        """Whether a plain word needs nothing beside it that a record holds."""
        return word in self.empty or word.isdigit() or all(c in self.glue for c in word)

    def _made_of_plain(self, word: str) -> bool:
        """Whether a word that no dictionary has is a run of plain ones."""
        if not word:
            return True
        return any(
            word[:n] in self.plain
            and word[:n] not in self.telling
            and self._made_of_plain(word[n:])
            for n in range(min(len(word), 4), 0, -1)
        )


@cache
def claim_words(language: Language) -> ClaimWords:
    """The words of ``en`` or ``zh``."""
    text = files("assistant.claims").joinpath("words.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)[language]
    empty = {w for name, words in data.items() if name.startswith("empty_") for w in words.split()}
    if language == "en":
        empty |= set(STOPWORDS_EN_PLUS)
    telling, of_ratings, of_prices = (
        frozenset(data[name].split()) for name in ("telling", "of_ratings", "of_prices")
    )
    plain = {w for name, words in data.items() if name.startswith("plain_") for w in words.split()}
    plain |= empty | telling | of_ratings | of_prices
    return ClaimWords(
        language=language,
        promises=frozenset(data["promises"].split()),
        plain=frozenset(plain),
        stems=frozenset(stem(word) for word in plain) if language == "en" else frozenset(),
        telling=telling,
        of_ratings=of_ratings,
        of_prices=of_prices,
        empty=frozenset(empty) - telling,
        glue=frozenset(data.get("glue", "").split()),
    )


def check_words(
    text: str,
    clause: Clause,
    words: ClaimWords,
    evidence: Evidence,
    records: Records,
    fields: frozenset[str],
    found: Findings,
) -> None:
    """Every telling word stands in the record, the advice, the wishes, or says nothing.

    A clause that rests on nothing consists of words that say nothing. This is the net under the
    other checks: a claim that none of them knows is made of words that no record has.

    Args:
        text: the sentence, with all that is judged marked.
        clause: the part of it.
        words: of the answer's language.
        evidence: all that the answer may rest on.
        records: what the records say.
        fields: those that the clause tells of, as it was judged.
        found: takes the faults.
    """
    inside = text[clause.start : clause.end]
    small = without_phrases(lowered(inside), words.language)
    grounded = JUDGED in inside
    exempt = clause.wished or clause.untold is not None or is_condition(inside)
    loose: list[str] = []
    if (chosen := chosen_by_others(small)) and not exempt:
        found.fault(f"“{chosen}” tells of choices that no record knows")
    told = inside[clause.untold - clause.start :] if clause.untold is not None else ""
    if len(told.replace(BLANK, "")) > _LONGEST:
        found.fault("denies at length")
    for promise, start, end in _promises(small, words):
        if not _kept(small, start, end, clause, records):
            found.fault(f"“{promise}” is a promise that no record makes")
    for word, start, end in _tokens(small, words):
        if words.tells(word):
            if not exempt and not _quoted(small, start, end, clause, records):
                found.fault(f"“{word}” rests on nothing")
            continue
        if needed := words.needs_field(word):
            if not exempt and not needed & fields:
                found.fault(f"“{word}” without the figure that the record has")
            continue
        if words.is_plain(word):
            loose += [] if words.is_empty(word) else [word]
            continue
        root = word if has_cjk(word) else stem(word)
        if _asked_for(root, start, clause, records):
            continue
        if clause.untold is not None and start >= clause.untold - clause.start:
            if any(records.says(root, p) or not records.readable(p) for p in clause.about):
                found.fault(f"the record may say something of “{word}”")
            continue
        denied = denies(text, clause, clause.start + start, clause.start + end)
        if clause.about and all(records.labels(root, p, exact=denied) for p in clause.about):
            continue
        if clause.about and all(records.says(root, p, denied=denied) for p in clause.about):
            grounded = True
            continue
        found.fault(f"“{word}” is in no record")
    if loose and not grounded and not exempt:
        found.fault(f"“{loose[0]}” in a clause that rests on nothing")


def _asked_for(root: str, start: int, clause: Clause, records: Records) -> bool:
    """The shopper's own words, where the clause says what was asked or what no record tells."""
    if root not in records.asked:
        return False
    if clause.untold is None or start < clause.untold - clause.start:
        return clause.wished
    return all(records.readable(p) and not records.says(root, p) for p in clause.about)


def _promises(small: str, words: ClaimWords) -> Iterator[tuple[str, int, int]]:
    if words.language == "zh":
        for word in words.promises:
            for match in re.finditer(re.escape(word), small):
                yield word, match.start(), match.end()
        return
    for match in _LATIN.finditer(small):
        if stem(match.group()) in words.promises:
            yield match.group(), match.start(), match.end()


def _quoted(small: str, start: int, end: int, clause: Clause, records: Records) -> bool:
    """Whether a telling word stands in the same company in a record or a fitting advice."""
    phrases = _company(small, start, end)
    return bool(clause.about and phrases) and all(
        records.quotes(phrases[-1], p) for p in clause.about
    )


def _kept(small: str, start: int, end: int, clause: Clause, records: Records) -> bool:
    """Whether the records have a word of policy in the same company: "energy return"."""
    return bool(clause.about) and any(
        all(records.literally(phrase, p) for p in clause.about)
        for phrase in _company(small, start, end)
    )


def _company(small: str, start: int, end: int) -> list[str]:
    """A word with the one before it, and with the one behind it, as far as there are any."""
    if has_cjk(small[start:end]):
        left = re.search(r"[\u3400-\u9fff]{1,2}$", small[:start])
        right = re.match(r"[\u3400-\u9fff]{1,2}", small[end:])
    else:
        left = re.search(r"[\w-]+[\s-]+$", small[:start])
        right = re.match(r"[\s-]+\w+", small[end:])
    phrases = [small[left.start() : end]] if left else []
    phrases += [small[start : end + right.end()]] if right else []
    return [phrase.strip() for phrase in phrases]


def _tokens(small: str, words: ClaimWords) -> Iterator[tuple[str, int, int]]:
    """The words of a clause that can tell something."""
    plain = small.replace(BLANK, " ")
    for match in _LATIN.finditer(plain):
        if len(match.group()) > 1 and not match.group().isdigit():
            yield match.group(), match.start(), match.end()
    if words.language == "zh":
        for run in _CHINESE.finditer(plain):
            at = run.start()
            for word in jieba.cut(run.group()):
                yield word, at, at + len(word)
                at += len(word)


def _shared(word: str, root: str) -> str:
    length = 0
    while length < min(len(word), len(root)) and word[length] == root[length]:
        length += 1
    return word[:length]
