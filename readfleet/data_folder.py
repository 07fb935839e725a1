"""The data folder of `readfleet up`: kept between runs, used by one at a time; and the run folder beside it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from readfleet.errors import CommandError, FolderInUse

_PREFIX: Final = "readfleet-"
#: Longest path of a socket, less the name that is added to the folder's.
_MAX_FOLDER_CHARS: Final = 90
#: The store of an `up` that was killed holds the lock until it is dead as well.
_PATIENCE_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Where everything of a running service lies."""

    data: Path
    #: Gone when the service stops: sockets and signs of life.
    run: Path
    #: To be held open by whoever writes the data.
    lock_fds: tuple[int, ...]

    @property
    def valkey(self) -> Path:
        """The store's data."""
        return self.data / "valkey"

    @property
    def documents(self) -> Path:
        """Uploaded documents."""
        return self.data / "documents"

    @property
    def drop(self) -> Path:
        """Has the folders that documents are dropped into, and results come to."""
        return self.data

    @property
    def logs(self) -> Path:
        """What the parts of the service print."""
        return self.data / "logs"

    @property
    def temporary(self) -> Path:
        """For the parts' temporary files, so that even those of a killed one go."""
        return self.run / "tmp"

    @property
    def socket(self) -> Path:
        """Where the store listens."""
        return self.run / "valkey.sock"


def run_folder(data: Path) -> Path:
    """The run folder of the service that uses a data folder, or of the last that did.

    Raises:
        OSError: none ever did.
    """
    return Path(os.fsdecode((data.expanduser() / "lock").read_bytes()))


@contextlib.contextmanager
def open_folders(data: Path, *, alone: bool = True) -> Iterator[Folders]:
    """Makes and locks the data folder, and a run folder that lasts as long as the context.

    With `alone` false the data folder is left as it is: there is nothing in it that only one may use.

    Raises:
        FolderInUse: another service uses the data folder.
        CommandError: the folder cannot be made or written.
    """
    data = data.expanduser().absolute()
    with _locked(data) if alone else contextlib.nullcontext(()) as lock_fds:
        folders = Folders(data=data, run=_make_run_folder(), lock_fds=lock_fds)
        try:
            folders.temporary.mkdir(mode=0o700)
            if alone:
                _note_run_folder(folders)
                for folder in (folders.valkey, folders.documents, folders.logs):
                    folder.mkdir(mode=0o700, exist_ok=True)
            yield folders
        finally:
            shutil.rmtree(folders.run, ignore_errors=True)


@contextlib.contextmanager
def _locked(data: Path) -> Iterator[tuple[int, ...]]:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The lock is on the open file, so it is shared with children that inherit the descriptor.
        lock_fd = os.open(data / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CommandError(f"The data folder {data} cannot be used: {error.strerror}.") from error
    try:
        _lock(lock_fd, data)
        _remove_leftover(lock_fd)
        yield (lock_fd,)
    finally:
        os.close(lock_fd)


def _lock(lock_fd: int, data: Path) -> None:
    patience_ends = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > patience_ends:
                raise FolderInUse(
                    f"Another `readfleet up` uses {data}. Stop it, choose another folder with --data or Mounts:Shared, "
                    "or let both use one Redis, by READFLEET_REDIS_URL or Cache:Redis:Configuration."
                ) from error
            time.sleep(0.1)


def _make_run_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    if len(str(folder)) > _MAX_FOLDER_CHARS:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp"))
    return folder


def _note_run_folder(folders: Folders) -> None:
    """Writes into the lock file which run folder there is, for `run_folder` and `_remove_leftover`."""
    for lock_fd in folders.lock_fds:
        os.truncate(lock_fd, 0)
        os.pwrite(lock_fd, os.fsencode(folders.run), 0)


def _remove_leftover(lock_fd: int) -> None:
    """Removes the run folder of a service that was killed: its lock file names it."""
    leftover = Path(os.fsdecode(os.pread(lock_fd, 4096, 0)))
    with contextlib.suppress(OSError):
        if leftover.name.startswith(_PREFIX) and leftover.lstat().st_uid == os.getuid() and not leftover.is_symlink():
            shutil.rmtree(leftover)
