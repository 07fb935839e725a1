"""How commands fail: one red sentence on standard error and an exit code, never a traceback."""

from __future__ import annotations

import io
import re
import sys
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.core import TyperGroup

from read_operations.errors import ReadfleetError
from read_operations.extras import how_to_install
from readfleet.errors import ExtraMissing

if TYPE_CHECKING:
    from read_operations.settings import Settings

#: What the installed package says of a library that one of its extras brings.
_OF_EXTRA: Final = re.compile(r"""(?P<library>[\w.-]+).*; extra == ['"](?P<extra>\w+)""")


class Commands(TyperGroup):
    """The commands, whose errors end as sentences."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command."""
        # What a terminal cannot show is replaced, such as Greek where the locale is Latin-1, rather than ends it.
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
        try:
            return super().invoke(ctx)
        except ReadfleetError as error:
            complain(error.message)
            raise typer.Exit(error.exit_code) from error


def complain(sentence: str) -> None:
    """Writes a red sentence to standard error."""
    typer.secho(sentence, fg="red", err=True)


def require(extra: str, who: str = "This command") -> None:
    """Makes sure that the libraries of an extra are installed, without importing them.

    Raises:
        ExtraMissing: the first that is not, who needs it, and how to install it.
    """
    from importlib import metadata

    for requirement in metadata.requires("readfleet") or ():
        found = _OF_EXTRA.match(requirement)
        if found is None or found["extra"] != extra:
            continue
        try:
            metadata.distribution(found["library"])
        except metadata.PackageNotFoundError:
            raise ExtraMissing(
                f"{who} needs {found['library']}, which is not installed. {how_to_install(extra)}"
            ) from None


def require_engine(settings: Settings) -> None:
    """Makes sure that the runtime of the networks is installed, if it is not one of those that each worker has.

    Raises:
        ExtraMissing: it is not.
    """
    from read_operations.settings import EngineName

    if settings.engine is EngineName.PADDLE:
        require("paddle", "READFLEET_ENGINE=paddle")
