"""Whether a tool only reads or also writes. Retry and approval follow from the mark."""

from __future__ import annotations

from enum import StrEnum

from langchain_core.tools import BaseTool


class Access(StrEnum):
    """READ changes nothing and may be repeated; WRITE needs the shopper's yes, and runs once."""

    READ = "read"
    WRITE = "write"


def access_of(tool: BaseTool) -> Access:
    """The mark of a tool.

    Raises:
        ValueError: it has none; an unmarked tool is never called.
    """
    mark = (tool.metadata or {}).get("access")
    if mark is None:
        raise ValueError(f"The tool {tool.name} is marked neither READ nor WRITE.")
    return Access(mark)
