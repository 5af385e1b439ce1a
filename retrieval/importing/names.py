"""Names of columns: made comparable, freed of prefixes that say nothing, made attribute names."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from retrieval.importing.words import ATTRIBUTE_NAMES, TECHNICAL
from retrieval.product import Product

PARENTHESES = re.compile(r"[(\[]([^)\]]*)[)\]]")
_LONGEST_NAME = 80
_FIELDS = frozenset(Product.model_fields)
_FIRST_STEP = re.compile(r"^[^\W_]+[_.:\-]+(?=[^\W_])")
# A prefix of half the columns tells them from nothing. Below these numbers it may be chance.
_FEWEST_COLUMNS = 8
_PREFIX_SHARE = 0.5
_LETTER_SHARE = 0.05


def plain_name(column: str) -> str:
    """A column's name for comparing: ``ProductName (en)`` gives ``product name``."""
    name = unicodedata.normalize("NFKC", column)
    name = PARENTHESES.sub(" ", name) if PARENTHESES.sub("", name).strip() else name
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[\W_]+", " ", name.casefold()).split())


def empty_prefixes(columns: Sequence[str]) -> tuple[str, ...]:
    """The beginnings that most columns share, the longest first: ``attr_t_``, ``attr_n_``.

    A single letter behind a shared beginning tells a type, not a thing: it goes too, where many
    columns have it.
    """
    if len(columns) < _FEWEST_COLUMNS:
        return ()
    prefix = ""
    while True:
        steps = Counter(_steps(columns, prefix))
        step, count = steps.most_common(1)[0] if steps else ("", 0)
        if not step or count < max(_FEWEST_COLUMNS, _PREFIX_SHARE * len(columns)):
            break
        prefix += step
    if not prefix:
        return ()
    fewest = max(2.0, _LETTER_SHARE * len(columns))
    letters = [prefix + step for step, count in steps.items() if len(step) == 2 and count >= fewest]
    return (*sorted(letters), prefix)


def _steps(columns: Iterable[str], prefix: str) -> Iterable[str]:
    for column in columns:
        if column.startswith(prefix):
            match = _FIRST_STEP.match(column[len(prefix) :])
            if match is not None:
                yield match.group()


def without_prefix(column: str, prefixes: Iterable[str]) -> str:
    """The name without the first of the prefixes that it has."""
    for prefix in prefixes:
        if column.startswith(prefix) and len(column) > len(prefix):
            return column[len(prefix) :]
    return column


def is_technical(column: str) -> bool:
    """Whether a column tells of the file's making and not of the product."""
    words = plain_name(column).split()
    return " ".join(words) in TECHNICAL or not TECHNICAL.isdisjoint(words)


class AttributeNames:
    """Gives each column a snake_case name that neither a field nor another column has.

    Args:
        columns: those of the sample: a nested name is cut to its leaf where that is the only one.
        prefixes: beginnings that say nothing.
        taken: names that are given already.
    """

    def __init__(
        self, columns: Iterable[str] = (), prefixes: Sequence[str] = (), taken: Iterable[str] = ()
    ) -> None:
        self._leaves = Counter(_leaf(column) for column in columns)
        self._prefixes = tuple(prefixes)
        self._used = set(taken)
        self._numbers: Counter[str] = Counter()

    def name(self, column: str) -> str:
        """The name for a column; no other column gets it afterwards."""
        short = without_prefix(column, self._prefixes)
        leaf = _leaf(short)
        name = attribute_name(leaf if self._leaves[_leaf(column)] == 1 else short)
        if name in self._used or name in _FIELDS:
            name = attribute_name(short)
        if (name in self._used or name in _FIELDS) and short == column:
            name = attribute_name(column)
        free = name
        while free in self._used or free in _FIELDS:
            self._numbers[name] += 1
            free = f"{name}_{self._numbers[name] + 1}"
        self._used.add(free)
        return free


def _leaf(column: str) -> str:
    return column.rsplit(".", 1)[-1]


def attribute_name(column: str) -> str:
    """The attribute name of a column by itself: ``Upper Material`` gives ``upper_material``."""
    known = ATTRIBUTE_NAMES.get(plain_name(column))
    if known is not None:
        return known
    name = unicodedata.normalize("NFKC", column)
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")[:_LONGEST_NAME] or "unnamed"
