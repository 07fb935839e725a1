"""Keeps large blocks of memory from staying with the process when they are no longer needed."""

from __future__ import annotations

import ctypes
from typing import Final

#: Parameters of glibc's `mallopt`, as in malloc.h.
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
#: Left alone, glibc takes ever larger blocks, up to 32 MiB, from one heap, where a small one keeps all free ones below.
_LARGE_BYTES: Final = 1 << 20


def return_large_blocks() -> None:
    """From now on blocks of 1 MiB and more go back to the system once they are free: pages, and what networks work in.

    Does nothing where the C library is not glibc.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        set_option(_M_TRIM_THRESHOLD, _LARGE_BYTES)
