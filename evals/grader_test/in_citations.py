"""Faults of what a reply cites."""

from __future__ import annotations

import random
import re
from typing import Any

from evals.grader_test.fault import Fault, Planted, changed
from evals.grader_test.transcripts import Transcript

_CITED = ("cited",)
_MARKER = re.compile(r"\s*\[(\d+)\]")


def faults_in_citations() -> list[Fault]:
    """Wrong values and sources, and markers that citations do not belong to."""
    return [
        Fault("price in a citation", _CITED, _price),
        Fault("value in a citation", _CITED, _value),
        Fault("citation of an unknown product", _CITED, _unknown_product),
        Fault("citation of unknown advice", _CITED, _unknown_advice),
        Fault("citation of another product", _CITED, _other_product),
        Fault("missing citation of a marker", _CITED, _missing),
        Fault("missing citation of a price", _CITED, _missing_price),
        Fault("missing marker", _CITED, _missing_marker),
        Fault("dangling marker", ("cited", "grounded"), _dangling),
        Fault("expected citation missing", ("citations",), _expected),
    ]


def _with_citations(transcript: Transcript, citations: list[dict[str, Any]]) -> Planted:
    return changed(transcript, citations=citations)


def _cited(transcript: Transcript) -> list[dict[str, Any]]:
    return [citation.model_dump() for citation in transcript.last.citations or ()]


def _edited(
    transcript: Transcript, draw: random.Random, fields: tuple[str, ...], **values: str
) -> Planted | None:
    citations = _cited(transcript)
    places = [
        place
        for place, citation in enumerate(citations)
        if not fields or citation["source"].rpartition("#")[2] in fields
    ]
    if not places:
        return None
    place = draw.choice(places)
    citations[place] = citations[place] | values
    return _with_citations(transcript, citations)


def _price(transcript: Transcript, draw: random.Random) -> Planted | None:
    prices = {float(p.effective_price) for p in transcript.products}
    wrong = max(prices, default=50.0) + draw.choice((1.0, 10.0, 0.5))
    return _edited(transcript, draw, ("price", "sale_price"), value=str(wrong))


def _value(transcript: Transcript, draw: random.Random) -> Planted | None:
    citations = _cited(transcript)
    fields = {c["source"].rpartition("#")[2] for c in citations} - {"price", "sale_price"}
    fields = {field for field in fields if not field.startswith("advice:")}
    wrong = draw.choice(("77.7", "papier mache"))
    return _edited(transcript, draw, tuple(fields), value=wrong) if fields else None


def _unknown_product(transcript: Transcript, draw: random.Random) -> Planted | None:
    return _edited(transcript, draw, (), source="product:no-such-thing-7#price")


def _unknown_advice(transcript: Transcript, draw: random.Random) -> Planted | None:
    return _edited(transcript, draw, (), source="advice:no-such-entry")


def _other_product(transcript: Transcript, draw: random.Random) -> Planted | None:
    """A citation of a record that is not the marker's, its value that of the wrong record."""
    citations = _cited(transcript)
    others = [p for p in transcript.bank.products if p not in transcript.products]
    marked = [
        place
        for place, citation in enumerate(citations)
        if sum(c["marker"] == citation["marker"] for c in citations) > 1
    ]
    if not marked or not others:
        return None
    place, other = draw.choice(marked), draw.choice(others)
    source, value = f"product:{other.id}#price", str(float(other.price))
    citations[place] = citations[place] | {"source": source, "value": value}
    return _with_citations(transcript, citations)


def _missing(transcript: Transcript, draw: random.Random) -> Planted | None:
    markers = sorted({c["marker"] for c in _cited(transcript) if c["marker"].isdigit()})
    if not markers:
        return None
    marker = draw.choice(markers)
    kept = [c for c in _cited(transcript) if c["marker"] != marker]
    return _with_citations(transcript, kept)


def _missing_price(transcript: Transcript, draw: random.Random) -> Planted | None:
    """The text tells a price, and what is cited of the product is something else alone."""
    priced = {s.product.id for s in transcript.slots if s.kind == "price" and s.product}
    if not priced:
        return None
    id = draw.choice(sorted(priced))
    sources = (f"product:{id}#price", f"product:{id}#sale_price")
    kept = [c for c in _cited(transcript) if c["source"] not in sources]
    return _with_citations(transcript, kept)


def _missing_marker(transcript: Transcript, draw: random.Random) -> Planted | None:
    markers = sorted(set(_MARKER.findall(transcript.last.text)))
    if not markers:
        return None
    marker = draw.choice(markers)
    text = re.sub(rf"\s*\[{marker}\]", "", transcript.last.text)
    return changed(transcript, text=text)


def _dangling(transcript: Transcript, draw: random.Random) -> Planted | None:
    if not transcript.products:
        return None
    return changed(transcript, text=f"{transcript.last.text} [{draw.choice((7, 8, 9))}]")


def _expected(transcript: Transcript, draw: random.Random) -> Planted | None:
    if not transcript.conversation.turns[-1].expect.citations:
        return None
    return _with_citations(transcript, [])
