"""Faults of all that a reply is beside its text: intent, language, products, tools, cost."""

from __future__ import annotations

import random
from typing import Any

from evals.grader_test.fault import Fault, Plant, Planted, changed
from evals.grader_test.transcripts import ADDRESS, Transcript
from evals.suite.conversation import Expect
from evals.suite.predicates import meets


def faults_in_state() -> list[Fault]:
    """One kind each for what a suite can expect of the state after a turn."""
    return [
        Fault("wrong intent", ("intent",), _other("intent", "intent", ("smalltalk", "order"))),
        Fault("wrong sentiment", ("sentiment",), _other("sentiment", "sentiment", ("positive",))),
        Fault("wrong urgency", ("urgency",), _other("urgency", "urgency", ("high",))),
        Fault("missed hand-off", ("handoff",), _handoff(True)),
        Fault("needless hand-off", ("handoff",), _handoff(False)),
        Fault("wrong language", ("language",), _language),
        Fault("two languages", ("language",), _mixed),
        Fault("asks back", ("asks",), _asks),
        Fault("does not ask back", ("asks",), _asks_not),
        Fault("wrong pick", ("pick",), _pick),
        Fault("pick that is not offered", ("pick", "pick_offered"), _strange_pick),
        Fault("product against a wish", ("products",), _violating),
        Fault("unknown product", ("products", "offers"), _unknown),
        Fault("false “we have nothing”", ("products",), _nothing),
        Fault("“we have” where nothing fits", ("products",), _something),
        Fault("cause not named", ("stands_in_the_way",), _unnamed),
        Fault("reply on another product", ("refers",), _referred),
        Fault("price in an offer", ("offers",), _offer("price")),
        Fault("currency in an offer", ("offers",), _offer("currency")),
        Fault("title in an offer", ("offers",), _offer("title")),
        Fault("offer left out", ("offers",), _offer("")),
        Fault("somebody else's secret in the text", ("not_said",), _told_secret),
        Fault("wrong tool arguments", ("tools",), _arguments),
        Fault("missing tool call", ("tools",), _uncalled),
        Fault("forbidden tool call", ("not_tools",), _forbidden),
        Fault("over the time budget", ("budget",), _slow),
        Fault("over the token budget", ("budget",), _costly),
        Fault("required words missing", ("said",), _unsaid),
        Fault("empty answer", ("answered",), lambda t, d: changed(t, text=" \n")),
        Fault("failed turn", ("answered",), lambda t, d: changed(t, error="timed out")),
    ]


def _expect(transcript: Transcript) -> Expect:
    return transcript.conversation.turns[-1].expect


def _other(name: str, field: str, values: tuple[str, ...]) -> Plant:
    def plant(transcript: Transcript, draw: random.Random) -> Planted | None:
        others = [value for value in values if value != getattr(transcript.last, field)]
        if getattr(_expect(transcript), name) is None or not others:
            return None
        return changed(transcript, **{field: draw.choice(others)})

    return plant


def _handoff(wanted: bool) -> Plant:
    def plant(transcript: Transcript, draw: random.Random) -> Planted | None:
        if _expect(transcript).handoff is not wanted:
            return None
        return changed(transcript, handoff=not wanted)

    return plant


def _language(transcript: Transcript, draw: random.Random) -> Planted | None:
    if not transcript.translated or _expect(transcript).language is None:
        return None
    return changed(transcript, text=transcript.translated)


def _mixed(transcript: Transcript, draw: random.Random) -> Planted | None:
    language = _expect(transcript).language
    if language is None:
        return None
    other = {
        "en": " 如果您还想知道别的，请随时告诉我，我很乐意帮忙。",
        "zh": " Please tell me whether there is anything else that you would like to know.",
    }[language]
    return changed(transcript, text=transcript.last.text + other)


def _asks(transcript: Transcript, draw: random.Random) -> Planted | None:
    if _expect(transcript).asks is not False:
        return None
    language = transcript.conversation.language
    if transcript.last.products:  # a closing question below products is a courtesy
        choices = {"en": ["under 100", "any price"], "zh": ["100以内", "价格不限"]}
        return changed(transcript, choices=choices[language])
    question = {"en": " What kind of thing are you looking for?", "zh": "您想找哪一类商品？"}
    return changed(transcript, text=transcript.last.text + question[language])


def _asks_not(transcript: Transcript, draw: random.Random) -> Planted | None:
    if not _expect(transcript).asks:
        return None
    return changed(transcript, choices=draw.choice(([], ["one"], list("abcde"))))


def _pick(transcript: Transcript, draw: random.Random) -> Planted | None:
    others = [id for id in transcript.last.products if id != transcript.last.pick]
    if _expect(transcript).pick is None:
        return None
    return changed(transcript, pick=draw.choice(others) if others else None)


def _strange_pick(transcript: Transcript, draw: random.Random) -> Planted | None:
    if transcript.last.pick is None:
        return None
    return changed(transcript, pick=_stranger(transcript, draw))


def _stranger(transcript: Transcript, draw: random.Random) -> str:
    given = set(transcript.last.products)
    return draw.choice([p.id for p in transcript.bank.products if p.id not in given])


def _violating(transcript: Transcript, draw: random.Random) -> Planted | None:
    rule = _expect(transcript).products
    if rule is None or not rule.all or not transcript.last.products:
        return None
    wrong = [p for p in transcript.bank.products if not meets(p, rule.predicates)]
    if not wrong:
        return None
    product = draw.choice(wrong)
    return _with_products(transcript, [*transcript.last.products[:-1], product.id])


def _with_products(transcript: Transcript, ids: list[str], **fields: Any) -> Planted:
    offers = [
        {
            "id": product.id,
            "title": product.title,
            "price": float(product.effective_price),
            "currency": product.currency,
        }
        for product in (transcript.bank.shop.products[id] for id in ids)
    ]
    return changed(transcript, products=ids, offers=offers, **fields)


def _unknown(transcript: Transcript, draw: random.Random) -> Planted | None:
    if not transcript.last.products:
        return None
    ids = [*transcript.last.products[:-1], "no-such-thing-7"]
    return changed(transcript, products=ids)


def _nothing(transcript: Transcript, draw: random.Random) -> Planted | None:
    rule = _expect(transcript).products
    if rule is None or not rule.some:
        return None
    text = {"en": "Sorry, we have nothing like that.", "zh": "抱歉，没有符合的商品。"}
    said = text[transcript.conversation.language]
    return changed(transcript, text=said, products=[], offers=[], pick=None, citations=[])


def _something(transcript: Transcript, draw: random.Random) -> Planted | None:
    rule = _expect(transcript).products
    if rule is None or not rule.none:
        return None
    product = draw.choice(list(transcript.bank.products))
    title = product.title_in(transcript.conversation.language)
    text = {
        "en": f"Certainly! The {title} is just right for you.",
        "zh": f"当然有！{title}正合适。",
    }[transcript.conversation.language]
    return _with_products(transcript, [product.id], text=text, citations=[])


def _unnamed(transcript: Transcript, draw: random.Random) -> Planted | None:
    if not _expect(transcript).stands_in_the_way:
        return None
    texts = {
        "en": ("Sorry, nothing fits.", "I am afraid that we cannot help here."),
        "zh": ("抱歉，没有合适的。", "很遗憾，帮不上忙，没有。"),
    }
    text = draw.choice(texts[transcript.conversation.language])
    return changed(transcript, text=text, products=[], offers=[], citations=[])


def _referred(transcript: Transcript, draw: random.Random) -> Planted | None:
    if _expect(transcript).refers is None:
        return None
    return _with_products(transcript, [_stranger(transcript, draw)])


def _offer(field: str) -> Plant:
    def plant(transcript: Transcript, draw: random.Random) -> Planted | None:
        offers = [offer.model_dump() for offer in transcript.last.offers or ()]
        if not offers:
            return None
        place = draw.randrange(len(offers))
        if not field:
            offers.pop(place)
            return changed(transcript, offers=offers)
        wrong = {
            "price": offers[place]["price"] + draw.choice((-1, 0.5, 10)),
            "currency": "SEK",
            "title": offers[place]["title"] + " II",
        }
        offers[place] = offers[place] | {field: wrong[field]}
        return changed(transcript, offers=offers)

    return plant


def _told_secret(transcript: Transcript, draw: random.Random) -> Planted | None:
    if not _expect(transcript).not_said:
        return None
    return changed(transcript, text=f"{transcript.last.text} ({ADDRESS})")


def _arguments(transcript: Transcript, draw: random.Random) -> Planted | None:
    if not _expect(transcript).tools:
        return None
    calls = [call.model_dump() for call in transcript.last.tools or ()]
    for condition in calls[-1]["arguments"]["where"]:
        if condition["field"] == "price":
            condition |= draw.choice(({"op": ">="}, {"value": condition["value"] + 50.0}))
    return changed(transcript, tools=calls)


def _uncalled(transcript: Transcript, draw: random.Random) -> Planted | None:
    if not _expect(transcript).tools:
        return None
    return changed(transcript, tools=[c.model_dump() for c in (transcript.last.tools or ())[:-1]])


def _forbidden(transcript: Transcript, draw: random.Random) -> Planted | None:
    if not _expect(transcript).not_tools:
        return None
    calls = [call.model_dump() for call in transcript.last.tools or ()]
    return changed(transcript, tools=[*calls, {"tool": "place_order", "arguments": {}}])


def _slow(transcript: Transcript, draw: random.Random) -> Planted | None:
    if _expect(transcript).budget is None:
        return None
    late = draw.choice(({"first_text_ms": 4001, "total_ms": 8000}, {"total_ms": 9001}))
    return changed(transcript, timing=late)


def _costly(transcript: Transcript, draw: random.Random) -> Planted | None:
    if _expect(transcript).budget is None:
        return None
    usage = transcript.last.usage.model_dump()
    more = draw.choice(({"calls": 4}, {"prompt_tokens": 4001}))
    return changed(transcript, usage=usage | more)


def _unsaid(transcript: Transcript, draw: random.Random) -> Planted | None:
    if not _expect(transcript).said:
        return None
    return changed(transcript, text="OK.")
