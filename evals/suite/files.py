"""Suites as files: JSON Lines, read line by line; what is wrong is told with its file and line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evals.suite.conversation import Conversation
from retrieval.errors import BadInput

SCHEMA_FILE = Path(__file__).parents[1] / "suites" / "schema.json"


@dataclass(frozen=True)
class Fault:
    """A line that cannot be used.

    Attributes:
        where: file and line.
        told: what is wrong with it, without a full stop.
    """

    where: str
    told: str

    def __str__(self) -> str:
        return f"{self.where}: {self.told}."


@dataclass
class Suites:
    """What was read.

    Attributes:
        conversations: by id, in the order of the files.
        faults: the lines that are not among them.
        where: file and line of each conversation.
        folders: of each conversation, the folder that its suite lies in.
    """

    conversations: dict[str, Conversation] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    where: dict[str, str] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)


def read_suites(paths: Iterable[Path]) -> Suites:
    """Reads suites, and goes on behind a line that is no conversation. Empty lines are skipped.

    Args:
        paths: JSON Lines files; a folder stands for the ``.jsonl`` files in it.

    Raises:
        BadInput: a file cannot be read, or has no conversation at all; or a folder has no suite.
    """
    suites = Suites()
    for given in paths:
        files = sorted(given.glob("*.jsonl")) if given.is_dir() else [given]
        if not files:
            raise BadInput(f"The folder {given} has no suite (*.jsonl).", field="suite")
        for path in files:
            _read_file(path, suites)
    return suites


def load_suites(paths: Iterable[Path]) -> list[Conversation]:
    """Reads suites of which every line must be right.

    Raises:
        BadInput: as ``read_suites``; or a line is not in the format. The sentence names the file,
            the line and the key.
    """
    suites = read_suites(paths)
    if suites.faults:
        raise BadInput(str(suites.faults[0]), field="suite")
    return list(suites.conversations.values())


def load_suite(path: Path) -> list[Conversation]:
    """Reads one suite; errors as in ``load_suites``."""
    return load_suites([path])


def _read_file(path: Path, suites: Suites) -> None:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"Cannot read the suite {path}: {error.strerror}.", field="suite") from error
    lines = 0
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        lines += 1
        where = f"{path}, line {number}"
        try:
            conversation = Conversation.model_validate(plain_json(line.decode()))
        except ValidationError as error:
            suites.faults.append(Fault(where, told(error)))
        except UnicodeDecodeError:
            suites.faults.append(Fault(where, "not UTF-8 text"))
        except _Refused as error:
            suites.faults.append(Fault(where, str(error)))
        except (ValueError, RecursionError) as error:
            suites.faults.append(Fault(where, f"not JSON ({error})"))
        else:
            if (before := suites.where.get(conversation.id)) is not None:
                again = f"the id {conversation.id!r} is there twice, first in {before}"
                suites.faults.append(Fault(where, again))
                continue
            suites.conversations[conversation.id] = conversation
            suites.where[conversation.id] = where
            suites.folders[conversation.id] = path.parent
    if not lines:
        raise BadInput(f"The suite {path} has no conversation.", field="suite")


def plain_json(text: str) -> Any:
    """Reads JSON that means one thing only.

    Raises:
        ValueError: it is none; or a key is there twice, of which the last would hold in silence;
            or a number is infinite, or none (NaN), which JSON does not have.
    """
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number, parse_float=_finite)


def schema_text() -> str:
    """The JSON Schema of one line, for editors and for tools in other languages."""
    schema = Conversation.model_json_schema()
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write_schema(path: Path = SCHEMA_FILE) -> None:
    """Writes the schema that lies beside the suites. A test says when it is out of date."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(schema_text(), encoding="utf-8")


class _Refused(ValueError):
    """JSON that can be read and is not taken."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _Refused(f"the key {twice!r} is there twice")
    return found


def _no_number(name: str) -> float:
    raise _Refused(f"{name} is no number")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def told(error: ValidationError) -> str:
    """What a model refuses first: the key, and why, without a full stop."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    reason = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{place}: {reason}" if place else reason
