"""``/desk/insight/questions``: what the policies do not answer, to be worked off."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from assistant.desk.files import ShopFiles
from assistant.desk.frame import Frame
from assistant.desk.insight_pages import Insight
from assistant.desk.open_questions import OpenQuestions
from assistant.desk.policy_places import PolicyPlaces
from assistant.desk.showing import HEADERS, said_of
from assistant.desk.staff import Session
from assistant.errors import BadInput
from assistant.insight.kinds import Kind
from assistant.insight.releases import Figure

_PATH = "/desk/insight/questions"


def add_questions(
    router: APIRouter,
    questions: OpenQuestions,
    insight: Insight,
    files: ShopFiles,
    frame: Frame,
) -> None:
    """Adds the routes of the list to those of the desk; they come before those of insight.

    Args:
        router: of the desk.
        questions: the list.
        insight: has the names of what they speak of.
        files: the policies that may answer them.
        frame: what the rooms of the desk share.
    """

    def listed(
        request: Request, session: Session, *, status: int = 200, problem: str | None = None
    ) -> Response:
        language = frame.language_of(request)
        labels, found = insight.labels(language), questions.all()
        return frame.page(
            "questions",
            request,
            session,
            here=_PATH,
            status=status,
            problem=problem,
            tab="questions",
            open_questions=sum(one.staff is None for one in found),
            questions=found,
            named=lambda one: labels.of(Figure(Kind.QUESTIONS, one.term, one.shoppers)),
            place_of=PolicyPlaces(files, language).of,
            begins=files.begins,
        )

    def changed(request: Request, token: str, change: Callable[[Session], None]) -> Response:
        def do() -> Response:
            session = frame.posting(request, token)
            try:
                change(session)
            except BadInput as error:
                said = said_of(error, frame.language_of(request))
                return listed(request, session, status=error.http_status, problem=said)
            return RedirectResponse(_PATH, 303, headers=HEADERS)

        return frame.answered(do)

    @router.get("/insight/questions")
    def all_questions(request: Request) -> Response:
        return frame.answered(lambda: listed(request, frame.who(request)))

    @router.post("/insight/questions/done")
    def done(request: Request, token: str = Form(""), term: str = Form("")) -> Response:
        return changed(request, token, lambda who: questions.mark(term, staff=who.name))

    @router.post("/insight/questions/open")
    def reopened(request: Request, token: str = Form(""), term: str = Form("")) -> Response:
        return changed(request, token, lambda who: questions.reopen(term))
