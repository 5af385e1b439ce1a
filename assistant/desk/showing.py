"""The desk's pages, rendered: what staff and shoppers wrote is text in them, never HTML."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
import yaml
from starlette.responses import Response

from assistant.desk.cases import Case
from assistant.desk.desk import Desk
from assistant.reply import Language

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
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
    """

    def __init__(self, desk: Desk, now: Callable[[], datetime]) -> None:
        self._desk = desk
        self._now = now

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
            return self._desk.book.rules.reason(case.trigger, language) or case.trigger.value

        def state(case: Case) -> str:
            said: str = words[f"status_{case.status}"]
            return said.format(staff=case.staff or "")

        shown = {
            "staff": None,
            "problem": None,
            "token": "",
            **values,
            "language": language,
            "t": words,
            "reason": reason,
            "status": state,
            "moment": self.moment,
            "minutes": lambda case: int((self._now() - case.waiting_since).total_seconds() // 60),
        }
        html = _templates().get_template(f"{name}.html").render(shown)
        return Response(html, status, headers=HEADERS, media_type="text/html; charset=utf-8")

    def moment(self, time: datetime) -> str:
        """A time as staff read it, in the shop's zone."""
        zone = self._desk.book.rules.hours.time_zone
        return f"{time.astimezone(ZoneInfo(zone or 'UTC')):%Y-%m-%d %H:%M}"


def state_of(cases: list[Case], count: int = 1) -> str:
    """A word that changes when anything in the queue does.

    Args:
        cases: those that are shown.
        count: how many there are.
    """
    told = "|".join(f"{c.id}{c.status}{c.staff}{c.urgency}{c.wishes}" for c in cases)
    return hashlib.sha256(f"{count}|{told}".encode()).hexdigest()[:16]
