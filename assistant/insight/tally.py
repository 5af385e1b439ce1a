"""What one process counts in one week: how much of each shopper, and nobody by name."""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b

from assistant.insight.kinds import BOUNDS, FREE, Counted, Kind

# Entries are some two hundred bytes. Beyond this nobody new counts, and figures are low.
MOST_WATCHED = 500_000
_SALT_BYTES, _DIGEST_BYTES = 32, 8

Term = tuple[Kind, str]


@dataclass
class Amount:
    """How many shoppers a term counts, and how it reads where it is free text."""

    shoppers: int = 0
    wording: str = ""


@dataclass
class _Waiting:
    """A free text that too few have said to be kept: in memory alone."""

    shoppers: int = 0
    wordings: Counter[str] = field(default_factory=Counter)


class Tally:
    """Counts for how many different shoppers each term holds.

    Of one shopper the first ``BOUNDS`` terms of each kind count, each once, however often they
    come back in the week. To know a shopper again without keeping who they are, a tally remembers
    ``blake2b(shopper, kind)`` under a random salt. Salt and digests are in this process's memory
    alone and go with the tally when the week is over: nothing on disk says who counted, and nothing
    links one week to the next. A restart begins another tally, in which the same shopper may count
    again; ``Releases`` makes the noise larger by the number of a week's tallies.

    Free text counts only from the ``fewest``-th shopper on who says the same; until then it is in
    memory alone. Its amount is how many there are beyond ``fewest - 1``, so that one shopper still
    moves it by one.

    Args:
        week: its Monday.
        fewest: how many different shoppers must say a free text before it is kept.
        most: how many shoppers are watched, each once for each kind.
        salt: of the digests; by default random.
    """

    def __init__(
        self, week: date, *, fewest: int, most: int = MOST_WATCHED, salt: bytes | None = None
    ) -> None:
        self.week = week
        self._fewest = fewest
        self._most = most
        self._salt = salt or secrets.token_bytes(_SALT_BYTES)
        self._seen: dict[bytes, tuple[bytes, ...]] = {}
        self._waiting: defaultdict[Term, _Waiting] = defaultdict(_Waiting)
        self._full = False

    @property
    def weight(self) -> int:
        """How many times ``BOUNDS`` one shopper can move what is counted.

        Twice once it is full: without one shopper, one who found no place would have had theirs.
        (Where exactly one shopper found none, being full itself tells of one; a tally of half a
        million is not guarded against that.)
        """
        return 2 if self._full else 1

    def take(self, shopper_id: str, counts: Iterable[Counted]) -> dict[Term, Amount]:
        """Counts what a shopper's turn counts for.

        Args:
            shopper_id: who asks, as the server settled it.
            counts: what the turn counts for.

        Returns:
            By how much each term's amount grows; nothing for what counted before, is beyond the
            bound, or was said by too few.
        """
        grown: dict[Term, Amount] = {}
        for one in counts:
            term = (one.kind, one.term)
            if not self._first_time(shopper_id, one):
                continue
            wording = self._kept_wording(term, one) if one.kind in FREE else ""
            if wording is not None:
                grown[term] = Amount(1, wording)
        return grown

    def _first_time(self, shopper_id: str, one: Counted) -> bool:
        """Whether a term is new for a shopper, and within the bound; from now on it is not new."""
        who = self._digest(one.kind, shopper_id)
        held = self._seen.get(who, ())
        what = self._digest(one.kind, one.term)
        if what in held or len(held) >= BOUNDS[one.kind]:
            return False
        if not held and len(self._seen) >= self._most:
            self._full = True
            return False
        self._seen[who] = (*held, what)
        return True

    def _kept_wording(self, term: Term, one: Counted) -> str | None:
        """How a free text is to read; None while too few have said it."""
        waiting = self._waiting[term]
        waiting.shoppers += 1
        if waiting.shoppers < self._fewest:
            waiting.wordings[one.wording] += 1
            return None
        if waiting.shoppers == self._fewest:
            waiting.wordings[one.wording] += 1
        return waiting.wordings.most_common(1)[0][0]

    def _digest(self, kind: Kind, text: str) -> bytes:
        whole = f"{kind.value}\n{text}".encode("utf-8", "replace")
        return blake2b(whole, key=self._salt, digest_size=_DIGEST_BYTES).digest()
