"""Errors of the dialogue side. The tree begins in ``retrieval.errors``.

::

    ShopGuideError
    ├── BadInput
    │   └── BadMessage             a message that is empty, too long, or not text
    ├── NotSignedIn                HTTP 401
    ├── Forbidden                  HTTP 403: another shopper's id beside a valid token
    ├── UnknownThread              HTTP 404: no such thread, or another shopper's
    ├── UnknownTurn                HTTP 404: the thread has no such turn
    ├── UnknownWish                HTTP 404: the thread has no such wish
    ├── AlreadyJoined              HTTP 409: the guest has become another shopper
    ├── TooManyRequests            HTTP 429: more than the shop's limits allow
    ├── SequenceModelDamaged       HTTP 503, in assistant.profile.sequence.folder
    ├── NotRemembered              HTTP 404: nothing is kept of the shopper
    ├── UnknownFact                HTTP 404: no such fact, or another shopper's
    ├── UnknownCase                HTTP 404: no such case at the desk
    ├── CaseTaken                  HTTP 409: somebody else has the case
    ├── FileChanged                HTTP 409: somebody else has changed the file meanwhile
    ├── BudgetSpent                HTTP 409: no more figures of this week may be let out
    ├── NothingCounted             HTTP 409: there are no figures of this week to be let out
    ├── ThreadBusy                 HTTP 409: two messages in one thread at once
    ├── WithPerson                 HTTP 409: a person of the shop has the talk
    ├── MessageSettled             HTTP 409: a message that cannot be taken back
    ├── StoreUnavailable           HTTP 503: the database cannot be read or written
    ├── ModelUnavailable           HTTP 503: the model server is down
    │   └── ModelTooSlow           HTTP 504
    └── BadModelOutput             HTTP 502: what came back cannot be used
"""

from __future__ import annotations

from collections.abc import Mapping

from retrieval.errors import BadInput as BadInput
from retrieval.errors import ShopGuideError


class BadMessage(BadInput):
    """A message that is empty, too long, or not text."""

    title = "Bad message"


class NotSignedIn(ShopGuideError):
    """No valid token came with the request.

    Args:
        sentence: what its sender may read.
        reason: what is wrong, in one word, for the shop's records.
    """

    exit_status = 2
    http_status = 401
    title = "Not signed in"

    def __init__(self, sentence: str, *, reason: str = "missing") -> None:
        super().__init__(sentence)
        self.reason = reason


class Forbidden(ShopGuideError):
    """The request names another shopper than its token does."""

    exit_status = 2
    http_status = 403
    title = "Forbidden"


class UnknownThread(ShopGuideError):
    """There is no such thread for this shopper."""

    exit_status = 2
    http_status = 404
    title = "Unknown thread"


class UnknownTurn(ShopGuideError):
    """There is no such turn in the thread."""

    exit_status = 2
    http_status = 404
    title = "Unknown turn"


class UnknownWish(ShopGuideError):
    """The wish does not hold in the thread, or not any more."""

    exit_status = 2
    http_status = 404
    title = "Unknown wish"


class AlreadyJoined(ShopGuideError):
    """The guest has become another shopper before."""

    exit_status = 2
    http_status = 409
    title = "Already joined"


class TooManyRequests(ShopGuideError):
    """More was asked than the shop's limits allow.

    Args:
        sentence: what its sender may read.
        wait: seconds after which it may be tried again.
        headers: that tell of the limit.
    """

    exit_status = 2
    http_status = 429
    title = "Too many requests"

    def __init__(
        self, sentence: str, *, wait: float, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(sentence)
        self.wait = wait
        self.headers = dict(headers or {})


class NotRemembered(ShopGuideError):
    """Nothing is kept of this shopper, who has not agreed to it."""

    exit_status = 2
    http_status = 404
    title = "Not remembered"


class UnknownFact(ShopGuideError):
    """There is no such fact in this shopper's profile."""

    exit_status = 2
    http_status = 404
    title = "Unknown fact"


class UnknownCase(ShopGuideError):
    """There is no such case at the desk."""

    exit_status = 2
    http_status = 404
    title = "Unknown case"


class CaseTaken(ShopGuideError):
    """A case is not one's own: somebody else has it, or nobody, or it is closed."""

    http_status = 409
    title = "Case taken"


class FileChanged(ShopGuideError):
    """One of the shop's files is another one than it was when an edit of it began."""

    http_status = 409
    title = "File changed"


class BudgetSpent(ShopGuideError):
    """The week's budget of privacy allows no further look at its figures."""

    http_status = 409
    title = "Budget spent"


class NothingCounted(ShopGuideError):
    """Nothing is counted of the week so far: a look at it would spend its budget on nothing."""

    http_status = 409
    title = "Nothing counted"


class ThreadBusy(ShopGuideError):
    """Another message of the same thread is still being answered."""

    http_status = 409
    title = "Thread busy"


class WithPerson(ShopGuideError):
    """A person of the shop has the talk."""

    http_status = 409
    title = "With a person"


class MessageSettled(ShopGuideError):
    """The message has done what stays: an order was changed, or a person of the shop has it."""

    http_status = 409
    title = "Message settled"


class StoreUnavailable(ShopGuideError):
    """The database cannot be read or written."""

    http_status = 503
    title = "Database unavailable"


class ModelUnavailable(ShopGuideError):
    """The model server does not answer."""

    http_status = 503
    title = "Model unavailable"


class ModelTooSlow(ModelUnavailable):
    """The model server did not answer in time."""

    http_status = 504
    title = "Model too slow"


class BadModelOutput(ShopGuideError):
    """The model's output is not what the schema asks for."""

    http_status = 502
    title = "Unusable model output"
