"""The word index: products by the words of their fields."""

from retrieval.lexical.builder import LexicalBuilder
from retrieval.lexical.fields import fields_of
from retrieval.lexical.index import LexicalIndex
from retrieval.lexical.query import Alternatives

__all__ = ["Alternatives", "LexicalBuilder", "LexicalIndex", "fields_of"]
