"""What a simulated shopper is after, and how they go about it."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Literal

from pydantic import Field, model_validator

from evals.suite.predicates import Predicate
from evals.suite.strict import Strict, Words

Style = Literal["plain", "terse", "chatty", "careless"]


class GoalWish(Strict):
    """One wish of a shopper, hidden from the system until it is said.

    Attributes:
        say: the shopper's words for it, which can stand alone: ``under 120 dollars``, ``42码``.
        again: other words for it, for the second time that it has to be said.
        means: predicates of ``evals.suite.predicates`` that a product must meet for it.
        extreme: a field and a direction, for a superlative: the best of all that meet the rest.
        drops: fields that do not matter any more, with ``told`` ``changed``.
        told: ``first``: in the first message. ``natural``: by itself, once products are shown.
            ``asked``: only when the system asks for it. ``changed``: a change of mind after the
            first products; earlier wishes that speak of one of its fields hold no more.
        must: whether a product that does not meet it is no success.
        let_go: words that give a wish up which is no must, where nothing meets it.
    """

    say: Words
    again: Words | None = None
    means: tuple[str, ...] = ()
    extreme: tuple[str, Literal["asc", "desc"]] | None = None
    drops: tuple[str, ...] = ()
    told: Literal["first", "natural", "asked", "changed"] = "first"
    must: bool = True
    let_go: Words | None = None

    @model_validator(mode="after")
    def _readable(self) -> GoalWish:
        for text in self.means:
            Predicate.parse(text)
        if not (self.means or self.extreme or self.drops):
            raise ValueError("a wish has means, an extreme, or drops")
        if self.drops and self.told != "changed":
            raise ValueError("only a wish that is told as changed drops something")
        if self.let_go and self.must:
            raise ValueError("a wish that is a must is not let go")
        return self

    @cached_property
    def predicates(self) -> tuple[Predicate, ...]:
        """What it means, parsed."""
        return tuple(Predicate.parse(text) for text in self.means)

    @cached_property
    def fields(self) -> frozenset[str]:
        """The fields of the catalogue that it speaks of."""
        named = {predicate.field for predicate in self.predicates} | set(self.drops)
        return frozenset(named | ({self.extreme[0]} if self.extreme else set()))


class Goal(Strict):
    """A shopper's goal. No product is named: whoever plays the shopper does not know one.

    A goal that no product meets is met by an honest no; which ones those are is looked up in the
    catalogue, and not written down.

    Attributes:
        opening: the first words, before the wishes that are told first.
        wishes: all that the product must meet, or had better.
        patience: how many messages they write at most.
        style: how they write.
        reads: the pages that they open before they take something: those of ``all`` products that
            are shown, of the ``first``, which is the recommended one, or ``none``: such a shopper
            looks at the price on the card, trusts the rest, and is who is hurt by a false claim.
    """

    opening: Words
    wishes: tuple[GoalWish, ...] = Field(min_length=1)
    patience: int = Field(default=6, ge=1, le=20)
    style: Style = "plain"
    reads: Literal["all", "first", "none"] = "all"

    def holding(self, changes: Collection[GoalWish]) -> list[GoalWish]:
        """The wishes that hold once these changes of mind have come about, in their order."""
        replaced: set[str] = set().union(*(change.fields for change in changes))
        return [
            wish
            for wish in self.wishes
            if (wish in changes and (wish.means or wish.extreme))
            or (wish.told != "changed" and not wish.fields & replaced)
        ]

    @property
    def changes(self) -> list[GoalWish]:
        """The changes of mind, in their order."""
        return [wish for wish in self.wishes if wish.told == "changed"]

    @property
    def final(self) -> list[GoalWish]:
        """The wishes that hold in the end."""
        return self.holding(self.changes)
