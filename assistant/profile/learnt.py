"""What is learnt from all shoppers' events, offline: the only thing of others that an answer reads.

A folder a catalogue: the ranking's weights, and the model of what is looked at next. Both are sums
over many shoppers, in which nobody's own events stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import structlog

from assistant.profile.learned_weights import read_weights
from assistant.profile.sequence.folder import SequenceModelDamaged
from assistant.profile.sequence.model import SequenceModel
from tools.ranking_weights import RankingWeights

_WEIGHTS, _NEXT = "weights.json", "next"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Learnt:
    """Of one catalogue.

    Attributes:
        weights: of the ranking; the defaults where too little was seen to learn any.
        following: what is looked at next; None where nothing was learnt.
    """

    weights: RankingWeights
    following: SequenceModel | None


class LearntFolder:
    """What ``shopguide learn`` keeps. A catalogue's is read once, and again when it is renewed.

    Args:
        root: of all catalogues.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: dict[str, tuple[float, Learnt]] = {}

    def weights_file(self, catalog: str) -> Path:
        """Where the weights of a catalogue's ranking are; its folder is made."""
        folder = self._root / catalog
        folder.mkdir(parents=True, exist_ok=True)
        return folder / _WEIGHTS

    def model_folder(self, catalog: str) -> Path:
        """Where the model of a catalogue's next products is."""
        return self._root / catalog / _NEXT

    def of(self, catalog: str) -> Learnt:
        """What was learnt of a catalogue. The weights are written last, and tell of a new one."""
        file = self._root / catalog / _WEIGHTS
        try:
            written = file.stat().st_mtime
        except FileNotFoundError:
            written = 0.0
        held = self._read.get(catalog)
        if held is not None and held[0] == written:
            return held[1]
        learnt = Learnt(read_weights(file), self._model(catalog) if written else None)
        self._read[catalog] = (written, learnt)
        return learnt

    def _model(self, catalog: str) -> SequenceModel | None:
        folder = self.model_folder(catalog)
        if not folder.exists():
            return None
        try:
            return SequenceModel.load(folder)
        except SequenceModelDamaged as error:
            _log.warning("sequence_model_damaged", catalog=catalog, why=error.sentence)
            return None
