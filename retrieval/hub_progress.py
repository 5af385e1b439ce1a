"""The hub client's progress bar, handed on to a ``Progress`` instead of the terminal."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from tqdm import tqdm  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from retrieval.downloads import Progress


def bar_class(progress: Progress, before: int, total: int, text: str) -> type[Any]:
    """Makes the class that ``hf_hub_download`` is given as ``tqdm_class``.

    Args:
        progress: told about each step.
        before: bytes that are there of the files before this one.
        total: bytes of all files.
        text: what is being done, for people.
    """

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{**kwargs, "file": io.StringIO(), "disable": False})

        def display(self, *args: Any, **kwargs: Any) -> None:
            progress(min(before + int(self.n), total), total, text)

    return Bar
