"""Everything that goes wrong, as RFC 9457 problem documents."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from retrieval.errors import ShopGuideError

_MOST_FAULTS = 10
# Pydantic names the members of a union in the place of a fault; no client wrote those.
_UNION_MEMBER = re.compile(r"^(?:bool|float|str|int|list\[.*)$")

_ADDRESS = re.compile(r" at https?://[^\s,]+")

_log = structlog.get_logger(__name__)


class ProblemResponse(Response):
    """A problem document."""

    media_type = "application/problem+json"

    def __init__(
        self, problem: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        # A lone surrogate, quoted from a request, is no UTF-8.
        body = json.dumps(problem, ensure_ascii=False).encode("utf-8", "backslashreplace")
        super().__init__(body, problem["status"], {"Cache-Control": "no-store", **(headers or {})})


def problem_of(error: ShopGuideError) -> dict[str, Any]:
    """One of our own errors as a problem document."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(error).__name__).lower()
    problem: dict[str, Any] = {
        "type": f"urn:shopguide:problem:{name}",
        "title": error.title,
        "status": error.http_status,
        # Where the model server stands is the shop's business.
        "detail": _ADDRESS.sub("", error.sentence),
    }
    if error.field is not None:
        problem["field"] = error.field
    return problem


def plain_problem(status: int, detail: str) -> dict[str, Any]:
    """A problem that has no type of its own beyond its HTTP status."""
    title = HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "detail": detail}


def unexpected_problem() -> dict[str, Any]:
    """A fault of the program. What it was stands in the log, not here."""
    return plain_problem(500, "Something unexpected went wrong. The shop's log says what.")


def problem_response(error: ShopGuideError) -> ProblemResponse:
    """The answer to a request that ended in one of our own errors."""
    headers = {}
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="shopguide"'
    elif error.http_status in (HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE):
        headers["Retry-After"] = "2"
    return ProblemResponse(problem_of(error), headers)


def answer_with_problems(http: FastAPI) -> None:
    """Makes an application answer every error with a problem document."""
    http.add_exception_handler(ShopGuideError, _ours)
    http.add_exception_handler(RequestValidationError, _invalid)
    http.add_exception_handler(HTTPException, _plain)
    http.add_exception_handler(Exception, _unexpected)


async def _ours(request: Request, error: Exception) -> Response:
    ours = cast(ShopGuideError, error)
    if ours.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("request_failed", error=type(ours).__name__, path=_route(request))
    return problem_response(ours)


async def _invalid(request: Request, error: Exception) -> Response:
    faults = cast(RequestValidationError, error).errors()
    first = faults[0]
    if first["type"] == "json_invalid":
        reason = first.get("ctx", {}).get("error", "")
        return ProblemResponse(plain_problem(400, f"The body is not valid JSON: {reason}"))
    if first["loc"] == ("body",) and "json" not in request.headers.get("content-type", "json"):
        sentence = "Send JSON, with the header Content-Type: application/json."
        return ProblemResponse(plain_problem(415, sentence))
    listed = [
        {"field": _field(fault["loc"]), "message": str(fault["msg"])}
        for fault in faults[:_MOST_FAULTS]
    ]
    problem = {
        "type": "urn:shopguide:problem:bad-input",
        "title": "Bad input",
        "status": 422,
        "detail": f"{listed[0]['field']}: {listed[0]['message'].rstrip('.')}.",
        "field": listed[0]["field"],
        "errors": listed,
    }
    return ProblemResponse(problem)


async def _plain(request: Request, error: Exception) -> Response:
    refused = cast(HTTPException, error)
    if refused.status_code < HTTPStatus.BAD_REQUEST:
        return Response(status_code=refused.status_code, headers=refused.headers)
    sentences = {
        400: "The body cannot be read: it must be JSON in UTF-8.",
        404: f"There is nothing at {request.url.path[:200]}.",
        405: f"{request.method} is not possible here.",
    }
    detail = sentences.get(refused.status_code, str(refused.detail))
    return ProblemResponse(plain_problem(refused.status_code, detail), refused.headers)


async def _unexpected(request: Request, error: Exception) -> Response:
    # The server logs the traceback: what is raised goes on to it after this answer.
    return ProblemResponse(unexpected_problem())


def _field(place: Sequence[Any]) -> str:
    parts = [str(part) for part in place[1:]]
    while len(parts) > 1 and _UNION_MEMBER.match(parts[-1]):
        parts.pop()
    return ".".join(parts)[:200] or "body"


def _route(request: Request) -> str:
    """The path as it is declared: one that was sent may hold a shopper's id."""
    route = request.scope.get("route")
    return getattr(route, "path", "unknown")
