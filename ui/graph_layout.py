"""Where the nodes of a drawing stand: columns from left to right, no label upon another.

The order within a column follows the neighbours' (the barycentre method of Sugiyama, Tagawa and
Toda, 1981), so that few lines cross. The same nodes and lines always give the same drawing.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

FONT = 12.5
"""Size of every label, in pixels as drawn."""

_WIDE, _CAPITAL, _SMALL, _THIN = 1.04, 0.74, 0.585, 0.4
_BOLD = 1.07
_ROW, _ROOMY = 20.0, 34.0
_MARKER, _AFTER_MARKER = 6.0, 11.0
_GAP, _EDGE, _TOP = 58.0, 14.0, 40.0
_SWEEPS = 6


@dataclass(frozen=True)
class Label(Generic[K]):
    """A node to be placed.

    Attributes:
        key: what it is.
        column: from the left, 0 and up.
        text: as drawn, cut to fit.
        bold: whether it is drawn bold.
        rank: breaks ties of the order; the smallest on top.
    """

    key: K
    column: int
    text: str
    bold: bool = False
    rank: int = 0

    @property
    def width(self) -> float:
        """Of the text, in pixels."""
        return text_width(self.text, bold=self.bold)


@dataclass(frozen=True)
class Box:
    """The place of a label's text, in pixels from the top left corner."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        """Whether the two share any point."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


@dataclass(frozen=True)
class Place:
    """Where a node stands.

    Attributes:
        x, y: the middle of its marker.
        text_x, baseline: where the text begins.
        box: of the text.
    """

    x: float
    y: float
    text_x: float
    baseline: float
    box: Box


@dataclass(frozen=True)
class Layout(Generic[K]):
    """A drawing's geometry, in pixels.

    Attributes:
        width, height: of the view box.
        places: by node.
        columns: where each column's text begins, by its number.
    """

    width: float
    height: float
    places: Mapping[K, Place]
    columns: Mapping[int, float]


def text_width(text: str, *, bold: bool = False) -> float:
    """How wide a text is at ``FONT``, in pixels, rather too much than too little.

    A wide character (Chinese, emoji) takes 1.04 em, a capital or a wide letter 0.74, a thin one
    0.4, others 0.585.
    """
    ems = 0.0
    for character in text:
        if unicodedata.combining(character):
            continue
        if unicodedata.east_asian_width(character) in "WFA" or ord(character) > 0x2E7F:
            ems += _WIDE
        elif character.isupper() or character in "mw%@&+":
            ems += _CAPITAL
        elif character in "ijlt .,:;'|()!-":
            ems += _THIN
        else:
            ems += _SMALL
    return ems * FONT * (_BOLD if bold else 1.0)


def cut(text: str, width: float, *, bold: bool = False) -> str:
    """A text that fits a width in pixels, its end replaced by an ellipsis where it does not."""
    if text_width(text, bold=bold) <= width:
        return text
    kept = text
    while kept and text_width(f"{kept}…", bold=bold) > width:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def lay_out(
    labels: Sequence[Label[K]],
    lines: Mapping[tuple[K, K], float],
    headings: Mapping[int, float] | None = None,
) -> Layout[K]:
    """Places labels in their columns.

    Args:
        labels: each key once.
        lines: weights by the two ends, both of which are among the labels.
        headings: how wide the words above a column are, in pixels.
    """
    columns = _ordered(labels, lines)
    tallest = max((len(column) for column in columns.values()), default=1)
    height = max(tallest * _ROW, 5 * _ROOMY)
    places: dict[K, Place] = {}
    starts: dict[int, float] = {}
    x = _EDGE + _MARKER
    for number in sorted(columns):
        column = columns[number]
        step = min(height / len(column), _ROOMY)
        y = _TOP + (height - step * len(column)) / 2 + step / 2
        starts[number] = x + _AFTER_MARKER
        widest = (headings or {}).get(number, 0.0) - _AFTER_MARKER
        for label in column:
            text_x = x + _AFTER_MARKER
            box = Box(text_x, y - 0.72 * FONT, text_x + label.width, y + 0.72 * FONT)
            places[label.key] = Place(x, y, text_x, y + 0.36 * FONT, box)
            widest = max(widest, label.width)
            y += step
        x += _AFTER_MARKER + widest + _GAP
    width = x - _GAP + _EDGE if columns else 2 * _EDGE
    return Layout(width, _TOP + height + _EDGE, places, starts)


def _ordered(
    labels: Sequence[Label[K]], lines: Mapping[tuple[K, K], float]
) -> dict[int, list[Label[K]]]:
    columns: dict[int, list[Label[K]]] = defaultdict(list)
    for label in sorted(labels, key=lambda label: (label.column, label.rank)):
        columns[label.column].append(label)
    near: dict[K, list[tuple[K, float]]] = defaultdict(list)
    for (one, other), weight in lines.items():
        near[one].append((other, weight))
        near[other].append((one, weight))
    at: dict[K, float] = {}
    for column in columns.values():
        _number(column, at)
    for sweep in range(_SWEEPS):
        for number in sorted(columns, reverse=sweep % 2 == 1):
            middles: dict[K, float] = {}
            for label in columns[number]:
                around = near[label.key]
                whole = sum(weight for _, weight in around)
                middles[label.key] = (
                    sum(at[key] * weight for key, weight in around) / whole
                    if whole > 0
                    else at[label.key]
                )
            columns[number].sort(key=lambda label: (middles[label.key], label.rank))
            _number(columns[number], at)
    return dict(columns)


def _number(column: Sequence[Label[K]], at: dict[K, float]) -> None:
    for place, label in enumerate(column):
        at[label.key] = (place + 0.5) / len(column)
