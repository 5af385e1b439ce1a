"""JSON Lines as other tools write them, read with file and line, written whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO, TypeVar

from pydantic import BaseModel, ValidationError

from evals.suite.files import told
from retrieval.errors import BadInput

Read = TypeVar("Read", bound=BaseModel)


def read_lines(path: Path, shape: type[Read]) -> Iterator[tuple[int, Read]]:
    """The lines of a file with their numbers, from 1. Empty lines are skipped.

    Args:
        path: UTF-8, a JSON object a line.
        shape: of every object.

    Raises:
        BadInput: the file cannot be read or has no line, or a line is malformed; the sentence
            names file and line.
    """
    read = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                line = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
                if not line.strip():
                    continue
                yield number, _read(line, shape, f"{path}, line {number}")
                read += 1
    except OSError as error:
        raise BadInput(f"Cannot read {path}: {error.strerror}.", field="input") from error
    if not read:
        raise BadInput(f"{path} has no line.", field="input")


def write_lines(out: TextIO, objects: Iterable[Mapping[str, Any]]) -> int:
    """Writes objects, one a line.

    Returns:
        How many.
    """
    count = 0
    for data in objects:
        out.write(json.dumps(data, ensure_ascii=False) + "\n")
        count += 1
    return count


def _read(line: bytes, shape: type[Read], where: str) -> Read:
    try:
        return shape.model_validate(json.loads(line.decode("utf-8")))
    except ValidationError as error:
        raise BadInput(f"{where}: {told(error)}.", field="input") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{where}: not UTF-8 text.", field="input") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where}: not JSON ({error}).", field="input") from error
