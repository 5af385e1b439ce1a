"""Nunjucks templates of promptfoo, as far as tests in a file need them: names of variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_OPENINGS = ("{{", "{%", "{#")
_RAW = re.compile(r"\{% raw %\}(.*)\{% endraw %\}", re.DOTALL)
_NAME = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def quoted(text: str) -> str:
    """The text so that no part of it is taken for a template."""
    return f"{{% raw %}}{text}{{% endraw %}}" if _is_template(text) else text


def filled(text: str, variables: Mapping[str, Any]) -> str | None:
    """The text with the values of variables in it.

    Returns:
        None where it names a variable that is not there, or is more than names of variables.
    """
    raw = _RAW.fullmatch(text)
    if raw is not None:
        return raw[1]
    rest = _NAME.sub("", text)
    names = _NAME.findall(text)
    values = {name: variables.get(name) for name in names}
    if _is_template(rest) or not all(isinstance(v, str | int | float) for v in values.values()):
        return None
    return _NAME.sub(lambda match: str(values[match[1]]), text)


def _is_template(text: str) -> bool:
    return any(opening in text for opening in _OPENINGS)
