"""``/desk/evaluations``: runs of suites listed, their reports, and two of them compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from assistant.desk.evaluations import FIGURES, Evaluations, SystemRun
from assistant.desk.frame import Frame
from assistant.desk.showing import HEADERS, csv_answer, said_of, texts
from assistant.errors import BadInput
from assistant.insight.charts import Cell, Chart
from assistant.insight.drawing import bar_of

# Reports carry their own style and script, whose hashes they name. In a sandbox they are of no
# origin: nothing in them reaches the desk or its cookies.
_SANDBOX = {
    **HEADERS,
    "Content-Security-Policy": (
        "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; "
        "script-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}
_HTML = "text/html; charset=utf-8"


def add_evaluations(
    router: APIRouter,
    evaluations: Evaluations | None,
    frame: Frame,
) -> None:
    """Adds the routes of evaluations to those of the desk.

    Args:
        router: of the desk.
        evaluations: the shop's runs; None where it keeps none.
        frame: what the rooms of the desk share.
    """

    def runs() -> list[SystemRun]:
        return evaluations.runs() if evaluations is not None else []

    def chart(request: Request) -> Chart:
        words = texts(frame.language_of(request))["evaluations"]
        return _chart(runs(), words, frame.moment(request))

    def listed(request: Request, *, status: int = 200, problem: str | None = None) -> Response:
        session = frame.who(request)
        return frame.page(
            "evaluations",
            request,
            session,
            status=status,
            problem=problem,
            kept=evaluations is not None,
            chart=chart(request),
            runs=_names(runs()),
            bar_of=bar_of,
        )

    def framed(request: Request, name: str, *, asked: Sequence[str]) -> Response:
        """A page of the desk around what is read in a sandbox: one run, or two."""
        session = frame.who(request)
        found, words = runs(), texts(frame.language_of(request))["evaluations"]
        unknown = [run for run in asked if run not in _names(found)]
        if unknown:
            return listed(request, status=404, problem=words["unknown"].format(run=unknown[0][:80]))
        changes = _changes(found, asked[0], asked[-1], words)
        return frame.page(name, request, session, asked=asked, changes=changes)

    def shown(request: Request, make: Callable[[Evaluations], str]) -> Response:
        def do() -> Response:
            frame.who(request)
            if evaluations is None:
                return listed(request, status=404)
            try:
                html = make(evaluations)
            except BadInput as error:
                # Plain: it may stand inside a page of the desk.
                said = said_of(error, frame.language_of(request))
                return PlainTextResponse(said, error.http_status, headers=_SANDBOX)
            return Response(html, headers=_SANDBOX, media_type=_HTML)

        return frame.answered(do)

    @router.get("/evaluations")
    def evaluations_page(request: Request) -> Response:
        return frame.answered(lambda: listed(request))

    @router.get("/evaluations.csv")
    def exported(request: Request) -> Response:
        def do() -> Response:
            frame.who(request)
            return csv_answer(chart(request).csv(), "evaluations")

        return frame.answered(do)

    @router.get("/evaluations/run")
    def run_page(request: Request, run: str = "") -> Response:
        return frame.answered(lambda: framed(request, "run", asked=[run]))

    @router.get("/evaluations/both")
    def both_page(request: Request, before: str = "", after: str = "") -> Response:
        return frame.answered(lambda: framed(request, "both", asked=[before, after]))

    @router.get("/evaluations/report")
    def report(request: Request, run: str = "") -> Response:
        return shown(request, lambda held: held.report(run))

    @router.get("/evaluations/compare")
    def compare(request: Request, before: str = "", after: str = "") -> Response:
        return shown(request, lambda held: held.compare(before, after))


def _chart(
    runs: Sequence[SystemRun], words: Mapping[str, Any], moment: Callable[[datetime], str]
) -> Chart:
    columns = tuple(str(name) for name in words["columns"].values())
    rows: list[tuple[Cell, ...]] = []
    for run in runs:
        passed, grounded, seconds = (run.figures.get(name) for name in FIGURES)
        rows.append(
            (
                run.run,
                moment(run.time),
                run.model,
                run.system,
                run.conversations,
                _percent(passed),
                _percent(grounded),
                None if seconds is None else round(seconds, 1),
            )
        )
    return Chart(
        "evaluations",
        words["question"],
        columns,
        tuple(rows),
        drawn=(5,),
        note=words["note"],
        answer=_latest(rows, words),
    )


def _names(runs: Sequence[SystemRun]) -> list[str]:
    return list(dict.fromkeys(run.run for run in runs))


def _latest(rows: Sequence[tuple[Cell, ...]], words: Mapping[str, Any]) -> str:
    """How the newest run did, and the one before it."""
    passed = [(row[0], row[5]) for row in rows if row[5] is not None]
    if not passed:
        return ""
    said = words["latest"].format(run=passed[0][0], passed=passed[0][1])
    if len(passed) < 2:
        return str(said)
    return f"{said}{words['run_before'].format(passed=passed[1][1])}"


def _changes(
    runs: Sequence[SystemRun], before: str, after: str, words: Mapping[str, Any]
) -> list[tuple[str, str, str, str]]:
    """The figures of two runs, of the first system of each: which, before, after, the difference.

    Args:
        runs: those that are kept, with both.
        before, after: their names.
        words: the texts of evaluations.
    """
    first, second = (next(one for one in runs if one.run == name) for name in (before, after))
    told = []
    for name in FIGURES:
        scale = 1 if name == "seconds" else 100
        old, new = (one.figures.get(name) for one in (first, second))
        moved = None if old is None or new is None else f"{scale * (new - old):+.1f}"
        sides = [None if one is None else f"{scale * one:.1f}" for one in (old, new)]
        one, other, change = (value or "–" for value in (*sides, moved))
        told.append((str(words["columns"][name]), one, other, change))
    return told


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)
