"""Catalogues larger than any that can be had: real vectors, perturbed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

NEAREST = 0.98
FARTHEST = 0.7
_CHUNK = 8192


def perturbed_vectors(
    vectors: NDArray[np.floating[Any]], count: int, seed: int, folder: Path
) -> np.memmap[Any, np.dtype[np.float16]]:
    """Copies of real vectors with gaussian noise, of length one, in a file made once.

    Row ``i`` is made from ``vectors[i % len(vectors)]``: gaussian noise at right angles to the
    source is added so that the cosine to it is as drawn, evenly between 0.7 and 0.98. The noise
    has no preferred direction, which real products have, so that such a catalogue is harder to
    divide into lists than a real one.

    Args:
        vectors: shape (sources, dimensions), rows of length one.
        count: how many rows are made.
        seed: the same seed gives the same rows, whatever ``count`` is.
        folder: where the file is kept; a finished file there is not made again.

    Returns:
        Shape (count, dimensions), read only.
    """
    path = folder / f"perturbed-{len(vectors)}-{count}x{vectors.shape[1]}-{seed}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        made = np.lib.format.open_memmap(
            partial, mode="w+", dtype=np.float16, shape=(count, vectors.shape[1])
        )
        for start in range(0, count, _CHUNK):
            # A whole chunk is always drawn, so that a row does not depend on the count.
            rows = np.arange(start, start + _CHUNK)
            sources = np.asarray(vectors[rows % len(vectors)], dtype=np.float32)
            near = _near(sources, np.random.default_rng([seed, start]))
            made[start : start + _CHUNK] = near[: count - start]
        made.flush()
        partial.rename(path)
    opened = np.lib.format.open_memmap(path, mode="r")
    assert isinstance(opened, np.memmap)
    return opened


def _near(sources: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    noise = random.standard_normal(sources.shape, dtype=np.float32)
    noise -= np.sum(noise * sources, axis=1, keepdims=True) * sources
    noise = np.asarray(noise / np.linalg.norm(noise, axis=1, keepdims=True), dtype=np.float32)
    cosine = random.uniform(FARTHEST, NEAREST, (len(sources), 1)).astype(np.float32)
    near = cosine * sources + np.sqrt(1 - cosine**2) * noise
    return np.asarray(near, dtype=np.float32)
