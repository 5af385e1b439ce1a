"""The products that are given, the pick among them, and how they are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evals.checks.check import Check, check
from evals.checks.fitting import fitting_of
from evals.checks.wording import Shop, says_no, sentences_of
from evals.running.observed import Observed, SeenOffer
from evals.suite.conversation import Expect, Shown
from evals.suite.predicates import best, meets, unmet

_SAME_AMOUNT = 0.005


def given(expect: Expect, observed: Observed, shop: Shop) -> Iterator[Check]:
    """What products are given and which is the pick."""
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
        yield check("products", not wrong, "; ".join(wrong))
    if rule is not None and rule.none:
        told = f"{', '.join(observed.products)} is given as fitting"
        yield check("products", not given_as_fitting(observed, shop), told)
    if expect.pick is not None:
        allowed = set(expect.pick.ids or ())
        if expect.pick.extreme is not None:
            found = fitting_of(shop).products(rule.predicates if rule else ())
            allowed = {product.id for product in best(found, *expect.pick.extreme)}
        given = "no pick is given" if observed.pick is None else f"the pick is {observed.pick}"
        told = f"{given}, not {' or '.join(sorted(allowed)[:4])}"
        yield check("pick", observed.pick in allowed, told)


def given_as_fitting(observed: Observed, shop: Shop) -> bool:
    """Whether products are given as if they were what was asked for.

    They are not where the text says no before it names the first of them: "We do not sell that
    brand. The nearest is …".
    """
    if not observed.products:
        return False
    small = observed.text.casefold()
    titles = [
        title.casefold()
        for id in observed.products
        if (product := shop.products.get(id)) is not None
        for title in (product.title, product.title_zh)
        if title
    ]
    first = min((at for title in titles if (at := small.find(title)) >= 0), default=len(small))
    return not any(map(says_no, sentences_of(observed.text[:first])))


def referred(
    expect: Expect, observed: Observed, shop: Shop, shown: Sequence[str]
) -> Iterator[Check]:
    """Whether the reply is about the products that are meant."""
    if expect.refers is None:
        return
    if not isinstance(expect.refers, Shown):
        wanted = list(expect.refers)
    elif expect.refers.shown:
        if max(expect.refers.shown) > len(shown):
            told = f"there is no such place: {len(shown)} products had been shown"
            yield check("refers", False, told)
            return
        wanted = [shown[place - 1] for place in expect.refers.shown]
    else:
        predicates = expect.refers.predicates
        known = [shop.products[id] for id in shown if id in shop.products]
        wanted = [product.id for product in known if meets(product, predicates)][:1]
        if not wanted:
            yield check("refers", False, "none of the products shown before is meant")
            return
    told = f"is about {', '.join(observed.products) or 'nothing'}, not {', '.join(wanted)}"
    yield check("refers", set(wanted) == set(observed.products), told)


def offered(observed: Observed, shop: Shop) -> Iterator[Check]:
    """Whether what is shown beside the text is as the records have it, the pick among it."""
    if observed.offers is not None and (observed.offers or observed.products):
        wrong = [fault for offer in observed.offers if (fault := _misoffered(offer, shop))]
        ids = [offer.id for offer in observed.offers]
        if ids != observed.products:
            wrong.append(f"shows {', '.join(ids)}, gives {', '.join(observed.products)}")
        yield check("offers", not wrong, "; ".join(wrong))
    if observed.pick is not None and observed.products:
        told = f"the pick {observed.pick} is not among the products"
        yield check("pick_offered", observed.pick in observed.products, told)


def _misoffered(offer: SeenOffer, shop: Shop) -> str | None:
    product = shop.products.get(offer.id)
    if product is None:
        return f"{offer.id} is not in the catalogue"
    if offer.title not in (product.title, product.title_zh):
        return f"{offer.id} is called “{product.title}”, not “{offer.title}”"
    due = float(product.effective_price)
    if abs(offer.price - due) >= _SAME_AMOUNT or offer.currency != product.currency:
        return (
            f"{offer.id} costs {due:.2f} {product.currency}, not {offer.price:.2f} {offer.currency}"
        )
    return None
