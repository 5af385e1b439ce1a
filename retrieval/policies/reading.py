"""Policy files as staff write them: Markdown, in any encoding, read tolerantly.

HTML in them is text like any other: it is quoted letter by letter and is markup nowhere.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from retrieval.embedding import Language
from retrieval.importing.encodings import find_encoding
from retrieval.importing.text import single_spaces, strip_hidden
from retrieval.policies.clause import Clause, Sentence
from retrieval.policies.sentences import sentences_of
from retrieval.text import has_cjk

MOST_BYTES = 1 << 20
"""Of a file so much is read: a policy that nobody can read to its end binds nobody."""
_MOST_CLAUSES = 2_000
# A clause of more sentences is searched in parts, so that each says what it is about.
_MOST_SENTENCES = 12
_LONGEST_HEADING = 200
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
# "**Costs**" on a line of its own is a heading to whoever wrote it.
_BOLD_LINE = re.compile(r"(?:\*\*|__)(?P<text>[^*_\n]{1,120}?)[:：]?(?:\*\*|__)[:：]?")
_QUESTION = re.compile(r"(?:Q|问|問)\s*[:：.、]\s*(?P<text>.{2,200})", re.IGNORECASE | re.DOTALL)
_ANSWER = re.compile(r"(?:A|答)\s*[:：.、]\s*", re.IGNORECASE)
_LOWEST = 7
"""Below all headings of Markdown, whose levels are 1 to 6."""
_ENDS = (".", "!", "?", "。", "！", "？", ";", "；")
_INTRODUCES = (":", "：")


def decode(data: bytes) -> str:
    """The text of a file, whatever it is encoded in; what cannot be read is left out."""
    encoding = find_encoding(lambda: io.BytesIO(data))
    return data.decode(encoding, errors="ignore").replace("\x00", "")


def read_clauses(text: str, *, file: str, language: Language) -> list[Clause]:
    """The clauses of a file, in its order; none for a text without a word.

    Args:
        text: all of the file.
        file: its path inside the folder, which citations name.
        language: that the folder says it is in.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # Lines keep their numbers: what is taken out leaves its line ends.
    for pattern in (_FRONT_MATTER, _COMMENT):
        text = pattern.sub(lambda match: "\n" * match.group().count("\n"), text)
    reader = _Reader(file, language)
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable("table")
    reader.read(parser.parse(text))
    return reader.clauses[:_MOST_CLAUSES]


@dataclass
class _Reader:
    file: str
    language: Language
    clauses: list[Clause] = field(default_factory=list)
    _path: list[tuple[int, str]] = field(default_factory=list)
    _sentences: list[Sentence] = field(default_factory=list)
    _line: int = 1
    _lead: str = ""

    def read(self, tokens: Sequence[Token]) -> None:
        """Goes through a file's blocks."""
        at, depth = 0, 0
        while at < len(tokens):
            token = tokens[at]
            if token.type == "heading_open":
                self._head(int(token.tag[1:]), _plain(tokens[at + 1]), _line(token))
                at += 1
            elif token.type == "table_open":
                at = self._table(tokens, at)
            elif token.type in ("bullet_list_open", "ordered_list_open"):
                if depth == 0:
                    self._introduce()
                depth += 1
            elif token.type in ("bullet_list_close", "ordered_list_close"):
                depth -= 1
                self._lead = self._lead if depth else ""
            elif token.type == "inline":
                self._paragraph(token, listed=depth > 0)
            elif token.type in ("fence", "code_block", "html_block"):
                for offset, line in enumerate(token.content.splitlines()):
                    self._say(single_spaces(strip_hidden(line)), _line(token) + offset)
            at += 1
        self._close()

    def _head(self, level: int, text: str, line: int) -> None:
        self._close()
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        if text:
            self._path.append((level, text[:_LONGEST_HEADING]))
        self._line, self._lead = line, ""

    def _paragraph(self, token: Token, *, listed: bool) -> None:
        first = token.content.strip().partition("\n")[0].strip()
        line = _line(token)
        headed = None if listed else _BOLD_LINE.fullmatch(first) or _QUESTION.fullmatch(first)
        if headed:
            self._head(_LOWEST, single_spaces(strip_hidden(headed["text"])), line)
        # Chinese lines that are wrapped go on without a space.
        for offset, written in _lines(token, joined=self.language == "zh", headed=bool(headed)):
            if written := _ANSWER.sub("", written, count=1) if _ANSWER.match(written) else written:
                self._say(written, line + offset)

    def _table(self, tokens: Sequence[Token], at: int) -> int:
        cells: list[str] = []
        head, line = "", _line(tokens[at])
        while tokens[at].type != "table_close":
            token = tokens[at]
            if token.type == "tr_open":
                cells, line = [], _line(token)
            elif token.type == "inline":
                cells.append(_plain(token))
            elif token.type == "tr_close" and any(cells):
                row = " | ".join(cell for cell in cells if cell)
                if head:
                    self._sentences.append(Sentence(row, line, head))
                head = head or row
            at += 1
        return at

    def _introduce(self) -> None:
        """A sentence before a list is told with each item of it."""
        last = self._sentences[-1] if self._sentences else None
        if last is not None and last.text.endswith(_INTRODUCES):
            self._lead = last.text
            self._sentences.pop()

    def _say(self, text: str, line: int) -> None:
        for sentence in sentences_of(text):
            if any(c.isalnum() for c in sentence):
                self._sentences.append(Sentence(sentence, line, self._lead))

    def _close(self) -> None:
        """Ends the clause that is open."""
        if self._lead and not self._sentences:
            self._sentences.append(Sentence(self._lead, self._line))
        for number, start in enumerate(range(0, len(self._sentences), _MOST_SENTENCES)):
            part = tuple(self._sentences[start : start + _MOST_SENTENCES])
            path = tuple(text for _, text in self._path)
            line = self._line if path and not start else part[0].line
            self.clauses.append(Clause(self.file, self.language, path, part, line, number))
        self._sentences, self._lead = [], ""


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 1


def _plain(token: Token) -> str:
    return single_spaces(" ".join(line for _, line in _lines(token, joined=False)))


def _lines(token: Token, *, joined: bool, headed: bool = False) -> Iterator[tuple[int, str]]:
    """The text of a block without its marks, with the line on which each part of it begins.

    A line that ends a sentence ends it; one that does not is wrapped.

    Args:
        token: of the block.
        joined: whether a wrapped line goes on without a space.
        headed: whether the first line is a heading and left out.
    """
    written, offset, begun = "", 0, 0
    for part in [*(token.children or ()), None]:
        breaks = part is not None and part.type in ("softbreak", "hardbreak")
        if part is not None and not breaks:
            written += part.content
            continue
        offset += 1
        if headed and offset == 1:
            written, begun = "", offset
            continue
        ends = part is None or part.type == "hardbreak" or written.rstrip().endswith(_ENDS)
        if ends:
            if text := single_spaces(strip_hidden(written)):
                yield begun, text
            written, begun = "", offset
        else:
            tight = joined and has_cjk(written[-1:])
            written += "" if tight else " "


__all__ = ["MOST_BYTES", "decode", "read_clauses"]
