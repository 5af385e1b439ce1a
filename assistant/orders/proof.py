"""The proof that an order is somebody's who has no account: its number, e-mail and postcode."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata


class Proof:
    """What somebody says of an order that they name.

    Args:
        email: under which it was placed.
        postcode: where it goes.
    """

    def __init__(self, email: str, postcode: str) -> None:
        self._email = _digest(plain_email(email))
        self._postcode = _digest(plain_postcode(postcode))

    def holds(self, email: str, postcode: str) -> bool:
        """Whether it is true of the order of that number.

        The same is computed whatever is wrong, so that neither answer nor time tells which.

        Args:
            email: of the account behind the order; empty where there is none.
            postcode: of the order; empty where there is none.
        """
        email, postcode = plain_email(email), plain_postcode(postcode)
        # An account without an address of e-mail is proven by nothing, not by the empty text.
        same = bool(email) & bool(postcode)
        same &= hmac.compare_digest(_digest(email), self._email)
        same &= hmac.compare_digest(_digest(postcode), self._postcode)
        return same


def plain_email(text: str) -> str:
    """An address of e-mail as it is compared: without case and spaces around it."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def plain_postcode(text: str) -> str:
    """A postcode as it is compared: without case, spaces and hyphens."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


def _digest(text: str) -> bytes:
    # Of one length, so that not even that is told.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
