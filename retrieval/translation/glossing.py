"""An embedding model that reads English alone, given Chinese texts in English words."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property

from retrieval.embedding import Vectors
from retrieval.text import has_cjk
from retrieval.translation.encoder import Encoder
from retrieval.translation.language import Language
from retrieval.translation.reading import languages_read
from retrieval.translation.thesaurus import Thesaurus

# Goes up when Chinese texts are put into English in another way: old vectors then fit no longer.
_GLOSSES = "glosses=1"


class GlossingEmbedder:
    """An embedder that puts Chinese texts into English words where its model reads no Chinese.

    What the model reads is tried out at the first Chinese text; a shop without any never pays.
    Several threads may ask at once.

    Args:
        embedder: of any model.
        thesaurus: where words are looked up.
    """

    def __init__(self, embedder: Encoder, thesaurus: Thesaurus) -> None:
        self.model = embedder
        self._thesaurus = thesaurus
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """See ``Embedder.name``."""
        return f"{self.model.name} {_GLOSSES}"

    @property
    def dimensions(self) -> int:
        """See ``Embedder.dimensions``."""
        return self.model.dimensions

    @cached_property
    def _read(self) -> frozenset[Language]:
        return languages_read(self.model)

    @property
    def reads(self) -> frozenset[Language]:
        """The languages that the model reads by itself."""
        with self._lock:
            return self._read

    def load(self) -> None:
        """Loads the model now, so that the first shopper does not wait for it."""
        self.model.load()

    def documents(self, texts: Sequence[str]) -> Vectors:
        """See ``Embedder.documents``."""
        return self.model.documents([self._readable(text) for text in texts])

    def query(self, text: str) -> Vectors:
        """See ``Embedder.query``."""
        return self.model.query(self._readable(text))

    def _readable(self, text: str) -> str:
        if has_cjk(text) and self.reads == {"en"}:
            return self._thesaurus.in_english(text) or text
        return text
