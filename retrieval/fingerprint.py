"""What a model's files are, as hashes: computed once, and again only where a file changed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_WEIGHTS = (".safetensors", ".bin")
# Settings, tokenizer and vocabulary: they shape the vectors as the weights do.
_OTHERS = (".json", ".txt", ".model", ".jinja")


@dataclass(frozen=True)
class Fingerprint:
    """A model's files in two hashes, in hexadecimal.

    Attributes:
        weights: of a single weights file its SHA-256, of several one over all of theirs.
        others: over the files that say how the weights are used.
    """

    weights: str
    others: str

    def __str__(self) -> str:
        return f"{self.weights[:12]} files={self.others[:8]}"


def fingerprint(folder: Path, cache: Path) -> Fingerprint:
    """Hashes a model's files.

    Args:
        folder: where the model lies. It is never written to.
        cache: the folder in which hashes are kept, by the files' size and time of change.

    Raises:
        OSError: a file cannot be read.
    """
    kept_at = cache / f"{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]}.json"
    kept = _kept(kept_at)
    held: dict[str, list[object]] = {}
    for path in model_files(folder):
        name = path.relative_to(folder).as_posix()
        status = path.stat()
        stamp: list[object] = [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
        before = kept.get(name)
        known = before is not None and len(before) == 4 and before[:3] == stamp
        held[name] = [*stamp, before[3] if known and before else _sha256(path)]
    if held != kept:
        _keep(kept_at, held)
    return of_hashes({name: str(entry[3]) for name, entry in held.items()})


def of_hashes(hashes: Mapping[str, str]) -> Fingerprint:
    """The fingerprint of files whose SHA-256 is known, by their path in the model's folder."""
    weights = {name: hash for name, hash in hashes.items() if name.endswith(_WEIGHTS)}
    others = {name: hash for name, hash in hashes.items() if name not in weights}
    alone = next(iter(weights.values())) if len(weights) == 1 else _joined(weights)
    return Fingerprint(alone, _joined(others))


def model_files(folder: Path) -> list[Path]:
    """The files that a model is loaded from, in order: those of its root and of its modules.

    Other formats of the same weights and what training left are passed over.
    """
    found = [path for place in _places(folder) for path in place if path.is_file()]
    safe = {path.parent for path in found if path.suffix == ".safetensors"}
    return sorted(
        path
        for path in found
        if path.suffix in {*_OTHERS, ".safetensors"}
        or (path.suffix == ".bin" and path.parent not in safe and "training" not in path.name)
    )


def _places(folder: Path) -> Iterator[Iterator[Path]]:
    yield folder.iterdir()
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        paths = {Path(module.get("path", "")) for module in modules}
    except (OSError, ValueError, AttributeError, TypeError):
        return  # a plain transformers model has none
    for path in paths:
        if path.parts and not path.is_absolute() and ".." not in path.parts:
            yield (folder / path).rglob("*")


def _joined(hashes: Mapping[str, str]) -> str:
    lines = "".join(f"{name} {hash}\n" for name, hash in sorted(hashes.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _kept(path: Path) -> dict[str, list[object]]:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}


def _keep(path: Path, held: dict[str, list[object]]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.write_text(json.dumps(held), encoding="utf-8")
        partial.replace(path)
    except OSError:
        return  # a cache that cannot be written costs the hashing next time, no more
