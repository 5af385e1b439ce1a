"""What a number in a sentence claims, and which record has it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.evidence import Evidence
from assistant.reply import Citation
from retrieval.product import Product
from tools.ranking import field_number
from tools.reading.amounts import currency_of

NUMBER = re.compile(r"(?<![A-Za-z0-9.])(?:US|HK)?[$€£¥￥₹]?\s?\d[\d,]*(?:\.\d+)?")
_SIGNS = {"€": "EUR", "£": "GBP", "₹": "INR", "$": "$", "¥": "¥", "￥": "¥"}
_CURRENCY_AFTER = re.compile(
    r"\s*(?:(?P<USD>usd\b|(?:us\s+)?dollars?\b|bucks\b|美元|美金|刀)|(?P<EUR>eur(?:os?)?\b|欧元)"
    r"|(?P<GBP>gbp\b|pounds?\b|英镑)|(?P<INR>inr\b|rupees?\b|卢比)"
    r"|(?P<CNY>cny\b|rmb\b|yuan\b|人民币|元|块))",
    re.IGNORECASE,
)
_UNIT_AFTER = re.compile(
    r"\s*-?(?:(?P<g>g|grams?|克)|(?P<kg>kg|公斤)|(?P<mm>mm|millimet(?:er|re)s?|毫米)|(?P<cm>cm|厘米))"
    r"(?![a-z])",
    re.IGNORECASE,
)
_OTHER_UNIT_AFTER = re.compile(
    r"\s*-?(?:%|percent|miles?|km|kilomet\w+|hours?|days?|weeks?|months?|years?|times|"
    r"天|年|个月|小时|公里|倍|折|次|周)",
    re.IGNORECASE,
)
_RATING_NEAR = re.compile(r"rat(?:ed|ing)|stars?|评分|星|打分", re.IGNORECASE)
_COUNT_AFTER = re.compile(r"\s*(?:reviews?|ratings?|shoppers?|条|人|个?评)", re.IGNORECASE)
_SIZE_BEFORE = re.compile(r"\b(?:sizes?|eu)\b[^.;,]{0,12}$|尺码\D{0,6}$", re.IGNORECASE)
_SIZE_AFTER = re.compile(r"\s*(?:码|号)")
_THINGS_AFTER = re.compile(r"\s*(?:shoes|options|products|pairs|models|款|双)", re.IGNORECASE)
_OUT_OF = re.compile(r"(?:out\s+of|/|满分)\s*$", re.IGNORECASE)
_BUDGET_NEAR = re.compile(
    r"under|within|below|budget|up\s+to|less\s+than|limit|your|预算|以内|以下|不超过|之内|要求",
    re.IGNORECASE,
)
_WAS_BEFORE = re.compile(
    r"\b(?:was|from|originally|reduced|instead\s+of|list\s+price|down)\b[^.;]*$|原价\D{0,4}$|从\s*$",
    re.IGNORECASE,
)
_DIFFERENCE_NEAR = re.compile(
    r"more|less|cheaper|sav|lower|higher|differen|便宜|贵|省|差|少|多|低|高", re.IGNORECASE
)
_CLOSE = 0.005


@dataclass(frozen=True)
class Figure:
    """A number as it stands in a clause.

    Attributes:
        value: the number.
        before, after: the clause to its left and right.
        currency: an ISO code where it is a sum of money, else None.
        is_size: whether it is said to be a size.
    """

    value: float
    before: str
    after: str
    currency: str | None
    is_size: bool


def read_figure(match: re.Match[str], start: int, end: int, catalogue: str) -> Figure | None:
    """The figure at a match of ``NUMBER`` within a clause; None for a stray sign.

    Args:
        match: in the whole sentence.
        start, end: of the clause.
        catalogue: the catalogue's currency.
    """
    text = match.string
    written = re.sub(r"[^\d.]", "", match.group()).rstrip(".")
    if not written:
        return None
    before, after = text[start : match.start()], text[match.end() : end]
    sign = next((_SIGNS[c] for c in match.group() if c in _SIGNS), None)
    named = _CURRENCY_AFTER.match(after)
    code = named.lastgroup if named else sign
    currency = currency_of(code, catalogue) if code else None
    is_size = bool(_SIZE_AFTER.match(after) or _SIZE_BEFORE.search(before)) and currency is None
    return Figure(float(written), before, after, currency, is_size)


def rests_on(figure: Figure, about: Sequence[Product], evidence: Evidence) -> list[Citation] | None:
    """What a figure rests on.

    Args:
        figure: the number in its clause.
        about: the products that the clause speaks of.
        evidence: all that the answer may rest on.

    Returns:
        Citations; none for a number that claims nothing of a record (a budget repeated, "out of
        5"); None where no record has it.
    """
    if _OUT_OF.search(figure.before) and figure.value in (5, 10) and figure.currency is None:
        return []
    if _repeats_wish(figure, evidence):
        return []
    if figure.currency is not None:
        return _money(figure, about, evidence)
    if unit := _UNIT_AFTER.match(figure.after):
        assert unit.lastgroup is not None
        return _measured(figure, unit.lastgroup, about, evidence)
    if _OTHER_UNIT_AFTER.match(figure.after):
        return None
    if figure.is_size:
        return _sizes(figure, about, evidence)
    if _THINGS_AFTER.match(figure.after):
        return [] if figure.value == len(evidence.products) else None
    return _bare(figure, about, evidence)


def _repeats_wish(figure: Figure, evidence: Evidence) -> bool:
    """A bound of the shopper's, said as the shopper's: "within your $120"."""
    clause = figure.before + figure.after
    if not _BUDGET_NEAR.search(clause):
        return False
    for wish in evidence.need.wishes():
        money = wish.field == "price"
        if money != (figure.currency is not None) and not (money and not figure.is_size):
            continue
        said = {float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", wish.quote)}
        near = _BUDGET_NEAR.search(figure.before[-24:]) or _BUDGET_NEAR.search(figure.after[:8])
        if near and (figure.value in said or wish.value == figure.value):
            return True
    return False


def _money(figure: Figure, about: Sequence[Product], evidence: Evidence) -> list[Citation] | None:
    if figure.currency != evidence.index.currency:
        return None
    found = []
    for product in about:
        effective, listed = float(product.effective_price), float(product.price)
        was = _WAS_BEFORE.search(figure.before) and product.on_sale
        if abs(effective - figure.value) < _CLOSE:
            name = "sale_price" if product.on_sale else "price"
            found.append(cite(evidence, product, name, f"{effective}"))
        elif was and abs(listed - figure.value) < _CLOSE:
            found.append(cite(evidence, product, "price", f"{listed}"))
    if found:
        return found
    if _DIFFERENCE_NEAR.search(figure.before[-16:] + figure.after[:24]):
        return _difference(figure.value, about, evidence)
    return None


def _difference(
    value: float, about: Sequence[Product], evidence: Evidence
) -> list[Citation] | None:
    """A saving, or a difference of two prices that are both in the evidence."""
    for one in evidence.products:
        for other in evidence.products:
            gap = float(one.effective_price - other.effective_price)
            if one is not other and abs(gap - value) < _CLOSE and (one in about or other in about):
                return [
                    cite(evidence, p, "price", str(float(p.effective_price))) for p in (one, other)
                ]
        saved = float(one.price - one.effective_price)
        if one in about and one.on_sale and abs(saved - value) < _CLOSE:
            return [cite(evidence, one, "price", str(float(one.price)))]
    return None


def _measured(
    figure: Figure, unit: str, about: Sequence[Product], evidence: Evidence
) -> list[Citation] | None:
    """A number with a unit: an attribute in that unit, the one that is named where several are."""
    scale = {"kg": 1000.0, "cm": 10.0}.get(unit, 1.0)
    suffix = {"kg": "g", "cm": "mm"}.get(unit, unit)
    found = []
    for product in about:
        names = [n for n in product.attributes if n.endswith((f"_{suffix}", f"_{unit}"))]
        named = [n for n in names if _label_near(n, figure, evidence)]
        for name in named or names:
            number = field_number(product, name)
            factor = 1.0 if name.endswith(f"_{unit}") else scale
            if number is not None and abs(number - figure.value * factor) < _CLOSE:
                found.append(cite(evidence, product, name, f"{number:g}"))
                break
        else:
            return None
    return found or None


def _label_near(name: str, figure: Figure, evidence: Evidence) -> bool:
    clause = (figure.before[-30:] + figure.after[:30]).lower()
    labels = [evidence.index.vocabulary.label(name, language) for language in ("en", "zh")]
    return any(label.lower() in clause for label in labels)


def _sizes(figure: Figure, about: Sequence[Product], evidence: Evidence) -> list[Citation] | None:
    size = f"{figure.value:g}"
    if not about or not all(size in evidence.sizes(p) for p in about):
        return None
    return [cite(evidence, p, "size", size) for p in about]


def _bare(figure: Figure, about: Sequence[Product], evidence: Evidence) -> list[Citation] | None:
    """A number with nothing beside it that says what it is: rating, count, or labelled field."""
    near = figure.before[-24:] + figure.after[:16]
    for product in about:
        if _COUNT_AFTER.match(figure.after) and product.rating_count == figure.value:
            return [cite(evidence, product, "rating_count", f"{figure.value:g}")]
        if _RATING_NEAR.search(near):
            if product.rating is not None and abs(product.rating - figure.value) < _CLOSE:
                return [cite(evidence, product, "rating", f"{product.rating:g}")]
            if product.rating_count == figure.value:
                return [cite(evidence, product, "rating_count", f"{figure.value:g}")]
            continue
        for name in product.attributes:
            number = field_number(product, name)
            if number is None or abs(number - figure.value) > _CLOSE:
                continue
            if _label_near(name, figure, evidence):
                return [cite(evidence, product, name, f"{number:g}")]
        if re.search(r"cost|price|at\s*$|售价|价格|只要", figure.before[-16:], re.IGNORECASE):
            effective = float(product.effective_price)
            if abs(effective - figure.value) < _CLOSE:
                return [cite(evidence, product, "price", f"{effective}")]
        if f"{figure.value:g}" in evidence.sizes(product) and _SIZE_LIST.search(figure.before):
            return [cite(evidence, product, "size", f"{figure.value:g}")]
    return None


# "sizes 40, 41 and 42": the word stands before the first of them.
_SIZE_LIST = re.compile(r"\bsizes?\b[\d\s,.and]*$|尺码[\d\s、,和]*$", re.IGNORECASE)


def cite(evidence: Evidence, product: Product, name: str, value: str) -> Citation:
    """A citation of a field of a product's record."""
    marker = evidence.marker(product).strip("[]")
    return Citation(marker=marker, source=f"product:{product.id}#{name}", value=value)
