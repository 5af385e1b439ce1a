"""Settings from the environment and from options, with a plain sentence where one is wrong."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError

from assistant.errors import BadInput
from assistant.settings import Settings


def load_settings(**options: Any) -> Settings:
    """The settings; an option that is given wins over the environment.

    Args:
        options: fields of ``Settings``; None means not given.

    Raises:
        BadInput: naming the variable or option that is wrong.
    """
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0])
        where = f"--{name}" if name in given else f"SHOPGUIDE_{name.upper()}"
        reason = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
        raise BadInput(f"{where} is wrong: {reason}.", field=where) from error
    except SettingsError as error:
        # The library names the field, in a sentence of its own.
        name = next((n for n in Settings.model_fields if f'"{n}"' in str(error)), "")
        where = f"SHOPGUIDE_{name.upper()}" if name else "A SHOPGUIDE_ variable"
        raise BadInput(f"{where} is wrong: it is not JSON.", field=where) from error
