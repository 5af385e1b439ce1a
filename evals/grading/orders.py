"""Superlatives and comparisons of a sentence, worked out from the records."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from evals.grading.attributes import holds, text_says
from evals.grading.claim import Claim
from evals.grading.phrases import Order, phrases, unhedged
from evals.grading.ranking import best_of, comes_first, value_of
from evals.grading.subjects import Speech
from evals.grading.words import WordTable, generic
from retrieval.product import Product

_DENIED = re.compile(
    r"\b(not|n't|isn't|never)\b[^,]{0,20}$|(不是|并非|不算|没有|不)[^，]{0,5}$|不如[^，]*$"
)
_MASK = "\u25a1"
_SCOPE_FIELDS = frozenset({"category", "brand", "gender"})
_SET_AGAINST = re.compile(r"\s*(?:\w+\s)?than\b")
_ONE_OF = re.compile(r"\bone of\b|\bamong the\b|之一|\bsome of\b")


class _Fields(NamedTuple):
    """What a superlative can be held against.

    Attributes:
        wanted: what meets the wishes, where the caller knows.
        asked: what the shopper's own words narrow the shop to, where the sentence means that.
    """

    wanted: Sequence[Product] | None
    asked: Sequence[Product]


class Orders:
    """Checks of who comes first.

    Args:
        table: the words for values, for what a superlative is said of.
        brands: the words for each brand.
        get: the product of an id.
        stock: what is searched where the caller does not say.
    """

    def __init__(
        self,
        table: WordTable,
        brands: Callable[[str], list[str]],
        get: Callable[[str], Product],
        stock: Sequence[Product],
    ) -> None:
        self._table = table
        self._brands = brands
        self._get = get
        self._stock = stock

    def claims(
        self, speech: Speech, among: Sequence[Product] | None, said: str = ""
    ) -> Iterator[Claim]:
        """Every superlative and comparison of a sentence.

        Args:
            speech: the sentence.
            among: what a superlative is held against, if the caller knows.
            said: the shopper's own words, in lower case.
        """
        text = speech.small
        fields = _Fields(among, self._asked(text, said))
        if text.rstrip(" *").endswith(("?", "？")):
            return
        taken: list[tuple[int, int]] = []
        yield from self._unbeaten_in(speech, fields, taken)
        for orders, check in (
            (phrases().superlatives, self._first),
            (phrases().comparatives, self._before),
        ):
            for order in orders:
                for match in order.words.finditer(text):
                    left, right = speech.clause(match.start(), match.end())
                    if any(x < match.end() and match.start() < y for x, y in taken):
                        continue
                    before = text[left : match.start()]
                    if check == self._before and _unbeaten(match, before):
                        taken.append(match.span())
                        ids = [id for item in speech.everything for id in item]
                        if claim := self._extreme(order, match, speech, fields, False, ids):
                            yield claim
                        continue
                    told = speech.ahead(match.start()) + text[match.start() : right]
                    if phrases().found("about_shop", told):
                        continue
                    taken.append(match.span())
                    if phrases().found("about_shopper", before) and not _answered(match, speech):
                        continue
                    denied = _DENIED.search(text[left : match.start()]) is not None
                    if claim := check(order, match, speech, fields, denied):
                        yield claim

    def _unbeaten_in(
        self, speech: Speech, fields: _Fields, taken: list[tuple[int, int]]
    ) -> Iterator[Claim]:
        """ "To pay as little as possible, no option beats the X": in what is told elsewhere."""
        text = speech.small
        for match in phrases().patterns["beats_all"].finditer(text):
            ids = next((n.ids for n in speech.named if n.start == match.end() - 1), None)
            told = [(m, o) for o in phrases().criteria for m in o.words.finditer(text)]
            if ids is None or not told:
                continue
            of, order = min(
                told,
                key=lambda t: max(t[0].start() - match.end(), match.start() - t[0].end()),
            )
            taken += [match.span(), of.span()]
            if claim := self._extreme(order, match, speech, fields, False, ids):
                yield claim

    def _asked(self, text: str, said: str) -> Sequence[Product]:
        """What "the cheapest that fits" is among, by the shopper's own words."""
        return self._narrowed(self._stock, said) if phrases().found("as_asked", text) else ()

    def _first(
        self,
        order: Order,
        match: re.Match[str],
        speech: Speech,
        among: _Fields,
        denied: bool,
    ) -> Claim | None:
        subject = speech.subject(*_place(match))
        ids = [id for item in subject.items for id in item]
        return self._extreme(order, match, speech, among, denied, ids)

    def _extreme(
        self,
        order: Order,
        match: re.Match[str],
        speech: Speech,
        among: _Fields,
        denied: bool,
        ids: Sequence[str],
    ) -> Claim | None:
        words = speech.text[match.start() : match.end()]
        if not order.field:
            if phrases().found("refuses", speech.small):
                return None
            good = denied or any(text_says(self._get(id), match[0]) for id in ids)
            first = ids[0] if ids else None
            return Claim("superlative", words, speech.text, first, good, "no record tells")
        if not ids:
            return None
        fields: list[Sequence[Product]] = []
        of_these = phrases().found("of_these", speech.small) is not None
        shown = [self._get(id) for item in speech.before.all for id in item]
        if of_these and len(shown) > 1:
            fields.append(shown)
        base = list(among.wanted) if among.wanted is not None else list(self._stock)
        fields.append(base)
        fields.append(self._scoped(base, speech, match))
        fields.append(self._scoped(list(self._stock), speech, match))
        if among.wanted is None and among.asked:
            fields.append(among.asked)
        if among.wanted is None and len(shown) > 1:
            fields.append(shown)
        mates = [self._get(id) for item in speech.everything for id in item]
        if len(set(speech.everything)) > 1:
            fields.append(mates)
        some = _ONE_OF.search(speech.small) is not None
        met = any(
            comes_first(self._get(id), field, order, 5 if some else 1)
            for id in ids
            for field in fields
        )
        best = best_of(fields[0], order)
        told = (
            f"first of {len(fields[0])}: {best.id} {value_of(best, order.field)}" if best else "?"
        )
        told += f"; {ids[0]}: {value_of(self._get(ids[0]), order.field)}"
        return Claim("superlative", words, speech.text, ids[0], met != denied, told)

    def _before(
        self,
        order: Order,
        match: re.Match[str],
        speech: Speech,
        among: _Fields,
        denied: bool,
    ) -> Claim | None:
        beside = {id for name in speech.comparands for id in name.ids}
        others = [self._get(id) for id in beside]
        if phrases().found("others", speech.small):
            return self._against_all(order, match, speech, among, denied)
        if not speech.groups:
            return None
        subject = speech.subject(*_place(match))
        ids = [id for item in subject.items for id in item]
        if beside and all(set(i) <= beside for group in speech.groups for i in group.items):
            ids = _unnamed(speech, beside)
        elif not others or any(other.id in ids for other in others):
            others = [self._get(id) for id in _paired(match, speech, ids)]
        if not others:
            return None
        if not ids or any(id in {o.id for o in others} for id in ids):
            return None
        words = speech.text[match.start() : match.end()]
        mine = [value_of(self._get(id), order.field) for id in ids]
        theirs = [value_of(other, order.field) for other in others]
        met = any(
            a is not None and b is not None and (a < b if order.order == "asc" else a > b)
            for a in mine
            for b in theirs
        )
        told = f"{ids[0]}: {mine[0]}; {others[0].id}: {theirs[0]}"
        return Claim("superlative", words, speech.text, ids[0], met != denied, told)

    def _against_all(
        self,
        order: Order,
        match: re.Match[str],
        speech: Speech,
        among: _Fields,
        denied: bool,
    ) -> Claim | None:
        """ "Cheaper than all others", "all others are dearer than it": who comes first."""
        beside = [id for name in speech.comparands for id in name.ids]
        if not beside:
            subject = speech.subject(*_place(match))
            ids = [id for item in subject.items for id in item]
            return self._extreme(order, match, speech, among, denied, ids)
        if any(id not in beside for group in speech.groups for item in group.items for id in item):
            return None
        turned = Order(order.words, order.field, "desc" if order.order == "asc" else "asc")
        return self._extreme(turned, match, speech, among, denied, beside)

    def _scoped(
        self, products: Sequence[Product], speech: Speech, match: re.Match[str]
    ) -> list[Product]:
        """The products that the words of the superlative's clause narrow it to."""
        left, right = speech.clause(match.start(), match.end())
        return self._narrowed(products, speech.small[left:right])

    def _narrowed(self, products: Sequence[Product], scope: str) -> list[Product]:
        kept = list(products)
        for said in self._table.find(scope):
            if generic(said.text):
                continue
            narrowing = [
                m
                for m in said.meanings
                if m.field in _SCOPE_FIELDS or isinstance(m.value, bool) or m.held
            ]
            narrower = [
                p for p in kept if any(holds(p, m, False, said.text) for m in narrowing)
            ] if narrowing else kept  # fmt: skip
            kept = narrower or kept
        named = self._brands(scope)
        return [p for p in kept if p.brand in named] if named else kept


def _paired(match: re.Match[str], speech: Speech, ids: Sequence[str]) -> list[str]:
    """What one product is set against in "between A and B, B is the cheaper", if it is."""
    left, _ = speech.clause(*match.span())
    if _SET_AGAINST.match(speech.small, match.end()) or "比" in speech.small[left : match.start()]:
        return []  # against something else: "lighter than most"
    together = [name.ids for name in speech.named if not name.wrong]
    if sum(set(ids) <= set(named) for named in together) < 2:
        told = phrases().found("of_two", speech.small)
        around = {id for item in speech.before.all for id in item}
        together = list(speech.before.all) if told and len(around) == 2 else []
    return [id for named in together for id in named if id not in ids]


def _unnamed(speech: Speech, beside: set[str]) -> list[str]:
    """What is set against all that a sentence names: "the other one trails the X"."""
    around = {id for item in speech.before.all for id in item} - beside
    return list(around) if len(around) == 1 else []


def _place(match: re.Match[str]) -> tuple[int, int]:
    """Where the words are said: behind the name, where they reach around it."""
    around = _MASK in match[0]
    return (match.end() - 1 if around else match.start()), match.end()


def _unbeaten(match: re.Match[str], before: str) -> bool:
    """Whether a comparison is denied of all others: "no other is cheaper than it"."""
    behind = match.string[match.end() :]
    return bool(
        phrases().found("unbeaten", unhedged(before))
        or ("比" in before + match[0] and phrases().found("unbeaten_after", behind))
    )


def _answered(match: re.Match[str], speech: Speech) -> bool:
    """Whether a superlative that the shopper wants is answered with a product named behind it."""
    following = next((g for g in speech.groups if g.start >= match.end()), None)
    return following is not None and bool(
        phrases().found("answers_wish", speech.small[match.end() : following.start])
    )
