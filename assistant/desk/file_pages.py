"""``/desk/files``: staff edit policies and hand-off rules, see first what it means, and undo it."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from babel.dates import get_day_names
from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from assistant.desk.files import LANGUAGES, ShopFile, ShopFiles, Trial, digest, tidied
from assistant.desk.frame import Frame
from assistant.desk.meanings import HANDOFF, Meaning, hours_in, with_hours
from assistant.desk.ranking_rules import RANKING
from assistant.desk.showing import HEADERS, said_of, texts
from assistant.desk.staff import Session
from assistant.errors import BadInput, FileChanged, StoreUnavailable
from assistant.reply import Language

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
        language = frame.language_of(request)
        words = texts(language)["files"]
        times, changed = frame.times(language), files.last_edits()

        def entry(file: ShopFile) -> tuple[str, str, str]:
            edit = changed.get(file.name)
            told = (
                words["changed"].format(ago=times.ago(edit.time), staff=edit.staff) if edit else ""
            )
            return file.name, _title(file, words), told

        policies = [(one, [entry(file) for file in files.policies(one)]) for one in LANGUAGES]
        kept = {name for _, entries in policies for name, _, _ in entries}
        return frame.page(
            "files",
            request,
            session,
            here="/desk/files",
            policies=policies,
            rules=[entry(file) for file in files.all() if file.name not in kept],
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
        language = frame.language_of(request)
        words, times = texts(language)["files"], frame.times(language)
        current = file.read()
        draft = current if text is None else text
        return frame.page(
            "file",
            request,
            session,
            here=f"/desk/files/edit?file={quote(file.name)}",
            file=file.name,
            named=_title(file, words),
            is_policy=file.name not in (HANDOFF, RANKING),
            draft=draft,
            base=base or digest(current),
            seen=digest(tidied(draft)) if meaning is not None else "",
            meaning=meaning,
            reads=meaning if text is not None else _meaning(file, current, language),
            tries=file.tried is not None,
            query=query,
            trial=trial,
            hours=hours_in(draft) if file.name == HANDOFF else None,
            days=get_day_names("wide", locale=language),
            changes=_changes(current, draft) if text is not None else [],
            edits=[
                (edit.staff, times.ago(edit.time), times.exact(edit.time))
                for edit in files.edits(file.name)[:_MOST_SHOWN]
            ],
            status=status,
            problem=problem,
        )

    def opened(
        name: str, request: Request, session: Session, do: Callable[[ShopFile], Response]
    ) -> Response:
        try:
            return do(files.file(name))
        except BadInput as error:  # there is none of that name, or it cannot be read
            said = said_of(error, frame.language_of(request))
            return listed(request, session, status=404, problem=said)

    def preview(
        request: Request, session: Session, file: ShopFile, text: str, base: str, query: str = ""
    ) -> Response:
        language = frame.language_of(request)
        try:
            meaning = file.meaning(tidied(text), language)
            asked = query.strip() if file.tried is not None else ""
            trial = file.tried(tidied(text), asked, language) if file.tried and asked else None
        except BadInput as error:
            status, said = error.http_status, said_of(error, language)
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
        except (BadInput, FileChanged, StoreUnavailable) as error:
            # With what is in the file by now to start from.
            status = error.http_status
            said = said_of(error, frame.language_of(request))
            return editor(request, session, file, text=text, status=status, problem=said)
        return _redirected(file.name)

    @router.get("/files")
    def all_files(request: Request) -> Response:
        return frame.answered(lambda: listed(request, frame.who(request)))

    @router.get("/files/new")
    def begin(request: Request, language_of: str = "", name: str = "") -> Response:
        def do() -> Response:
            session = frame.who(request)
            stem = name.strip().removesuffix(".md")
            file = f"{language_of}/{stem}.md"
            return opened(file, request, session, lambda one: _redirected(one.name))

        return frame.answered(do)

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
                old, base = given.get("text", ""), given.get("base", "")
                try:
                    text = with_hours(
                        old,
                        time_zone=given.get("time_zone", ""),
                        week=given,
                        holidays=given.get("holidays", ""),
                    )
                except BadInput as error:
                    status, said = error.http_status, said_of(error, frame.language_of(request))
                    return editor(
                        request, session, one, text=old, base=base, status=status, problem=said
                    )
                return preview(request, session, one, text, base)

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


def _redirected(name: str) -> Response:
    return RedirectResponse(f"/desk/files/edit?file={quote(name)}", 303, headers=HEADERS)


def _title(file: ShopFile, words: Mapping[str, Any]) -> str:
    """What a file is called at the desk."""
    named: str | None = words["names"].get(file.name)
    return named or file.heading()


def _meaning(file: ShopFile, text: str, language: Language) -> list[Meaning]:
    """What a file says as it is; nothing where it cannot be used, or is still to be begun."""
    try:
        return file.meaning(text, language)
    except BadInput:
        return []


def _changes(before: str, after: str) -> list[tuple[str, str]]:
    """Lines that go, come or stay around them, each with ``-``, ``+``, a space or ``@``."""
    old, new = before.splitlines(), tidied(after).splitlines()
    lines = list(difflib.unified_diff(old, new, lineterm="", n=_AROUND))[2:]
    return [(line[:1], "" if line.startswith("@") else line[1:]) for line in lines]
