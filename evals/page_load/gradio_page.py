"""The page as its browser talks to the server: Gradio's queue over HTTP, without the drawing."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncGenerator
from typing import Any

import httpx


class PageFailed(Exception):
    """The page told an error, or broke the protocol."""


class GradioPage:
    """One open page: what its parts hold, and its events.

    Args:
        client: one browser's, with its cookies.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._session = secrets.token_hex(5)
        self._events: list[dict[str, Any]] = []
        self._values: dict[int, Any] = {}
        self._named: dict[str, int] = {}

    async def open(self) -> None:
        """Loads the page, as far as its server is asked."""
        (await self._client.get("/")).raise_for_status()
        config = (await self._client.get("/config")).raise_for_status().json()
        self._events = config["dependencies"]
        for part in config["components"]:
            self._values[part["id"]] = part["props"].get("value")
            self._named[part["props"].get("elem_id") or ""] = part["id"]
        start = next(e for e in self._events if any(on == "load" for _, on in e["targets"]))
        async for _ in self._chain(start):
            pass

    async def ask(self, message: str) -> AsyncGenerator[str, None]:
        """Sends a message: what the server tells, as it comes, until the answer has ended."""
        box = self._named["sg-box"]
        self._values[box] = message
        start = next(e for e in self._events if [box, "submit"] in e["targets"])
        async for told in self._chain(start):
            yield told

    async def _chain(self, event: dict[str, Any] | None) -> AsyncGenerator[str, None]:
        """An event and those that follow it."""
        while event is not None:
            if event["backend_fn"]:
                async for told in self._run(event):
                    yield told
            after = event["id"]
            event = next((e for e in self._events if e["trigger_after"] == after), None)

    async def _run(self, event: dict[str, Any]) -> AsyncGenerator[str, None]:
        target, _ = event["targets"][0]
        joined = await self._client.post(
            "/gradio_api/queue/join",
            json={
                "data": [self._values.get(part) for part in event["inputs"]],
                "event_data": None,
                "fn_index": event["id"],
                "trigger_id": target,
                "session_hash": self._session,
            },
        )
        joined.raise_for_status()
        asked = {"session_hash": self._session}
        async with self._client.stream("GET", "/gradio_api/queue/data", params=asked) as stream:
            stream.raise_for_status()
            async for line in stream.aiter_lines():
                if not line.startswith("data:"):
                    continue
                told = json.loads(line[5:])
                match told["msg"]:
                    case "process_generating" | "process_completed":
                        if not told["success"]:
                            raise PageFailed(line)
                        self._take(event, told["output"])
                        yield line
                    case "unexpected_error":
                        raise PageFailed(line)
                    case "close_stream":
                        return

    def _take(self, event: dict[str, Any], output: dict[str, Any]) -> None:
        """Keeps what later events send back; of a stream the pieces are only looked at."""
        for part, value in zip(event["outputs"], output.get("data", ()), strict=False):
            if isinstance(value, dict) and value.get("__type__") == "update":
                if "value" in value:
                    self._values[part] = value["value"]
            elif not isinstance(value, list):
                self._values[part] = value
