"""Everything that goes wrong, as RFC 9457 problem documents."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from assistant.errors import TooManyRequests
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


def headers_of(error: ShopGuideError) -> dict[str, str]:
    """The headers of the answer to a request that ended in one of our own errors."""
    if isinstance(error, TooManyRequests):
        return {"Retry-After": str(max(1, math.ceil(error.wait))), **error.headers}
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": 'Bearer realm="shopguide"'}
    if error.http_status in (HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE):
        return {"Retry-After": "2"}
    return {}


Answered = Callable[[Mapping[str, Any], Mapping[str, str] | None], Response]


def answer_with_problems(http: FastAPI, answered: Answered = ProblemResponse) -> None:
    """Makes an application answer every error with a problem document.

    Args:
        http: the application.
        answered: the shape in which a problem is sent.
    """

    async def ours(request: Request, error: Exception) -> Response:
        own = cast(ShopGuideError, error)
        if own.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("request_failed", error=type(own).__name__, path=_route(request))
        return answered(problem_of(own), headers_of(own))

    async def invalid(request: Request, error: Exception) -> Response:
        return answered(_invalid(request, cast(RequestValidationError, error)), None)

    async def plain(request: Request, error: Exception) -> Response:
        refused = cast(HTTPException, error)
        if refused.status_code < HTTPStatus.BAD_REQUEST:
            return Response(status_code=refused.status_code, headers=refused.headers)
        return answered(_plain(request, refused), refused.headers)

    async def unexpected(request: Request, error: Exception) -> Response:
        # The server logs the traceback: what is raised goes on to it after this answer.
        return answered(unexpected_problem(), None)

    http.add_exception_handler(ShopGuideError, ours)
    http.add_exception_handler(RequestValidationError, invalid)
    http.add_exception_handler(HTTPException, plain)
    http.add_exception_handler(Exception, unexpected)


def _invalid(request: Request, error: RequestValidationError) -> dict[str, Any]:
    faults = error.errors()
    first = faults[0]
    if first["type"] == "json_invalid":
        reason = first.get("ctx", {}).get("error", "")
        return plain_problem(400, f"The body is not valid JSON: {reason}")
    if first["loc"] == ("body",) and "json" not in request.headers.get("content-type", "json"):
        sentence = "Send JSON, with the header Content-Type: application/json."
        return plain_problem(415, sentence)
    listed = [
        {"field": _field(fault["loc"]), "message": str(fault["msg"])}
        for fault in faults[:_MOST_FAULTS]
    ]
    return {
        "type": "urn:shopguide:problem:bad-input",
        "title": "Bad input",
        "status": 422,
        "detail": f"{listed[0]['field']}: {listed[0]['message'].rstrip('.')}.",
        "field": listed[0]["field"],
        "errors": listed,
    }


def _plain(request: Request, refused: HTTPException) -> dict[str, Any]:
    sentences = {
        400: "The body cannot be read: it must be JSON in UTF-8.",
        404: f"There is nothing at {request.url.path[:200]}.",
        405: f"{request.method} is not possible here.",
    }
    detail = sentences.get(refused.status_code, str(refused.detail))
    return plain_problem(refused.status_code, detail)


def _field(place: Sequence[Any]) -> str:
    parts = [str(part) for part in place[1:]]
    while len(parts) > 1 and _UNION_MEMBER.match(parts[-1]):
        parts.pop()
    return ".".join(parts)[:200] or "body"


def _route(request: Request) -> str:
    """The path as it is declared: one that was sent may hold a shopper's id."""
    route = request.scope.get("route")
    return getattr(route, "path", "unknown")
