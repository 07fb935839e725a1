"""The `drop status` command: a look at how it stands."""

from __future__ import annotations

from read_operations.settings import Settings
from readfleet.errors import CommandError
from readfleet.running import Reach, settings_meant


def status(settings: Settings, *, up: bool) -> int:
    """Prints how the drop stands; the exit code.

    Args:
        settings: of the drop.
        up: whether it is the one of the `readfleet up` that uses the settings' data folder.

    Raises:
        ReadfleetError: there is no drop, or its records cannot be reached.
    """
    from document_drop.status import report

    settings = settings_meant(settings, up=up, reach=Reach.DROP)
    if not (settings.drop_folder or settings.drop_container):
        if up:
            raise CommandError(f"The `readfleet up` that uses {settings.data_dir} has no drop.")
        raise CommandError(
            "There is no drop. Set READFLEET_DROP_FOLDER or READFLEET_DROP_CONTAINER as its watcher has it; for that "
            "of a `readfleet up` add --data FOLDER."
        )
    for line in report(settings):
        print(line)
    return 0
