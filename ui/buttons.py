"""What the buttons of the page stand for: take a wish away, change a message, open a record, …"""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from assistant.app import Assistant
from assistant.errors import UnknownWish
from retrieval.errors import BadInput, ShopGuideError
from ui.conversation import editing_html, notice_html
from ui.memory_visit import MemoryVisits
from ui.names import Names
from ui.screen import Screen
from ui.sheet_visit import opened_sheet
from ui.talk import Talks, shown
from ui.wanted import Wanted


class Buttons:
    """Does what a button stands for.

    Args:
        assistant: answers.
        talks: reads conversations.
        memory: does what is about the memory.
    """

    def __init__(self, assistant: Assistant, talks: Talks, memory: MemoryVisits) -> None:
        self._assistant = assistant
        self._talks = talks
        self._memory = memory

    async def act(
        self, wanted: Wanted | None, shopper: str, thread: object, names: Names
    ) -> Screen:
        """Does what a button stands for.

        Args:
            wanted: what the page's script sent; None where it is nothing that it sends.
            shopper: who is asking, as the server settled it.
            thread: the browser's word for the conversation, which is only a hint.
            names: what things are called in the page's language.
        """
        match wanted:
            case Wanted(act="release"):
                return await self._release(wanted.fact, shopper, thread, names)
            case Wanted(act="put_back"):
                return await self._put_back(wanted.fact, shopper, thread, names)
            case Wanted(act="edit"):
                return await self._edit(wanted.fact, shopper, thread, names)
            case Wanted(act="record" | "cited" | "compare" | "close_sheet"):
                talk = await self._talks.read(thread, shopper)
                try:
                    sheet = await asyncio.to_thread(opened_sheet, wanted, talk, names)
                except BadInput as error:
                    return Screen(notice=notice_html(error.sentence))
                return Screen(sheet=sheet)
            case Wanted(act="leave_edit"):
                return Screen(editing="", replaces="", box="", notice="")
        return await asyncio.to_thread(self._memory.act, wanted, shopper, names)

    async def _release(self, wish: str, shopper: str, thread: object, names: Names) -> Screen:
        """Takes a wish away; the products that fit then are there at once."""
        talk = await self._talks.read(thread, shopper)
        try:
            events = self._assistant.release(wish, shopper_id=shopper, thread_id=talk.thread_id)
            async with aclosing(events):
                async for _ in events:
                    pass
        except ShopGuideError as error:
            return Screen(notice=notice_html(names.texts.error(error)))
        talk = await self._talks.read(thread, shopper)
        return shown(talk, names)

    async def _put_back(self, turn_id: str, shopper: str, thread: object, names: Names) -> Screen:
        """Puts back the wish that was taken away last: the talk is as it was before that."""
        talk = await self._talks.read(thread, shopper)
        notice = ""
        try:
            if any(e.reply.turn_id == turn_id and e.message for e in talk.exchanges):
                raise UnknownWish("No wish was taken away in that turn.", field="fact")
            await self._assistant.take_back(turn_id, shopper_id=shopper, thread_id=talk.thread_id)
        except ShopGuideError as error:
            notice = notice_html(names.texts.error(error))
        talk = await self._talks.read(thread, shopper)
        return shown(talk, names).but(notice=notice)

    async def _edit(self, turn_id: str, shopper: str, thread: object, names: Names) -> Screen:
        """Puts the last message into the box; what is sent then takes its place."""
        talk = await self._talks.read(thread, shopper)
        for view in talk.turns():
            if view.editable and view.turn_id == turn_id:
                banner = editing_html(names)
                return Screen(box=view.message, editing=banner, replaces=turn_id, notice="")
        return shown(talk, names).but(notice=notice_html(names.texts.errors["UnknownTurn"]))
