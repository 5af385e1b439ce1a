"""What changes on the page after something was done; knows nothing of Gradio."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any


@dataclass(frozen=True)
class Screen:
    """What changes on the page; None leaves a part as it is.

    Attributes:
        thread: id of the conversation, empty for a new one.
        past: HTML of the turns before the last one.
        turn: HTML of the last turn.
        notice: HTML of a plain sentence below it.
        need: HTML of the wishes.
        profile: HTML of what is known of the shopper.
        consent: HTML of the question whether the shopper may be remembered.
        interests: HTML of the interest graph.
        box: what stands in the message box.
        threads: HTML of the list of conversations; empty where there are none.
        sheet: HTML of what lies open above the page; empty for nothing.
        speaker: HTML of the line that tells that a person answers, or is coming.
        heard: a word that changes when somebody of the shop does something; empty where the page
            need not ask for that.
        seen: changes with what was said in the conversation.
        editing: HTML of the line that tells that the last message is being changed.
        replaces: the turn whose message it is; empty for none.
        asking: the message that is being answered, empty for none.
        fresh: whether nothing was asked yet.
        busy: whether an answer is being made.
        declined: whether the shopper does not want to be asked again; only the browser keeps it.
    """

    thread: str | None = None
    past: str | None = None
    turn: str | None = None
    notice: str | None = None
    need: str | None = None
    profile: str | None = None
    consent: str | None = None
    interests: str | None = None
    threads: str | None = None
    sheet: str | None = None
    speaker: str | None = None
    heard: str | None = None
    seen: str | None = None
    editing: str | None = None
    replaces: str | None = None
    box: str | None = None
    asking: str | None = None
    fresh: bool | None = None
    busy: bool | None = None
    declined: bool | None = None

    def but(self, **changes: Any) -> Screen:
        """The screen with some parts otherwise.

        Args:
            changes: the parts.
        """
        return replace(self, **changes)

    def changes(self) -> dict[str, Any]:
        """The parts that change."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: part for name, part in parts.items() if part is not None}
