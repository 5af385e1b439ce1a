"""The order desk's implementations: in the shop's own database, and over HTTP."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable


def openapi_file() -> Traversable:
    """What an order system has to answer, as it is published."""
    return files("assistant.orders").joinpath("openapi.yaml")
