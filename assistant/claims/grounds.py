"""What a number rests on: a price, a measure, a rating, a size, or a difference of two."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.claims.figures import Figure
from assistant.claims.findings import Clause, cite
from assistant.claims.labels import LabelMention
from assistant.claims.records import Records
from assistant.claims.sentences import BLANK
from assistant.claims.stock import sizes_held
from assistant.evidence import Evidence
from assistant.reply import Citation
from retrieval.product import Product
from tools.ranking import field_number
from tools.reading.units import factor_between, unit_after

_RATING_NEAR = re.compile(
    r"rat(?:e|es|ed|ing|ings)\b|averag\w*|stars?|scor(?:e|ed|es|ing)|评分|星|打分|得分|平均|评价",
    re.IGNORECASE,
)
_COUNT_AFTER = re.compile(
    r"\s*(?:(?:\w+\s+)?(?:reviews?|ratings?|reviewers?|shoppers?|customers?|buyers?|people"
    r"|users?|votes?|raters?)\b"
    r"|[条人位个名](?:评|用户|顾客|买家|人|评价)?|个?评)",
    re.IGNORECASE,
)
_COUNT_BEFORE = re.compile(
    r"\b(?:by|from|based\s+on|number\s+of\s+ratings\s*(?:is|of|:)?)\s*(?:over\s+)?$|（$|\($"
    r"|评价数\D{0,3}$|评分人数\D{0,3}$",
    re.IGNORECASE,
)
_OUT_OF = re.compile(r"(?:out\s+of|/|满分)\s*$", re.IGNORECASE)
_BUDGET_NEAR = re.compile(
    r"under|within|below|budget|up\s+to|less\s+than|limit|your|above|over|at\s+least|exceed\w*"
    r"|wish\w*"
    r"|预算|以内|以下|不超过|之内|要求|以上|超出|超过|低于|高于|不到",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"\b(?:above|over|exceed\w*|beyond|more\s+than|outside)\b|超出|超过|高于|(?<!不)超",
    re.IGNORECASE,
)
_WAS_BEFORE = re.compile(
    r"\b(?:was|were|from|originally|reduced|instead\s+of|list\s+price|down|regular(?:ly)?"
    r"|full\s+price|usual(?:ly)?)\b[^.;]*$"
    r"|原价\D{0,4}$|从\s*$|原来\D{0,4}$|由\s*$",
    re.IGNORECASE,
)
_DIFFERENCE_NEAR = re.compile(
    r"more|less|cheaper|sav|lower|under|below|left|leaves|lighter|heavier|between|apart|higher"
    r"|differen|expensive|pricier|off\b|reduc|discount|gap"
    r"|便宜|贵|省|差|少|多|低|高|降|减|优惠|剩|轻|重",
    re.IGNORECASE,
)
_PRICE_BEFORE = re.compile(
    r"(?:cost\w*|price\w*|at|for|only|just)\s*(?:is|of|:)?\s*$|售价\D{0,3}$|价格\D{0,3}$"
    r"|只要\s*$|仅\s*$",
    re.IGNORECASE,
)
_OFF = re.compile(r"\s*(?:%|percent)\s*(?:off|discount|cheaper|less|reduc)", re.IGNORECASE)
_THINGS_AFTER = re.compile(
    r"\s*(?:options|products|models|picks|choices|items|alternatives|pairs|款|双|个选择|种选择|件)",
    re.IGNORECASE,
)
_WORD_AFTER = re.compile(r"[\s-]*([^\W\d_]+)")
_AS_GAP_BEFORE = re.compile(
    r"(?:便宜|贵|[节]?省|相差|差)了?\s*$|\bsav(?:e|es"
    r"|ing)\s+(?:you\s+)?$",
    re.IGNORECASE,
)
_AS_GAP_AFTER = re.compile(
    r"\s*(?:\w+\s+)?(?:more|less|cheaper|pricier|dearer|off|lower|higher)\b|\s*(?:美元|欧元|元"
    r"|块)?的?差",
    re.IGNORECASE,
)
_LESS_BEFORE = re.compile(r"(?:便宜|省|少|低|轻|降)了?\s*$")
_MORE_BEFORE = re.compile(r"(?:贵|多|高|重)(?:了|出)?\s*$")
_LESS_AFTER = re.compile(r"\s*(?:\w{1,3}\s+)?(?:less|cheaper|lower|lighter|off)\b", re.IGNORECASE)
_MORE_AFTER = re.compile(
    r"\s*(?:\w{1,3}\s+)?(?:more|higher|pricier|dearer|heavier)\b", re.IGNORECASE
)
_OWN_BOUND = re.compile(r"\byour\b|budget|limit|预算|上限", re.IGNORECASE)
_GAP_NEAR = re.compile(
    r"\b(?:lighter|heavier|less|more|higher|lower|longer|shorter|larger|smaller)\b|[比轻]|相差|高出"
    r"|低了|重了|多出|少了",
    re.IGNORECASE,
)
_BOUND_AFTER = re.compile(r"\s*(?:\w+\s*)?(?P<under>以内|以下|之内)|\s*(?:\w+\s*)?(?P<over>以上)")
CLOSE = 0.005
# "less than $100": a bound, which the record is held to.
BOUND = re.compile(
    r"(?P<under>\bunder|\bbelow|\bless\s+than|\bat\s+most|\b(?:no|not)\s+more\s+than|\bup\s+to"
    r"|\bwithin|\bcheaper\s+than|\b(?:not|n['’]t)\s+(?:over|exceed\w*|above)|低于|不到|不超过"
    r"|(?:没有?"
    r"|未)(?:超出|超过)|少于|不高于)"
    r"\s*(?:your\s+|the\s+|您的?|你的?)?(?:\w+\s+)?(?:预算|要求)?(?:的)?\s*$"
    r"|(?P<over>\bover|\babove|\bmore\s+than|\bat\s+least|\bexceed\w*|超过|高于|超出"
    r"|不低于)\s*(?:your\s+|the\s+|您的?|你的?)?(?:预算)?(?:的)?\s*$",
    re.IGNORECASE,
)


class Ground:
    """What one figure rests on."""

    def __init__(
        self,
        figure: Figure,
        clause: Clause,
        labels: Sequence[LabelMention],
        evidence: Evidence,
        records: Records,
    ) -> None:
        self._figure = figure
        self._clause = clause
        self._labels = [label for label in labels if clause.holds(label.start)]
        self._evidence = evidence
        self._records = records

    def citations(self, about: Sequence[Product]) -> list[Citation] | None:
        """Citations; none for a number that claims nothing of a record (a budget repeated, "out
        of 5"); None where no record has it.
        """
        figure = self._figure
        if _OUT_OF.search(figure.before) and figure.value in (5, 10) and figure.currency is None:
            return []
        if self._repeats_wish():
            return [] if self._keeps_to_wish(about) else None
        if figure.currency is not None:
            return self._money(about)
        unit = unit_after(figure.after, 0)
        if unit:
            return self._measured(unit["unit"], about)
        if _THINGS_AFTER.match(figure.after) and figure.value == len(self._evidence.products):
            return []
        if figure.is_size:
            return sizes_held(f"{figure.value:g}", about, self._evidence)
        if not about:
            return None
        found: list[Citation] = []
        for product in about:
            one = self._bare(product)
            if one is None:
                one = self._in_record(product)
            if one is None:
                return None
            found.append(one)
        return found

    def _repeats_wish(self) -> bool:
        """A bound of the shopper's, said as the shopper's: "within your $120"."""
        figure = self._figure
        near = _BUDGET_NEAR.search(figure.before[-24:]) or _BUDGET_NEAR.search(figure.after[:12])
        if not near:
            return False
        for wish in self._evidence.need.wishes():
            money = wish.field == "price"
            if money != (figure.currency is not None) and not (money and not figure.is_size):
                continue
            numbers = re.findall(r"\d[\d,]*(?:\.\d+)?", wish.quote)
            said = {float(n.replace(",", "")) for n in numbers}
            if figure.value in said or wish.value == figure.value:
                return True
        return False

    def _keeps_to_wish(self, about: Sequence[Product]) -> bool:
        """Whether the products are on the side of the bound that the words tell."""
        figure = self._figure
        if figure.currency not in (None, self._evidence.index.currency):
            return True
        wishes = self._evidence.need.wishes()
        if not any(w.field == "price" and w.value == figure.value for w in wishes):
            return True
        bound = BOUND.search(figure.before) or _BOUND_AFTER.match(figure.after)
        above = (
            bool(bound["over"])
            if bound
            else bool(_ABOVE.search(figure.before[-24:]) or _ABOVE.search(figure.after[:8]))
        )
        above = above != self._clause.denies
        return all((float(p.effective_price) > figure.value) == above for p in about)

    def _money(self, about: Sequence[Product]) -> list[Citation] | None:
        figure, evidence = self._figure, self._evidence
        if figure.currency != evidence.index.currency or not about:
            return None
        if _AS_GAP_BEFORE.search(figure.before) or _AS_GAP_AFTER.match(figure.after):
            return self._difference(about)
        found = []
        for product in about:
            effective, listed = float(product.effective_price), float(product.price)
            if abs(effective - figure.value) < CLOSE:
                name = "sale_price" if product.on_sale else "price"
                found.append(cite(evidence, product, name, f"{effective}"))
            elif (
                product.on_sale
                and _WAS_BEFORE.search(figure.before)
                and abs(listed - figure.value) < CLOSE
            ):
                found.append(cite(evidence, product, "price", f"{listed}"))
        if len(found) == len(about):
            return found
        bound = BOUND.search(figure.before)
        if bound:
            over = bool(bound["over"])
            if all((float(p.effective_price) > figure.value) == over for p in about):
                return [cite(evidence, p, "price", str(float(p.effective_price))) for p in about]
            return None
        if _DIFFERENCE_NEAR.search(figure.before[-24:] + figure.after[:24]):
            return self._difference(about)
        return None

    def _difference(self, about: Sequence[Product]) -> list[Citation] | None:
        """A saving, or a difference of two prices that are both in the evidence."""
        evidence, value = self._evidence, self._figure.value
        against = self._others(about)
        for one in about:
            saved = float(one.price - one.effective_price)
            if one.on_sale and abs(saved - value) < CLOSE:
                return [cite(evidence, one, "price", str(float(one.price)))]
            bounds = [w.value for w in evidence.need.wishes() if w.field == "price"]
            for bound in bounds:
                if (
                    isinstance(bound, float)
                    and abs(abs(bound - float(one.effective_price)) - value) < CLOSE
                    and self._leans(float(one.effective_price) - bound)
                    and _OWN_BOUND.search(self._figure.before + self._figure.after)
                ):
                    return [cite(evidence, one, "price", str(float(one.effective_price)))]
            for other in against:
                gap = float(one.effective_price - other.effective_price)
                if one is not other and abs(abs(gap) - value) < CLOSE and self._leans(gap):
                    return [
                        cite(evidence, p, "price", str(float(p.effective_price)))
                        for p in (one, other)
                    ]
        return None

    def _others(self, about: Sequence[Product]) -> tuple[Product, ...]:
        """What a difference is to: the products named so, else the pick, else any other."""
        evidence = self._evidence
        picked = tuple(p for p in evidence.products if p.id == evidence.pick)
        beside = picked if all(p.id != evidence.pick for p in about) else ()
        return self._clause.against or beside or tuple(evidence.products)

    def _leans(self, gap: float) -> bool:
        """Whether "more" or "less" tells the sign of a difference; the word beside it first."""
        if _LESS_BEFORE.search(self._figure.before) or _LESS_AFTER.match(self._figure.after):
            return gap < 0
        if _MORE_BEFORE.search(self._figure.before) or _MORE_AFTER.match(self._figure.after):
            return gap > 0
        near = self._figure.before[-24:] + self._figure.after[:24]
        if re.search(r"\bsav\w+|省", near, re.IGNORECASE):
            return gap < 0
        if re.search(
            r"\b(?:more|higher|pricier|over|heavier)\b(?!\s+(?:the|your))|贵|多|高|超",
            near,
            re.IGNORECASE,
        ):
            return gap > 0
        if re.search(
            r"\b(?:less|cheaper|lower|sav\w+|off|under|below|left|leaves|lighter)\b|便宜|省|少"
            r"|低|剩|轻",
            near,
            re.IGNORECASE,
        ):
            return gap < 0
        return True

    def _measured(self, unit: str, about: Sequence[Product]) -> list[Citation] | None:
        """A number with a unit: an attribute in that unit, the one that is named where one is."""
        if not about:
            return None
        found: list[Citation] = []
        for product in about:
            one = self._attribute_in(unit, product) or self._saving_in(unit, product)
            one = one or self._gap_in(unit, product) or self._in_record(product)
            if one is None:
                return None
            found.append(one)
        return found

    def _attribute_in(self, unit: str, product: Product) -> Citation | None:
        measured = self._evidence.index.vocabulary.numeric_fields
        in_unit = {n for n in measured if factor_between(n, unit) is not None}
        named = in_unit & self._nearest_fields(in_unit)
        for name in sorted(named or in_unit):
            number, factor = field_number(product, name), factor_between(name, unit)
            if number is None or factor is None:
                continue
            if abs(number - self._figure.value * factor) < max(CLOSE, abs(number) * 1e-6):
                return cite(self._evidence, product, name, f"{number:g}")
        return None

    def _gap_in(self, unit: str, product: Product) -> Citation | None:
        """A difference of two records in a field of that unit: "11 g lighter than"."""
        near = self._figure.before[-24:] + self._figure.after[:24]
        if not _GAP_NEAR.search(near):
            return None
        for name in sorted(self._evidence.index.vocabulary.numeric_fields):
            factor, own = factor_between(name, unit), field_number(product, name)
            if factor is None or own is None:
                continue
            for other in self._others((product,)):
                than = field_number(other, name)
                if than is None or other is product or not self._leans(own - than):
                    continue
                if abs(abs(own - than) - self._figure.value * factor) < CLOSE:
                    return cite(self._evidence, product, name, f"{own:g}")
        return None

    def _nearest_fields(self, fields: set[str]) -> set[str]:
        """The fields among some that the label nearest to the figure means."""
        figure = self._figure
        labels = [label for label in self._labels if set(label.fields) & fields]
        if re.search(r"weigh|重", figure.before[-12:], re.IGNORECASE):
            heavy = {name for name in fields if name.startswith("weight")}
            if heavy:
                return heavy
        if not labels:
            return set()
        nearest = min(
            labels, key=lambda la: min(abs(la.start - figure.end), abs(figure.start - la.end))
        )
        return set(nearest.fields) & fields

    def _saving_in(self, unit: str, product: Product) -> Citation | None:
        """ "20% off" is the share of the list price that is saved, rounded."""
        if unit not in ("%", "percent") or not product.on_sale:
            return None
        if not (_OFF.match(self._figure.after) or "折" in self._figure.after[:4]):
            return None
        share = 100 * float(1 - product.effective_price / product.price)
        if abs(share - self._figure.value) > 0.5:
            return None
        return cite(self._evidence, product, "sale_price", str(float(product.effective_price)))

    def _bare(self, product: Product) -> Citation | None:
        """A number with nothing beside it that says what it is: rating, count, labelled field."""
        figure, evidence = self._figure, self._evidence
        counted = _COUNT_AFTER.match(figure.after) or _COUNT_BEFORE.search(figure.before)
        if counted and product.rating_count == figure.value:
            return cite(evidence, product, "rating_count", f"{figure.value:g}")
        if _RATING_NEAR.search(figure.before[-24:] + figure.after[:16]):
            if product.rating is not None and abs(product.rating - figure.value) < CLOSE:
                return cite(evidence, product, "rating", f"{product.rating:g}")
            return None
        if counted:
            return None
        numeric = evidence.index.vocabulary.numeric_fields
        named = self._nearest_fields(set(numeric))
        for name in sorted(named):
            number = field_number(product, name)
            if number is not None and abs(number - figure.value) <= CLOSE:
                return cite(evidence, product, name, f"{number:g}")
        if _PRICE_BEFORE.search(figure.before[-16:]):
            effective = float(product.effective_price)
            if abs(effective - figure.value) < CLOSE:
                return cite(evidence, product, "price", f"{effective}")
        return None

    def _in_record(self, product: Product) -> Citation | None:
        """A number that the record writes with the same word behind it: "3 pockets"."""
        figure = self._figure
        follows = _WORD_AFTER.match(figure.after)
        unit = unit_after(figure.after, 0)
        word = unit["unit"] if unit else follows[1] if follows else ""
        if word and self._records.literally(f"{figure.written} {word}", product):
            return cite(self._evidence, product, "description", f"{figure.written} {word}")
        before = re.search(rf"([^\W\d_{BLANK}]+)[\s-]*$", figure.before)
        if (
            before
            and not unit
            and self._records.literally(f"{before[1]} {figure.written}", product)
        ):
            return cite(self._evidence, product, "description", f"{before[1]} {figure.written}")
        return None
