"""A folder as a drop: documents in `inbox`, results in `results`, and what was read in `done` if it is moved away."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from document_drop.names import RESULT, digest, is_candidate, result_name
from document_drop.place import DocumentChanged, DropPlace, Found, Mark, PlaceRefuses, Standing
from document_drop.rooted import RootedFolder
from read_operations.errors import DownloadFailed, StorageMisconfigured, StorageUnavailable

#: Among the results, hidden: what became of each document, and who this folder is.
_LEDGER: Final = ".readfleet"
_IDENTITY: Final = f"{_LEDGER}/id"
_READ_BYTES: Final = 2**20
#: Longest path, less what the system needs; names of results stay below it.
_NAME_CHARS: Final = 3500
#: What is wrong with one name, and not with the folder.
_OF_ONE_NAME: Final = (
    *(errno.EISDIR, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EEXIST, errno.EINVAL),
    *(errno.EACCES, errno.EPERM),
)


@dataclass(slots=True)
class _Seen:
    """A version of a file, as this watcher remembers it from one look to the next."""

    version: str
    #: Since when it has been the same, by the watcher's clock.
    since: float
    settled: bool = False
    standing: Standing | None = None
    #: The number of the look that met it last.
    look: int = 0


class FolderPlace(DropPlace):
    """See `DropPlace`. One for each watcher: it remembers what it has seen being written."""

    def __init__(self, folder: Path, *, settle_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """A drop in this folder.

        Args:
            folder: the one that has the inbox.
            settle_s: a file has to stay the same for so long, and from one look to the next.
            clock: gives seconds.
        """
        self._folder = folder.expanduser().absolute()
        self._inbox = RootedFolder(self._folder / "inbox")
        self._results = RootedFolder(self._folder / "results")
        self._done = RootedFolder(self._folder / "done")
        self._settle_s = settle_s
        self._clock = clock
        #: By name; about 350 bytes each.
        self._seen: dict[str, _Seen] = {}
        self._look = 0
        self.id = ""
        self.title = str(self._folder)

    def check(self) -> None:
        """See `DropPlace.check`."""
        try:
            for name in ("inbox", "results"):
                (self._folder / name).mkdir(parents=True, exist_ok=True)
            if self._results.stat(_IDENTITY) is None:
                self._results.write(_IDENTITY, io.BytesIO(uuid.uuid4().hex.encode()), replace=False)
            with self._results.open(_IDENTITY) as file:
                self.id = file.read(64).decode()
        except OSError as error:
            raise StorageMisconfigured(
                f"The drop folder {self._folder} cannot be used: {error.strerror or error}. It has to be writable."
            ) from error

    def look(self) -> Iterator[Found]:
        """See `DropPlace.look`."""
        self._look += 1
        with _storage_errors():
            for name, status in self._inbox.walk():
                if is_candidate(name) and status.st_size:
                    yield self._found(name, status)
        for name in [name for name, seen in list(self._seen.items()) if seen.look < self._look]:
            self._seen.pop(name, None)

    def find(self, name: str) -> Found | None:
        """See `DropPlace.find`."""
        with _storage_errors():
            status = self._inbox.stat(name) if is_candidate(name) else None
            return self._found(name, status) if status and status.st_size else None

    @contextlib.contextmanager
    def open(self, found: Found) -> Iterator[Iterator[bytes]]:
        """See `DropPlace.open`."""
        with contextlib.ExitStack() as opened:
            try:
                file = opened.enter_context(_readable(self._inbox.open(found.name), found.name))
            except FileNotFoundError:
                raise DocumentChanged from None
            yield self._chunks(file, found)

    def small_file(self, name: str, most_bytes: int) -> bytes | None:
        """See `DropPlace.small_file`."""
        try:
            with _storage_errors(), _readable(self._inbox.open(name), name) as file:
                return file.read(most_bytes + 1)
        except FileNotFoundError:
            return None

    def has_result(self, name: str) -> bool:
        """See `DropPlace.has_result`."""
        with _storage_errors():
            return self._results.stat(_result(name, RESULT)) is not None

    def write(self, name: str, suffix: str, file: Path) -> str:
        """See `DropPlace.write`."""
        result = _result(name, suffix)
        with file.open("rb") as source:
            self._put(result, source)
        return result

    def discard(self, name: str, suffix: str) -> None:
        """See `DropPlace.discard`."""
        with _name_errors():
            self._results.remove(_result(name, suffix))

    def mark(self, found: Found, mark: Mark) -> bool:
        """See `DropPlace.mark`."""
        entry = {
            "name": found.name,
            "version": found.version,
            "status": mark.standing,
            "operation": mark.operation,
            "pages": mark.pages,
            "failedPages": mark.failed_pages,
        }
        self._put(_entry(found.name), io.BytesIO(json.dumps(entry).encode()))
        return True

    def move(self, found: Found) -> None:
        """See `DropPlace.move`."""
        with self._this(found) as (folder, hidden):
            (self._folder / "done").mkdir(exist_ok=True)
            self._done.adopt(found.name, folder, hidden)

    def delete(self, found: Found) -> None:
        """See `DropPlace.delete`."""
        with self._this(found) as (folder, hidden):
            os.unlink(hidden, dir_fd=folder)

    def close(self) -> None:
        """See `DropPlace.close`."""

    @contextlib.contextmanager
    def _this(self, found: Found) -> Iterator[tuple[int, str]]:
        try:
            with _name_errors(), self._inbox.seized(found.name) as (folder, hidden, status):
                if _version(status) != found.version:
                    raise DocumentChanged
                yield folder, hidden
        except FileNotFoundError:
            raise DocumentChanged from None

    def _found(self, name: str, status: os.stat_result) -> Found:
        version, now = _version(status), self._clock()
        seen = self._seen.get(name)
        if seen is None or seen.version != version:
            seen = self._seen[name] = _Seen(version, now)
        elif now - seen.since >= self._settle_s:
            seen.settled = True
        # Another watcher may have read it meanwhile.
        seen.standing = seen.standing or self._standing(name, version)
        seen.look = self._look
        settled = seen.settled or seen.standing is not None
        return Found(name=name, version=version, size=status.st_size, standing=seen.standing, settled=settled)

    def _put(self, name: str, source: BinaryIO) -> None:
        """Writes among the results."""
        try:
            with _name_errors():
                self._results.write(name, source)
        except (FileNotFoundError, PlaceRefuses) as error:
            if not os.access(self._folder / "results", os.W_OK | os.X_OK):
                raise StorageUnavailable("The folder of results is gone, or may not be written any more.") from error
            raise

    def _standing(self, name: str, version: str) -> Standing | None:
        try:
            with self._results.open(_entry(name)) as file:
                entry = json.loads(file.read(2**16))
            return Standing(entry["status"]) if (entry["name"], entry["version"]) == (name, version) else None
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def _chunks(self, file: BinaryIO, found: Found) -> Iterator[bytes]:
        with _storage_errors():
            if _version(os.fstat(file.fileno())) != found.version:
                raise DocumentChanged
            while chunk := file.read(_READ_BYTES):
                yield chunk
            # Written to while it was read: what was read may be half of each.
            if _version(os.fstat(file.fileno())) != found.version:
                raise DocumentChanged


def _version(status: os.stat_result) -> str:
    return f"{status.st_ino}-{status.st_mtime_ns}-{status.st_size}"


def _result(name: str, suffix: str) -> str:
    return result_name(name, suffix, most_chars=_NAME_CHARS)


def _entry(name: str) -> str:
    key = digest(name)
    return f"{_LEDGER}/{key[:2]}/{key[2:]}"


@contextlib.contextmanager
def _readable(opening: contextlib.AbstractContextManager[BinaryIO], name: str) -> Iterator[BinaryIO]:
    """Opens a file of the inbox.

    Raises:
        DownloadFailed: it may not be read.
    """
    with contextlib.ExitStack() as opened:
        try:
            file = opened.enter_context(opening)
        except PermissionError as error:
            raise DownloadFailed(
                f"{name} may not be read by the watcher: {error.strerror}. Give it the right to, and drop it again."
            ) from error
        yield file


@contextlib.contextmanager
def _storage_errors() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageUnavailable(f"The drop folder cannot be used: {error.strerror or error}.") from error


@contextlib.contextmanager
def _name_errors() -> Iterator[None]:
    """As `_storage_errors`, for what is done with one name."""
    with _storage_errors():
        try:
            yield
        except OSError as error:
            if error.errno in _OF_ONE_NAME:
                raise PlaceRefuses(f"The drop folder cannot be used for this name: {error.strerror}.") from error
            raise
