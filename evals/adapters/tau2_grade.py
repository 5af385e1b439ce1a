"""A run over tau2-bench's retail tasks, graded by tau2's rules: the state that the calls leave.

``shopguide convert RUN --from results --to tau2-rewards --tasks tasks.json --out rewards.jsonl``

The calls of all turns are carried out on a shop of their own, and the state is held against the
one that the task's actions leave. A call that the shop does not know, or refuses, changes
nothing. What only a judge model could grade is named and left out of the reward.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import BaseModel, Field

from evals.adapters.tau2_environment import TOOLS, Tau2Environment, ToolRefused
from evals.adapters.tau2_retail import Retail
from evals.adapters.tau2_tasks import Action, Basis, Task
from evals.running.observed import SeenCall
from tools.access import Access


class TaskGrade(BaseModel):
    """How a conversation did.

    Attributes:
        task: its id.
        state: whether the state is the wanted one; None where it cannot be known, as an action
            of the task is one that the shop itself refuses.
        said: each text that had to be said, and whether it was.
        called: whether every action of the task was called, where the task demands it.
        reward: the product of what was graded: 1 or 0.
        not_graded: the parts of the reward that were left out.
        refused: calls of the conversation that the shop refused, and why.
    """

    task: str
    state: bool | None = None
    said: dict[str, bool] = Field(default_factory=dict)
    called: bool | None = None
    reward: float = 1.0
    not_graded: list[Basis] = Field(default_factory=list)
    refused: list[str] = Field(default_factory=list)


def grade_task(
    task: Task, records: Retail, *, calls: Iterable[SeenCall], texts: Iterable[str]
) -> TaskGrade:
    """Grades one conversation.

    Args:
        task: what was to be done.
        records: the shop as the conversation found it.
        calls: of the conversation, in their order.
        texts: what the shopper read.
    """
    calls, texts = list(calls), list(texts)
    criteria = task.criteria
    actions = [action for action in criteria.actions or () if action.requestor == "assistant"]
    left = Tau2Environment(records)
    refused = _carry_out(left, calls)
    wanted = Tau2Environment(records)
    unmet = _carry_out(wanted, [SeenCall(tool=a.name, arguments=a.arguments) for a in actions])
    same = left.digest() == wanted.digest()
    said = {info: _was_said(info, texts) for info in criteria.communicate_info or ()}
    called = all(any(_matches(action, call) for call in calls) for action in actions)
    # A state that the shop refuses to come to proves nothing where it is met.
    state = None if same and any(_writes(told) for told in unmet) else same
    outcomes: dict[Basis, bool | None] = {
        "DB": state,
        "COMMUNICATE": all(said.values()),
        "ACTION": called,
        "ENV_ASSERTION": None if criteria.env_assertions else True,
        "NL_ASSERTION": None if criteria.nl_assertions else True,
    }
    basis = criteria.reward_basis
    return TaskGrade(
        task=task.id,
        state=state,
        said=said,
        called=called if "ACTION" in basis else None,
        reward=float(all(outcomes[part] is not False for part in basis)),
        not_graded=[part for part in basis if outcomes[part] is None],
        refused=[f"{call.tool}: {why}" for call, why in refused],
    )


def _carry_out(shop: Tau2Environment, calls: Sequence[SeenCall]) -> list[tuple[SeenCall, str]]:
    """Carries calls out, as far as the shop lets it.

    Returns:
        The calls that it refused, and why; those that are none of its tools are left out.
    """
    refused = []
    for call in calls:
        if call.tool not in TOOLS:
            continue
        try:
            shop.call(call.tool, call.arguments)
        except ToolRefused as why:
            refused.append((call, str(why)))
    return refused


def _writes(refused: tuple[SeenCall, str]) -> bool:
    return TOOLS[refused[0].tool] is Access.WRITE


def _was_said(info: str, texts: Sequence[str]) -> bool:
    return any(info.lower() in text.lower().replace(",", "") for text in texts)


def _matches(action: Action, call: SeenCall) -> bool:
    if action.name != call.tool:
        return False
    # tau2's: without a list of arguments, those of the call count, not those of the action.
    names = call.arguments.keys() if action.compare_args is None else action.compare_args
    given = {name: value for name, value in call.arguments.items() if name in names}
    return given == {name: value for name, value in action.arguments.items() if name in names}
