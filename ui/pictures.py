"""Pictures of products: the shop's own where its host is allowed, else a drawing by the kind."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from html import escape
from importlib.resources import files
from urllib.parse import urlsplit
from zlib import crc32

import yaml

from retrieval.product import Product


def picture_html(
    product_id: str, record: Product | None, url: str | None, origins: Collection[str]
) -> str:
    """A product's picture. It says nothing that the card's text does not: it is hidden from those
    who hear the page.

    Args:
        product_id: of the product.
        record: as the catalogue has it; None where it has it no more.
        url: of the picture, which comes from the catalogue and may be anything.
        origins: from which pictures may be loaded, such as ``https://cdn.shop.example``.
    """
    # The same product always has the same tint.
    hue = crc32(product_id.encode()) % 360
    allowed = allowed_picture(url, origins)
    image = ""
    if allowed is not None:
        image = (
            f'<img src="{escape(allowed)}" alt="" loading="lazy" decoding="async" '
            'referrerpolicy="no-referrer">'
        )
    return (
        f'<div class="sg-picture" style="--hue:{hue}" aria-hidden="true">'
        f'<svg viewBox="0 0 240 150" focusable="false">{_drawing(record)}</svg>{image}</div>'
    )


def allowed_picture(url: str | None, origins: Collection[str]) -> str | None:
    """The URL where it is of an origin from which pictures may be loaded; otherwise None.

    Args:
        url: from a catalogue.
        origins: scheme and host, with the port where it is not the usual one.
    """
    if url is None or any(char <= " " or char in '\\"<>' for char in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return None
    usual = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    origin = f"{parts.scheme}://{host}"
    if port is not None and port != usual:
        origin += f":{port}"
    return url if origin in origins else None


def _drawing(record: Product | None) -> str:
    steps = [step.casefold() for step in record.category] if record else []
    # What it is most precisely comes last.
    for step in reversed(steps):
        named = {word.removesuffix("s") for word in re.findall(r"[a-z]+", step)}
        for words, drawing in _drawings():
            if any(word in named or (not word.isascii() and word in step) for word in words):
                return drawing
    return _drawings()[-1][1]


@cache
def _drawings() -> list[tuple[list[str], str]]:
    """Words of kinds, and the drawing for them."""
    entries = yaml.safe_load(files("ui").joinpath("drawings.yaml").read_text(encoding="utf-8"))
    return [(entry["words"], "".join(map(_shape, entry["shapes"]))) for entry in entries]


def _shape(shape: dict[str, str]) -> str:
    [(kind, path)] = shape.items()
    return f'<path class="{kind}" d="{path}"/>'
