"""Who is asking: shoppers by a signed token, guests of the page by a signed cookie."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt

from assistant.app import check_id
from assistant.errors import BadInput, NotSignedIn
from assistant.guest import PREFIX
from assistant.settings import Settings

GUEST_COOKIE = "shopguide_guest"
GUEST_DAYS = 180
SHOP_ROLE = "shop"
GUEST_ROLE = "guest"
_ALGORITHM = "HS256"
_KEY_BYTES = 32
# Clocks of two machines differ.
_LEEWAY = timedelta(seconds=10)


@dataclass(frozen=True)
class Bearer:
    """Who a token speaks for.

    Attributes:
        shopper_id: its ``sub``.
        is_shop: whether its ``role`` is the shop's own, which may change the catalogue.
        is_guest: whether this server gave it to a visitor whom nobody has signed in.
    """

    shopper_id: str
    is_shop: bool
    is_guest: bool = False


class Shoppers:
    """Reads the bearer tokens that the shop signs with its secret.

    Args:
        secret: the HS256 key, at least 32 bytes.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def signed_in(self, authorization: str | None) -> str:
        """The shopper whose token came with a request. Args and errors as in ``bearer``."""
        return self.bearer(authorization).shopper_id

    def bearer(self, authorization: str | None) -> Bearer:
        """Who the token of a request speaks for.

        Args:
            authorization: the request's header, ``Bearer …``.

        Raises:
            NotSignedIn: there is no token, it is not ours, it has run out, or its ``sub`` is no
                shopper id. What exactly is wrong is not told to who may be guessing.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise NotSignedIn("This shop asks for a shopper's token: Authorization: Bearer ….")
        try:
            claims = jwt.decode(
                token.strip(),
                self._secret,
                algorithms=[_ALGORITHM],
                leeway=_LEEWAY,
                options={"require": ["exp", "sub"]},
            )
            shopper_id = check_id(claims["sub"], "sub")
            role = claims.get("role")
            return Bearer(shopper_id, is_shop=role == SHOP_ROLE, is_guest=role == GUEST_ROLE)
        # A claim of another type than the library expects surfaces as a plain ValueError.
        except (jwt.InvalidTokenError, BadInput, ValueError, TypeError) as error:
            raise NotSignedIn("The token is not valid, or not any more.") from error

    def token(
        self, shopper_id: str, *, now: datetime, lasts: timedelta, role: str | None = None
    ) -> str:
        """Signs a token, as the shop's own login does.

        Args:
            shopper_id: whom it speaks for.
            now: the time of day.
            lasts: after which it is refused.
            role: ``shop`` for the shop's own programs, ``guest`` for a visitor; None for a shopper.
        """
        claims: dict[str, Any] = {"sub": shopper_id, "exp": now + lasts}
        if role is not None:
            claims["role"] = role
        return jwt.encode(claims, self._secret, algorithm=_ALGORITHM)


class Guests:
    """Random shopper ids for people who open the page, in cookies that cannot be made up.

    Args:
        key: signs the cookies; never the secret itself, so that a cookie is no token.
        now: the time of day.
        new_id: a fresh id that cannot be guessed.
    """

    def __init__(
        self,
        key: bytes,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self._key = key
        self._now = now
        self._new_id = new_id

    def guest_of(self, cookie: str | None) -> str | None:
        """The guest whose cookie it is; None where it is missing, not ours or has run out."""
        if not cookie:
            return None
        try:
            claims = jwt.decode(
                cookie,
                self._key,
                algorithms=[_ALGORITHM],
                leeway=_LEEWAY,
                options={"require": ["exp", "sub"]},
            )
            return check_id(claims["sub"], "sub")
        except (jwt.InvalidTokenError, BadInput, ValueError, TypeError):
            return None

    def issue_guest(self) -> tuple[str, str]:
        """A new guest: the shopper id, and the cookie's value for it."""
        id = f"{PREFIX}{self._new_id()}"
        claims = {"sub": id, "exp": self._now() + timedelta(days=GUEST_DAYS)}
        return id, jwt.encode(claims, self._key, algorithm=_ALGORITHM)


def guests_of(settings: Settings) -> Guests:
    """The guests of a shop; their key comes from the secret, or from a file of its own.

    Raises:
        OSError: the file cannot be made.
    """
    if settings.secret is not None:
        secret = settings.secret.get_secret_value().encode()
        return Guests(hmac.digest(secret, b"shopguide guest cookie", hashlib.sha256))
    return Guests(kept_key(settings.data / "guest.key"))


def kept_key(path: Path) -> bytes:
    """The key in a file that only its owner may read; made where it is missing or cut short."""
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        key = b""
    if len(key) == _KEY_BYTES:
        return key
    key = secrets.token_bytes(_KEY_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
    partial.replace(path)
    return key
