"""Which column of a file is which field of a product: guessed from names and values, or stated."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingOf
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rapidfuzz import process

from retrieval.errors import BadCatalogueFile, BadInput
from retrieval.importing.guessing import FIELDS, Cells, guess_fields, is_useful
from retrieval.importing.names import (
    PARENTHESES,
    AttributeNames,
    empty_prefixes,
    is_technical,
    plain_name,
)
from retrieval.importing.words import GROUPS
from retrieval.money import UnreadablePrice, parse_currency
from retrieval.product import Product

JOINED_FIELDS = frozenset({"title", "description", "category"})
_LONGEST_MAPPING_FILE = 200_000


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
        price_divisor: what the file's amounts are divided by: 100 where they are cents.
        group: the column whose value is shared by the rows of one product.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fields: dict[str, str | list[str]] = Field(default_factory=dict)
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    category: list[str] = Field(default_factory=list, max_length=10)
    attributes: dict[str, str] = Field(default_factory=dict)
    ignore: list[str] = Field(default_factory=list)
    separator: str = Field(default=">", min_length=1, max_length=5)
    price_divisor: Literal[1, 10, 100, 1000] = 1
    group: str | None = None


class Mapping(BaseModel):
    """The mapping as it is used.

    Attributes:
        fields: product field to its columns, mostly one.
        attributes: column to attribute name.
        ignored: columns that are not read.
        guessed: the fields among ``fields`` that no mapping file states.
        price_currency: the currency that the name of a price column states: ``Price (USD)``.
        prefixes: beginnings of column names that say nothing and are left off.
        group: the column whose value is shared by the rows of one product.
    """

    fields: dict[str, tuple[str, ...]]
    attributes: dict[str, str] = Field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()
    currency: str | None = None
    price_currency: str | None = None
    category: tuple[str, ...] = ()
    separator: str = ">"
    price_divisor: int = 1
    prefixes: tuple[str, ...] = ()
    group: str | None = None


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
    columns: Sequence[str],
    sample: Sequence[Cells],
    stated: MappingFile | None = None,
    known: MappingOf[str, tuple[str, ...]] | None = None,
) -> Mapping:
    """Joins what is stated with what the format says and the names and values of columns tell.

    Args:
        columns: the columns of the file.
        sample: cells of its first rows.
        stated: a mapping file, where there is one. It wins over every guess.
        known: the columns of fields that the file's format fixes; they win over guesses too.

    Raises:
        BadInput: the mapping file names a field or column that is not there.
        BadCatalogueFile: no column holds titles, or none prices.
    """
    stated = stated or MappingFile()
    fields = _stated_fields(stated, columns)
    taken = {column for names in fields.values() for column in names}
    taken.update(stated.attributes.values(), stated.ignore)
    for field, names in (known or {}).items():
        present = tuple(name for name in names if name in columns and name not in taken)
        if field not in fields and present:
            fields[field] = present
            taken.update(present)
    group = stated.group or _group(columns, taken)
    if group is not None:
        taken.add(group)
    free = [column for column in columns if column not in taken]
    prefixes = empty_prefixes(free)
    guessed = guess_fields(free, sample, set(fields), prefixes)
    fields.update(guessed)
    _require(fields, columns)
    taken.update(column for names in guessed.values() for column in names)
    if group is not None:
        fields.setdefault("variants", (group,))
    attributes = {column: name for name, column in stated.attributes.items()}
    ignored = list(stated.ignore)
    names_of = AttributeNames(columns, prefixes, stated.attributes)
    for column in columns:
        if column in taken:
            continue
        if is_technical(column) or not is_useful(column, sample):
            ignored.append(column)
        else:
            attributes[column] = names_of.name(column)
    return Mapping(
        fields={field: fields[field] for field in FIELDS if field in fields},
        attributes=attributes,
        ignored=tuple(dict.fromkeys(ignored)),
        guessed=tuple(guessed),
        currency=stated.currency,
        price_currency=_currency_of(fields.get("price", ()) + fields.get("sale_price", ())),
        category=tuple(stated.category),
        separator=stated.separator,
        price_divisor=stated.price_divisor,
        prefixes=prefixes,
        group=group,
    )


def _group(columns: Sequence[str], taken: set[str]) -> str | None:
    """The column whose value the rows of one product share."""
    words = {plain_name(column): column for column in reversed(columns) if column not in taken}
    return next((words[name] for name in GROUPS if name in words), None)


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
        "group": (stated.group,) if stated.group is not None else (),
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
        if field not in fields and not (field == "price" and "variants" in fields):
            raise BadCatalogueFile(
                f"No column looks like {what}; the columns are: {listed}. "
                f"Name it in a mapping file: fields: {{{field}: …}}.",
                field="mapping",
            )


def _currency_of(columns: Iterable[str]) -> str | None:
    for column in columns:
        for inner in PARENTHESES.findall(unicodedata.normalize("NFKC", column)):
            try:
                return parse_currency(inner)
            except UnreadablePrice:
                continue
    return None
