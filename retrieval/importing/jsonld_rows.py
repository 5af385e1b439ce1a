"""Products of schema.org JSON-LD: nodes of a document, of lines, or of the pages of a shop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingOf
from types import MappingProxyType

from retrieval.importing.json_rows import parse_json
from retrieval.importing.reasons import Reason
from retrieval.importing.rows import MAX_COLUMNS, Cell, Row, checked_row, spread
from retrieval.importing.values import as_text

JSONLD_FIELDS = MappingProxyType(
    {
        "id": ("id",),
        "title": ("name",),
        "description": ("description",),
        "brand": ("brand",),
        "category": ("category",),
        "price": ("offers.listPrice",),
        "sale_price": ("offers.price",),
        "currency": ("offers.priceCurrency",),
        "availability": ("offers.availability",),
        "rating": ("aggregateRating.ratingValue",),
        "rating_count": ("aggregateRating.reviewCount",),
        "image_url": ("image",),
        "url": ("url",),
        "attributes": ("additionalProperty",),
        "variants": ("hasVariant",),
    }
)
"""Under which names the readings below put the fields of a product."""

Node = MappingOf[str, Cell]

_PRODUCTS = frozenset({"product", "productgroup", "productmodel", "individualproduct", "vehicle"})
_LISTS = ("@graph", "itemListElement", "item", "mainEntity", "hasPart", "about")
_IDS = ("productGroupID", "sku", "productID", "gtin", "gtin13", "gtin12", "mpn", "@id", "url")
_NAMES = ("name", "value", "@value", "@id")
_DEEPEST = 6
# Characters of nodes that others may point to.
_MOST_HELD = 20_000_000
_READ = frozenset(
    {"offers", "aggregateRating", "brand", "manufacturer", "image", "hasVariant", "review"}
    | {"reviews", "additionalProperty", "name", "description", "url", "category", "isVariantOf"}
    | {"@id", "@type", "@context", "isRelatedTo", "isSimilarTo", "mainEntityOfPage", "variesBy"}
    | {"productGroupID", "sku", "productID", "id", "inProductGroupWithID"}
)


def jsonld_rows(texts: Iterable[tuple[int, str | None]]) -> Iterator[Row]:
    """The products among JSON-LD texts; other nodes are passed over.

    Args:
        texts: number and JSON text of each; None for one beyond the limit.
    """
    linked: dict[str, Node] = {}
    held = 0
    for number, text in texts:
        value = parse_json(text)
        if isinstance(value, Reason):
            yield Row(number, problem=value)
            continue
        nodes = list(_nodes(value, 0))
        for node in nodes:
            if isinstance(own := node.get("@id"), str) and held < _MOST_HELD:
                linked[own] = node
                held += 100 + len(text or "") // len(nodes)
        inside = {
            str(each.get("@id"))
            for node in nodes
            for each in _records(node.get("hasVariant"))
            if _is_product(node)
        }
        for node in nodes:
            listed = isinstance(own := node.get("@id"), str) and own in inside
            if _is_product(node) and not listed and not _is_empty_group(node):
                yield _row(number, node, linked)


def _nodes(value: Cell, depth: int) -> Iterator[Node]:
    """The nodes of a document, those of its lists and graphs among them."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for part in value:
            yield from _nodes(part, depth + 1)
    elif isinstance(value, dict):
        yield value
        if not _is_product(value):
            for key in _LISTS:
                yield from _nodes(value.get(key), depth + 1)


def _is_product(node: Node) -> bool:
    types = node.get("@type")
    named = types if isinstance(types, list) else [types]
    return any(
        isinstance(name, str) and name.rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower() in _PRODUCTS
        for name in named
    )


def _is_empty_group(node: Node) -> bool:
    """Whether a group only gives its variants a name: they stand beside it and point to it."""
    return "productgroup" in as_text(node.get("@type")).lower() and not (
        node.get("hasVariant") or node.get("offers")
    )


def _group(node: Node) -> str:
    """The id of the group whose variant a product is; empty where it is none's."""
    for group in _records(node.get("isVariantOf")):
        for key in ("productGroupID", "@id", "sku", "name"):
            if text := as_text(group.get(key)):
                return text
    return as_text(node.get("inProductGroupWithID"))


def _row(number: int, node: Node, linked: MappingOf[str, Node]) -> Row:
    cells: dict[str, Cell] = {}
    rest = {key: value for key, value in node.items() if key not in _READ and key[:1] != "@"}
    for key, value in spread(rest).items():
        cells[key] = _plain(value)
    offer, price, listed = _offer(node.get("offers"), linked)
    rating = _first(node.get("aggregateRating"), linked)
    variants = [
        _variant(each, linked) for each in _resolved(node.get("hasVariant"), linked)[:MAX_COLUMNS]
    ]
    cells.update(
        {
            "id": next((text for key in _IDS if (text := as_text(node.get(key)))), ""),
            "name": _name(node.get("name"), linked),
            "description": _name(node.get("description"), linked),
            "brand": _name(node.get("brand") or node.get("manufacturer"), linked),
            "category": _names(node.get("category"), linked),
            "image": _images(node.get("image"), linked),
            "url": as_text(node.get("url")) or as_text(offer.get("url")),
            "offers.price": price if listed is not None else None,
            "offers.listPrice": listed if listed is not None else price,
            "offers.priceCurrency": _currency(offer, variants),
            "offers.availability": as_text(offer.get("availability")),
            "aggregateRating.ratingValue": _of_five(rating),
            "aggregateRating.reviewCount": rating.get("reviewCount") or rating.get("ratingCount"),
            "additionalProperty": _properties(node.get("additionalProperty")),
            "hasVariant": variants,
            "inProductGroupWithID": _group(node),
        }
    )
    return checked_row(
        number, {key: value for key, value in cells.items() if value not in ("", [])}
    )


def _variant(node: Node, linked: MappingOf[str, Node]) -> dict[str, Cell]:
    offer, price, listed = _offer(node.get("offers"), linked)
    return {
        "sku": next((text for key in _IDS[1:] if (text := as_text(node.get(key)))), ""),
        "size": _name(node.get("size"), linked),
        "color": _name(node.get("color"), linked),
        "price": price,
        "list price": listed,
        "availability": as_text(offer.get("availability")),
        "currency": offer.get("priceCurrency"),
    }


def _offer(value: Cell, linked: MappingOf[str, Node]) -> tuple[Node, Cell, Cell]:
    """The offer that counts, its price, and its list price where it tells one.

    Of several the cheapest that is in stock; an aggregate's price is its lowest.
    """
    offers = _resolved(value, linked)
    flat = [each for offer in offers for each in (*_resolved(offer.get("offers"), linked), offer)]
    priced = [(offer, price) for offer in flat if (price := _price(offer, linked)) is not None]
    if not priced:
        return (flat[0] if flat else {}), None, None
    stocked = [pair for pair in priced if "outofstock" not in _stock(pair[0])]
    offer, price = min(stocked or priced, key=lambda pair: _number(pair[1]))
    listed: Cell = None
    for each in _resolved(offer.get("priceSpecification"), linked):
        kind = as_text(each.get("priceType")).lower()
        if kind.endswith(("listprice", "strikethroughprice", "srp", "msrp")):
            listed = each.get("price")
    return offer, price, listed


def _price(offer: Node, linked: MappingOf[str, Node]) -> Cell:
    for key in ("price", "lowPrice"):
        if offer.get(key) not in (None, ""):
            return offer[key]
    for each in _resolved(offer.get("priceSpecification"), linked):
        if each.get("price") not in (None, "") and not as_text(each.get("priceType")):
            return each["price"]
    return None


def _stock(offer: Node) -> str:
    return as_text(offer.get("availability")).replace(" ", "").replace("_", "").lower()


def _number(price: Cell) -> float:
    try:
        return float(as_text(price).replace(",", ""))
    except ValueError:
        return float("inf")


def _currency(offer: Node, variants: Sequence[Cell]) -> str:
    own = as_text(offer.get("priceCurrency"))
    inner = (each.get("currency") for each in variants if isinstance(each, dict))
    return own or next((text for each in inner if (text := as_text(each))), "")


def _of_five(rating: Node) -> Cell:
    """The rating on a scale to 5, where it says another one."""
    value, best = _number(rating.get("ratingValue")), _number(rating.get("bestRating", 5))
    if rating.get("ratingValue") in (None, "") or best == 5 or not 0 < best < 1e6:
        return rating.get("ratingValue")
    return round(5 * value / best, 2)


def _properties(value: Cell) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for each in _records(value)[:MAX_COLUMNS]:
        name = as_text(each.get("name")) or as_text(each.get("propertyID"))
        told = _plain(each.get("value"))
        if name and told not in (None, ""):
            unit = as_text(each.get("unitText"))
            found[name[:80]] = f"{as_text(told)} {unit}" if unit else told
    return found


def _images(value: Cell, linked: MappingOf[str, Node]) -> list[Cell]:
    parts = value if isinstance(value, list) else [value]
    found: list[Cell] = []
    for part in parts[:100]:
        node = _first(part, linked)
        text = as_text(part) or as_text(node.get("contentUrl")) or as_text(node.get("url"))
        if text:
            found.append(text)
    return found


def _name(value: Cell, linked: MappingOf[str, Node]) -> str:
    names = _names(value, linked)
    return names if isinstance(names, str) else as_text(names[0]) if names else ""


def _names(value: Cell, linked: MappingOf[str, Node]) -> str | list[Cell]:
    """A text, or the name of a node: ``{"@type": "Brand", "name": "Acme"}``."""
    if isinstance(value, list):
        return [name for part in value[:100] if (name := _name(part, linked))]
    if isinstance(value, dict):
        node = linked.get(as_text(value.get("@id")), value) if len(value) == 1 else value
        return next((text for key in _NAMES if (text := as_text(node.get(key)))), "")
    return as_text(value)


def _plain(value: Cell) -> Cell:
    """A value without the nodes around it: a quantity, a named thing."""
    if isinstance(value, list):
        return [_plain(part) for part in value[:100]]
    if isinstance(value, dict):
        return next((value[key] for key in ("value", "name", "@value") if key in value), None)
    return value


def _records(value: Cell) -> list[Node]:
    parts = value if isinstance(value, list) else [value]
    return [part for part in parts if isinstance(part, dict)]


def _resolved(value: Cell, linked: MappingOf[str, Node]) -> list[Node]:
    """The records of a value; one that only points to a node is that node."""
    return [
        linked.get(as_text(each.get("@id")), each) if len(each) == 1 else each
        for each in _records(value)
    ]


def _first(value: Cell, linked: MappingOf[str, Node]) -> Node:
    return next(iter(_resolved(value, linked)), {})
