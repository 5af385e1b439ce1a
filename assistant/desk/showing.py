"""The desk's pages, rendered: what staff and shoppers wrote is text in them, never HTML."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
import yaml
from starlette.responses import Response

from assistant.desk.cases import Case
from assistant.desk.desk import Desk
from assistant.desk.rules import RuleBook, Trigger
from assistant.desk.times import Times
from assistant.reply import Language
from retrieval.errors import BadInput, ShopGuideError

# Frames are of this server alone: reports of evaluations, which are shown in a sandbox.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@cache
def _texts() -> Mapping[str, Mapping[str, Any]]:
    text = files("assistant.desk").joinpath("texts.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return loaded


def texts(language: Language) -> Mapping[str, Any]:
    """What the pages say in a language."""
    return _texts()[language]


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("assistant.desk", "pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def asset(name: str, kind: str) -> Response:
    """The style or the script."""
    body = files("assistant.desk.pages").joinpath(name).read_bytes()
    return Response(body, media_type=kind, headers={**HEADERS, "Cache-Control": "no-cache"})


def csv_answer(text: str, name: str) -> Response:
    """Figures as a file.

    Args:
        text: CSV.
        name: of the file, without its ending.
    """
    # The mark lets spreadsheets read Chinese.
    named = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(
        "\ufeff" + text, media_type="text/csv; charset=utf-8", headers={**HEADERS, **named}
    )


class Shown:
    """Renders pages.

    Args:
        desk: whose cases.
        now: the time of day.
        shop: what the shop is called; None where it has not said.
    """

    def __init__(self, desk: Desk, now: Callable[[], datetime], *, shop: str | None) -> None:
        self._desk = desk
        self._now = now
        self._shop = shop

    def page(self, name: str, language: Language, *, status: int = 200, **values: Any) -> Response:
        """A page.

        Args:
            name: of its template.
            language: of the page.
            status: of the answer.
            values: what the template shows.
        """
        words = texts(language)

        def reason(case: Case) -> str:
            return reason_of(self._desk.book, case.trigger, language)

        shown = {
            "staff": None,
            "problem": None,
            "token": "",
            **values,
            "language": language,
            "shop": self._shop or words["product"],
            "zone": self._zone,
            "t": words,
            "reason": reason,
            "times": self.times(language),
        }
        html = _templates().get_template(f"{name}.html").render(shown)
        return Response(html, status, headers=HEADERS, media_type="text/html; charset=utf-8")

    def times(self, language: Language) -> Times:
        """Tells times in the shop's zone."""
        words = texts(language)
        return Times(self._now(), self._zone, language, words["just_now"], words["yesterday"])

    @property
    def _zone(self) -> str:
        return self._desk.book.rules.hours.time_zone or ""


def reason_of(book: RuleBook, trigger: Trigger, language: Language) -> str:
    """Why a talk was handed over, as staff read it.

    Args:
        book: the rules for handing over.
        trigger: the one that did.
        language: of the page; the other where the shop's own rules have a reason in that alone.
    """
    said = book.rules.rules[trigger].reason
    return said.of(language) or said.en or said.zh or str(texts(language)["reason_unsaid"])


def said_of(error: ShopGuideError, language: Language) -> str:
    """What staff read of an error.

    Args:
        error: whose own sentence is English.
        language: of the page.
    """
    if language == "en":
        return error.sentence
    words = texts(language)["problems"]
    kind = "BadInput" if isinstance(error, BadInput) else type(error).__name__
    said: str = words.get(kind, words["other"])
    return said.format(sentence=error.sentence)


def state_of(cases: list[Case], count: int = 1) -> str:
    """A word that changes when anything in the queue does but what is said in it.

    Args:
        cases: those that are shown.
        count: how many there are.
    """
    told = "|".join(f"{c.id}{c.status}{c.staff}{c.urgency}{c.wishes}" for c in cases)
    return hashlib.sha256(f"{count}|{told}".encode()).hexdigest()[:16]
