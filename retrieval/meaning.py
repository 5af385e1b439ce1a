"""What is worked out once of a catalogue's values: its vocabulary, and what it does not sell."""

from __future__ import annotations

import threading
import time
from functools import cached_property

from retrieval.held import HeldValues
from retrieval.text import normalise, tokens
from retrieval.translation.thesaurus import Thesaurus
from retrieval.vocabulary import Term, Vocabulary
from retrieval.words import Words

# So many values take a vocabulary of about half a second.
_MANY = 5_000
# Seconds without a new value before they are worked out.
_QUIET = 2.0


class Meaning:
    """Words and values of a catalogue, worked out when first asked for.

    Args:
        held: the values; those added later are not seen.
        words: a shop's own words.
        thesaurus: what a word of one language is in the other.
    """

    def __init__(
        self, held: HeldValues, words: Words | None, *, thesaurus: Thesaurus | None = None
    ) -> None:
        self._held = held
        self._words = words
        self._following: Meaning | None = None
        self._working = False
        self._lock = threading.Lock()
        self.version = held.version
        self.thesaurus = thesaurus or Thesaurus(words)

    @property
    def latest(self) -> Meaning:
        """The newest that has been worked out."""
        latest = self
        while latest._following is not None:
            latest = latest._following
        return latest

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words that the catalogue understands."""
        return Vocabulary(self._held, self._words)

    @cached_property
    def unsold(self) -> Vocabulary:
        """Kinds and brands that shoppers know and this catalogue does not hold."""
        return self.vocabulary.unheld(("category", "brand"))

    @cached_property
    def other_colors(self) -> Vocabulary:
        """Colours that shoppers know and this catalogue does not hold."""
        return self.vocabulary.unheld(("color",))

    @cached_property
    def common(self) -> frozenset[str]:
        """Stems that name kinds and properties: they tell no product from another."""
        vocabulary = self.vocabulary
        return frozenset(
            token.stem
            for field in vocabulary.fields()
            for value in vocabulary.values(field)
            for word in vocabulary.words_for(Term(field, value))
            for token in tokens(normalise(word))
        )

    def renewed(self) -> Meaning:
        """One that knows the values that have come since.

        In a great catalogue the present one answers until the next has been worked out beside
        it, so that no shopper waits for a new colour.
        """
        latest = self.latest
        if latest.version == self._held.version:
            return latest
        if "vocabulary" in latest.__dict__ and self._held.count > _MANY:
            latest._begin()
            return latest
        return Meaning(self._held, self._words, thesaurus=self.thesaurus)

    def _begin(self) -> None:
        with self._lock:
            if self._working:
                return
            self._working = True
        threading.Thread(target=self._work_out, daemon=True).start()

    def _work_out(self) -> None:
        seen = -1
        while seen != self._held.version:  # once for a burst of changes, and not amid it
            seen = self._held.version
            time.sleep(_QUIET)
        following = Meaning(self._held, self._words, thesaurus=self.thesaurus)
        following.unsold  # noqa: B018  asked for, so that it is there
        following.common  # noqa: B018
        self._following = following
        if following.version != self._held.version:
            following._begin()
