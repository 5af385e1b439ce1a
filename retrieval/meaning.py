"""What is worked out once of a catalogue's values: its vocabulary, and what it does not sell."""

from __future__ import annotations

from functools import cached_property

from retrieval.held import HeldValues
from retrieval.text import normalise, tokens
from retrieval.translation.thesaurus import Thesaurus
from retrieval.vocabulary import Term, Vocabulary
from retrieval.words import Words


class Meaning:
    """Words and values of a catalogue, worked out when first asked for.

    Args:
        held: the values; those added later are not seen.
        words: a shop's own words.
    """

    def __init__(self, held: HeldValues, words: Words | None) -> None:
        self._held = held
        self._words = words
        self.version = held.version

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words that the catalogue understands."""
        return Vocabulary(self._held, self._words)

    @cached_property
    def thesaurus(self) -> Thesaurus:
        """What a word of one language is in the other."""
        return Thesaurus(self._words)

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
        return self if self._held.version == self.version else Meaning(self._held, self._words)
