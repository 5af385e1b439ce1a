"""``/desk``: who waits; staff take a case over, write, give it back, close it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from fastapi import APIRouter, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from assistant.desk.cases import Case
from assistant.desk.desk import Desk
from assistant.desk.frame import Frame
from assistant.desk.showing import said_of, state_of
from assistant.desk.staff import Session
from assistant.errors import BadInput, CaseTaken, UnknownCase
from assistant.http.problems import ProblemResponse, problem_of

_NO_STORE = {"Cache-Control": "no-store"}


def add_queue(router: APIRouter, desk: Desk, frame: Frame) -> None:
    """Adds the routes of the queue and of its cases to those of the desk.

    Args:
        router: of the desk.
        desk: the cases.
        frame: what the rooms of the desk share.
    """

    def queue_page(
        request: Request, session: Session, *, status: int = 200, **values: str
    ) -> Response:
        cases, count = desk.queue(), desk.open_count()
        return frame.page(
            "queue",
            request,
            session,
            status=status,
            groups=_grouped(cases, session.name),
            closed=desk.closed(),
            last_words=desk.last_words([case.id for case in cases]),
            open=desk.is_open,
            undelivered=desk.outbox.undelivered(),
            more=max(0, count - len(cases)),
            state=_queue_state(cases, count),
            **values,
        )

    def case_page(
        case_id: str,
        request: Request,
        session: Session,
        *,
        status: int = 200,
        problem: str | None = None,
        draft: str = "",
    ) -> Response:
        try:
            case, messages = desk.case(case_id), desk.messages(case_id)
        except UnknownCase as error:
            said = said_of(error, frame.language_of(request))
            return queue_page(request, session, status=404, problem=said, here="/desk")
        return frame.page(
            "case",
            request,
            session,
            here=f"/desk/cases/{case_id}",
            case=case,
            messages=messages,
            days=desk.days,
            state=state_of([case]),
            status=status,
            problem=problem,
            draft=draft,
        )

    def changed(
        case_id: str,
        request: Request,
        token: str,
        change: Callable[[Session], None],
        *,
        draft: str = "",
    ) -> Response:
        def do() -> Response:
            session = frame.posting(request, token)
            try:
                change(session)
            except UnknownCase:
                pass  # the page of the case says so
            except (CaseTaken, BadInput) as error:
                return case_page(
                    case_id,
                    request,
                    session,
                    status=error.http_status,
                    problem=said_of(error, frame.language_of(request)),
                    draft=draft,
                )
            return RedirectResponse(f"/desk/cases/{case_id}", 303, headers=_NO_STORE)

        return frame.answered(do)

    @router.get("")
    def queue(request: Request) -> Response:
        return frame.answered(lambda: queue_page(request, frame.who(request)))

    @router.get("/state")
    def queue_state(request: Request) -> Response:
        def do() -> Response:
            frame.who(request, data=True)
            state = _queue_state(desk.queue(), desk.open_count())
            told = {"state": state, "waiting": desk.waiting()}
            return JSONResponse(told, headers=_NO_STORE)

        return frame.answered(do)

    @router.get("/cases/{case_id}")
    def case(case_id: str, request: Request) -> Response:
        return frame.answered(lambda: case_page(case_id, request, frame.who(request)))

    @router.get("/cases/{case_id}/state")
    def case_state(case_id: str, request: Request, after: int = 0) -> Response:
        def do() -> Response:
            frame.who(request, data=True)
            times = frame.times(frame.language_of(request))
            try:
                found = desk.messages(case_id, after=max(0, min(after, 2**31 - 1)))
                state = state_of([desk.case(case_id)])
            except UnknownCase as error:
                return ProblemResponse(problem_of(error))
            said = [
                message.model_dump(mode="json")
                | {"shown": times.clock(message.time), "exact": times.exact(message.time)}
                for message in found
            ]
            return JSONResponse({"state": state, "messages": said}, headers=_NO_STORE)

        return frame.answered(do)

    @router.post("/cases/{case_id}/take")
    def take(case_id: str, request: Request, token: str = Form("")) -> Response:
        return changed(case_id, request, token, lambda s: desk.take(case_id, s.name))

    @router.post("/cases/{case_id}/write")
    def write(
        case_id: str, request: Request, token: str = Form(""), text: str = Form("")
    ) -> Response:
        return changed(
            case_id, request, token, lambda s: desk.write(case_id, s.name, text), draft=text
        )

    @router.post("/cases/{case_id}/return")
    def give_back(case_id: str, request: Request, token: str = Form("")) -> Response:
        return changed(case_id, request, token, lambda s: desk.give_back(case_id, s.name))

    @router.post("/cases/{case_id}/close")
    def close(case_id: str, request: Request, token: str = Form("")) -> Response:
        return changed(case_id, request, token, lambda s: desk.close(case_id, s.name))


def _grouped(cases: Sequence[Case], name: str) -> dict[str, list[Case]]:
    """Cases as a member of staff looks at them: who waits, their own, those of others."""
    groups: dict[str, list[Case]] = {"waiting": [], "mine": [], "others": [], "returned": []}
    for case in cases:
        mine = "mine" if case.staff == name else "others"
        groups[mine if case.status == "person" else case.status].append(case)
    return groups


def _queue_state(cases: list[Case], count: int) -> str:
    """A word that changes when anything on the page of the queue does.

    Args:
        cases: those that are shown.
        count: how many are open.
    """
    said = max((case.updated.isoformat() for case in cases), default="")
    return hashlib.sha256(f"{state_of(cases, count)}{said}".encode()).hexdigest()[:16]
