"""What is learnt from all shoppers' events, offline: the only thing of others that an answer reads.

A folder a catalogue: the ranking's weights, the model of what is looked at next, and what is usual
in baskets. All are sums over many shoppers, in which nobody's own events stand.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread
from typing import TypeVar

import structlog

from assistant.profile.behaviour.baskets import BasketHabits, load_baskets
from assistant.profile.behaviour.learned_weights import read_weights
from assistant.profile.sequence.folder import SequenceModelDamaged
from assistant.profile.sequence.model import SequenceModel
from tools.ranking_weights import DEFAULT_WEIGHTS, RankingWeights

# Looking for a newer one is a call of the system: not at every turn.
_SECONDS_BETWEEN = 1.0

_log = structlog.get_logger(__name__)

_T = TypeVar("_T")

Written = tuple[int, int]
"""When a file was written, in nanoseconds, and which file it is."""


@dataclass(frozen=True)
class Learnt:
    """Of one catalogue.

    Attributes:
        weights: of the ranking; the defaults where too little was seen to learn any.
        following: what is looked at next; None where nothing was learnt.
        baskets: what is usual in baskets; None where too few were seen.
    """

    weights: RankingWeights = DEFAULT_WEIGHTS
    following: SequenceModel | None = None
    baskets: BasketHabits | None = None


_NOTHING = Learnt()


class LearntFiles:
    """Where what is learnt of a catalogue is.

    Args:
        root: of all catalogues.
        catalog: the name of one.
    """

    def __init__(self, root: Path, catalog: str) -> None:
        self.folder = root / catalog
        self.weights = self.folder / "weights.json"
        """Of the ranking; written last, it tells that all of it is new."""
        self.following = self.folder / "next"
        self.baskets = self.folder / "baskets"

    def written(self) -> Written | None:
        """When it was learnt; None where it never was."""
        try:
            found = self.weights.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ino

    def read(self) -> Learnt:
        """All of it. What is damaged is told in the log, and left out."""
        return Learnt(
            read_weights(self.weights),
            self._unless_damaged(self.following, SequenceModel.load),
            self._unless_damaged(self.baskets, load_baskets),
        )

    def _unless_damaged(self, folder: Path, load: Callable[[Path], _T]) -> _T | None:
        if not folder.exists():
            return None
        try:
            return load(folder)
        except SequenceModelDamaged as error:
            _log.warning("learnt_damaged", folder=folder.name, why=error.sentence)
            return None


class LearntFolder:
    """What ``shopguide learn`` keeps, in memory.

    What is there at the start is read at once. Later, reading never keeps an answer waiting: a
    thread reads what is new, and until it has done so the answers go on with what is held.

    Args:
        root: of all catalogues.
        clock: seconds of a clock that never goes back.
    """

    def __init__(self, root: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._root = root
        self._clock = clock
        self._held: dict[str, tuple[Written, Learnt]] = {}
        self._looked: dict[str, float] = {}
        self._reading: set[str] = set()
        self._lock = Lock()
        for folder in sorted(root.iterdir()) if root.is_dir() else ():
            files = LearntFiles(root, folder.name)
            if (written := files.written()) is not None:
                self._held[folder.name] = (written, files.read())

    def of(self, catalog: str) -> Learnt:
        """What was learnt of a catalogue; the defaults where nothing was, or it is being read.

        It takes no time worth waiting for.
        """
        now = self._clock()
        if now - self._looked.get(catalog, -_SECONDS_BETWEEN) >= _SECONDS_BETWEEN:
            self._looked[catalog] = now
            self._look(catalog)
        held = self._held.get(catalog)
        return held[1] if held is not None else _NOTHING

    def _look(self, catalog: str) -> None:
        files = LearntFiles(self._root, catalog)
        written = files.written()
        held = self._held.get(catalog)
        if written is None:
            self._held.pop(catalog, None)
            return
        if held is not None and held[0] == written:
            return
        with self._lock:
            if catalog in self._reading:
                return
            self._reading.add(catalog)
        Thread(target=self._read, args=(catalog, files, written), daemon=True).start()

    def _read(self, catalog: str, files: LearntFiles, written: Written) -> None:
        try:
            self._held[catalog] = (written, files.read())
        finally:
            with self._lock:
                self._reading.discard(catalog)
