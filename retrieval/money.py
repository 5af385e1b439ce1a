"""Prices as people write them, and as they are shown.

A text is understood whole or refused: no part of it is skipped, and where two readings are both
likely none is chosen. The rules:

* ``1,299`` is 1299 and ``1,29`` is 1.29: no currency in use writes three decimals after a comma.
* ``1.299`` alone is refused: an American feed means 1.299, a German one 1299. With a currency
  whose countries group by points (``1.299 €``) it is 1299; with one of three decimals (KWD) 1.299.
* ``$`` is the catalogue's dollar, or else the US dollar. ``¥`` is CNY or JPY only where the
  catalogue says which; ``Rs`` and ``kr`` likewise.
* A range, a sign, a percentage, an exponent or any other word is refused.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import get_currency_precision, get_currency_symbol, list_currencies
from price_parser import Price as ParsedPrice

MAX_DECIMALS = 4
_MAX_TEXT = 80
_MAX_WHOLE_DIGITS = 10

_DOLLARS = frozenset(
    {"USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "ARS", "CLP", "COP", "UYU"}
)
_RUPEES = frozenset({"INR", "PKR", "LKR", "NPR", "MUR", "SCR"})
_CROWNS = frozenset({"SEK", "NOK", "DKK", "ISK"})
_YEN_OR_YUAN = frozenset({"CNY", "JPY"})
_YUAN = frozenset({"CNY", "HKD", "TWD"})

# Signs that babel's English and Chinese data do not list, or give to one country only.
_WORDS: dict[str, frozenset[str]] = {
    "$": _DOLLARS,
    "dollar": _DOLLARS,
    "dollars": _DOLLARS,
    "¥": _YEN_OR_YUAN,
    "rs": _RUPEES,
    "rs.": _RUPEES,
    "rupees": _RUPEES,
    "卢比": _RUPEES,
    "kr": _CROWNS,
    "kr.": _CROWNS,
    "元": _YUAN,
    "圆": _YUAN,
    "us$": frozenset({"USD"}),
    "c$": frozenset({"CAD"}),
    "s$": frozenset({"SGD"}),
    "cn¥": frozenset({"CNY"}),
    "rmb": frozenset({"CNY"}),
    "cny": frozenset({"CNY"}),
    "yuan": frozenset({"CNY"}),
    "人民币": frozenset({"CNY"}),
    "jp¥": frozenset({"JPY"}),
    "yen": frozenset({"JPY"}),
    "円": frozenset({"JPY"}),
    "日元": frozenset({"JPY"}),
    "euro": frozenset({"EUR"}),
    "euros": frozenset({"EUR"}),
    "欧元": frozenset({"EUR"}),
    "美元": frozenset({"USD"}),
    "美金": frozenset({"USD"}),
    "英镑": frozenset({"GBP"}),
    "港元": frozenset({"HKD"}),
    "港币": frozenset({"HKD"}),
    "新台币": frozenset({"TWD"}),
    "台币": frozenset({"TWD"}),
    "韩元": frozenset({"KRW"}),
    "r$": frozenset({"BRL"}),
    "zł": frozenset({"PLN"}),
    "₽": frozenset({"RUB"}),
    "₺": frozenset({"TRY"}),
    "฿": frozenset({"THB"}),
}
# What a sign means where the catalogue's own currency is none of its meanings.
_USUAL = {_DOLLARS: "USD", _YUAN: "CNY"}
# CLDR: the main locales of these group thousands by points.
_GROUPED_BY_POINT = frozenset(
    {"EUR", "BRL", "DKK", "ISK", "TRY", "IDR", "VND", "ARS", "CLP", "COP", "UYU", "RON", "RSD"}
)

_LABEL = re.compile(r"^(?:m\.?r\.?p\.?|price|价格|售价|现价|原价)\s*:?\s*", re.IGNORECASE)
_PARTS = re.compile(
    r"^(?P<before>[^0-9]*?)(?P<number>\.?[0-9](?:[0-9.,' ]*[0-9])?)(?P<after>[^0-9]*)$"
)
_GROUPINGS = (
    # Western and Indian groups by comma, groups by point, by space, by apostrophe.
    (re.compile(r"^[1-9]\d{0,2}(?:,\d{3})+(?:\.\d{1,4})?$"), "."),
    (re.compile(r"^[1-9]\d?(?:,\d{2})+,\d{3}(?:\.\d{1,4})?$"), "."),
    (re.compile(r"^[1-9]\d{0,2}(?:\.\d{3}){2,}(?:,\d{1,4})?$"), ","),
    (re.compile(r"^[1-9]\d{0,2}\.\d{3},\d{1,4}$"), ","),
    (re.compile(r"^[1-9]\d{0,2}(?: \d{3})+(?:,\d{1,2})?$"), ","),
    (re.compile(r"^[1-9]\d{0,2}(?: \d{3})+\.\d{1,4}$"), "."),
    (re.compile(r"^[1-9]\d{0,2}(?:'\d{3})+(?:\.\d{1,4})?$"), "."),
    # No groups.
    (re.compile(r"^\d+$"), "."),
    (re.compile(r"^\d*\.(?:\d{1,2}|\d{4})$"), "."),
    (re.compile(r"^0?\.\d{3}$"), "."),
    (re.compile(r"^\d+,\d{1,2}$"), ","),
    (re.compile(r"^\d{4,}\.\d{3}$"), "."),
)
_ONE_POINT_THREE_DIGITS = re.compile(r"^[1-9]\d{0,2}\.\d{3}$")
_NOT_PRICES = frozenset(
    {"free", "n/a", "na", "none", "null", "nan", "-", "tbd", "免费", "暂无", "面议", "无"}
)


class UnreadablePrice(ValueError):
    """A text that is no price, or more than one.

    Args:
        reason: why, as the end of the sentence "the price was refused: …".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Price:
    """An amount of money.

    Attributes:
        amount: zero or more, finite, at most four decimals.
        currency: the ISO 4217 code that the text names; None where it names none.
    """

    amount: Decimal
    currency: str | None


def parse_price(text: str, *, currency: str | None = None) -> Price:
    """Reads one price.

    Args:
        text: for example ``$1,299.00``, ``₹4,99,999``, ``1.299,00 €``, ``399元``.
        currency: the catalogue's ISO 4217 code, which settles ``¥``, ``$``, ``Rs`` and ``kr``. It
            is not taken for the currency of a text that names none.

    Raises:
        UnreadablePrice: the text is empty, no price, or can be read in two ways.
    """
    text = _plain(text)
    match = _PARTS.match(_LABEL.sub("", text))
    if match is None:
        raise UnreadablePrice(f"{_cut(text)} is not one plain amount")
    stated = _named(match["before"]) + _named(match["after"])
    code = _settle(stated, currency, text)
    return Price(_amount(match["number"], code or currency), code)


def parse_currency(text: str, *, currency: str | None = None) -> str:
    """The ISO 4217 code that a code, sign or name stands for.

    Args:
        text: for example ``usd``, ``€``, ``人民币``.
        currency: the catalogue's currency, which settles signs of several currencies.

    Raises:
        UnreadablePrice: it names no currency, or one of several.
    """
    plain = _plain(text)
    code = _settle(_named(plain), currency, plain)
    if code is None:
        raise UnreadablePrice(f"{_cut(plain)} names no currency")
    return code


def exact_amount(number: float) -> Decimal:
    """A number of a JSON file as an exact amount, to four decimals.

    Raises:
        UnreadablePrice: it is negative, not finite, or beyond ten digits.
    """
    if number < 0:
        raise UnreadablePrice("it is negative")
    if number >= 10**_MAX_WHOLE_DIGITS:
        raise UnreadablePrice("it has more than ten digits")
    if math.isnan(number):
        raise UnreadablePrice("it is not a number")
    amount = Decimal(repr(number)).quantize(Decimal(1).scaleb(-MAX_DECIMALS))
    if amount == 10**_MAX_WHOLE_DIGITS:
        raise UnreadablePrice("it has more than ten digits")
    return amount.normalize() if amount % 1 else amount.quantize(Decimal(1))


def format_price(amount: Decimal | float, currency: str, language: str = "en") -> str:
    """A price as a shopper reads it: ``$112``, ``$112.50``, ``¥399``, ``₹4,999``, ``SEK 90``.

    Args:
        amount: zero or more; decimals are shown only where there are any.
        currency: ISO 4217 code.
        language: ``en`` or ``zh``; a language that is not known counts as ``en``.
    """
    value = amount if isinstance(amount, Decimal) else Decimal(repr(amount))
    value = value.quantize(Decimal(1).scaleb(-MAX_DECIMALS))
    whole = value == value.to_integral_value()
    decimals = 0
    if not whole:
        exponent = value.normalize().as_tuple().exponent
        used = -exponent if isinstance(exponent, int) else 0
        decimals = max(get_currency_precision(currency), used)
    sign = _sign(currency, language)
    gap = "\N{NO-BREAK SPACE}" if sign[-1].isalpha() else ""
    return f"{sign}{gap}{value:,.{decimals}f}"


def _plain(text: str) -> str:
    if len(text) > _MAX_TEXT:
        raise UnreadablePrice("it is too long for a price")
    # NFKC would turn the raised cents of 12⁹⁹ into 1299.
    if any(unicodedata.category(char) == "No" for char in text):
        raise UnreadablePrice("it has raised or fractional digits")
    plain = " ".join(unicodedata.normalize("NFKC", text).replace("’", "'").split())
    if not plain:
        raise UnreadablePrice("it is empty")
    if plain.casefold() in _NOT_PRICES:
        raise UnreadablePrice(f"{_cut(plain)} is not an amount")
    if re.match(r"^[^0-9]*[-−–(]\s*[^0-9]{0,4}[0-9]", plain):
        raise UnreadablePrice("it is negative or a range")
    if re.search(r"[0-9]\s*[^0-9]{0,4}\s*(?:[-−–—~〜]|to|至|到)\s*[^0-9]{0,5}[0-9]", plain):
        raise UnreadablePrice("it is a range")
    return plain


def _cut(text: str) -> str:
    return repr(text if len(text) <= 30 else text[:29] + "…")


def _named(affix: str) -> list[frozenset[str]]:
    """The meanings of each currency sign in what stands before or after the number."""
    rest = affix.strip().casefold()
    found: list[frozenset[str]] = []
    signs = _signs()
    while rest:
        sign = next((rest[:n] for n in range(min(len(rest), 8), 0, -1) if rest[:n] in signs), None)
        if sign is None:
            raise UnreadablePrice(f"{_cut(affix.strip())} is not a currency")
        after = rest[len(sign) :]
        if (
            sign[-1].isascii()
            and sign[-1].isalpha()
            and after[:1].isascii()
            and after[:1].isalpha()
        ):
            raise UnreadablePrice(f"{_cut(affix.strip())} is not a currency")
        found.append(signs[sign])
        rest = after.strip()
    return found


def _settle(stated: list[frozenset[str]], currency: str | None, text: str) -> str | None:
    if not stated:
        return None
    common = frozenset.intersection(*stated)
    if not common:
        raise UnreadablePrice(f"{_cut(text)} names two currencies")
    if len(common) == 1:
        return next(iter(common))
    if currency in common:
        return currency
    if common in _USUAL:
        return _USUAL[common]
    raise UnreadablePrice(
        f"{_cut(text)} may be {' or '.join(sorted(common))}: the currency must be stated"
    )


def _amount(number: str, currency: str | None) -> Decimal:
    separator = next((sep for form, sep in _GROUPINGS if form.match(number)), None)
    if separator is None and _ONE_POINT_THREE_DIGITS.match(number):
        if currency is not None and get_currency_precision(currency) == 3:
            separator = "."
        elif currency in _GROUPED_BY_POINT:
            separator = ","
        else:
            whole = number.replace(".", "")
            raise UnreadablePrice(f"{number!r} may be {number} or {whole}")
    if separator is None:
        raise UnreadablePrice(f"{_cut(number)} is not one plain amount")
    if len(re.sub(r"\D", "", number.rsplit(separator, 1)[0])) > _MAX_WHOLE_DIGITS:
        raise UnreadablePrice("it has more than ten digits")
    grouping = "," if separator == "." else "."
    amount = ParsedPrice.fromstring(
        number.replace(" ", ""), decimal_separator=separator, digit_group_separator=grouping
    ).amount
    if amount is None:
        raise UnreadablePrice(f"{_cut(number)} is not one plain amount")
    return Decimal(amount)


def _sign(currency: str, language: str) -> str:
    # One shop has one currency: shoppers know its dollar, and the yuan as ¥ in either language.
    own = {"USD": "$", "CNY": "¥", "JPY": "JP¥"}.get(currency)
    if own is not None:
        return own
    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    return get_currency_symbol(currency, locale)


@lru_cache(maxsize=1)
def _signs() -> dict[str, frozenset[str]]:
    signs: dict[str, frozenset[str]] = {}
    for code in sorted(list_currencies()):
        if code == "XXX":
            continue
        signs[code.casefold()] = frozenset({code})
    for code in sorted(list_currencies()):
        for language in ("en", "zh"):
            sign = get_currency_symbol(code, language).replace("\N{NO-BREAK SPACE}", " ")
            plain = " ".join(unicodedata.normalize("NFKC", sign).split()).casefold()
            if code != "XXX" and plain not in signs:
                signs[plain] = frozenset({code})
    signs.update(_WORDS)
    return signs
