"""The shopper's web page: wired and mounted."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import gradio as gr
from fastapi import FastAPI, HTTPException, Request, Response

from assistant.app import Assistant
from assistant.identity import GUEST_COOKIE
from assistant.reply import Language
from ui.answer_stream import answer_routes
from ui.look import document_head, page_theme
from ui.parts import ANSWER_PARTS, DECLINED, Parts, Update, lay_out
from ui.texts import known_language, preferred_language, texts
from ui.visit import Visits

_QUEUE_SECONDS = 60.0


def mount_page(
    http: FastAPI, assistant: Assistant, guest_of: Callable[[str | None], str | None]
) -> None:
    """Mounts the page at ``/``; to be called last, since it takes every path that is left.

    Args:
        http: the server's app.
        assistant: answers the shoppers.
        guest_of: the shopper whom a ``shopguide_guest`` cookie names, None for none or a bad one.
    """
    visits = Visits(assistant)

    def my_data(request: Request) -> Response:
        shopper = asking(request)
        if shopper is None:
            raise HTTPException(status_code=404)
        text = json.dumps(visits.my_data(shopper), ensure_ascii=False, indent=2)
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": 'attachment; filename="shopguide-my-data.json"',
        }
        return Response(text, media_type="application/json", headers=headers)

    def asking(request: Request) -> str | None:
        return guest_of(request.cookies.get(GUEST_COOKIE))

    http.include_router(answer_routes(visits, asking))
    http.add_api_route("/my-data.json", my_data, methods=["GET"], include_in_schema=False)
    # The page takes no files, but Gradio offers a door for them.
    http.add_api_route("/gradio_api/upload", _no_uploads, methods=["POST"], include_in_schema=False)
    gr.mount_gradio_app(
        http,
        build_page(visits, guest_of),
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size="1kb",
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=page_theme(),
        head=document_head(assistant.settings.picture_origins),
        app_kwargs={"openapi_url": None, "redoc_url": None},
    )


def build_page(visits: Visits, guest_of: Callable[[str | None], str | None]) -> gr.Blocks:
    """The page, not yet mounted.

    Args:
        visits: what the page shows.
        guest_of: as for ``mount_page``.
    """
    blocks = gr.Blocks(analytics_enabled=False, title=texts("en").name, fill_width=True)
    with blocks:
        _wire(blocks, lay_out(visits), visits, guest_of)
    blocks.queue(api_open=False)
    # Nothing is queued; Gradio would look a thousand times a second whether something is.
    queue = blocks._queue
    queue.sleep_when_free = queue.progress_update_sleep_when_free = _QUEUE_SECONDS
    return blocks


def _wire(
    blocks: gr.Blocks,
    parts: Parts,
    visits: Visits,
    guest_of: Callable[[str | None], str | None],
) -> None:
    def shopper_of(request: gr.Request) -> str | None:
        # Only the cookie counts: everything else of a request is the browser's to choose.
        cookies: dict[str, str] = dict(request.request.cookies) if request.request else {}
        return guest_of(cookies.get(GUEST_COOKIE))

    async def load(thread: object, kept: object, declined: object, request: gr.Request) -> Update:
        accept = request.request.headers.get("accept-language", "") if request.request else ""
        language = known_language(kept) or preferred_language(accept)
        return await show(thread, language, declined, request)

    async def switch(
        chosen: object, thread: object, declined: object, request: gr.Request
    ) -> Update:
        return await show(thread, _language(chosen), declined, request)

    async def show(
        thread: object, language: Language, declined: object, request: gr.Request
    ) -> Update:
        no = declined == DECLINED
        screen = await visits.show(shopper_of(request), thread, language, declined=no)
        return parts.shown(screen, language, visits)

    async def begin(chosen: object, declined: object, request: gr.Request) -> Update:
        no = declined == DECLINED
        shopper = shopper_of(request)
        return parts.screen(await visits.show(shopper, "", _language(chosen), declined=no))

    async def resume(
        thread: object,
        chosen: object,
        declined: object,
        seen: object,
        asking: object,
        request: gr.Request,
    ) -> Update:
        screen = await visits.resume(
            shopper_of(request),
            thread,
            _language(chosen),
            seen=seen,
            asking=asking,
            declined=declined == DECLINED,
        )
        return parts.screen(screen)

    async def act(wanted: object, thread: object, chosen: object, request: gr.Request) -> Update:
        shopper = shopper_of(request)
        return parts.screen(await visits.act(wanted, shopper, _language(chosen), thread=thread))

    async def find(query: object, thread: object, chosen: object, request: gr.Request) -> str:
        screen = await visits.find(shopper_of(request), thread, query, _language(chosen))
        # Searched for what is in no conversation, the place to search stays.
        return screen.threads or ""

    async def listen(
        thread: object, heard: object, asking: object, chosen: object, request: gr.Request
    ) -> Update:
        return parts.screen(
            await visits.listen(shopper_of(request), thread, heard, asking, _language(chosen))
        )

    # Past Gradio's queue, which makes two requests of one and keeps statistics of each.
    quiet: dict[str, Any] = {
        "show_progress": "hidden", "api_visibility": "private", "queue": False,
    }  # fmt: skip
    shown, here = parts.all(), [parts.thread, parts.language]

    def in_browser(
        event: Any, call: str, inputs: Sequence[Any], outputs: Sequence[Any] = ()
    ) -> None:
        """Has the page's script do something, which no server is asked for by Gradio."""
        script = f"(...given) => window.shopguide.{call}"
        event(None, list(inputs), list(outputs), js=script, **quiet)

    def and_resume(event: Any) -> None:
        asking = [parts.thread, parts.asking, parts.language]
        in_browser(event.then, "resume(...given)", asking)

    started = [parts.thread, parts.kept_language, parts.declined]
    and_resume(blocks.load(load, started, shown, **quiet))
    back = [*here, parts.declined, parts.seen, parts.asking]
    and_resume(parts.back.click(resume, back, shown, **quiet))
    parts.language.input(switch, [parts.language, parts.thread, parts.declined], shown, **quiet)
    heard_from = [parts.thread, parts.heard, parts.asking, parts.language]
    parts.listening.tick(listen, heard_from, parts.heard_from_shop(), **quiet)
    acted = [parts.act, parts.thread, parts.language]
    parts.do.click(act, acted, shown, trigger_mode="multiple", **quiet)
    found = [parts.search, *here]
    parts.search.input(find, found, parts.threads, trigger_mode="always_last", **quiet)
    parts.new.click(begin, [parts.language, parts.declined], shown, **quiet)
    asked = [*here, parts.replaces]
    in_browser(partial(gr.on, [parts.box.submit, parts.send.click]), "ask(...given)",
               [parts.box, *asked])  # fmt: skip
    for button in parts.questions:
        in_browser(button.click, "ask(...given)", [button, *asked])
    stopped = [parts.thread, parts.asking, parts.language]
    in_browser(parts.stop.click, "stop(...given)", stopped)
    names = json.dumps(ANSWER_PARTS)
    in_browser(parts.told.click, f"take({names})", [], parts.of_answer())


def _language(chosen: object) -> Language:
    return known_language(chosen) or "en"


def _no_uploads() -> None:
    raise HTTPException(status_code=404)
