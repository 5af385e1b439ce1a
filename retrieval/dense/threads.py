"""How many threads FAISS takes for a call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import faiss


@contextmanager
def one_thread() -> Iterator[None]:
    """Keeps FAISS to the thread that calls it.

    Its own threads wait for each other in a busy loop: on a machine with other work a search of
    one millisecond then takes forty. Searches run side by side by the caller's threads instead,
    as FAISS lets go of the interpreter's lock.
    """
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
