"""A conversation as the page shows it: its turns, and how it stands at the shop's desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.app import Assistant
from assistant.desk.cases import StaffMessage, Standing
from assistant.errors import UnknownThread
from assistant.need import Need
from assistant.reply import Language, Reply
from assistant.thread import Exchange
from retrieval.errors import BadInput, ShopGuideError
from ui.conversation import TurnView, speaker_html, turn_html, turns_html, welcome_html
from ui.names import Names
from ui.need_panel import need_html
from ui.reading import Reading
from ui.screen import Screen

# A page with hundreds of turns would be slow on a phone; older ones stay in the database.
_MOST_TURNS = 40


@dataclass(frozen=True)
class Talk:
    """A conversation.

    Attributes:
        thread_id: empty where nothing was said yet.
        exchanges: its last finished turns, oldest first.
        case: the open case at the shop's desk.
        staff: what people of the shop wrote.
    """

    thread_id: str = ""
    exchanges: Sequence[Exchange] = ()
    case: Standing | None = None
    staff: Sequence[StaffMessage] = ()

    @property
    def heard(self) -> str:
        """Changes with what people of the shop do; empty where no case is open."""
        if self.case is None:
            return ""
        return f"{self.case.id}/{self.case.status}/{len(self.staff)}"

    @property
    def seen(self) -> str:
        """Changes with what is said."""
        return self.exchanges[-1].reply.turn_id if self.exchanges else ""

    @property
    def need(self) -> Need:
        """What is wanted."""
        return self.exchanges[-1].reply.need if self.exchanges else Need()

    def turns(self, *, editable: bool = True) -> list[TurnView]:
        """Its turns.

        Args:
            editable: whether the last message is marked as one that can be changed, and a wish
                that was taken away since as one that can be put back.
        """
        # The first turn that is shown stays without what was written before it.
        nexts = [exchange.number for exchange in self.exchanges[1:]] + [None]
        views = [
            TurnView.of(exchange, self._written(exchange.number, until))
            for exchange, until in zip(self.exchanges, nexts, strict=False)
        ]
        if editable and self.case is None:
            for view in reversed(views):
                view.editable = view is views[-1] and bool(view.turn_id)
                if view.message and view.turn_id:  # the words of one that has passed stay
                    view.editable = True
                    break
        return views

    def _written(self, turn: int, until: int | None) -> list[StaffMessage]:
        """What staff wrote after a turn and before the next one that is known."""
        return [
            s for s in self.staff if turn <= s.after_turn and (not until or s.after_turn < until)
        ]


class Talks:
    """Reads conversations for the page.

    Args:
        assistant: has them.
        reading: where short reads are made.
    """

    def __init__(self, assistant: Assistant, reading: Reading) -> None:
        self._assistant = assistant
        self._reading = reading

    async def read(self, thread: object, shopper: str) -> Talk:
        """The conversation, where it is this shopper's; otherwise a new, empty one.

        Args:
            thread: the browser's word for the conversation, which is only a hint.
            shopper: who is asking, as the server settled it.
        """
        return await self._reading(self.now, thread, shopper)

    def now(self, thread: object, shopper: str) -> Talk:
        """The conversation, read in the thread that asks. Args as for ``read``."""
        if not isinstance(thread, str) or not thread:
            return Talk()
        try:
            found = self._assistant.exchanges(thread, shopper)
        except (UnknownThread, BadInput):
            return Talk()
        desk = self._assistant.desk
        case = desk.standing(thread, shopper)
        return Talk(thread, found[-_MOST_TURNS:], case, desk.staff_messages(thread, shopper))

    def after(self, talk: Talk, thread: str, shopper: str, message: str, reply: Reply) -> Talk:
        """A conversation after one more turn, read in the thread that asks.

        Its turns are not read again: there may be many. Where people of the shop have to do with
        it, they may have written anywhere in it.

        Args:
            talk: the conversation before it.
            thread: its id.
            shopper: whose it is, as the server settled it.
            message: of the turn.
            reply: of the turn, which is durable.
        """
        if talk.staff or self._assistant.desk.standing(thread, shopper) is not None:
            return self.now(thread, shopper)
        number = talk.exchanges[-1].number + 1 if talk.exchanges else 1
        exchange = Exchange(number=number, message=message, reply=reply, time=self._assistant.now())
        return Talk(thread, [*talk.exchanges, exchange][-_MOST_TURNS:])

    async def names(self, language: Language) -> Names:
        """What things are called in the page's language."""
        return await self._reading(self.names_now, language)

    def names_now(self, language: Language) -> Names:
        """What things are called, read in the thread that asks."""
        try:
            index = self._assistant.indexes.open(self._assistant.settings.catalog)
        except ShopGuideError:
            return Names(language)  # chat says what is wrong; what was said before is still shown
        return Names(language, index, self._assistant.settings.picture_origins)


def shown(talk: Talk, names: Names, *, past: bool = True) -> Screen:
    """A conversation that waits for the next message.

    Args:
        talk: the conversation.
        names: what things are called in the page's language.
        past: whether the turns before the last one are shown anew.
    """
    turns = talk.turns()
    return Screen(
        thread=talk.thread_id,
        past=turns_html(turns[:-1], names) if past else None,
        turn=turn_html(turns[-1], names) if turns else welcome_html(names),
        notice="",
        need=need_html(talk.need, names),
        speaker=speaker_html(talk.case, names),
        heard=talk.heard,
        seen=talk.seen,
        editing="",
        replaces="",
        fresh=not turns,
        busy=False,
    )
