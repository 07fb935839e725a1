"""How much the stream of a PDF unpacks to: piece by piece, so that whoever counts can stop, and little is held."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final

#: Bytes that are taken in at once.
PIECE_BYTES: Final = 2**16
#: Inflated at once; a filter after that may let it grow.
_MOST_AT_ONCE: Final = 2**18
_CLEAR: Final = 256
_END: Final = 257
_FIRST_CODE: Final = 258
_MOST_CODES: Final = 4096

#: What takes pieces of packed bytes, and gives pieces of what they unpack to.
Filter = Callable[[Iterable[bytes]], Iterator[bytes]]


def flate(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Deflated data, as far as it can be read; it grows to a thousand times its size at most."""
    inflater = zlib.decompressobj()
    for piece in pieces:
        try:
            while piece and not inflater.eof:
                yield inflater.decompress(piece, _MOST_AT_ONCE)
                piece = inflater.unconsumed_tail
        except zlib.error:
            return


def lzw(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """LZW as PDF and TIFF have it, with codes that grow one early; it grows to a thousand times its size, too."""
    table = [bytes([byte]) for byte in range(256)] + [b"", b""]
    bits = held = 0
    width, before = 9, b""
    for piece in pieces:
        out: list[bytes] = []
        for byte in piece:
            held, bits = held << 8 | byte, bits + 8
            if bits < width:
                continue
            bits -= width
            code, held = held >> bits, held & (1 << bits) - 1
            if code == _END or code > len(table):
                yield b"".join(out)
                return
            if code == _CLEAR:
                del table[_FIRST_CODE:]
                width, before = 9, b""
                continue
            entry = table[code] if code < len(table) else before + before[:1]
            out.append(entry)
            if before and len(table) < _MOST_CODES:
                table.append(before + entry[:1])
                width = min(12, max(9, (len(table) + 1).bit_length()))
            before = entry
            if len(out) >= _MOST_CODES // 8:
                yield b"".join(out)
                out.clear()
        yield b"".join(out)


def run_length(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Runs of equal bytes; it grows to 64 times its size."""
    data = b""
    for piece in pieces:
        data += piece
        at, out = 0, []
        while at < len(data) and (length := data[at]) != 128:
            following = at + 2 + length if length < 128 else at + 2
            if following > len(data):
                break
            out.append(data[at + 1 : following] if length < 128 else data[at + 1 : following] * (257 - length))
            at = following
        yield b"".join(out)
        if data[at : at + 1] == b"\x80":
            return
        data = data[at:]


def ascii_85(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Bytes as text, five characters for four bytes."""
    data = b"".join(pieces).partition(b"~>")[0].strip()
    try:
        yield base64.a85decode(data.removeprefix(b"<~"), ignorechars=b" \t\n\r\v\f\0")
    except ValueError:
        return


def ascii_hex(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Bytes as text, two characters for each."""
    data = b"".join(b"".join(pieces).partition(b">")[0].split())
    try:
        yield binascii.unhexlify(data + b"0" * (len(data) % 2))
    except binascii.Error:
        return


#: The filters of PDF that are undone before anything looks at what they hold.
FILTERS: Final[dict[bytes, Filter]] = {
    b"FlateDecode": flate,
    b"LZWDecode": lzw,
    b"RunLengthDecode": run_length,
    b"ASCII85Decode": ascii_85,
    b"ASCIIHexDecode": ascii_hex,
}
#: Times that one of them lets data grow, at most.
MOST_GROWTH: Final[dict[Filter, int]] = {flate: 1032, lzw: 1366, run_length: 64, ascii_85: 4, ascii_hex: 1}
