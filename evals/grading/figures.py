"""Measures, ratings and counts of a sentence, held against the records."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from evals.grading.claim import Claim, Kind
from evals.grading.money import MONEY, Money
from evals.grading.phrases import phrases
from evals.grading.subjects import Speech
from evals.grading.verdicts import (
    NUMBER,
    Verdict,
    at_least,
    bound_at,
    claims_from,
    each,
    near,
    prices,
    same,
    stands_in,
    text_of,
)
from retrieval.product import Product

# The unit that a measure is compared in, and how many of it a unit is.
_UNITS: dict[str, tuple[str, float]] = {
    "g": ("g", 1), "gram": ("g", 1), "grams": ("g", 1), "克": ("g", 1), "kg": ("g", 1000),
    "kilograms": ("g", 1000), "千克": ("g", 1000), "公斤": ("g", 1000), "oz": ("g", 28.35),
    "ounces": ("g", 28.35), "盎司": ("g", 28.35), "lb": ("g", 453.6), "lbs": ("g", 453.6),
    "mm": ("mm", 1), "millimetres": ("mm", 1), "millimeters": ("mm", 1), "毫米": ("mm", 1),
    "cm": ("mm", 10), "厘米": ("mm", 10), "公分": ("mm", 10),
    "inch": ("mm", 25.4), "inches": ("mm", 25.4), "英寸": ("mm", 25.4), "寸": ("mm", 25.4),
    "ml": ("ml", 1), "毫升": ("ml", 1), "l": ("ml", 1000), "litres": ("ml", 1000),
    "liters": ("ml", 1000), "升": ("ml", 1000), "gb": ("gb", 1), "tb": ("gb", 1024),
    "mah": ("mah", 1), "毫安": ("mah", 1), "w": ("w", 1), "watts": ("w", 1), "瓦": ("w", 1),
    "hz": ("hz", 1), "mp": ("mp", 1), "hours": ("h", 1), "小时": ("h", 1), "h": ("h", 1),
}  # fmt: skip
_MEASURE = re.compile(
    rf"(?<![\d.$a-z-])(?P<n>{NUMBER})[\s-]?(?P<unit>"
    + "|".join(sorted(_UNITS, key=len, reverse=True))
    + r")(?![a-z0-9])"
)
_PERCENT = re.compile(rf"(?P<n>{NUMBER})\s?(?:%|percent)")
_OFF = re.compile(r"\boff\b|discount|sav(?:e|ing)|cheaper|reduc|折|优惠|省|降|便宜")
_RATING = re.compile(
    r"(?<![\d.$])(?<!满分)(?P<a>\d(?:\.\d+)?)\s*(?:/\s?5(?:\.0)?\b|out of (?:5|five)|[- ]?stars?\b"
    r"|★|颗?星|分(?!别|钟))"
    # Behind a star sign, and nothing of a list of other things: "★ 4.3 (312)".
    r"|[★⭐☆]\ufe0f?[\s*:：]*(?P<c>[0-5](?:\.\d)?)(?![\d%]|\.\d|,\d)"
    r"(?=[\s*]*(?:$|[/(（)）\[·•|｜,，;；。*—–-]|\.?$|out of|stars?\b|分|星))"
    r"|(?:\bstars?\s*[:：]\s*|\b(?:rat(?:ed|ings?)|scor(?:es?|ed|ing))\b[^.,;\d$\u25a1]{0,20}?"
    r"|\bg[ai]ves? (?:it|this|this one|them|(?:the )?\u25a1[\u25a1\s*]*)\s?"
    r"(?:an? )?(?:average )?(?:of )?"
    r"|\baverage(?: is|s|:)?(?: of| at)? |平均\s*|评分[^，。；\d\u25a1]{0,6}?)"
    r"(?P<b>[0-5](?:\.\d+)?)(?:\s*(?:/|out of)\s?(?:5|five)(?: stars?)?)?"
    r"(?![\d,]|\.\d|\s*(?:ratings|reviews|people|人|条|个))"
)
_BARE = re.compile(
    r"(?<![\d.$€£¥￥-])(?<!\bv)(?<!size )(?<!sizes )(?<!码)(?<!bluetooth )(?<!usb )(?<!蓝牙)"
    r"(?:(?P<a>[0-5]\.\d)(?![\d%a-z\"”″×x-]|\.\d|\s?[码号寸米升小公])"
    # Of two that are set against each other, a whole one too: "4 beats the 3.7 of the X".
    r"|(?P<b>[0-5])(?=\s(?:beats?|tops|trails|is (?:above|below|ahead of|behind))\s"
    r"(?:the |an? )?[0-5](?:\.\d)?\b(?!,))"
    r"|(?<=[a-z] the )(?P<c>[0-5])(?=\s(?:of|for)\s(?:the )?\u25a1)"
    # "4.4, and the X only 4".
    r"|(?:(?<=\u25a1只有)|(?<=\u25a1仅)|(?<=\u25a1是)|(?<=\u25a1 only )|(?<=\u25a1 just )"
    r"|(?<=\u25a1 at ))(?P<d>[0-5])(?=\s*(?:$|[，。；！、,;.)）](?!\d))))"
)
_COUNT = re.compile(
    rf"(?<![\d.$])(?P<n>{NUMBER})\s?\+?\s*(?:verified |customer |user |total )?"
    r"(?:ratings|rating\b|reviews?|customers|buyers"
    r"|shoppers|votes|people|users|人|条(?:评价|评论)|个(?:评价|评分|评论)|位(?:买家|顾客|用户)?"
    r"|次评价|条|则评价)"
    r"|\b(?:number of (?:ratings|reviews)|rating count|review count"
    r"|reviews?\s*[:：]|ratings\s*[:：])"
    rf"[^\d\u25a1]{{0,8}}(?P<m>{NUMBER})(?<!\.\d)(?!\d|\.\d)"
    rf"|(?:评分人数|评价数|评论数)[^\d\u25a1]{{0,5}}(?P<k>{NUMBER})"
    # In brackets directly behind a rating: "★ 4.3 (312)", "4.3/5 (312)".
    r"|(?:(?<=[0-5]\.\d)|(?<=[★⭐☆] [0-5])|(?<=[★⭐☆][0-5])|(?<=[0-5][★⭐星分])|(?<=颗星)|(?<=/5)"
    rf"|(?<= stars)|(?<=[:：] [0-5])|(?<=[:：][0-5]))[\s*]*[(（]\s*(?P<j>{NUMBER})\s*[)）]"
)


@dataclass(frozen=True)
class Figures:
    """Checks of the figures of one sentence.

    Attributes:
        get: the product of an id.
        labels: the words for a field of the catalogue.
        said: the shopper's own words, in lower case.
        money: checks sums.
    """

    get: Callable[[str], Product]
    labels: Callable[[str], Sequence[str]]
    said: str
    money: Money

    def claims(self, speech: Speech) -> Iterator[Claim]:
        """Every figure of a sentence as a claim."""
        taken: list[tuple[int, int]] = []
        checks: tuple[tuple[Kind, re.Pattern[str], _Check], ...] = (
            ("price", MONEY, self.money.check),
            ("count", _COUNT, self._count),
            ("rating", _RATING, self._rating),
            ("number", _PERCENT, self._percent),
            ("number", _MEASURE, self._measure),
            ("rating", _BARE, self._bare_rating),
        )
        for kind, pattern, check in checks:
            for match in pattern.finditer(speech.small):
                if any(a < match.end() and match.start() < b for a, b in taken):
                    continue
                taken.append(match.span())
                yield from claims_from(kind, match, speech, check(match, speech))
        yield from self.money.bare(speech, taken)

    def _bare_rating(self, match: re.Match[str], speech: Speech) -> Verdict | None:
        """ "Ahead of the X (4.7)": a bare figure is one where the sentence speaks of ratings.

        Or the one before did, and this goes on with others: "The Y is at 4.6."
        """
        if not phrases().found("rating_word", speech.small):
            ahead = speech.small[: match.start()]
            if not speech.before.of_ratings or not phrases().found("rating_goes_on", ahead):
                return None
        return self._rating(match, speech)

    def _percent(self, match: re.Match[str], speech: Speech) -> Verdict | None:
        number = float(match["n"])
        if stands_in(self.said, number):
            return None
        off = _OFF.search(speech.small) is not None

        def holds(product: Product) -> bool:
            cut = 100 * (1 - float(product.effective_price) / max(float(product.price), 0.01))
            if off and product.on_sale and abs(cut - number) <= 1:
                return True
            return stands_in(text_of(product), number)

        return self._of(match, speech, holds, prices)

    def _measure(self, match: re.Match[str], speech: Speech) -> Verdict | None:
        number, (base, factor) = float(match["n"].replace(",", "")), _UNITS[match["unit"]]
        found = phrases().found
        if stands_in(self.said, number) and found("about_shopper", speech.small):
            return None
        bound = bound_at(speech.small, match)
        left, right = speech.clause(match.start(), match.end())
        clause = speech.small[left:right]

        around = {id for ids in (*speech.everything, *speech.before.all) for id in ids}
        others = [_in_unit(self.get(id), base) for id in around]
        compared = found("measure_difference", speech.small[match.end() : match.end() + 16])

        def holds(product: Product) -> bool:
            fields = _in_unit(product, base)
            if compared and any(
                near(abs(value - other[name]), number * factor)
                for name, value in fields.items()
                for other in others
                if name in other
            ):
                return True
            named = {n for n in fields if any(word.lower() in clause for word in self.labels(n))}
            checked = [value for name, value in fields.items() if not named or name in named]
            if bound:
                return any(bound(value, number * factor) for value in checked)
            loose = (
                0.005 if match["unit"] not in {"oz", "ounces", "盎司", "lb", "lbs", "in"} else 0.02
            )
            return any(near(value, number * factor, loose) for value in checked) or (
                re.search(rf"(?<![\d.]){number:g}[\s-]?{match['unit']}", text_of(product))
                is not None
            )

        return self._of(match, speech, holds, lambda p: _measures(p))

    def _rating(self, match: re.Match[str], speech: Speech) -> Verdict | None:
        number = float(next(figure for figure in match.groups() if figure))
        if number > 5:
            return None
        if stands_in(self.said, number) and phrases().found("about_shopper", speech.small):
            return None
        bound = bound_at(speech.small, match)

        def holds(product: Product) -> bool:
            if product.rating is None:
                return False
            if bound:
                return bound(product.rating, number)
            return (
                abs(product.rating - number) < 0.051
                if "." in match[0]
                else (same(product.rating, number))
            )

        return self._of(match, speech, holds, lambda p: f"rating {p.rating}")

    def _count(self, match: re.Match[str], speech: Speech) -> Verdict | None:
        written = match["n"] or match["m"] or match["k"] or match["j"]
        if match["j"] and (written == "5" or not phrases().found("rating_word", speech.small)):
            return None
        number = int(float(written.replace(",", "")))
        bound = bound_at(speech.small, match)
        if bound is None and "+" in match[0]:
            bound = at_least

        def holds(product: Product) -> bool:
            if product.rating_count is None:
                return False
            if bound:
                return bound(product.rating_count, number)
            return product.rating_count == number

        return self._of(match, speech, holds, lambda p: f"{p.rating_count} ratings")

    def _of(
        self,
        match: re.Match[str],
        speech: Speech,
        holds: Callable[[Product], bool],
        told: Callable[[Product], str],
    ) -> Verdict | None:
        subject = speech.owner(match.start(), match.end())
        products = [[self.get(id) for id in ids] for ids in subject.items]
        if not products:
            return Verdict(False, "no product is named with it", None)
        compared = [self.get(id) for id in speech.compared(match.start())]
        if any(map(holds, compared)):
            return Verdict(True, "of what it is compared with", compared[0].id)
        return each(products, holds, told, subject.every and len(products) == 1)


_Check = Callable[[re.Match[str], Speech], Verdict | None]


def _in_unit(product: Product, base: str) -> dict[str, float]:
    """The measures of a record that a unit can be compared with, in that unit."""
    return {
        name: float(value) * _UNITS[unit][1]
        for name, value in product.attributes.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
        for unit in [name.rpartition("_")[2]]
        if unit in _UNITS and _UNITS[unit][0] == base
    }


def _measures(product: Product) -> str:
    numbers = [
        f"{name} {value:g}"
        for name, value in product.attributes.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    return ", ".join(numbers) or "no measures"
