"""One expectation and its outcome."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from evals.suite.conversation import Expect


class Check(BaseModel):
    """One expectation and its outcome.

    Attributes:
        name: the key of ``expect``, or of a check that every turn is put to: ``answered``,
            ``model``, ``grounded``, ``cited``, ``offers``, ``pick_offered``.
        told: what is wrong, in words; empty where it passed.
    """

    name: str
    passed: bool
    told: str = ""


def untold(expect: Expect, *names: str) -> Iterator[Check]:
    """The checks of these that are expected, failed: the answer does not tell such a thing.

    For a system that never tells it, ``evals.measures.grade.silent_checks`` takes them out.
    """
    for name in names:
        if getattr(expect, name) is not None:
            yield Check(name=name, passed=False, told="the answer does not tell")


def check(name: str, passed: bool, told: str) -> Check:
    """A check that says nothing where it passed."""
    return Check(name=name, passed=passed, told="" if passed else told)
