"""Whether a message is one for the talk about orders."""

from __future__ import annotations

import re

from assistant.ordering.questions import UNDELIVERED
from assistant.ordering.turn import OrderTurn
from tools.orders.desk import OrdersUnavailable
from tools.orders.reading.addresses import read_address
from tools.orders.reading.answers import Answer
from tools.orders.reading.reader import asks_arrival, concerns_orders, kind_of, plain, says_own

_THANKS = re.compile(r"\b(?:thanks?|thank\s+you|thx|ty|cheers)\b|谢", re.IGNORECASE)
_DIGITS = re.compile(r"\d{4,}")
_MINE = re.compile(r"\bmy\b|我的|我那", re.IGNORECASE)


async def is_about_orders(turn: OrderTurn) -> bool:
    """Whether a message's own words say that it is about something that was bought.

    Args:
        turn: whose message it is.
    """
    message = turn.asked.message
    if concerns_orders(message, turn.asked.index, live=turn.live):
        return True
    if turn.live and turn.said is not Answer.OTHER:
        return turn.expects or _THANKS.search(message) is None
    if turn.live and read_address(message) is not None:
        return True
    kind = kind_of(plain(message))
    thread = turn.asked.thread
    arrives = asks_arrival(message)
    # "Change the boots to a 44", said before anything is looked for, is of boots one has; so is
    # "my boots never came" at any time.
    begun = bool(thread.shown) or not thread.need.empty
    own = _MINE.search(message) is not None or says_own(message)
    numbered = _DIGITS.search(message) is not None
    writes = kind is not None and kind.writes
    if not numbered and ((begun and not own) or not (writes or own or arrives)):
        return False
    try:
        page = await turn.records.page()
    except OrdersUnavailable:
        # Whoever only looks for shoes need not know that the order system is away.
        return writes and own
    under_way = any(order.status in UNDELIVERED for order in page.orders)
    if arrives and under_way and (own or not begun):
        return True  # "when will it arrive?"
    said = turn.read(page.orders, None)
    return said.order_id is not None or ((writes or own) and bool(said.item_ids))
