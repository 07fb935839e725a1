"""How commands fail: one red sentence on standard error and an exit code, never a traceback."""

from __future__ import annotations

import importlib.util
import io
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from read_operations.errors import ReadfleetError
from readfleet.errors import ExtraMissing


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


def require(extra: str, *libraries: str) -> None:
    """Makes sure that libraries are installed, without importing them.

    Raises:
        ExtraMissing: the first that is not, and how to install it.
    """
    for library in libraries:
        if importlib.util.find_spec(library) is None:
            raise ExtraMissing(
                f"This command needs {library}, which is not installed: pip install 'readfleet[{extra}]'"
            )
