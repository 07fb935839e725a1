"""The settings of the Read container, read under its own names.

They are .NET configuration: environment variables with two underscores where a name is nested
(`Storage__TimeToLiveInDays`), or arguments with a colon (`Storage:TimeToLiveInDays=2`), in any case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from read_operations.container_table import HONOURED, LISTEN, NOT_NEEDED, key, row_of
from read_operations.container_values import listen_address, redis_hosts
from read_operations.errors import ReadfleetError

_ARGUMENT: Final = re.compile(r"(?P<dashes>--?|/)?(?P<name>[\w:.-]+)(?P<value>=.*)?", re.DOTALL)


class ContainerSettingInvalid(ReadfleetError):
    """A setting of the Read container has a value that cannot be taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSettings:
    """What the environment, or the arguments, say under the names of the container."""

    #: Our settings by name.
    fields: Mapping[str, Any] = field(default_factory=dict)
    #: Host and port to listen on, where they are said.
    address: tuple[str, int] | None = None
    #: What was ignored, a sentence for each reason.
    notes: tuple[str, ...] = ()
    #: Arguments that nobody knows, a sentence for each.
    doubts: tuple[str, ...] = ()


def is_container_setting(variable: str) -> bool:
    """Whether an environment variable is a setting of the container."""
    return row_of(variable, environment=True) is not None


def from_environment(environment: Mapping[str, str], *, but: Sequence[str] = ()) -> ContainerSettings:
    """What the environment says, leaving out what the arguments `but` say anyway.

    Raises:
        ContainerSettingInvalid: a sentence for each value that cannot be taken.
    """
    said = {key(name) for name, _ in _pairs(but)}
    return _interpret(
        {name: value for name, value in environment.items() if is_container_setting(name) and key(name) not in said}
    )


def from_arguments(arguments: Sequence[str]) -> ContainerSettings:
    """What arguments of the forms Name=value, --Name=value and --Name value say; of two the last.

    Raises:
        ContainerSettingInvalid: a sentence for each value that cannot be taken, or an argument of another form.
    """
    known: dict[str, str] = {}
    doubts: dict[str, None] = {}
    for name, value in _pairs(arguments):
        if row_of(name):
            known[key(name)] = value
        else:
            doubts[f"{name} is not known and is ignored."] = None
    found = _interpret(known)
    return ContainerSettings(fields=found.fields, address=found.address, notes=found.notes, doubts=tuple(doubts))


def _pairs(arguments: Sequence[str]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    rest = iter(enumerate(arguments, start=1))
    for number, argument in rest:
        match = _ARGUMENT.fullmatch(argument)
        dashes, name, value = match.group("dashes", "name", "value") if match else (None, "", None)
        if dashes and name and not row_of(name):
            # Never passed over: it may be a flag of ours, misspelt.
            raise ContainerSettingInvalid(f"There is no option {dashes}{name}. See --help.")
        if dashes and value is None:
            value = "=" + next(rest, (0, ""))[1]
        if not name or value is None:
            # Without its words: they may be a secret that has lost its name.
            raise ContainerSettingInvalid(f"Setting {number} on the command line is not of the form Name=value.")
        pairs.append((name, value[1:]))
    return pairs


def _interpret(given: Mapping[str, str]) -> ContainerSettings:
    """The meaning of names and values; an empty value is none, as charts leave them."""
    by_row: dict[str, str] = {}
    for name, value in given.items():
        if (row := row_of(name)) and value.strip():
            by_row[row.name] = value.strip()
    fields: dict[str, Any] = {}
    address: tuple[str, int] | None = None
    wrong: list[str] = []
    notes: list[str] = []
    for row in HONOURED:
        if row.name not in by_row:
            continue
        try:
            converted = row.convert(by_row[row.name])
            if row.name in LISTEN:
                address = address or listen_address(by_row[row.name])
        except ValueError:
            wrong.append(f"{row.name} takes {row.takes}.")
            continue
        if converted.keys() & fields.keys():
            notes.append(f"{row.name} is ignored, as another setting says the same.")
        fields = {**converted, **fields}
    if wrong:
        raise ContainerSettingInvalid("\n".join(wrong))
    if len(redis_hosts(by_row.get("Cache:Redis:Configuration", ""))) > 1:
        notes.append("Cache:Redis:Configuration names several hosts, of which the first is used.")
    return ContainerSettings(fields=fields, address=address, notes=(*_not_needed(by_row), *notes))


def _not_needed(by_row: Mapping[str, str]) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for row in NOT_NEEDED:
        if row.name in by_row:
            reasons.setdefault(row.because, []).append(row.name.replace("*", "…"))
    return [
        f"{_listed(names)} {'is' if len(names) == 1 else 'are'} not needed here and ignored: {because}."
        for because, names in reasons.items()
    ]


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
