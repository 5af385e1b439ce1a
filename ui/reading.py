"""Short reads of the page, in threads of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

_THREADS = 4

_Args = ParamSpec("_Args")
_Read = TypeVar("_Read")


class Reading:
    """Reads that take a millisecond: in the threads in which the searches of many shoppers wait,
    each would wait behind all of them.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="page")

    async def __call__(
        self, read: Callable[_Args, _Read], *args: _Args.args, **named: _Args.kwargs
    ) -> _Read:
        """Calls a function in a thread, as ``asyncio.to_thread`` does.

        Args:
            read: the function.
            args, named: its arguments.
        """
        call = partial(copy_context().run, read, *args, **named)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)
