"""``/desk``: staff log in, see the queue, take a case over, write, give it back, close it.

Routes run in threads, as they read and write the database.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from assistant.desk.desk import Desk
from assistant.desk.evaluation_pages import add_evaluations
from assistant.desk.evaluations import Evaluations
from assistant.desk.file_pages import add_files
from assistant.desk.files import ShopFiles
from assistant.desk.frame import Frame
from assistant.desk.insight_pages import Insight, add_insight
from assistant.desk.showing import Shown, asset, state_of, texts
from assistant.desk.staff import Lockout, Session, Sessions, Staff
from assistant.errors import BadInput, CaseTaken, TooManyRequests
from assistant.http.limits import network_of
from assistant.http.problems import ProblemResponse, plain_problem
from assistant.reply import Language

SESSION_COOKIE, LANGUAGE_COOKIE = "shopguide_desk", "shopguide_desk_language"
# What a form of somebody who is not logged in is bound to.
FORM_COOKIE = "shopguide_desk_form"
_NO_STORE = {"Cache-Control": "no-store"}


class _Refused(Exception):
    """A request that is answered otherwise than was asked for."""

    def __init__(self, answer: Response) -> None:
        super().__init__("refused")
        self.answer = answer


def desk_routes(
    desk: Desk,
    staff: Staff,
    sessions: Sessions,
    insight: Insight,
    evaluations: Evaluations | None,
    files: ShopFiles,
    *,
    now: Callable[[], datetime],
) -> APIRouter:
    """The routes of the desk.

    Args:
        desk: the cases.
        staff: the accounts; without any there is no desk.
        sessions: who is logged in.
        insight: what the pages of insight show.
        evaluations: runs of suites; None where the shop keeps none.
        files: that staff edit.
        now: the time of day.
    """
    router = APIRouter(prefix="/desk", include_in_schema=False)
    shown, lockout = Shown(desk, now), Lockout(now)

    def page(name: str, request: Request, session: Session | None, **values: Any) -> Response:
        language = _language(request)
        token = sessions.form_token(session.id) if session else ""
        answer = shown.page(name, language, **{"staff": session, "token": token, **values})
        if "language" in request.query_params:
            _set_cookie(answer, request, LANGUAGE_COOKIE, language)
        return answer

    def who(request: Request, *, data: bool = False) -> Session:
        if not staff.any():
            sentence = "Nobody has an account at the desk: shopguide desk add-staff NAME makes one."
            raise _Refused(ProblemResponse(plain_problem(404, sentence)))
        session = sessions.of(request.cookies.get(SESSION_COOKIE))
        if session is None:
            raise _Refused(
                ProblemResponse(plain_problem(401, "Log in."))
                if data
                else RedirectResponse("/desk/login", 303, headers=_NO_STORE)
            )
        return session

    def posting(request: Request, token: str) -> Session:
        session = who(request)
        if not _is_same_site(request) or not sessions.is_form_token(session.id, token):
            raise _Refused(ProblemResponse(plain_problem(403, texts(_language(request))["stale"])))
        return session

    def answered(do: Callable[[], Response]) -> Response:
        try:
            return do()
        except _Refused as refused:
            return refused.answer

    def login_page(request: Request, *, status: int = 200, problem: str | None = None) -> Response:
        form = request.cookies.get(FORM_COOKIE) or sessions.new_id()
        token = sessions.form_token(form)
        answer = page("login", request, None, status=status, problem=problem, token=token)
        _set_cookie(answer, request, FORM_COOKIE, form)
        return answer

    def too_many(request: Request, wait: float) -> Response:
        seconds = int(wait) + 1
        problem = texts(_language(request))["too_many"].format(seconds=seconds)
        answer = login_page(request, status=429, problem=problem)
        answer.headers["Retry-After"] = str(seconds)
        return answer

    def case_page(
        case_id: str,
        request: Request,
        session: Session,
        *,
        status: int = 200,
        problem: str | None = None,
        draft: str = "",
    ) -> Response:
        case = desk.case(case_id)
        return page(
            "case",
            request,
            session,
            case=case,
            messages=desk.messages(case_id),
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
            session = posting(request, token)
            try:
                change(session)
            except (CaseTaken, BadInput) as error:
                return case_page(
                    case_id,
                    request,
                    session,
                    status=error.http_status,
                    problem=error.sentence,
                    draft=draft,
                )
            return RedirectResponse(f"/desk/cases/{case_id}", 303, headers=_NO_STORE)

        return answered(do)

    @router.get("/desk.css")
    def style() -> Response:
        return asset("desk.css", "text/css; charset=utf-8")

    @router.get("/desk.js")
    def script() -> Response:
        return asset("desk.js", "text/javascript; charset=utf-8")

    @router.get("/login")
    def login_form(request: Request) -> Response:
        if not staff.any():
            return answered(lambda: _never(who(request)))
        if sessions.of(request.cookies.get(SESSION_COOKIE)) is not None:
            return RedirectResponse("/desk", 303, headers=_NO_STORE)
        return login_page(request)

    @router.post("/login")
    def login(
        request: Request, name: str = Form(""), password: str = Form(""), token: str = Form("")
    ) -> Response:
        if not staff.any():
            return answered(lambda: _never(who(request)))
        words = texts(_language(request))
        form = request.cookies.get(FORM_COOKIE) or ""
        if not _is_same_site(request) or not form or not sessions.is_form_token(form, token):
            return login_page(request, status=403, problem=words["stale"])
        address = network_of(request.scope)
        name = name.strip()[:60]
        wait = lockout.begin(name, address)
        if wait is not None:
            return too_many(request, wait.total_seconds())
        try:
            epoch = staff.check(name, password)
        except TooManyRequests as error:
            lockout.not_tried(name, address)
            return too_many(request, error.wait)
        if epoch is None:
            return login_page(request, status=401, problem=words["wrong"])
        lockout.succeeded(name, address)
        answer = RedirectResponse("/desk", 303, headers=_NO_STORE)
        _set_cookie(answer, request, SESSION_COOKIE, sessions.begin(name, epoch))
        answer.delete_cookie(FORM_COOKIE, path="/desk")
        return answer

    @router.post("/logout")
    def logout(request: Request, token: str = Form("")) -> Response:
        def do() -> Response:
            staff.log_out(posting(request, token).name)
            answer = RedirectResponse("/desk/login", 303, headers=_NO_STORE)
            answer.delete_cookie(SESSION_COOKIE, path="/desk")
            return answer

        return answered(do)

    @router.get("")
    def queue(request: Request) -> Response:
        def do() -> Response:
            session = who(request)
            cases, count = desk.queue(), desk.open_count()
            return page(
                "queue",
                request,
                session,
                cases=cases,
                more=max(0, count - len(cases)),
                closed=desk.closed(),
                open=desk.is_open,
                undelivered=desk.outbox.undelivered(),
                state=state_of(cases, count),
            )

        return answered(do)

    @router.get("/state")
    def queue_state(request: Request) -> Response:
        def do() -> Response:
            who(request, data=True)
            state = state_of(desk.queue(), desk.open_count())
            return JSONResponse({"state": state}, headers=_NO_STORE)

        return answered(do)

    @router.get("/cases/{case_id}")
    def case(case_id: str, request: Request) -> Response:
        return answered(lambda: case_page(case_id, request, who(request)))

    @router.get("/cases/{case_id}/state")
    def case_state(case_id: str, request: Request, after: int = 0) -> Response:
        def do() -> Response:
            who(request, data=True)
            found = desk.messages(case_id, after=max(0, min(after, 2**31 - 1)))
            said = [
                message.model_dump(mode="json") | {"shown": shown.moment(message.time)}
                for message in found
            ]
            state = state_of([desk.case(case_id)])
            return JSONResponse({"state": state, "messages": said}, headers=_NO_STORE)

        return answered(do)

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

    frame = Frame(
        page=page,
        who=who,
        posting=posting,
        answered=answered,
        language_of=_language,
        moment=shown.moment,
    )
    add_insight(router, insight, frame)
    add_evaluations(router, evaluations, frame)
    add_files(router, files, frame)
    return router


def _never(session: Session) -> Response:
    raise AssertionError(f"{session.name} has no account")


def _language(request: Request) -> Language:
    asked = request.query_params.get("language") or request.cookies.get(LANGUAGE_COOKIE)
    if asked in ("en", "zh"):
        return "zh" if asked == "zh" else "en"
    accepted = request.headers.get("accept-language", "").lower()
    return "zh" if accepted.startswith("zh") else "en"


def _is_same_site(request: Request) -> bool:
    """Whether a page of this server sent the form, as browsers say; other programs say nothing."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
    except ValueError:
        return False


def _set_cookie(answer: Response, request: Request, name: str, value: str) -> None:
    answer.set_cookie(
        name,
        value,
        path="/desk",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
