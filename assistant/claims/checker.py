"""Whether a sentence of an answer stands on the records that it speaks of.

What is looked at: numbers of products, product and brand names, prices and other numbers,
attribute values and their denial, stock, fitness for a need, superlatives, promises, words that
claim a property, and the language. A sentence with any claim that no record supports does not
pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assistant.claims.clauses import read_clauses
from assistant.claims.counts import check_counts
from assistant.claims.extremes import Setting, check_extremes, compared_fields
from assistant.claims.figures import NUMBER
from assistant.claims.findings import Clause, Findings, Verdict, fields_of
from assistant.claims.labels import Labels
from assistant.claims.missed import missed_spans
from assistant.claims.names import (
    Named,
    check_brands,
    check_language,
    check_names,
    check_unsold,
    read_names,
)
from assistant.claims.needs import check_needs, check_wishes
from assistant.claims.numbers import check_figures
from assistant.claims.phrases import JUDGED, PERSONAL
from assistant.claims.records import Records
from assistant.claims.sentences import BLANK, LINK, blank
from assistant.claims.service import check_service
from assistant.claims.stock import check_stock, check_variants
from assistant.claims.values import check_bare_labels, check_labels, check_values, value_mentions
from assistant.claims.words import check_words, claim_words
from assistant.evidence import Evidence
from assistant.reply import Citation
from retrieval.product import Product
from retrieval.text import normalise

# A part of an advice's reason that is shorter may say something else by itself.
_SHORTEST_REASON = 20


class ClaimChecker:
    """Checks the sentences of one answer, in order.

    Args:
        evidence: all that the answer may rest on.
    """

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._records = Records(evidence)
        self._labels = Labels(evidence)
        self._words = claim_words(evidence.language)
        self._before: tuple[Product, ...] = ()

    def check(self, sentence: str) -> Verdict:
        """Holds one sentence against the records. What passes becomes context for "it"."""
        found = Findings()
        if LINK.search(sentence):
            found.fault("a link")
        about = self._opened_with(sentence)
        quoted = _blanked(sentence, missed_spans(sentence, about, self._evidence, found))
        named = read_names(quoted, self._evidence, self._records, found)
        plain = _blanked(named.text, self._records.value_spans(named.text))
        check_language(plain, self._evidence, found)
        if not found.faults:
            clauses, told = read_clauses(named, self._evidence, self._before)
            if not self._is_advice(sentence, found):
                self._check(named, clauses, found)
            if not found.faults and named.places:
                self._before = told
        return Verdict(tuple(found.faults), named.subjects, tuple(found.citations))

    def _opened_with(self, sentence: str) -> tuple[Product, ...]:
        """The product that a sentence names first, else the ones spoken of before, or the pick."""
        products = self._evidence.products
        places = [(sentence.find(self._evidence.marker(p)), p) for p in products]
        named = sorted((place for place in places if place[0] >= 0), key=lambda place: place[0])
        if named:
            return (named[0][1],)
        return self._before or tuple(p for p in products if p.id == self._evidence.pick)

    def _is_advice(self, sentence: str, found: Findings) -> bool:
        """Whether a sentence is the reason of an entry of the advice file, word for word."""
        said = normalise(sentence).strip(" .。")
        for entry in self._evidence.advice:
            reason = normalise(entry.reason.get(self._evidence.language, "")).strip(" .。")
            if len(said) > _SHORTEST_REASON and said in reason:
                source = f"advice:{entry.id}"
                found.cite([Citation(marker="", source=source, value=entry.name("en"))])
                return True
        return False

    def _check(self, named: Named, clauses: Sequence[Clause], found: Findings) -> None:
        evidence, records, text = self._evidence, self._records, named.text
        index = evidence.index
        check_service(text, found)
        check_unsold(text, evidence, records, found)
        mentions = index.vocabulary.find(text)
        labels = self._labels.find(text)
        values = value_mentions(text, mentions, labels, self._words, index.vocabulary)
        personal = [match.span() for match in PERSONAL.finditer(text)]
        needs = [
            need
            for need in index.advice.find(text)
            if not any(start <= need.start < end for start, end in personal)
        ]
        values = [v for v in values if not any(n.start < v.end and v.start < n.end for n in needs)]
        brands = [(m.start, m.end) for m in mentions if any(t.field == "brand" for t in m.terms)]
        taken = [(m.start, m.end) for m in values] + brands
        numbers = [m.start() for m in NUMBER.finditer(text)]
        settled, figures = list(taken), list[tuple[int, int]]()
        told: list[frozenset[str]] = []
        for clause in clauses:
            cited = len(found.citations)
            check_brands(text, clause, mentions, evidence, found)
            check_names(text, clause, evidence, records, found)
            figures += check_figures(
                text, clause, named.places, labels, taken, evidence, records, found
            )
            settled += check_values(text, clause, values, labels, evidence, records, found)
            check_labels(text, clause, values, labels, numbers, records, found)
            settled += check_needs(text, clause, needs, evidence, found)
            settled += check_wishes(text, clause, evidence, found)
            settled += check_stock(text, clause, mentions, evidence, found)
            settled += check_counts(_blanked(text, taken), clause, labels, evidence, records, found)
            told.append(fields_of(found.citations[cited:]))
        check_variants(text, clauses, mentions, evidence, found)
        kinds = all(t.field == "category" for v in values for t in v.terms)
        if any(clause.unlike for clause in clauses) and kinds and not numbers:
            found.fault("sets products apart by nothing that their records have")
        rest = check_extremes(
            _blanked(text, settled), Setting(evidence, self._labels, clauses, self._before), found
        )
        own = [(la.start, la.end) for la in labels if not la.always]
        rest = _judged(_blanked(_blanked(rest, figures), own), text)
        for clause, fields in zip(clauses, told, strict=True):
            fields |= compared_fields(text[clause.start : clause.end])
            check_bare_labels(rest, clause, labels, fields, found)
        rest = _blanked(rest, [(la.start, la.end) for la in labels if la.always])
        for clause, fields in zip(clauses, told, strict=True):
            fields |= compared_fields(text[clause.start : clause.end])
            check_words(rest, clause, self._words, evidence, records, fields, found)


def _judged(rest: str, text: str) -> str:
    """The text with a mark for each character that was judged since its names were read."""
    return "".join(
        JUDGED if left == BLANK and was not in (BLANK, " ") else left
        for left, was in zip(rest, text, strict=True)
    )


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        text = blank(text, start, end)
    return text
