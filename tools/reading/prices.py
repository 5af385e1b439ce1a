"""Sums and measures of a message, as bounds on the catalogue's price, rating and attributes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Literal

from retrieval.index import CatalogueIndex
from tools.reading.amounts import AROUND, Amount, currency_of, read_amounts
from tools.reading.draft import Draft
from tools.reading.fact import Fact, HeldWish, Strength, Unmatched
from tools.reading.held_price import answered_price, held_currency
from tools.reading.measures import is_named, is_plausible, read_measure
from tools.reading.quotes import Span
from tools.reading.strength import strength

# How far before a number the name of what it measures may stand.
_NEAR = 24
# "zero drop", "零落差": none of what a numeric attribute measures.
_ZERO = re.compile(r"(?:\bzero[\s-]+|(?<![\d.])0[\s-]*(?:mm\s+)?|零)", re.IGNORECASE)
_Op = Literal["<=", ">=", "<", ">", "="]


def read_prices(
    draft: Draft,
    index: CatalogueIndex,
    rates: Mapping[str, Decimal],
    held: Sequence[HeldWish] = (),
) -> None:
    """Adds what the amounts of a message bound.

    Args:
        draft: gets the facts; money without a rate goes to its unmatched wishes.
        index: the catalogue.
        rates: how many units of a currency one unit of the catalogue's is worth.
        held: the wishes that hold: a bare number goes on in the currency of the last price.
    """
    amounts = read_amounts(draft.message)
    spoken = held_currency(held)
    if answer := answered_price(draft.message, held, rates, index):
        amounts = [answer]
    for amount in amounts:
        if any(span.overlaps(amount.span) for span in draft.hidden):
            continue
        if amount.unit is None:
            named = _named_measure(amount, draft.message, index) if not amount.currency else None
            if named:
                _add(draft, named, amount)
            else:
                _add_price(draft, amount, index, rates, spoken)
        elif amount.unit in ("star", "count"):
            _add_rating(draft, amount, index)
        elif measured := read_measure(amount, draft.message, index):
            _add(draft, *measured)
    for match in _ZERO.finditer(draft.message):
        for name in sorted(index.vocabulary.numeric_fields):
            labels = (*index.vocabulary.labels().get(name, ()), index.vocabulary.label(name, "en"))
            for label in labels:
                if draft.message[match.end() :].lower().startswith(label.lower()):
                    span = Span(match.start(), match.end() + len(label))
                    quote = draft.quote(span)
                    if not draft.is_taken(span):
                        draft.add(Fact(field=name, op="=", value=0.0, quote=quote), span)


def _add(draft: Draft, name: str, amount: Amount) -> None:
    for op, value in _bounds(amount):
        draft.add(
            Fact(
                field=name,
                op=op,
                value=float(value),
                quote=draft.quote(amount.span),
                strength=strength(draft.message, amount.span),
            ),
            amount.span,
        )


def _add_rating(draft: Draft, amount: Amount, index: CatalogueIndex) -> None:
    field = "rating" if amount.unit == "star" else "rating_count"
    if index.columns.numeric(field) is None or (field == "rating" and amount.value > 5):
        return
    quote = draft.quote(amount.span)
    op: _Op = "<=" if amount.bound == "<=" else ">="
    draft.add(Fact(field=field, op=op, value=float(amount.value), quote=quote), amount.span)


def _add_price(
    draft: Draft,
    amount: Amount,
    index: CatalogueIndex,
    rates: Mapping[str, Decimal],
    spoken: str | None,
) -> None:
    catalogue = index.currency
    meant = currency_of(amount.currency or spoken, catalogue)
    quote = draft.quote(amount.span)
    rate, note = Decimal(1), None
    if meant != catalogue:
        found = rates.get(meant)
        if found is None:
            aside = Unmatched(field="price", value=f"{amount.value:f} {meant}", quote=quote)
            draft.unmatched.append(aside)
            draft.spans.append((amount.span, aside))
            return
        rate, note = found, f"1 {catalogue} = {found:f} {meant}"
    for op, value in _bounds(amount):
        if op == "<=":
            _drop_passed(draft, strength(draft.message, amount.span))
        draft.add(
            Fact(
                field="price",
                op=op,
                value=float((value / rate).quantize(Decimal("0.01"))),
                quote=quote,
                strength=strength(draft.message, amount.span),
                note=note,
            ),
            amount.span,
        )


def _drop_passed(draft: Draft, how: Strength) -> None:
    """ "150, but could go 170": a later limit of one message takes the place of an earlier one."""
    draft.facts = [
        f
        for f in draft.facts
        if not (f.field == "price" and f.op == "<=" and f.strength == how and f.sort is None)
    ]


def _named_measure(amount: Amount, message: str, index: CatalogueIndex) -> str | None:
    """ "drop under 6": a bare number belongs to the attribute that is named just before it."""
    before = message[max(0, amount.span.start - _NEAR) : amount.span.start]
    if not before.strip() or before.rstrip()[-1] in ",.;!?，。；！？":
        return None
    for name in sorted(index.vocabulary.numeric_fields):
        if is_named(name, before, index) and is_plausible(name, amount, index):
            return name
    return None


def _bounds(amount: Amount) -> Iterable[tuple[_Op, Decimal]]:
    """The conditions that an amount sets; "around" allows a fifth to either side."""
    if amount.high is not None:
        yield ">=", amount.value
        yield "<=", amount.high
    elif amount.bound == "~":
        yield ">=", amount.value * (1 - AROUND)
        yield "<=", amount.value * (1 + AROUND)
    else:
        yield amount.bound, amount.value
