"""Errors of the catalogue side, and the root of every error that ShopGuide raises.

::

    ShopGuideError                 a sentence for the user, an exit status, an HTTP status
    ├── BadInput                   exit 2, HTTP 422: names the field that is wrong
    │   ├── BadCondition           a filter that cannot be read or does not fit the field
    │   └── BadCatalogueFile       a file that cannot be imported at all
    ├── UnknownCatalogue           exit 2, HTTP 404
    ├── UnknownProduct             exit 2, HTTP 404
    ├── IndexBroken                exit 1, HTTP 503: the files on disk do not fit together
    │   └── IndexMismatch          made by another format or embedding model
    ├── IndexNotWritten            exit 1, HTTP 503: a full disk, a folder that cannot be written
    ├── VectorsUnavailable         exit 1, HTTP 503: Milvus is away, or its client is not installed
    └── DownloadFailed             exit 1, HTTP 503
        └── WrongHash              names both hashes

``assistant.errors`` continues the tree.
"""

from __future__ import annotations


class ShopGuideError(Exception):
    """Something a user is told in one plain sentence.

    Args:
        sentence: what is shown to the user; no path of code, no traceback.
        field: the name of the input field at fault, where there is one.
    """

    exit_status = 1
    http_status = 500
    title = "Something went wrong"

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class BadInput(ShopGuideError):
    """What the user gave cannot be used."""

    exit_status = 2
    http_status = 422
    title = "Bad input"


class BadCondition(BadInput):
    """A filter that cannot be read, or whose value does not fit its field."""

    title = "Bad condition"


class BadCatalogueFile(BadInput):
    """A catalogue file that cannot be imported at all."""

    title = "Unreadable catalogue file"


class UnknownCatalogue(ShopGuideError):
    """No index of that name exists."""

    exit_status = 2
    http_status = 404
    title = "Unknown catalogue"


class UnknownProduct(ShopGuideError):
    """The catalogue has no product of that id."""

    exit_status = 2
    http_status = 404
    title = "Unknown product"


class IndexBroken(ShopGuideError):
    """The files of an index are missing, cut short or of another version."""

    http_status = 503
    title = "Index unreadable"


class IndexMismatch(IndexBroken):
    """An index that is whole, and was made by another format or embedding model."""

    title = "Index made otherwise"


class IndexNotWritten(ShopGuideError):
    """An index or a change could not be written; what was there goes on serving."""

    http_status = 503
    title = "Index not written"


class DownloadFailed(ShopGuideError):
    """Weights could not be fetched from any of their sources."""

    http_status = 503
    title = "Download failed"


class WrongHash(DownloadFailed):
    """The bytes that came are not the bytes that were asked for.

    Args:
        name: the file.
        expected: its published SHA-256, in hexadecimal.
        found: the SHA-256 of what came.
    """

    title = "Wrong hash"

    def __init__(self, name: str, expected: str, found: str) -> None:
        super().__init__(
            f"{name} is not the published file: its SHA-256 should be {expected} and is {found}. "
            "Nothing was kept."
        )
        self.expected = expected
        self.found = found


class VectorsUnavailable(ShopGuideError):
    """The server that keeps the vectors does not answer or refuses, or its client is missing."""

    http_status = 503
    title = "Vectors unavailable"
