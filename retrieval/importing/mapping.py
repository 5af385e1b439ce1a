"""Which column of a file is which field of a product: guessed from names and values, or stated."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as MappingOf
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rapidfuzz import fuzz, process

from retrieval.errors import BadCatalogueFile, BadInput
from retrieval.importing.words import ATTRIBUTE_NAMES, SYNONYMS, TECHNICAL
from retrieval.money import UnreadablePrice, parse_currency
from retrieval.product import Product

Cells = MappingOf[str, object]

FIELDS = (*SYNONYMS, "attributes", "variants")
JOINED_FIELDS = frozenset({"title", "description", "category"})
# Below this, "sale price" and "list price" would be taken for each other (rapidfuzz ratio, 0–100).
_CLOSE_ENOUGH = 91
_SHORTEST_FUZZY = 6
_LONGEST_MAPPING_FILE = 200_000
_DIGIT = re.compile(r"\d")
_PARENTHESES = re.compile(r"[(\[]([^)\]]*)[)\]]")


class MappingFile(BaseModel):
    """What a shop's developer states about a file, in YAML or JSON.

    Attributes:
        fields: product field to column; for title, description and category a list of columns
            is joined.
        currency: ISO 4217 code of all prices.
        category: the path that every product's own category is put under.
        attributes: attribute name to column.
        ignore: columns that are not read.
        separator: what stands between the steps of a category path.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fields: dict[str, str | list[str]] = Field(default_factory=dict)
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    category: list[str] = Field(default_factory=list, max_length=10)
    attributes: dict[str, str] = Field(default_factory=dict)
    ignore: list[str] = Field(default_factory=list)
    separator: str = Field(default=">", min_length=1, max_length=5)


class Mapping(BaseModel):
    """The mapping as it is used.

    Attributes:
        fields: product field to its columns, mostly one.
        attributes: column to attribute name.
        ignored: columns that are not read.
        guessed: the fields among ``fields`` that no mapping file states.
        price_currency: the currency that the name of a price column states: ``Price (USD)``.
    """

    fields: dict[str, tuple[str, ...]]
    attributes: dict[str, str] = Field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()
    currency: str | None = None
    price_currency: str | None = None
    category: tuple[str, ...] = ()
    separator: str = ">"

    def attribute_name(self, column: str) -> str | None:
        """The attribute that a column is read as, also where the sample did not have the column."""
        known = self.attributes.get(column)
        if known is not None or column in self.ignored:
            return known
        if any(column in columns for columns in self.fields.values()) or _is_technical(column):
            return None
        return _free_name(column, set(self.attributes.values()))


def load_mapping(path: Path) -> MappingFile:
    """Reads a mapping file, YAML or JSON.

    Raises:
        BadInput: it cannot be read, or has a key that no mapping has.
    """
    try:
        if path.stat().st_size > _LONGEST_MAPPING_FILE:
            raise BadInput(f"The mapping file {path} is too long to be one.", field="mapping")
        stated = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
        return MappingFile.model_validate(stated if stated is not None else {})
    except OSError as error:
        why = error.strerror or "it cannot be opened"
        raise BadInput(f"The mapping file {path} cannot be read: {why}.", field="mapping") from None
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError):
        raise BadInput(f"The mapping file {path} is not YAML or JSON.", field="mapping") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole file"
        raise BadInput(
            f"The mapping file {path.name} has a mistake at {place}: {first['msg']}.",
            field="mapping",
        ) from None


def settle_mapping(
    columns: Sequence[str], sample: Sequence[Cells], stated: MappingFile | None = None
) -> Mapping:
    """Joins what is stated with what the names and values of the columns tell.

    Args:
        columns: the columns of the file.
        sample: cells of its first rows.
        stated: a mapping file, where there is one. It wins over every guess.

    Raises:
        BadInput: the mapping file names a field or column that is not there.
        BadCatalogueFile: no column holds titles, or none prices.
    """
    stated = stated or MappingFile()
    fields = _stated_fields(stated, columns)
    taken = {column for names in fields.values() for column in names}
    taken.update(stated.attributes.values(), stated.ignore)
    free = [column for column in columns if column not in taken]
    guessed = _guess(free, sample, already=set(fields))
    fields.update(guessed)
    _require(fields, columns)
    taken.update(column for names in guessed.values() for column in names)
    attributes = {column: name for name, column in stated.attributes.items()}
    ignored = list(stated.ignore)
    for column in columns:
        if column in taken:
            continue
        if _is_technical(column) or not _is_useful(column, sample):
            ignored.append(column)
        else:
            attributes[column] = _free_name(column, set(attributes.values()), columns)
    return Mapping(
        fields={field: fields[field] for field in FIELDS if field in fields},
        attributes=attributes,
        ignored=tuple(dict.fromkeys(ignored)),
        guessed=tuple(guessed),
        currency=stated.currency,
        price_currency=_currency_of(fields.get("price", ()) + fields.get("sale_price", ())),
        category=tuple(stated.category),
        separator=stated.separator,
    )


def _stated_fields(stated: MappingFile, columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    fields: dict[str, tuple[str, ...]] = {}
    for field, named in stated.fields.items():
        if field not in FIELDS:
            raise BadInput(
                f"The mapping names the field {field!r}, which no product has."
                f"{_near(field, FIELDS)}",
                field=f"fields.{field}",
            )
        names = (named,) if isinstance(named, str) else tuple(named)
        if len(names) > 1 and field not in JOINED_FIELDS:
            raise BadInput(
                f"The mapping gives several columns for {field!r}: only "
                f"{', '.join(sorted(JOINED_FIELDS))} can be joined.",
                field=f"fields.{field}",
            )
        fields[field] = names
    by_place = {
        **{f"fields.{field}": names for field, names in fields.items()},
        **{f"attributes.{name}": (column,) for name, column in stated.attributes.items()},
        "ignore": tuple(stated.ignore),
    }
    for place, names in by_place.items():
        for name in names:
            if name not in columns:
                raise BadInput(
                    f"The mapping names the column {name!r}, which the file does not have."
                    f"{_near(name, columns)}",
                    field=place,
                )
    for name in stated.attributes:
        if name in Product.model_fields:
            raise BadInput(
                f"The mapping makes {name!r} an attribute, and it is a field: put it under fields.",
                field=f"attributes.{name}",
            )
    return fields


def _near(name: str, names: Iterable[str]) -> str:
    near = process.extractOne(name, list(names), score_cutoff=60)
    return f" Did you mean {near[0]!r}?" if near else ""


def _require(fields: MappingOf[str, tuple[str, ...]], columns: Sequence[str]) -> None:
    listed = ", ".join(columns[:20]) + (", …" if len(columns) > 20 else "")
    for field, what in (("title", "titles"), ("price", "prices")):
        if field not in fields:
            raise BadCatalogueFile(
                f"No column looks like {what}; the columns are: {listed}. "
                f"Name it in a mapping file: fields: {{{field}: …}}.",
                field="mapping",
            )


def _guess(
    columns: Sequence[str], sample: Sequence[Cells], already: set[str]
) -> dict[str, tuple[str, ...]]:
    words = {column: plain_name(column) for column in columns}
    left = list(columns)
    found: dict[str, tuple[str, ...]] = {}

    def take(field: str, match: Callable[[str, str], bool]) -> bool:
        for synonym in SYNONYMS[field]:
            for column in left:
                if match(words[column], synonym) and _fits(field, column, sample):
                    found[field] = (column,)
                    left.remove(column)
                    return True
        return False

    for column in [*left]:
        # A record that already is a product says so by its names.
        if column in FIELDS and column not in already and _fits(column, column, sample):
            found[column] = (column,)
            left.remove(column)
    for match in (_equal, _close):
        for field in SYNONYMS:
            if field not in already and field not in found:
                take(field, match)
    _settle_prices(found, left, words, sample, already)
    if "title" not in found and "title" not in already:
        parts = [c for name in ("model", "version") for c in left if words[c] == name]
        if parts and words[parts[0]] == "model":
            brand = found.get("brand", ())
            found["title"] = (*brand, *parts)
    if "category" in found:
        below = [
            c for c in left if words[c] in {"subcategory", "sub category", "子类目", "二级类目"}
        ]
        found["category"] += tuple(below[:1])
    return found


def _settle_prices(
    found: dict[str, tuple[str, ...]],
    left: list[str],
    words: MappingOf[str, str],
    sample: Sequence[Cells],
    already: set[str],
) -> None:
    """A list and a plain price are price and sale price; a lone sale price is the price."""
    if already & {"price", "sale_price"}:
        return
    if "price" in found and "sale_price" not in found:
        plain = [
            column
            for column in left
            if words[column] in PLAIN_PRICES and _fits("sale_price", column, sample)
        ]
        if plain and words[found["price"][0]] not in PLAIN_PRICES:
            found["sale_price"] = (plain[0],)
            left.remove(plain[0])
    if "price" not in found and "sale_price" in found:
        found["price"] = found.pop("sale_price")


PLAIN_PRICES = frozenset(
    {"price", "retail price", "product price", "variant price", "current price", "selling price"}
    | {"our price", "unit price", "price amount", "price value", "现价", "价格", "售价", "零售价"}
    | {"商品价格", "单价"}
)


def _equal(name: str, synonym: str) -> bool:
    return name == synonym


def _close(name: str, synonym: str) -> bool:
    if min(len(name), len(synonym)) < _SHORTEST_FUZZY:
        return False
    return fuzz.ratio(name, synonym) >= _CLOSE_ENOUGH


def _fits(field: str, column: str, sample: Sequence[Cells]) -> bool:
    """Whether at least half of a column's values can be those of a field."""
    values = [row[column] for row in sample if row.get(column) not in (None, "", [])]
    return 2 * sum(_can_be(field, value) for value in values) >= len(values)


def _can_be(field: str, value: object) -> bool:
    if field == "attributes":
        return isinstance(value, dict)
    if field == "variants":
        return isinstance(value, list)
    if isinstance(value, dict):
        return False
    if isinstance(value, list):
        of_texts = all(isinstance(part, str) for part in value)
        return field in {"category", "image_url"} and of_texts
    if field in {"price", "sale_price", "rating", "rating_count"}:
        return isinstance(value, int | float) or _DIGIT.search(str(value)) is not None
    return True


def plain_name(column: str) -> str:
    """A column's name for comparing: ``ProductName (en)`` gives ``product name``."""
    name = unicodedata.normalize("NFKC", column)
    name = _PARENTHESES.sub(" ", name) if _PARENTHESES.sub("", name).strip() else name
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[\W_]+", " ", name.casefold()).split())


def _currency_of(columns: Iterable[str]) -> str | None:
    for column in columns:
        for inner in _PARENTHESES.findall(unicodedata.normalize("NFKC", column)):
            try:
                return parse_currency(inner)
            except UnreadablePrice:
                continue
    return None


def _is_technical(column: str) -> bool:
    words = plain_name(column).split()
    return " ".join(words) in TECHNICAL or not TECHNICAL.isdisjoint(words)


def _is_useful(column: str, sample: Sequence[Cells]) -> bool:
    """Whether any row says something under the column that can be an attribute."""
    if not sample:
        return True
    for row in sample:
        value = row.get(column)
        if isinstance(value, list):
            if any(isinstance(part, str | int | float) for part in value):
                return True
        elif isinstance(value, bool | int | float) or (isinstance(value, str) and value.strip()):
            return True
    return False


def _free_name(column: str, used: set[str], columns: Sequence[str] = ()) -> str:
    """A snake_case name that neither a field nor another column has."""
    leaf = column.rsplit(".", 1)[-1]
    alone = sum(other.rsplit(".", 1)[-1] == leaf for other in columns) == 1
    name = _attribute_name(leaf if alone else column)
    if name in used or name in Product.model_fields:
        name = _attribute_name(column)
    number = 2
    free = name
    while free in used or free in Product.model_fields:
        free = f"{name}_{number}"
        number += 1
    return free


def _attribute_name(column: str) -> str:
    known = ATTRIBUTE_NAMES.get(plain_name(column))
    if known is not None:
        return known
    name = unicodedata.normalize("NFKC", column)
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")[:80] or "unnamed"
