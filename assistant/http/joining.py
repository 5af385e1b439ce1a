"""``POST /api/session/join``: a guest has signed in, and goes on as the shopper."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from assistant.app import Assistant, check_id
from assistant.errors import BadInput, Forbidden, NotSignedIn
from assistant.guest import is_guest
from assistant.http.gate import bearer_of, shopper_of
from assistant.http.observing import Observer
from assistant.identity import GUEST_COOKIE, Guests, Shoppers
from assistant.joining import Joined
from assistant.profile.notice import notice


class JoinRequest(BaseModel):
    """Who signs in, and what they bring along.

    Attributes:
        guest_token: the guest's own token; without one the page's cookie says who the guest is.
        facts: whether the shopper wants what is known of the guest; only where they have agreed to
            be remembered.
        notice: the version of the notice to which they agree now, where they had not.
        shopper_id, guest_id: who is asking and who the guest is, where there are no tokens.
    """

    model_config = ConfigDict(extra="forbid")

    guest_token: str | None = Field(default=None, max_length=8000)
    facts: bool = False
    notice: str | None = Field(default=None, max_length=40)
    shopper_id: str | None = None
    guest_id: str | None = None


class JoinAnswer(Joined):
    """Who the guest is from now on, and what came along."""

    shopper_id: str


def join_routes(
    assistant: Assistant, observer: Observer, shoppers: Shoppers | None, guests: Guests | None
) -> APIRouter:
    """The route of signing in.

    Args:
        assistant: has the conversations.
        observer: is told of guests' tokens that are not believed.
        shoppers: reads tokens; None where the shop has no secret.
        guests: knows the guests of the page by their cookie; None where there are none.
    """
    router = APIRouter(tags=["session"])

    def guest_of(body: JoinRequest, request: Request) -> str:
        if body.guest_token is not None:
            return _of_token(body.guest_token, shoppers, observer)
        if body.guest_id is not None:
            if shoppers is not None:
                raise Forbidden("A guest is known by its token.", field="guest_id")
            if not is_guest(body.guest_id):
                raise Forbidden("That is no guest.", field="guest_id")
            return check_id(body.guest_id, "guest_id")
        guest = guests.guest_of(request.cookies.get(GUEST_COOKIE)) if guests else None
        if guest is None:
            raise BadInput("Say which guest signs in: guest_token is missing.", field="guest_token")
        return guest

    @router.post("/session/join")
    async def join(body: JoinRequest, request: Request) -> JoinAnswer:
        """Makes the guest's conversations the shopper's, whose token is the bearer.

        Not while a message of the guest is being answered. Doing it again does no harm; the guest's
        token reads none of it any more.
        """
        bearer = bearer_of(request.scope)
        shopper = check_id(shopper_of(request, body.shopper_id), "shopper_id")
        if is_guest(shopper) or (bearer is not None and bearer.is_guest):
            raise Forbidden("Only a shopper who has signed in can take over from a guest.")
        if body.notice is not None and body.notice != notice().version:
            raise BadInput(
                f"The notice in force is {notice().version!r}: show it, and send its version.",
                field="notice",
            )
        guest = guest_of(body, request)
        done = await assistant.join(guest, shopper, facts=body.facts, notice=body.notice)
        return JoinAnswer(shopper_id=shopper, **done.model_dump())

    return router


def _of_token(token: str, shoppers: Shoppers | None, observer: Observer) -> str:
    """The guest whose token it is.

    Raises:
        BadInput: it is not valid.
        Forbidden: it is somebody else's.
    """
    if shoppers is None:
        raise BadInput("Without a secret there are no tokens: send guest_id.", field="guest_token")
    try:
        bearer = shoppers.bearer(f"Bearer {token}")
    except NotSignedIn as error:
        observer.token_refused(error.reason)
        raise BadInput(
            "The guest's token is not valid, or not any more.", field="guest_token"
        ) from error
    if not bearer.is_guest:
        raise Forbidden("That is no guest's token.", field="guest_token")
    return bearer.shopper_id
