"""What the page's script sends when a button is pressed."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

# What the page's script sends is far shorter.
_MOST_CHARACTERS = 4_000


class Wanted(BaseModel):
    """What the page's script sends. A browser may send anything.

    Attributes:
        act: what is to be done.
        fact: id of what it is done to: a fact; of a thumb, an edit, a citation or a wish that is
            put back, the turn; of a release, the wish; of a record, its source; of what is done
            with a conversation, that one.
        value: a correction; for ``agree`` the version of the notice that was shown; of a thumb, the
            thread of its turn; of a citation its marker; of a comparison the products, one a line.
        graph: whether the interest graph lies open, and is to be drawn again.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    act: Literal[
        "ask", "agree", "decline", "correct", "pin", "unpin", "delete", "learning_on",
        "learning_off", "interests", "hide_interests", "ask_erase", "erase", "show",
        "thumb_up", "thumb_down", "release", "put_back", "edit", "leave_edit",
        "record", "cited", "compare", "close_sheet",
        "open_thread", "ask_delete_thread", "delete_thread", "show_threads",
    ]  # fmt: skip
    fact: str = Field(default="", max_length=200)
    value: str = Field(default="", max_length=2_000)
    graph: bool = False

    @classmethod
    def read(cls, sent: object) -> Wanted | None:
        """What was sent; None where it is nothing that the page sends."""
        if not isinstance(sent, str) or len(sent) > _MOST_CHARACTERS:
            return None
        try:
            return cls.model_validate_json(sent)
        except ValueError:
            return None
