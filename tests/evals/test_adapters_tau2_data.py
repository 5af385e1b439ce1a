"""tau2-bench's own retail tasks, where they are: every one of them is carried out and converted."""

from pathlib import Path

import pytest

from evals.adapters.tau2_environment import TOOLS, Tau2Environment, ToolRefused
from evals.adapters.tau2_grade import grade_task
from evals.adapters.tau2_retail import Retail, read_retail
from evals.adapters.tau2_suite import conversation_of
from evals.adapters.tau2_tasks import Task, read_tasks
from evals.running.observed import SeenCall
from tools.access import Access

_FOLDER = Path(__file__).parents[3] / "shared" / "data" / "tau2_retail"

pytestmark = pytest.mark.skipif(
    not _FOLDER.exists(), reason="tau2-bench's retail data is not beside the checkout"
)


@pytest.fixture(scope="module")
def records() -> Retail:
    return read_retail(_FOLDER / "db.json")


@pytest.fixture(scope="module")
def tasks() -> list[Task]:
    return read_tasks(_FOLDER / "tasks_train.json")


def test_the_state_differs_where_a_task_writes(records: Retail, tasks: list[Task]) -> None:
    """Some tasks look for what is not there, which tau2 takes for granted; one write is refused."""
    start = Tau2Environment(records).digest()
    refused: list[str] = []
    for task in tasks:
        shop = Tau2Environment(records)
        written = False
        for action in task.criteria.actions or ():
            try:
                shop.call(action.name, action.arguments)
            except ToolRefused:
                refused.append(action.name)
            else:
                written |= TOOLS[action.name] is Access.WRITE
        assert (shop.digest() != start) == written, task.id
        assert any(shop.changed().values()) == written, task.id
    writes = [name for name in refused if TOOLS[name] is Access.WRITE]
    assert writes == ["exchange_delivered_order_items"]
    assert len(refused) < 20


def test_the_reference_solution_has_the_whole_reward(records: Retail, tasks: list[Task]) -> None:
    for task in tasks:
        actions = task.criteria.actions or []
        calls = [SeenCall(tool=a.name, arguments=a.arguments) for a in actions]
        grade = grade_task(task, records, calls=calls, texts=task.criteria.communicate_info or [])
        assert grade.reward == 1, task.id
        writes = [call for call in calls if TOOLS[call.tool] is Access.WRITE]
        if writes and grade.state is not None:
            assert grade_task(task, records, calls=calls[:0], texts=()).state is False, task.id


def test_every_task_becomes_a_conversation(records: Retail, tasks: list[Task]) -> None:
    conversations = [conversation_of(task, records)[0] for task in tasks]
    assert len({conversation.id for conversation in conversations}) == len(tasks)
    for conversation in conversations:
        assert "You " not in conversation.turns[0].say
        assert " agent" not in conversation.turns[0].say
