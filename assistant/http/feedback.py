"""``POST /api/feedback``: a thumb for an answer, with a reason where the shopper gives one."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, field_validator

from assistant.app import Assistant, check_id
from assistant.feedback.feedback import Feedback, Thumb
from assistant.http.catalogue import valid_text
from assistant.http.gate import shopper_of
from assistant.http.observing import Observer

_LONGEST_REASON = 500


class FeedbackRequest(BaseModel):
    """What a shopper thinks of a turn.

    Attributes:
        shopper_id: who is asking; with a secret the token tells, and this may be left out.
        reason: in their words.
    """

    model_config = ConfigDict(extra="forbid")

    thread_id: str
    turn_id: str
    thumb: Thumb
    reason: str | None = Field(default=None, max_length=_LONGEST_REASON)
    shopper_id: str | None = None

    @field_validator("reason")
    @classmethod
    def _readable(cls, reason: str | None) -> str | None:
        if reason is None:
            return None
        kept = (c if c.isprintable() else " " for c in valid_text(reason))
        return " ".join("".join(kept).split()) or None


class FeedbackAnswer(BaseModel):
    """What is kept now."""

    thread_id: str
    turn_id: str
    thumb: Thumb
    reason: str | None


def feedback_routes(assistant: Assistant, observer: Observer) -> APIRouter:
    """The route of feedback. It runs in a thread, as it writes the database.

    Args:
        assistant: has the turns.
        observer: counts the thumbs.
    """
    router = APIRouter(tags=["feedback"])

    @router.post("/feedback")
    def feedback(body: FeedbackRequest, request: Request) -> FeedbackAnswer:
        """Says what a shopper thinks of a turn of their own; saying it again replaces it.

        It is kept for as long as the turn: of a shopper who has not agreed to be remembered it is
        nowhere but in the server's memory, for some hours.
        """
        shopper = check_id(shopper_of(request, body.shopper_id), "shopper_id")
        assistant.give_feedback(
            check_id(body.thread_id, "thread_id"),
            check_id(body.turn_id, "turn_id"),
            shopper,
            Feedback(thumb=body.thumb, reason=body.reason, time=assistant.now()),
        )
        observer.thumbed(body.thumb)
        return FeedbackAnswer(**body.model_dump(exclude={"shopper_id"}))

    return router
