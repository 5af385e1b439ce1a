"""What a turn does: the model's action, held against what the message says and what was shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from assistant.need import Need
from assistant.policy.routing import (
    asks_beside_order,
    asks_how_to_pay,
    asks_of_service,
    asks_what_is_sold,
)
from assistant.scope import is_out_of_scope
from retrieval.fields import TEXT_FIELDS
from retrieval.index import CatalogueIndex
from retrieval.text import has_cjk, normalise, search_terms
from tools.reading.fact import ParsedQuery
from tools.reading.mood import Mood

# A shop's service, by words that mean nothing else: not "energy return" or "delivery driver".
_POLICY = re.compile(
    r"\b(?:can|could|do|does|how|may|want|like|need|wish|able|if)\b[^.?!]{0,40}?"
    r"\b(?<!energy )(?:return|refund|exchange|send\s+(?:\w+\s+)?back)\b"
    r"(?!\s+of\s+energy|\s+(?:my|the|this)\s+(?:\w+\s+)?(?:style|look|outfit|wardrobe)\b)"
    r"|\b(?:returns?|refunds?|exchanges?|shipping|delivery|warranty|payment|cancellation)\s+"
    r"(?:polic|fee|cost|charge|time|period|option|window|address|label|take|free)"
    r"|\b(?<!energy )(?:return|refund|shipping|delivery|warranty|exchange)\s*\?"
    r"|\b(?:about|offer|accept|give|any|do)\s+(?:free\s+)?(?:returns|refunds|exchanges)\b"
    r"|\b(?:do|does|can|will|is|how\s+(?:long|fast|much|soon))\b[^.?!]{0,24}\b(?:shipping|ship|deliver(?:y|ed)?)\b"
    r"(?!\s+(?:driver|rider|guy|man|person|worker|job|food|parcels|mail|packages))"
    r"|\b(?:warrant(?:y|ies)|guarantees?|money[\s-]back|free\s+shipping)\b"
    r"|\b(?:pay|payment|paying)\s+(?:with|by|via|method|option|in\s+instal|monthly|later)|\b(?:paypal|klarna|apple\s+pay|"
    r"invoice|credit\s+cards?)\b"
    r"|退(?:货|款|换|钱|掉|回)|[能可以么样何]退(?=[吗么的？?，。]|$)|包退|无理由|换货|[能可](?:以)?换(?=[吗么货码大小？?]|$)|发货|送货(?!员|上门员)"
    r"|配送(?!员)|快递(?!员|小哥|站|工)|保修|质保|三包|付款|支付|运费|邮费|包邮|发票|分期|花呗|[几多][天久](?:能|可以)?(?:到|送到)",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\b(?:my|cancel\s+(?:my|the|an))\s+(?:\w+\s+)?(?:order|parcel|package|delivery|shipment)\b"
    r"|\border\s*(?:no\b|number|id\b|#|\d{3})|\b(?:the|an)\s+order\s+(?:i|that\s+i)\b|\btrack(?:ing)?\s+(?:my|the\s+order|number|order|"
    r"parcel|package)|\bwhere(?:['’]?s|\s+is|\s+are)\s+my\b"
    r"|订单|[下拍](?:的|了)(?:那|一|这)?个?单|刚拍的|我的(?:快递|包裹)|快递单|收货地址|发货了[吗没]|(?:快递|包裹|货|单子?|东西)[^，。]{0,6}到哪"
    r"|什么时候(?:能)?(?:发货|到货)|还没(?:到货|收到|发货)|怎么还没到",
    re.IGNORECASE,
)
_GREETS = re.compile(
    r"\W*(?:hello|hi|hey|yo|good\s+(?:morning|afternoon|evening|day)|你好|您好|在吗|在不在|嗨|哈喽|早上好|下午好|晚上好)"
    r"(?:\W*(?:(?:there|all|again|everyone|everybody|folks|team|guys|mate|my\s+friend|dear|"
    r"how\s+(?:are|r)\s+(?:you|u|things|we)(?:\s+(?:doing|keeping|feeling|getting\s+on))?|how\s+do\s+you\s+do|"
    r"how(?:['’]?s|\s+is)\s+(?:it|everything|life|your\s+(?:day|morning|evening|week))(?:\s+going)?|how\s+have\s+you\s+been|"
    r"what['’]?s\s+up|(?:(?:it['’]?s\s+)?(?:nice|lovely|good|pleased)|how\s+nice)\s+to\s+(?:meet|see)\s+you|(?:is\s+)?any(?:one|body)\s+(?:there|here|home)|"
    r"are\s+you\s+(?:there|well|ok(?:ay)?|alright)|you\s+(?:there|alright|ok(?:ay)?|well)|i\s+hope\s+you(?:['’]?re|\s+are)\s+(?:well|fine|doing\s+well)|today|tonight|this\s+(?:morning|afternoon|evening)|and|so|"
    r"hello|hi|hey|good\s+(?:morning|afternoon|evening|day))\b"
    r"|你好|您好|大家好|最近|今天|过得|怎么样|好吗|还好吗|好不好|吃了吗|忙吗|有人吗|在么|呀|啊|哈|吗|亲|在吗|在不在|老板|客服|小助手|助手))*\W*",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"\b(?:hello|hi|hey|thanks?|thank\s+you|good\s+(?:morning|evening|afternoon)|how\s+are\s+you|bye)\b"
    r"|你好|您好|谢|早上好|晚上好|在吗|再见|拜拜|嗨",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"\b(?:thanks?|thank\s+you|thx|cheers|bye|goodbye)\b|谢谢|多谢|感谢|再见|拜拜", re.IGNORECASE
)
# "Compared with the X": the other one is the one at hand.
_AGAINST = re.compile(
    r"\b(?:compare[ds]?|comparison|versus|vs\.?|than|against|or)\b|[跟和与同].{1,40}比|比较|对比|比起|还是",
    re.IGNORECASE,
)
_AVAILABLE = re.compile(
    r"\b(?:in\s+stock|available|do\s+you\s+have\s+it|is\s+there)\b|有货|有没有货|现货|还有[吗么不没]",
    re.IGNORECASE,
)
_WHICH = re.compile(r"\b(?:which|what|any)\b|哪", re.IGNORECASE)
_ASKS = re.compile(
    r"^\W*(?:is|are|does|do|can|has|have|will|what|how)\b|[吗么](?:\s*[?？:：，,。]|\s*$)|多少|多重|几",
    re.IGNORECASE,
)
# Wishes on these that the catalogue cannot meet are still a reason to search and to say so.
_PRESSING = frozenset({"category", "brand", "price", "size"})
# What only a shop is asked for, and how it is asked for that.
_GOODS = frozenset({"category", "brand", "price"})
_SHOPS = re.compile(
    r"\b(?:any(?:thing)?|some(?:thing)?|which|recommend|suggest|show|sell|stock|buy|carry)\b"
    r"|哪[款双个种]|推荐|有没有|有[^，。]{0,8}吗|卖|买",
    re.IGNORECASE,
)
# Said of a person in any talk, shopping or not.
_ABOUT_PERSON = frozenset({"gender", "size"})
# How people ask for a field without naming it.
_ASKING: Mapping[str, Sequence[str]] = {
    "price": ("how much", "cost", "多少钱", "什么价"),
    "weight": ("heavy", "weigh", "how light", "多重", "重吗", "轻吗"),
    "size": ("sizes", "尺码", "码数", "几码", "多大"),
    "color": ("colors", "colours", "颜色"),
    "rating": ("rating", "reviews", "评分", "评价"),
}


class Route(StrEnum):
    """The ways that a turn can go."""

    THANKS = "thanks"
    PERSON = "person"
    POLICY = "policy"
    ORDER = "order"
    GREETING = "greeting"
    REFUSAL = "refusal"
    COMPARE = "compare"
    DETAILS = "details"
    NOT_SOLD = "not_sold"
    CLARIFY = "clarify"
    SEARCH = "search"


def choose_route(
    message: str, parsed: ParsedQuery, mood: Mood, held: Need, index: CatalogueIndex
) -> Route:
    """Which way a turn goes. The model proposes an action; what code can see overrules it.

    Args:
        message: the shopper's.
        parsed: its reading, checked.
        mood: how it sounds.
        held: what was wanted before the message.
        index: the catalogue.
    """
    wants_products = bool(
        any(fact.field not in _ABOUT_PERSON for fact in parsed.facts)
        or parsed.words
        or parsed.relaxed
        or parsed.released
        or parsed.loosened
        or parsed.undecided
        or any(u.field in _PRESSING for u in parsed.unmatched)
    )
    if parsed.wants_person or mood.angry:
        return Route.PERSON
    if is_out_of_scope(message, parsed) and not asks_how_to_pay(message):
        return Route.REFUSAL
    service = _service(message, parsed)
    if service is not None:
        return service
    pointed = bool(parsed.products)
    asks = "?" in message or "？" in message or _ASKS.search(message)
    if _THANKS.search(message) and not wants_products and not asks:
        return Route.THANKS
    chats = parsed.action == "chat" and not pointed
    chats = chats and not (wants_products and _names_goods(message, parsed))
    if _GREETS.fullmatch(message) or chats:
        return Route.GREETING if _GREETING.search(message) else Route.REFUSAL
    served = parsed.action in ("policy", "order") and not asks_what_is_sold(message)
    if served and not parsed.facts and not pointed:
        return Route(parsed.action)
    if picks_among(message, parsed, index):
        return Route.SEARCH
    if len(parsed.products) >= 2 and _sets_against(message, parsed, index):
        return Route.COMPARE
    if pointed and _asks_about_product(message, parsed, index):
        return Route.DETAILS
    if _not_sold(parsed):
        return Route.NOT_SOLD
    if not wants_products and held.empty and parsed.action != "search":
        return Route.CLARIFY
    return Route.SEARCH


def _names_goods(message: str, parsed: ParsedQuery) -> bool:
    """Whether what the model takes for talk is about goods all the same.

    A sore heel or a colour is spoken of in any talk: a question that names nothing that a shop
    sells, and asks for no product, is not on this one.
    """
    named = any(fact.field in _GOODS or fact.sort for fact in parsed.facts)
    named = named or any(u.field in _PRESSING for u in parsed.unmatched) or bool(parsed.words)
    asks = "?" in message or "？" in message or _ASKS.search(message) is not None
    return named or not asks or _SHOPS.search(message) is not None


def _service(message: str, parsed: ParsedQuery) -> Route | None:
    """A question on the shop's service, by its words: "returns" is never a kind of shoe, and small
    models take such questions for a search.
    """
    narrow = [f for f in parsed.facts if f.field not in ("category", "size", "need")]
    held = bool(narrow) and parsed.action not in ("policy", "order")
    if not held and _ORDER.search(message) and not asks_beside_order(message):
        return Route.ORDER
    if not held and _POLICY.search(message):
        return Route.POLICY
    if asks_of_service(message, wishes=bool(parsed.facts or parsed.words)):
        return Route.POLICY
    return None


def _sets_against(message: str, parsed: ParsedQuery, index: CatalogueIndex) -> bool:
    """Whether products are to be held against each other: it is said so, or two are named."""
    said = parsed.compares or parsed.action == "compare" or _AGAINST.search(message) is not None
    return said or len(index.titles.find(message)) >= 2


def picks_among(message: str, parsed: ParsedQuery, index: CatalogueIndex) -> bool:
    """Whether a message asks for the one of those shown that is most or has something."""
    if len(parsed.products) < 2 or index.titles.find(message):
        return False  # products that are named are compared
    extreme = any(fact.sort for fact in parsed.facts)
    return extreme or bool(parsed.facts and _WHICH.search(message))


def products_meant(message: str, parsed: ParsedQuery, pick: str | None) -> tuple[str, ...]:
    """The products that a message is about, the one talked of last among them where it is meant.

    Args:
        message: the shopper's.
        parsed: its reading.
        pick: id of the product that was recommended or asked about last.
    """
    if pick is None or pick in parsed.products:
        return parsed.products
    if len(parsed.products) == 1 and _AGAINST.search(message):
        return (pick, *parsed.products)
    variant = {fact.field for fact in (*parsed.facts, *parsed.asked)}
    if not parsed.products and variant and variant <= {"size", "color"}:
        return (pick,) if _AVAILABLE.search(message) else ()
    return parsed.products


def asked_fields(message: str, parsed: ParsedQuery, index: CatalogueIndex) -> tuple[str, ...]:
    """The fields that a question is about: those whose values or labels it names."""
    named = (*parsed.asked, *parsed.facts)
    fields = [f.field for f in named if f.field in index.columns.fields]
    fields += [u.field for u in parsed.unmatched if u.field in ("size", "color")]
    text = normalise(message)
    stems = set(search_terms(message))
    for name, words in (*_names_of_fields(index), *_ASKING.items()):
        for word in words:
            said = normalise(word) in text if has_cjk(word) else set(search_terms(word)) <= stems
            known = [f for f in index.columns.fields if f == name or f.startswith(f"{name}_")]
            if said and known:
                fields += [name] if name in known else known[:1]
    return tuple(dict.fromkeys(f for f in fields if f not in ("brand", "category", "in_stock")))


def _names_of_fields(index: CatalogueIndex) -> list[tuple[str, Sequence[str]]]:
    """The words for each field: the shop's labels; of an attribute without one, its own name."""
    labels = index.vocabulary.labels()
    known = {*labels, *TEXT_FIELDS, *_ASKING, *_PRESSING}
    bare = index.columns.fields - known
    own = [(name, [index.vocabulary.label(name, "en")]) for name in sorted(bare)]
    return [*labels.items(), *own]


def asked_variant(parsed: ParsedQuery) -> dict[str, str]:
    """The size and colour that a question names; a size that is nowhere made counts too."""
    stated = (*parsed.facts, *parsed.asked)
    named = {f.field: str(f.value) for f in stated if f.field in ("size", "color")}
    return named | {u.field: u.value for u in parsed.unmatched if u.field == "size"}


def _asks_about_product(message: str, parsed: ParsedQuery, index: CatalogueIndex) -> bool:
    asks = "?" in message or "？" in message or _ASKS.search(message) is not None
    if (parsed.relaxed or parsed.released or parsed.loosened) and not asks:
        return False  # "they don't have to be waterproof" takes a wish back
    if parsed.action in ("details", "compare") or _AVAILABLE.search(message):
        # "They have to be in size 44" is a wish, whatever the model takes it for.
        return asks or not parsed.facts
    # "第二双多重？": it asks about one that was shown, whatever the model takes it for.
    if parsed.asked or (not parsed.facts and asked_fields(message, parsed, index)):
        return True
    anew = any(fact.field in ("category", "price") or fact.sort for fact in parsed.facts)
    return _ASKS.search(message) is not None and not anew


def _not_sold(parsed: ParsedQuery) -> bool:
    """Whether the message asks for a kind of thing that the shop does not have."""
    asks = any(u.field == "category" for u in parsed.unmatched)
    return asks and not any(f.field == "category" for f in parsed.facts)
