"""What a file is, told from its first bytes."""

from __future__ import annotations

from typing import Final

from read_operations.records import Format

#: So many bytes are enough to tell.
SNIFF_BYTES: Final = 1024
_STARTS: Final = (
    (b"\xff\xd8\xff", Format.JPEG),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"II*\0", Format.TIFF),
    (b"MM\0*", Format.TIFF),
    (b"II+\0", Format.TIFF),  # BigTIFF
    (b"MM\0+", Format.TIFF),
)
#: "BM" alone also begins texts; the length of the second header tells.
_BMP_HEADER_BYTES: Final = range(12, 125)


def sniff(start: bytes) -> Format | None:
    """The format of a file that starts so, or None."""
    for signature, format in _STARTS:
        if start.startswith(signature):
            return format
    if start.startswith(b"BM") and int.from_bytes(start[14:18], "little") in _BMP_HEADER_BYTES:
        return Format.BMP
    # Readers of PDF forgive rubbish before the header, so files with it exist.
    return Format.PDF if b"%PDF-" in start[:SNIFF_BYTES] else None
