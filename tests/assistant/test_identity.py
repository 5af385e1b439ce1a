"""Tokens of shoppers and cookies of guests: what is believed and what is not."""

import itertools
import stat
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from pydantic import SecretStr

from assistant.errors import NotSignedIn
from assistant.identity import Guests, Shoppers, guests_of
from assistant.settings import Settings

SECRET = "a secret of the shop, long enough for HS256"
HOUR = timedelta(hours=1)
KEY = b"k" * 32


def later(lasts: timedelta = HOUR) -> datetime:
    return datetime.now(UTC) + lasts


def test_a_token_says_who_is_asking() -> None:
    shoppers = Shoppers(SECRET)
    token = shoppers.token("ann", now=datetime.now(UTC), lasts=HOUR)
    assert shoppers.signed_in(f"Bearer {token}") == "ann"
    assert shoppers.signed_in(f"bearer  {token} ") == "ann"


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"sub": "ann"},
        {"sub": "ann", "exp": 1},
        {"sub": "ann", "exp": "soon"},
        {"sub": 7, "exp": 4e9},
        {"sub": "", "exp": 4e9},
        {"sub": "a b", "exp": 4e9},
        {"sub": "../ann", "exp": 4e9},
        {"sub": "ann", "exp": 4e9, "nbf": 3.9e9},
        {"sub": "ann", "exp": 4e9, "aud": "another shop"},
        {"sub": ["ann"], "exp": 4e9},
        {"sub": "ann", "exp": 1e999},
    ],
)
def test_a_token_with_wrong_claims_is_refused(claims: dict[str, object]) -> None:
    token = jwt.encode(claims, SECRET, algorithm="HS256")
    with pytest.raises(NotSignedIn):
        Shoppers(SECRET).signed_in(f"Bearer {token}")


def test_only_hs256_with_our_secret_counts() -> None:
    claims = {"sub": "ann", "exp": later()}
    tokens = [
        jwt.encode(claims, "another secret, also long enough for it", algorithm="HS256"),
        jwt.encode(claims, SECRET + "x" * 64, algorithm="HS512"),
        jwt.encode(claims, SECRET * 2, algorithm="HS512"),
        jwt.encode(claims, None, algorithm="none"),
        "a.b.c",
        "ÄÖÜ",
        "",
    ]
    for token in tokens:
        with pytest.raises(NotSignedIn):
            Shoppers(SECRET).signed_in(f"Bearer {token}")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic YW5uOng=", "Bearer "])
def test_no_token_is_refused(header: str | None) -> None:
    with pytest.raises(NotSignedIn):
        Shoppers(SECRET).signed_in(header)


def test_a_guest_is_known_again() -> None:
    numbers = itertools.count(1)
    guests = Guests(KEY, new_id=lambda: f"{next(numbers):04}")
    id, cookie = guests.issue_guest()
    assert id == "guest-0001"
    assert guests.guest_of(cookie) == id
    assert guests.issue_guest()[0] == "guest-0002"


def test_a_made_up_or_old_cookie_is_nobodys() -> None:
    guests = Guests(KEY)
    _, cookie = guests.issue_guest()
    old = Guests(KEY, now=lambda: datetime(2020, 1, 1, tzinfo=UTC)).issue_guest()[1]
    for value in (None, "", "guest-1", cookie[:-4], old, Guests(b"l" * 32).issue_guest()[1]):
        assert guests.guest_of(value) is None


def test_cookies_and_tokens_do_not_stand_for_each_other(settings: Settings) -> None:
    shop = settings.model_copy(update={"secret": SecretStr(SECRET)})
    guests, shoppers = guests_of(shop), Shoppers(SECRET)
    _, cookie = guests.issue_guest()
    with pytest.raises(NotSignedIn):
        shoppers.signed_in(f"Bearer {cookie}")
    assert guests.guest_of(shoppers.token("ann", now=datetime.now(UTC), lasts=HOUR)) is None
    assert guests_of(shop).guest_of(cookie) is not None


def test_without_a_secret_the_key_is_kept_in_a_file(settings: Settings) -> None:
    id, cookie = guests_of(settings).issue_guest()
    path = settings.data / "guest.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert guests_of(settings).guest_of(cookie) == id
    path.write_bytes(b"cut short")
    assert guests_of(settings).guest_of(cookie) is None
    assert [file.name for file in settings.data.iterdir()] == ["guest.key"]
