"""A picture as a PDF embeds it: its own compressed bytes where PDF knows them, else compressed without loss."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Final

from PIL import Image, TiffImagePlugin

_BLOCK_BYTES: Final = 2**18
_PNG_HEAD_BYTES: Final = 8
#: Samples a pixel of PNG's colour types that PDF takes as they are: grey, RGB, palette.
_PNG_CHANNELS: Final = {0: 1, 2: 3, 3: 1}
#: A PNG may be cut up into as many pieces as it has bytes; one like that is compressed anew.
_MOST_PIECES: Final = 100_000
_STRIP_OFFSETS: Final = 273
_STRIP_BYTES: Final = 279
#: Modes that a PNG without transparency keeps.
_PNG_MODES: Final = frozenset(("L", "P", "RGB"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """The stream of an image: the entries of its dictionary beside the size, and its bytes."""

    entries: bytes
    length: int
    data: Iterable[bytes]


def jpeg(file: IO[bytes], image: Image.Image) -> Embedded | None:
    """The JPEG file as it is, or None if PDF does not know its colours. The image is only opened."""
    spaces = {"L": b"/DeviceGray", "RGB": b"/DeviceRGB", "CMYK": b"/DeviceCMYK"}
    if image.mode not in spaces:
        return None
    # Adobe's CMYK has full ink at 0, and says so by its marker.
    inverted = b" /Decode [1 0 1 0 1 0 1 0]" if image.mode == "CMYK" and "adobe" in image.info else b""
    length = file.seek(0, io.SEEK_END)
    return Embedded(
        entries=b"/Filter /DCTDecode /BitsPerComponent 8 /ColorSpace %b%b" % (spaces[image.mode], inverted),
        length=length,
        data=_parts(file, [(0, length)]),
    )


def png(file: IO[bytes]) -> Embedded | None:
    """The rows of a PNG file as they are compressed there, or None if PDF would not show them alike."""
    head, palette, at, end = b"", b"", _PNG_HEAD_BYTES, file.seek(0, io.SEEK_END)
    places: list[tuple[int, int]] = []
    while len(places) <= _MOST_PIECES:
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8).ljust(8, b"\0"))
        if kind == b"IHDR":
            head = file.read(13)
        elif kind == b"PLTE":
            palette = file.read(min(length, 3 * 256))
        elif kind == b"IDAT":
            places.append((at + 8, min(length, end - at - 8)))
        elif kind in (b"tRNS", b"IEND", b"\0\0\0\0"):
            break
        at += 8 + length + 4
    if kind == b"tRNS" or len(places) > _MOST_PIECES:
        return None
    if len(head) < 13 or not places:
        return None
    width, _, bits, colours, _, _, interlaced = struct.unpack(">IIBBBBB", head)
    if interlaced or colours not in _PNG_CHANNELS:
        return None
    if colours == 3:
        space = b"[/Indexed /DeviceRGB %d <%b>]" % (max(0, len(palette) // 3 - 1), palette.hex().encode())
    else:
        space = b"/DeviceRGB" if colours == 2 else b"/DeviceGray"
    rows = b"<< /Predictor 15 /Colors %d /BitsPerComponent %d /Columns %d >>" % (_PNG_CHANNELS[colours], bits, width)
    return Embedded(
        entries=b"/Filter /FlateDecode /DecodeParms %b /BitsPerComponent %d /ColorSpace %b" % (rows, bits, space),
        length=sum(length for _, length in places),
        data=_parts(file, places),
    )


def compressed(image: Image.Image) -> Embedded | None:
    """A loaded image compressed without loss, or None if its mode is none of PDF's."""
    if image.mode == "1":
        return _fax(image)
    if image.mode not in _PNG_MODES or "transparency" in image.info:
        return None
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return png(buffer)


def _fax(image: Image.Image) -> Embedded:
    """Black and white in the compression of fax, group 4, which halves what any other makes of text."""
    buffer = io.BytesIO()
    # In one strip; the metadata of the original stays out.
    Image.frombytes("1", image.size, image.tobytes()).save(buffer, "TIFF", compression="group4", strip_size=2**31 - 1)
    with Image.open(buffer, formats=["TIFF"]) as written:
        assert isinstance(written, TiffImagePlugin.TiffImageFile)
        (offset,), (length,) = written.tag_v2[_STRIP_OFFSETS], written.tag_v2[_STRIP_BYTES]
    rows = b"<< /K -1 /Columns %d /Rows %d /BlackIs1 true >>" % image.size
    return Embedded(
        entries=b"/Filter /CCITTFaxDecode /DecodeParms %b /BitsPerComponent 1 /ColorSpace /DeviceGray" % rows,
        length=length,
        data=[buffer.getvalue()[offset : offset + length]],
    )


def _parts(file: IO[bytes], places: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    """The bytes at these offsets, of these lengths."""
    for offset, length in places:
        file.seek(offset)
        while length and (block := file.read(min(length, _BLOCK_BYTES))):
            yield block
            length -= len(block)
