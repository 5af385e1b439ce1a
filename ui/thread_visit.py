"""What a shopper does with their conversations: find, open, delete."""

from __future__ import annotations

import asyncio

from assistant.app import Assistant
from ui.names import Names
from ui.thread_list import threads_html

_LONGEST_QUERY = 200


class ThreadVisits:
    """The page's side of a shopper's conversations.

    Args:
        assistant: has them.
    """

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

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
        entries = await asyncio.to_thread(self._assistant.threads.of, shopper)
        if not entries:
            return ""
        sought = query[:_LONGEST_QUERY] if isinstance(query, str) else ""
        return threads_html(entries, names, here=here, query=sought, deleting=deleting)
