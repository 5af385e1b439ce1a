"""Which turns and conversations a table is of: all, a language, an intent, a turn, a tag."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evals.measures.clusters import cluster_of
from evals.measures.graded import GradedTurn
from evals.suite.conversation import Conversation

Group = Literal["all", "en", "zh"]
GROUPS: tuple[Group, ...] = ("all", "en", "zh")
"""The slices that every report has, whether or not there is anything in them."""
_LATEST = 3
_MOST = 20  # tags, and intents
Mask = NDArray[np.bool_]


class Asked(NamedTuple):
    """What a conversation is sorted by; its text is not kept."""

    language: str
    tags: tuple[str, ...]
    group: str | None


class Slice(NamedTuple):
    """Some of the turns.

    Attributes:
        name: ``all``, ``en``, ``zh``, ``intent:NAME``, ``turn:1`` to ``turn:3+``, ``tag:NAME``.
        turns: of shape (turns,).
        conversations: of shape (conversations,).
        whole: whether it has all turns of its conversations.
    """

    name: str
    turns: Mask
    conversations: Mask
    whole: bool


class Slicing:
    """Sorts turns and conversations into slices as they come by."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._conversations: list[Asked] = []
        self._clusters = array("L")
        self._cluster_rows: dict[str, int] = {}
        self._owners = array("L")
        self._numbers = array("B")
        self._intents = array("h")
        self._intent_names: dict[str, int] = {}

    def conversation(self, conversation: Conversation) -> int:
        """The row of a conversation, which all its attempts share."""
        if conversation.id not in self._places:
            self._places[conversation.id] = len(self._conversations)
            asked = Asked(conversation.language, conversation.tags, conversation.group)
            self._conversations.append(asked)
            cluster = cluster_of(conversation.id, conversation.group)
            self._clusters.append(self._cluster_rows.setdefault(cluster, len(self._cluster_rows)))
        return self._places[conversation.id]

    def turn(self, turn: GradedTurn) -> int:
        """The row of a turn."""
        self._owners.append(self.conversation(turn.conversation))
        self._numbers.append(min(turn.number, _LATEST))
        name = intent_of(turn)
        place = -1 if name is None else self._intent_names.setdefault(name, len(self._intent_names))
        self._intents.append(place)
        return len(self._owners) - 1

    @property
    def conversations(self) -> Sequence[Asked]:
        """The conversations in the order of their rows."""
        return self._conversations

    @property
    def clusters(self) -> NDArray[np.intp]:
        """The cluster of each conversation, from 0."""
        return np.array(self._clusters, dtype=np.intp)

    @property
    def turns(self) -> int:
        """How many there are."""
        return len(self._owners)

    @property
    def owners(self) -> NDArray[np.intp]:
        """The row of each turn's conversation."""
        return np.array(self._owners, dtype=np.intp)

    def slices(self) -> Iterator[Slice]:
        """Every slice: those of ``GROUPS``, then whatever there is something in."""
        held = self._conversations
        owners = self.owners
        yield self._whole("all", [True] * len(held), owners)
        for language in GROUPS[1:]:
            yield self._whole(language, [c.language == language for c in held], owners)
        intents = np.array(self._intents, dtype=np.intp)
        counts = Counter(name for name in self._intents if name >= 0)
        names = list(self._intent_names)
        for place in _most_frequent({names[place]: count for place, count in counts.items()}):
            yield self._some(f"intent:{place}", intents == self._intent_names[place], owners)
        numbers = np.array(self._numbers, dtype=np.intp)
        for number in range(1, _LATEST + 1):
            if (mask := numbers == number).any():
                name = f"turn:{number}{'+' if number == _LATEST else ''}"
                yield self._some(name, mask, owners)
        for tag in _most_frequent(Counter(tag for c in held for tag in dict.fromkeys(c.tags))):
            yield self._whole(f"tag:{tag}", [tag in c.tags for c in held], owners)

    def _whole(self, name: str, which: Sequence[bool], owners: NDArray[np.intp]) -> Slice:
        conversations = np.array(which, dtype=np.bool_)
        return Slice(name, conversations[owners], conversations, whole=True)

    def _some(self, name: str, turns: Mask, owners: NDArray[np.intp]) -> Slice:
        conversations = np.zeros(len(self._conversations), dtype=np.bool_)
        conversations[owners[turns]] = True
        return Slice(name, turns, conversations, whole=False)


def intent_of(turn: GradedTurn) -> str | None:
    """The intent that a turn is sorted by: the first that is expected, else what was seen.

    What is expected comes first, so that the same turns are looked at of every system.
    """
    expected = turn.expect.intent
    return expected[0] if expected else turn.observed.intent


def _most_frequent(counts: dict[str, int]) -> list[str]:
    return sorted(counts, key=lambda name: (-counts[name], name))[:_MOST]
