"""What was read of the message, what is wished after it, and what is known of the shopper."""

from __future__ import annotations

from collections.abc import Iterator

from evals.checks.check import Check, check, untold
from evals.checks.matching import Matched, match_labels, same_wish, told_label, told_wish
from evals.running.observed import Observed
from evals.suite.conversation import AnyLabel, Expect


def read(expect: Expect, observed: Observed) -> Iterator[Check]:
    """The wishes of the message and those that hold after it."""
    if observed.facts is None:
        yield from untold(expect, "facts")
    elif expect.facts is not None:
        matched = match_labels(expect.facts, observed.facts)
        yield _matched("facts", matched)
        wrong = [told_label(label) for label, _ in matched.wrong_strength]
        yield check("strength", not wrong, f"must and prefer are confused: {', '.join(wrong)}")
    if observed.unmatched is None:
        yield from untold(expect, "unmatched")
    elif expect.unmatched is not None:
        wanted, came = set(expect.unmatched), set(observed.unmatched)
        told = f"says {sorted(came)} is not in the catalogue, not {sorted(wanted)}"
        yield check("unmatched", wanted == came, told)
    if observed.need is None:
        yield from untold(expect, "need", "not_need")
        return
    if expect.need is not None:
        yield _matched("need", match_labels(expect.need, observed.need))
    if expect.not_need is not None:
        held = [told_wish(wish) for wish in observed.need if wish.field in expect.not_need]
        yield check("not_need", not held, f"still holds {', '.join(held)}")


def known(expect: Expect, observed: Observed) -> Iterator[Check]:
    """The shopper's profile after the turn; it may hold more than a suite names."""
    if observed.profile is None:
        yield from untold(expect, "profile", "not_profile")
        return
    if expect.profile is not None:
        missed = match_labels(expect.profile, observed.profile).missed
        told = f"does not know {', '.join(map(told_label, missed))}"
        yield check("profile", not missed, told)
    if expect.not_profile is not None:
        held = [
            told_wish(wish)
            for label in expect.not_profile
            for reading in (label.any if isinstance(label, AnyLabel) else (label,))
            for wish in observed.profile
            if same_wish(reading, wish)
        ]
        yield check("not_profile", not held, f"knows {', '.join(dict.fromkeys(held))}")


def _matched(name: str, matched: Matched) -> Check:
    missed = ", ".join(told_label(label) for label in matched.missed)
    spurious = ", ".join(told_wish(wish) for wish in matched.spurious)
    told = [f"missed {missed}"] if missed else []
    told += [f"invented {spurious}"] if spurious else []
    return check(name, not told, "; ".join(told))
