"""Attribute values in a sentence: held by the record, or denied by it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from assistant.claims.denial import denies
from assistant.claims.findings import Clause, Findings, cite
from assistant.claims.labels import LabelMention, label_words
from assistant.claims.phrases import JUDGED, is_condition
from assistant.claims.records import Records, akin
from assistant.claims.words import ClaimWords
from assistant.evidence import Evidence
from retrieval.fields import key
from retrieval.product import Product
from retrieval.text import has_cjk, normalise, search_terms, stem
from retrieval.vocabulary import Mention, Term, Vocabulary

# Fields whose values are judged elsewhere, by the number or the name.
_ELSEWHERE = ("brand", "size", "availability")
# "Down from" tells of a price, though a filling can be down.
_PARTICLE = re.compile(r"\s+(?:from|to|by|at|of|the)\b", re.IGNORECASE)
_NOT = re.compile(r"不|没|无|\b(?:not|no|without)\b|n['’]t", re.IGNORECASE)
_COUNTED = frozenset({"rating", "rating_count"})
_GRADE = re.compile(r"\b(?:extra|ultra|super|double)[\s-]+$|(?:超|特|加)$", re.IGNORECASE)
_GLUE = re.compile(
    r"[\s:：]*(?:\b(?:is|are|of|in|the|a|as)\b|[为是的])?[\s:：]*(?:the\s+)?", re.IGNORECASE
)


def value_mentions(
    text: str,
    found: Sequence[Mention],
    labels: Sequence[LabelMention],
    words: ClaimWords,
    vocabulary: Vocabulary,
) -> list[Mention]:
    """The mentions that claim a value; a plain word that only shares a stem with one is none.

    Args:
        text: the sentence, names blanked.
        found: everything of the catalogue's vocabulary in it.
        labels: the names of attributes in it.
        words: the plain words of the language.
        vocabulary: of the catalogue.
    """
    kept = []
    for mention in found:
        terms = tuple(t for t in mention.terms if t.field not in _ELSEWHERE)
        others = [t for t in mention.terms if t.field == "brand"]
        if not terms or others:
            continue
        written = normalise(text[mention.start : mention.end])
        exact = _written(written, terms, vocabulary)
        if words.is_plain(written) and not exact:
            continue
        if words.is_plain(written) and _PARTICLE.match(text, mention.end):
            continue
        if _is_label(written, terms, vocabulary):
            continue
        if not exact and any(label.start <= mention.start < label.end for label in labels):
            continue
        kept.append(Mention(terms, mention.start, mention.end, mention.exact))
    return [mention for mention in kept if not _graded(text, mention, kept, vocabulary)]


def check_values(
    text: str,
    clause: Clause,
    mentions: Sequence[Mention],
    labels: Sequence[LabelMention],
    evidence: Evidence,
    records: Records,
    found: Findings,
) -> list[tuple[int, int]]:
    """Each value of a clause is what the record says, with the same sign.

    Returns:
        The spans of words that only grade a value and are judged with it.
    """
    spans: list[tuple[int, int]] = []
    for mention in (m for m in mentions if clause.holds(m.start)):
        words = text[mention.start : mention.end]
        grade = _GRADE.search(text[: mention.start])
        denied = denies(text, clause, grade.start() if grade else mention.start, mention.end)
        if grade and denied and _all_state(clause.about, mention.terms):
            spans.append((grade.start(), mention.end))
            continue  # the record lists what there is, and this is not among it
        terms = _of_label(text, mention, labels)
        if clause.untold is not None and mention.start >= clause.untold:
            if any(_states(p, terms) is not None for p in clause.about):
                found.fault(f"the record does say something of “{words}”")
            continue
        if clause.wished:
            if not _wished(terms, evidence):
                found.fault(f"“{words}” was not asked for")
            continue
        _judge(words, terms, clause, denied, evidence, records, found)
        kinds = all(term.field == "category" for term in terms)
        if not kinds and any((_holding(p, terms) is None) == denied for p in clause.unlike):
            found.fault(f"“{words}” does not tell them apart")
    return spans


def check_labels(
    text: str,
    clause: Clause,
    mentions: Sequence[Mention],
    labels: Sequence[LabelMention],
    figures: Sequence[int],
    records: Records,
    found: Findings,
) -> None:
    """An attribute that is named without its value claims that there is something to it.

    "It has great grip" tells more than ``grip: standard``.

    Args:
        text: the sentence, names blanked.
        clause: the part of it.
        mentions: the values in the sentence.
        labels: the names of attributes in it.
        figures: where the numbers of the sentence stand.
        records: what the records say.
        found: takes the faults.
    """
    if clause.compares or clause.wished:
        return
    valued = {t.field for m in mentions if clause.holds(m.start) for t in m.terms}
    numbered = any(clause.holds(at) for at in figures)
    for label in (label for label in labels if clause.holds(label.start)):
        if clause.untold is not None:
            if label.start >= clause.untold and any(
                p.values(field) for p in clause.about for field in label.fields
            ):
                found.fault(f"the record does say the {text[label.start : label.end]}")
            continue
        if label.always or valued & set(label.fields):
            continue
        if label.numeric and numbered:
            continue
        words = text[label.start : label.end]
        denied = _NOT.search(text, max(clause.start, label.start - 12), label.end + 8)
        if clause.about and all(
            _absence(p, label)
            if denied
            else _qualified(text, label, p, records) or _presence(p, label, words, records)
            for p in clause.about
        ):
            continue
        found.fault(f"“{words}” without the value that the record has")


def check_bare_labels(
    text: str,
    clause: Clause,
    labels: Sequence[LabelMention],
    fields: frozenset[str],
    found: Findings,
) -> None:
    """What every product has is told with what it is: "good reviews" and "a price" tell nothing.

    Args:
        text: the sentence, with all that is judged marked.
        clause: the part of it.
        labels: the names of attributes in it.
        fields: those that the clause tells of.
        found: takes the faults.
    """
    inside = text[clause.start : clause.end]
    if clause.compares or clause.wished or clause.untold is not None or is_condition(inside):
        return
    for label in (la for la in labels if la.always and clause.holds(la.start)):
        if JUDGED in inside and not set(label.fields) & _COUNTED:
            continue
        if set(label.fields) & _COUNTED and fields & _COUNTED:
            continue
        words = text[label.start : label.end]
        found.fault(f"“{words}” without what the record has of it")


def _qualified(text: str, label: LabelMention, product: Product, records: Records) -> bool:
    """Whether the words beside a label are those of the value, in another order or form.

    缓震适中 says what 适中缓震 says, and "stable arch support" has the word of "stability".
    """
    before, after = text[: label.start], text[label.end :]
    name = normalise(text[label.start : label.end])
    beside = re.findall(r"[a-z]+", before.lower()[-30:])[-2:]
    beside += re.findall(r"[a-z]+", after.lower()[:30])[:2]
    near = before[-5:] + "|" + after[:5]
    for field in label.fields:
        for other in records.value_words(product, field):
            rest = other.replace(name, "").strip(" 的")
            if has_cjk(rest):
                if rest != other and rest in near:
                    return True
                continue
            if any(akin(stem(word), stem(part)) for word in beside for part in rest.split()):
                return True
            if rest != other and rest and (rest in beside or (rest == "good" and "well" in beside)):
                return True
    return False


def _presence(product: Product, label: LabelMention, words: str, records: Records) -> bool:
    """Whether a record says in so many words that it has the thing that a label names."""
    described = normalise(product.description)
    return any(product.values(field) == [True] for field in label.fields) or (
        normalise(words) in described
    )


def _absence(product: Product, label: LabelMention) -> bool:
    """Whether a record says that it has not the thing that a label names."""
    return any(product.values(field) in ([False], ["none"]) for field in label.fields)


def _judge(
    words: str,
    terms: Sequence[Term],
    clause: Clause,
    denied: bool,
    evidence: Evidence,
    records: Records,
    found: Findings,
) -> None:
    for product in clause.about:
        held = _holding(product, terms)
        if held is None and _in_so_many_words(words, product, denied, records):
            continue
        name = evidence.marker(product)
        if (held is None) == (not denied):
            said = "denies" if denied else "does not say"
            found.fault(f"the record of {name} {said} “{words}”" if not denied
                        else f"the record of {name} does say “{words}”")  # fmt: skip
            return
        if denied and not any(_states(product, [term]) is not None for term in terms):
            found.fault(f"denies “{words}”, of which the record of {name} says nothing")
            return
        if held is not None:
            found.citations.append(cite(evidence, product, held.field, str(held.value)))
    if not clause.about and not denied:
        found.fault(f"“{words}” of no product")


def _in_so_many_words(words: str, product: Product, denied: bool, records: Records) -> bool:
    """Whether the description has the words, with that sign."""
    parts = [part for part in re.findall(r"[^\W_]+", normalise(words)) if part]
    if len(parts) > 1 and not records.literally(words, product):
        return False
    if not records.written(words, product):
        return False
    terms = search_terms(words)
    return bool(terms) and all(records.says(t, product, denied=denied) for t in terms)


def _of_label(text: str, mention: Mention, labels: Sequence[LabelMention]) -> tuple[Term, ...]:
    """The meanings of a value that the attribute named beside it allows.

    "standard grip" is said of the grip, though the width can be standard too.
    """
    beside = {
        field
        for label in labels
        for field in label.fields
        if (
            (label.end <= mention.start and _GLUE.fullmatch(text, label.end, mention.start))
            or (mention.end <= label.start and _GLUE.fullmatch(text, mention.end, label.start))
        )
    }
    narrowed = tuple(term for term in mention.terms if term.field in beside)
    return narrowed or mention.terms


def _is_label(written: str, terms: Sequence[Term], vocabulary: Vocabulary) -> bool:
    """Whether a word only names the field of the values that it is read as."""
    return all(
        not isinstance(term.value, bool)
        and any(normalise(word) == written for word in label_words(term.field, vocabulary))
        for term in terms
    )


def _graded(text: str, mention: Mention, others: Sequence[Mention], vocabulary: Vocabulary) -> bool:
    """Whether a value only repeats what the field is: "cushioned" in "minimally cushioned"."""
    root = stem(normalise(text[mention.start : mention.end]))
    for field in {term.field for term in mention.terms}:
        if not any(stem(normalise(w)) == root for w in label_words(field, vocabulary)):
            continue
        for other in others:
            beside = 0 <= mention.start - other.end <= 1
            if beside and any(term.field == field for term in other.terms):
                return True
    return False


def _all_state(about: Sequence[Product], terms: Sequence[Term]) -> bool:
    return bool(about) and all(_states(p, terms) is not None for p in about)


def _written(written: str, terms: Iterable[Term], vocabulary: Vocabulary) -> bool:
    """Whether a value is written so itself, and not only with the same stem."""
    return any(written == normalise(word) for term in terms for word in vocabulary.words_for(term))


def _wished(terms: Sequence[Term], evidence: Evidence) -> bool:
    return any(
        wish.field == term.field and wish.value == term.value
        for wish in evidence.need.wishes()
        for term in terms
    )


def _holding(product: Product, terms: Iterable[Term]) -> Term | None:
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


def _states(product: Product, terms: Sequence[Term]) -> Term | None:
    """The first of the terms on whose field the record says anything."""
    for term in terms:
        if term.field in ("category", "color") or product.values(term.field):
            return term
    return None
