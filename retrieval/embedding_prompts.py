"""What an embedding model wants before a query, and before a product's text."""

from __future__ import annotations

import fnmatch
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

# The names under which models ship a document's prompt, the more usual first.
_DOCUMENT = ("document", "passage", "corpus")


@dataclass(frozen=True)
class Prompts:
    """Texts put before what is embedded; empty where the model wants none."""

    query: str = ""
    document: str = ""

    def __bool__(self) -> bool:
        return bool(self.query or self.document)


def prompts_of(
    folder: Path, label: str, *, query: str | None = None, document: str | None = None
) -> Prompts:
    """The prompts of a model, without loading it.

    What the shop set comes first, then what the model ships, then what its family is known to
    want. Prompts that are shipped but all empty say nothing: saving a model writes them.

    Args:
        folder: where the model lies.
        label: what it is called; its family is read from it.
        query: what the shop set for queries; an empty text means no prompt.
        document: what the shop set for products.
    """
    wanted = _shipped(folder) or _family(label, *_base_names(folder))
    return Prompts(
        wanted.query if query is None else query,
        wanted.document if document is None else document,
    )


def _shipped(folder: Path) -> Prompts:
    held = _json(folder / "config_sentence_transformers.json").get("prompts")
    if not isinstance(held, dict):
        return Prompts()
    texts = {name: text for name, text in held.items() if isinstance(text, str) and text}
    document = next((texts[name] for name in _DOCUMENT if name in texts), "")
    return Prompts(texts.get("query", ""), document)


def _base_names(folder: Path) -> list[str]:
    """What the model calls itself, whatever its folder is called."""
    name = _json(folder / "config.json").get("_name_or_path")
    return [name] if isinstance(name, str) else []


def _family(*labels: str) -> Prompts:
    names = [label.rstrip("/").rpartition("/")[2].lower() for label in labels]
    for patterns, prompts in _families():
        if any(fnmatch.fnmatchcase(name, pattern) for name in names for pattern in patterns):
            return prompts
    return Prompts()


@cache
def _families() -> tuple[tuple[tuple[str, ...], Prompts], ...]:
    text = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    return tuple(
        (
            tuple(pattern.lower() for pattern in entry["names"]),
            Prompts(entry.get("query", ""), entry.get("document", "")),
        )
        for entry in yaml.safe_load(text)
    )


def _json(path: Path) -> dict[str, object]:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # whether the model can be used is seen where it is loaded
    return held if isinstance(held, dict) else {}
