"""Whether a message is on the shop's service, by what it speaks of and how it asks."""

from __future__ import annotations

import re

from assistant.language import language_of
from assistant.policy.parts import asking_parts
from retrieval.policies.notions import PAYMENT, mentions_in, names_in

# What is asked of a shop beside goods that are named: "is there a warranty on the Ghost?".
_OF_GOODS = frozenset(
    "return exchange refund warranty delivery payment customs invoice gift_card voucher pickup "
    "price_match installments track store cancel gift_wrap repair recycle missing_parcel "
    "student identity home_pickup assembly carry_in sell_data keep_data erase_data phone "
    "postage_fee wrong_item missing_item measure between "
    "neighbour carry_in locker reschedule proxy split_order samples trade_in loan rental events "
    "parking access pets play_area gift_message price_shown invoice tax_refund alterations teach "
    "servicing move_data supplier sourcing storage battery_swap payment_failed people".split(" ")
)
# "Do you sell laptops?" asks for goods, whatever they are; "do you sell gift cards?" for a service.
_SELLS = re.compile(
    r"\b(?:do|does|can)\s+(?:you|u|this\s+shop)\s+(?:sell|stock|carry)\b|[卖有]卖|你们(?:家|店)?卖",
    re.IGNORECASE,
)
_SERVICE_GOODS = re.compile(r"gift|voucher|online|abroad|礼品卡|礼券|线上|网上", re.IGNORECASE)
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
# Services that are spoken of with orders: their own words settle whose they are.
_OF_ORDERS = frozenset({"refund", "return", "exchange", "cancel", "track"})
# Whoever asks for goods, asks for goods: "do you have boots that ship free?".
_SHOPS = re.compile(
    r"\b(?:recommend|suggest|show\s+me|looking\s+for|searching\s+for|find\s+me|in\s+stock|"
    r"(?:do|have)\s+you\s+(?:have|got|sell|carry|stock)|which\s+(?:one|shoes?|boots?|pair|of)|"
    r"what\s+(?:shoes?|boots?|do\s+you\s+have)|any\s+(?:other|shoes?|boots?|sneakers?)|something|"
    r"i\s+(?:need|want)\s+(?:a|some|new|good|shoes|boots)|best|better|cheapest)\b"
    r"|推荐|哪[款双个种一](?!尺?码|号)|穿(?:什么|哪|啥)|什么(?:样的)?(?:鞋|靴)|有什么|有没有[^，。]{0,8}(?:鞋|靴)|想买|想要一?双|换一?[双件台款条部]新|找一?双|来一?双|卖|适合|最好的",
    re.IGNORECASE,
)

# What says that a shopper speaks of things of their own, or has something done.
_OWN = re.compile(
    r"\b(?:my|mine|our|this|that|these|those|it|them|they|the\s+(?:order|parcel|package|shoes?|pair))\b"
    r"|\b(?:i|we)(?:['’]ve|\s+have)?\s+(?:just\s+|already\s+|recently\s+)?"
    r"(?:bought|ordered|purchased|received|got|placed|paid)\b"
    r"|\b(?:please|(?:can|could|would|will)\s+you|wrong)\b|\d{4,}"
    r"|我的|我[^，。？]{0,4}(?:买|订|拍|下|收到)|[这那][双个件单台条款批]|刚[才刚]?(?:买|拍|下|订)|上[周次个]"
    r"|昨[天日]|前天|[帮给替]我|[填写选弄买拍]错|麻烦|(?<!申)请(?!问)",
    re.IGNORECASE,
)
# "It" that stands for nothing.
_EMPTY_IT = re.compile(
    r"\b(?:is|was)\s+it\s+(?:still\s+)?(?:possible|ok|okay|allowed|free)\b"
    r"|\b(?:does|will|would)\s+it\s+(?:take|cost)\b",
    re.IGNORECASE,
)
_BEGINS = r"^\W*(?:(?:hi|hello|hey|so|and|also|ok)\b\W*)*"
# What a shop is asked whether it does.
_OF_SHOP = re.compile(
    rf"{_BEGINS}(?:(?:are(?!\s+(?:you|i|we)\b)|do|can|could|will|does|is|may)\s+"
    r"(?:you|your|there|i|we|the\s+(?:shop|store))|(?:any|is)\s+chance)\b"
    r"|^(?:请问)?(?:你们|您|店里|贵店|可以|能|有没有|有|支持|提供|是否|会)[^，。]*[吗么嘛没？?]",
    re.IGNORECASE,
)

# "Can I see the boots?" asks for more than a yes.
_YES_OR_NO = re.compile(
    rf"{_BEGINS}(?:are|is|do|does|did|have|has|were|was)(?:n['’]?t)?\b"
    r"|^(?!.*(?:能|可以|介绍|看看)).*(?:[吗么][?？]?\s*$|是不是|会不会)",
    re.IGNORECASE,
)


def asks_for_rule(message: str) -> bool:
    """Whether a message asks in general, of no order or thing of the shopper's own.

    "Can I cancel an order?" does; "can you cancel it?" and "where is my parcel?" do not.

    Args:
        message: the shopper's.
    """
    if _OWN.search(_EMPTY_IT.sub(" ", message)):
        return False
    return bool(asking_parts(message, language_of(message)))


def asks_the_shop(message: str) -> bool:
    """Whether a message asks what the shop does, and not for goods: "do you repair umbrellas?".

    Args:
        message: the shopper's.
    """
    return _OF_SHOP.search(message) is not None and not asks_for_goods(message)


def asks_yes_or_no(message: str) -> bool:
    """Whether a message asks for a yes or a no, and not for goods: "are the shoes vegan?".

    Args:
        message: the shopper's.
    """
    return _YES_OR_NO.search(message) is not None and not asks_for_goods(message)


def asks_for_goods(message: str) -> bool:
    """Whether a message asks for goods by its words: "what would you recommend?".

    Args:
        message: the shopper's.
    """
    return _SHOPS.search(message) is not None


def asks_beside_order(message: str) -> bool:
    """Whether a message that names an order asks for a service of its own kind: a pickup.

    Args:
        message: the shopper's.
    """
    always = {m.notion.name for m in mentions_in(message) if m.notion.route == "always"}
    asks = asking_parts(message, language_of(message))
    return bool(always - _OF_ORDERS) and bool(asks)


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


def asks_what_is_sold(message: str) -> bool:
    """Whether a message asks if the shop sells something: goods are no matter of its rules.

    Args:
        message: the shopper's.
    """
    return _SELLS.search(message) is not None and _SERVICE_GOODS.search(message) is None
