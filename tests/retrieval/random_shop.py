"""Random products and conditions, and a plain reading of what a condition means."""

import operator
import unicodedata
from collections.abc import Iterator, Sequence
from decimal import Decimal

from hypothesis import strategies as st

from retrieval.conditions import Condition
from retrieval.product import Product, Variant

COLORS = ("White", "white ", "BLACK", "黑色", "sky blue")
SIZES = ("42", "42.5", "M", "大")
BRANDS = ("Acme", "ACME", "Ärzte", "李宁", "Acme Pro")
MATERIALS = ("Mesh", "mesh", "leather", "Recycled mesh", "yes", "5")
WORDS = ("Trail", "shoe", "跑鞋", "Ｗｉｄｅ", "5", "straße")
NUMBERS = (0.0, -0.0, 5.0, 12.5, 99_999.99, 100_000.0, 1_234_567.0, 1_234_568.0)
STOCKED = ("in_stock", "preorder", "backorder")
FIELDS = (
    "price", "rating", "rating_count", "brand", "category", "currency", "availability", "on_sale",
    "title", "title_zh", "description", "material", "weight_g", "waterproof", "mixed", "id", "sku",
    "color", "size", "in_stock",
)  # fmt: skip
TEXTS = ("title", "title_zh", "description")
OF_VARIANTS = ("color", "size", "sku", "in_stock")
_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
OPS = ("=", "!=", "<", "<=", ">", ">=", "in", "not_in", "contains")

availability = st.sampled_from([*STOCKED, "out_of_stock"])
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
money = st.sampled_from(NUMBERS).map(abs).map(str).map(Decimal)


def variants(id: str) -> st.SearchStrategy[tuple[Variant, ...]]:
    one = st.builds(
        Variant,
        sku=st.sampled_from(["a", "b", "c"]).map(lambda letter: f"{id}-{letter}"),
        size=st.none() | st.sampled_from(SIZES),
        color=st.none() | st.sampled_from(COLORS),
        price=st.none() | money,
        availability=availability,
    )
    return st.lists(one, max_size=3).map(tuple)


attributes = st.fixed_dictionaries(
    {},
    optional={
        "material": st.sampled_from(MATERIALS) | st.lists(st.sampled_from(MATERIALS), max_size=2),
        "weight_g": st.sampled_from(NUMBERS),
        "waterproof": st.booleans(),
        "mixed": st.sampled_from(NUMBERS) | st.booleans() | st.sampled_from(MATERIALS),
        "color": st.sampled_from(COLORS),
        "size": st.lists(st.sampled_from(SIZES), min_size=1, max_size=2),
    },
)


def products(id: str) -> st.SearchStrategy[Product]:
    return st.builds(
        Product,
        id=st.just(id),
        title=texts,
        title_zh=st.none() | texts,
        brand=st.none() | st.sampled_from(BRANDS),
        category=st.lists(st.sampled_from(["Shoes", "Trail", "鞋"]), max_size=2).map(tuple),
        price=money,
        currency=st.just("USD"),
        sale_price=st.none() | money,
        availability=availability,
        rating=st.none() | st.sampled_from([0.0, 3.5, 5.0]),
        rating_count=st.none() | st.sampled_from([0, 5, 1_234_567]),
        description=st.just("") | texts,
        attributes=attributes,
        variants=variants(id),
    )


catalogues = st.integers(min_value=1, max_value=12).flatmap(
    lambda count: st.tuples(*(products(f"p{number}") for number in range(count))).map(list)
)
_values = st.one_of(
    st.sampled_from([*COLORS, *SIZES, *BRANDS, *MATERIALS, *WORDS, *STOCKED, "p1", "p1-a", "USD"]),
    st.sampled_from(["", "ac", "Trail shoe", "mes", "s", "no such thing"]),
    st.sampled_from(NUMBERS),
    st.booleans(),
)
_POOLS: dict[str, st.SearchStrategy[bool | float | str]] = {
    **dict.fromkeys(("price", "rating", "rating_count", "weight_g"), st.sampled_from(NUMBERS)),
    **dict.fromkeys(("on_sale", "waterproof", "in_stock"), st.booleans()),
    **dict.fromkeys(TEXTS, st.sampled_from([*WORDS, "trail shoe", "s", ""])),
    "brand": st.sampled_from([*BRANDS, "ac", "Ä"]),
    "category": st.sampled_from(["shoes", "trail", "鞋", "o"]),
    "availability": availability,
    "material": st.sampled_from([*MATERIALS, "mes"]),
    "color": st.sampled_from([*COLORS, "w"]),
    "size": st.sampled_from([*SIZES, "4"]) | st.just(42.0),
    "id": st.sampled_from(["p0", "P1"]),
    "sku": st.sampled_from(["p0-a", "p1-b"]),
}


@st.composite
def _conditions(draw: st.DrawFn) -> Condition:
    """Mostly such as a shopper would ask; now and then senseless ones."""
    field = draw(st.sampled_from(FIELDS))
    if draw(st.integers(min_value=0, max_value=19)) == 0:
        field = draw(st.sampled_from([field, "unheard_of"]))
        op, value = draw(st.sampled_from(OPS)), draw(_values)
        return Condition.model_validate({"field": field, "op": op, "value": value})
    pool = _POOLS.get(field, _values)
    if field in ("price", "rating", "rating_count", "weight_g"):
        op = draw(st.sampled_from([op for op in OPS if op != "contains"]))
    elif field in ("id", "sku", "in_stock", "on_sale"):
        op = draw(st.sampled_from(["=", "!=", "in", "not_in"]))
    else:
        op = draw(st.sampled_from(["=", "!=", "in", "not_in", "contains"]))
    many = op in ("in", "not_in") or (op in ("=", "contains") and draw(st.booleans()))
    value = draw(st.lists(pool, max_size=3)) if many else draw(pool)
    if draw(st.booleans()) and field in ("material", "weight_g", "waterproof", "mixed"):
        field = f"attributes.{field}"
    return Condition.model_validate({"field": field, "op": op, "value": value})


conditions = _conditions()


def plain(value: object) -> str:
    """A value as it is compared: yes and no, exact numbers, text without case and width."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(Decimal(str(value)).normalize() + 0)
    text = " ".join(unicodedata.normalize("NFKC", str(value)).casefold().split())
    if text in ("true", "false"):
        return "yes" if text == "true" else "no"
    try:
        # A text of digits alone is the number.
        return plain(float(text)) if text.replace(".", "").isdecimal() else text
    except ValueError:
        return text


def values_of(product: Product, field: str) -> list[object]:
    """The values of a field of the product itself."""
    own: dict[str, object] = {
        "id": product.id,
        "price": float(product.effective_price),
        "rating": product.rating,
        "rating_count": product.rating_count,
        "brand": product.brand,
        "currency": product.currency,
        "availability": product.availability,
        "on_sale": product.on_sale,
    }
    if field == "category":
        return list(product.category)
    if field in own:
        return [] if own[field] is None else [own[field]]
    return list(product.values(field))


def offers_of(product: Product) -> Iterator[dict[str, object]]:
    """What can be bought of a product, one by one."""
    paid = float(product.effective_price)
    for variant in product.variants:
        offer: dict[str, object] = {
            "sku": variant.sku,
            "in_stock": product.availability in STOCKED and variant.availability in STOCKED,
            "price": paid if variant.price in (None, product.price) else float(variant.price or 0),
        }
        for name in ("size", "color"):
            shared = product.values(name)
            own = getattr(variant, name)
            offer[name] = shared[0] if own is None and len(shared) == 1 else own
        yield offer
    if not product.variants:
        for color in product.values("color") or [None]:
            for size in product.values("size") or [None]:
                stocked = product.availability in STOCKED
                yield {"size": size, "color": color, "in_stock": stocked, "price": paid}


def known_fields(shop: Sequence[Product]) -> set[str]:
    """The fields that a condition on these products may name."""
    found = {*TEXTS, "in_stock"}
    for product in shop:
        found |= {field for field in FIELDS if values_of(product, field)}
        for offer in offers_of(product):
            found |= {field for field, value in offer.items() if value is not None}
    # An attribute beside variants of its name is not what is filtered by.
    return found - {
        field
        for field in ("color", "size")
        if not any(offer.get(field) for product in shop for offer in offers_of(product))
    }


def _holds(held: Sequence[object], condition: Condition) -> bool:
    value = condition.value
    wanted = [plain(v) for v in (value if isinstance(value, list) else [value])]
    found = [plain(v) for v in held if v is not None]
    if condition.op == "contains":
        # Numbers have no parts.
        texts = [plain(v) for v in held if v is not None and not isinstance(v, int | float)]
        texts += [plain(v) for v in held if isinstance(v, bool)]
        return any(part in text for part in wanted for text in texts)
    among = any(v in wanted for v in found)
    return not among if condition.op in ("!=", "not_in") else among


def _offer_holds(value: object, condition: Condition) -> bool:
    if condition.op not in _COMPARE:
        return _holds([value], condition)
    assert isinstance(value, float)
    assert isinstance(condition.value, float)
    return _COMPARE[condition.op](value, condition.value)


def meets(product: Product, wanted: Sequence[Condition]) -> bool:
    """Whether a product meets all conditions, those on variants in one variant."""
    of_variants = []
    joint = any(c.field.removeprefix("attributes.") in OF_VARIANTS for c in wanted)
    for condition in wanted:
        field = condition.field.removeprefix("attributes.")
        if field in OF_VARIANTS or (joint and field == "price" and condition.op in _COMPARE):
            of_variants.append((field, condition))
        elif condition.op in _COMPARE:
            numbers = [
                v
                for v in values_of(product, field)
                if isinstance(v, int | float) and not isinstance(v, bool)
            ]
            bound = condition.value
            assert isinstance(bound, float)
            if not any(_COMPARE[condition.op](n, bound) for n in numbers):
                return False
        elif field in TEXTS:
            if not _holds([getattr(product, field) or ""], condition):
                return False
        elif not _holds(values_of(product, field), condition):
            return False
    return not of_variants or any(
        all(_offer_holds(offer.get(field), condition) for field, condition in of_variants)
        for offer in offers_of(product)
    )
