"""Each thing that a suite expects of a turn, held against what came."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from evals.labels import Matched, match_labels, told_label, told_wish
from evals.observed import Observed
from evals.predicates import best, can_be_bought, meets, unmet
from evals.suite import AnyLabel, Expect, Label, Shown
from evals.wording import Shop, language_of_text, says_no, sentences_of

_FEWEST_CHOICES = 2
_MOST_CHOICES = 4
_ENDS_ASKING = re.compile(r"[?？]\W*$")


class Check(BaseModel):
    """One expectation and its outcome.

    Attributes:
        name: the key of ``expect``, or ``answered``.
        told: what is wrong, in words; empty where it passed.
    """

    name: str
    passed: bool
    told: str = ""


def check_turn(
    expect: Expect, observed: Observed, *, shop: Shop, shown: Sequence[str]
) -> list[Check]:
    """All checks of one turn.

    What a system does not tell at all (a baseline holds no need) is not checked; of a turn that
    failed, everything that was expected has failed.

    Args:
        expect: what the suite says.
        observed: what came.
        shop: the catalogue that was asked.
        shown: ids of the products that places such as "the second one" are counted in.
    """
    if observed.error is not None:
        names = [name for name in Expect.model_fields if getattr(expect, name) is not None]
        told = f"no answer: {observed.error}"
        return [Check(name=name, passed=False, told=told) for name in ("answered", *names)]
    found = [_answered(observed)]
    found += _said(expect, observed, shop)
    found += _read(expect, observed)
    found += _given(expect, observed, shop)
    found += _referred(expect, observed, shop, shown)
    return found


def _answered(observed: Observed) -> Check:
    return _check("answered", bool(observed.text.strip()), "the reply is empty")


def _said(expect: Expect, observed: Observed, shop: Shop) -> Iterator[Check]:
    if expect.intent is not None and observed.intent is not None:
        passed = observed.intent in expect.intent
        yield _check("intent", passed, f"{observed.intent}, not {' or '.join(expect.intent)}")
    if expect.language is not None:
        language = language_of_text(observed.text, shop)
        yield _check("language", language == expect.language, f"the text is in {language}")
    for name in ("sentiment", "urgency", "handoff"):
        wanted, came = getattr(expect, name), getattr(observed, name)
        if wanted is not None and came is not None:
            yield _check(name, wanted == came, f"{came}, not {wanted}")
    if expect.asks is not None:
        yield _asked(expect.asks, observed)
    if expect.stands_in_the_way is not None:
        unnamed = [
            field
            for field in expect.stands_in_the_way
            if not shop.names_field(observed.text, field, _asked_of(expect, field))
        ]
        passed = not unnamed and says_no(observed.text)
        told = (
            f"does not name {', '.join(unnamed)}" if unnamed else "does not say that nothing fits"
        )
        yield _check("stands_in_the_way", passed, told)
    if expect.not_said is not None:
        hits = [p for p in expect.not_said if re.search(p, observed.text, re.IGNORECASE)]
        yield _check("not_said", not hits, f"the text has {', '.join(hits)}")


def _asked(wanted: bool, observed: Observed) -> Check:
    count = len(observed.choices)
    asks = _ENDS_ASKING.search(observed.text) is not None
    if wanted:
        passed = _FEWEST_CHOICES <= count <= _MOST_CHOICES
        return _check("asks", passed, f"offers {count} choices, not 2 to 4")
    return _check("asks", not count and not asks, "asks back")


def _read(expect: Expect, observed: Observed) -> Iterator[Check]:
    if expect.facts is not None and observed.facts is not None:
        matched = match_labels(expect.facts, observed.facts)
        yield _matched("facts", matched)
        wrong = [told_label(label) for label, _ in matched.wrong_strength]
        yield _check("strength", not wrong, f"must and prefer are confused: {', '.join(wrong)}")
    if expect.unmatched is not None and observed.unmatched is not None:
        wanted, came = set(expect.unmatched), set(observed.unmatched)
        told = f"says {sorted(came)} is not in the catalogue, not {sorted(wanted)}"
        yield _check("unmatched", wanted == came, told)
    if observed.need is None:
        return
    if expect.need is not None:
        yield _matched("need", match_labels(expect.need, observed.need))
    if expect.not_need is not None:
        held = [told_wish(wish) for wish in observed.need if wish.field in expect.not_need]
        yield _check("not_need", not held, f"still holds {', '.join(held)}")


def _matched(name: str, matched: Matched) -> Check:
    missed = ", ".join(told_label(label) for label in matched.missed)
    spurious = ", ".join(told_wish(wish) for wish in matched.spurious)
    told = [f"missed {missed}"] if missed else []
    told += [f"invented {spurious}"] if spurious else []
    return _check(name, not told, "; ".join(told))


def _given(expect: Expect, observed: Observed, shop: Shop) -> Iterator[Check]:
    rule = expect.products
    predicates = rule.predicates if rule else ()
    if rule is not None and not rule.none:
        wrong = []
        for id in observed.products:
            product = shop.products.get(id)
            if product is None:
                wrong.append(f"{id} is not in the catalogue")
            elif failed := unmet(product, predicates):
                wrong.append(f"{id} is not {' and '.join(map(str, failed))}")
        if rule.some and not observed.products:
            wrong.append("no product is given, and the catalogue has one")
        yield _check("products", not wrong, "; ".join(wrong))
    if rule is not None and rule.none:
        told = f"{', '.join(observed.products)} is given as fitting"
        yield _check("products", not given_as_fitting(observed, shop), told)
    if expect.pick is not None:
        allowed = set(expect.pick.ids or ())
        if expect.pick.extreme is not None:
            fitting = [
                product
                for product in shop.products.values()
                if can_be_bought(product) and meets(product, predicates)
            ]
            allowed = {product.id for product in best(fitting, *expect.pick.extreme)}
        told = f"the pick is {observed.pick}, not {' or '.join(sorted(allowed)[:4])}"
        yield _check("pick", observed.pick in allowed, told)


def given_as_fitting(observed: Observed, shop: Shop) -> bool:
    """Whether products are given as if they were what was asked for.

    They are not where a sentence says no before the one that names the first of them: "We do not
    sell that brand. The nearest is …".
    """
    if not observed.products:
        return False
    before: list[str] = []
    for sentence in sentences_of(observed.text):
        if shop.names_any(sentence, observed.products):
            break
        before.append(sentence)
    return not any(map(says_no, before))


def _referred(
    expect: Expect, observed: Observed, shop: Shop, shown: Sequence[str]
) -> Iterator[Check]:
    if expect.refers is None:
        return
    if not isinstance(expect.refers, Shown):
        wanted = list(expect.refers)
    elif expect.refers.shown:
        if max(expect.refers.shown) > len(shown):
            told = f"there is no such place: {len(shown)} products had been shown"
            yield _check("refers", False, told)
            return
        wanted = [shown[place - 1] for place in expect.refers.shown]
    else:
        predicates = expect.refers.predicates
        known = [shop.products[id] for id in shown if id in shop.products]
        wanted = [product.id for product in known if meets(product, predicates)][:1]
        if not wanted:
            yield _check("refers", False, "none of the products shown before is meant")
            return
    told = f"is about {', '.join(observed.products) or 'nothing'}, not {', '.join(wanted)}"
    yield _check("refers", set(wanted) == set(observed.products), told)


def _asked_of(expect: Expect, field: str) -> list[Any]:
    """The values that the labels of a turn ask of a field."""
    labels: list[Label] = []
    for label in (*(expect.facts or ()), *(expect.need or ())):
        labels += label.any if isinstance(label, AnyLabel) else (label,)
    values: list[Any] = [label.value for label in labels if label.field == field]
    for predicate in expect.products.predicates if expect.products else ():
        values += predicate.values if predicate.field == field else ()
    return [value for value in values if value is not None]


def _check(name: str, passed: bool, told: str) -> Check:
    return Check(name=name, passed=passed, told="" if passed else told)
