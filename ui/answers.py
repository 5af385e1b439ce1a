"""Messages that the page has answered: begun, watched, finished or stopped."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from assistant.app import Assistant
from assistant.errors import BadMessage, TooManyRequests
from assistant.messages import clean_message
from assistant.reply import Language
from retrieval.errors import ShopGuideError
from ui.conversation import TurnView, notice_html, turn_html, turns_html
from ui.memory_visit import MemoryVisits
from ui.names import Names
from ui.need_panel import need_html
from ui.profile_panel import profile_html
from ui.reading import Reading
from ui.screen import Screen
from ui.talk import Talk, Talks, shown
from ui.texts import texts
from ui.thread_visit import ThreadVisits
from ui.underway import Underway, UnderwayMessages


class Answers:
    """Has messages answered, and shows how far they have come.

    Args:
        assistant: answers.
        talks: reads conversations.
        memory: what is known of shoppers.
        threads: lists conversations.
        reading: where short reads are made.
    """

    def __init__(
        self,
        assistant: Assistant,
        talks: Talks,
        memory: MemoryVisits,
        threads: ThreadVisits,
        reading: Reading,
    ) -> None:
        self._assistant = assistant
        self._reading = reading
        self._talks = talks
        self._memory = memory
        self._threads = threads
        self.underway = UnderwayMessages()

    @property
    def message_limit(self) -> int:
        """Characters of a message at most."""
        return self._assistant.settings.message_limit

    async def begin(
        self,
        message: object,
        shopper: str | None,
        thread: object,
        language: Language,
        *,
        address: str | None = None,
        count: Callable[[str], Awaitable[None]] | None = None,
        replaces: object = "",
    ) -> Screen:
        """Begins to answer a message, which then goes on whether or not somebody watches.

        A message that cannot be answered goes back into the box.

        Args:
            message: what was typed.
            shopper: who is asking, as the server settled it; None where it could not.
            thread: the browser's word for the conversation, which is only a hint.
            language: of the page.
            address: the network address that asks, for limits against guessing.
            count: counts a message of a shopper against the shop's limits; raises
                ``TooManyRequests`` beyond them.
            replaces: the turn whose message this one takes the place of; empty for none.
        """
        text, words = message if isinstance(message, str) else "", texts(language)
        if shopper is None:
            return Screen(notice=notice_html(words.reload), busy=False)
        if not text.strip():
            return Screen(busy=False)
        if len(text) > self.message_limit:
            # It is not sent back: what is far too long is slow on its way, too.
            return Screen(notice=notice_html(self._too_long(text, language)), busy=False)
        try:
            clean_message(text, limit=self.message_limit)
        except BadMessage as error:
            return Screen(notice=notice_html(words.error(error)), box=text, busy=False)
        names, talk = await self._reading(self._read, thread, shopper, language)
        try:
            if count is not None:
                await count(shopper)
        except TooManyRequests as error:
            return Screen(notice=notice_html(names.texts.error(error)), box=text, busy=False)
        busy = Screen(notice=notice_html(words.errors["ThreadBusy"]), box=text)
        place = talk.thread_id or (thread if isinstance(thread, str) else "")
        if not self.underway.takes(shopper, place):
            return busy
        if isinstance(replaces, str) and replaces:
            # The new message can be answered: the old one may go.
            try:
                await self._assistant.take_back(
                    replaces, shopper_id=shopper, thread_id=talk.thread_id
                )
            except ShopGuideError as error:
                notice = notice_html(names.texts.error(error))
                return shown(talk, names).but(notice=notice, box=text)
            talk = await self._talks.read(thread, shopper)
            if not self.underway.takes(shopper, place):
                return busy.but(replaces="", editing="")
        # From here on nothing else is waited for, so that of a flood of messages one is begun.
        thread_id = talk.thread_id or self._assistant.new_id()
        view = TurnView(message=text, status=words.working)
        events = self._assistant.chat(
            text, shopper_id=shopper, thread_id=thread_id, address=address
        )
        self.underway.begin(shopper, thread_id, view, events, talk)
        return Screen(
            thread=thread_id,
            past=turns_html(talk.turns(editable=False), names),
            turn=turn_html(view, names),
            notice="",
            box="",
            need=need_html(talk.need, names),
            asking=text,
            editing="",
            replaces="",
            fresh=False,
            busy=True,
        )

    async def follow(
        self, shopper: str | None, thread: object, language: Language, asking: object
    ) -> AsyncGenerator[Screen, None]:
        """The turn that is being answered, each time that it has come further, until it has ended.

        Args:
            shopper: who is asking, as the server settled it; None where it could not.
            thread: the browser's word for the conversation, which is only a hint.
            language: of the page.
            asking: the message that the page takes to be answered; empty for none.
        """
        place = thread if isinstance(thread, str) else ""
        underway = self.underway.of(shopper, place) if shopper and asking else None
        if underway is None:
            yield Screen()
            return
        names = await self._talks.names(language)
        async with aclosing(underway.watch()) as views:
            async for view in views:
                if not view.turn_id:  # its end is told with all that comes with it
                    yield Screen(turn=turn_html(view, names))

    async def finish(
        self,
        shopper: str | None,
        thread: object,
        language: Language,
        asking: object,
        *,
        ended: Underway | None = None,
    ) -> Screen:
        """The page after a message was answered, or was not. Args as for ``follow``, and

        ended: the message, where it was watched to its end.
        """
        place = thread if isinstance(thread, str) else ""
        if not isinstance(asking, str) or not asking:
            return Screen()
        if shopper is None:  # the browser's cookie holds no more
            notice = notice_html(texts(language).reload)
            return Screen(notice=notice, box=asking, asking="", busy=False)
        if self.underway.of(shopper, place) is not None:
            return Screen()  # whoever began it again shows its end
        failed = self.underway.take_failed(shopper, place)
        if failed is not None:
            return failed_screen(failed, await self._talks.names(language))
        return await self._reading(self._finished, shopper, place, language, asking, ended)

    def _read(self, thread: object, shopper: str, language: Language) -> tuple[Names, Talk]:
        return self._talks.names_now(language), self._talks.now(thread, shopper)

    def _finished(
        self, shopper: str, thread: str, language: Language, asking: str, ended: Underway | None
    ) -> Screen:
        names = self._talks.names_now(language)
        try:
            said = clean_message(asking, limit=self.message_limit)
        except BadMessage:
            said = ""  # no message that was ever begun
        if ended is not None and ended.reply is not None:
            talk = self._talks.after(ended.talk, thread, shopper, said, ended.reply)
        else:
            talk = self._talks.now(thread, shopper)
        if not talk.exchanges or talk.exchanges[-1].message != said:
            # The server was started anew meanwhile.
            again = notice_html(names.texts.failed, retry=names.texts.retry)
            return shown(talk, names).but(notice=again, box=asking, asking="")
        return shown(talk, names, past=False).but(
            asking="",
            profile=profile_html(self._memory.known(shopper), names),
            threads=self._threads.now(shopper, names, here=talk.thread_id),
        )

    async def stop(
        self, shopper: str | None, thread: object, asking: object, language: Language
    ) -> Screen:
        """Stops the answer that is being made, and with it the model.

        Args:
            shopper: who is asking, as the server settled it; None where it could not.
            thread: the browser's word for the conversation, which is only a hint.
            asking: the message that the page takes to be answered.
            language: of the page.
        """
        if shopper is None or not isinstance(thread, str) or not asking:
            return Screen(busy=False)
        underway = self.underway.of(shopper, thread)
        if underway is None:
            return Screen(busy=False)
        names = await self._talks.names(language)
        if self._assistant.binds(thread):
            return Screen(notice=notice_html(names.texts.not_stopped, error=False))
        await underway.stop()
        return failed_screen(underway, names)

    def _too_long(self, text: str, language: Language) -> str:
        return texts(language).too_long.format(
            count=f"{len(text):,}", most=f"{self.message_limit:,}"
        )


def failed_screen(underway: Underway, names: Names) -> Screen:
    """What is told of a message that got no answer: it is back in the box.

    Args:
        underway: the message.
        names: give the language.
    """
    view, words, error = underway.view, names.texts, True
    if underway.stopped:
        sentence, error = words.stopped, False
    elif isinstance(underway.error, ShopGuideError):
        sentence = words.error(underway.error)
    else:
        sentence = words.failed
    return Screen(
        turn=turn_html(view, names),
        notice=notice_html(sentence, error=error, retry=words.retry),
        box=view.message,
        asking="",
        fresh=False,
        busy=False,
    )
