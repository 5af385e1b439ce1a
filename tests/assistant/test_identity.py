"""Tokens of shoppers and cookies of guests: what is believed and what is not."""

import itertools
import stat
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from pydantic import SecretStr

from assistant.errors import NotSignedIn
from assistant.identity import GUEST_DAYS, Guests, Shoppers, guests_of, shoppers_of
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
        {"sub": "ann", "exp": 10**400},
        {"sub": "ann", "exp": float("nan")},
        {"sub": "ann", "exp": 4e9, "nbf": float("nan")},
        {"sub": "ann", "exp": 4e9, "iat": 3.9e9},
        {"sub": "ann", "exp": None},
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


@pytest.mark.parametrize(
    ("seconds", "reason"), [(-21, "not_yet"), (-9, None), (0, None), (69, None), (71, "expired")]
)
def test_times_are_those_of_the_clock_that_is_given(seconds: int, reason: str | None) -> None:
    made = datetime(2001, 1, 1, tzinfo=UTC)
    claims = {"sub": "ann", "nbf": made, "iat": made, "exp": made + timedelta(seconds=60)}
    header = f"Bearer {jwt.encode(claims, SECRET, algorithm='HS256')}"
    moment = made + timedelta(seconds=seconds)
    shoppers = Shoppers(SECRET, now=lambda: moment)
    if reason is None:
        assert shoppers.signed_in(header) == "ann"
        return
    with pytest.raises(NotSignedIn) as refused:
        shoppers.signed_in(header)
    assert refused.value.reason == reason


def test_a_cookie_runs_out_by_the_clock_that_is_given() -> None:
    made = datetime(2001, 1, 1, tzinfo=UTC)
    id, cookie = Guests(KEY, now=lambda: made).issue_guest()
    for days, known in ((0, id), (GUEST_DAYS - 1, id), (GUEST_DAYS + 1, None)):
        later = made + timedelta(days=days)
        assert Guests(KEY, now=lambda later=later: later).guest_of(cookie) == known  # type: ignore[misc]


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


# what is refused, and why --------------------------------------------------------------------


def signed(claims: dict[str, object], key: str | bytes = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode({"sub": "ann", "exp": later(), **claims}, key, algorithm=algorithm)


def reason(token: str | None, shoppers: Shoppers | None = None) -> str:
    with pytest.raises(NotSignedIn) as refused:
        (shoppers or Shoppers(SECRET)).bearer(None if token is None else f"Bearer {token}")
    # Who may be guessing is told nothing of it.
    assert refused.value.sentence in (
        "The token is not valid, or not any more.",
        "This shop asks for a shopper's token: Authorization: Bearer ….",
    )
    return refused.value.reason


def test_each_refusal_has_its_reason() -> None:
    other = "another secret, also long enough for it"
    assert reason(None) == "missing"
    assert reason("a.b.c") == "malformed"
    assert reason(signed({"exp": later(-HOUR)})) == "expired"
    assert reason(signed({"nbf": later()})) == "not_yet"
    assert reason(signed({}, other)) == "signature"
    assert reason(signed({}, SECRET * 2, "HS384")) == "algorithm"
    assert reason(jwt.encode({"sub": "ann", "exp": later()}, None, algorithm="none")) == "unsigned"
    assert reason(jwt.encode({"sub": "ann"}, SECRET)) == "claims_missing"
    assert reason(jwt.encode({"exp": later()}, SECRET)) == "claims_missing"
    assert reason(signed({"sub": "a b"})) == "claims"
    assert reason(signed({"aud": "another-shop"})) == "other_shop"
    assert reason(signed({"sub": "guest-1"})) == "guest_claimed"
    assert reason(signed({"role": "guest"})) == "guest_claimed"
    assert reason(signed({"sub": "guest-1", "role": "guest"})) == "guest_claimed"
    assert reason(signed({"exp": later(timedelta(days=31))})) == "lasts_too_long"
    assert reason(signed({"exp": 4e9})) == "lasts_too_long"


def test_the_public_key_of_nobody_is_no_secret() -> None:
    header = {
        "jwk": {"kty": "oct", "k": "AAAA"},
        "kid": "../../dev/null",
        "jku": "http://evil.test",
    }
    claims = {"sub": "ann", "exp": later()}
    forged = jwt.encode(claims, "x" * 32, algorithm="HS256", headers=header)
    assert reason(forged) == "signature"


def test_a_token_is_for_one_shop() -> None:
    here = Shoppers(SECRET, shop="shoes-berlin")
    assert here.bearer(f"Bearer {signed({'aud': 'shoes-berlin'})}").shopper_id == "ann"
    assert here.bearer(f"Bearer {signed({'aud': ['books', 'shoes-berlin']})}").shopper_id == "ann"
    assert reason(signed({"aud": "books"}), here) == "other_shop"
    assert reason(signed({"aud": ["books"]}), here) == "other_shop"
    assert reason(signed({}), here) == "claims_missing"
    made = here.token("ann", now=datetime.now(UTC), lasts=HOUR)
    assert here.signed_in(f"Bearer {made}") == "ann"
    # A server that does not know its own name cannot tell for which shop a token is.
    assert reason(made) == "other_shop"


def test_how_long_a_token_may_last_can_be_set() -> None:
    short = Shoppers(SECRET, longest=HOUR)
    assert short.signed_in(f"Bearer {signed({})}") == "ann"
    assert reason(signed({"exp": later(2 * HOUR)}), short) == "lasts_too_long"


def test_the_old_secret_is_believed_and_signs_nothing() -> None:
    new = "the secret that came after it, long enough"
    both = Shoppers(new, old_secret=SECRET)
    assert both.signed_in(f"Bearer {signed({})}") == "ann"
    made = both.token("ann", now=datetime.now(UTC), lasts=HOUR)
    assert Shoppers(new).signed_in(f"Bearer {made}") == "ann"
    assert reason(made) == "signature"
    guest = Shoppers(SECRET).token("guest-1", now=datetime.now(UTC), lasts=HOUR, role="guest")
    assert both.bearer(f"Bearer {guest}").is_guest
    assert reason(signed({}, "a third secret, also long enough for it"), both) == "signature"


def test_guests_have_a_key_of_their_own() -> None:
    shoppers = Shoppers(SECRET)
    now = datetime.now(UTC)
    bearer = shoppers.bearer(
        f"Bearer {shoppers.token('guest-1', now=now, lasts=HOUR, role='guest')}"
    )
    assert (bearer.shopper_id, bearer.is_guest, bearer.is_shop) == ("guest-1", True, False)
    # What was given to a guest never speaks for anybody else.
    assert reason(shoppers.token("ann", now=now, lasts=HOUR, role="guest")) == "guest_claimed"
    assert not shoppers.bearer(f"Bearer {signed({'role': 'shop'})}").is_guest


def test_the_settings_of_tokens(settings: Settings) -> None:
    assert shoppers_of(settings) is None
    shop = settings.model_copy(
        update={
            "secret": SecretStr("the secret that came after it, long enough"),
            "secret_old": SecretStr(SECRET),
            "shop": "shoes",
            "token_days": 1.0,
        }
    )
    shoppers = shoppers_of(shop)
    assert shoppers is not None
    assert shoppers.signed_in(f"Bearer {signed({'aud': 'shoes'})}") == "ann"
    assert reason(signed({}), shoppers) == "claims_missing"
    assert reason(signed({"aud": "shoes", "exp": later(48 * HOUR)}), shoppers) == "lasts_too_long"
    with pytest.raises(ValueError, match="at least 32 bytes"):
        Settings(secret_old=SecretStr("short"))
