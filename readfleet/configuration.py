"""The settings of a command: the environment, and over it the command's own flags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from readfleet.errors import SettingsInvalid

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from read_operations.settings import Settings


def load_settings(**overrides: Any) -> Settings:
    """The validated settings; an override of None leaves the environment's value.

    Raises:
        SettingsInvalid: with a sentence for each setting that is wrong.
    """
    # Here, as pydantic takes longer to import than `readfleet --help` may take.
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from read_operations.settings import Settings

    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        names = list(Settings.model_fields)
        problems = error.errors(include_url=False, include_context=False)
        raise SettingsInvalid("\n".join(_sentence(problem, names) for problem in problems)) from error
    except SettingsError as error:
        raise SettingsInvalid(f"The settings cannot be read: {error}.") from error


def variable(field: str) -> str:
    """The environment variable of a setting."""
    return f"READFLEET_{field.upper()}"


def _sentence(problem: ErrorDetails, names: list[str]) -> str:
    """A problem by the name of the environment variable, without its value: that may be a secret."""
    message = re.sub(r"^(Value error|Assertion failed), ", "", problem["msg"])
    if not problem["loc"]:  # several settings that contradict one another: the message names them
        return re.sub(rf"\b({'|'.join(names)})\b", lambda match: variable(match[0]), message) + "."
    field = str(problem["loc"][0])
    return f"{variable(field) if field in names else field}: {message[:1].lower()}{message[1:]}."
