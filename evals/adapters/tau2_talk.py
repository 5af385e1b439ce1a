"""A conversation between tau2-bench's user and this assistant, in neither's own terms.

tau2 carries out tool calls in its own shop, and grades the state of that one. The assistant
answers a message in one go, with the calls that it made on the way; those that tau2's shop has a
tool for are put to it first, and the text is said after them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from retrieval.errors import ShopGuideError

_TRANSFER = "transfer_to_human_agents"
_SILENCE_SECONDS = 300.0


@dataclass(frozen=True)
class Call:
    """A tool call that the agent under test makes."""

    id: str
    name: str
    arguments: dict[str, Any]


@dataclass
class Thread:
    """Where a conversation stands.

    Attributes:
        id: of the thread, and of its shopper.
        turns: how many messages were answered.
        text: what is said when tau2's shop has carried out the calls; None where none is open.
    """

    id: str
    turns: int = 0
    text: str | None = None


@dataclass(frozen=True)
class Step:
    """What the agent does next: either calls, or a text to the user."""

    text: str | None = None
    calls: tuple[Call, ...] = field(default=())


class Asks(Protocol):
    """How a message is put to the assistant."""

    def __call__(self, message: str, thread: str) -> Mapping[str, Any]:
        """The Reply, as JSON has it."""
        ...


def answer(message: str, thread: Thread, *, ask: Asks, tools: Collection[str]) -> Step:
    """Answers a message of the user.

    Args:
        message: the user's.
        thread: is moved on.
        ask: the assistant.
        tools: names of the tools of tau2's shop.
    """
    reply = ask(message, thread.id)
    thread.turns += 1
    made = [(action["tool"], action["arguments"]) for action in reply["actions"]]
    calls = [(name, arguments) for name, arguments in made if name in tools]
    if reply["handoff"] is not None and not any(name == _TRANSFER for name, _ in calls):
        calls += [(_TRANSFER, {"summary": message})] if _TRANSFER in tools else []
    # tau2 takes no empty message.
    text = str(reply["text"]).strip() or "…"
    if not calls:
        return Step(text=text)
    thread.text = text
    named = enumerate(calls, start=1)
    return Step(
        calls=tuple(
            Call(f"{thread.id}-{thread.turns}-{number}", name, dict(arguments))
            for number, (name, arguments) in named
        )
    )


def after_calls(thread: Thread) -> Step:
    """What is said when tau2's shop has carried out the calls.

    Raises:
        ShopGuideError: no call was made.
    """
    if thread.text is None:
        raise ShopGuideError("tau2-bench gave the result of a tool that was not called.")
    text, thread.text = thread.text, None
    return Step(text=text)


class Server:
    """A running ShopGuide server.

    Args:
        url: its address, such as ``http://127.0.0.1:7860``.
        token: a bearer token of the shopper; None where the shop has no secret.
        catalog: the catalogue that is asked; None is the shop's own.
        timeout: seconds that an answer may take.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        catalog: str | None = None,
        timeout: float = _SILENCE_SECONDS,
    ) -> None:
        self._url = f"{url.rstrip('/')}/api/chat"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._catalog = catalog
        self._with_token = token is not None
        self._timeout = timeout

    def __call__(self, message: str, thread: str) -> Mapping[str, Any]:
        """See ``Asks``.

        Raises:
            ShopGuideError: the server refuses, cannot be reached, or answers with something else
                than a Reply.
        """
        body = {"message": message, "thread_id": thread, "catalog": self._catalog}
        if not self._with_token:
            body["shopper_id"] = thread
        try:
            answered = httpx.post(
                self._url, json=body, headers=self._headers, timeout=self._timeout, trust_env=False
            )
            reply = answered.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise ShopGuideError(f"{self._url} gives no answer ({error}).") from error
        if not answered.is_success or not {"text", "actions", "handoff"} <= reply.keys():
            detail = reply.get("detail") or reply.get("title") or answered.status_code
            raise ShopGuideError(f"{self._url} refuses the message: {detail}.")
        found: Mapping[str, Any] = reply
        return found
