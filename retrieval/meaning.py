"""What is worked out once of a catalogue's values: its vocabulary, and what it does not sell."""

from __future__ import annotations

import threading
from functools import cached_property

from retrieval.held import HeldValues
from retrieval.text import normalise, tokens
from retrieval.translation.thesaurus import Thesaurus
from retrieval.vocabulary import Term, Vocabulary
from retrieval.words import Words

# So many values take a vocabulary of about half a second.
_MANY = 5_000


class Meaning:
    """Words and values of a catalogue, worked out when first asked for.

    Args:
        held: the values; those added later are not seen.
        words: a shop's own words.
        thesaurus: what a word of one language is in the other.
        before: of the catalogue a few values ago: in a great catalogue it goes on answering until
            this one has been worked out, so that no shopper waits for a new colour.
    """

    def __init__(
        self,
        held: HeldValues,
        words: Words | None,
        *,
        thesaurus: Thesaurus | None = None,
        before: Vocabulary | None = None,
    ) -> None:
        self._held = held
        self._words = words
        self._before = before
        self.version = held.version
        self.thesaurus = thesaurus or Thesaurus(words)
        if before is not None:
            threading.Thread(target=self._work_out, daemon=True).start()

    def _work_out(self) -> None:
        self._own_vocabulary  # noqa: B018  asked for, so that it is there
        self._before = None

    @cached_property
    def _own_vocabulary(self) -> Vocabulary:
        return Vocabulary(self._held, self._words)

    @property
    def vocabulary(self) -> Vocabulary:
        """The words that the catalogue understands."""
        return self._before or self._own_vocabulary

    @cached_property
    def unsold(self) -> Vocabulary:
        """Kinds and brands that shoppers know and this catalogue does not hold."""
        return self.vocabulary.unheld(("category", "brand"))

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
        """This one where no value has come since; else one that knows the new values."""
        if self._held.version == self.version or self._before is not None:
            return self
        many = sum(map(len, self._held.values.values())) > _MANY
        before = self._own_vocabulary if many and "_own_vocabulary" in self.__dict__ else None
        return Meaning(self._held, self._words, thesaurus=self.thesaurus, before=before)
