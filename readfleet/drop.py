"""The `drop status` command: a look at how it stands."""

from __future__ import annotations

from read_operations.settings import Settings
from readfleet.running import Reach, settings_of_running


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
        settings = settings_of_running(settings, Reach.DROP)
    for line in report(settings):
        print(line)
    return 0
