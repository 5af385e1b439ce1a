"""Which variant of a product is to come instead of one that was bought."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retrieval.index import CatalogueIndex
from retrieval.text import has_cjk, normalise, search_terms
from tools.orders.order import Item, Line

_NUMBER = re.compile(r"(?<![A-Za-z0-9.])(\d+(?:\.\d+)?)(?![A-Za-z0-9.]*\d)")


@dataclass(frozen=True)
class Choice:
    """What a message leaves of a product's variants.

    Attributes:
        fitting: those that are for sale, meet what is asked for, and are otherwise like the old
            one; one of them is the answer, several need a question.
        sold_out: whether the one that is asked for exists and cannot be bought now.
    """

    fitting: tuple[Item, ...]
    sold_out: bool


def choose_variant(old: Line, variants: Sequence[Item], wanted: Mapping[str, str]) -> Choice:
    """The variants that fit what is asked for.

    What is not asked for stays as it was: "the same in blue" keeps the size. Where no variant has
    both, the ones nearest to the old one are left to choose from.

    Args:
        old: what was bought.
        variants: of its product.
        wanted: options by name.
    """
    others = [item for item in variants if item.id != old.item_id]
    meeting = [item for item in others if all(item.options.get(k) == v for k, v in wanted.items())]
    buyable = [item for item in meeting if item.available]
    like = [item for item in buyable if _kept(old, item, wanted)]
    if wanted and like:
        return Choice(tuple(like), sold_out=False)
    return Choice(tuple(buyable), sold_out=bool(meeting) and not like)


def _kept(old: Line, item: Item, wanted: Mapping[str, str]) -> bool:
    return all(item.options.get(k) == v for k, v in old.options.items() if k not in wanted)


def options_named(
    message: str, old: Line, variants: Sequence[Item], index: CatalogueIndex
) -> dict[str, str]:
    """The options of a product's variants that a message names, by the name of the option.

    A value that the old item has is named to tell which one is meant, unless no other value of
    that option is named: "the black 42 for a 43" asks for a 43.

    Args:
        message: in simplified characters.
        old: what was bought.
        variants: of its product.
        index: for the words of colours and other values in both languages.
    """
    values: dict[str, list[str]] = {}
    for item in variants:
        for name, value in item.options.items():
            if value not in values.setdefault(name, []):
                values[name].append(value)
    meant = {
        (term.field, str(term.value).casefold())
        for mention in index.vocabulary.find(message)
        for term in mention.terms
    }
    found: dict[str, str] = {}
    for name, known in values.items():
        said = [
            value
            for value in known
            if _says(message, name, value) or (name, value.casefold()) in meant
        ]
        # "Blue" stands in "dark blue" too: the longest of those that overlap is meant.
        said = [v for v in said if not any(v != w and _part(v, w) for w in said)]
        new = [value for value in said if value != old.options.get(name)]
        if len(new) == 1:
            found[name] = new[0]
        elif len(new) > 1:
            last = max(new, key=lambda value: normalise(message).rfind(normalise(value)))
            found[name] = last
    return found


def options_unknown(
    message: str, variants: Sequence[Item], index: CatalogueIndex
) -> dict[str, str]:
    """The options that a message names and no variant of a product has: "a 47", "in purple".

    Args:
        message: in simplified characters.
        variants: of the product.
        index: for the words of colours and other values in both languages.

    Returns:
        The value as the message or the catalogue has it, by the name of the option.
    """
    known: dict[str, set[str]] = {}
    for item in variants:
        for name, value in item.options.items():
            known.setdefault(name, set()).add(value.casefold())
    found: dict[str, str] = {}
    for mention in index.vocabulary.find(message):
        for term in mention.terms:
            value = str(term.value)
            if term.field in known and value.casefold() not in known[term.field]:
                found[term.field] = value
    numbers = _NUMBER.findall(message)
    if "size" in known and numbers and all(_NUMBER.fullmatch(v) for v in known["size"]):
        # A number of a size's length that no variant has; an order's number is longer.
        sizes = [n for n in numbers if len(n.partition(".")[0]) <= 2 and n not in known["size"]]
        if sizes and not any(n in known["size"] for n in numbers):
            found["size"] = sizes[-1]
    return found


def _part(value: str, other: str) -> bool:
    a, b = set(search_terms(value)), set(search_terms(other))
    return a < b


def _says(message: str, name: str, value: str) -> bool:
    """Whether a message has a value, as a whole word or number."""
    text, wanted = normalise(message), normalise(value)
    if has_cjk(wanted):
        return wanted in text
    if wanted in ("yes", "true", "no", "false", "none"):
        return _says_flag(text, normalise(name), wanted)
    if _NUMBER.fullmatch(wanted):
        return wanted in {m.group(1) for m in _NUMBER.finditer(text)}
    terms = search_terms(wanted)
    said = search_terms(text)
    size = len(terms)
    whole = any(said[i : i + size] == terms for i in range(len(said) - size + 1))
    return whole or re.search(rf"(?<![a-z0-9]){re.escape(wanted)}(?![a-z0-9])", text) is not None


def _says_flag(text: str, name: str, value: str) -> bool:
    """Whether "waterproof" is said, or "not waterproof", of an option that is yes or no."""
    at = text.find(name)
    if at < 0:
        return False
    before = text[max(0, at - 24) : at]
    denied = re.search(r"\b(?:not|non|no|without|isn't|n't)[ -]*(?:\w+ )?$", before) is not None
    return denied == (value in ("no", "false", "none"))
