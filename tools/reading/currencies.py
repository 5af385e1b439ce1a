"""Which currency a sign or a word means."""

from __future__ import annotations

import re
from collections.abc import Mapping

from babel.numbers import get_currency_name

# Signs and words by the currency they mean. "$" and "¥" belong to several: see currency_of.
_CURRENCIES: Mapping[str, str] = {
    "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "bucks": "USD", "buck": "USD",
    "美元": "USD", "美金": "USD", "美刀": "USD", "刀": "USD",
    "cny": "CNY", "rmb": "CNY", "yuan": "CNY", "renminbi": "CNY", "人民币": "CNY",
    "元人民币": "CNY", "块人民币": "CNY", "元": "CNY", "块钱": "CNY", "块": "CNY", "大洋": "CNY",
    "eur": "EUR", "€": "EUR", "euro": "EUR", "euros": "EUR", "欧元": "EUR",
    "gbp": "GBP", "£": "GBP", "pound": "GBP", "pounds": "GBP", "quid": "GBP", "英镑": "GBP",
    "镑": "GBP", "jpy": "JPY", "yen": "JPY", "日元": "JPY", "日圆": "JPY",
    "inr": "INR", "₹": "INR", "rupee": "INR", "rupees": "INR", "卢比": "INR",
    "hkd": "HKD", "hk$": "HKD", "港币": "HKD", "港元": "HKD", "港纸": "HKD",
    "cad": "CAD", "c$": "CAD", "ca$": "CAD", "canadian dollars": "CAD", "加元": "CAD",
    "加币": "CAD", "aud": "AUD", "a$": "AUD", "au$": "AUD", "australian dollars": "AUD",
    "澳元": "AUD", "澳币": "AUD", "sgd": "SGD", "s$": "SGD", "singapore dollars": "SGD",
    "新币": "SGD", "新加坡元": "SGD", "twd": "TWD", "nt$": "TWD", "台币": "TWD", "新台币": "TWD",
    "krw": "KRW", "₩": "KRW", "korean won": "KRW", "韩元": "KRW", "韩币": "KRW",
    "chf": "CHF", "francs": "CHF", "swiss francs": "CHF", "瑞郎": "CHF",
    "thb": "THB", "baht": "THB", "泰铢": "THB", "rub": "RUB", "₽": "RUB", "rubles": "RUB",
    "卢布": "RUB", "mxn": "MXN", "pesos": "MXN", "比索": "MXN",
}  # fmt: skip
_DOLLARS = frozenset({"USD", "CAD", "AUD", "HKD", "SGD", "NZD", "TWD", "MXN"})


def any_word(words: Mapping[str, object]) -> str:
    """A pattern for any of the words, longest first; letters end where the word does."""
    return "|".join(
        rf"{re.escape(w)}(?![a-z])" if w[-1].isascii() and w[-1].isalpha() else re.escape(w)
        for w in sorted(words, key=len, reverse=True)
    )


# A pattern for any sign or word of money. 大块头 is none.
SIGN = rf"(?:(?!块头)(?:{any_word(_CURRENCIES)})|\$|[¥￥])"


def read_currency(written: str | None) -> str | None:
    """An ISO 4217 code, a bare ``$`` or ``¥``, or None where nothing is written."""
    if not written:
        return None
    text = written.lower()
    if text in {"$", "¥"}:
        return text
    return "¥" if text == "￥" else _CURRENCIES[text]


def currency_of(written: str | None, catalogue: str) -> str:
    """Which currency was meant, seen from a catalogue that has one.

    A bare number is in the catalogue's; ``$`` and ``¥`` are the catalogue's where that is one of
    those they stand for, otherwise US dollars and yuan.
    """
    if written is None:
        return catalogue
    if written == "$":
        return catalogue if catalogue in _DOLLARS else "USD"
    if written == "¥":
        return catalogue if catalogue in {"CNY", "JPY"} else "CNY"
    return written


def currency_name(code: str, language: str) -> str:
    """What sums of a currency are called in ``en`` or ``zh``: "US dollars"."""
    locale = "zh_Hans" if language == "zh" else "en"
    return str(get_currency_name(code, count=2, locale=locale))
