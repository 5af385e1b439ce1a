"""Accounts of staff, their sessions, and what keeps others from guessing passwords."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from cachetools import LRUCache
from sqlalchemy import delete, func, select, update

from assistant.database.connection import Database
from assistant.desk.tables import CaseRow, StaffRow
from assistant.errors import BadInput, TooManyRequests

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200
SESSION_HOURS = 10
_NAME = re.compile(r"[\w .'-]{1,60}")
# RFC 7914, with what OWASP advises: 32 MiB a try, and no more than two tries at once.
_N, _R, _P = 2**15, 8, 3
_KEY_BYTES = 32
_MOST_MEMORY = 64 * 1024 * 1024
_AT_ONCE = threading.Semaphore(2)
# Who waits for their turn holds a thread that others need.
_LONGEST_TURN = 2.0
_ALGORITHM = "HS256"
# Free tries, then a wait that doubles with each one more.
_FREE_TRIES = 5
# Others can keep an account waiting: not for long, then.
_LONGEST = {"account": timedelta(minutes=5), "address": timedelta(hours=1)}
_MOST_WATCHED = 10_000
_FADES_AFTER = timedelta(days=1)


def hashed(password: str, salt: bytes | None = None) -> str:
    """A password as it is kept: ``scrypt$N$r$p$salt$key``."""
    salt = salt or secrets.token_bytes(16)
    return _kept(salt, _scrypt(password, salt, _N, _R, _P))


def _kept(salt: bytes, key: bytes) -> str:
    parts = (base64.b64encode(part).decode() for part in (salt, key))
    return "$".join(("scrypt", str(_N), str(_R), str(_P), *parts))


def matches(password: str, kept: str) -> bool:
    """Whether a password is the one that is kept, in the same time either way."""
    _, n, r, p, salt, key = kept.split("$")
    made = _scrypt(password, base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(made, base64.b64decode(key))


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    if not _AT_ONCE.acquire(timeout=_LONGEST_TURN):
        raise TooManyRequests("Too many are logging in at once: try again in 10 seconds.", wait=10)
    try:
        return hashlib.scrypt(
            password.encode("utf-8", "replace"),
            salt=salt,
            n=n,
            r=r,
            p=p,
            maxmem=_MOST_MEMORY,
            dklen=_KEY_BYTES,
        )
    finally:
        _AT_ONCE.release()


class Staff:
    """The accounts.

    Args:
        database: where they are.
        now: the time of day.
    """

    def __init__(self, database: Database, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        # Nobody's password: a key that none gives need not be computed at every start.
        self._nobody = _kept(secrets.token_bytes(16), secrets.token_bytes(_KEY_BYTES))

    def any(self) -> bool:
        """Whether there is an account at all."""
        with self._database.reading() as session:
            return bool(session.scalar(select(func.count()).select_from(StaffRow)))

    def names(self) -> list[str]:
        """Whose accounts there are."""
        with self._database.reading() as session:
            return list(session.scalars(select(StaffRow.name).order_by(StaffRow.name)))

    def put(self, name: str, password: str) -> bool:
        """Makes an account, or gives one another password: its sessions end.

        Returns:
            Whether it is new.

        Raises:
            BadInput: the name or the password cannot be used.
        """
        if not _NAME.fullmatch(name) or name != name.strip():
            raise BadInput("A name has 1 to 60 letters, digits, spaces or . ' -", field="name")
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise BadInput(
                f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
                field="password",
            )
        kept = hashed(password)
        with self._database.writing() as session:
            row = session.get(StaffRow, name)
            if row is None:
                session.add(StaffRow(name=name, password=kept, epoch=1, created=self._now()))
                return True
            row.password, row.epoch = kept, row.epoch + 1
            return False

    def remove(self, name: str) -> None:
        """Removes an account, and with it its sessions; its cases wait for others.

        Raises:
            BadInput: there is none of that name.
        """
        with self._database.writing() as session:
            if session.get(StaffRow, name) is None:
                raise BadInput(f"There is no account {name[:60]!r}.", field="name")
            session.execute(delete(StaffRow).where(StaffRow.name == name))
            session.execute(
                update(CaseRow)
                .where(CaseRow.staff == name, CaseRow.status == "person")
                .values(status="waiting", staff=None, waiting_since=self._now())
            )

    def check(self, name: str, password: str) -> int | None:
        """The epoch of an account whose password it is; None for any other."""
        with self._database.reading() as session:
            row = session.get(StaffRow, name) if name.isprintable() else None
            kept, epoch = (row.password, row.epoch) if row else (self._nobody, 0)
        # A name that nobody has takes as long as a wrong password.
        right = matches(password[:LONGEST_PASSWORD], kept)
        return epoch if right and epoch else None

    def epoch(self, name: str) -> int | None:
        """The epoch of an account; None where there is none."""
        with self._database.reading() as session:
            row = session.get(StaffRow, name) if name.isprintable() else None
            return row.epoch if row else None

    def log_out(self, name: str) -> None:
        """Ends all sessions of an account."""
        with self._database.writing() as session:
            row = session.get(StaffRow, name)
            if row is not None:
                row.epoch += 1


@dataclass(frozen=True)
class Session:
    """Who is logged in.

    Attributes:
        id: of the session.
    """

    name: str
    id: str


class Sessions:
    """Sessions in signed cookies, and the tokens of the forms that they send.

    Args:
        key: signs them.
        staff: the accounts.
        now: the time of day.
        new_id: a fresh id that cannot be guessed.
    """

    def __init__(
        self,
        key: bytes,
        staff: Staff,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._key = key
        self._staff = staff
        self._now = now
        self.new_id = new_id

    def begin(self, name: str, epoch: int) -> str:
        """The cookie of a new session."""
        ends = self._now() + timedelta(hours=SESSION_HOURS)
        claims = {
            "sub": name,
            "epoch": epoch,
            "jti": self.new_id(),
            "exp": ends.timestamp(),
        }
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def of(self, cookie: str | None) -> Session | None:
        """Whose session a cookie is; None where it is not ours, has run out or was ended."""
        if not cookie:
            return None
        try:
            claims = jwt.decode(
                cookie,
                self._key,
                algorithms=[_ALGORITHM],
                # Held against the clock that is injected, below.
                options={"require": ["exp", "sub", "jti", "epoch"], "verify_exp": False},
            )
            name, id, ends = str(claims["sub"]), str(claims["jti"]), float(claims["exp"])
        except (jwt.InvalidTokenError, ValueError, TypeError):
            return None
        epoch = self._staff.epoch(name)
        if epoch is None or claims["epoch"] != epoch or self._now().timestamp() >= ends:
            return None
        return Session(name, id)

    def form_token(self, id: str) -> str:
        """What every form of a session must bring back."""
        return hmac.new(self._key, f"form:{id}".encode(), hashlib.sha256).hexdigest()

    def is_form_token(self, id: str, token: str) -> bool:
        """Whether a form brought back its session's token."""
        return hmac.compare_digest(self.form_token(id).encode(), token.encode("utf-8", "replace"))


class Lockout:
    """Makes who guesses passwords wait, per account and per address.

    Held in memory: a restart forgets it. A name is watched whether or not it is an account's.

    Args:
        now: the time of day.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._failed: dict[str, LRUCache[str, tuple[int, datetime]]] = {
            kind: LRUCache(_MOST_WATCHED) for kind in ("account", "address")
        }
        self._lock = threading.Lock()

    def begin(self, account: str, address: str) -> timedelta | None:
        """Begins a try, which counts as failed until it has succeeded.

        Returns:
            How long they must wait before they may try; None where they may now.
        """
        with self._lock:
            wait = self._wait(account, address)
            if wait is None:
                for kind, key in (("account", account), ("address", address)):
                    count, _ = self._tries(kind, key)
                    self._failed[kind][key] = (count + 1, self._now())
            return wait

    def _wait(self, account: str, address: str) -> timedelta | None:
        until = max(
            (self._until("account", account), self._until("address", address)),
            key=lambda moment: moment.timestamp(),
        )
        left = until - self._now()
        return left if left > timedelta(0) else None

    def succeeded(self, account: str, address: str) -> None:
        """Forgets the tries of an account at an address."""
        with self._lock:
            for kind, key in (("account", account), ("address", address)):
                self._failed[kind].pop(key, None)

    def not_tried(self, account: str, address: str) -> None:
        """Takes a try back whose password was not looked at."""
        with self._lock:
            for kind, key in (("account", account), ("address", address)):
                count, last = self._tries(kind, key)
                self._failed[kind][key] = (max(0, count - 1), last)

    def _tries(self, kind: str, key: str) -> tuple[int, datetime]:
        """How many tries failed, and when the last one did; after a day they are forgotten."""
        now = self._now()
        count, last = self._failed[kind].get(key, (0, now))
        return (0, now) if now - last >= _FADES_AFTER else (count, last)

    def _until(self, kind: str, key: str) -> datetime:
        count, last = self._tries(kind, key)
        if count < _FREE_TRIES:
            return last - timedelta(days=1)
        doubled: int = 2 ** min(count - _FREE_TRIES, 12)
        return last + min(timedelta(seconds=2 * doubled), _LONGEST[kind])
