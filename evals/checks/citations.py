"""What a reply cites, held against the records that it names.

Nothing here is shared with the assistant, which makes citations and checks texts by rules of its
own: a mistake there must not hide itself here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from evals.checks.order_citations import cites_order, order_citation_fault
from evals.checks.policies import POLICY, policy_fault
from evals.checks.wording import Shop
from evals.running.observed import Observed, SeenCitation
from evals.suite.predicates import plain_value, read_number, values_of
from retrieval.advice import Advice
from retrieval.product import Product

_MARKER = re.compile(r"\[(\d{1,3})\]")
SOURCE = re.compile(r"product:(?P<product>[^#]+)(?:#(?P<field>.+))?|advice:(?P<advice>[^#]+)")
# What may stand around an amount that is cited as a shopper reads it.
_AROUND_AMOUNT = re.compile(r"[$€£¥￥,\s]|(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])|美元|欧元|英镑|元")
_BETWEEN = re.compile(r"\s*[,，、;；/|]\s*|\s+")
_MONEY = frozenset({"price", "sale_price"})
_SAME_AMOUNT = 0.005
_SAME_NUMBER = 1e-5  # relative: a number is cited with six digits at the least


@dataclass(frozen=True)
class Citing:
    """How a reply cites.

    Attributes:
        citations: how many there are.
        markers: the different numbers in brackets that stand in the text.
        right: citations that the records bear out.
        wrong: one sentence for each citation that they do not bear out.
        dangling: one sentence for each marker that nothing is cited for.
    """

    citations: int
    markers: int
    right: int
    wrong: tuple[str, ...] = ()
    dangling: tuple[str, ...] = ()

    @property
    def counts(self) -> tuple[int, int]:
        """What is right, of the citations and of the markers that have none together."""
        return self.right, self.citations + len(self.dangling)


def wrong_citations(observed: Observed, shop: Shop) -> list[str]:
    """What is wrong with a reply's citations, one sentence a fault.

    Args:
        observed: what came; what a system does not tell at all is not wrong.
        shop: the catalogue that was asked.
    """
    citing = cited(observed, shop)
    return [*citing.wrong, *citing.dangling]


def cited(observed: Observed, shop: Shop) -> Citing:
    """Holds every citation and every marker of a reply against the catalogue.

    A citation is right where its source is in the catalogue and has that value, and where its
    marker, if it is a number, stands in the text and for one product alone. A marker of the text
    must have a citation.

    Args:
        observed: what came; nothing is counted of a system that tells no citations.
        shop: the catalogue that was asked.
    """
    if observed.citations is None:
        return Citing(citations=0, markers=0, right=0)
    markers = list(dict.fromkeys(_MARKER.findall(observed.text)))
    faults = [
        order_citation_fault(citation, observed.orders)
        if cites_order(citation.source)
        else _fault(citation, shop)
        for citation in observed.citations
    ]
    of_markers = _of_markers(observed.citations, markers)
    wrong = tuple(a or b for a, b in zip(faults, of_markers, strict=True) if a or b)
    known = {citation.marker.strip("[]") for citation in observed.citations}
    return Citing(
        citations=len(faults),
        markers=len(markers),
        right=len(faults) - len(wrong),
        wrong=wrong,
        dangling=tuple(f"Nothing is cited for [{m}]." for m in markers if m not in known),
    )


def knows_field(field: str, shop: Shop) -> bool:
    """Whether a field of a record can be cited: one of every product, or an attribute of some."""
    return field in Product.model_fields or shop.has_field(field)


def product_of(source: str) -> str | None:
    """The id of the product that a source names, if it names one."""
    match = SOURCE.fullmatch(source)
    return match["product"] if match else None


def stands_for(wanted: str, source: str) -> bool:
    """Whether a source is one that a suite asks for.

    Args:
        wanted: ``price`` for that field of any product, ``product:ID``, ``product:ID#field``,
            ``advice`` or ``advice:ID``.
        source: of a citation.
    """
    match = SOURCE.fullmatch(source)
    if match is None:
        return False
    if wanted == "advice":
        return match["advice"] is not None
    if wanted.startswith("advice:"):
        return source == wanted
    if not wanted.startswith("product:"):
        return match["product"] is not None and _same_field(wanted, match["field"])
    asked = SOURCE.fullmatch(wanted)
    if asked is None or asked["product"] != match["product"]:
        return False
    return asked["field"] is None or _same_field(asked["field"], match["field"])


def _same_field(wanted: str, field: str | None) -> bool:
    """A price that is cited may be the one of a sale."""
    return field == wanted or (wanted == "price" and field == "sale_price")


def _of_markers(citations: Sequence[SeenCitation], markers: Sequence[str]) -> Iterator[str]:
    """What is wrong with the marker of each citation; empty where nothing is."""
    meant: dict[str, str] = {}
    for citation in citations:
        marker, id = citation.marker.strip("[]"), product_of(citation.source)
        if cites_order(citation.source):
            yield ""  # its marker is the order's number, which stands in no brackets
        elif marker.isdigit() and marker not in markers:
            yield f"[{marker}] is cited for and is not in the text."
        elif marker and id is not None and meant.setdefault(marker, id) != id:
            yield f"[{marker}] stands for {meant[marker]} and for {id}."
        else:
            yield ""


def _fault(citation: SeenCitation, shop: Shop) -> str:
    source = citation.source
    if POLICY.fullmatch(source):
        return policy_fault(citation, shop.policies)
    match = SOURCE.fullmatch(source)
    if match is None:
        return f"“{source}” is no source of the catalogue."
    if match["advice"] is not None:
        entry = shop.index.advice.get(match["advice"])
        if entry is None:
            return f"There is no advice “{match['advice']}”."
        if not _is_named(entry, citation.value):
            return f"“{citation.value}” is no name of {source}."
        return ""
    product = shop.products.get(match["product"])
    if product is None:
        return f"There is no product “{match['product']}”."
    if match["field"] is None:
        return ""
    field = match["field"].removeprefix("attributes.")
    held = _held(product, field)
    if not held and not knows_field(field, shop):
        return f"No product has a {field}: {source}."
    if not _has(field, held, citation.value):
        shown = ", ".join(map(plain_value, held)) or "not stated"
        return f"{source} is {shown}, not “{citation.value}”."
    return ""


def _is_named(entry: Advice, value: str) -> bool:
    names = [name for names in entry.words.values() for name in names]
    return plain_value(value) in {plain_value(v) for v in (*names, *entry.reason.values())}


def _held(product: Product, field: str) -> list[Any]:
    """What a record has in a field, whether or not it can be bought."""
    match field:
        case "price":
            of_variants = [v.price for v in product.variants if v.price is not None]
            return [float(p) for p in (product.effective_price, product.price, *of_variants)]
        case "sale_price":
            return [] if product.sale_price is None else [float(product.sale_price)]
        case "size" | "color" if product.variants:
            values = [getattr(variant, field) for variant in product.variants]
            return [*dict.fromkeys(v for v in values if v), *product.values(field)]
        case "size" | "color":
            return list(product.values(field))
        case "title":
            return [t for t in (product.title, product.title_zh) if t]
        case "availability":
            return [product.availability, *{v.availability for v in product.variants}]
        case "description" | "currency" | "url" | "image_url":
            value = getattr(product, field)
            return [value] if value else []
    return values_of(product, field)


def _has(field: str, held: Sequence[Any], value: str) -> bool:
    """Whether a record has the value that is cited, or all of several that are cited together.

    Of a field that the record says nothing of, nothing is cited: an empty value is right.
    """
    if not value.strip() or not held:
        return not value.strip() and not held
    if field == "description":
        return any(plain_value(value) in plain_value(text) for text in held)
    if any(_same(field, one, value) for one in held):
        return True
    words = {plain_value(one) for one in held}
    return _made_of(plain_value(value), words)


def _same(field: str, held: Any, value: str) -> bool:
    if plain_value(held) == plain_value(value):
        return True
    number = read_number(held)
    if number is None:
        return False
    if field in _MONEY:
        amount = read_number(_AROUND_AMOUNT.sub("", value))
        return amount is not None and abs(amount - number) < _SAME_AMOUNT
    cited = read_number(value)
    if cited is None or (value.strip().isdigit() and number.is_integer()):
        return False  # nothing of it is rounded: a count, a year, a code
    return abs(cited - number) <= _SAME_NUMBER * max(1.0, abs(number))


def _made_of(text: str, words: AbstractSet[str]) -> bool:
    """Whether a text is nothing but some of these words, with commas or blanks between them."""
    reached = {0}
    for start in range(len(text)):
        if start not in reached:
            continue
        for word in words:
            if word and text.startswith(word, start):
                end = start + len(word)
                between = _BETWEEN.match(text, end)
                if end == len(text) or between:
                    reached.add(between.end() if between else end)
    return len(text) in reached
