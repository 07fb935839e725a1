"""The `drop` command: watching, and a look at how it stands."""

from __future__ import annotations

from read_operations.settings import Settings
from readfleet.data_folder import running_socket
from readfleet.errors import CommandError


def watch(settings: Settings) -> int:
    """Watches until it is stopped; the exit code.

    Raises:
        StorageMisconfigured: there is nothing to watch, or it cannot be used.
    """
    from document_drop import process

    return process.run(settings)


def status(settings: Settings, *, up: bool) -> int:
    """Prints how the drop stands; the exit code.

    Args:
        settings: of the drop.
        up: whether it is the one of the `readfleet up` that uses the settings' data folder.

    Raises:
        ReadfleetError: there is no drop, or its records cannot be reached.
    """
    from document_drop.status import report

    if up:
        socket = running_socket(settings.data_dir)
        if socket is None:
            raise CommandError(f"No `readfleet up` uses {settings.data_dir} at the moment.")
        found = {"redis_url": f"unix://{socket}?db=0"}
        folder = None if settings.drop_container else settings.drop_folder or settings.data_dir
        settings = settings.model_copy(update={**found, "drop_folder": folder})
    for line in report(settings):
        print(line)
    return 0
