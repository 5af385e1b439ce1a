"""What became better and worse from one run to another, as a result that is printed and kept."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from evals.measures.figures import Figure
from evals.running.records import About

Verdict = Literal["better", "worse", "differs", "within noise", "too few to tell"]
"""``differs`` is beyond noise in a figure of which neither direction is the better one."""
Aspect = Literal["answered", "intent", "products", "pick", "need", "asks"]
"""What two answers to one message are held against each other in; their wording is not.

``answered``: one of them is an error; ``products``: which are given, in whatever order; ``asks``:
whether there is a question back.
"""


class Side(BaseModel):
    """One of the two runs.

    Attributes:
        name: the folder or file, as it was given.
        system: what answered; ``recorded`` where the answers stand in a suite.
        about: what the run is of; None where the answers stand in a suite.
        conversations: how many it holds of that system.
    """

    name: str
    system: str
    about: About | None = None
    conversations: int = 0


class FigureChange(BaseModel):
    """A figure of the conversations that both runs hold.

    A turn without an answer counts in times, calls and tokens as the most that any turn of either
    run took: its own would have been no less, as far as is known. A figure that looks at answers
    alone is never called better where there are fewer of them beyond noise.

    Attributes:
        key: of the figure; a 95th percentile has ``:p95`` behind it.
        title: for a reader.
        group: ``all``, ``en`` or ``zh``.
        unit: of the values, empty for a share.
        share: whether the values are shares of one.
        higher_is_better: None where neither direction is.
        a, b: the values.
        difference: ``b - a``.
        low, high: of the difference, the 95 % interval of this figure alone.
        conversations: how many it was measured in, in either run; those of a group, which put one
            need in other words, are one.
        changed: in how many of them it is not the same.
        p: how often chance alone would part the runs so far, this figure alone.
        p_corrected: the same, with regard to all the figures that were looked at.
    """

    key: str
    title: str
    group: str = "all"
    unit: str = ""
    share: bool = True
    higher_is_better: bool | None = True
    a: float
    b: float
    difference: float
    low: float
    high: float
    conversations: int
    changed: int
    p: float
    p_corrected: float
    verdict: Verdict


class FailedCheck(BaseModel):
    """A check that failed, and what is wrong in words."""

    check: str
    told: str = ""


class SeenAnswer(BaseModel):
    """An answer as far as it is held against another.

    Attributes:
        products: ids, in the order in which they were given.
        need: the wishes that were held after it, in words; None where the system does not tell.
        failed: its checks that failed; empty too where nothing was checked.
        error: why there is no answer.
    """

    text: str = ""
    intent: str | None = None
    products: list[str] = Field(default_factory=list)
    pick: str | None = None
    need: list[str] | None = None
    choices: list[str] = Field(default_factory=list)
    failed: list[FailedCheck] = Field(default_factory=list)
    error: str | None = None


class TurnChange(BaseModel):
    """A message that was answered otherwise.

    Attributes:
        number: of the turn, from 1.
        aspects: in what the answers differ; empty where only the checks or the words do.
    """

    number: int
    say: str
    a: SeenAnswer
    b: SeenAnswer
    aspects: list[Aspect] = Field(default_factory=list)


class ConversationChange(BaseModel):
    """A conversation that came out otherwise.

    Attributes:
        passed_a, passed_b: whether all its checks passed; None where nothing was checked.
        turns: those that differ, in their order.
        note: what a reader must know of it, such as that a simulated shopper said other things.
    """

    conversation: str
    attempt: int = 1
    language: str = ""
    tags: tuple[str, ...] = ()
    passed_a: bool | None = None
    passed_b: bool | None = None
    turns: list[TurnChange] = Field(default_factory=list)
    note: str = ""


class Agreement(BaseModel):
    """How many messages were answered alike in one aspect, with the interval of that share."""

    aspect: Aspect
    same: Figure


class Comparison(BaseModel):
    """Two runs held against each other, conversation by conversation.

    Attributes:
        a, b: the runs; ``a`` is the one from before.
        paired: how many conversations both hold.
        only_a, only_b: ids of those that one alone holds.
        changed: ids of those that were asked otherwise, or were checked otherwise, in the two.
        notes: what a reader must know before the numbers, a sentence each.
        figures: every figure that both runs have, with what is beyond noise.
        newly_failing, newly_passing: conversations, the first of them; see the counts.
        newly_failing_count, newly_passing_count: how many there are, attempts counted singly.
        agreement: how alike the answers are, whatever was checked.
        changed_answers: conversations whose answers differ in an aspect, the first of them, but
            for those that are listed as newly failing or passing.
        changed_answers_count: how many there are.
    """

    a: Side
    b: Side
    paired: int
    only_a: list[str] = Field(default_factory=list)
    only_b: list[str] = Field(default_factory=list)
    changed: list[str] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    figures: list[FigureChange] = Field(default_factory=list)
    newly_failing: list[ConversationChange] = Field(default_factory=list)
    newly_failing_count: int = 0
    newly_passing: list[ConversationChange] = Field(default_factory=list)
    newly_passing_count: int = 0
    agreement: list[Agreement] = Field(default_factory=list)
    changed_answers: list[ConversationChange] = Field(default_factory=list)
    changed_answers_count: int = 0

    @property
    def worse(self) -> list[FigureChange]:
        """The figures that are worse beyond noise."""
        return [figure for figure in self.figures if figure.verdict == "worse"]

    @property
    def better(self) -> list[FigureChange]:
        """The figures that are better beyond noise."""
        return [figure for figure in self.figures if figure.verdict == "better"]
