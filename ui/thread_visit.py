"""What a shopper does with their conversations: find, open, delete."""

from __future__ import annotations

from assistant.app import Assistant
from ui.names import Names
from ui.reading import Reading
from ui.thread_list import threads_html

_LONGEST_QUERY = 200


class ThreadVisits:
    """The page's side of a shopper's conversations.

    Args:
        assistant: has them.
        reading: where short reads are made.
    """

    def __init__(self, assistant: Assistant, reading: Reading) -> None:
        self._assistant = assistant
        self._reading = reading

    async def listed(
        self, shopper: str, names: Names, *, here: str = "", query: object = "", deleting: str = ""
    ) -> str:
        """The HTML of the list; empty where there is nothing to list.

        Args:
            shopper: whose, as the server settled it.
            names: what things are called in the page's language.
            here: id of the conversation that is open.
            query: what is searched for.
            deleting: id of the one that is about to be deleted.
        """
        return await self._reading(
            self.now, shopper, names, here=here, query=query, deleting=deleting
        )

    def now(
        self, shopper: str, names: Names, *, here: str = "", query: object = "", deleting: str = ""
    ) -> str:
        """The HTML of the list, made in the thread that asks. Args as for ``listed``."""
        entries = self._assistant.threads.of(shopper)
        if not entries:
            return ""
        sought = query[:_LONGEST_QUERY] if isinstance(query, str) else ""
        return threads_html(entries, names, here=here, query=sought, deleting=deleting)
