"""The page as its browser talks to the server, without the drawing."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncGenerator
from typing import Any

import httpx


class NoAnswer(Exception):
    """An error was told in place of an answer, or the protocol was broken."""


class OpenPage:
    """One open page.

    Args:
        client: one browser's, with its cookies.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._thread = ""

    async def open(self) -> None:
        """Loads the page, as far as its server is asked: Gradio's configuration and first event."""
        (await self._client.get("/")).raise_for_status()
        config = (await self._client.get("/config")).raise_for_status().json()
        values = {part["id"]: part["props"].get("value") for part in config["components"]}
        for event in config["dependencies"]:
            if event["backend_fn"] and any(on == "load" for _, on in event["targets"]):
                await self._run(event, values)

    async def ask(self, message: str) -> AsyncGenerator[str, None]:
        """Sends a message: what is told, in JSON, as it comes, until the answer has ended.

        Args:
            message: what is typed.
        """
        asked = {"message": message, "thread": self._thread, "language": "en", "replaces": ""}
        async with self._client.stream("POST", "/page/ask", json=asked) as stream:
            stream.raise_for_status()
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    if not self._thread:
                        self._thread = json.loads(line[6:])["thread"]
                    yield line

    async def _run(self, event: dict[str, Any], values: dict[int, Any]) -> None:
        ran = await self._client.post(
            "/gradio_api/run/predict",
            json={
                "data": [values.get(part) for part in event["inputs"]],
                "event_data": None,
                "fn_index": event["id"],
                "trigger_id": event["targets"][0][0],
                "session_hash": secrets.token_hex(5),
            },
        )
        ran.raise_for_status()
