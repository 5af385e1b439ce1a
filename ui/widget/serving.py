"""``/widget.js``: the widget's parts as one script, compressed once."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files

from fastapi import APIRouter, Request, Response

# One after the other they are one script; a part uses what stands before it when it is loaded.
PARTS = (
    "texts.js",
    "pieces.js",
    "store.js",
    "server.js",
    "answer.js",
    "panel.js",
    "conversation.js",
    "start.js",
)
_HEADERS = {
    # A page of any shop may load it: it is the same for everyone, and holds nothing.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=600, stale-while-revalidate=86400",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Script:
    """The widget as it is sent.

    Attributes:
        plain: as it is.
        packed: compressed with gzip.
        tag: names this version of it.
    """

    plain: bytes
    packed: bytes
    tag: str


def widget_script() -> Script:
    """Puts the script together from its parts and its style sheet."""
    folder = files("ui.widget")
    style = folder.joinpath("style.css").read_text(encoding="utf-8")
    parts = [folder.joinpath(part).read_text(encoding="utf-8") for part in PARTS]
    body = "\n".join([f"const STYLE = {json.dumps(style, ensure_ascii=False)};", *parts])
    plain = f'(() => {{\n"use strict";\n{body}}})();\n'.encode()
    return Script(plain, gzip.compress(plain, 9, mtime=0), hashlib.sha256(plain).hexdigest()[:20])


def widget_routes() -> APIRouter:
    """The route of the script."""
    router = APIRouter()
    script = widget_script()

    @router.api_route("/widget.js", methods=["GET", "HEAD"], include_in_schema=False)
    def widget(request: Request) -> Response:
        """The widget; compressed where the browser takes it, nothing where it has it already."""
        packed = _takes_gzip(request.headers.get("accept-encoding", ""))
        # Weak: the same script, however it is packed.
        headers = {**_HEADERS, "ETag": f'W/"{script.tag}"'}
        if _has(request.headers.get("if-none-match", ""), script.tag):
            return Response(status_code=304, headers=headers)
        if packed:
            headers["Content-Encoding"] = "gzip"
        return Response(
            script.packed if packed else script.plain,
            media_type="text/javascript; charset=utf-8",
            headers=headers,
        )

    return router


def _takes_gzip(accepted: str) -> bool:
    for item in accepted.split(","):
        name, _, weight = item.partition(";")
        if name.strip().lower() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _has(wanted: str, tag: str) -> bool:
    tags = [item.strip().removeprefix("W/") for item in wanted.split(",")]
    return f'"{tag}"' in tags or "*" in tags
