"""Takes deleted facts out of the answers that were given because of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import String, cast, or_, select
from sqlalchemy.orm import Session

from assistant.database.tables import ThreadRow, TurnRow

# A reason keeps its points, so that a score still adds up.
_GONE = {"text": "…", "source": "profile:deleted"}


def forget_facts(session: Session, shopper_id: str, fact_ids: Collection[str]) -> None:
    """Rewrites the replies of a shopper's turns that speak of facts.

    Args:
        session: of the transaction that deletes the facts.
        shopper_id: whose.
        fact_ids: of the facts.
    """
    own = select(ThreadRow.id).where(ThreadRow.shopper_id == shopper_id)
    speaks = or_(*(cast(TurnRow.reply, String).contains(id) for id in sorted(fact_ids)))
    for turn in session.scalars(select(TurnRow).where(TurnRow.thread_id.in_(own), speaks)):
        turn.reply = without_facts(turn.reply, fact_ids)


def without_facts(reply: dict[str, Any], fact_ids: Collection[str]) -> dict[str, Any]:
    """A reply, as JSON holds it, without facts: changes, leanings and reasons.

    Args:
        reply: stays as it is.
        fact_ids: of the facts.
    """
    sources = {f"profile:{id}" for id in fact_ids}

    def told(reason: dict[str, Any]) -> dict[str, Any]:
        return {**reason, **_GONE} if reason.get("source") in sources else reason

    def without_leanings(action: dict[str, Any]) -> dict[str, Any]:
        arguments = dict(action.get("arguments") or {})
        if "leanings" in arguments:
            arguments["leanings"] = [
                one for one in arguments["leanings"] if one.get("source") not in sources
            ]
        return {**action, "arguments": arguments}

    return {
        **reply,
        "profile_changes": [
            change
            for change in reply.get("profile_changes", [])
            if change["fact"].get("id") not in fact_ids
            and not set(change["fact"].get("replaces", ())) & set(fact_ids)
        ],
        "products": [
            {**product, "reasons": [told(reason) for reason in product.get("reasons", [])]}
            for product in reply.get("products", [])
        ],
        "actions": [without_leanings(action) for action in reply.get("actions", [])],
    }
