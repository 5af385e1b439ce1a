"""Who plays the shopper of a conversation."""

from __future__ import annotations

from collections.abc import Callable

from assistant.llm.client import ChatModel
from evals.checks.wording import Shop
from evals.shoppers.played import PlayedShopper
from evals.shoppers.scripted import ScriptedShopper
from evals.shoppers.shopper import Shopper
from evals.suite.conversation import Conversation


def shopper_of(
    conversation: Conversation,
    attempt: int,
    shops: Callable[[str], Shop],
    model: ChatModel | None = None,
) -> Shopper:
    """A shopper for one conversation with a goal.

    Args:
        conversation: has a goal.
        attempt: from 1. A scripted shopper writes in other words in each; a played one does so
            where the model that is given draws with a seed of its own.
        shops: gives the catalogue of a name.
        model: plays the shopper; None: code does.
    """
    goal = conversation.goal
    assert goal is not None, "somebody without a goal seeks nothing"
    shop = shops(conversation.catalog)
    if model is not None:
        return PlayedShopper(goal, conversation.language, shop, model=model)
    seed = f"{conversation.id}/{attempt}"
    return ScriptedShopper(goal, conversation.language, shop, seed=seed)
