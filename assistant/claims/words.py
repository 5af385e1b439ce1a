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
# That a fit is personal is no claim, and a trial in advance no policy.
_PERSONAL = re.compile(
    r"(?:舒适度|感受|脚感|尺码|合身度)?(?:都)?因人而异|(?:最好|建议|\0\0)(?:先)?试[穿用戴](?:一下)?"
)
# What is said of a choice is said of the choosing: "a solid option", "its strong point".
_CHOICE = re.compile(
    r"\b(?:solid|strong|stronger|excellent|sensible|safe|smart|fantastic|wonderful|worthy|sound"
    r"|natural|clear|obvious|close|"
    r"logical|straightforward|reliable|attractive|compelling|likely|promising|easy|simple"
    r"|balanced)\s+"
    r"(?:choice|option|pick|alternative|match|fit|candidate|bet|contender|point|points|side"
    r"|runner-up|second)\b"
)


@dataclass(frozen=True)
class ClaimWords:
    """The words of one language.

    Attributes:
        language: ``en`` or ``zh``.
        promises: claim something of the shop's service: only where a record has them in the same
            company.
        plain: say nothing that could be untrue of a product.
        glue: Chinese words of which longer ones are made without a meaning of their own.
    """

    language: Language
    promises: frozenset[str]
    plain: frozenset[str]
    stems: frozenset[str]
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

    def _made_of_plain(self, word: str) -> bool:
        """Whether a word that no dictionary has is a run of plain ones."""
        if not word:
            return True
        return any(
            word[:n] in self.plain and self._made_of_plain(word[n:])
            for n in range(min(len(word), 4), 0, -1)
        )


@cache
def claim_words(language: Language) -> ClaimWords:
    """The words of ``en`` or ``zh``."""
    text = files("assistant.claims").joinpath("words.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)[language]
    plain = {
        word for name, words in data.items() if name.startswith("plain_") for word in words.split()
    }
    if language == "en":
        plain |= set(STOPWORDS_EN_PLUS)
    return ClaimWords(
        language=language,
        promises=frozenset(data["promises"].split()),
        plain=frozenset(plain),
        stems=frozenset(stem(word) for word in plain) if language == "en" else frozenset(),
        glue=frozenset(data.get("glue", "").split()),
    )


def check_words(
    text: str,
    clause: Clause,
    words: ClaimWords,
    evidence: Evidence,
    records: Records,
    found: Findings,
) -> None:
    """Every telling word stands in the record, the advice, the wishes, or says nothing.

    This is the net under the other checks: a claim that none of them knows is made of words that
    no record has.

    Args:
        text: the sentence, with all that is judged blanked.
        clause: the part of it.
        words: of the answer's language.
        evidence: all that the answer may rest on.
        records: what the records say.
        found: takes the faults.
    """
    inside = text[clause.start : clause.end]
    small = _PERSONAL.sub(lambda m: BLANK * len(m.group()), lowered(inside))
    told = inside[clause.untold - clause.start :] if clause.untold is not None else ""
    if len(told.replace(BLANK, "")) > _LONGEST:
        found.fault("denies at length")
    for promise, start, end in _promises(small, words):
        if not _kept(small, start, end, clause, records):
            found.fault(f"“{promise}” is a promise that no record makes")
    small = _CHOICE.sub(lambda m: BLANK * len(m.group()), small)
    for word, start, end in _tokens(small, words):
        if words.is_plain(word):
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
            continue
        found.fault(f"“{word}” is in no record")


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


def _kept(small: str, start: int, end: int, clause: Clause, records: Records) -> bool:
    """Whether the records have a word of policy in the same company: "energy return"."""
    if not clause.about:
        return False
    if has_cjk(small[start:end]):
        left = re.search(r"[\u3400-\u9fff]{1,2}$", small[:start])
        right = re.match(r"[\u3400-\u9fff]{1,2}", small[end:])
    else:
        left = re.search(r"[\w-]+[\s-]+$", small[:start])
        right = re.match(r"[\s-]+\w+", small[end:])
    phrases = [small[left.start() : end]] if left else []
    phrases += [small[start : end + right.end()]] if right else []
    return any(
        all(records.literally(phrase.strip(), p) for p in clause.about) for phrase in phrases
    )


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
