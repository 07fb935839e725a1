"""A folder as a drop: documents in `inbox`, results in `results`, and what was read in `done` if it is moved away."""

from __future__ import annotations

import contextlib
import io
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from document_drop.names import RESULT, digest, is_candidate, result_name
from document_drop.place import DocumentChanged, DropPlace, Found, Mark, Standing
from document_drop.rooted import RootedFolder
from read_operations.errors import StorageMisconfigured, StorageUnavailable

#: Among the results, hidden: what became of each document, and who this folder is.
_LEDGER: Final = ".readfleet"
_IDENTITY: Final = f"{_LEDGER}/id"
_READ_BYTES: Final = 2**20
#: Longest path, less what the system needs; names of results stay below it.
_NAME_CHARS: Final = 3500


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
        #: Name -> version and when it was first seen, of what has not been the same for long enough.
        self._unsettled: dict[str, tuple[str, float]] = {}
        #: Name -> version that is known to be settled and, if it has one, its standing.
        self._known: dict[str, tuple[str, Standing | None]] = {}
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
        seen: set[str] = set()
        with _storage_errors():
            for name, status in self._inbox.walk():
                if is_candidate(name) and status.st_size:
                    seen.add(name)
                    yield self._found(name, status)
        for memory in (self._unsettled, self._known):
            for name in memory.keys() - seen:
                memory.pop(name, None)

    def find(self, name: str) -> Found | None:
        """See `DropPlace.find`."""
        with _storage_errors():
            status = self._inbox.stat(name) if is_candidate(name) else None
            return self._found(name, status) if status and status.st_size else None

    @contextlib.contextmanager
    def open(self, found: Found) -> Iterator[Iterator[bytes]]:
        """See `DropPlace.open`."""
        try:
            with self._inbox.open(found.name) as file:
                yield self._chunks(file, found)
        except FileNotFoundError:
            raise DocumentChanged from None

    def small_file(self, name: str, most_bytes: int) -> bytes | None:
        """See `DropPlace.small_file`."""
        try:
            with _storage_errors(), self._inbox.open(name) as file:
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
        with _storage_errors(), file.open("rb") as source:
            self._results.write(result, source)
        return result

    def discard(self, name: str, suffix: str) -> None:
        """See `DropPlace.discard`."""
        with _storage_errors():
            self._results.remove(_result(name, suffix))

    def mark(self, found: Found, mark: Mark) -> None:
        """See `DropPlace.mark`."""
        entry = {
            "name": found.name,
            "version": found.version,
            "status": mark.standing,
            "operation": mark.operation,
            "pages": mark.pages,
            "failedPages": mark.failed_pages,
        }
        with _storage_errors():
            self._results.write(_entry(found.name), io.BytesIO(json.dumps(entry).encode()))
        self._known.pop(found.name, None)

    def move(self, found: Found) -> None:
        """See `DropPlace.move`."""
        (self._folder / "done").mkdir(exist_ok=True)
        with self._this(found) as (folder, hidden):
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
            with _storage_errors(), self._inbox.seized(found.name) as (folder, hidden, status):
                if _version(status) != found.version:
                    raise DocumentChanged
                yield folder, hidden
        except FileNotFoundError:
            raise DocumentChanged from None

    def _found(self, name: str, status: os.stat_result) -> Found:
        version = _version(status)
        known = self._known.get(name)
        if known and known[0] == version and known[1]:
            return Found(name=name, version=version, size=status.st_size, standing=known[1])
        standing = self._standing(name, version)
        settled = standing is not None or bool(known and known[0] == version) or self._settles(name, version)
        if settled:
            self._known[name] = (version, standing)
        return Found(name=name, version=version, size=status.st_size, standing=standing, settled=settled)

    def _settles(self, name: str, version: str) -> bool:
        now = self._clock()
        before = self._unsettled.get(name)
        if before and before[0] == version:
            if now - before[1] < self._settle_s:
                return False
            del self._unsettled[name]
            return True
        self._unsettled[name] = (version, now)
        return False

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
def _storage_errors() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageUnavailable(f"The drop folder cannot be used: {error.strerror or error}.") from error
