"""The settings of a command: the environment, over it arguments in the names of the Read container, over all flags."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from read_operations import container_settings
from read_operations.container_settings import ContainerSettingInvalid
from readfleet.errors import SettingsInvalid

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from read_operations.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What a command was told, however it was told."""

    settings: Settings
    #: Host and port by the names of the container; flags win over it.
    address: tuple[str, int] | None
    #: What was ignored, a sentence for each reason.
    notes: tuple[str, ...]
    #: Arguments that nobody knows, a sentence for each.
    doubts: tuple[str, ...]
    #: The environment in which another process finds the same settings, without names of the container.
    environment: Mapping[str, str]

    def announce(self, process: str, stream: TextIO | None = None) -> None:
        """Sets up the log of a process, and says in it what was ignored."""
        from read_operations.logs import configure_logging, get_logger

        configure_logging(self.settings, process, stream)
        log = get_logger(__name__)
        for note in self.notes:
            log.info(note)
        for doubt in self.doubts:
            log.warning(doubt)


def load_settings(**flags: Any) -> Settings:
    """The validated settings; a flag of None leaves the environment's value.

    Raises:
        SettingsInvalid: with a sentence for each setting that is wrong.
    """
    return load_configuration((), **flags).settings


def load_configuration(arguments: Sequence[str], **flags: Any) -> Configuration:
    """The validated settings and what else was said; a flag of None leaves what is said elsewhere.

    Args:
        arguments: in the names of the container, such as `Storage:TimeToLiveInDays=2`.
        flags: fields of `Settings`.

    Raises:
        SettingsInvalid: with a sentence for each setting that is wrong.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        of_arguments = container_settings.from_arguments(arguments)
        of_environment = container_settings.from_environment(os.environ, but=arguments)
        fields = {**of_arguments.fields, **given}
        return Configuration(
            settings=_validated(fields),
            address=of_arguments.address or of_environment.address,
            notes=of_arguments.notes + of_environment.notes,
            doubts=of_arguments.doubts,
            environment=_environment(of_environment.fields, fields),
        )
    except ContainerSettingInvalid as error:
        raise SettingsInvalid(error.message) from error


def variable(field: str) -> str:
    """The environment variable of a setting."""
    return f"READFLEET_{field.upper()}"


def _validated(fields: Mapping[str, Any]) -> Settings:
    # Here, as pydantic takes longer to import than `readfleet --help` may take.
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from read_operations.settings import Settings

    try:
        return Settings(**fields)
    except ValidationError as error:
        names = list(Settings.model_fields)
        problems = [
            problem
            for problem in error.errors(include_url=False, include_context=False)
            # A default that follows from another setting, of which there is a sentence already.
            if problem["type"] != "default_factory_not_called"
        ]
        raise SettingsInvalid("\n".join(_sentence(problem, names) for problem in problems)) from error
    except SettingsError as error:
        raise SettingsInvalid(f"The settings cannot be read: {error}.") from error


def _environment(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, str]:
    """Our environment, with the names of the container turned into ours.

    Args:
        below: fields that give way to variables of ours.
        above: fields that win over them.
    """
    kept = {name: value for name, value in os.environ.items() if not container_settings.is_container_setting(name)}
    # Names of variables count in any case, as pydantic takes them.
    present = {name.upper() for name in kept}
    missing = {variable(name): str(value) for name, value in below.items() if variable(name) not in present}
    replaced = {variable(name): str(value) for name, value in above.items()}
    return {
        **missing,
        **{name: value for name, value in kept.items() if name.upper() not in replaced},
        **replaced,
    }


def _sentence(problem: ErrorDetails, names: list[str]) -> str:
    """A problem by the name of the environment variable, without its value: that may be a secret."""
    message = re.sub(r"^(Value error|Assertion failed), ", "", problem["msg"])
    if not problem["loc"]:  # several settings that contradict one another: the message names them
        return re.sub(rf"\b({'|'.join(names)})\b", lambda match: variable(match[0]), message) + "."
    field = str(problem["loc"][0])
    return f"{variable(field) if field in names else field}: {message[:1].lower()}{message[1:]}."
