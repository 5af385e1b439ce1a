"""Messages of shoppers before anything reads them."""

from __future__ import annotations

import re
import unicodedata

from assistant.errors import BadMessage

# Bidirectional controls and zero-width characters make a text read otherwise than it looks.
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e01ef]"
)


def without_unseen(text: str) -> str:
    """A text without the characters that nobody sees, white space excepted."""
    return _UNSEEN.sub("", text)


def clean_message(message: str, *, limit: int) -> str:
    """The message without control and invisible characters, its white space folded.

    Args:
        message: as it came.
        limit: characters that it may have.

    Raises:
        BadMessage: nothing to read is left, or it is too long.
    """
    if len(message) > limit:
        raise BadMessage(
            f"The message has {len(message)} characters; at most {limit} are read.",
            field="message",
        )
    try:
        message.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadMessage("The message is not valid text.", field="message") from error
    text = " ".join(without_unseen(message).split())
    if not any(unicodedata.category(c)[0] in "LN" for c in text):
        raise BadMessage("The message has no words.", field="message")
    return text
