"""Files that a process writes where a setting says."""

from __future__ import annotations

from pathlib import Path

from read_operations.errors import StorageMisconfigured


def check_writable(file: Path, setting: str) -> None:
    """Makes sure that the file can be written, and that there is none: the folder is made, what lies there removed.

    Args:
        file: the file.
        setting: the variable that names it or its folder.

    Raises:
        StorageMisconfigured: it cannot.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        file.unlink()
    except OSError as error:
        raise StorageMisconfigured(
            f"{file} cannot be written: {error.strerror}. Set {setting} to a place where this process may write."
        ) from error
