"""Sums as an agent writes them, worked out without running code."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable

_LONGEST = 1_000  # characters
_BOTH: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_ONE: dict[type[ast.unaryop], Callable[[float], float]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


def calculate(expression: str) -> float:
    """The value of an expression of numbers, ``+ - * /`` and parentheses.

    Raises:
        ValueError: it is something else, is too long, or divides by zero.
    """
    if len(expression) > _LONGEST:
        raise ValueError("the expression is too long")
    try:
        value = float(_value(ast.parse(expression.strip(), mode="eval").body))
    except (SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError("the expression cannot be read") from error
    except (ZeroDivisionError, OverflowError) as error:
        raise ValueError("the expression has no value") from error
    if not math.isfinite(value):
        raise ValueError("the expression has no value")
    return value


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return number
        case ast.BinOp(left, op, right) if type(op) in _BOTH:
            return _BOTH[type(op)](_value(left), _value(right))
        case ast.UnaryOp(op, operand) if type(op) in _ONE:
            return _ONE[type(op)](_value(operand))
    raise ValueError("only numbers, + - * / and parentheses can be calculated")
