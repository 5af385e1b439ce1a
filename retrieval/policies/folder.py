"""A shop's folder of policies: looked at on each question, read anew where a file has changed."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog

from retrieval.embedding import Embedder, Language, Vectors
from retrieval.policies.clause import Clause
from retrieval.policies.reading import MOST_BYTES, decode, read_clauses
from retrieval.policies.shelf import Found, Shelf, embedded_texts
from retrieval.text import count_cjk
from retrieval.translation import Thesaurus

_ENDINGS = (".md", ".markdown")
_MOST_FILES = 500
_DEEPEST = 4
# So much of a text is Chinese that is: product names and addresses stay in Latin letters.
_CHINESE_SHARE = 0.2

log = structlog.get_logger(__name__)

Stamp = tuple[int, int]
"""Size in bytes and time of change in nanoseconds."""


@dataclass(frozen=True)
class _File:
    stamp: Stamp
    clauses: tuple[Clause, ...]
    vectors: tuple[Vectors, ...]


@dataclass(frozen=True)
class Policies:
    """A shop's policies at one moment.

    Attributes:
        shelves: the clauses of each language that there are any of.
    """

    shelves: Mapping[Language, Shelf]

    @property
    def empty(self) -> bool:
        """Whether nothing is written down."""
        return not self.shelves

    def clauses(self, language: Language) -> Sequence[Clause]:
        """All clauses of a language, in the order of the files."""
        shelf = self.shelves.get(language)
        return shelf.clauses if shelf else ()

    def search(self, question: str, language: Language, k: int) -> list[Found]:
        """The clauses of a language that fit a question, in either language, best first."""
        shelf = self.shelves.get(language)
        return shelf.search(question, k) if shelf else []


class PolicyFolder:
    """A folder of Markdown files, ``en/…`` and ``zh/…``.

    Every question looks whether a file has come, gone or changed (by its size and time of change);
    only what has is read and embedded anew. Several threads may ask at once.

    Args:
        root: the folder; one that is not there holds no policies.
        embedder: of the shop's indexes.
        thesaurus: puts questions into the other language.
    """

    def __init__(self, root: Path, embedder: Embedder, thesaurus: Thesaurus | None = None) -> None:
        self.root = root
        self._embedder = embedder
        self._thesaurus = thesaurus or Thesaurus()
        self._lock = threading.Lock()
        self._files: dict[str, _File] = {}
        self._now = Policies({})

    def now(self) -> Policies:
        """The policies as they are on disk at this moment."""
        with self._lock:
            stamps = policy_files(self.root)
            if {name: file.stamp for name, file in self._files.items()} != stamps:
                self._files = {name: self._file(name, stamp) for name, stamp in stamps.items()}
                self._now = self._policies()
            return self._now

    def _file(self, name: str, stamp: Stamp) -> _File:
        known = self._files.get(name)
        if known is not None and known.stamp == stamp:
            return known
        clauses = self._read(name)
        if not clauses:
            return _File(stamp, (), ())
        texts = [embedded_texts(clause) for clause in clauses]
        vectors = self._embedder.documents([text for some in texts for text in some])
        ends = np.cumsum([len(some) for some in texts])[:-1]
        return _File(stamp, tuple(clauses), tuple(np.split(vectors, ends)))

    def _read(self, name: str) -> list[Clause]:
        try:
            with (self.root / name).open("rb") as file:
                data = file.read(MOST_BYTES + 1)
            if len(data) > MOST_BYTES:
                log.warning("policy_cut", file=name, bytes=MOST_BYTES)
            text = decode(data[:MOST_BYTES])
            return read_clauses(text, file=name, language=policy_language(name, text))
        except (OSError, ValueError, LookupError, RecursionError) as error:
            # One broken file must not take the others' answers away.
            log.warning("policy_unreadable", file=name, error=type(error).__name__)
            return []

    def _policies(self) -> Policies:
        shelves: dict[Language, Shelf] = {}
        languages: tuple[Language, ...] = ("en", "zh")
        for language in languages:
            rows = [
                (clause, vectors)
                for file in self._files.values()
                for clause, vectors in zip(file.clauses, file.vectors, strict=True)
                if clause.language == language
            ]
            if rows:
                clauses = [clause for clause, _ in rows]
                vectors = [vectors for _, vectors in rows]
                shelves[language] = Shelf(
                    clauses, vectors, language, self._embedder, self._thesaurus
                )
        return Policies(shelves)


def policy_files(root: Path) -> dict[str, Stamp]:
    """Every policy file under a folder by its path there, in order: those that are quoted.

    Args:
        root: the folder; one that is not there holds none.
    """
    found: dict[str, Stamp] = {}
    for folder, below, names in os.walk(root):
        deep = len(Path(folder).relative_to(root).parts)
        below[:] = sorted(n for n in below if not n.startswith(".")) if deep < _DEEPEST else []
        for name in sorted(names):
            if name.startswith(".") or not name.lower().endswith(_ENDINGS):
                continue
            path = Path(folder, name)
            try:
                stat = path.stat()
            except OSError:
                continue  # it went between the listing and the look
            found[path.relative_to(root).as_posix()] = (stat.st_size, stat.st_mtime_ns)
    if len(found) > _MOST_FILES:
        log.warning("policies_left_out", files=len(found), most=_MOST_FILES)
    return dict(list(found.items())[:_MOST_FILES])


def policy_language(name: str, text: str) -> Language:
    """That of the folder that a file lies in; of its text where that says none.

    Args:
        name: its path in the folder of the policies.
        text: of the file.
    """
    first = name.partition("/")[0].lower() if "/" in name else ""
    if first.startswith("zh") or first in ("cn", "chinese", "中文"):
        return "zh"
    if first.startswith("en"):
        return "en"
    letters = sum(c.isalpha() for c in text)
    return "zh" if letters and count_cjk(text) / letters > _CHINESE_SHARE else "en"
