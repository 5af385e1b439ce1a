"""Tasks of tau2-bench's retail shop, as lines of a suite.

``shopguide convert tasks.json --from tau2 --to suite --out tau2.jsonl``

A task becomes a conversation of fixed turns: the shopper says who they are and what they want;
says yes, where something is to be changed; and asks for a summary, where something is to be told
after a change. What is demanded follows tau2's own rules: its actions are one way to a state of
the shop, so that only those that change something are demanded, none of them before the shopper
said yes (the shop's policy). Exactly by the state, as tau2 does it, a run is graded with
``evals.adapters.tau2_grade``.

A script cannot do what tau2's simulated user does: what is told to the user alone ("do not
reveal …", "if the agent …") and what a judge model would have to read are lost, and named.
"""

from __future__ import annotations

import re

from evals.adapters.first_person import first_person, sentences
from evals.adapters.lost import Lost
from evals.adapters.tau2_environment import TOOLS, Tau2Environment, ToolRefused
from evals.adapters.tau2_retail import Retail
from evals.adapters.tau2_tasks import Action, Instructions, Task
from evals.suite.conversation import Conversation, Expect, ToolRule, TurnSpec
from tools.access import Access

CATALOGUE = "tau2_retail"
"""The name of the shop's catalogue, which ``evals.adapters.tau2_catalogue`` writes."""

_CONFIRMS = "Yes, I confirm. Please go ahead with all of it."
_ASKS_FOR_SUMMARY = "Thank you. Please sum up what was done and tell me once more what I asked for."
_DIRECTION = re.compile(
    r"\bagents?\b|\breveal|\bdisclos|\bmention|\bpretend|\bwhen asked\b"
    r"|\b(?:do not|don't|never|without)\s+(?:tell|volunteer|giv)",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\s*\([^()]*\)")
_NOTHING = re.compile(r"[\s.]*")
_BAD_IN_ID = re.compile(r"[^\w.:@+-]+")
_WRITES = tuple(name for name, access in TOOLS.items() if access is Access.WRITE)


def conversation_of(task: Task, records: Retail) -> tuple[Conversation, list[Lost]]:
    """A task as a conversation, and what of it is lost.

    Args:
        task: as tau2 has it.
        records: the shop; an action that it refuses is not demanded.
    """
    where = f"task {task.id}"
    refused = _refused(task, records)
    lost = [Lost(where, what) for what in _ungraded(task)]
    lost += [
        Lost(where, f"the call of {action.name}, which the shop refuses ({why})")
        for action, why in refused
        if action.name in _WRITES
    ]
    said, directions = _told(task)
    lost += [Lost(where, f"a direction to the user ({text!r})") for text in directions]
    actions = task.criteria.actions or []
    never = [action for action, _ in refused]
    demanded = [a for a in actions if _is_demanded(task, a) and not any(a is b for b in never)]
    writes = any(action.name in _WRITES for action in demanded)
    told = tuple(map(said_pattern, task.criteria.communicate_info or ())) or None
    tools = tuple(_rule(action) for action in demanded) or None
    if writes:
        turns = [
            TurnSpec(say=said, expect=Expect(not_tools=_WRITES)),
            TurnSpec(say=_CONFIRMS, expect=Expect(tools=tools)),
        ]
        if told:
            turns.append(TurnSpec(say=_ASKS_FOR_SUMMARY, expect=Expect(said=told)))
    else:
        turns = [TurnSpec(say=said, expect=Expect(said=told, tools=tools, not_tools=_WRITES))]
    names = sorted({action.name for action in actions if action.name in _WRITES})
    conversation = Conversation(
        id=conversation_id(task),
        language="en",
        catalog=CATALOGUE,
        tags=("tau2", *(names or ("no_change",))),
        turns=tuple(turns),
    )
    return conversation, lost


def conversation_id(task: Task) -> str:
    """The id of a task's conversation."""
    return f"tau2-retail-{_BAD_IN_ID.sub('-', task.id)}"


def said_pattern(info: str) -> str:
    """A pattern for a text that must be said, commas between digits aside.

    tau2 takes every comma out of what was said before it looks.
    """
    return re.sub(r"(?<=\d)(?=\d)", ",?", re.escape(info).replace(r"\ ", " "))


def _is_demanded(task: Task, action: Action) -> bool:
    if action.requestor == "user":
        return False
    return "ACTION" in task.criteria.reward_basis or action.name in _WRITES


def _refused(task: Task, records: Retail) -> list[tuple[Action, str]]:
    """The actions that the shop itself does not carry out, and why."""
    shop = Tau2Environment(records)
    refused = []
    for action in task.criteria.actions or ():
        if action.requestor == "assistant" and action.name in TOOLS:
            try:
                shop.call(action.name, action.arguments)
            except ToolRefused as why:
                refused.append((action, str(why)))
    return refused


def _rule(action: Action) -> ToolRule:
    kept = action.arguments.keys() if action.compare_args is None else action.compare_args
    arguments = {name: value for name, value in action.arguments.items() if name in kept}
    return ToolRule(tool=action.name, arguments=arguments)


def _ungraded(task: Task) -> list[str]:
    """What tau2 grades or sets up, and a suite cannot."""
    criteria = task.criteria
    found = [f"a sentence for a judge model ({text!r})" for text in criteria.nl_assertions or ()]
    found += ["an assertion on the environment" for _ in criteria.env_assertions or ()]
    found += [
        f"the user's own call of {action.name}"
        for action in criteria.actions or ()
        if action.requestor == "user"
    ]
    found += [
        f"the call of {action.name}, a tool that the shop does not have"
        for action in criteria.actions or ()
        if action.requestor == "assistant" and action.name not in TOOLS
    ]
    found += [f"{info!r}, which tau2 never finds" for info in _never_found(task)]
    if task.initial_state:
        found.append("the state that the conversation begins with")
    return found


def _never_found(task: Task) -> list[str]:
    return [info for info in task.criteria.communicate_info or () if "," in info]


def _told(task: Task) -> tuple[str, list[str]]:
    """What the shopper says at first, and what is only for whoever plays them."""
    scenario = task.user_scenario
    directions = [scenario.persona] if scenario.persona else []
    instructions = scenario.instructions
    if isinstance(instructions, str):
        instructions = Instructions(reason_for_call=instructions)
    if not _NOTHING.fullmatch(instructions.task_instructions):
        directions.append(instructions.task_instructions.strip())
    spoken = []
    for part in (
        instructions.known_info,
        instructions.unknown_info,
        instructions.reason_for_call,
    ):
        spoken_part, asides = _without_asides(part or "")
        directions += asides
        for sentence in sentences(spoken_part):
            if _DIRECTION.search(sentence):
                directions.append(sentence)
            elif not _NOTHING.fullmatch(sentence):
                spoken.append(first_person(sentence if sentence[-1] in ".!?" else f"{sentence}."))
    return " ".join(spoken) or "Hello.", directions


def _without_asides(text: str) -> tuple[str, list[str]]:
    """The text without directions in parentheses, and those."""
    asides = [aside for aside in _ASIDE.findall(text) if _DIRECTION.search(aside)]
    for aside in asides:
        text = text.replace(aside, "")
    return text, [aside.strip() for aside in asides]
