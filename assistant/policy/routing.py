"""Whether a message is on the shop's service, by what it speaks of and how it asks."""

from __future__ import annotations

import re

from assistant.language import language_of
from assistant.policy.question import asking_parts
from retrieval.policies.notions import PAYMENT, mentions_in, names_in

# What is asked of a shop beside goods that are named: "is there a warranty on the Ghost?".
_OF_GOODS = frozenset(
    "return exchange refund warranty delivery payment customs invoice gift_card voucher pickup "
    "price_match installments track store cancel gift_wrap repair recycle missing_parcel "
    "student identity home_pickup assembly carry_in sell_data keep_data erase_data phone "
    "postage_fee wrong_item missing_item measure between".split(" ")
)
# What has gone wrong with goods that somebody has, once they ask what to do about it.
_WRONG = frozenset({"damaged", "faulty", "wrong_item", "missing_item", "missing_parcel"})
_WHAT_NOW = re.compile(
    r"\bwhat\s+(?:now|next|(?:can|do|should|must|shall|will)\s+(?:i|we|you)|happens)\b"
    r"|\bwho\s+do\s+i\b|怎么办|咋办|怎么处理|如何处理|怎么弄|管不管|负责吗",
    re.IGNORECASE,
)
_ARRIVED = re.compile(
    r"\b(?:parcel|package|box|delivery|arrived|arrives|came|received|unpacked)\b|包裹|箱|收到|到货|签收",
    re.IGNORECASE,
)
# Whoever asks for goods, asks for goods: "do you have boots that ship free?".
_SHOPS = re.compile(
    r"\b(?:recommend|suggest|show\s+me|looking\s+for|searching\s+for|find\s+me|in\s+stock|"
    r"(?:do|have)\s+you\s+(?:have|got|sell|carry|stock)|which\s+(?:one|shoes?|boots?|pair|of)|"
    r"what\s+(?:shoes?|boots?|do\s+you\s+have)|any\s+(?:other|shoes?|boots?|sneakers?)|something|"
    r"i\s+(?:need|want)\s+(?:a|some|new|good|shoes|boots)|best|better|cheapest)\b"
    r"|推荐|哪[款双个种一]|穿(?:什么|哪|啥)|什么(?:样的)?(?:鞋|靴)|有什么|有没有[^，。]{0,8}(?:鞋|靴)|想买|想要一?双|找一?双|来一?双|卖|适合|最好的",
    re.IGNORECASE,
)


def asks_of_service(message: str, *, wishes: bool) -> bool:
    """Whether a message asks the shop about its service.

    Args:
        message: the shopper's.
        wishes: whether it was read as wishing for something: then only what is asked of goods too
            makes it one on service, and only where it does not ask for goods.
    """
    if wishes and _SHOPS.search(message):
        return False
    routes = {mention.notion.name: mention.notion.route for mention in mentions_in(message)}
    if not wishes and "always" in routes.values():
        return True
    if routes.keys() & _WRONG and _WHAT_NOW.search(message):
        return True
    if routes.keys() & _WRONG and _ARRIVED.search(message) and not _SHOPS.search(message):
        return bool(asking_parts(message, language_of(message)))
    asked = {
        mention.notion.name
        for part in asking_parts(message, language_of(message))
        for mention in mentions_in(part)
        if mention.notion.route
    }
    # What was said before may say what is asked about: "It never came. What now?".
    if asking_parts(message, language_of(message)) and not asked:
        asked = {name for name, route in routes.items() if route}
        return bool(asked) and not wishes
    return bool(asked & _OF_GOODS if wishes else asked)


def asks_how_to_pay(message: str) -> bool:
    """Whether a message asks to pay in some way: "do you take bitcoin?" is no talk of finance."""
    names = names_in(message)
    return "payment" in names and any(name.startswith(PAYMENT) for name in names)
