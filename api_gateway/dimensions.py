"""How large an image is, and how many bytes it has decoded, told from the header at its start.

Only what stands at fixed places or a few steps away is looked at, on the event loop and on bytes nobody has checked: so
each step is bounded, nothing is decoded, and whatever is unusual counts as unknown and is left to the worker.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from read_operations.records import Format

#: The header is looked for in so many first bytes of a file. A JPEG may have a large preview before its own header.
HEADER_BYTES: Final = 256 * 1024

_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_START_OF_SCAN: Final = 0xDA
#: Samples of a pixel, by the kind of PNG.
_PNG_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
#: More than any camera or program writes.
_JPEG_MOST_SEGMENTS: Final = 500
_TIFF_WIDTH: Final = 256
_TIFF_HEIGHT: Final = 257
_TIFF_BITS: Final = 258
_TIFF_SAMPLES: Final = 277
#: Types of a side: SHORT, LONG, and BigTIFF's LONG8.
_TIFF_CODES: Final = {3: "H", 4: "I", 16: "Q"}
_TIFF_MOST_ENTRIES: Final = 500


class ImageSize(NamedTuple):
    """What a header says."""

    #: In pixels.
    width: int
    height: int
    #: Of a pixel, at least.
    bits: int

    @property
    def decoded_bytes(self) -> int:
        """What it has decoded, at least."""
        return self.width * self.height * self.bits // 8


def image_size(format: Format, start: bytes) -> ImageSize | None:
    """The size of an image, or None where the start of the file does not tell."""
    try:
        match format:
            case Format.PNG:
                return _png_size(start)
            case Format.BMP:
                return _bmp_size(start)
            case Format.JPEG:
                return _jpeg_size(start)
            case Format.TIFF:
                return _tiff_size(start)
            case _:
                return None
    except (struct.error, OverflowError):  # it points beyond the bytes at hand
        return None


def _png_size(start: bytes) -> ImageSize | None:
    if start[12:16] != b"IHDR":
        return None
    width, height, bits, kind = struct.unpack_from(">IIBB", start, 16)
    return ImageSize(width, height, bits * _PNG_SAMPLES.get(kind, 1))


def _bmp_size(start: bytes) -> ImageSize | None:
    (header_bytes,) = struct.unpack_from("<I", start, 14)
    if header_bytes == 12:
        width, height, bits = struct.unpack_from("<HHxxH", start, 18)
    else:
        width, height, bits = struct.unpack_from("<iixxH", start, 18)
    return ImageSize(width, abs(height), bits)  # negative for an image stored from the top


def _jpeg_size(start: bytes) -> ImageSize | None:
    at = 2
    for _ in range(_JPEG_MOST_SEGMENTS):
        fill, marker, length = struct.unpack_from(">BBH", start, at)
        if fill != 0xFF or not 0xC0 <= marker < 0xFF or marker == _JPEG_START_OF_SCAN:
            return None
        if marker in _JPEG_FRAMES:
            bits, height, width, samples = struct.unpack_from(">BHHB", start, at + 4)
            # A height of 0 is given after the first scan.
            return ImageSize(width, height, bits * samples) if height else None
        at += 2 + length
    return None


def _tiff_size(start: bytes) -> ImageSize | None:
    order = "<" if start.startswith(b"II") else ">"
    big = struct.unpack_from(order + "H", start, 2)[0] == 43
    # In BigTIFF the offsets are 8 bytes long, and so is the count of entries.
    offset_code, count_code, entry_bytes, value_at = ("Q", "Q", 20, 12) if big else ("I", "H", 12, 8)
    (at,) = struct.unpack_from(order + offset_code, start, 8 if big else 4)
    (count,) = struct.unpack_from(order + count_code, start, at)
    entries_at = at + struct.calcsize(order + count_code)
    if count > _TIFF_MOST_ENTRIES:
        return None
    (next_at,) = struct.unpack_from(order + offset_code, start, entries_at + count * entry_bytes)
    if next_at:
        # More pages follow, and a page of the wrong size does no harm to the others.
        return None
    facts = {_TIFF_BITS: 1, _TIFF_SAMPLES: 1}
    for entry in range(entries_at, entries_at + count * entry_bytes, entry_bytes):
        tag, kind = struct.unpack_from(order + "HH", start, entry)
        if tag in (_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_BITS, _TIFF_SAMPLES) and kind in _TIFF_CODES:
            code, place = order + _TIFF_CODES[kind], entry + value_at
            (values,) = struct.unpack_from(order + offset_code, start, entry + 4)
            if values * struct.calcsize(code) > struct.calcsize(order + offset_code):
                (place,) = struct.unpack_from(order + offset_code, start, place)
            (facts[tag],) = struct.unpack_from(code, start, place)
    if not facts.keys() >= {_TIFF_WIDTH, _TIFF_HEIGHT}:
        return None
    return ImageSize(facts[_TIFF_WIDTH], facts[_TIFF_HEIGHT], facts[_TIFF_BITS] * facts[_TIFF_SAMPLES])
