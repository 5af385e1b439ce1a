"""Nearest vectors: indexes by FAISS, chosen by the catalogue's size, behind one interface."""

from retrieval.dense.index import DenseIndex
from retrieval.dense.keeper import FaissKeeper, Keeper, keeper_for
from retrieval.dense.protocol import VectorIndex

__all__ = ["DenseIndex", "FaissKeeper", "Keeper", "VectorIndex", "keeper_for"]
