"""A sentence, and which products each part of it speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from evals.grading.naming import Named
from evals.grading.phrases import phrases
from retrieval.text import lowered

_MARKER = re.compile(r"\[(\d{1,2})\]")
_BREAK = re.compile(
    r"[，;；、。？?！!|()（）]|,(?!\d{3})|\s[-–—]\s|——|\bbut\b|\bwhile\b|\bwhereas\b|\balthough\b|但是?|而且?(?!是)|不过"
)
# Words that are only quoted are the shopper's.
_QUOTED = re.compile(r"“[^”]{1,80}”|「[^」]{1,80}」|\"[^\"]{1,80}\"")
_MASK = "\u25a1"


@dataclass(frozen=True)
class Group:
    """Products that are named together: each item holds the ids that one name can stand for."""

    start: int
    end: int
    items: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Subject:
    """The products of a claim.

    Attributes:
        items: one entry a name, with the ids that the name can stand for.
        every: whether the claim is made of all of them; otherwise of any one.
    """

    items: tuple[tuple[str, ...], ...] = ()
    every: bool = True


@dataclass(frozen=True)
class Before:
    """What the text has named before a sentence.

    Attributes:
        last: the names of the last sentence that named any.
        all: every product of the reply.
    """

    last: tuple[tuple[str, ...], ...] = ()
    all: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Speech:
    """A sentence with the products that it names.

    Attributes:
        text: as written.
        named: names in it, wrong ones included.
        offered: the products that markers stand for.
        about: set where a table says what a cell is about.
        before: what was named earlier.
    """

    text: str
    named: Sequence[Named]
    offered: Sequence[str]
    about: tuple[str, ...]
    before: Before
    comparands: list[Named] = field(default_factory=list, init=False)

    @cached_property
    def small(self) -> str:
        """The text in lower case, of the same length; names, markers and quoted words masked."""
        chars = list(lowered(self.text))
        spans = [(n.start, n.end) for n in self.named]
        spans += [m.span() for m in _MARKER.finditer(self.text)]
        spans += [m.span() for m in _QUOTED.finditer(self.text)]
        for start, end in spans:
            chars[start:end] = _MASK * (end - start)
        return "".join(chars)

    @cached_property
    def markers(self) -> list[tuple[int, int, str | None]]:
        """Where markers stand, and the product of each; None where there is none such."""
        found = []
        for match in _MARKER.finditer(self.text):
            place = int(match[1])
            id = self.offered[place - 1] if 1 <= place <= len(self.offered) else None
            found.append((match.start(), match.end(), id))
        return found

    @cached_property
    def groups(self) -> list[Group]:
        """Products named as what the sentence is about, those joined by "and" together."""
        small = lowered(self.text)
        groups: list[Group] = []
        for name in self.named:
            if phrases().patterns["comparand_before"].search(small[: name.start].rstrip("* ")):
                self.comparands.append(name)
                continue
            between = small[groups[-1].end : name.start] if groups else ""
            if groups and phrases().patterns["joiner"].match(between) and len(between) < 24:
                last = groups.pop()
                groups.append(Group(last.start, name.end, (*last.items, name.ids)))
            else:
                groups.append(Group(name.start, name.end, (name.ids,)))
        if not groups and self.comparands and not self.before.last:
            groups = [Group(n.start, n.end, (n.ids,)) for n in self.comparands]
        return groups

    @property
    def everything(self) -> tuple[tuple[str, ...], ...]:
        """All products that the sentence names, comparands too."""
        return (*(i for g in self.groups for i in g.items), *(n.ids for n in self.comparands))

    def clause(self, start: int, end: int) -> tuple[int, int]:
        """The part of the sentence between two breaks in which a place stands."""
        left = max((m.end() for m in _BREAK.finditer(self.small) if m.end() <= start), default=0)
        right = min(
            (m.start() for m in _BREAK.finditer(self.small) if m.start() >= end),
            default=len(self.small),
        )
        return left, right

    def subject(self, start: int, end: int) -> Subject:
        """Of which products the words at a place are said."""
        if self.about:
            return Subject(tuple((id,) for id in self.about))
        left, right = self.clause(start, end)
        plural = phrases().found("plural", self.small[left:right]) is not None
        groups = self.groups
        if groups:
            return self._of_groups(groups, start, end, plural)
        if marked := self._marked(start, end):
            return Subject(((marked,),))
        if plural and self.before.all:
            return Subject(self.before.all)
        return Subject(self.before.last, every=False)

    def _of_groups(self, groups: Sequence[Group], start: int, end: int, plural: bool) -> Subject:
        every = tuple(item for group in groups for item in group.items)
        last = next((g for g in reversed(groups) if g.start <= start), None)
        following = next((g for g in groups if g.start >= end), None)
        if following is not None:
            between = self.small[end : following.start]
            patterns = phrases().patterns
            if patterns["copula_next"].match(between) or patterns["adjective_next"].match(between):
                return Subject(following.items)
        if last is not None:
            if plural and len(groups) > 1 and start >= groups[-1].end:
                return Subject(every)
            return Subject(last.items)
        return Subject(following.items if following else every)

    def _marked(self, start: int, end: int) -> str | None:
        """The marker that a claim in a sentence without names belongs to."""
        good = [(a, b, id) for a, b, id in self.markers if id is not None]
        if not good:
            return None
        leading = not self.small[: good[0][0]].strip(" -*#.0123456789")
        if leading:
            return [id for a, _, id in good if a <= start][-1]
        return next((id for a, _, id in good if a >= end), good[-1][2])
