"""Sentences of clauses as possible answers, and what of a question they cover."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from assistant.policy.facts_asked import Kind, bears, kinds_asked
from retrieval.policies import Clause, Sentence
from retrieval.policies.notions import (
    A_COUNTRY,
    CARRIER,
    COUNTRY,
    PAYMENT,
    WORLDWIDE,
    country_notion,
    names_in_clause,
    notions,
    plain,
)
from retrieval.text import has_cjk, stem
from retrieval.translation import Thesaurus

_ONLY = re.compile(
    r"(?<![a-z])(?:only|exclusively|solely|just|no other|nowhere else|limited to|nothing else|"
    r"not (?:\w+ ){0,3}(?:outside|beyond|elsewhere|other)|outside)(?![a-z])"
    r"|仅|唯一|只(?!要|需)|限于|不支持其[他它]|除此之外|以外|之外|暂不|其[他它](?:国家|地区|方式)[^，。]{0,4}不"
)
_DENIES = re.compile(
    r"(?<![a-z])(?:not|no|never|cannot|can't|don't|doesn't|won't|isn't|aren't|none|neither|nor|"
    r"without|except|excluded|excludes|unfortunately|void)(?![a-z])"
    r"|不(?!同|论|管|限|要求)|没有?|无法|未|除外|谢绝|概不|勿"
)
_ANAPHORA = re.compile(
    r"^(?:this|that|these|those|it|they|in (?:that|this|such) case|otherwise|then|if not|but|"
    r"however|the same|also|such)(?![a-z])|^(?:这|那|此|该|否则|如果不|但|不过|也|同样|上述)"
)
# Where one of these is named, others of its kind are meant to be told apart from it.
_KINDS = (COUNTRY, PAYMENT, CARRIER)
MARKED = frozenset(
    "recycle student price_match gift_card voucher damaged faulty missing_parcel wrong_item "
    "missing_item custom_made wholesale repair newsletter preorder gift_wrap jobs loyalty "
    "insurance wear first_order installments pickup".split(" ")
)
"""A clause headed by one of these is on nothing else."""
_WORDS = re.compile(r"[a-z][a-z'-]+")


@dataclass(frozen=True)
class Unit:
    """One sentence of a clause, or two that stand together, as a possible answer.

    Attributes:
        clause: where it stands.
        sentences: one or two, next to each other.
        place: of the first in its clause, from 0.
    """

    clause: Clause
    sentences: tuple[Sentence, ...]
    place: int

    @cached_property
    def text(self) -> str:
        """What is quoted."""
        stop = "" if self.clause.language == "zh" else " "
        lead = self.sentences[0].lead
        told = stop.join(sentence.text for sentence in self.sentences)
        return f"{lead}{stop or ' '}{told}" if lead else told

    @cached_property
    def own(self) -> frozenset[str]:
        """The notions of its own words."""
        return names_in_clause(self.text)

    @cached_property
    def heading(self) -> frozenset[str]:
        """Those of the innermost heading."""
        return names_in_clause(self.clause.heading)

    @cached_property
    def asked_above(self) -> frozenset[Kind]:
        """The kinds of facts that the heading asks for."""
        return kinds_asked(self.clause.heading, self.clause.language)

    @cached_property
    def above(self) -> frozenset[str]:
        """Those of the headings above it and of the file's name."""
        stem_of_file = self.clause.file.rpartition("/")[2].rpartition(".")[0]
        levels = [*reversed(self.clause.path), re.sub(r"[-_]", " ", stem_of_file)]
        found: frozenset[str] = frozenset()
        for level in levels:
            names = names_in_clause(level)
            if level is levels[-1] and (topics_in(found) or found & MARKED):
                names -= topics_in(names)
            # "Shipping and returns" says of no clause under it which of the two it is on.
            if len(topics_in(names)) > 1 and topics_in(found):
                names -= topics_in(names)
            found |= names
        return found

    @cached_property
    def plain(self) -> str:
        """Its words in lower case, simplified."""
        return plain(self.text)

    @cached_property
    def _title(self) -> str:
        return plain(self.clause.title)

    @cached_property
    def bears(self) -> frozenset[Kind]:
        """The kinds of facts that are in it."""
        return frozenset(kind for kind in Kind if bears(self.text, kind))

    @cached_property
    def denies(self) -> bool:
        """Whether it says no to something."""
        return _DENIES.search(self.plain) is not None

    @cached_property
    def closed(self) -> bool:
        """Whether what it lists is all that there is."""
        return _ONLY.search(self.plain) is not None

    @cached_property
    def _stems(self) -> frozenset[str]:
        words = _WORDS.findall(plain(f"{self.clause.title} {self.clause.file} {self.text}"))
        return frozenset(stem(part) for word in words for part in (word, *word.split("-")))

    def speaks_of(self, name: str) -> str:
        """Where a notion is spoken of: ``own``, ``above`` or nowhere (empty)."""
        ways = {name, *covering(name)}
        if ways & self.own:
            return "own"
        return "above" if ways & self.above else ""

    def settles(self, name: str) -> bool:
        """Whether it answers for what it does not name: a list that is closed, a flat no."""
        for kind in _KINDS:
            if name.startswith(kind) and self.closed:
                return any(other.startswith(kind) for other in self.own)
        if name.startswith(COUNTRY):
            return self.denies and "abroad" in self.own
        if name == "abroad":
            return self.closed and A_COUNTRY in self.own
        return False

    def has_word(self, word: str, thesaurus: Thesaurus) -> bool:
        """Whether a word of a question stands in it or in the headings above it."""
        if has_cjk(word):
            if word in self.plain or word in self._title:
                return True
            if self.clause.language == "zh":
                return False
            others = thesaurus.english(word)
            return any(
                weight >= 0.5 and set(map(stem, phrase.split())) <= self._stems
                for phrase, weight in others.items()
            )
        if stem(word) in self._stems or (len(word) > 3 and word in self.plain):
            return True
        if self.clause.language == "zh":
            ways = thesaurus.chinese(word)
            return any(w >= 0.5 and (z in self.plain or z in self._title) for z, w in ways.items())
        return False

    @cached_property
    def only_shop(self) -> bool:
        """Whether it says where the only shop is, or that there is none."""
        return "store" in self.own | self.above and (self.closed or self.denies)

    @property
    def leans_back(self) -> bool:
        """Whether it goes on from the sentence before: "This does not hold for …"."""
        return _ANAPHORA.search(self.plain) is not None


@lru_cache(maxsize=2_000)
def units_of(clause: Clause) -> tuple[Unit, ...]:
    """The sentences of a clause, each alone and each with the next."""
    sentences = clause.sentences
    alone = [Unit(clause, (sentence,), place) for place, sentence in enumerate(sentences)]
    pairs = [Unit(clause, pair, place) for place, pair in enumerate(pairwise(sentences))]
    return (*alone, *pairs)


def topics_in(names: frozenset[str]) -> frozenset[str]:
    """Those of some notions that are topics."""
    return frozenset(n for n in names if (one := notions().get(n)) and one.role == "topic")


def things_in(names: frozenset[str]) -> frozenset[str]:
    """Those of some notions that are things."""
    return frozenset(n for n in names if (one := notions().get(n)) and one.role == "thing")


def covering(name: str) -> frozenset[str]:
    """The notions that speak of a notion too."""
    known = notions().get(name)
    if known is not None:
        return known.covered_by
    if name.startswith(COUNTRY):
        return country_notion(name).covered_by
    return frozenset({WORLDWIDE})


__all__ = ["MARKED", "Unit", "covering", "things_in", "topics_in", "units_of"]
