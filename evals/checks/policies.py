"""Answers from a shop's policies: the right clause cited, or an honest "not known".

The files are read here by other rules than the assistant's, so that a mistake there does not hide
itself: a heading is a line, a quotation is letters that stand in the file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from evals.checks.check import Check, check
from evals.running.observed import Observed, SeenCitation
from evals.suite.conversation import Expect

POLICY = re.compile(r"policy:(?P<file>[^#]+)(?:#(?P<heading>.+))?", re.DOTALL)
# Of the clauses cited so many may be others than those asked for.
_MOST_BESIDE = 1
_UNKNOWN = re.compile(
    r"\b(?:do(?:es)? not|don['’]t|doesn['’]t|not?)\b[^.]{0,40}"
    r"\b(?:say|tell|know|mention|cover|state|information|policies|policy)\b"
    r"|不清楚|不知道|没有(?:说明|提到|写|规定|相关)|未(?:说明|提及|提到|注明)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"“[^”]*”|「[^」]*」")
# Marks of Markdown and what stands between words: a quotation keeps the letters.
_MARKS = re.compile(r"[\s*_`#>|\\\-–—:：.。]+")
_PIECES = re.compile(r"(?<=[.!?:])\s+|(?<=[。！？：])|\s\|\s")
_HEADING = re.compile(
    r"^\s*(?:#{1,6}\s+|\*\*|__|Q\s*[:：.]\s*|[问問]\s*[:：]\s*)?(?P<text>.+?)\s*$"
)


def policies(expect: Expect, observed: Observed) -> Iterator[Check]:
    """Whether the clauses that answer are cited; where none does, whether that is said.

    Args:
        expect: ``policy`` names the clauses, ``file#heading``, with ``|`` between those of which
            any will do; empty: the policies do not answer.
        observed: what came.
    """
    if expect.policy is None:
        return
    if observed.citations is None:
        yield Check(name="policy", passed=False, told="the answer does not tell")
        return
    cited = {_place(c.source) for c in observed.citations if POLICY.fullmatch(c.source)}
    if not expect.policy:
        told = f"cites {', '.join(sorted(cited))}" if cited else ""
        if not told and not _UNKNOWN.search(_QUOTED.sub(" ", observed.text)):
            told = "does not say that it is not known"
        yield check("policy", not told, told)
        return
    missed = [one for one in expect.policy if not cited.intersection(one.split("|"))]
    wanted = {place for one in expect.policy for place in one.split("|")}
    beside = cited - wanted
    told = f"does not cite {', '.join(missed)}" if missed else ""
    if len(beside) > _MOST_BESIDE:
        told = f"{told}; also cites {', '.join(sorted(beside))}".lstrip("; ")
    yield check("policy", not told, told)


def policy_fault(citation: SeenCitation, root: Path | None) -> str:
    """What is wrong with a citation of a policy; empty where the file bears it out.

    Args:
        citation: its source is one of a policy.
        root: the shop's folder; None where it has none.
    """
    match = POLICY.fullmatch(citation.source)
    assert match is not None
    text = _text(root, match["file"])
    if text is None:
        return f"There is no policy “{match['file']}”."
    heading = match["heading"]
    if heading is not None and not _has_heading(text, heading):
        return f"{match['file']} has no heading “{heading}”."
    squeezed = _squeezed(text)
    for piece in _PIECES.split(citation.value):
        if _squeezed(piece) not in squeezed:
            return f"{match['file']} does not say “{piece}”."
    return ""


def has_clause(place: str, root: Path | None) -> bool:
    """Whether there is a clause: a file and a heading of it.

    Args:
        place: ``file#heading``.
        root: the shop's folder.
    """
    file, _, heading = place.partition("#")
    text = _text(root, file)
    return text is not None and (not heading or _has_heading(text, heading))


def without_quotations(observed: Observed, root: Path | None) -> str:
    """The text without what it quotes and names of policies: that is the shop's own word."""
    text = observed.text
    for citation in observed.citations or ():
        if POLICY.fullmatch(citation.source) and not policy_fault(citation, root):
            text = text.replace(citation.value, " ")
            for heading in _headings(_text(root, _place(citation.source).partition("#")[0]) or ""):
                text = text.replace(heading, " ")
    return text


def _place(source: str) -> str:
    return source.removeprefix("policy:")


def _text(root: Path | None, file: str) -> str | None:
    path = None if root is None else (root / file)
    if root is None or path is None or not path.resolve().is_relative_to(root.resolve()):
        return None
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=256)
def _read(path: Path, changed: int) -> str:
    return path.read_text(encoding="utf-8-sig", errors="replace")


def _has_heading(text: str, heading: str) -> bool:
    wanted = _squeezed(heading)
    lines = (_HEADING.match(line) for line in text.splitlines())
    return any(match is not None and _squeezed(match["text"]) == wanted for match in lines)


def _headings(text: str) -> list[str]:
    found = [
        line.strip(" #*") for line in text.splitlines() if line.lstrip().startswith(("#", "**"))
    ]
    return sorted(filter(None, found), key=len, reverse=True)


def _squeezed(text: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKC", text)).casefold()


__all__ = ["POLICY", "has_clause", "policies", "policy_fault", "without_quotations"]
