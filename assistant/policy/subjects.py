"""Which of the notions that a text speaks of are what its question is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.policy.facts_asked import Kind, kind_spans, kinds_asked
from assistant.policy.words import Spans, Words, words_of
from assistant.reply import Language
from retrieval.policies.notions import COUNTRY, PAYMENT, Mention, cities_in, mentions_in

WHO = frozenset({"student", "nhs", "senior", "teacher", "military", "staff_price"})
"""Who is asking: that matters to a discount, and to nothing else."""
CIRCUMSTANCES = frozenset(
    "worn washed opened damaged faulty gift box tags receipt wear accident once weekend weekday "
    "holiday birthday elsewhere account card_generic email social other_size other_product app "
    "hotel institution identity purchase orders delivery store address".split(" ")
)
"""How goods are, whose they are, when and where: told beside what a question is about."""
# Named inside a longer name, these are not spoken of: the card of a gift card.
_PARTS = frozenset({"card_generic", "gift", "discount", "sale", "charge", "box", "orders", "email"})
# States of goods, each of which may have come about once.
_STATES = frozenset({"worn", "washed", "opened", "damaged", "faulty"})
_HARMS = frozenset({"damaged", "faulty", "accident"})
# What somebody keeps may be a parcel; these say that it is data.
_OF_DATA = frozenset({"privacy", "cctv", "call_recording", "chat_kept", "erase_data", "see_data"})
# Topics that any question may touch beside its own.
_PALE_TOPICS = ("orders", "purchase")


@dataclass(frozen=True)
class Subjects:
    """What a part of a message speaks of.

    Attributes:
        topics: notions that a clause's heading may tell.
        things: notions that a clause must name.
        asides: notions said beside it.
        kinds: the kinds of facts that it asks for.
        words: its words beyond these.
        cities: the countries of the cities that it names.
    """

    topics: frozenset[str]
    things: frozenset[str]
    asides: frozenset[str]
    kinds: frozenset[Kind]
    words: Words
    cities: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """Topics and things."""
        return self.topics | self.things

    @property
    def empty(self) -> bool:
        """Whether it names nothing that a clause could be held against."""
        return not self.names and not self.words.named


def subjects_of(text: str, language: Language, goods: Spans) -> Subjects:
    """What a part of a message speaks of.

    Args:
        text: the shopper's.
        language: of it.
        goods: where it names products of the shop: they stand for any.
    """
    mentions = _outermost([m for m in mentions_in(text) if not _inside(m, goods)])
    by_role = {
        role: frozenset(m.notion.name for m in mentions if m.notion.role == role)
        for role in ("topic", "thing", "aside")
    }
    cities = () if "store" in by_role["topic"] else cities_in(text)
    read_of = [*mentions, *cities]
    spans = [*((m.start, m.end) for m in read_of), *goods, *kind_spans(text, language)]
    read = Subjects(
        by_role["topic"],
        by_role["thing"],
        by_role["aside"],
        kinds_asked(text, language),
        words_of(text, language, spans, mentions),
        frozenset(city.notion.name for city in cities),
    )
    return _without_echoes(_priced(read))


def _priced(read: Subjects) -> Subjects:
    """Who pays for a return asks nothing of the ways to pay; what it costs is the fact itself."""
    topics, things = read.topics, read.things
    if "postage_fee" in things and "delivery" in topics and not topics & {"refund", "return"}:
        # "What would postage to Toronto be?"
        kinds = read.kinds or frozenset({Kind.AMOUNT})
        read = replace(read, things=things - {"postage_fee"}, kinds=kinds)
        topics, things = read.topics, read.things
    if not read.kinds & {Kind.AMOUNT, Kind.PAYER} or len(read.names) < 2:
        return read
    topics -= {"payment"}
    topics -= {"charge"} if len(topics | things) > 1 else frozenset()
    things -= {"postage_fee"} if "refund" not in topics else frozenset()
    return replace(read, topics=topics, things=things)


def _without_echoes(read: Subjects) -> Subjects:
    """Without notions that only echo another one's words."""
    topics, things, kinds = set(read.topics), set(read.things), set(read.kinds)
    if "security" in things:
        things -= {"card_generic"}
        topics -= {"payment", "charge", "privacy"}
    if "store" in topics or "warranty" in topics or things & {"faulty", "try_out"}:
        # Tried on in a shop, worn for a year until they broke: no state that decides a return.
        things -= {"worn"}
    if "unused" in read.asides:
        # What nobody has opened or worn is as the rule for all goods wants it.
        things -= {"opened", "worn"}
    if not (topics | things) & _OF_DATA:
        things -= {"keep_data"}
    if "once" in things and not topics & {"exchange", "return", "change_order"}:
        things -= {"once"} if Kind.COUNT not in kinds else set()
    if "cookies" in things:
        things -= {"track"}
    if "erase_data" in things:
        things -= {"account"}
    if topics & {"charge", "refund", "payment"} or things & {"payment_failed", "currency"}:
        # The card and the account that money comes from or goes to.
        things -= {"account", "card_generic"}
    if "currency" in things:
        topics -= {"payment", "charge"}
    if any(name.startswith(PAYMENT) for name in things) or things & {"move_data", "newsletter"}:
        things -= {"social", "sale"}
    if "lost_card" in things:
        things -= {"missing_parcel", "theft"}
    if things & _STATES and Kind.COUNT not in kinds:
        # "I wore them once" counts no exchanges.
        things -= {"once"}
    if things & {"missing_parcel", "faulty"} and not topics & {"exchange", "return"}:
        things -= {"other_product"}
    if "change_order" in topics:
        things -= {"repair"}
        kinds -= {Kind.PLACE}
    if not topics & {"delivery", "change_order"}:
        # "An invoice for my company": where something is brought matters to deliveries alone.
        things -= {"hotel"}
    if "price_difference" in things:
        things -= {"other_size"}
        topics -= {"sizes"}
    if "other_size" in things:
        topics -= {"sizes"}
    if "warranty" in topics and things & _HARMS:
        things -= {"repair"}
    for pale in _PALE_TOPICS:
        if len(topics | things) > 1:
            topics.discard(pale)
    return replace(read, topics=frozenset(topics), things=frozenset(things), kinds=frozenset(kinds))


def _inside(mention: Mention, goods: Spans) -> bool:
    """Whether it is part of a product's name: of the same words, service is meant."""
    long = mention.end - mention.start
    return any(
        start <= mention.start
        and mention.end <= end
        and (end - start > long or not mention.notion.route)
        for start, end in goods
    )


def _outermost(mentions: Sequence[Mention]) -> list[Mention]:
    """Without those inside a longer one of a thing: the "card" of a gift card."""
    longer = [m for m in mentions if m.notion.role == "thing"]
    return [
        m
        for m in mentions
        if not any(
            o.start <= m.start and m.end <= o.end and o.end - o.start > m.end - m.start
            for o in longer
            if o.notion.name != m.notion.name
            and (m.notion.name in _PARTS or o.notion.name == "address")
        )
    ]


def countries(names: frozenset[str]) -> frozenset[str]:
    """Those of some notions that are countries."""
    return frozenset(name for name in names if name.startswith(COUNTRY))
