"""Where uploaded documents wait to be read: the port, and the folder behind it."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final, Protocol

import anyio
import anyio.to_thread

from read_operations.errors import StorageUnavailable

#: Bytes gathered before a write leaves the event loop.
_WRITE_BYTES: Final = 2**20
#: What stays free: who writes the last byte takes the place of records, logs and uploads under way.
_LEAST_FREE_BYTES: Final = 2**28
#: The same of a small file system, as a share of it.
_LEAST_FREE: Final = 0.05
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
#: Said by file systems that write names at once, or cannot be asked to, as those of network shares.
_NO_FOLDER_SYNC: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
_NAME: Final = re.compile(r"[0-9a-f-]{36}", re.ASCII)


class DocumentStore(Protocol):
    """Keeps documents by name: the id of their operation.

    What saves, finds or removes one may raise `StorageUnavailable`.
    """

    @property
    def fetched_bytes(self) -> int:
        """Bytes that this process has fetched over a network so far, for `local`."""
        return 0

    async def save(self, name: str, chunks: AsyncIterator[bytes]) -> int:
        """Stores the chunks as they come, in constant memory; the document appears whole or not at all, and stays.

        Returns: how many bytes it has. Whatever `chunks` raises passes through and leaves nothing behind.
        """
        ...

    def local(self, name: str) -> contextlib.AbstractContextManager[Path]:
        """A file with the document's bytes, to be read within the context.

        Raises:
            FileNotFoundError: there is no such document.
        """
        ...

    def exists(self, name: str) -> bool:
        """Whether there is such a document, without fetching it."""
        ...

    def has_room(self) -> bool:
        """Whether there is room for more; where nobody can tell there is."""
        return True

    def delete(self, name: str) -> None:
        """Removes the document if it is there."""
        ...

    def older(self, seconds: float) -> Iterator[str]:
        """The documents stored longer ago than that, and what uploads of that time left; a name may come twice."""
        ...

    def check(self) -> None:
        """Finds out at the start of a process whether documents can be kept; an outage is only logged.

        Raises:
            StorageMisconfigured: trying again would not help.
        """
        return

    def forget_unused(self, seconds: float) -> None:
        """Drops this machine's copies of documents that nobody has used for so long."""
        return

    async def close(self) -> None:
        """Ends the connections. Called last, where documents were saved."""
        return


class FolderDocumentStore(DocumentStore):
    """Documents as files of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def save(self, name: str, chunks: AsyncIterator[bytes]) -> int:
        """See `DocumentStore.save`."""
        path = self._path(name)
        part = path.with_suffix(".part")
        size = 0
        try:
            with _storage_errors():
                await anyio.to_thread.run_sync(self._make_folder)
                file = await anyio.open_file(part, "wb")
            try:
                async for block in blocks(chunks, _WRITE_BYTES):
                    with _storage_errors():
                        await file.write(block)
                    size += len(block)
                with _storage_errors():
                    await file.flush()
                    await anyio.to_thread.run_sync(os.fsync, file.wrapped.fileno())
            finally:
                # A full disk may be told of here once more.
                with _storage_errors():
                    await file.aclose()
            with _storage_errors():
                await anyio.to_thread.run_sync(_rename, part, path)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
        return size

    @contextlib.contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """See `DocumentStore.local`."""
        if not self.exists(name):
            raise FileNotFoundError(name)
        yield self._path(name)

    def exists(self, name: str) -> bool:
        """See `DocumentStore.exists`."""
        try:
            self._path(name).stat()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StorageUnavailable(f"The document cannot be reached: {error.strerror}.") from error
        return True

    def has_room(self) -> bool:
        """See `DocumentStore.has_room`."""
        with _storage_errors():
            self._make_folder()
            space = os.statvfs(self._folder)
        least = min(_LEAST_FREE_BYTES, _LEAST_FREE * space.f_blocks * space.f_frsize)
        return space.f_bavail * space.f_frsize >= least

    def delete(self, name: str) -> None:
        """See `DocumentStore.delete`."""
        path = self._path(name)
        with _storage_errors("removed"):
            path.unlink(missing_ok=True)
            path.with_suffix(".part").unlink(missing_ok=True)  # of a gateway that was killed

    def older(self, seconds: float) -> Iterator[str]:
        """See `DocumentStore.older`."""
        oldest = time.time() - seconds
        with _storage_errors("looked for"):
            for path in self._folder.iterdir() if self._folder.is_dir() else ():
                with contextlib.suppress(FileNotFoundError):  # it went meanwhile
                    if is_name(path.stem) and path.stat().st_mtime < oldest:
                        yield path.stem

    def _path(self, name: str) -> Path:
        return self._folder / checked(name)

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def is_name(text: str) -> bool:
    """Whether a text has the form of a document's name."""
    return _NAME.fullmatch(text) is not None


def checked(name: str) -> str:
    """The same name.

    Raises:
        ValueError: it is none.
    """
    if not is_name(name):
        raise ValueError(f"not a document name: {name!r}")
    return name


async def blocks(chunks: AsyncIterator[bytes], least: int) -> AsyncIterator[bytes]:
    """The same bytes in pieces of `least` or more; only the last may be shorter.

    A hop to a thread or over the network for every chunk that is received would cost more than what it carries.
    """
    held: list[bytes] = []
    size = 0
    async for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= least:
            block = b"".join(held)
            held, size = [], 0
            yield block
    if held:
        yield b"".join(held)


def _rename(path: Path, wanted: Path) -> None:
    """Gives a file another name in its folder, which it has after a loss of power, too."""
    path.replace(wanted)
    folder = os.open(wanted.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(folder)


@contextlib.contextmanager
def _storage_errors(done: str = "stored") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        remedy = " Try again in a while, or have the document store enlarged." if error.errno in _FULL else ""
        raise StorageUnavailable(f"The document could not be {done}: {error.strerror}.{remedy}") from error
