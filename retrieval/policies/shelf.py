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
        nearness: how near it comes where no clause answers. Likeness finds what is said in other
            words, but only in a language that the model reads; elsewhere it is the score.
    """

    clause: Clause
    score: float
    likeness: float
    nearness: float


class Shelf:
    """The clauses of one language.

    Args:
        clauses: at least one.
        vectors: of them, shape (clauses, dimensions), rows of length one.
        language: of the clauses.
        embedder: that the vectors are of.
        thesaurus: puts questions of the other language into this one.
    """

    def __init__(
        self,
        clauses: Sequence[Clause],
        vectors: Vectors,
        language: Language,
        embedder: Embedder,
        thesaurus: Thesaurus,
    ) -> None:
        self.clauses = clauses
        self._vectors = vectors
        self._embedder = embedder
        self._read = language in embedder.reads
        builder = LexicalBuilder()
        for clause in clauses:
            fields = {"title": terms_of(clause.title), "description": terms_of(clause.text)}
            builder.add({name: terms for name, terms in fields.items() if terms})
        self._words = builder.build()
        self._translator = Translator(language, self._words.knows, thesaurus)

    def search(self, question: str, k: int) -> list[Found]:
        """The ``k`` clauses that fit a question best, best first, ties in the files' order."""
        likeness = self._vectors @ self._embedder.query(question)
        order = np.argsort(-likeness, kind="stable")
        put = self._translator.translate(question)
        everything = np.ones(len(self.clauses), dtype=bool)
        lexical = self._words.search(
            question, len(self.clauses), everything, put.alternatives if put else ()
        )
        rows, scores = fuse((order, likeness[order]), lexical)
        return [
            Found(self.clauses[row], score, like, like if self._read else score)
            for row, score in zip(rows[:k].tolist(), scores[:k].tolist(), strict=True)
            for like in (float(likeness[row]),)
        ]


def embedded_text(clause: Clause) -> str:
    """What of a clause is embedded: its headings, then its text."""
    return f"{clause.title}. {clause.text}"
