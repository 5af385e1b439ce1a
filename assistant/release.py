"""A wish that a shopper takes away by hand: no message says so, and no model reads one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.errors import UnknownWish
from assistant.need import Need, Plan, Wish, plan_search, released, soften
from assistant.query_words import query_of
from assistant.thread import Exchange, ThreadState
from prompts import phrases
from retrieval.index import CatalogueIndex
from tools.reading.fact import Fact, ParsedQuery, Released


@dataclass(frozen=True)
class Release:
    """A wish that is taken away, and what was searched for with it.

    Attributes:
        wish: of the thread's need.
        message: the last one that wishes came from; its free words are still looked for.
        facts: what that message stated.
        compares: the products that were held against each other last; empty where none were.
    """

    wish: Wish
    message: str = ""
    facts: tuple[Fact, ...] = ()
    compares: tuple[str, ...] = ()

    @property
    def parsed(self) -> ParsedQuery:
        """What a message that said the same would be read as."""
        wish = self.wish
        released = Released(field=wish.field, value=wish.value, quote=wish.quote)
        return ParsedQuery(action="search", released=(released,), products=self.compares)

    def need(self, need: Need) -> Need:
        """A need without the wish, and without what the catalogue had no word for."""
        return released(need, self.wish)

    def query(self, plan: Plan, need: Need, index: CatalogueIndex) -> str:
        """The query that the message would have been without the wish."""
        parsed = self.parsed.model_copy(update={"facts": self.facts})
        return query_of(plan, parsed, need, self.message, index)


def release_of(thread: ThreadState, exchanges: Sequence[Exchange], wish_id: str) -> Release:
    """What taking a wish away means in a thread.

    Args:
        thread: the conversation.
        exchanges: its finished turns, oldest first.
        wish_id: of one of its wishes.

    Raises:
        UnknownWish: it has no such wish, or not any more.
    """
    wish = next((wish for wish in thread.need.wishes() if wish.id == wish_id), None)
    if wish is None:
        raise UnknownWish("That wish does not hold any more.", field="wish")
    compares: tuple[str, ...] = ()
    if exchanges and exchanges[-1].reply.comparison is not None:
        compares = tuple(thread.shown)
    for exchange in reversed(exchanges):
        if exchange.message and exchange.reply.facts:
            facts = tuple(exchange.reply.facts)
            return Release(wish, exchange.message, facts, compares)
    return Release(wish, compares=compares)


def told_release(release: Release, before: Need, index: CatalogueIndex, language: str) -> str:
    """The sentence that says what the release of a wish changes.

    Args:
        release: the wish.
        before: the need with it.
        index: the catalogue, in which is counted what fits.
        language: ``en`` or ``zh``.
    """
    fixed = phrases("zh" if language == "zh" else "en")
    quote, after = release.wish.quote, release.need(before)
    if release.wish.op == "!=":
        quote = str(fixed["not_wanted"]).format(quote=quote)
    if after.empty:
        return str(fixed["released_all"]).format(quote=quote)
    return str(fixed["released"]).format(
        quote=quote, count=_fitting(after, index), before=_fitting(before, index)
    )


def _fitting(need: Need, index: CatalogueIndex) -> int:
    return index.count(plan_search(soften(need, index), index).conditions)
