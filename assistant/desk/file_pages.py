"""``/desk/files``: staff edit policies and hand-off rules, see first what it means, and undo it."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Callable
from urllib.parse import quote

from babel.dates import get_day_names
from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from assistant.desk.files import ShopFile, ShopFiles, Trial, digest, tidied
from assistant.desk.frame import Frame
from assistant.desk.meanings import HANDOFF, Meaning, hours_in, with_hours
from assistant.desk.showing import HEADERS
from assistant.desk.staff import Session
from assistant.errors import BadInput, FileChanged

_AROUND = 2  # lines shown around a change
_MOST_SHOWN = 10


def add_files(
    router: APIRouter,
    files: ShopFiles,
    frame: Frame,
) -> None:
    """Adds the routes of the shop's files to those of the desk.

    Args:
        router: of the desk.
        files: of the shop.
        frame: what the rooms of the desk share.
    """

    def listed(
        request: Request, session: Session, *, status: int = 200, problem: str | None = None
    ) -> Response:
        names = [file.name for file in files.all()]
        return frame.page(
            "files",
            request,
            session,
            files=names,
            begins=files.begins,
            status=status,
            problem=problem,
        )

    def editor(
        request: Request,
        session: Session,
        file: ShopFile,
        *,
        text: str | None = None,
        base: str | None = None,
        meaning: list[Meaning] | None = None,
        query: str = "",
        trial: Trial | None = None,
        status: int = 200,
        problem: str | None = None,
    ) -> Response:
        current = file.read()
        draft = current if text is None else text
        return frame.page(
            "file",
            request,
            session,
            file=file.name,
            draft=draft,
            base=base or digest(current),
            seen=digest(tidied(draft)) if meaning is not None else "",
            meaning=meaning,
            tries=file.tried is not None,
            query=query,
            trial=trial,
            hours=hours_in(draft) if file.name == HANDOFF else None,
            days=get_day_names("wide", locale=frame.language_of(request)),
            changes=_changes(current, draft) if text is not None else [],
            edits=[(edit.staff, frame.moment(edit.time)) for edit in files.edits(file.name)][
                :_MOST_SHOWN
            ],
            status=status,
            problem=problem,
        )

    def opened(
        name: str, request: Request, session: Session, do: Callable[[ShopFile], Response]
    ) -> Response:
        try:
            file = files.file(name)
        except BadInput as error:
            return listed(request, session, status=404, problem=error.sentence)
        return do(file)

    def preview(
        request: Request, session: Session, file: ShopFile, text: str, base: str, query: str = ""
    ) -> Response:
        language = frame.language_of(request)
        try:
            meaning = file.meaning(tidied(text), language)
            asked = query.strip() if file.tried is not None else ""
            trial = file.tried(tidied(text), asked, language) if file.tried and asked else None
        except BadInput as error:
            status, said = error.http_status, error.sentence
            return editor(request, session, file, text=text, base=base, status=status, problem=said)
        return editor(
            request,
            session,
            file,
            text=text,
            base=base,
            meaning=meaning,
            query=asked,
            trial=trial,
        )

    def changed(
        request: Request,
        session: Session,
        file: ShopFile,
        change: Callable[[], None],
        *,
        text: str | None = None,
    ) -> Response:
        try:
            change()
        except (BadInput, FileChanged) as error:
            # With what is in the file by now to start from.
            status, said = error.http_status, error.sentence
            return editor(request, session, file, text=text, status=status, problem=said)
        where = f"/desk/files/edit?file={quote(file.name)}"
        return RedirectResponse(where, 303, headers=HEADERS)

    @router.get("/files")
    def all_files(request: Request) -> Response:
        return frame.answered(lambda: listed(request, frame.who(request)))

    @router.get("/files/edit")
    def edit(request: Request, file: str = "") -> Response:
        def do() -> Response:
            session = frame.who(request)
            return opened(file, request, session, lambda one: editor(request, session, one))

        return frame.answered(do)

    @router.post("/files/preview")
    def previewed(
        request: Request,
        token: str = Form(""),
        file: str = Form(""),
        text: str = Form(""),
        base: str = Form(""),
        query: str = Form(""),
    ) -> Response:
        def do() -> Response:
            session = frame.posting(request, token)
            return opened(
                file,
                request,
                session,
                lambda one: preview(request, session, one, text, base, query),
            )

        return frame.answered(do)

    @router.post("/files/hours")
    async def hours(request: Request) -> Response:
        sent = await request.form()
        given = {key: str(value) for key, value in sent.items()}

        def do() -> Response:
            session = frame.posting(request, given.get("token", ""))

            def put(one: ShopFile) -> Response:
                text = with_hours(
                    given.get("text", ""),
                    time_zone=given.get("time_zone", ""),
                    week=given,
                    holidays=given.get("holidays", ""),
                )
                return preview(request, session, one, text, given.get("base", ""))

            return opened(HANDOFF, request, session, put)

        return await asyncio.to_thread(frame.answered, do)

    @router.post("/files/save")
    def save(
        request: Request,
        token: str = Form(""),
        file: str = Form(""),
        text: str = Form(""),
        base: str = Form(""),
        seen: str = Form(""),
    ) -> Response:
        def do() -> Response:
            session = frame.posting(request, token)

            def keep(one: ShopFile) -> Response:
                # What was changed since the preview has not been looked at.
                if digest(tidied(text)) != seen:
                    return preview(request, session, one, text, base)
                return changed(
                    request,
                    session,
                    one,
                    lambda: files.save(one, text, base=base, staff=session.name),
                    text=text,
                )

            return opened(file, request, session, keep)

        return frame.answered(do)

    @router.post("/files/undo")
    def undo(request: Request, token: str = Form(""), file: str = Form("")) -> Response:
        def do() -> Response:
            session = frame.posting(request, token)
            return opened(
                file,
                request,
                session,
                lambda one: changed(
                    request, session, one, lambda: files.undo(one, staff=session.name)
                ),
            )

        return frame.answered(do)


def _changes(before: str, after: str) -> list[tuple[str, str]]:
    """Lines that go, come or stay around them, each with ``-``, ``+``, a space or ``@``."""
    old, new = before.splitlines(), tidied(after).splitlines()
    lines = list(difflib.unified_diff(old, new, lineterm="", n=_AROUND))[2:]
    return [(line[:1], "" if line.startswith("@") else line[1:]) for line in lines]
