"""Idempotency keys."""

from __future__ import annotations

from assistant.errors import BadInput

_LONGEST = 200


def check_key(key: str) -> None:
    """Refuses what can be no idempotency key. It travels in a header, so that it is ASCII.

    Raises:
        BadInput: it is empty, too long, or has other characters.
    """
    if not 0 < len(key) <= _LONGEST or not (key.isascii() and key.isprintable()):
        sentence = f"An idempotency key has 1 to {_LONGEST} printable ASCII characters."
        raise BadInput(sentence, field="key")
