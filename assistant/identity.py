"""Who is asking: shoppers and guests by a signed token, guests of the page by a signed cookie."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from jwt.types import Options

from assistant.app import check_id
from assistant.errors import BadInput, NotSignedIn
from assistant.guest import PREFIX
from assistant.guest import is_guest as named_guest
from assistant.settings import Settings

GUEST_COOKIE = "shopguide_guest"
GUEST_DAYS = 180
SHOP_ROLE = "shop"
GUEST_ROLE = "guest"
LONGEST_TOKEN = timedelta(days=30)
_ALGORITHM = "HS256"
_KEY_BYTES = 32
# Clocks of two machines differ.
_LEEWAY = timedelta(seconds=10)
# Times are held against the clock that is injected.
_TIMELESS: Options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
_REASONS: dict[type[Exception], str] = {
    jwt.InvalidSignatureError: "signature",
    jwt.ExpiredSignatureError: "expired",
    jwt.ImmatureSignatureError: "not_yet",
    jwt.InvalidAudienceError: "other_shop",
    jwt.MissingRequiredClaimError: "claims_missing",
    jwt.DecodeError: "malformed",
}


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
    """Reads the bearer tokens that the shop signs with its secret, and those of guests.

    A guest's token is signed with another key, which follows from the secret: what the shop signs
    speaks for no guest, and nothing that was given to a guest speaks for anybody else.

    Args:
        secret: the HS256 key, at least 32 bytes.
        old_secret: one that was in use until lately; what it signed is still believed.
        shop: the shop's id, which must be a token's ``aud``; without it a token must have none, as
            nobody can tell for which shop one with an ``aud`` was made.
        longest: a token that lasts for longer from now on is refused.
        now: the time of day.
    """

    def __init__(
        self,
        secret: str,
        *,
        old_secret: str | None = None,
        shop: str | None = None,
        longest: timedelta = LONGEST_TOKEN,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        secrets = [secret] if old_secret is None else [secret, old_secret]
        self._keys = [(s.encode(), False) for s in secrets]
        self._keys += [(_guest_key(s), True) for s in secrets]
        self._shop = shop
        self._longest = longest
        self._now = now

    def signed_in(self, authorization: str | None) -> str:
        """The shopper whose token came with a request. Args and errors as in ``bearer``."""
        return self.bearer(authorization).shopper_id

    def bearer(self, authorization: str | None) -> Bearer:
        """Who the token of a request speaks for.

        Args:
            authorization: the request's header, ``Bearer …``.

        Raises:
            NotSignedIn: there is no token, it is not ours, it has run out, or its ``sub`` is no
                shopper id. What exactly is wrong is not told to who may be guessing; ``reason`` is
                for the shop.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise NotSignedIn(
                "This shop asks for a shopper's token: Authorization: Bearer ….", reason="missing"
            )
        token = token.strip()
        try:
            claims, is_guest = self._claims(token)
            shopper_id = check_id(claims["sub"], "sub")
            lasts = datetime.fromtimestamp(float(claims["exp"]), UTC) - self._now()
        # A claim of another type than the library expects surfaces as a plain ValueError.
        except (jwt.InvalidTokenError, BadInput, ValueError, TypeError, OverflowError) as error:
            raise _refused(_reason(token, error)) from error
        role = claims.get("role")
        if is_guest != named_guest(shopper_id) or is_guest != (role == GUEST_ROLE):
            raise _refused("guest_claimed")
        if lasts > self._longest + _LEEWAY:
            raise _refused("lasts_too_long")
        return Bearer(shopper_id, is_shop=role == SHOP_ROLE, is_guest=is_guest)

    def _claims(self, token: str) -> tuple[dict[str, Any], bool]:
        """The claims of a token, and whether it is a guest's."""
        required = ["exp", "sub"] if self._shop is None else ["exp", "sub", "aud"]
        refused: jwt.InvalidTokenError = jwt.InvalidSignatureError()
        for key, is_guest in self._keys:
            try:
                claims = jwt.decode(
                    token,
                    key,
                    algorithms=[_ALGORITHM],
                    audience=self._shop,
                    options={"require": required, **_TIMELESS},
                )
            except jwt.InvalidSignatureError as error:
                refused = error
            else:
                _check_times(claims, self._now())
                return claims, is_guest
        raise refused

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
        if self._shop is not None:
            claims["aud"] = self._shop
        if role is not None:
            claims["role"] = role
        wanted = role == GUEST_ROLE
        key = next(key for key, is_guest in self._keys if is_guest == wanted)
        return jwt.encode(claims, key, algorithm=_ALGORITHM)


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    """Holds the times of a token against a clock, a little leeway given.

    Raises:
        InvalidTokenError: it has run out, or does not hold yet.
        ValueError, TypeError: a time is none.
    """
    earliest = (now - _LEEWAY).timestamp()
    latest = (now + _LEEWAY).timestamp()
    # So that what is no number at all (NaN) is refused, too.
    if not float(claims["exp"]) > earliest:
        raise jwt.ExpiredSignatureError
    for name in ("nbf", "iat"):
        if name in claims and not float(claims[name]) <= latest:
            raise jwt.ImmatureSignatureError


def _guest_key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"shopguide guest token", hashlib.sha256)


def _refused(reason: str) -> NotSignedIn:
    return NotSignedIn("The token is not valid, or not any more.", reason=reason)


def _reason(token: str, error: Exception) -> str:
    """What is wrong with a token, for the shop's own records."""
    try:
        algorithm = jwt.get_unverified_header(token).get("alg")
    except jwt.InvalidTokenError:
        return "malformed"
    if str(algorithm).lower() == "none":
        return "unsigned"
    if algorithm != _ALGORITHM:
        return "algorithm"
    for kind, reason in _REASONS.items():
        if isinstance(error, kind):
            return reason
    return "claims"


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
                options={"require": ["exp", "sub"], **_TIMELESS},
            )
            _check_times(claims, self._now())
            return check_id(claims["sub"], "sub")
        except (jwt.InvalidTokenError, BadInput, ValueError, TypeError, OverflowError):
            return None

    def issue_guest(self) -> tuple[str, str]:
        """A new guest: the shopper id, and the cookie's value for it."""
        id = f"{PREFIX}{self._new_id()}"
        claims = {"sub": id, "exp": self._now() + timedelta(days=GUEST_DAYS)}
        return id, jwt.encode(claims, self._key, algorithm=_ALGORITHM)


def guests_of(
    settings: Settings,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
) -> Guests:
    """The guests of a shop; their key comes from the secret, or from a file of its own.

    Args:
        settings: the shop's.
        now: the time of day.
        new_id: a fresh id that cannot be guessed.

    Raises:
        OSError: the file cannot be made.
    """
    if settings.secret is not None:
        secret = settings.secret.get_secret_value().encode()
        key = hmac.digest(secret, b"shopguide guest cookie", hashlib.sha256)
    else:
        key = kept_key(settings.data / "guest.key")
    return Guests(key, now=now, new_id=new_id)


def shoppers_of(
    settings: Settings, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Shoppers | None:
    """Who reads and signs a shop's tokens; None where the shop has no secret.

    Args:
        settings: the shop's.
        now: the time of day.
    """
    if settings.secret is None:
        return None
    old = settings.secret_old
    return Shoppers(
        settings.secret.get_secret_value(),
        old_secret=old.get_secret_value() if old else None,
        shop=settings.shop,
        longest=timedelta(days=settings.token_days),
        now=now,
    )


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
