"""Puts the desk into a server: its pages, what it sends, and what it forgets."""

from __future__ import annotations

import hashlib
import hmac

from fastapi import APIRouter

from assistant.app import Assistant
from assistant.desk.routes import desk_routes
from assistant.desk.staff import Sessions, Staff
from assistant.identity import kept_key
from assistant.settings import Settings


def desk_at(assistant: Assistant, settings: Settings) -> APIRouter:
    """The desk's pages.

    Args:
        assistant: whose cases.
        settings: ``secret`` signs the sessions; without one a key of the server's own does.
    """
    staff = Staff(assistant.database, now=assistant.now)
    if settings.secret is not None:
        secret = settings.secret.get_secret_value().encode()
        key = hmac.digest(secret, b"shopguide desk session", hashlib.sha256)
    else:
        key = kept_key(settings.data / "desk.key")
    sessions = Sessions(key, staff, now=assistant.now)
    return desk_routes(assistant.desk, staff, sessions, now=assistant.now)
