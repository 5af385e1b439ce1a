"""Which tools were called with what, and what the turn cost."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from evals.checks.check import Check, check, untold
from evals.running.observed import Observed, SeenCall
from evals.suite.conversation import Expect, ToolRule

_ROUNDING = 1e-12  # relative; what adding up in binary leaves behind


def calls(expect: Expect, observed: Observed) -> Iterator[Check]:
    """Whether tools were called as they must be, and none that must not be."""
    if observed.tools is None:
        yield from untold(expect, "tools", "not_tools")
        return
    if expect.tools is not None:
        missed = _missed(expect.tools, observed.tools)
        came = ", ".join(dict.fromkeys(call.tool for call in observed.tools)) or "nothing"
        told = f"does not call {', '.join(map(_told, missed))}; calls {came}"
        yield check("tools", not missed, told)
    if expect.not_tools is not None:
        called = {call.tool for call in observed.tools}
        wrong = [name for name in expect.not_tools if name in called]
        yield check("not_tools", not wrong, f"calls {', '.join(wrong)}")


def among(wanted: Any, came: Any) -> bool:
    """Whether what is wanted is among some arguments.

    A key of an object may stand at any depth; of a list each item must be there; a single value
    may stand in a list. Texts are compared letter by letter: an id that is all digits is a text.

    Args:
        wanted: of a rule.
        came: of a call, as plain data.
    """
    if isinstance(wanted, Mapping):
        return all(
            any(among(value, held) for held in _under(key, came)) for key, value in wanted.items()
        )
    if isinstance(wanted, list | tuple):
        items = came if isinstance(came, list | tuple) else [came]
        return all(any(among(one, item) for item in items) for one in wanted)
    if isinstance(came, list | tuple):
        return any(among(wanted, item) for item in came)
    if isinstance(came, Mapping):
        return False
    return _same(wanted, came)


def budget(expect: Expect, observed: Observed) -> Iterator[Check]:
    """Whether the turn kept within what it may cost."""
    if expect.budget is None:
        return
    usage, timing = observed.usage, observed.timing
    # An answer that comes all at once is first read when it is whole.
    first = timing.total_ms if timing.first_text_ms is None else timing.first_text_ms
    spent = {
        "first_text_ms": first,
        "total_ms": timing.total_ms,
        "calls": usage.calls,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
    }
    over = [
        f"{name} is {spent[name]:g}, over {limit:g}"
        for name, limit in expect.budget.model_dump(exclude_none=True).items()
        if spent[name] > limit
    ]
    yield check("budget", not over, "; ".join(over))


def _missed(rules: Sequence[ToolRule], made: Sequence[SeenCall]) -> list[ToolRule]:
    """The rules that are left over when each call serves one rule at most."""
    serves = np.array(
        [[call.tool == rule.tool and among(rule.arguments, call.arguments) for call in made]
         for rule in rules],
        dtype=np.bool_,
    ).reshape(len(rules), len(made))  # fmt: skip
    served = maximum_bipartite_matching(csr_array(serves), perm_type="column")
    return [rule for rule, call in zip(rules, served, strict=True) if call < 0]


def _same(wanted: Any, came: Any) -> bool:
    """Whether two plain values are one; numbers but for what floating point leaves behind."""
    if type(wanted) is type(came):
        return wanted == came or (
            isinstance(wanted, float) and math.isclose(wanted, came, rel_tol=_ROUNDING)
        )
    numbers = {type(wanted), type(came)} == {int, float}
    return numbers and math.isclose(wanted, came, rel_tol=_ROUNDING)


def _under(key: str, data: Any) -> Iterator[Any]:
    """Every value under a key, at any depth."""
    if isinstance(data, Mapping):
        if key in data:
            yield data[key]
        for value in data.values():
            yield from _under(key, value)
    elif isinstance(data, list | tuple):
        for item in data:
            yield from _under(key, item)


def _told(rule: ToolRule) -> str:
    if not rule.arguments:
        return rule.tool
    return f"{rule.tool} with {json.dumps(rule.arguments, ensure_ascii=False)}"
