"""``/desk/evaluations``: runs of suites listed, their reports, and two of them compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from assistant.desk.evaluations import FIGURES, Evaluations, SystemRun
from assistant.desk.frame import Frame
from assistant.desk.showing import HEADERS, csv_answer, texts
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
        "frame-ancestors 'none'"
    ),
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

    def chart(request: Request) -> Chart:
        runs = evaluations.runs() if evaluations is not None else []
        return _chart(runs, texts(frame.language_of(request))["evaluations"], frame.moment)

    def listed(request: Request, *, status: int = 200, problem: str | None = None) -> Response:
        session = frame.who(request)
        found = chart(request)
        return frame.page(
            "evaluations",
            request,
            session,
            status=status,
            problem=problem,
            kept=evaluations is not None,
            chart=found,
            runs=list(dict.fromkeys(str(row[0]) for row in found.rows)),
            bar_of=bar_of,
        )

    def shown(request: Request, make: Callable[[Evaluations], str]) -> Response:
        def do() -> Response:
            frame.who(request)
            if evaluations is None:
                return listed(request, status=404)
            try:
                html = make(evaluations)
            except BadInput as error:
                return listed(request, status=error.http_status, problem=error.sentence)
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
        "evaluations", words["question"], columns, tuple(rows), drawn=(5,), note=words["note"]
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)
