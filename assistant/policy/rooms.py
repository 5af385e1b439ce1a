"""Where the policies of a catalogue's shop lie."""

from __future__ import annotations

import threading
from importlib.resources import files
from pathlib import Path

from retrieval.catalogues import DEMO
from retrieval.index import CatalogueIndex
from retrieval.policies import PolicyFolder
from retrieval.translation import Thesaurus


class PolicyRooms:
    """The policies of a server's shop, kept in memory between questions.

    Args:
        folder: that the shop set; None for the demo shop's own, beside the demo catalogue alone.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._open: dict[tuple[Path, str], PolicyFolder] = {}
        self._thesaurus: Thesaurus | None = None

    def of(self, index: CatalogueIndex) -> PolicyFolder | None:
        """The policies for the goods of a catalogue, embedded with its model; None: there are none.

        Args:
            index: the catalogue.
        """
        root = self._folder
        if root is None and index.name == DEMO:
            root = demo_policies()
        if root is None:
            return None
        with self._lock:
            key = (root, index.embedder.name)
            if key not in self._open:
                self._thesaurus = self._thesaurus or Thesaurus()
                self._open[key] = PolicyFolder(root, index.embedder, self._thesaurus)
            return self._open[key]


def demo_policies() -> Path:
    """The folder of the demo shop's policies."""
    return Path(str(files("retrieval.demo").joinpath("policies")))
