"""The fixed answers to what rules answer: no product, no claim, and no wish read from it."""

from __future__ import annotations

from typing import Any

from assistant.asked import Asked
from assistant.desk.rules import Trigger
from assistant.handoff import HandingOver
from assistant.need import Wish
from assistant.precautions import Precaution
from assistant.turn_state import TurnState
from prompts import phrases
from retrieval.words import pick_language
from tools.lookup_profile import KnownFact, KnownShopper

_SAID = {
    Precaution.HARM: "refuse_harm",
    Precaution.OTHERS: "refuse_others",
    Precaution.REPRICE: "refuse_tamper",
    Precaution.TAMPER: "refuse_tamper",
}


async def answer_with_care(
    precaution: Precaution, state: TurnState, handing_over: HandingOver
) -> dict[str, Any]:
    """What the turn finds, as entries of its state.

    Args:
        precaution: the rule that answers.
        state: of the turn; its need is that of the thread.
        handing_over: passes it on where somebody is in danger.
    """
    asked = state["asked"]
    fixed = phrases(asked.language)
    if precaution is Precaution.DANGER:
        over = handing_over.over(
            asked, state["need"], state["mood"], Trigger.DANGER, first=fixed["danger"]
        )
        return {"intent": "handoff", **over}
    if precaution is Precaution.OWN:
        known: KnownShopper = await state["toolbox"].call("lookup_profile", {})
        return {"intent": "policy", "lead": own_data(known, asked)}
    return {"intent": "refuse", "lead": [fixed[_SAID[precaution]]]}


def own_data(known: KnownShopper, asked: Asked) -> list[str]:
    """What is known of the shopper who asks, in their own words, and what they can do about it.

    Args:
        known: of the profile.
        asked: the message; its thread tells what was asked for in this conversation.
    """
    fixed = phrases(asked.language)
    said = [_told(fact, asked) for fact in known.facts]
    here = [_told(wish, asked) for wish in asked.thread.need.wishes()]
    here = [quote for quote in here if quote not in said]
    lead = []
    for name, quotes in (("own_facts", said), ("own_here", here)):
        if quotes:
            listed = fixed["join"].join(dict.fromkeys(quotes))
            lead.append(str(fixed[name]).format(quotes=listed))
    if any(leaning.source.startswith("behaviour") for leaning in known.leanings):
        lead.append(str(fixed["own_behaviour"]))
    return [*(lead or [str(fixed["own_nothing"])]), str(fixed["own_rights"])]


def _told(said: KnownFact | Wish, asked: Asked) -> str:
    """A fact in the shopper's words, with the name of its field where there is one: a bare "42"
    may be anything.
    """
    fixed = phrases(asked.language)
    quote = fixed["not_wanted"].format(quote=said.quote) if said.op == "!=" else said.quote
    own = pick_language(asked.index.vocabulary.labels().get(said.field, ()), asked.language)
    label = own or fixed["comparison"]["labels"].get(said.field)
    pattern = "own_labelled" if label else "own_plain"
    return str(fixed[pattern]).format(label=label, quote=quote)
