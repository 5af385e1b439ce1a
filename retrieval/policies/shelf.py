"""The clauses of one language, searched by meaning and by words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.embedding import Embedder, Language, Vectors
from retrieval.hybrid import fuse
from retrieval.lexical import LexicalBuilder
from retrieval.lexical.terms import terms_of
from retrieval.policies.clause import Clause
from retrieval.translation import Thesaurus, Translator


@dataclass(frozen=True)
class Found:
    """A clause that a search found.

    Attributes:
        score: fused relevance, from 0 to 1.
        likeness: cosine of its vector and the question's, from -1 to 1.
        sentences: the same of each of its sentences, under its headings.
        words: the share of the question's words that it has, the rarer the heavier, 0 to 1.
    """

    clause: Clause
    score: float
    likeness: float
    sentences: tuple[float, ...]
    words: float


class Shelf:
    """The clauses of one language.

    Args:
        clauses: at least one.
        vectors: of each clause, those of its ``embedded_texts``.
        language: of the clauses.
        embedder: that the vectors are of.
        thesaurus: puts questions of the other language into this one.
    """

    def __init__(
        self,
        clauses: Sequence[Clause],
        vectors: Sequence[Vectors],
        language: Language,
        embedder: Embedder,
        thesaurus: Thesaurus,
    ) -> None:
        self.clauses = clauses
        self._vectors = np.concatenate(vectors)
        self._first = np.cumsum([0, *(len(rows) for rows in vectors)])
        self._embedder = embedder
        builder = LexicalBuilder()
        for clause in clauses:
            fields = {"title": terms_of(clause.title), "description": terms_of(clause.text)}
            builder.add({name: terms for name, terms in fields.items() if terms})
        self._words = builder.build()
        self._translator = Translator(language, self._words.knows, thesaurus)

    def search(self, question: str, k: int) -> list[Found]:
        """The ``k`` clauses that fit a question best, best first, ties in the files' order."""
        every = self._vectors @ self._embedder.query(question)
        likeness = every[self._first[:-1]]
        order = np.argsort(-likeness, kind="stable")
        put = self._translator.translate(question)
        everything = np.ones(len(self.clauses), dtype=bool)
        lexical = self._words.search(
            question, len(self.clauses), everything, put.alternatives if put else ()
        )
        words = dict(zip(lexical[0].tolist(), lexical[1].tolist(), strict=True))
        rows, scores = fuse((order, likeness[order]), lexical)
        found = []
        for row, score in zip(rows[:k].tolist(), scores[:k].tolist(), strict=True):
            like, *each = every[self._first[row] : self._first[row + 1]].tolist()
            shared = words.get(row, 0.0)
            found.append(Found(self.clauses[row], score, like, tuple(each) or (like,), shared))
        return found


def embedded_texts(clause: Clause) -> list[str]:
    """What of a clause is embedded: its headings with its text; of several sentences, with each."""
    whole = f"{clause.title}. {clause.text}"
    if len(clause.sentences) == 1:
        return [whole]
    each = (f"{one.lead} {one.text}" if one.lead else one.text for one in clause.sentences)
    return [whole, *(f"{clause.title}. {text}" for text in each)]
