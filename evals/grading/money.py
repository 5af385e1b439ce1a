"""Sums of money of a sentence, held against the prices of the records."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from evals.grading.claim import Claim
from evals.grading.phrases import phrases
from evals.grading.subjects import Speech, Subject
from evals.grading.verdicts import (
    NUMBER,
    Verdict,
    bound_at,
    claims_from,
    each,
    near,
    numbers,
    prices,
    prices_of,
    same,
    stands_in,
)
from retrieval.product import Product

_CODES = {
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "bucks": "USD",
    "美元": "USD", "美金": "USD", "美刀": "USD", "刀": "USD",
    "¥": "CNY", "￥": "CNY", "元": "CNY", "块": "CNY", "块钱": "CNY", "rmb": "CNY", "cny": "CNY",
    "yuan": "CNY", "人民币": "CNY", "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "欧元": "EUR", "£": "GBP", "gbp": "GBP", "pounds": "GBP", "英镑": "GBP", "日元": "JPY",
    "jpy": "JPY", "yen": "JPY", "hkd": "HKD", "港币": "HKD", "inr": "INR", "₹": "INR",
}  # fmt: skip
MONEY = re.compile(
    rf"(?P<sign>us\$|[$¥￥€£₹]|(?:usd|rmb|cny|eur|gbp|inr)\s)\s?(?P<a>{NUMBER})"
    rf"|(?<![\d.])(?P<b>{NUMBER})\s?(?P<unit>美元|美金|美刀|人民币|欧元|英镑|日元|港币|块钱|元|块|刀"
    r"|[€£]|(?:us )?dollars?\b|usd\b|bucks\b|rmb\b|cny\b|yuan\b|eur\b|euros?\b|gbp\b)"
)
_DENIED_WITHIN = 20  # characters
_RATE = re.compile(
    rf"(?:1\s?(?:us )?(?:dollar|usd|美元|\$)|\$\s?1(?![\d.]))\s*"
    r"(?:=|≈|:|is|to|equals|等于|约|兑|合|换)"
    rf"\s*(?:about|约)?\s*[¥￥€£]?\s?(?P<a>{NUMBER})|(?:\brate\b|汇率)[^\d]{{0,16}}(?P<b>{NUMBER})"
)


@dataclass(frozen=True)
class Money:
    """Checks of the sums of one reply.

    Attributes:
        get: the product of an id.
        said: the shopper's own words, in lower case.
        rate: a rate of exchange that the reply states, if any.
        currency: the catalogue's.
    """

    get: Callable[[str], Product]
    said: str
    rate: float | None
    currency: str

    def bare(self, speech: Speech, taken: Sequence[tuple[int, int]]) -> Iterator[Claim]:
        """Numbers without a currency behind a word for price.

        Args:
            speech: the sentence.
            taken: places of figures that are read already.
        """
        for match in re.finditer(NUMBER, speech.small):
            free = not any(a < match.end() and match.start() < b for a, b in taken)
            before = speech.small[: match.start()].rstrip("* ")
            if free and phrases().found("price_word", before):
                amount = float(match[0].replace(",", ""))
                verdict = self._sum(amount, self.currency, match, speech)
                yield from claims_from("price", match, speech, verdict)

    def check(self, match: re.Match[str], speech: Speech) -> Verdict | None:
        """A verdict on a match of ``MONEY``; none where the sum claims nothing."""
        amount = float((match["a"] or match["b"]).replace(",", ""))
        written = (match["sign"] or match["unit"] or "").strip().removeprefix("us ")
        code = _CODES.get(written, self.currency)
        if written in {"¥", "￥"} and self.currency == "JPY":
            code = "JPY"
        return self._sum(amount, code, match, speech)

    def _sum(
        self, amount: float, code: str, match: re.Match[str], speech: Speech
    ) -> Verdict | None:
        context = speech.small
        found = phrases().found
        of_shopper = stands_in(self.said, amount)
        budget = found("budget", context) or found("about_shopper", context)
        if self.rate and _RATE.search(context) and (near(amount, self.rate) or amount == 1):
            return Verdict(True, "a rate of exchange", None)
        if self.rate and any(
            near(amount, figure * factor, 0.015)
            for figure in numbers(self.said)
            for factor in (self.rate, 1 / self.rate)
        ):
            return Verdict(True, "the shopper's sum at the rate that is stated", None)
        if code != self.currency:
            return Verdict(of_shopper, f"prices are in {self.currency}", None)
        about_none = not (speech.groups or speech.markers or found("pronoun", context))
        short = found("negation", context) or found("about_shop", context)
        if of_shopper and about_none and (short or found("limit_short", context[match.end() :])):
            return Verdict(True, "the shopper's own sum", None)
        if (compared := speech.compared(match.start())) and any(
            same(amount, price) for id in compared for price in prices_of(self.get(id))
        ):
            return Verdict(True, "the price of what it is compared with", compared[0])
        subject = self._money_subject(match, speech)
        products = [[self.get(id) for id in ids] for ids in subject.items]
        left, _ = speech.clause(match.start(), match.end())
        bound = bound_at(context, match)
        ahead = context[left : match.start()]
        # 不超过 has a denial in it and denies nothing.
        limit = found("bound_at_most", ahead) or found("bound_at_least", ahead)
        outside = ahead[: limit.start()] if limit else ahead
        denied = found("negation", outside[-_DENIED_WITHIN:]) or found("none_of", ahead)

        def within(product: Product) -> bool:
            return bound is None or bound(float(product.effective_price), amount) != bool(denied)

        told_of_shopper = found("about_shop", context) or found("about_shopper", context[left:])
        if bound and speech.groups and not told_of_shopper:
            return each(products, within, prices, subject.every)
        if of_shopper and budget:
            return Verdict(True, "the shopper's own sum", None)
        if not products and found("about_shop", context):
            return None
        if not products:
            return Verdict(of_shopper, "no product is named with it", None)
        if bound:
            return each(products, within, prices, subject.every)
        several = subject.every and len(products) > 1 and len(MONEY.findall(context)) < 2
        verdict = each(
            products,
            lambda p: any(same(amount, price) for price in prices_of(p)),
            prices,
            several,
        )
        if not verdict.supported and found("difference", context):
            around = {id for ids in (*speech.everything, *speech.before.all) for id in ids}
            # "Whether an extra $20 is worth it" is of two prices, and of no budget.
            unconditional = phrases().patterns["on_condition"].sub(" ", context)
            of_budget = found("budget", context) or found("about_shopper", unconditional)
            listed = [p for ids in products for p in ids] + [self.get(id) for id in around]
            sums = {price for p in listed for price in prices_of(p)} | set(
                numbers(self.said) if of_budget else ()
            )
            if any(same(amount, abs(a - b)) for a in sums for b in sums):
                return Verdict(True, "a difference of two prices", verdict.product_id)
        return verdict

    def _money_subject(self, match: re.Match[str], speech: Speech) -> Subject:
        subject = speech.owner(match.start(), match.end())
        if re.search(r"\bfrom\b.*\b(to|up to)\b|从.*到|[-–~至]\s*$", speech.small):
            return Subject(subject.items, every=False)
        return subject if subject.items else Subject(speech.before.all, every=False)


def stated_rate(text: str) -> float | None:
    """The rate of exchange that a reply states, if any."""
    match = _RATE.search(text.lower())
    return float((match["a"] or match["b"]).replace(",", "")) if match else None
