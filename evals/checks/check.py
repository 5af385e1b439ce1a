"""One expectation and its outcome."""

from __future__ import annotations

from pydantic import BaseModel


class Check(BaseModel):
    """One expectation and its outcome.

    Attributes:
        name: the key of ``expect``, or of a check that every turn is put to: ``answered``,
            ``grounded``, ``cited``, ``offers``, ``pick_offered``.
        told: what is wrong, in words; empty where it passed.
    """

    name: str
    passed: bool
    told: str = ""


def check(name: str, passed: bool, told: str) -> Check:
    """A check that says nothing where it passed."""
    return Check(name=name, passed=passed, told="" if passed else told)
