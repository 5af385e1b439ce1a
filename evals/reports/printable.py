"""Text of unknown origin, made fit for XML, HTML and a screen."""

from __future__ import annotations

import re

# What XML 1.0 allows in a document (section 2.2), turned round; HTML reads all of that too.
# C1 controls are allowed there and shown by nothing.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """The text with a mark (U+FFFD) for each control character and each half of a surrogate pair.

    Characters that turn the direction of writing stay: where text is shown, it stands in an
    element of its own, which their effect does not leave.
    """
    return _UNPRINTABLE.sub("\ufffd", text)
