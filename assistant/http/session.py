"""``POST /api/session``: who a visitor is whom the shop has not signed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from assistant.errors import Forbidden, NotSignedIn
from assistant.guest import PREFIX
from assistant.identity import GUEST_ROLE, Shoppers

GUEST_HOURS = 24


class GuestSession(BaseModel):
    """A guest.

    Attributes:
        token: the bearer token of the guest; None where the shop has no secret.
        shopper_id: ``guest-…``.
        expires: when the token is refused; None without one.
    """

    token: str | None
    shopper_id: str
    expires: datetime | None


def session_routes(
    shoppers: Shoppers | None,
    *,
    refused: Callable[[str], None],
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> APIRouter:
    """The route that gives guests their tokens.

    Args:
        shoppers: signs tokens; None where the shop has no secret.
        refused: is told why a guest's token was not believed, in one word.
        now: the time of day, by the clock that tokens are checked against.
        new_id: a fresh id that cannot be guessed.
    """
    router = APIRouter(tags=["session"])

    @router.post("/session")
    def session(request: Request, response: Response) -> GuestSession:
        """A new guest; with a guest's token that still holds, the same one for longer.

        A token that is no guest's is refused: the shop signs those, and for how long is its say.
        """
        response.headers["Cache-Control"] = "no-store"
        if shoppers is None:
            return GuestSession(token=None, shopper_id=f"{PREFIX}{new_id()}", expires=None)
        held = request.headers.get("authorization")
        if held is None:
            shopper_id = f"{PREFIX}{new_id()}"
        else:
            try:
                bearer = shoppers.bearer(held)
            except NotSignedIn as error:
                refused(error.reason)
                raise
            if not bearer.is_guest:
                raise Forbidden("Only a guest's token is renewed here; the shop signs the others.")
            shopper_id = bearer.shopper_id
        lasts = timedelta(hours=GUEST_HOURS)
        begins = now().replace(microsecond=0)
        return GuestSession(
            token=shoppers.token(shopper_id, now=begins, lasts=lasts, role=GUEST_ROLE),
            shopper_id=shopper_id,
            expires=begins + lasts,
        )

    return router
