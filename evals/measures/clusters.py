"""What hangs together and is drawn, or swapped, as one."""

from __future__ import annotations


def cluster_of(conversation: str, group: str | None) -> str:
    """The cluster of a conversation: its group, or itself where it has none.

    The conversations of a group put one need in several wordings or languages: what makes it hard
    makes it hard in all of them, and to take them for independent would make a figure look surer
    than it is.

    Args:
        conversation: its id.
        group: its group.
    """
    return f"conversation {conversation}" if group is None else f"group {group}"
