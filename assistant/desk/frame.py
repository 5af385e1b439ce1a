"""What the rooms of the desk share: who is logged in, how pages are shown and refusals answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from starlette.responses import Response

from assistant.desk.staff import Session
from assistant.desk.times import Times
from assistant.reply import Language


@dataclass(frozen=True)
class Frame:
    """What the routes of a room stand on.

    Attributes:
        page: renders a template.
        who: whose session a request is of, or it is refused; with ``data`` not by the log-in page.
        posting: the same for a form, held against its token.
        answered: answers what is refused.
        language_of: of the page.
        times: tells times in a language.
    """

    page: Callable[..., Response]
    who: Callable[..., Session]
    posting: Callable[[Request, str], Session]
    answered: Callable[[Callable[[], Response]], Response]
    language_of: Callable[[Request], Language]
    times: Callable[[Language], Times]

    def moment(self, request: Request) -> Callable[[datetime], str]:
        """Tells a time on a request's page, to the minute."""
        return self.times(self.language_of(request)).exact
