"""What the commands and the client can run into, beside what the service itself reports."""

from __future__ import annotations

from read_operations.errors import ReadfleetError


class CommandError(ReadfleetError):
    """The command cannot do what was asked of it."""


class SettingsInvalid(CommandError):
    """A setting is not valid. Correct the environment variable that is named."""

    exit_code = 2


class ExtraMissing(CommandError):
    """A part of Readfleet that this command needs is not installed."""


class FolderInUse(CommandError):
    """Another `readfleet up` uses the data folder. Stop it, or choose another folder with --data."""


class AddressUnusable(CommandError):
    """The address cannot be listened on. Choose another with --host and --port."""


class ProgramFailed(CommandError):
    """A part of the service does not run."""

    def __init__(self, message: str, *, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class ClientError(CommandError):
    """The document was not read."""


class ServiceUnreachable(ClientError):
    """The service does not answer. Start one with `readfleet up`, or name another with --endpoint."""


class DocumentRefused(ClientError):
    """The service did not read the document."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class ReadTimedOut(ClientError):
    """The document was not read in time. Allow more with --timeout."""
