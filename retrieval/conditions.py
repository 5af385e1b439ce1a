"""Structured conditions on products: ``price <= 120``, ``brand in Nike, Asics``.

One shape for the command line (``--where``), for ``POST /api/search``, for advice files and for
what a shopper is understood to want.
"""

from __future__ import annotations

import re
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from retrieval.errors import BadCondition

Op = Literal["=", "!=", "<", "<=", ">", ">=", "in", "not_in", "contains"]
OPS: tuple[Op, ...] = get_args(Op)
ORDER_OPS = frozenset({"<", "<=", ">", ">="})
LIST_OPS = frozenset({"in", "not_in"})

Scalar = bool | float | str
ConditionValue = Scalar | list[Scalar]

_TEXT = re.compile(
    r"""^\s*(?P<field>[^\s<>=!]+)\s*
        (?:(?P<sign><=|>=|!=|==|=|<|>|≤|≥|≠)\s*|(?P<word>not_in|in|contains)\s+)
        (?P<value>.*\S)\s*$""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_SIGNS: dict[str, Op] = {"==": "=", "≤": "<=", "≥": ">=", "≠": "!="}
# A code such as 00123 is no number.
_NUMBER = re.compile(r"^[+-]?(?:0|[1-9]\d{0,14})(?:\.\d{1,6})?$")


class Condition(BaseModel):
    """One condition. Several are joined by *and*.

    Attributes:
        field: a product field (``price``, ``brand``, …), a variant field (``size``, ``color``) or
            the name of an attribute.
        op: how the field is held against the value.
        value: a number, a text, a truth value; a list of them for ``in`` and ``not_in``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str = Field(min_length=1, max_length=100)
    op: Op
    value: ConditionValue

    def __str__(self) -> str:
        joined = (
            ", ".join(_scalar_text(v) for v in self.value)
            if isinstance(self.value, list)
            else _scalar_text(self.value)
        )
        return f"{self.field} {self.op} {joined}"


def parse_condition(text: str) -> Condition:
    """Reads ``field op value`` as written on the command line or in an advice file.

    Args:
        text: for example ``price<=120``, ``waterproof = yes``, ``brand in Nike, Asics``.

    Raises:
        BadCondition: the text is not of that form.
    """
    match = _TEXT.match(text)
    if match is None:
        raise BadCondition(
            f"Cannot read the condition {text[:80]!r}: "
            f"write it as FIELD OP VALUE, with OP one of {' '.join(OPS)}.",
            field="where",
        )
    sign = (match["sign"] or match["word"]).lower()
    op = _SIGNS.get(sign, sign)
    raw = match["value"].strip()
    value: ConditionValue
    if op in LIST_OPS:
        value = [read_scalar(part) for part in raw.strip("[]()").split(",") if part.strip()]
    else:
        value = read_scalar(raw)
    return Condition(field=match["field"], op=op, value=value)


def read_scalar(text: str) -> Scalar:
    """A number, a truth value (``yes``/``true``/``no``/``false``) or the text without quotes.

    What stands in quotes is a text, whatever it looks like.
    """
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1].strip()
    if _NUMBER.match(text):
        return float(text)
    lowered = text.lower()
    if lowered in {"yes", "true"}:
        return True
    if lowered in {"no", "false"}:
        return False
    return text


def _scalar_text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.15g}"
    return value
