"""A kept conversation as a line of a suite, without who spoke and when.

Of the shopper only what was known beforehand goes along, for a replay to begin from the same
place, and of that nothing about the body or what ails, unless the conversation itself speaks of
it. Behaviour stays behind: who looked at what, and in which order, can tell who somebody is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from assistant.language import language_of
from assistant.profile.dialogue.ailing import AILS, PAINS
from assistant.profile.dialogue.lasting_words import says
from assistant.profile.facts import ProfileFact
from evals.recording.scrubber import Scrubber
from evals.recording.threads import KeptThread, KeptTurn
from evals.running.observed import Observed, SeenTiming, SeenWish
from evals.running.systems import observe
from evals.suite.conversation import Conversation
from retrieval.advice import AdviceBook
from retrieval.text import count_cjk, tokens

# What a shop's guests say of themselves freely; other fields may be of the body.
_HARMLESS = frozenset("brand color size gender category price use material style rating".split())
_LABEL_OPS = frozenset(("=", "!=", "<", "<=", ">", ">=", "asc", "desc"))
TAG, BEHAVED = "recorded", "with-behaviour"


def suite_line(
    thread: KeptThread,
    *,
    id: str,
    scrubber: Scrubber,
    advice: AdviceBook | None,
    rates: Mapping[str, Decimal],
    expects: bool = False,
    known: bool = True,
) -> Conversation:
    """The line of a conversation.

    Args:
        thread: as the database has it.
        id: a new one, from which nobody gets back to the thread's.
        scrubber: of this conversation alone.
        advice: the shop's; None where the catalogue is gone: then nothing is known to be harmless
            but the plainest fields.
        rates: of exchange, at which a replay is to read other currencies.
        expects: whether what was answered is expected too: intent, wishes held and pick. Nobody
            has said that it was right.
        known: whether what was known of the shopper goes along; without it the line is of a
            stranger.
    """
    facts = [fact for fact in thread.facts if known and _may_go_along(fact, thread, advice)]
    scrubber.learn(
        text
        for text in (
            *(text for turn in thread.turns for text in (turn.message, turn.reply.text)),
            *(turn.feedback.reason or "" for turn in thread.turns if turn.feedback),
            *(fact.quote for fact in facts),
        )
    )
    languages = Counter(turn.reply.language for turn in thread.turns)
    return Conversation.model_validate(
        {
            "id": id,
            "language": languages.most_common(1)[0][0],
            "catalog": thread.catalog,
            "rates": {code: str(rate) for code, rate in sorted(rates.items())},
            "tags": [TAG, *([BEHAVED] if thread.behaved else []), *_thumbs(thread)],
            "shopper": {"facts": [_fact(f, scrubber) for f in facts]} if known else None,
            "turns": [_turn(turn, scrubber, expects=expects) for turn in thread.turns],
        }
    )


def _turn(turn: KeptTurn, scrubber: Scrubber, *, expects: bool) -> dict[str, Any]:
    seen = observe(turn.reply, timing=SeenTiming())
    need = list(_labels(seen.need or (), scrubber))
    expect: dict[str, Any] = {}
    language = language_of(turn.message)
    # A message without words may be answered in either language.
    if count_cjk(turn.message) or any(c.isalpha() for c in turn.message):
        expect["language"] = language
    if expects:
        expect |= _expected(seen, need)
    return {
        "say": scrubber.scrub(turn.message),
        "expect": expect,
        "recorded": {
            "text": scrubber.scrub(seen.text),
            "intent": seen.intent,
            "products": seen.products,
            "pick": seen.pick,
            "need": need,
            **_thought(turn, scrubber),
        },
    }


def _thumbs(thread: KeptThread) -> list[str]:
    """A tag for each kind of thumb that the shopper gave."""
    given = {turn.feedback.thumb for turn in thread.turns if turn.feedback}
    return [f"thumb-{thumb}" for thumb in sorted(given)]


def _thought(turn: KeptTurn, scrubber: Scrubber) -> dict[str, Any]:
    """What the shopper thought of an answer, without who they are."""
    if turn.feedback is None:
        return {}
    reason = turn.feedback.reason
    return {
        "thumb": turn.feedback.thumb,
        "reason": None if reason is None else scrubber.scrub(reason),
    }


def _expected(seen: Observed, need: Sequence[dict[str, Any]]) -> dict[str, Any]:
    expected: dict[str, Any] = {"intent": [seen.intent], "need": list(need)}
    if seen.pick is not None:
        expected["pick"] = {"ids": [seen.pick]}
    return expected


def _labels(wishes: Sequence[SeenWish], scrubber: Scrubber) -> Iterator[dict[str, Any]]:
    """The wishes as a suite writes them: one for either of two values is two."""
    for wish in wishes:
        op = "=" if wish.op == "contains" else wish.op
        if op not in _LABEL_OPS:
            continue
        for value in wish.value if isinstance(wish.value, list) else [wish.value]:
            yield {
                "field": wish.field,
                "op": op,
                "value": scrubber.scrub_all(value),
                "strength": wish.strength,
            }


def _fact(fact: ProfileFact, scrubber: Scrubber) -> dict[str, Any]:
    return {
        "field": fact.field,
        "op": fact.op,
        "value": scrubber.scrub(fact.value),
        "strength": fact.strength,
        "quote": scrubber.scrub(fact.quote),
    }


def _may_go_along(fact: ProfileFact, thread: KeptThread, advice: AdviceBook | None) -> bool:
    if not _is_of_body(fact, advice):
        return True
    said = " ".join(turn.message for turn in thread.turns).casefold()
    if fact.value.casefold() in said or fact.quote.casefold() in said:
        return True
    mentioned = {mention.advice.name("en") for mention in advice.find(said)} if advice else set()
    return fact.value in mentioned


def _is_of_body(fact: ProfileFact, advice: AdviceBook | None) -> bool:
    if advice is not None and any(entry.trait and fact.field == entry.field for entry in advice):
        return True
    words = {token.stem for text in (fact.quote, fact.value) for token in tokens(text)}
    ails = any(
        words & PAINS or AILS.search(text) or says("recovered", text)
        for text in (fact.quote, fact.value)
    )
    return bool(ails) or fact.field not in _HARMLESS
