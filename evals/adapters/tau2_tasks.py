"""Tasks of tau2-bench, as its ``tasks.json`` has them.

Source of the fields and of what each of them decides: ``docs/evaluation.md`` of
sierra-research/tau2-bench.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from evals.suite.files import told
from retrieval.errors import BadInput

Basis = Literal["DB", "ENV_ASSERTION", "NL_ASSERTION", "ACTION", "COMMUNICATE"]


class Action(BaseModel):
    """A call of the reference solution.

    Attributes:
        requestor: whose tool it is: the agent's, or the user's own.
        compare_args: which arguments count where the call itself is demanded; None is all.
    """

    action_id: str = ""
    requestor: Literal["assistant", "user"] = "assistant"
    name: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    compare_args: list[str] | None = None


class Instructions(BaseModel):
    """What the user is told before the conversation, in the second person."""

    domain: str = ""
    reason_for_call: str
    known_info: str | None = None
    unknown_info: str | None = None
    task_instructions: str = ""


class Scenario(BaseModel):
    """The user: who they are, and what they are after."""

    persona: str | None = None
    instructions: Instructions | str


class Criteria(BaseModel):
    """What decides on the reward.

    Attributes:
        actions: one way to solve the task. Only the state that it leaves counts, unless the
            basis names ``ACTION``.
        communicate_info: texts that the agent must say.
        nl_assertions: sentences that a judge model must find true.
        reward_basis: what the reward is the product of.
    """

    actions: list[Action] | None = None
    env_assertions: list[dict[str, Any]] | None = None
    communicate_info: list[str] | None = None
    nl_assertions: list[str] | None = None
    reward_basis: tuple[Basis, ...] = ("DB", "COMMUNICATE")


class Task(BaseModel):
    """One task."""

    id: str
    user_scenario: Scenario
    initial_state: dict[str, Any] | None = None
    evaluation_criteria: Criteria | None = None

    @property
    def criteria(self) -> Criteria:
        """What decides on the reward; nothing where the task does not say."""
        return self.evaluation_criteria or Criteria(reward_basis=())


def read_tasks(path: Path) -> list[Task]:
    """Reads a file of tasks: a JSON array.

    Raises:
        BadInput: the file cannot be read, or a task is not of that shape; the sentence names it.
    """
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise BadInput(f"Cannot read {path}: {error.strerror}.", field="input") from error
    except json.JSONDecodeError as error:
        raise BadInput(
            f"{path}, line {error.lineno}: not JSON ({error.msg}).", field="input"
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path} is not JSON ({error}).", field="input") from error
    if not isinstance(data, list) or not data:
        raise BadInput(f"{path} is no list of tasks.", field="input")
    tasks: dict[str, Task] = {}
    for number, item in enumerate(data, start=1):
        try:
            task = Task.model_validate(item)
        except ValidationError as error:
            raise BadInput(f"{path}, task {number}: {told(error)}.", field="input") from error
        if task.id in tasks:
            sentence = f"{path}, task {number}: the id {task.id!r} is there twice."
            raise BadInput(sentence, field="input")
        tasks[task.id] = task
    return list(tasks.values())
