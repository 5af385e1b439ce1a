"""Resident memory of this process by what it is for, as Linux counts it.

An index maps its files into memory, so that a page counts once it has been read. What no file
backs (Python's objects, FAISS's own) counts from the moment that the index was opened on, all of
it as memory besides text, though some of it is text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ANONYMOUS = ""
"""The key of memory that no file backs."""

_MAPPING = re.compile(r"^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ (\d+)\s*(.*)$")
_RSS = re.compile(r"^Rss:\s+(\d+) kB")
# The files of a version that hold text; whatever is not listed counts as besides text.
_TEXT = {
    "products": ("products.",),
    "words and titles": ("words/", "titles."),
    "texts that conditions search": ("title.", "title_zh.", "description."),
}


def resident(smaps: Iterable[str]) -> Counter[str]:
    """Resident bytes by file; what no file backs under ``ANONYMOUS``.

    Args:
        smaps: the lines of ``/proc/PID/smaps``.
    """
    found: Counter[str] = Counter()
    path = ANONYMOUS
    for line in smaps:
        if mapping := _MAPPING.match(line):
            path = mapping[2].rstrip("\n") if mapping[1] != "0" else ANONYMOUS
        elif rss := _RSS.match(line):
            found[path] += int(rss[1]) * 1024
    return found


def resident_here() -> Counter[str] | None:
    """This process's; None where the system does not tell."""
    path = Path("/proc/self/smaps")
    if not path.exists():
        return None
    with path.open(encoding="utf-8", errors="replace") as lines:
        return resident(lines)


@dataclass(frozen=True)
class Memory:
    """What an index has added to a process.

    Attributes:
        before: resident bytes before it was opened.
        now: and after the searches.
        home: the folder that its versions lie in.
    """

    before: Counter[str]
    now: Counter[str]
    home: Path

    def parts(self) -> dict[str, int]:
        """Bytes by what they are for, text and all."""
        found: Counter[str] = Counter()
        for path, size in self.now.items():
            if path.startswith(f"{self.home.resolve()}/"):
                found[_kind(Path(path).relative_to(self.home.resolve()))] += size
        found["in no file"] = max(0, self.now[ANONYMOUS] - self.before[ANONYMOUS])
        return dict(sorted(found.items()))

    def besides_text(self) -> int:
        """Bytes of everything but the files that hold text."""
        return sum(size for kind, size in self.parts().items() if kind not in _TEXT)


def _kind(path: Path) -> str:
    """What a file of an index is for; its path begins with the catalogue and its version."""
    inside = "/".join(path.parts[2:])
    for kind, begins in _TEXT.items():
        if inside.startswith(begins):
            return kind
    return "vectors" if inside.startswith("vectors/") else "filter columns"
