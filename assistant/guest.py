"""Guests: who has opened the page and is not signed in."""

from __future__ import annotations

PREFIX = "guest-"
"""How a guest's shopper id begins. The server alone gives such ids out."""


def is_guest(shopper_id: str) -> bool:
    """Whether a shopper is a guest, who has no account with the shop."""
    return shopper_id.startswith(PREFIX)
