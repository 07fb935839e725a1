"""Where the pages of a TIFF file are: a walk along its directories that reads next to nothing.

Pillow parses every directory up to the wanted one, and gives up on all pages when the first is broken. So the pages are
found here, and Pillow is shown a file that seems to begin with the wanted one.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from typing import IO, Final, Self

from read_operations.errors import DocumentDamaged

_NEW_SUBFILE_TYPE: Final = 254
#: Bits of that tag: a smaller version of another image (a preview), and a transparency mask.
_NOT_A_PAGE: Final = 0b101
#: Entries looked at for that tag: they are sorted by tag, and only private or very old ones come before it.
_FIRST_ENTRIES: Final = 4
#: More entries than any directory has; their bytes are skipped, not read.
_MAX_ENTRIES: Final = 2**16
#: Of the two types that the tag may have, the one that is shorter than the field for its value.
_SHORT: Final = 3


class FrameFile(mmap.mmap):
    """A TIFF file in memory.

    The mapping is private: what is written to it never reaches the file. Only the parts in use are read from disk.
    """

    @classmethod
    def of(cls, file: IO[bytes]) -> Self:
        """The whole of an open file.

        Raises:
            DocumentDamaged: it is empty.
        """
        try:
            return cls(file.fileno(), 0, access=mmap.ACCESS_COPY)
        except ValueError as error:
            raise DocumentDamaged from error

    def begin_at(self, offset: int) -> None:
        """Makes the directory at `offset` the first one."""
        layout = _Layout.of(self)
        layout.pointer.pack_into(self, layout.first_at, offset)
        self.seek(0)

    def getvalue(self) -> Self:
        """Itself: Pillow hands this to libtiff, which would otherwise open the real file, or copy all of it."""
        return self


@dataclass(frozen=True, slots=True)
class _Layout:
    """How directories are laid out: the classic way, or BigTIFF's."""

    order: str
    count: struct.Struct
    entry_bytes: int
    pointer: struct.Struct
    #: Where the header has the offset of the first directory.
    first_at: int

    @classmethod
    def of(cls, file: FrameFile) -> Self:
        order = {b"II": "<", b"MM": ">"}.get(file[:2])
        if order is None or len(file) < 16:
            raise DocumentDamaged("The file is not a TIFF file, or only the start of one. Send it again whole.")
        if struct.unpack_from(f"{order}H", file, 2)[0] == 43:
            return cls(order, struct.Struct(f"{order}Q"), 20, struct.Struct(f"{order}Q"), 8)
        return cls(order, struct.Struct(f"{order}H"), 12, struct.Struct(f"{order}I"), 4)

    def unpack(self, field: struct.Struct, file: FrameFile, offset: int) -> int:
        """The number at this offset; 0 where the file has ended."""
        if offset + field.size > len(file):
            return 0
        number: int = field.unpack_from(file, offset)[0]
        return number


def page_offsets(file: FrameFile, limit: int) -> list[int]:
    """The offsets of the directories that are pages; at most `limit` directories are looked at.

    Previews and masks are left out, unless there is nothing else. A chain that leads to nowhere ends with an offset at
    which nothing can be read: so the loss shows as a page that failed, and what comes before it is still read.

    Raises:
        DocumentDamaged: there is no directory at all.
    """
    layout = _Layout.of(file)
    following = first = layout.unpack(layout.pointer, file, layout.first_at)
    pages: dict[int, bool] = {}
    while following >= 8 and following not in pages and len(pages) < limit:
        offset = following
        pages[offset], following = _directory(file, layout, offset)
    if not pages or not layout.unpack(layout.count, file, first):
        raise DocumentDamaged("The TIFF file ends before its first page, or has none. Send it again whole.")
    return [offset for offset, page in pages.items() if page] or list(pages)


def _directory(file: FrameFile, layout: _Layout, offset: int) -> tuple[bool, int]:
    """Whether the directory is a page's, and the offset of the next one; 0 where there is none."""
    entries = layout.unpack(layout.count, file, offset)
    if entries >= _MAX_ENTRIES:
        return True, 0
    start = offset + layout.count.size
    end = start + entries * layout.entry_bytes
    kinds = (_subfile_type(file, layout, start + i * layout.entry_bytes) for i in range(min(entries, _FIRST_ENTRIES)))
    page = not any(kind & _NOT_A_PAGE for kind in kinds)
    return page, layout.unpack(layout.pointer, file, end)


def _subfile_type(file: FrameFile, layout: _Layout, entry: int) -> int:
    """What the entry says of its image's kind; 0 if it is about something else."""
    short = struct.Struct(f"{layout.order}H")
    if layout.unpack(short, file, entry) != _NEW_SUBFILE_TYPE:
        return 0
    field = short if layout.unpack(short, file, entry + 2) == _SHORT else struct.Struct(f"{layout.order}I")
    return layout.unpack(field, file, entry + 4 + layout.pointer.size)
