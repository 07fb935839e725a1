"""Whether a child that is ready has room to grow before the pool replaces it for its memory."""

from __future__ import annotations

import os
from typing import Final

from ocr_worker.children import memory_of
from read_operations.errors import ReadfleetError

#: Of the memory at which a child is replaced, so much may be taken before its first page. Above, pages of ordinary size
#: would make it go, and each of its successors, after a page or two.
_MOST: Final = 0.75


class NoRoom(ReadfleetError):
    """A child takes nearly as much memory before its first page as it may after its last."""


def require_room(limit_kib: int, *, peak_kib: int | None = None) -> None:
    """Makes sure that this process, warm as it is, is not about to be replaced.

    Args:
        limit_kib: what the pool replaces a child at. It compares the most that the child ever had.
        peak_kib: that number; by default this process's own.

    Raises:
        NoRoom: it is.
    """
    peak = memory_of(os.getpid())[1] // 1024 if peak_kib is None else peak_kib
    if peak > _MOST * limit_kib:
        raise NoRoom(
            f"A child takes {peak // 1024} MiB before its first page, and is replaced when it has had "
            f"{limit_kib // 1024} MiB: it would be replaced all the time. Choose a lighter engine or mode "
            "(READFLEET_ENGINE, READFLEET_MODE) or fewer threads (READFLEET_THREADS)."
        )
