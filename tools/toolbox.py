"""Runs tools by name: marks respected, READs repeated, every call timed and kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from langchain_core.tools import BaseTool
from pydantic import BaseModel, ConfigDict
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from tools.access import Access, access_of


class ToolCall(BaseModel):
    """One call of a tool.

    Attributes:
        tool: its name.
        arguments: as plain data.
        ms: how long it took, in milliseconds.
        writes: whether the tool changes anything.
    """

    model_config = ConfigDict(frozen=True)

    tool: str
    arguments: dict[str, Any]
    ms: float
    writes: bool = False


class Toolbox:
    """The tools of one turn, bound to its shopper and catalogue.

    Args:
        tools: each marked READ or WRITE.
        clock: seconds of a clock that never goes back.
    """

    def __init__(self, tools: Iterable[BaseTool], clock: Callable[[], float]) -> None:
        self._tools: dict[str, BaseTool] = {}
        self._clock = clock
        self.calls: list[ToolCall] = []
        self.bind(tools)

    def bind(self, tools: Iterable[BaseTool]) -> None:
        """Adds tools; one that has the name of another takes its place.

        Raises:
            ValueError: a tool is marked neither READ nor WRITE.
        """
        for tool in tools:
            access_of(tool)
            self._tools[tool.name] = tool

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """Runs a tool in a thread, since tools compute and read files.

        What a tool's metadata lists as ``withheld`` is kept in no record of the call.

        A READ that fails for a passing reason (a busy disk, a dropped connection) is tried three
        times; a WRITE never again.

        Raises:
            KeyError: there is no such tool.
        """
        tool = self._tools[name]
        attempts = 3 if access_of(tool) is Access.READ else 1
        start = self._clock()
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type(OSError),
                stop=stop_after_attempt(attempts),
                wait=wait_exponential(multiplier=0.05, max=1.0),
                reraise=True,
            ):
                with attempt:
                    return await asyncio.to_thread(tool.invoke, dict(arguments))
        finally:
            ms = (self._clock() - start) * 1000
            withheld = (tool.metadata or {}).get("withheld", ())
            told = {key: value for key, value in arguments.items() if key not in withheld}
            writes = access_of(tool) is Access.WRITE
            call = ToolCall(tool=name, arguments=_plain(told), ms=round(ms, 2), writes=writes)
            self.calls.append(call)
        raise AssertionError("unreachable")  # pragma: no cover


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
