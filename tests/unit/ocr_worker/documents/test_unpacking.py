from __future__ import annotations

import base64
import io
import random
import zlib
from collections.abc import Iterator

import pytest
from PIL import Image

from ocr_worker.documents.unpacking import FILTERS, MOST_GROWTH

TEXT = b"".join(b"%d bottles of beer on the wall, " % number for number in range(5_000))
NOISE = random.Random(1).randbytes(70_000)


def unpacked(name: bytes, data: bytes, piece: int = 1000) -> bytes:
    pieces: Iterator[bytes] = (data[at : at + piece] for at in range(0, len(data), piece))
    return b"".join(FILTERS[name](pieces))


def lzw(data: bytes) -> bytes:
    """As libtiff packs it, which is how PDF wants it."""
    buffer = io.BytesIO()
    Image.frombytes("L", (len(data), 1), data).save(buffer, "TIFF", compression="tiff_lzw")
    with Image.open(buffer) as image:
        offset, count = image.tag_v2[273][0], image.tag_v2[279][0]  # type: ignore[attr-defined]
    return buffer.getvalue()[offset : offset + count]


def run_length(data: bytes) -> bytes:
    runs = b"".join(bytes([127]) + data[at : at + 128] for at in range(0, len(data) // 128 * 128, 128))
    rest = data[len(data) // 128 * 128 :]
    return runs + (bytes([len(rest) - 1]) + rest if rest else b"") + b"\x80ignored"


@pytest.mark.parametrize("data", [b"x", TEXT, NOISE, bytes(3_000_000)], ids=["a byte", "text", "noise", "zeros"])
@pytest.mark.parametrize("piece", [7, 65536])
def test_what_was_packed_comes_back(data: bytes, piece: int) -> None:
    packed = {
        b"FlateDecode": zlib.compress(data),
        b"LZWDecode": lzw(data),
        b"RunLengthDecode": run_length(data),
        b"ASCII85Decode": base64.a85encode(data) + b"~>",
        b"ASCIIHexDecode": data.hex().encode() + b">",
    }
    assert packed.keys() == FILTERS.keys()
    for name, each in packed.items():
        assert unpacked(name, each, piece) == data, name


def test_runs() -> None:
    assert unpacked(b"RunLengthDecode", b"\x81a\x00b\xffc", 2) == b"a" * 128 + b"b" + b"cc"


@pytest.mark.parametrize("name", FILTERS)
def test_what_is_no_such_data_ends(name: bytes) -> None:
    for data in (b"", b"\xff" * 3000, NOISE, zlib.compress(TEXT)[:500]):
        unpacked(name, data)


def test_what_breaks_off_is_unpacked_as_far_as_it_goes() -> None:
    assert TEXT.startswith(unpacked(b"FlateDecode", zlib.compress(TEXT)[:1000])[:500])
    assert TEXT.startswith(unpacked(b"LZWDecode", lzw(TEXT)[:1000])[:500])


def test_nothing_grows_more_than_it_is_said_to() -> None:
    zeros = bytes(4_000_000)
    packed = {
        b"FlateDecode": zlib.compress(zeros, 9),
        b"LZWDecode": lzw(zeros),
        b"RunLengthDecode": b"\x81\0" * 1000,
        b"ASCII85Decode": b"z" * 1000,
        b"ASCIIHexDecode": b"00" * 1000,
    }
    for name, each in packed.items():
        assert len(unpacked(name, each)) <= MOST_GROWTH[FILTERS[name]] * len(each), name
