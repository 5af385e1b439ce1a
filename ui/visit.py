"""What a shopper does on the page and what the page then shows; knows nothing of Gradio."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from assistant.app import Assistant
from assistant.reply import Language
from retrieval.errors import ShopGuideError
from ui.answers import Answers, failed_screen
from ui.buttons import Buttons
from ui.conversation import (
    notice_html,
    speaker_html,
    turn_html,
    turns_html,
)
from ui.memory_visit import MemoryVisits
from ui.names import Names
from ui.profile_panel import consent_html, profile_html
from ui.reading import Reading
from ui.screen import Screen
from ui.talk import Talk, Talks, shown
from ui.thread_visit import ThreadVisits
from ui.wanted import Wanted


class Visits:
    """The page's side of the assistant.

    Args:
        assistant: answers.
    """

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._reading = Reading()
        self._memory = MemoryVisits(assistant)
        self._talks = Talks(assistant, self._reading)
        self._threads = ThreadVisits(assistant, self._reading)
        self.answers = Answers(assistant, self._talks, self._memory, self._threads, self._reading)
        self._buttons = Buttons(assistant, self._talks, self._memory)

    @property
    def is_demo(self) -> bool:
        """Whether the demo shop is served, whose prices are illustrative."""
        return self._assistant.settings.catalog == "demo"

    @property
    def message_limit(self) -> int:
        """Characters of a message at most."""
        return self.answers.message_limit

    # the page as it stands -------------------------------------------------------------------

    async def show(
        self,
        shopper: str | None,
        thread: object,
        language: Language,
        *,
        declined: bool = False,
    ) -> Screen:
        """The page as it stands: a reload loses nothing, not even what is being answered.

        Args:
            shopper: who is asking, as the server settled it; None where it could not.
            thread: the browser's word for the conversation, which is only a hint.
            language: of the page.
            declined: whether the shopper has said not to be remembered, as the browser knows.
        """
        if shopper is None:
            names = Names(language)
            return shown(Talk(), names).but(
                notice=notice_html(names.texts.reload),
                profile=profile_html(self._memory.known(None), names),
                consent="",
                interests="",
                threads="",
            )
        place = thread if isinstance(thread, str) else ""
        begun = self.answers.underway.of(shopper, place)
        names = await self._talks.names(language)
        talk = await self._talks.read(thread, shopper)
        known = await self._reading(self._memory.known, shopper)
        screen = shown(talk, names).but(
            profile=profile_html(known, names),
            consent="" if known.consent or declined else consent_html(names),
            interests="",
            threads=await self._threads.listed(shopper, names, here=talk.thread_id),
        )
        underway = self.answers.underway.of(shopper, place)
        failed = None if underway else self.answers.underway.take_failed(shopper, place)
        if underway is None and failed is None:
            if begun is not None:  # it ended while the talk was read
                return await self.show(shopper, thread, language, declined=declined)
            return screen
        screen = screen.but(thread=place, past=turns_html(talk.turns(editable=False), names))
        if failed is not None:
            return screen.but(**failed_screen(failed, names).changes())
        assert underway is not None
        return screen.but(
            turn=turn_html(underway.view, names),
            asking=underway.view.message,
            fresh=False,
            busy=True,
        )

    async def resume(
        self,
        shopper: str | None,
        thread: object,
        language: Language,
        *,
        seen: object,
        asking: object,
        declined: bool = False,
    ) -> Screen:
        """The page after it was out of sight: another tab may have gone on in the same thread.

        Args:
            shopper, thread, language, declined: as for ``show``.
            seen: what the page has shown of the thread.
            asking: the message that it takes to be answered.
        """
        if shopper is None or asking:
            return Screen()
        talk = await self._talks.read(thread, shopper)
        place = thread if isinstance(thread, str) else ""
        if talk.seen == seen and self.answers.underway.of(shopper, place) is None:
            return Screen()
        return await self.show(shopper, thread, language, declined=declined)

    # messages --------------------------------------------------------------------------------

    async def ask(
        self,
        message: object,
        shopper: str | None,
        thread: object,
        language: Language,
        *,
        address: str | None = None,
        count: Callable[[str], Awaitable[None]] | None = None,
        replaces: object = "",
    ) -> AsyncGenerator[Screen, None]:
        """Answers a message from its beginning to its end. Args as for ``Answers.begin``."""
        begun = await self.answers.begin(
            message, shopper, thread, language, address=address, count=count, replaces=replaces
        )
        yield begun
        if not begun.asking:
            return
        screens = self.follow(shopper, begun.thread, language, begun.asking)
        async with aclosing(screens):
            async for screen in screens:
                yield screen

    async def follow(
        self, shopper: str | None, thread: object, language: Language, asking: object
    ) -> AsyncGenerator[Screen, None]:
        """What is told of a message that was sent before, to the end of its answer.

        Args as for ``Answers.follow``.
        """
        place = thread if isinstance(thread, str) else ""
        watched = self.answers.underway.of(shopper, place) if shopper and asking else None
        async with aclosing(self.answers.follow(shopper, thread, language, asking)) as screens:
            async for screen in screens:
                yield screen
        yield await self.answers.finish(shopper, thread, language, asking, ended=watched)

    # the shop's people -----------------------------------------------------------------------

    async def listen(
        self, shopper: str | None, thread: object, heard: object, asking: object, language: Language
    ) -> Screen:
        """What people of the shop have written meanwhile; an empty screen where nothing is new.

        Args:
            shopper: who is asking, as the server settled it; None where it could not.
            thread: the browser's word for the conversation, which is only a hint.
            heard: what the page has shown so far.
            asking: the message that is being answered: the page is left alone meanwhile.
            language: of the page.
        """
        if shopper is None or asking:
            return Screen()
        talk = await self._talks.read(thread, shopper)
        if talk.heard == heard or not talk.exchanges:
            return Screen()
        names, turns = await self._talks.names(language), talk.turns()
        return Screen(
            past=turns_html(turns[:-1], names),
            turn=turn_html(turns[-1], names),
            speaker=speaker_html(talk.case, names),
            heard=talk.heard,
            seen=talk.seen,
        )

    # buttons ---------------------------------------------------------------------------------

    async def act(
        self, sent: object, shopper: str | None, language: Language, *, thread: object = ""
    ) -> Screen:
        """Does what a button stands for: take a wish away, agree, correct, pin, delete, erase, …

        Args:
            sent: by the page's script: JSON of a ``Wanted``.
            shopper: who is asking, as the server settled it; None where it could not.
            language: of the page.
            thread: the browser's word for the conversation, which is only a hint.
        """
        names = await self._talks.names(language)
        if shopper is None:
            return Screen(notice=notice_html(names.texts.reload))
        wanted = Wanted.read(sent)
        match wanted:
            case Wanted(act="open_thread" | "ask_delete_thread" | "delete_thread" | "show_threads"):
                return await self._on_threads(wanted, shopper, thread, names)
        return await self._buttons.act(wanted, shopper, thread, names)

    async def find(
        self, shopper: str | None, thread: object, query: object, language: Language
    ) -> Screen:
        """The conversations that have what is searched for.

        Args:
            shopper, thread, language: as for ``show``.
            query: what is searched for.
        """
        if shopper is None:
            return Screen()
        here = thread if isinstance(thread, str) else ""
        names = await self._talks.names(language)
        return Screen(threads=await self._threads.listed(shopper, names, here=here, query=query))

    async def _on_threads(
        self, wanted: Wanted, shopper: str, thread: object, names: Names
    ) -> Screen:
        """Opens or deletes a conversation."""
        here = thread if isinstance(thread, str) else ""
        if wanted.act in ("ask_delete_thread", "show_threads"):
            deleting = wanted.fact if wanted.act == "ask_delete_thread" else ""
            return Screen(
                threads=await self._threads.listed(shopper, names, here=here, deleting=deleting)
            )
        if wanted.act == "open_thread" and self.answers.underway.of(shopper, here) is not None:
            # What is still told of it would come into the other conversation.
            return Screen(notice=notice_html(names.texts.errors["ThreadBusy"]))
        if wanted.act == "open_thread":
            return await self._opened(wanted.fact, shopper, names)
        try:
            await self._assistant.delete_thread(wanted.fact, shopper_id=shopper)
        except ShopGuideError as error:
            return Screen(notice=notice_html(names.texts.error(error)))
        notice = notice_html(names.texts.threads.deleted, error=False)
        if wanted.fact == here:
            return (await self._opened("", shopper, names)).but(notice=notice)
        return Screen(notice=notice, threads=await self._threads.listed(shopper, names, here=here))

    async def _opened(self, thread_id: str, shopper: str, names: Names) -> Screen:
        return (await self.show(shopper, thread_id, names.language)).but(consent=None, box="")

    def my_data(self, shopper: str) -> dict[str, Any]:
        """All that is kept of a shopper.

        Raises:
            NotRemembered: nothing is.
        """
        return self._memory.export(shopper)
