"""Which of an account's ways of paying a message names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.text import normalise
from tools.orders.order import Order, PaymentKind, PaymentMethod

_KINDS: dict[PaymentKind, re.Pattern[str]] = {
    PaymentKind.GIFT_CARD: re.compile(
        r"gift[ -]?card|voucher|store credit|礼品卡|礼物卡|购物卡|礼券"
    ),
    PaymentKind.CARD: re.compile(
        r"(?:credit|debit|bank)[ -]?card|\bvisa\b|\bmaster ?card\b|\bamex\b|american express"
        r"|union ?pay|信用卡|银行卡|储蓄卡|银联|万事达"
    ),
    PaymentKind.WALLET: re.compile(
        r"pay ?pal|alipay|we ?chat(?: pay)?|apple pay|google pay|支付宝|微信|贝宝"
    ),
}
_CARDS = {
    "visa": r"\bvisa",
    "mastercard": r"master ?card|万事达",
    "amex": r"\bamex|american express|运通",
    "unionpay": r"union ?pay|银联",
}
_WALLETS = {
    "paypal": r"pay ?pal|贝宝",
    "alipay": r"alipay|支付宝",
    "wechat": r"we ?chat|微信",
    "wechatpay": r"we ?chat|微信",
    "applepay": r"apple pay",
    "googlepay": r"google pay",
}
_ORIGINAL = re.compile(
    r"\boriginal\b|\bsame (?:card|payment|method|way)"
    r"|\bthe (?:card|way|method) (?:i|that i) (?:used|paid)"
    r"|原(?:来|支付|付款|路|卡|账户|渠道)|(?:付款|支付)的那"
)
_OTHER = re.compile(
    r"\b(?:other|another|different) (?:card|payment|method|one)|(?:另|别的)[^，。]{0,3}(?:卡|方式)"
)


def methods_named(
    message: str, methods: Sequence[PaymentMethod], order: Order | None
) -> list[PaymentMethod]:
    """The ways of paying that a message may mean; one of them is meant, several need a question.

    Args:
        message: in simplified characters.
        methods: those of the account.
        order: the one that is talked of, for "the original one".
    """
    text = normalise(message)
    used = [payment.method_id for payment in order.payments[:1]] if order else []
    digits = set(re.findall(r"(?<!\d)\d{4}(?!\d)", text))
    by_digits = [m for m in methods if m.last_four and m.last_four in digits]
    if by_digits:
        return by_digits
    if _ORIGINAL.search(text):
        return [m for m in methods if m.id in used]
    named = [kind for kind, pattern in _KINDS.items() if pattern.search(text)]
    found = [m for m in methods if m.kind in named and _brand_fits(m, text)]
    if not found and _OTHER.search(text):
        return [m for m in methods if m.id not in used]
    return found


def names_method(message: str) -> bool:
    """Whether a message names any way of paying."""
    text = normalise(message)
    return any(pattern.search(text) for pattern in _KINDS.values()) or bool(_ORIGINAL.search(text))


def _brand_fits(method: PaymentMethod, text: str) -> bool:
    """Whether nothing in the text speaks for another brand: "my Visa" is no MasterCard."""
    brand = re.sub(r"[^a-z]", "", method.brand.casefold())
    if method.kind is PaymentKind.GIFT_CARD or not brand:
        return True
    if method.kind is PaymentKind.CARD:
        said = [name for name, pattern in _CARDS.items() if re.search(pattern, text)]
        return not said or brand in said
    said = [name for name, pattern in _WALLETS.items() if re.search(pattern, text)]
    return not said or brand in said
