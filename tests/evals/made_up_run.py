"""A run of a system that knows what the suites expect and errs as often as it is told to."""

import random
from collections.abc import Callable, Sequence

from evals.checks.wording import Shop
from evals.measures.claimed import claims_of
from evals.measures.grade import grade
from evals.measures.graded import GradedConversation
from evals.running.observed import (
    Observed,
    SeenCitation,
    SeenOffer,
    SeenTiming,
    SeenUsage,
    SeenWish,
)
from evals.running.records import Record, digest_of
from evals.shoppers.goal import Goal, GoalWish
from evals.shoppers.shopper import Outcome
from evals.suite.conversation import AnyLabel, Conversation, Expect, Label, Shown, TurnSpec
from evals.suite.predicates import can_be_bought, meets
from retrieval.product import Product

Fault = Callable[[Observed, Sequence[Product], random.Random], Observed]


def answer(
    spec: TurnSpec, language: str, shop: Shop, *, seconds: float, shown: Sequence[str] = ()
) -> Observed:
    """What the suite wants to hear.

    Args:
        shown: ids of the products that the shopper has seen.
    """
    expect = spec.expect
    products = _referred(expect, shop, shown)
    if not products and expect.products and expect.products.some:
        products = _fitting(expect, shop)[:3]
    lead = products[0] if products else None
    return Observed(
        text=_text(products, language),
        language=language,
        intent=expect.intent[0] if expect.intent else "smalltalk",
        products=[product.id for product in products],
        pick=lead.id if lead else None,
        facts=_seen(expect.facts or ()),
        need=_seen(expect.need or ()),
        unmatched=list(expect.unmatched or ()),
        choices=["42", "43"] if expect.asks else [],
        sentiment=expect.sentiment or "neutral",
        urgency=expect.urgency or "normal",
        handoff=bool(expect.handoff),
        offers=[
            SeenOffer(id=p.id, title=p.title_in(language), price=float(p.effective_price),
                      currency=p.currency)
            for p in products
        ],
        citations=[_cited(lead)] if lead else [],
        usage=SeenUsage(calls=2, prompt_tokens=1500, cached_tokens=1200, completion_tokens=80),
        timing=SeenTiming(first_text_ms=400 * seconds, total_ms=1000 * seconds),
    )  # fmt: skip


def _cited(product: Product) -> SeenCitation:
    field = "sale_price" if product.on_sale else "price"
    value = f"{product.effective_price}"
    return SeenCitation(marker="1", source=f"product:{product.id}#{field}", value=value)


def _text(products: Sequence[Product], language: str) -> str:
    if not products:
        return "没有符合所有要求的商品。" if language == "zh" else "Nothing meets all of that."
    lead = products[0]
    title = lead.title_in(language)
    price = f"${lead.effective_price:g}"
    return (
        f"推荐{title}，售价{price}[1]。"
        if language == "zh"
        else f"I suggest {title} for {price} [1]."
    )


def _fitting(expect: Expect, shop: Shop) -> list[Product]:
    assert expect.products is not None
    found = [
        product
        for product in shop.products.values()
        if can_be_bought(product) and meets(product, expect.products.predicates)
    ]
    if expect.pick is not None and expect.pick.extreme is not None:
        field, way = expect.pick.extreme
        if field == "price":
            found.sort(key=lambda product: product.effective_price, reverse=way == "desc")
    return found


def _referred(expect: Expect, shop: Shop, shown: Sequence[str]) -> list[Product]:
    match expect.refers:
        case None:
            return []
        case Shown(shown=places) if places:
            ids = [shown[place - 1] for place in places if place <= len(shown)]
        case Shown() as where:
            ids = [id for id in shown if meets(shop.products[id], where.predicates)][:1]
        case ids:
            ids = [*ids]
    return [shop.products[id] for id in ids if id in shop.products]


def _seen(labels: Sequence[Label | AnyLabel]) -> list[SeenWish]:
    single = [label.any[0] if isinstance(label, AnyLabel) else label for label in labels]
    return [
        SeenWish(field=label.field, op=label.op, value=label.value, strength=label.strength)
        for label in single
    ]


def _dead(seen: Observed, products: Sequence[Product], rng: random.Random) -> Observed:
    return Observed(error="no answer within 30 seconds")


def _wrong_price(seen: Observed, products: Sequence[Product], rng: random.Random) -> Observed:
    product = rng.choice(products)
    text = f"{seen.text} {product.title} costs ${product.effective_price + 20:g}."
    return seen.model_copy(update={"text": text})


def _other_products(seen: Observed, products: Sequence[Product], rng: random.Random) -> Observed:
    chosen = rng.sample(list(products), 2)
    return seen.model_copy(
        update={"products": [p.id for p in chosen], "pick": chosen[0].id, "offers": None}
    )


def _drops_a_wish(seen: Observed, products: Sequence[Product], rng: random.Random) -> Observed:
    return seen.model_copy(update={"need": (seen.need or [])[1:], "facts": (seen.facts or [])[1:]})


def _other_language(seen: Observed, products: Sequence[Product], rng: random.Random) -> Observed:
    text = "Here are some shoes you may like." if seen.language == "zh" else "这几款您可能会喜欢。"
    return seen.model_copy(update={"text": text, "citations": []})


FAULTS: tuple[Fault, ...] = (
    _dead, _wrong_price, _other_products, _drops_a_wish, _other_language,
)  # fmt: skip
GOALS = [
    Conversation(
        id=f"goal-{language}-{number}",
        language=language,
        goal=Goal(opening=opening, wishes=(GoalWish(say=wish, means=("price<=120",)),)),
    )
    for number in range(6)
    for language, opening, wish in (
        ("en", "Hello, I need shoes.", "nothing above $120"),
        ("zh", "你好，我想买鞋。", "一百二十美元以内"),
    )
]  # type: ignore[misc]


def hold(
    conversations: Sequence[Conversation],
    shop: Shop,
    *,
    system: str,
    attempts: int,
    errs: float,
    seconds: float,
    seed: int,
) -> list[GradedConversation]:
    """Holds and grades conversations, of a goal with two messages each.

    Args:
        errs: how likely a turn has a fault.
        seconds: of a turn, about.
    """
    rng = random.Random(seed)
    products = list(shop.products.values())
    graded = []
    for conversation in conversations:
        specs = conversation.turns
        if conversation.goal is not None:
            wish = conversation.goal.wishes[0].say
            expect = Expect.model_validate({"products": {"all": ["price<=120"], "some": True}})
            specs = tuple(
                TurnSpec(say=say, expect=expect) for say in (conversation.goal.opening, wish)
            )
        for attempt in range(1, attempts + 1):
            turns: list[Observed] = []
            shown: Sequence[str] = ()
            for spec in specs:
                took = seconds * rng.lognormvariate(0, 0.3)
                seen = answer(spec, conversation.language, shop, seconds=took, shown=shown)
                if rng.random() < errs:
                    seen = rng.choice(FAULTS)(seen, products, rng)
                turns.append(seen)
                # As the grader counts places: a question about the list leaves it as it was.
                if seen.products and not isinstance(spec.expect.refers, Shown):
                    shown = seen.products
            record = Record(
                system=system,
                conversation=conversation.id,
                digest=digest_of(conversation),
                attempt=attempt,
                said=[spec.say for spec in specs],
                turns=turns,
                outcome=_outcome(conversation, turns, rng, errs),
            )
            graded.append(grade(record, conversation, shop, claims_of))
    return graded


def _outcome(
    conversation: Conversation, turns: Sequence[Observed], rng: random.Random, errs: float
) -> Outcome | None:
    if conversation.goal is None:
        return None
    success = rng.random() >= errs
    return Outcome(
        accepted=turns[-1].pick,
        success=success,
        turns=len(turns),
        questions=rng.randint(0, 1),
        violated=[] if success else [conversation.goal.wishes[0].say],
    )
