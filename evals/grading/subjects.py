"""A sentence, and which products each part of it speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from evals.grading.naming import Named
from evals.grading.owning import ITS_OWN, OF_OWNER, OWNED, RELATIVE
from evals.grading.phrases import phrases, unhedged
from retrieval.text import lowered

_MARKER = re.compile(r"\[(\d{1,2})\]")
_BREAK = re.compile(
    r"[，;；、。？?！!|()（）]|,(?!\d{3})|\s[-–—]\s|——|\bbut\b|\bwhile\b|\bwhereas\b|\balthough\b|但是?|而且?(?!是)|不过"
)
# Words that are only quoted are the shopper's.
_QUOTED = re.compile(r"“[^”]{1,80}”|「[^」]{1,80}」|\"[^\"]{1,80}\"")
# "A vs. B:" heads a comparison of both.
_VERSUS = re.compile(r"(?:\s*\[\d{1,2}\])?[\s*]*(?:vs\.?|versus)[\s*]*(?:the )?")
_BRACKETS = re.compile(r"[(（][^()（）]*[)）]")
_NEAR_NAME = 3  # characters between a name and its marker
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
        of_ratings: whether it spoke of ratings.
    """

    last: tuple[tuple[str, ...], ...] = ()
    all: tuple[tuple[str, ...], ...] = ()
    of_ratings: bool = False


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

    @cached_property
    def lower(self) -> str:
        """The text in lower case, of the same length."""
        return lowered(self.text)

    @cached_property
    def small(self) -> str:
        """The same with names, markers and quoted words masked."""
        chars = list(self.lower)
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

    @property
    def groups(self) -> list[Group]:
        """Products named as what the sentence is about, those joined by "and" together."""
        return self._parts[0]

    @property
    def comparands(self) -> list[Named]:
        """Products that others are set against: "cheaper than the X"."""
        return self._parts[1]

    @cached_property
    def _parts(self) -> tuple[list[Group], list[Named]]:
        small = self.lower
        groups: list[Group] = []
        comparands: list[Named] = []
        for name in self.named:
            patterns = phrases().patterns
            since = small[groups[-1].end : name.start] if groups else ""
            if _VERSUS.fullmatch(since):
                last = groups.pop()
                groups.append(Group(last.start, name.end, (*last.items, name.ids)))
                continue
            before, behind = small[: name.start].rstrip("* "), small[name.end :]
            if (
                patterns["comparand_before"].search(before)
                or patterns["comparand_after"].search(behind)
                or (
                    patterns["comparand_denied"].search(before)
                    and patterns["comparand_degree"].search(behind)
                )
            ):
                comparands.append(name)
                continue
            # "Between the A and the B, the A": said again, it is what the rest is about.
            again = bool(groups) and name.ids in groups[-1].items
            if groups and not again and patterns["joiner"].match(since) and len(since) < 24:
                last = groups.pop()
                groups.append(Group(last.start, name.end, (*last.items, name.ids)))
            else:
                groups.append(Group(name.start, name.end, (name.ids,)))
        if not groups and comparands and not self.before.last:
            groups = [Group(n.start, n.end, (n.ids,)) for n in comparands]
        return groups, comparands

    def ahead(self, start: int) -> str:
        """What stands before a place in its clause, a lead with a colon left out."""
        left, _ = self.clause(start, start)
        return re.split(r"[:：]", self.small[left:start])[-1]

    @cached_property
    def _breaks(self) -> list[tuple[int, int]]:
        return [match.span() for match in _BREAK.finditer(self.small)]

    @property
    def everything(self) -> tuple[tuple[str, ...], ...]:
        """All products that the sentence names, comparands too."""
        return (*(i for g in self.groups for i in g.items), *(n.ids for n in self.comparands))

    def clause(self, start: int, end: int) -> tuple[int, int]:
        """The part of the sentence between two breaks in which a place stands."""
        left = max((b for _, b in self._breaks if b <= start), default=0)
        right = min((a for a, _ in self._breaks if a >= end), default=len(self.small))
        return left, right

    def subject(self, start: int, end: int) -> Subject:
        """Of which products the words at a place are said."""
        if self.about:
            return Subject(tuple((id,) for id in self.about))
        meant = self._meant(start, end)
        if phrases().found("set_against", self.small[:start]):
            # "4.7 stars against 4.5": the second figure is the other product's.
            around = self.everything if len(self.everything) > 1 else self.before.all
            others = tuple(item for item in around if item not in meant.items)
            return Subject(others, every=False) if others else meant
        return meant

    def owner(self, start: int, end: int) -> Subject:
        """Of which products a figure at a place is said: grammar may tell, set against or not."""
        if not self.about:
            ahead = next((n for n in reversed(self.named) if n.end <= start), None)
            behind = next((n for n in self.named if n.start >= end), None)
            between = self.small[ahead.end : start] if ahead else ""
            if ahead and (OWNED.fullmatch(between) or RELATIVE.fullmatch(between)):
                return Subject((ahead.ids,))
            if behind and OF_OWNER.fullmatch(self.small[end : behind.start]):
                return Subject((behind.ids,))
        return self.subject(start, end)

    def compared(self, start: int) -> tuple[str, ...]:
        """The products of a name directly before a figure that others are set against."""
        before = [name for name in self.comparands if name.end <= start]
        if not before or not ITS_OWN.fullmatch(self.lower[before[-1].end : start]):
            return ()
        return before[-1].ids

    def taken_up(self, end: int) -> bool:
        """Whether what the shopper may want is said to be there: "if you like red, it has it"."""
        taken = phrases().patterns["taken_up"].search(self.small, end)
        if taken is None:
            return False
        left, _ = self.clause(*taken.span())
        ahead = unhedged(self.small[max(left, end) : taken.start()])
        return phrases().found("negation", ahead) is None

    @property
    def of_ratings(self) -> bool:
        """Whether the sentence speaks of ratings, or goes on with those of the one before."""
        if phrases().found("rating_word", self.small):
            return True
        return self.before.of_ratings and any(
            phrases().found("rating_goes_on", self.small[: match.start()])
            for match in re.finditer(r"[0-5]\.\d", self.small)
        )

    def _meant(self, start: int, end: int) -> Subject:
        left, right = self.clause(start, end)
        plural = phrases().found("plural", self.small[left:right]) is not None
        groups = self.groups
        if self._continues(left, right):
            return Subject(self.before.last)
        if bracketed := self._bracketed(start):
            return Subject((bracketed,))
        if groups:
            return self._of_groups(groups, start, end, plural)
        if marked := self._marked(start, end):
            return Subject(((marked,),))
        if plural and self.before.all:
            return Subject(self.before.all)
        pronoun = phrases().found("pronoun", self.small)
        return Subject(self.before.last or (self.before.all if pronoun else ()), every=False)

    def _continues(self, left: int, right: int) -> bool:
        """Whether a clause goes on about the "it" that the sentence is first about."""
        if len(self.before.last) != 1 or any(left <= g.start < right for g in self.groups):
            return False
        goes_on = re.search(r"\bit\b|它|还", self.small[left:right])
        if goes_on and phrases().found("pronoun", self.small):
            return True
        # "At $130 it asks the least; the X is $150": no name stands before.
        ahead = min((n.start for n in self.named), default=0)
        told = phrases().found("it_alone", self.small[:right]) if right <= ahead else None
        if told is None:
            return False
        start, _ = self.clause(*told.span())
        return phrases().found("subordinate", self.small[start : told.start()]) is None

    @cached_property
    def _brackets(self) -> list[tuple[int, int]]:
        return [match.span() for match in _BRACKETS.finditer(self.small)]

    def _bracketed(self, start: int) -> tuple[str, ...] | None:
        """The name that a place in brackets belongs to: "the X [1] (4.5 stars)"."""
        for left, right in self._brackets:
            if not left <= start < right:
                continue
            names = [n for n in self.named if n.end <= start]
            inside = [n for n in names if n.start >= left]
            if inside or not names:
                return None
            between = _MARKER.sub("", self.text[names[-1].end : left])
            return None if between.strip(" *") else names[-1].ids
        return None

    def _of_groups(self, groups: Sequence[Group], start: int, end: int, plural: bool) -> Subject:
        every = tuple(item for group in groups for item in group.items)
        # What a bracket names is not spoken of behind it.
        closed = [(a, b) for a, b in self._brackets if b <= start]
        open_ = [g for g in groups if not any(a <= g.start < b for a, b in closed)] or groups
        last = next((g for g in reversed(open_) if g.start <= start), None)
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
        beside = [name.end for name in self.comparands]
        good = [
            (a, b, id)
            for a, b, id in self.markers
            if id is not None and not any(0 <= a - end <= _NEAR_NAME for end in beside)
        ]
        if not good:
            return None
        leading = not self.small[: good[0][0]].strip(" -*#.0123456789")
        if leading:
            return [id for a, _, id in good if a <= start][-1]
        return next((id for a, _, id in good if a >= end), good[-1][2])
