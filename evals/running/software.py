"""What a run was made with: a change of a prompt or of the code makes another run of it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_PARTS = ("assistant", "tools", "retrieval", "prompts", "evals/baselines", "evals/shoppers")
_ENDINGS = frozenset({".py", ".md", ".yaml", ".jsonl", ".json"})


@cache
def software_digest() -> str:
    """A digest of all that decides on answers: the program, its prompts, its data files."""
    digest = hashlib.sha256()
    for part in _PARTS:
        for path in sorted((_ROOT / part).rglob("*")):
            if path.suffix in _ENDINGS and path.is_file():
                digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0")
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
