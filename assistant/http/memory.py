"""``/api/profile/{shopper_id}``: what is kept, and the say of the shopper over it.

Routes run in threads, as they read and write the database.
"""

from __future__ import annotations

import json

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from assistant.app import Assistant, check_id
from assistant.errors import BadInput
from assistant.http.gate import shopper_of
from assistant.profile.behaviour.outlook import Outlook
from assistant.profile.facts import ProfileFact
from assistant.profile.fading import confidence_at, still_counts
from assistant.profile.memory import Consent, FactValue
from assistant.profile.notice import Notice, notice
from assistant.reply import Language


class KeptFact(ProfileFact):
    """A fact as it is shown.

    Attributes:
        confidence_now: after the time since it was last seen.
        used: whether it still counts.
    """

    confidence_now: float
    used: bool


class ProfileAnswer(BaseModel):
    """What is known of a shopper, last seen first.

    Attributes:
        consent: what the shopper has agreed to; null where nothing is kept.
        notice: what they are to be told before they agree.
    """

    shopper_id: str
    consent: Consent | None
    notice: Notice
    facts: list[KeptFact]


class ConsentRequest(BaseModel):
    """A shopper agrees to be remembered.

    Attributes:
        notice: the version of the notice that they were shown.
    """

    model_config = ConfigDict(extra="forbid")

    notice: str = Field(max_length=40, pattern=r"^[\w.:@+-]+$")


class LearningPatch(BaseModel):
    """Switches learning on or off."""

    model_config = ConfigDict(extra="forbid")

    learning: bool


class FactPatch(BaseModel):
    """What is so.

    Attributes:
        value: in place of what was known.
        pinned: whether it holds until the shopper changes it.
    """

    model_config = ConfigDict(extra="forbid")

    value: FactValue | None = None
    pinned: bool | None = None


class ErasureAnswer(BaseModel):
    """What an erasure did.

    Attributes:
        erased: whether there was anything to erase. The database gives nothing of it any more.
        files_clean: whether it is out of the files below the database too; otherwise others were
            reading, or were erased a moment before, and it is done soon in the background.
    """

    erased: bool
    files_clean: bool


def memory_routes(assistant: Assistant) -> APIRouter:
    """The routes of profiles."""
    router = APIRouter(tags=["memory"])
    memory = assistant.memory

    def own(request: Request, shopper_id: str) -> str:
        return check_id(shopper_of(request, shopper_id), "shopper_id")

    def kept(fact: ProfileFact) -> KeptFact:
        now = assistant.now()
        return KeptFact(
            **fact.model_dump(exclude={"quote", "thread_id", "turn_id"}),
            confidence_now=round(confidence_at(fact, now), 4),
            used=still_counts(fact, now),
        )

    @router.get("/profile/{shopper_id}")
    def profile(shopper_id: str, request: Request, history: bool = False) -> ProfileAnswer:
        """What is known of a shopper, each fact with the words that say so.

        With ``history`` also what holds no more.
        """
        shopper = own(request, shopper_id)
        return ProfileAnswer(
            shopper_id=shopper,
            consent=memory.consent(shopper),
            notice=notice(),
            facts=[kept(fact) for fact in memory.facts(shopper, history=history)],
        )

    @router.put("/profile/{shopper_id}/consent")
    def consent(shopper_id: str, body: ConsentRequest, request: Request) -> Consent:
        """Agrees to be remembered. Before that nothing of a shopper is kept."""
        shopper = own(request, shopper_id)
        if body.notice != notice().version:
            raise BadInput(
                f"The notice in force is {notice().version!r}: show it, and send its version.",
                field="notice",
            )
        return memory.give_consent(shopper, notice=body.notice)

    @router.patch("/profile/{shopper_id}")
    def learning(shopper_id: str, body: LearningPatch, request: Request) -> Consent:
        """Switches learning on or off. What is known stays in use."""
        return memory.set_learning(own(request, shopper_id), body.learning)

    @router.patch("/profile/{shopper_id}/facts/{fact_id}")
    def correct(shopper_id: str, fact_id: str, body: FactPatch, request: Request) -> KeptFact:
        """Corrects or pins a fact. A corrected one has another id; the old one is history."""
        shopper = own(request, shopper_id)
        return kept(memory.correct(shopper, fact_id, value=body.value, pinned=body.pinned))

    @router.delete("/profile/{shopper_id}/facts/{fact_id}", status_code=204)
    def delete_fact(shopper_id: str, fact_id: str, request: Request) -> None:
        """Deletes a fact, with what it took the place of."""
        memory.delete_fact(own(request, shopper_id), fact_id)

    @router.get("/profile/{shopper_id}/interests")
    def interests(
        shopper_id: str, request: Request, language: Language = "en", catalog: str | None = None
    ) -> Outlook:
        """What the shopper's behaviour tells: tastes, rhythm, what may come next, and related
        interests with the way there. Worked out anew each time.
        """
        shopper = own(request, shopper_id)
        index = assistant.indexes.open(catalog or assistant.settings.catalog)
        return assistant.outlooks.of(shopper, index, language)

    @router.get("/profile/{shopper_id}/export")
    def export(shopper_id: str, request: Request) -> Response:
        """All that is kept of a shopper, as a file."""
        text = json.dumps(memory.export(own(request, shopper_id)), ensure_ascii=False, indent=2)
        return Response(
            text,
            media_type="application/json",
            headers={
                "Cache-Control": "no-store",
                "Content-Disposition": 'attachment; filename="profile.json"',
            },
        )

    @router.delete("/profile/{shopper_id}")
    def erase(shopper_id: str, request: Request) -> ErasureAnswer:
        """Erases all that is kept of a shopper, and with it the consent."""
        erased = memory.erase(own(request, shopper_id))
        return ErasureAnswer(erased=erased, files_clean=assistant.database.scrubber.clean)

    return router
