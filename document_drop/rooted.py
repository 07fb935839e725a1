"""A folder that nothing leads out of: every step goes from an open folder to the next, and none follows a link."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: Without waiting: a pipe would never open.
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
#: Said by file systems that have no hard links, as those of network shares.
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
#: Folders within folders; each takes an open file while it is walked through.
_MOST_LEVELS: Final = 64


class RootedFolder:
    """Files below a folder, by names with `/` between the levels."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def walk(self) -> Iterator[tuple[str, os.stat_result]]:
        """Every regular file, with what the file system says about it. What goes away meanwhile is left out."""
        with contextlib.suppress(FileNotFoundError), self._folder(()) as root:
            yield from _walk(root, "", _MOST_LEVELS)

    def stat(self, name: str) -> os.stat_result | None:
        """What the file system says about a regular file; None if it is none."""
        try:
            with self._parent(name) as (folder, last):
                found = os.stat(last, dir_fd=folder, follow_symlinks=False)
        except OSError as error:
            if _leads_nowhere(error):
                return None
            raise
        return found if stat.S_ISREG(found.st_mode) else None

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """A regular file for reading.

        Raises:
            FileNotFoundError: there is none of this name that is reached without a link.
        """
        try:
            with self._parent(name) as (folder, last):
                file = os.fdopen(os.open(last, _FILE, dir_fd=folder), "rb")
        except OSError as error:
            if _leads_nowhere(error):
                raise FileNotFoundError(name) from error
            raise
        with file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise FileNotFoundError(name)
            yield file

    def write(self, name: str, source: BinaryIO, *, replace: bool = True) -> None:
        """Makes the file appear, whole, in place of an older one unless that is to stay; its folders as needed."""
        with self._parent(name, make=True) as (folder, last):
            part = f".{secrets.token_hex(8)}.part"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            try:
                with os.fdopen(os.open(part, flags, 0o666, dir_fd=folder), "wb") as file:
                    shutil.copyfileobj(source, file, 2**20)
                    file.flush()
                    os.fsync(file.fileno())
                if replace:
                    os.replace(part, last, src_dir_fd=folder, dst_dir_fd=folder)
                else:
                    _rename_unless_taken(part, last, folder)
            finally:
                with contextlib.suppress(OSError):
                    os.unlink(part, dir_fd=folder)

    def remove(self, name: str) -> None:
        """Removes the file if it is there."""
        try:
            with self._parent(name) as (folder, last):
                os.unlink(last, dir_fd=folder)
        except OSError as error:
            if not _leads_nowhere(error):
                raise

    @contextlib.contextmanager
    def seized(self, name: str) -> Iterator[tuple[int, str, os.stat_result]]:
        """Gives the file a hidden name for as long as the context lasts, so that it cannot be mistaken for another.

        What the caller leaves under the hidden name gets its own back, unless that is taken by then. One that was
        seized by a process that was killed is found under its hidden name.

        Yields: the open folder, the hidden name, and what the file system says about the file.

        Raises:
            FileNotFoundError: there is none.
        """
        with contextlib.ExitStack() as opened:
            try:
                folder, last = opened.enter_context(self._parent(name))
            except OSError as error:
                if _leads_nowhere(error):
                    raise FileNotFoundError(name) from error
                raise
            hidden = f".{hashlib.sha256(os.fsencode(last)).hexdigest()[:32]}.part"
            if not _is_there(hidden, folder):
                os.rename(last, hidden, src_dir_fd=folder, dst_dir_fd=folder)
            try:
                yield folder, hidden, os.stat(hidden, dir_fd=folder, follow_symlinks=False)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    _rename_unless_taken(hidden, last, folder)
                    os.unlink(hidden, dir_fd=folder)

    def adopt(self, name: str, folder: int, hidden: str) -> None:
        """Takes over a file that another folder has seized."""
        with self._parent(name, make=True) as (own, last):
            os.rename(hidden, last, src_dir_fd=folder, dst_dir_fd=own)

    @contextlib.contextmanager
    def _parent(self, name: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        *folders, last = name.split("/")
        if any(part in ("", ".", "..") for part in (*folders, last)) or "\0" in name or len(folders) > _MOST_LEVELS:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
        with self._folder(folders, make=make) as folder:
            yield folder, last

    @contextlib.contextmanager
    def _folder(self, parts: list[str] | tuple[str, ...], *, make: bool = False) -> Iterator[int]:
        # The root itself may be reached by links: whoever named it meant it.
        current = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in parts:
                if make:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(part, dir_fd=current)
                following = os.open(part, _FOLDER, dir_fd=current)
                os.close(current)
                current = following
            yield current
        finally:
            os.close(current)


def _walk(folder: int, prefix: str, levels: int) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                found = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(found.st_mode):
                    yield prefix + entry.name, found
                elif stat.S_ISDIR(found.st_mode) and levels and not entry.name.startswith("."):
                    inner = os.open(entry.name, _FOLDER, dir_fd=folder)
                    try:
                        yield from _walk(inner, f"{prefix}{entry.name}/", levels - 1)
                    finally:
                        os.close(inner)
            except OSError:
                continue


def _rename_unless_taken(name: str, wanted: str, folder: int) -> None:
    """Gives a file another name, unless there is one of that name; then it stays."""
    try:
        os.link(name, wanted, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        return
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # A share without hard links: as good as it can be had there.
        if not _is_there(wanted, folder):
            os.rename(name, wanted, src_dir_fd=folder, dst_dir_fd=folder)
    else:
        os.unlink(name, dir_fd=folder)


def _is_there(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _leads_nowhere(error: OSError) -> bool:
    """Whether there is just nothing of this name, or what is there is reached by a link or through a file."""
    return error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG)
