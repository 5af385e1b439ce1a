"""Errors under ``/v1`` in the shape that OpenAI's clients read; everywhere else as problems."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from assistant.http.problems import ProblemResponse, headers_of, problem_of
from retrieval.errors import ShopGuideError

OPENAI_DOOR = "/v1"
_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_CODES = {401: "invalid_api_key", 429: "rate_limit_exceeded"}
# What OpenAI answers where a body is JSON and yet wrong.
_AS_THERE = {422: 400}


class OpenAIErrorResponse(Response):
    """An error as OpenAI's API has it.

    Args:
        problem: the same as a problem document.
        headers: of the answer.
    """

    media_type = "application/json"

    def __init__(
        self, problem: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        body = json.dumps(openai_error(problem), ensure_ascii=False)
        status = int(problem["status"])
        super().__init__(
            body.encode("utf-8", "backslashreplace"),
            _AS_THERE.get(status, status),
            {"Cache-Control": "no-store", **(headers or {})},
        )


def openai_error(problem: Mapping[str, Any]) -> dict[str, Any]:
    """A problem document as OpenAI's API has it: ``{"error": {message, type, param, code}}``."""
    status = int(problem["status"])
    fault = (
        "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"
    )
    _, _, name = str(problem.get("type", "")).rpartition(":")
    code = _CODES.get(status) or (name.replace("-", "_") if name and name != "blank" else None)
    return {
        "error": {
            "message": problem["detail"],
            "type": _TYPES.get(status, fault),
            "param": problem.get("field"),
            "code": code,
        }
    }


def refused(
    path: str, problem: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    """A problem as the clients of a path read it."""
    openai = path == OPENAI_DOOR or path.startswith(f"{OPENAI_DOOR}/")
    return (OpenAIErrorResponse if openai else ProblemResponse)(problem, headers)


def refusal(path: str, error: ShopGuideError) -> Response:
    """One of our own errors as the clients of a path read it."""
    return refused(path, problem_of(error), headers_of(error))
