"""Queries put into the catalogue's language: from CC-CEDICT, the shared lexicon, a shop's words."""

from retrieval.translation.glossing import GlossingEmbedder
from retrieval.translation.language import Language, language_of_catalogue
from retrieval.translation.thesaurus import Thesaurus
from retrieval.translation.translator import Translation, Translator

__all__ = [
    "GlossingEmbedder",
    "Language",
    "Thesaurus",
    "Translation",
    "Translator",
    "language_of_catalogue",
]
