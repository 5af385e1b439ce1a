"""Nearest vectors: indexes by FAISS, chosen by the catalogue's size, behind one interface."""

from retrieval.dense.index import DenseIndex
from retrieval.dense.protocol import VectorIndex

__all__ = ["DenseIndex", "VectorIndex"]
