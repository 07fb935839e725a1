"""Copies of documents on a worker's disk: fetched once for all children, and dropped when room is needed.

A document is `NAME`, and `NAME.part` while it is being fetched. Who uses either holds a lock on the open file; the
kernel releases it when a process dies, so nothing has to be cleaned up after one. An unfinished part is continued by
the next who wants the document; documents never change.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from read_operations.documents import is_name
from read_operations.errors import StorageUnavailable
from read_operations.logs import get_logger
from read_operations.scratch import Scratch

_log = get_logger(__name__)

_LOOK_S: Final = 0.05
_PART: Final = ".part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A document on its way, from some byte on."""

    bytes_left: int
    chunks: Iterator[bytes]


#: Begins to fetch the document of a name at a byte; None if there is no such document.
Fetch = Callable[[str, int], Incoming | None]


class DocumentCache:
    """The copies in one folder, which processes of a machine may share; in one of this process if none is named."""

    def __init__(self, folder: Path | None, *, max_bytes: int, patience_s: float) -> None:
        self._folder = folder
        self._own: Scratch | None = None
        self._making = threading.Lock()
        self._max_bytes = max_bytes
        self._patience_s = patience_s
        #: Bytes that this process has fetched so far.
        self.fetched_bytes = 0

    @contextlib.contextmanager
    def hold(self, name: str, fetch: Fetch) -> Iterator[Path]:
        """A copy of the document, there for as long as the context lasts.

        Raises:
            FileNotFoundError: there is no such document.
            StorageUnavailable: the disk is full or broken, or the document did not come in time; what came is kept.
        """
        deadline = time.monotonic() + self._patience_s
        with self._disk_errors():
            path = self._made_folder() / name
            while (file := _open(path, deadline)) is None:
                if not self._download(path, fetch, deadline):
                    break
        if file is None:
            raise FileNotFoundError(name)
        with file:
            yield path

    def forget_unused(self, seconds: float) -> None:
        """Drops what nobody has used for so long."""
        oldest = time.time() - seconds
        for path, _, used_at in self._copies():
            if used_at < oldest:
                _drop(path)

    def close(self) -> None:
        """Removes the folder, if it is this process's own. Called last."""
        with self._making:
            if self._own is not None:
                self._own.close()
                self._own = None

    @property
    def _known(self) -> Path | None:
        """The folder, if it has been named or made."""
        return self._folder or (self._own.path if self._own else None)

    def _made_folder(self) -> Path:
        """The folder, which is there now."""
        if self._folder is not None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self._folder
        with self._making:
            # After a while unused it may have been tidied away.
            if self._own is None or not self._own.path.is_dir():
                self._own = Scratch("readfleet-documents-")
            return self._own.path

    def _download(self, path: Path, fetch: Fetch, deadline: float) -> bool:
        """Fetches the document unless somebody else has; false if there is none."""
        part = path.with_suffix(_PART)
        with part.open("ab") as file:
            _lock(file, fcntl.LOCK_EX, deadline)
            if not _is_at(part, file):  # finished or dropped by another while we waited
                return True
            if path.exists():
                part.unlink()
                return True
            # A byte back, as there is always one more to ask for.
            start = max(0, file.tell() - 1)
            incoming = fetch(path.name, start)
            if incoming is None:
                part.unlink()
                return False
            self._make_room(incoming.bytes_left)
            file.truncate(start)
            started = time.monotonic()
            try:
                for chunk in incoming.chunks:
                    file.write(chunk)
                    self.fetched_bytes += len(chunk)
                    if time.monotonic() > deadline:
                        raise StorageUnavailable("The document did not come from the store in time.")
                file.flush()
            except OSError:
                part.unlink()  # what is in the way should not stay there
                raise
            seconds = round(time.monotonic() - started, 2)
            _log.info("document fetched", operation=path.name, bytes=file.tell() - start, start=start, seconds=seconds)
            part.replace(path)
        return True

    def _make_room(self, wanted: int) -> None:
        copies = sorted(self._copies(), key=lambda copy: copy[2])
        excess = sum(size for _, size, _ in copies) + wanted - self._max_bytes
        for path, size, _ in copies:
            if excess <= 0:
                break
            if _drop(path):
                excess -= size

    def _copies(self) -> Iterator[tuple[Path, int, float]]:
        """Path, size and last use of every copy, finished or not."""
        folder = self._known
        for path in folder.iterdir() if folder and folder.is_dir() else ():
            with contextlib.suppress(FileNotFoundError):
                if is_name(path.stem):
                    status = path.stat()
                    yield path, status.st_size, status.st_mtime

    @contextlib.contextmanager
    def _disk_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            folder = self._known or tempfile.gettempdir()
            raise StorageUnavailable(
                f"The document could not be copied to {folder}: {error.strerror}. Make room there, lower "
                "READFLEET_DOCUMENTS_CACHE_BYTES, or name another folder in READFLEET_DOCUMENTS_CACHE_DIR."
            ) from error


def _open(path: Path, deadline: float) -> IO[bytes] | None:
    """The file, locked against being dropped, and marked as used; None if it is not there."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    try:
        _lock(file, fcntl.LOCK_SH, deadline)
        if _is_at(path, file):
            os.utime(file.fileno())
            return file
    except BaseException:
        file.close()
        raise
    file.close()
    return None


def _drop(path: Path) -> bool:
    """Removes a copy, unless it is in use."""
    with contextlib.suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_at(path, file):
            path.unlink()
            return True
    return False


def _lock(file: IO[bytes], kind: int, deadline: float) -> None:
    while True:
        try:
            return fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise StorageUnavailable("The document did not come from the store in time.") from error
            time.sleep(_LOOK_S)


def _is_at(path: Path, file: IO[bytes]) -> bool:
    """Whether the open file is still the one at its path."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
