"""In which policy the answer to an open question belongs."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.desk.files import ShopFile, ShopFiles
from assistant.errors import BadInput
from assistant.insight.turns import OTHER
from assistant.reply import Language
from retrieval.policies.notions import names_in_clause
from retrieval.policies.reading import read_clauses


@dataclass(frozen=True)
class Place:
    """A policy in which an answer belongs.

    Attributes:
        name: at the desk.
        title: as staff read it.
        is_new: whether it is still to be written.
    """

    name: str
    title: str
    is_new: bool


@dataclass(frozen=True)
class _Spoken:
    """What a policy speaks of: of each heading and of each sentence, the names of notions."""

    file: ShopFile
    headings: tuple[frozenset[str], ...]
    sentences: tuple[frozenset[str], ...]

    def of(self, name: str) -> tuple[int, int]:
        """In how many headings, and in how many sentences, it speaks of something."""
        return sum(name in one for one in self.headings), sum(name in one for one in self.sentences)


class PolicyPlaces:
    """Finds places in the policies of a shop as they are now.

    Args:
        files: of the shop.
        language: of the policies.
    """

    def __init__(self, files: ShopFiles, language: Language) -> None:
        self._may_begin = files.begins
        self._language = language
        self._policies = [_spoken(file, language) for file in files.policies(language)]

    def of(self, term: str) -> Place | None:
        """The policy that speaks most of a question's topic, else a new one.

        Args:
            term: what a question speaks of, its topic first: ``delivery/country:NO``.

        Returns:
            None where no policies may be edited here, or it may be any of them.
        """
        if not self._may_begin or term == OTHER:
            return None
        topic = term.split("/")[0]
        best = max(self._policies, key=lambda policy: policy.of(topic), default=None)
        if best is not None and any(best.of(topic)):
            return Place(best.file.name, best.file.heading(), is_new=False)
        stem = "".join(c if c.isalnum() else "-" for c in topic).strip("-")
        return Place(f"{self._language}/{stem}.md", f"{stem}.md", is_new=True)


def _spoken(file: ShopFile, language: Language) -> _Spoken:
    try:
        clauses = read_clauses(file.read(), file=file.name, language=language)
    except BadInput:
        clauses = []  # it cannot be read: it is no place for anything
    headings = dict.fromkeys(heading for clause in clauses for heading in clause.path)
    sentences = (sentence.text for clause in clauses for sentence in clause.sentences)
    return _Spoken(
        file, tuple(map(names_in_clause, headings)), tuple(map(names_in_clause, sentences))
    )
