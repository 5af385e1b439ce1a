"""The words of a product by the field in which they stand."""

from __future__ import annotations

import re

from retrieval.lexical.terms import terms_of
from retrieval.product import Product
from retrieval.text import normalise, simplified, tokens
from retrieval.vocabulary import Term, Vocabulary

# What follows is what a thing is made for, not what it is: "case for laptop 15 inch".
_PURPOSE = re.compile(
    r"\b(?:for|fits?|fitting|suits|compatible with|suitable for|works with|replacement for|"
    r"designed for|made for|für|pour)\b|适用于?|专用|兼容",
    re.IGNORECASE,
)
# How feeds name the column that says what a thing is.
_KIND = re.compile(r"(?:attr(?:ibute)?_(?:[a-z]_)?)?(?:product_|item_)?(?:type|kind|category)")
_PURPOSE_NAME = re.compile(r"compatib|suitable|fits|designed_for|works_with")
_NUMBER_NAME = re.compile(
    r"(?:^|_)(?:mpn|sku|gtin\d*|ean\d*|upc|isbn|asin|model|model_?(?:number|no|code|name)|"
    r"part_?(?:number|no)|article_?(?:number|no)|item_?(?:number|no)|name)$"
)
_UNIT_NAME = re.compile(r"_(g|mm|cm|kg|ml|l|in|inch|gb|tb|mb|w|v|m|mah|hz|ghz|oz|lb|ft)$")
# Nobody looks for goods by the day on which they were listed.
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:$|[T ])")
_DESCRIPTION_WORDS = 400
_ATTRIBUTE_WORDS = 400


def fields_of(product: Product, vocabulary: Vocabulary) -> dict[str, list[str]]:
    """The terms of a product, each field's in order.

    Args:
        product: the record.
        vocabulary: gives other words for the product's values, in both languages.

    Returns:
        Terms by field: ``title``, ``purpose`` (what the title says that it is for), ``brand``,
        ``kind`` (the last step of its category, a product type), ``category``, ``numbers``
        (model numbers and codes), ``attributes``, ``words`` (other words for its values),
        ``characters`` (of Chinese names) and ``description``. Fields without a term are left out.
    """
    found: dict[str, list[str]] = {}

    def put(field: str, text: str) -> None:
        if terms := terms_of(text):
            found.setdefault(field, []).extend(terms)

    for title in (product.title, product.title_zh):
        if title:
            what, purpose = _split(title)
            put("title", what)
            put("purpose", purpose)
    if product.brand:
        put("brand", product.brand)
    for step in product.category:
        put("category", step)
    if product.category:
        put("kind", product.category[-1])
    for name in product.attributes:
        for value in product.values(name):
            put(_field(name, value), _text(name, value))
    for variant in product.variants:
        put("numbers", variant.sku)
        for text in (variant.color, variant.size):
            if text:
                put("attributes", text)
    put("numbers", product.id)
    named = " ".join([product.title, product.title_zh or "", product.brand or ""])
    if characters := _characters(f"{named} {' '.join(product.category)}"):
        found["characters"] = characters
    for word in _other_words(product, vocabulary):
        put("words", word)
    found["description"] = list(terms_of(product.description))[:_DESCRIPTION_WORDS]
    if "attributes" in found:
        del found["attributes"][_ATTRIBUTE_WORDS:]
    return {field: terms for field, terms in found.items() if terms}


def _characters(text: str) -> list[str]:
    """The characters of Chinese words of several: 毯 of 盖毯, which 毛毯 is asked for by."""
    words = [token.stem for token in tokens(normalise(text)) if token.cjk and len(token.stem) > 1]
    return list(dict.fromkeys(simplified("".join(words))))


def _split(title: str) -> tuple[str, str]:
    """What a title says that the thing is, and what it says that it is for."""
    match = _PURPOSE.search(title)
    # A title may open with the word ("For running: ..."), and then it says nothing of the kind.
    if match is None or not title[: match.start()].strip():
        return title, ""
    return title[: match.start()], title[match.end() :]


def _field(name: str, value: bool | float | str) -> str:
    if isinstance(value, str):
        small = normalise(name)
        if _NUMBER_NAME.search(small):
            return "numbers"
        if _KIND.fullmatch(small):
            return "kind"
        if _PURPOSE_NAME.search(small):
            return "purpose"
    return "attributes"


def _text(name: str, value: bool | float | str) -> str:
    if isinstance(value, bool):
        return name.replace("_", " ") if value else ""
    if isinstance(value, float):
        unit = _UNIT_NAME.search(name)
        return f"{value:g}{unit.group(1)}" if unit else ""
    return "" if _DATE.match(value) else value


def _other_words(product: Product, vocabulary: Vocabulary) -> list[str]:
    terms: list[Term] = [Term("brand", product.brand)] if product.brand else []
    terms += [Term("category", step) for step in product.category]
    for name in product.attributes:
        for value in product.values(name):
            if value is not False and not isinstance(value, float):
                terms.append(Term(name, value))
    own = {str(term.value) for term in terms}
    return [word for term in terms for word in vocabulary.words_for(term) if word not in own]
