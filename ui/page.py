"""The shopper's web page: Gradio's parts, laid out, wired and mounted."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr
from fastapi import FastAPI, HTTPException, Request, Response

from assistant.app import Assistant
from assistant.http.limits import network_of
from assistant.identity import GUEST_COOKIE
from assistant.reply import Language
from ui.look import ICON, document_head, page_theme
from ui.screen import Screen
from ui.texts import Texts, known_language, preferred_language, texts
from ui.visit import Visits

_WAITING, _AT_ONCE = 64, 8
_LISTEN_SECONDS = 4.0
# Gradio encrypts what it keeps in the browser. Nothing secret is kept there, so a fixed word
# serves, with which the conversation is found again after the server was started anew.
_BROWSER_WORD = "shopguide"
# What the browser keeps of a shopper who does not want to be remembered, nor asked again.
_NO = "no"

Update = dict[Any, Any]


@dataclass(frozen=True)
class _Parts:
    """The parts of the page that change."""

    head: gr.HTML
    language: gr.Radio
    new: gr.Button
    speaker: gr.HTML
    past: gr.HTML
    turn: gr.HTML
    notice: gr.HTML
    suggested: gr.Row
    questions: Sequence[gr.Button]
    box: gr.Textbox
    send: gr.Button
    stop: gr.Button
    need: gr.HTML
    profile: gr.HTML
    consent: gr.HTML
    interests: gr.HTML
    act: gr.Textbox
    do: gr.Button
    foot: gr.HTML
    thread: gr.BrowserState
    kept_language: gr.BrowserState
    declined: gr.BrowserState
    asking: gr.State
    heard: gr.State
    listening: gr.Timer

    def screen(self, screen: Screen) -> Update:
        """The updates for what changes on the page."""
        texts_of = {
            self.thread: screen.thread,
            self.past: screen.past,
            self.turn: screen.turn,
            self.notice: screen.notice,
            self.need: screen.need,
            self.profile: screen.profile,
            self.consent: screen.consent,
            self.interests: screen.interests,
            self.asking: screen.asking,
            self.speaker: screen.speaker,
            self.heard: screen.heard,
        }
        updates: Update = {part: text for part, text in texts_of.items() if text is not None}
        if screen.heard is not None:
            # Only while a case is open is anything to be heard of.
            updates[self.listening] = gr.Timer(_LISTEN_SECONDS, active=bool(screen.heard))
        if screen.box is not None:
            updates[self.box] = gr.update(value=screen.box)
        if screen.declined is not None:
            updates[self.declined] = _NO if screen.declined else ""
        if screen.fresh is not None:
            updates[self.suggested] = gr.update(visible=screen.fresh)
        if screen.busy is not None:
            updates[self.send] = gr.update(visible=not screen.busy)
            updates[self.stop] = gr.update(visible=screen.busy)
            for part in (self.new, self.language):
                updates[part] = gr.update(interactive=not screen.busy)
        return updates

    def wording(self, language: Language, *, demo: bool) -> Update:
        """The updates that put the page into a language."""
        words = texts(language)
        updates: Update = {
            self.head: _head(words, language),
            self.foot: _foot(words, language, demo=demo),
            self.language: gr.update(value=language),
            self.kept_language: language,
            self.new: gr.update(value=words.new),
            self.send: gr.update(value=words.send),
            self.stop: gr.update(value=words.stop),
            self.box: gr.update(label=words.box_label, placeholder=words.box_hint),
        }
        for button, question in zip(self.questions, _questions(words, demo=demo), strict=True):
            updates[button] = gr.update(value=question)
        return updates

    def all(self) -> list[Any]:
        """Every part that an event may change."""
        return [
            self.head, self.language, self.new, self.past, self.turn, self.notice, self.suggested,
            *self.questions, self.box, self.send, self.stop, self.need, self.profile, self.consent,
            self.interests, self.foot,
            self.thread, self.kept_language, self.declined, self.asking,
            self.speaker, self.heard, self.listening,
        ]  # fmt: skip


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
        shopper = guest_of(request.cookies.get(GUEST_COOKIE))
        if shopper is None:
            raise HTTPException(status_code=404)
        text = json.dumps(visits.my_data(shopper), ensure_ascii=False, indent=2)
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": 'attachment; filename="shopguide-my-data.json"',
        }
        return Response(text, media_type="application/json", headers=headers)

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
        head=document_head(),
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
        parts = _lay_out(visits)
        _wire(blocks, parts, visits, guest_of)
    blocks.queue(max_size=_WAITING, default_concurrency_limit=_AT_ONCE, api_open=False)
    return blocks


def _lay_out(visits: Visits) -> _Parts:
    words = texts("en")
    thread = gr.BrowserState("", storage_key="shopguide-thread", secret=_BROWSER_WORD)
    kept_language = gr.BrowserState("", storage_key="shopguide-language", secret=_BROWSER_WORD)
    declined = gr.BrowserState("", storage_key="shopguide-declined", secret=_BROWSER_WORD)
    asking, heard = gr.State(""), gr.State("")
    listening = gr.Timer(_LISTEN_SECONDS, active=False)
    with gr.Row(elem_id="sg-top"):
        head = _html("sg-head", _head(words, "en"))
        new = gr.Button(words.new, elem_id="sg-new", size="sm")
        language = gr.Radio(
            [("English", "en"), ("中文", "zh")],
            value="en",
            label="Language / 语言",
            container=False,
            elem_id="sg-language",
            interactive=True,
        )
    with gr.Row(elem_id="sg-body"):
        with gr.Column(elem_id="sg-main"):
            with gr.Column(elem_id="sg-conversation"):
                speaker = _html("sg-speaking")
                past = _html("sg-past")
                turn = _html("sg-last")
                notice = _html("sg-notice")
                consent = _html("sg-consent")
            with gr.Row(elem_id="sg-suggested", visible=False) as suggested:
                questions = [
                    gr.Button(question, elem_classes="sg-question")
                    for question in _questions(words, demo=visits.is_demo)
                ]
            with gr.Row(elem_id="sg-composer"):
                box = gr.Textbox(
                    label=words.box_label,
                    placeholder=words.box_hint,
                    lines=1,
                    max_lines=6,
                    max_length=visits.message_limit,
                    autofocus=True,
                    elem_id="sg-box",
                )
                send = gr.Button(words.send, variant="primary", elem_id="sg-send")
                stop = gr.Button(words.stop, visible=False, elem_id="sg-stop")
        with gr.Column(elem_id="sg-side"):
            need = _html("sg-need")
            profile = _html("sg-profile")
    interests = _html("sg-interests")
    # What the panels' buttons ask for comes in here; nobody sees it.
    act = gr.Textbox(lines=2, container=False, show_label=False, elem_id="sg-act")
    do = gr.Button("", elem_id="sg-do")
    foot = _html("sg-foot", _foot(words, "en", demo=visits.is_demo))
    return _Parts(
        head=head, language=language, new=new, past=past, turn=turn, notice=notice,
        suggested=suggested, questions=questions, box=box, send=send, stop=stop, need=need,
        profile=profile, consent=consent, interests=interests, act=act, do=do, foot=foot,
        thread=thread, kept_language=kept_language, declined=declined,
        asking=asking, speaker=speaker, heard=heard, listening=listening,
    )  # fmt: skip


def _html(name: str, value: str = "") -> gr.HTML:
    # Its own script would only report clicks, and its styles are those of a document.
    return gr.HTML(value, elem_id=name, apply_default_css=False, js_on_load=None, padding=False)


def _wire(
    blocks: gr.Blocks,
    parts: _Parts,
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
        screen = await visits.show(shopper_of(request), thread, language, declined=declined == _NO)
        return parts.wording(language, demo=visits.is_demo) | _merged(parts, screen, language)

    async def switch(
        chosen: object, thread: object, declined: object, request: gr.Request
    ) -> Update:
        language = known_language(chosen) or "en"
        screen = await visits.show(shopper_of(request), thread, language, declined=declined == _NO)
        return parts.wording(language, demo=visits.is_demo) | _merged(parts, screen, language)

    async def begin(chosen: object, declined: object, request: gr.Request) -> Update:
        language = known_language(chosen) or "en"
        shopper = shopper_of(request)
        return parts.screen(await visits.show(shopper, "", language, declined=declined == _NO))

    async def ask(
        message: object, thread: object, chosen: object, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        screens = visits.ask(
            message,
            shopper_of(request),
            thread,
            known_language(chosen) or "en",
            address=network_of(request.request.scope) if request.request else None,
        )
        try:
            async for screen in screens:
                yield parts.screen(screen)
        finally:
            # A stopped answer must also stop the model.
            await screens.aclose()

    def stopped(asking: object, chosen: object) -> Update:
        return parts.screen(visits.stopped(asking, known_language(chosen) or "en"))

    async def act(wanted: object, thread: object, chosen: object, request: gr.Request) -> Update:
        language = known_language(chosen) or "en"
        return parts.screen(await visits.act(wanted, shopper_of(request), language, thread=thread))

    async def listen(
        thread: object, heard: object, asking: object, chosen: object, request: gr.Request
    ) -> Update:
        language = known_language(chosen) or "en"
        return parts.screen(
            await visits.listen(shopper_of(request), thread, heard, asking, language)
        )

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    shown = parts.all()
    blocks.load(load, [parts.thread, parts.kept_language, parts.declined], shown, **quiet)
    parts.language.input(switch, [parts.language, parts.thread, parts.declined], shown, **quiet)
    heard_from = [parts.thread, parts.heard, parts.asking, parts.language]
    parts.listening.tick(listen, heard_from, shown, **quiet)
    acted = [parts.act, parts.thread, parts.language]
    parts.do.click(act, acted, shown, trigger_mode="multiple", **quiet)
    parts.new.click(begin, [parts.language, parts.declined], shown, **quiet)
    asked = [
        gr.on(
            triggers,
            ask,
            [message, parts.thread, parts.language],
            shown,
            concurrency_limit=_AT_ONCE,
            concurrency_id="ask",
            **quiet,
        )
        for triggers, message in [
            ([parts.box.submit, parts.send.click], parts.box),
            *(([button.click], button) for button in parts.questions),
        ]
    ]
    parts.stop.click(stopped, [parts.asking, parts.language], shown, cancels=list(asked), **quiet)


def _merged(parts: _Parts, screen: Screen, language: Language) -> Update:
    """The updates of a screen beside a change of language: one part may have both."""
    updates = parts.screen(screen)
    updates[parts.language] = gr.update(value=language, interactive=not screen.busy)
    words = texts(language)
    updates[parts.new] = gr.update(value=words.new, interactive=not screen.busy)
    updates[parts.send] = gr.update(value=words.send, visible=not screen.busy)
    updates[parts.stop] = gr.update(value=words.stop, visible=bool(screen.busy))
    return updates


def _questions(words: Texts, *, demo: bool) -> list[str]:
    return words.questions_demo if demo else words.questions_any


def _head(words: Texts, language: Language) -> str:
    return (
        f'<header class="sg-head" lang="{_tag(language)}" data-title="{escape(words.title)}">'
        f"{ICON}<div><h1>{escape(words.name)}</h1><p>{escape(words.tagline)}</p></div></header>"
    )


def _foot(words: Texts, language: Language, *, demo: bool) -> str:
    if not demo:
        return ""
    return f'<footer lang="{_tag(language)}">{escape(words.illustrative)}</footer>'


def _tag(language: Language) -> str:
    return "zh-Hans" if language == "zh" else "en"


def _no_uploads() -> None:
    raise HTTPException(status_code=404)
