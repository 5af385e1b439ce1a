"""What the rooms of the desk share: who is logged in, how pages are shown and refusals answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from starlette.responses import Response

from assistant.desk.staff import Session
from assistant.reply import Language


@dataclass(frozen=True)
class Frame:
    """What the routes of a room stand on.

    Attributes:
        page: renders a template.
        who: whose session a request is of, or it is refused.
        posting: the same for a form, held against its token.
        answered: answers what is refused.
        language_of: of the page.
        moment: a time as staff read it.
    """

    page: Callable[..., Response]
    who: Callable[[Request], Session]
    posting: Callable[[Request, str], Session]
    answered: Callable[[Callable[[], Response]], Response]
    language_of: Callable[[Request], Language]
    moment: Callable[[datetime], str]
