"""The line to an order system: bounded in time and size, and clear about what may have happened."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import httpx

_LARGEST_ANSWER = 8_000_000
_TIMEOUT = httpx.Timeout(connect=3.0, read=8.0, write=8.0, pool=3.0)
_SECONDS_IN_ALL = 10.0
# Raised before a byte of the request has gone out.
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)

Query = Sequence[tuple[str, str]]


class NotSent(Exception):
    """The order system cannot be reached: it has not heard of the request."""


class Broken(Exception):
    """The line broke, or was given up on, after the request had gone out."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


class HttpLine:
    """Asks an order system.

    Args:
        url: of its root.
        key: bearer key; None where it wants none.
        clock: seconds of a clock that never goes back.
        timeout: of the parts of a request, in seconds.
        in_all: seconds that a request may take altogether.
    """

    def __init__(
        self,
        url: str,
        key: str | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        timeout: httpx.Timeout = _TIMEOUT,
        in_all: float = _SECONDS_IN_ALL,
    ) -> None:
        # An answer is read as it comes, so that none unfolds into more than is bounded here.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        self._client = httpx.Client(
            base_url=url.rstrip("/") + "/",
            headers=headers,
            timeout=timeout,
            trust_env=False,
            follow_redirects=False,  # the key goes where the shop said, nowhere else
        )
        self._clock = clock
        self._in_all = in_all

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Query = (),
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request and its answer, whatever its status.

        Raises:
            NotSent: nothing has happened.
            Broken: anything may have.
        """
        given = {**(headers or {})}
        if body is not None:
            given["Content-Type"] = "application/json"
        until = self._clock() + self._in_all
        try:
            with self._client.stream(
                method,
                path,
                params=list(query),
                content=None if body is None else body.encode("utf-8", "replace"),
                headers=given,
            ) as response:
                read = bytearray()
                for piece in response.iter_raw():
                    read += piece
                    if len(read) > _LARGEST_ANSWER:
                        raise Broken("the answer is too large")
                    if self._clock() > until:
                        raise Broken("the answer takes too long")
                return Answer(response.status_code, bytes(read))
        except _NOT_SENT as error:
            raise NotSent(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise Broken(type(error).__name__) from error

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()
