"""tau2-bench's own retail tools carry out the reference actions; prints what each task changed.

Runs in an environment of its own, with ``inspect-evals`` in it and nothing of ours::

    python evals/adapters/tau2_reference.py db.json tasks.json > states.jsonl
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from inspect_ai.tool import ToolError  # type: ignore[import-not-found]
from inspect_evals.tau2.retail.data_model import RetailDB  # type: ignore[import-not-found]
from inspect_evals.tau2.retail.RetailAgentTools import (  # type: ignore[import-not-found]
    RetailAgentTools,
)

# Tools that have nothing to do with the shop's state, and are not among the domain's.
_ELSEWHERE = frozenset({"calculate", "transfer_to_human_agents", "get_item_details"})


def state_after(shop: dict[str, Any], actions: list[dict[str, Any]]) -> dict[str, Any]:
    """The users and orders that actions leave otherwise than they were, and what was refused."""
    tools = RetailAgentTools(initialized=True)
    # All instances share one store: what the last task left must go.
    tools.db = RetailDB.model_validate(shop)
    refused = []
    for action in actions:
        if action["name"] in _ELSEWHERE:
            continue
        try:
            getattr(tools, action["name"])(**action["arguments"])
        except ToolError as error:
            refused.append(f"{action['name']}: {error.message}")
    start = RetailDB.model_validate(shop)
    changed: dict[str, Any] = {"refused": refused}
    for table in ("users", "orders"):
        before, after = getattr(start, table), getattr(tools.db, table)
        changed[table] = {
            id: record.model_dump() for id, record in after.items() if record != before[id]
        }
    return changed


def main() -> None:
    """Prints a line of JSON for each task."""
    shop = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for task in json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")):
        actions = (task.get("evaluation_criteria") or {}).get("actions") or []
        print(json.dumps({"task": task["id"], **state_after(shop, actions)}), flush=True)


if __name__ == "__main__":
    main()
