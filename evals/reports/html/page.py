"""One self-contained page: templates that escape, and a policy that forbids all else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evals.checks import Check
from evals.comparing.comparison import FailedCheck
from evals.reports.html.word_diff import word_diff
from evals.reports.printable import printable
from retrieval.text import has_cjk
from retrieval.whole_file import whole_bytes

_FOLDER = Path(__file__).parent
_PIECE = 64  # parts of a template that are written at once


def write_page(template: str, path: Path, **values: Any) -> None:
    """Renders a template of this folder, piece by piece, into a file.

    Args:
        template: the name of its file.
        path: the page; its folder exists, and a page that is there is replaced at the end.
        values: what the template is given.
    """
    style, script = (_text(name) for name in ("page.css", "page.js"))
    stream = (
        _environment()
        .get_template(template)
        .stream(
            style=Markup(style),  # noqa: S704 (a file of this folder)
            script=Markup(script),  # noqa: S704 (a file of this folder)
            policy=_policy(style, script),
            **values,
        )
    )
    stream.enable_buffering(_PIECE)
    with whole_bytes(path) as file:
        stream.dump(file, encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """The page's own style and script are known by their hashes; whatever else is in it, is text.

    Source: Content Security Policy Level 3, section 2.3.1.
    """
    allowed = {"style-src": _hash(style), "script-src": _hash(script)}
    sources = [f"{kind} '{digest}'" for kind, digest in allowed.items()]
    return "; ".join(["default-src 'none'", *sources, "base-uri 'none'", "form-action 'none'"])


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@lru_cache(maxsize=2)
def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters["language"] = _language
    environment.filters["marked"] = marked
    environment.filters["alike"] = _alike
    environment.globals["word_diff"] = word_diff
    return environment


def _shown(value: Any) -> Any:
    """What is put into the page: control characters as a mark, markup of templates as it is."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _language(text: str) -> str:
    """The language tag of a text, by which a browser chooses the forms of its characters."""
    return "zh-Hans" if has_cjk(text) else "en"


def _alike(failed: Iterable[Check | FailedCheck]) -> list[tuple[list[str], str]]:
    """Names of checks by what is told of them: where there is no answer, that is one sentence."""
    found: dict[str, list[str]] = {}
    for check in failed:
        name = check.name if isinstance(check, Check) else check.check
        found.setdefault(check.told, []).append(name)
    return [(names, told) for told, names in found.items()]


def marked(text: str, sentences: list[str]) -> list[tuple[str, bool]]:
    """A text in pieces, with whether each is one of some sentences that stand in it.

    Args:
        text: as a shopper reads it.
        sentences: those to be marked; one that does not stand in the text is left.
    """
    pieces: list[tuple[str, bool]] = [(text, False)]
    for sentence in filter(None, dict.fromkeys(sentences)):
        for place, (piece, done) in enumerate(pieces):
            before, found, after = piece.partition(sentence)
            if not done and found:
                split = [(before, False), (found, True), (after, False)]
                pieces[place : place + 1] = [part for part in split if part[0]]
                break
    return pieces
