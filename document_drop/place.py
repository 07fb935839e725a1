"""Where documents are dropped and results appear: the port, for a blob container and for a folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from read_operations.errors import ReadfleetError


class Standing(StrEnum):
    """What became of a version of a document."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"  # it has a result, which is not to be replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A document in the drop, as it was when it was looked at."""

    #: Below the drop's prefix or folder, levels parted by `/`.
    name: str
    #: Another one for every other content.
    version: str
    #: In bytes.
    size: int
    #: What became of this version; None while it has no result.
    standing: Standing | None = None
    #: False for what may still be being written.
    settled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What is remembered about a version of a document, at the document."""

    standing: Standing
    operation: str
    pages: int = 0
    failed_pages: int = 0


class DocumentChanged(Exception):
    """The document has been replaced or removed since it was looked at."""


class PlaceRefuses(ReadfleetError):
    """The drop refuses something for this document alone. Waiting does not help; the log says what it was."""


class DropPlace(Protocol):
    """Documents that come from outside, and what is put beside them.

    Every method may raise `StorageUnavailable`, and those about one document `PlaceRefuses`. Those that take a name
    refuse none: what leads nowhere is not found.
    """

    #: Tells this place from others in the records of the drop.
    id: str
    #: For people.
    title: str

    def check(self) -> None:
        """Finds out at the start whether the place can be used, and makes what is missing.

        Raises:
            StorageMisconfigured: trying again would not help.
        """
        ...

    def look(self) -> Iterator[Found]:
        """Every document there is, as it is met."""
        ...

    def find(self, name: str) -> Found | None:
        """One document, as `look` would give it; None where there is none."""
        ...

    def open(self, found: Found) -> contextlib.AbstractContextManager[Iterator[bytes]]:
        """The bytes of exactly this version.

        Raises:
            DocumentChanged: it is there no longer; also while they are read.
            DownloadFailed: it cannot be had at all; also while they are read.
        """
        ...

    def small_file(self, name: str, most_bytes: int) -> bytes | None:
        """The start of a small file among the documents, one byte more than asked for at most; None without it.

        Raises:
            DownloadFailed: it is there and cannot be had.
        """
        ...

    def has_result(self, name: str) -> bool:
        """Whether a document of this name was read before."""
        ...

    def write(self, name: str, suffix: str, file: Path) -> str:
        """Puts a file beside a document, whole or not at all, in place of an older one; the name it got."""
        ...

    def discard(self, name: str, suffix: str) -> None:
        """Removes a file that `write` has put there, if it is."""
        ...

    def mark(self, found: Found, mark: Mark) -> bool:
        """Remembers what became of this version; nothing if it is there no longer.

        Returns: false if it is there and takes no mark.
        """
        ...

    def move(self, found: Found) -> None:
        """Moves this version away to where the read ones are kept.

        Raises:
            DocumentChanged: it is there no longer.
            PlaceRefuses: it has to stay.
        """
        ...

    def delete(self, found: Found) -> None:
        """Deletes this version.

        Raises:
            DocumentChanged: it is there no longer.
            PlaceRefuses: it has to stay.
        """
        ...

    def close(self) -> None:
        """Ends connections."""
        ...
