"""A clause of a shop's policies: what stands under one heading of one file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from retrieval.embedding import Language


@dataclass(frozen=True)
class Sentence:
    """A sentence, an item of a list or a row of a table, letter by letter as staff wrote it.

    Attributes:
        text: without marks of Markdown.
        line: where it begins in the file, from 1.
        lead: what introduces it: the sentence before a list, the header of a table; or empty.
    """

    text: str
    line: int
    lead: str = ""


@dataclass(frozen=True)
class Clause:
    """What stands under one heading, or a part of it where that is long.

    Attributes:
        file: the file's path inside the policies' folder, with ``/``: ``en/returns.md``.
        language: of the text.
        path: the headings above it, the outermost first; empty where there is none.
        sentences: at least one.
        line: of the heading, or of the first sentence, from 1.
        part: which of a long one it is, from 0: two may begin in the same line.
    """

    file: str
    language: Language
    path: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    line: int
    part: int = 0

    @property
    def heading(self) -> str:
        """The innermost heading; empty where there is none."""
        return self.path[-1] if self.path else ""

    @property
    def source(self) -> str:
        """What a citation names: ``policy:en/returns.md#How long you have``."""
        return f"policy:{self.file}#{self.heading}" if self.path else f"policy:{self.file}"

    @cached_property
    def title(self) -> str:
        """What stands above the text: the file's name where no heading does."""
        stem = self.file.rpartition("/")[2].rpartition(".")[0].replace("-", " ").replace("_", " ")
        return " > ".join(self.path) if self.path else stem

    @cached_property
    def text(self) -> str:
        """All its sentences, those that introduce others once."""
        parts: list[str] = []
        for sentence in self.sentences:
            if sentence.lead and sentence.lead not in parts:
                parts.append(sentence.lead)
            parts.append(sentence.text)
        return ("" if self.language == "zh" else " ").join(parts)
