"""The parts of the page, as Gradio lays them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from html import escape
from typing import Any

import gradio as gr

from assistant.reply import Language
from ui.look import HALF_MOON, ICON
from ui.screen import Screen
from ui.texts import Texts, texts
from ui.visit import Visits

LISTEN_SECONDS = 4.0
# Gradio encrypts what it keeps in the browser. Nothing secret is kept there, so a fixed word
# serves, with which the conversation is found again after the server was started anew.
_BROWSER_WORD = "shopguide"
# What the browser keeps of a shopper who does not want to be remembered, nor asked again.
DECLINED = "no"
# Of these a screen has the HTML, or the plain text that is kept.
_TOLD = (
    "thread", "past", "turn", "notice", "need", "profile", "consent", "interests", "asking",
    "speaker", "heard", "seen", "editing", "replaces", "sheet", "threads",
)  # fmt: skip

# What may change while a message is answered, in the order in which the page's script has it.
ANSWER_PARTS = (
    "thread", "past", "turn", "notice", "need", "speaker", "heard", "seen", "asking", "editing",
    "replaces", "box", "suggested", "send", "stop", "new", "language", "listening", "profile",
    "threads", "shelf",
)  # fmt: skip

Update = dict[Any, Any]


def updates_of(screen: Screen) -> dict[str, Any]:
    """What changes on the page, by the name of the part: its value, or Gradio's update of it.

    Args:
        screen: what changes.
    """
    told = {name: getattr(screen, name) for name in _TOLD}
    updates: dict[str, Any] = {name: text for name, text in told.items() if text is not None}
    if screen.heard is not None:
        # Only while a case is open is anything to be heard of.
        updates["listening"] = gr.update(active=bool(screen.heard))
    if screen.box is not None:
        updates["box"] = gr.update(value=screen.box)
    if screen.threads is not None:
        updates["shelf"] = gr.update(visible=bool(screen.threads))
    if screen.declined is not None:
        updates["declined"] = DECLINED if screen.declined else ""
    if screen.fresh is not None:
        updates["suggested"] = gr.update(visible=screen.fresh)
    if screen.busy is not None:
        updates["send"] = gr.update(visible=not screen.busy)
        updates["stop"] = gr.update(visible=screen.busy)
        for part in ("new", "language"):
            updates[part] = gr.update(interactive=not screen.busy)
    return updates


@dataclass(frozen=True)
class Parts:
    """The parts of the page that change, or that something is read from."""

    head: gr.HTML
    language: gr.Radio
    new: gr.Button
    speaker: gr.HTML
    past: gr.HTML
    turn: gr.HTML
    notice: gr.HTML
    hint: gr.HTML
    suggested: gr.Row
    questions: Sequence[gr.Button]
    editing: gr.HTML
    box: gr.Textbox
    send: gr.Button
    stop: gr.Button
    need: gr.HTML
    profile: gr.HTML
    consent: gr.HTML
    interests: gr.HTML
    sheet: gr.HTML
    shelf: gr.Accordion
    search: gr.Textbox
    threads: gr.HTML
    chosen: gr.HTML
    act: gr.Textbox
    do: gr.Button
    back: gr.Button
    told: gr.Button
    foot: gr.HTML
    thread: gr.BrowserState
    kept_language: gr.BrowserState
    declined: gr.BrowserState
    asking: gr.Textbox
    heard: gr.Textbox
    seen: gr.Textbox
    replaces: gr.Textbox
    listening: gr.Timer

    def screen(self, screen: Screen) -> Update:
        """The updates for what changes on the page."""
        updates = {getattr(self, name): update for name, update in updates_of(screen).items()}
        # Gradio takes an empty dictionary for a value that is missing.
        return updates or {self.notice: gr.update()}

    def wording(self, language: Language, visits: Visits) -> Update:
        """The updates that put the page into a language."""
        words = texts(language)
        updates: Update = {
            self.head: _head(words, language),
            self.foot: _foot(words, language, demo=visits.is_demo),
            self.hint: _hint(words, visits),
            self.chosen: _chosen(words),
            self.search: gr.update(
                label=words.threads.search, placeholder=words.threads.search, value=""
            ),
            self.language: gr.update(value=language),
            self.kept_language: language,
            self.new: gr.update(value=words.new),
            self.send: gr.update(value=words.send),
            self.stop: gr.update(value=words.stop),
            self.box: gr.update(label=words.box_label, placeholder=words.box_hint),
        }
        for button, question in zip(self.questions, _questions(words, visits), strict=True):
            updates[button] = gr.update(value=question)
        return updates

    def shown(self, screen: Screen, language: Language, visits: Visits) -> Update:
        """The updates of a screen beside a change of language: one part may have both."""
        updates = self.screen(screen) | self.wording(language, visits)
        words = texts(language)
        updates[self.language] = gr.update(value=language, interactive=not screen.busy)
        updates[self.new] = gr.update(value=words.new, interactive=not screen.busy)
        updates[self.send] = gr.update(value=words.send, visible=not screen.busy)
        updates[self.stop] = gr.update(value=words.stop, visible=bool(screen.busy))
        updates[self.shelf] = gr.update(label=words.threads.title, visible=bool(screen.threads))
        if screen.box is not None:
            updates[self.box] = gr.update(
                label=words.box_label, placeholder=words.box_hint, value=screen.box
            )
        return updates

    def of_answer(self) -> list[Any]:
        """What may change when something is said, as ``ANSWER_PARTS`` has it."""
        return [getattr(self, name) for name in ANSWER_PARTS]

    def heard_from_shop(self) -> list[Any]:
        """What may change when somebody of the shop has written."""
        return [
            self.past, self.turn, self.notice, self.speaker, self.heard, self.seen, self.listening,
        ]  # fmt: skip

    def all(self) -> list[Any]:
        """Every part that an event may change."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        questions = parts.pop("questions")
        inward = {"act", "do", "back", "told"}
        return [*(part for name, part in parts.items() if name not in inward), *questions]


def lay_out(visits: Visits) -> Parts:
    """Lays the parts out, in the page's order, which is that of the keyboard too."""
    words = texts("en")
    thread = gr.BrowserState("", storage_key="shopguide-thread", secret=_BROWSER_WORD)
    kept_language = gr.BrowserState("", storage_key="shopguide-language", secret=_BROWSER_WORD)
    declined = gr.BrowserState("", storage_key="shopguide-declined", secret=_BROWSER_WORD)
    # The page's script changes them too, so that they are the browser's.
    asking, heard, seen, replaces = (gr.Textbox("", visible=False) for _ in range(4))
    listening = gr.Timer(LISTEN_SECONDS, active=False)
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
                    for question in _questions(words, visits)
                ]
            with gr.Column(elem_id="sg-foot-of-talk"):
                editing = _html("sg-editing")
                hint = _html("sg-hint", _hint(words, visits))
                chosen = _html("sg-chosen", _chosen(words))
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
            with gr.Accordion(
                words.threads.title, open=False, visible=False, elem_id="sg-shelf"
            ) as shelf:
                search = gr.Textbox(
                    label=words.threads.search,
                    placeholder=words.threads.search,
                    show_label=False,
                    container=False,
                    max_length=200,
                    elem_id="sg-search",
                )
                threads = _html("sg-threads")
    interests = _html("sg-interests")
    sheet = _html("sg-sheet")
    # What the page's script asks for comes in here; nobody sees it.
    act = gr.Textbox(lines=2, container=False, show_label=False, elem_id="sg-act")
    do = gr.Button("", elem_id="sg-do")
    back = gr.Button("", elem_id="sg-back")
    told = gr.Button("", elem_id="sg-told")
    foot = _html("sg-foot", _foot(words, "en", demo=visits.is_demo))
    return Parts(
        head=head, language=language, new=new, past=past, turn=turn, notice=notice, hint=hint,
        suggested=suggested, questions=questions, editing=editing, box=box, send=send, stop=stop,
        need=need, profile=profile, consent=consent, interests=interests, sheet=sheet,
        shelf=shelf, search=search, threads=threads,
        chosen=chosen, act=act, do=do,
        back=back, told=told, foot=foot,
        thread=thread, kept_language=kept_language, declined=declined,
        asking=asking, speaker=speaker, heard=heard, seen=seen, replaces=replaces,
        listening=listening,
    )  # fmt: skip


def _html(name: str, value: str = "") -> gr.HTML:
    # Its own script would only report clicks, and its styles are those of a document.
    return gr.HTML(value, elem_id=name, apply_default_css=False, js_on_load=None, padding=False)


def _questions(words: Texts, visits: Visits) -> list[str]:
    return words.questions_demo if visits.is_demo else words.questions_any


def _head(words: Texts, language: Language) -> str:
    return (
        f'<header class="sg-head" lang="{_tag(language)}" data-title="{escape(words.title)}">'
        f"{ICON}<div><h1>{escape(words.name)}</h1><p>{escape(words.tagline)}</p></div>"
        f'<button type="button" class="sg-round sg-theme" aria-pressed="false" '
        f'aria-label="{escape(words.dark)}" title="{escape(words.dark)}">{HALF_MOON}</button>'
        "</header>"
    )


def _hint(words: Texts, visits: Visits) -> str:
    """Where the page's script tells what only it knows."""
    told = {
        "pasted": words.pasted.replace("{most}", f"{visits.message_limit:,}"),
        "waiting": words.still_answering,
        # Told before the page knows its language.
        "loading": f"{texts('en').working} {texts('zh').working}",
        "lost": words.connection_lost,
        "unsent": words.unsent,
        "failed": words.failed,
    }
    data = "".join(f' data-{name}="{escape(text)}"' for name, text in told.items())
    return f'<p class="sg-hint" role="status"{data}></p>'


def _chosen(words: Texts) -> str:
    """The bar with the products that are chosen for a comparison; the page's script fills it."""
    return (
        f'<div class="sg-chosen" role="group" aria-label="{escape(words.comparison)}">'
        f'<span class="sg-chosen-count" role="status" data-text="{escape(words.chosen)}"'
        f' data-most="{escape(words.chosen_most)}"></span>'
        f'<button type="button" class="sg-act sg-compare-now">{escape(words.compare_now)}</button>'
        f'<button type="button" class="sg-act sg-small sg-compare-none">'
        f"{escape(words.compare_none)}</button></div>"
    )


def _foot(words: Texts, language: Language, *, demo: bool) -> str:
    if not demo:
        return ""
    return f'<footer lang="{_tag(language)}">{escape(words.illustrative)}</footer>'


def _tag(language: Language) -> str:
    return "zh-Hans" if language == "zh" else "en"
