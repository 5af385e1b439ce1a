"""Reads what a message asks of the shopper's orders."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from retrieval.index import CatalogueIndex
from retrieval.text import simplified
from tools.orders.order import Account, Order
from tools.orders.reading.addresses import read_address, without_address
from tools.orders.reading.clauses import without_left
from tools.orders.reading.goods import Goods, without_titles
from tools.orders.reading.mending import mended
from tools.orders.reading.order_numbers import coded_number, labelled_number, own_order
from tools.orders.reading.paying import methods_named, names_method
from tools.orders.reading.request import Kind, OrderRequest
from tools.reading.word_lists import load_word_lists

_NEAR = 12  # characters
_DENIED = re.compile(
    r"(?:\b(?:don't|do\s+not|not|no|never|without|rather\s+than|instead\s+of|didn't|no\s+need\s+to)\s+"
    r"(?:want\s+(?:you\s+)?to\s+|need\s+to\s+|wish\s+to\s+)?(?:\w+\s+)?"
    r"|(?:不要?|别|不用|不想|无需|没有?要|先不|不是要?|不打算)(?:给我|帮我|再)?)$",
    re.IGNORECASE,
)
# Which comes first where a message asks for no change.
_READS = (Kind.RETURNABLE, Kind.PAID, Kind.STATUS, Kind.LIST, Kind.DETAILS)
_PLACES = (Kind.ACCOUNT_ADDRESS, Kind.ADDRESS, Kind.PAYMENT)
_ASKS = re.compile(
    r"[?？]|[吗么]\W*$|^\W*(?:can|could|may|is|am|until|how|what|by)\b", re.IGNORECASE
)
_CHANGES = re.compile(
    r"\b(?:chang|switch|updat|modif|instead|wrong|correct)|改|换|错", re.IGNORECASE
)
_EXCHANGE = re.compile(r"exchang|swap|换货|调换", re.IGNORECASE)
_UNFIT = re.compile(r"too |fit|太|偏")
_REFUND = re.compile(r"refund|退款|退钱|^money back$")


def read_request(
    message: str,
    orders: Sequence[Order],
    account: Account | None,
    index: CatalogueIndex,
    *,
    talked_of: str | None = None,
) -> OrderRequest:
    """What a message asks for, as far as its own words say.

    Args:
        message: the shopper's, cleaned.
        orders: those that the shopper may see, newest first.
        account: with the ways of paying that they may use.
        index: the catalogue, for the words of products and of their options.
        talked_of: id of the order that was talked of last, for "the original card".
    """
    text = mended(plain(message))
    quotes: dict[str, str] = {}
    kind = kind_of(text, quotes)
    places = kind not in (Kind.CANCEL, Kind.RETURN, Kind.SWAP)
    changes = kind is Kind.SWAP and not _EXCHANGE.search(text)
    address = read_address(message) if places or changes else None
    if changes and address is not None:
        kind = Kind.ADDRESS  # "change SG-1001 to 12 Oak St, Denver, CO 80202"
    meant, left = without_left(without_address(text, address))
    untitled = without_titles(meant, index)
    unknown = None
    if found := own_order(untitled, orders):
        order_id, quotes["order"] = found
    else:
        order_id, unknown = None, labelled_number(untitled) or coded_number(untitled)
    goods = Goods(index)
    within = [order for order in orders if order_id in (None, order.id)]
    lines = [line for order in within for line in order.lines]
    spared = {line.item_id for line in goods.named(left, lines)} if left else set()
    named = [line for line in goods.named(meant, lines) if line.item_id not in spared]
    words = word_lists()
    if kind is None and order_id is not None and names_method(text):
        kind = Kind.PAYMENT
    if order_id is None and orders and words["newest"].search(text):
        order_id = orders[0].id
    every = words["all_items"].search(meant)
    reason = _reason(text, quotes)
    order = _order_of(order_id or talked_of, orders)
    methods = methods_named(text, account.payment_methods if account else (), order)
    return OrderRequest(
        kind=kind,
        order_id=order_id,
        unknown_order=unknown,
        item_ids=tuple(line.item_id for line in named),
        spared=tuple(sorted(spared)),
        denied=denied_kinds(text),
        all_items=every is not None and not named,
        reason=reason,
        method_id=methods[0].id if len(methods) == 1 and names_method(text) else None,
        address=address,
        told=(message,),
        quotes=quotes,
    )


def _order_of(order_id: str | None, orders: Sequence[Order]) -> Order | None:
    return next((order for order in orders if order.id == order_id), None)


def plain(message: str) -> str:
    """The message as it is read: simplified characters and one kind of apostrophe."""
    return simplified(message).replace("’", "'").replace("‘", "'")


def concerns_orders(message: str, index: CatalogueIndex, *, live: bool) -> bool:
    """Whether a message's own words say that it is about something that was bought.

    "I want to return these" is; "can I return sale items?" asks for a rule of the shop, and "change
    the colour to black" for other products.

    Args:
        message: the shopper's.
        index: the catalogue, whose products' numbers are no orders'.
        live: whether the talk was about orders in the turn before.
    """
    text = mended(plain(message))
    words = word_lists()
    kind = kind_of(text)
    code = coded_number(without_titles(text, index))
    numbered = labelled_number(text) or code
    if kind is None:
        return code is not None or (live and numbered is not None)
    if live or numbered or words["own"].search(text):
        return True
    wants = words["wants"].search(text) is not None
    match kind:
        case Kind.ACCOUNT_ADDRESS:
            return True
        case Kind.ADDRESS | Kind.PAYMENT:
            # "Do you deliver to Oslo?" and "can I pay with PayPal?" ask for a rule of the shop.
            return _CHANGES.search(text) is not None
        case Kind.SWAP:
            return wants and _EXCHANGE.search(text) is not None
        case _:
            return wants and kind is Kind.RETURN


def says_own(message: str) -> bool:
    """Whether a message speaks of something that was bought."""
    return word_lists()["own"].search(mended(plain(message))) is not None


def kind_of(text: str, quotes: dict[str, str] | None = None) -> Kind | None:
    """What is asked for; None where no word tells.

    Args:
        text: as ``plain`` gives it.
        quotes: gets the words that tell.
    """
    matches: dict[Kind, re.Match[str]] = {}
    for kind in Kind:
        for match in _words_of(kind, text):
            if not _DENIED.search(text[: match.start()]):
                matches[kind] = match
                break
    _settle(matches, text)
    writing = sorted((match.start(), kind) for kind, match in matches.items() if kind.writes)
    found = writing[0][1] if writing else next((kind for kind in _READS if kind in matches), None)
    if found is not None and quotes is not None:
        quotes["kind"] = matches[found].group().strip()
    return found


def asks_arrival(message: str) -> bool:
    """Whether a message asks when something comes, or says by when it must.

    Args:
        message: the shopper's.
    """
    return _on_arrival(mended(plain(message)), "arrival", "deadline")


def sets_deadline(message: str) -> bool:
    """Whether a message says by when something must come: "I need them by tomorrow".

    Args:
        message: the shopper's.
    """
    return _on_arrival(mended(plain(message)), "deadline")


def _on_arrival(text: str, *lists: str) -> bool:
    words = word_lists()
    found = any(words[name].search(text) for name in lists)
    return found and not words["money"].search(text)


def _says_when(text: str, to: re.Match[str]) -> bool:
    """Whether words that may lead to an address ask for a time: "多久能送到", of no street."""
    arrives = _on_arrival(text, "arrival", "deadline")
    return arrives and not _CHANGES.search(text) and not re.search(r"\d", text[to.end() :])


def _words_of(kind: Kind, text: str) -> Iterator[re.Match[str]]:
    yield from word_lists()[kind.value].finditer(text)
    if kind is Kind.STATUS and _on_arrival(text, "arrival", "deadline"):
        yield from word_lists()["arrival"].finditer(text)
        yield from word_lists()["deadline"].finditer(text)


def denied_kinds(text: str) -> tuple[Kind, ...]:
    """The changes that a message says are not wanted: "不退了", "don't cancel it"."""
    return tuple(
        kind
        for kind in Kind
        if kind.writes
        and any(
            _DENIED.search(text[: match.start()])
            for match in word_lists()[kind.value].finditer(text)
        )
    )


def _settle(matches: dict[Kind, re.Match[str]], text: str) -> None:
    """Drops what other words of the message explain better."""
    if Kind.RETURNABLE in matches and _ASKS.search(text):
        matches.pop(Kind.RETURN, None)
        matches.pop(Kind.SWAP, None)
    if Kind.ACCOUNT_ADDRESS in matches:
        matches.pop(Kind.ADDRESS, None)
    to = matches.get(Kind.ADDRESS)
    if to is not None and _says_when(text, to):
        matches.pop(Kind.ADDRESS)
    swap = matches.get(Kind.SWAP)
    if swap is not None and names_method(text[swap.start() : swap.end() + _NEAR]):
        # "Then change it to my Visa" swaps no goods.
        matches.setdefault(Kind.PAYMENT, matches.pop(Kind.SWAP))
        swap = None
    placed = any(kind in matches for kind in _PLACES)
    if swap is not None and placed and not _EXCHANGE.search(swap.group()):
        matches.pop(Kind.SWAP)  # "change the address to …"
    swap, back = matches.get(Kind.SWAP), matches.get(Kind.RETURN)
    if swap and back and not _EXCHANGE.search(text) and _UNFIT.search(swap.group()):
        # "I want to return them, they are too small": why is said, not what for.
        matches.pop(Kind.SWAP)
    if Kind.RETURN in matches or Kind.CANCEL in matches or Kind.SWAP in matches:
        # "Refund it to my gift card" pays nothing another way.
        matches.pop(Kind.PAYMENT, None)
    if Kind.CANCEL in matches and back and _REFUND.search(back.group().strip()):
        # "Cancel it and refund me": the one brings the other.
        matches.pop(Kind.RETURN)


def _reason(text: str, quotes: dict[str, str]) -> str | None:
    words = word_lists()
    for name, reason in _REASONS.items():
        if match := words[name].search(text):
            quotes["reason"] = match.group().strip()
            return reason
    return None


_REASONS: Mapping[str, str] = {
    "ordered_by_mistake": "ordered by mistake",
    "no_longer_needed": "no longer needed",
    "other_reason": "other",
}


@cache
def word_lists() -> Mapping[str, re.Pattern[str]]:
    """The words for requests, by the names of ``Kind`` and a few others."""
    return load_word_lists("tools.orders.reading", "words.yaml")
